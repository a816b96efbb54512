"""A listener who comes late, scrolls back, and changes language."""

from __future__ import annotations

import pytest

from hosts import Host, interpreted
from served import Server
from speech_data import recording
from visitors import Visitor, Visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TO_THE_END = "({scrollHeight, scrollTop, clientHeight}) => scrollHeight - scrollTop - clientHeight"


async def shows(reader: Visitor, captions: list[tuple[int, str, str]]) -> None:
    """Wait until the last of these captions stands, then compare all."""
    last = captions[-1][0]
    await reader.see(f'#captions > [data-segment="{last}"]:not(.growing)', 40)
    assert await reader.captions(final=False) == captions


async def told(host: Host) -> None:
    """A minute of a talk, then a pause: all of it is recognised."""
    await host.post("startTranslation")
    await host.speak(recording("two_cities").samples)
    await host.post("stopTranslation")


async def test_a_late_reader_gets_the_history_in_any_language_and_is_left_where_they_scroll(
    server: Server, crowd: Visitors
) -> None:
    host = await Host.create(server.url)
    early = await crowd.visit(f"{server.url}/listener/{host.code}?language=es", width=360)
    await early.read("#connection", "Connected")
    await told(host)
    await early.until("() => document.querySelectorAll('#captions > .caption:not(.growing)').length >= 5", None, 60)
    await early.read("#captions", "cielo", 60)

    late = await crowd.visit(f"{server.url}/listener/{host.code}?language=fr-CA", width=360)
    await shows(late, interpreted(await host.transcript(), "fr"))
    assert await late.page.input_value("#language") == "fr"
    assert "gist" in await late.text("#notice")
    await late.picture("listener-history")
    await late.accessible()

    await late.page.select_option("#language", "es")
    await shows(late, interpreted(await host.transcript(), "es"))
    await late.page.select_option("#language", "en")
    await late.read("#captions", "best of times")
    assert await late.captions() == [(one["segmentId"], "en", one["sourceText"]) for one in await host.transcript()]
    assert "Automatic captions" in await late.text("#notice")
    await late.page.reload()
    await late.read("#captions", "best of times")
    assert await late.page.input_value("#language") == "en"

    await left_alone(late, host)


async def left_alone(reader: Visitor, host: Host) -> None:
    scroller = reader.page.locator("#scroller")
    assert await scroller.evaluate(TO_THE_END) < 5, "a reader begins at the newest caption"
    await scroller.evaluate("scroller => { scroller.scrollTop = 40; }")
    await reader.see("#jump")
    before = len(await reader.captions())
    await host.post("startTranslation")
    await host.speak(recording("beckett").samples)
    await host.post("stopTranslation")
    await reader.see(f'#captions > [data-segment="{before + 1}"]:not(.growing)')
    assert await scroller.evaluate("scroller => scroller.scrollTop") == 40
    await reader.picture("listener-scrolled")
    await reader.page.click("#jump")
    assert await scroller.evaluate(TO_THE_END) < 5
    assert await reader.page.locator("#jump").is_hidden()
