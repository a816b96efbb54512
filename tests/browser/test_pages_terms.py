"""Names and terms on the speaker's page: written, pasted, dropped, wrong, changed."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from served import Server
from visitors import Visitor, Visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = "<img src=x onerror=alert(1)>"
_ROWS = """place => [...document.querySelectorAll(`${place} tbody tr:not(.row-problem)`)].map(row =>
    [...row.querySelectorAll("input")].map(cell => cell.type === "checkbox" ? cell.checked : cell.value))"""
_DROP = """([place, text]) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], "terms.tsv", { type: "text/plain" }));
    for (const type of ["dragover", "drop"]) {
        const event = new DragEvent(type, { dataTransfer, cancelable: true });
        document.querySelector(`${place} .terms`).dispatchEvent(event);
    }
}"""


async def begun(server: Server, crowd: Visitors) -> Visitor:
    """A set-up that lacks nothing, with its terms folded out."""
    speaker = await crowd.visit(f"{server.url}/speaker")
    await speaker.see("#setup-form")
    await speaker.page.fill("#session-name", "Terms")
    await speaker.page.check("#target-languages input[value=es]")
    await speaker.page.click("#setup-terms summary")
    return speaker


async def rows(page: Page, place: str) -> list[list[str | bool]]:
    """The table's cells: term, a cell for each language, whether it is kept, spelling."""
    found: list[list[str | bool]] = await page.evaluate(_ROWS, place)
    return found


async def test_a_table_is_written_with_the_keyboard_alone(server: Server, crowd: Visitors) -> None:
    speaker = await begun(server, crowd)
    page, keys = speaker.page, speaker.page.keyboard
    await page.get_by_label("Term, row 1", exact=True).focus()
    await keys.type("booth")
    await keys.press("Tab")
    await expect(page.get_by_label("Spanish, row 1", exact=True)).to_be_focused()
    await keys.type("cabina")
    await keys.press("Enter")
    await expect(page.get_by_label("Term, row 2", exact=True)).to_be_focused()
    await keys.type("Dragoman")
    await keys.press("Tab")
    await keys.press("Tab")
    await keys.press("Space")
    assert await rows(page, "#setup-terms") == [["booth", "cabina", False, ""], ["Dragoman", "", True, ""]]
    await page.get_by_label("Term, row 2", exact=True).focus()
    await keys.press("ArrowUp")
    await expect(page.get_by_label("Term, row 1", exact=True)).to_be_focused()
    await page.get_by_role("button", name="Remove row 1", exact=True).focus()
    await keys.press("Enter")
    await expect(page.get_by_label("Term, row 1", exact=True)).to_be_focused()
    assert await rows(page, "#setup-terms") == [["Dragoman", "", True, ""]]
    await page.get_by_role("button", name="Add a row").click()
    await expect(page.get_by_label("Term, row 2", exact=True)).to_be_focused()
    await speaker.accessible()


async def test_cells_are_pasted_where_one_is_and_files_are_dropped(server: Server, crowd: Visitors) -> None:
    speaker = await begun(server, crowd)
    page = speaker.page
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for copied in ("booth\tcabina\nfloor\tsala\n", "source,es,keep\nfloor,planta\nDragoman,,yes\n"):
        await page.evaluate("text => navigator.clipboard.writeText(text)", copied)
        await page.get_by_label("Term, row 1", exact=True).focus()
        await page.keyboard.press("Control+V")
    assert await rows(page, "#setup-terms") == [
        ["booth", "cabina", False, ""],
        ["floor", "planta", False, ""],
        ["Dragoman", "", True, ""],
    ]
    await page.evaluate(_DROP, ["#setup-terms", "source\tfr\nchannel\tcanal\n"])
    await expect(page.get_by_label("French, row 4", exact=True)).to_have_value("canal")
    await page.evaluate(_DROP, ["#setup-terms", "channel;canal"])
    await speaker.read("#setup-terms .problem", "The first line has to name the columns")
    await speaker.accessible()


async def test_a_bad_row_says_what_is_wrong_and_is_put_right_in_its_place(server: Server, crowd: Visitors) -> None:
    speaker = await begun(server, crowd)
    page = speaker.page
    table = f"source,es,keep\n{HOSTILE},,yes\n,cabina\nfloor,sala,perhaps\nrelay,a,no,more".encode()
    given = {"name": "terms.csv", "mimeType": "text/csv", "buffer": table}
    await page.set_input_files("#setup-terms input[type=file]", [given])
    await speaker.read("#setup-terms .problem", "3 rows cannot be used yet")
    await page.click("#create")
    missing = page.get_by_label("Term, row 2", exact=True)
    await expect(missing).to_be_focused()
    await expect(missing).to_have_attribute("aria-invalid", "true")
    await expect(missing).to_have_accessible_description("The term is missing.")
    await speaker.accessible()
    await missing.fill("booth")
    await expect(page.locator("#setup-terms .row-problem")).to_have_count(2)
    keep = page.get_by_label("Keep as it is, row 3", exact=True)
    await expect(keep).to_have_accessible_description("Keep was “perhaps”, neither yes nor no. Tick it or not.")
    await keep.check()
    await page.get_by_role("button", name="Remove row 4", exact=True).click()
    await page.click("#create")
    await changed_while_the_session_is_on(speaker)


async def changed_while_the_session_is_on(speaker: Visitor) -> None:
    page = speaker.page
    terms = page.locator("#desk-terms")
    await speaker.see("#desk")
    await page.click("#desk-terms summary")
    given = [[HOSTILE, "", True, ""], ["booth", "cabina", False, ""], ["floor", "sala", True, ""]]
    assert await rows(page, "#desk-terms") == given
    await terms.get_by_role("button", name="Remove row 1", exact=True).click()
    await terms.get_by_label("Spelled for the voice, row 1", exact=True).fill("boo th")
    await page.get_by_role("button", name="Use them from now on").click()
    await speaker.read("#desk-terms [role=status]", "2 terms are in use.")
    await speaker.accessible()
    await page.reload()
    await speaker.see("#desk")
    await page.click("#desk-terms summary")
    await expect(terms.get_by_label("Spelled for the voice, row 1", exact=True)).to_have_value("boo th")
    assert await rows(page, "#desk-terms") == [["booth", "cabina", False, "boo th"], ["floor", "sala", True, ""]]
