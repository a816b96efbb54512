"""A listener who comes late, scrolls back, and changes language."""

from __future__ import annotations

import pytest

from dragoman.speech import FLOOR_RATE
from hosts import Host, interpreted
from served import Server
from speech_data import recording
from visitors import Visitor, Visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AT_THE_END = """() => {
    const { scrollHeight, scrollTop, clientHeight } = document.querySelector("#scroller");
    return scrollHeight > clientHeight && scrollHeight - scrollTop - clientHeight < 5;
}"""


async def shows(reader: Visitor, captions: list[tuple[int, str, str]]) -> None:
    """Wait until the last of these captions stands, then compare all."""
    last, language, _ = captions[-1]
    await reader.there(f'#captions > [data-segment="{last}"]:not(.growing) > [lang="{language}"]', 40)
    assert await reader.captions(final=False) == captions


async def test_a_late_reader_gets_the_history_in_any_language_and_is_left_where_they_scroll(
    server: Server, crowd: Visitors
) -> None:
    host = await Host.create(server.url)
    early = await crowd.visit(f"{server.url}/listener/{host.code}?language=es", width=360)
    await early.see('#connection[data-state="connected"]')
    await host.speak(recording("two_cities").samples[: 30 * FLOOR_RATE])
    said = await host.transcript()
    await shows(early, await interpreted(server.url, said, "es"))

    late = await crowd.visit(f"{server.url}/listener/{host.code}?language=fr-CA", width=360)
    await shows(late, await interpreted(server.url, said, "fr"))
    assert await late.page.input_value("#language") == "fr"
    await late.told("#notice", "quality.gist")
    await late.page.click("#captions-only")
    await late.see("#history")
    await late.picture("listener-history")
    await late.accessible()

    await late.page.select_option("#language", "es")
    await shows(late, await interpreted(server.url, said, "es"))
    await late.page.select_option("#language", "en")
    spoken = [(one["segmentId"], "en", one["sourceText"]) for one in said]
    await shows(late, spoken)
    assert await late.page.get_attribute("#notice", "data-words") == "quality.automatic"
    await late.page.reload()
    await shows(late, spoken)
    assert await late.page.input_value("#language") == "en"

    await left_alone(late, host)


async def left_alone(reader: Visitor, host: Host) -> None:
    # A small phone: there is more than it shows.
    await reader.page.set_viewport_size({"width": 360, "height": 480})
    scroller = reader.page.locator("#scroller")
    await reader.until(AT_THE_END)  # A reader begins at the newest caption.
    await scroller.evaluate("scroller => { scroller.scrollTop = 40; }")
    await reader.see("#jump")
    before = len(await reader.captions())
    await host.speak(recording("beckett").samples)
    await reader.there(f'#captions > [data-segment="{before + 1}"]:not(.growing)')
    assert await scroller.evaluate("scroller => scroller.scrollTop") == 40
    await reader.picture("listener-scrolled")
    await reader.page.click("#jump")
    await reader.until(AT_THE_END)
    assert await reader.page.locator("#jump").is_hidden()
