"""What the desk says goes when it is not so any more; what was chosen or written stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Route, expect

from desk_states import Rooms, filled, rooms, seated
from dragoman.errors import TooMany, Unavailable
from dragoman.speech import FLOOR_RATE
from houses import until
from visitors import Visitor, Visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
async def here(tmp_path: Path, crowd: Visitors) -> AsyncIterator[Rooms]:
    crowd.forgiven += ["ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "WebSocket connection"]
    async with rooms(tmp_path, crowd) as made:
        yield made


async def cut(speaker: Visitor) -> None:
    """The connection is gone for a moment."""
    await speaker.page.context.set_offline(True)
    await speaker.see('#connection[data-state="lost"]', 30)
    await speaker.page.context.set_offline(False)


async def test_a_pause_that_the_server_learns_of_later_is_not_owed_any_more(here: Rooms) -> None:
    speaker = await seated(here, "en-US")
    page = speaker.page
    await page.click("#toggle")
    await speaker.see('#state[data-phase="on"]')
    await page.route("**/api/stopTranslation", lambda route: route.abort())
    await page.click("#toggle")
    await speaker.told("#problem", "speaker.pauseOwed")
    await page.unroute("**/api/stopTranslation")
    await cut(speaker)
    await speaker.told("#state", "speaker.state.paused", 30)
    await expect(page.locator("#problem")).to_be_hidden()
    session = here.house.conference.running(await speaker.text("#code"))
    assert session is not None
    assert not session.record.active


async def test_what_a_pause_left_over_is_sent_at_the_end(here: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    speaker = await seated(here, "en-US")
    page = speaker.page
    session = here.house.conference.running(await speaker.text("#code"))
    assert session is not None
    await page.click("#toggle")
    await speaker.see('#state[data-phase="on"]')
    await until(lambda: session.accepted > FLOOR_RATE)

    def full(*_who: Any, **_how: Any) -> Any:
        raise TooMany("60 s are waiting", retry_after=1)

    with monkeypatch.context() as patched:
        patched.setattr(session, "audio", full)
        before = session.accepted
        await speaker.told("#state", "speaker.state.catchingUp")
        await page.click("#toggle")
        await speaker.told("#state", "speaker.state.paused")
        assert session.accepted == before
    await page.click("#end")
    await page.click("#end-yes")
    await speaker.see("#over")
    assert session.accepted >= before + 5 * FLOOR_RATE


async def test_a_refusal_that_passes_is_not_said_any_more(here: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    speaker = await seated(here, "en-US")
    session = here.house.conference.running(await speaker.text("#code"))
    assert session is not None

    def busy(*_who: Any, **_how: Any) -> Any:
        raise Unavailable("not now")

    with monkeypatch.context() as patched:
        patched.setattr(session, "admit", busy)
        await cut(speaker)
        await speaker.see("#problem:has([data-words='error.unavailable'])", 30)
    await speaker.see('#connection[data-state="connected"]', 30)
    await expect(speaker.page.locator("#problem")).to_be_hidden()


async def test_a_voice_set_back_to_the_default_stays_so(here: Rooms) -> None:
    speaker = await here.visit("en-US")
    page = speaker.page
    await filled(page)
    await page.click("#voices-box summary")
    await page.select_option("#voices select[data-language=fr]", index=1)
    await page.click("#create")
    await speaker.see('#connection[data-state="connected"]')
    await page.evaluate("[localStorage, sessionStorage].forEach(place => place.removeItem('dragoman.hosted'))")
    await page.reload()
    await speaker.see("#setup-form")
    chosen = page.locator("#voices select[data-language=fr]")
    await expect(chosen).not_to_have_value("")
    await page.click("#voices-box summary")
    await chosen.select_option("")
    await page.check("#target-languages input[value=it]")
    await expect(chosen).to_have_value("")


async def test_a_term_that_is_written_while_others_are_stored_is_kept(here: Rooms) -> None:
    speaker = await seated(here, "en-US")
    page = speaker.page
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await go_on.wait()
        await route.continue_()

    await page.route("**/api/updateSession", hold, times=1)
    await page.click("#desk-terms summary")
    table = page.locator("#desk-terms")
    spanish = table.get_by_label("Spanish, row 1", exact=True)
    await table.get_by_label("Term, row 1", exact=True).fill("booth")
    await spanish.fill("cabina")
    await table.get_by_role("button", name="Use them from now on").click()
    await asyncio.wait_for(asked.wait(), 20)
    await spanish.fill("puesto")
    go_on.set()
    await speaker.see("#desk-terms .row.tight button:enabled")
    # The answer brings the terms that are in use.
    await page.select_option("#mode", index=0)
    await page.select_option("#mode", index=1)
    await speaker.see("#mode:enabled")
    await expect(spanish).to_have_value("puesto")
