"""What the listener's page never loses, however small the screen: its notice, its controls, its lines of captions."""

from __future__ import annotations

import pytest

from dragoman.speech import FLOOR_RATE
from hosts import Host
from media import playing
from served import Server
from speech_data import recording
from visitors import Visitor, Visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZES = ((320, 256), (360, 740), (640, 360), (768, 1024), (1440, 900))
"""The first is a desk of 1280 by 1024 at 400 %, the third a phone on its side."""
_COVERED = """selector => [...document.querySelectorAll(selector)]
    .filter(one => one.checkVisibility() && !one.disabled && !one.closest("[inert]"))
    .filter(one => {
        one.scrollIntoView({ block: "center", inline: "nearest" });
        const { left, top, width, height } = one.getBoundingClientRect();
        const found = document.elementFromPoint(left + width / 2, top + height / 2);
        return !(one.contains(found) || found?.contains(one) && found.matches("label"));
    })
    .map(one => one.outerHTML.slice(0, 120))"""
"""What is not seen where it stands, even after scrolling to it."""
_SIDEWAYS = """() => [document.scrollingElement, ...document.querySelectorAll("main, .sheet, .scroller, .history")]
    .filter(one => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)
    .map(one => one.id || one.tagName)"""
_CONTROLS = "button, select, input, a[href]"


async def holds(guest: Visitor, covering: str = "") -> None:
    """Nothing goes sideways, the notice is seen, and each control. covering: a panel that may cover the others."""
    page = guest.page
    before = page.viewport_size
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        await page.mouse.move(width / 2, 1)
        await page.mouse.move(width / 2, 3)
        where = (width, height, covering)
        assert await page.evaluate(_SIDEWAYS) == [], where
        controls = f"{covering} :is({_CONTROLS})" if covering else _CONTROLS
        assert await page.evaluate(_COVERED, controls) == [], where
        assert await page.evaluate(_COVERED, "#disclosure") == [], where
    assert before
    await page.set_viewport_size(before)


@pytest.mark.parametrize(("locale", "query"), [("es", ""), ("ar", "?language=es"), ("fr", "")])
async def test_notice_and_controls_are_seen_in_every_state(
    server: Server, crowd: Visitors, locale: str, query: str
) -> None:
    host = await Host.create(server.url)
    await host.speak(recording("two_cities").samples[: 8 * FLOOR_RATE])
    guest = await crowd.visit(f"{server.url}/listener/{host.code}{query}", locale=locale, width=360)
    page = guest.page
    await guest.see("#watch")
    await holds(guest)
    await page.click("#watch")
    await playing(guest, 40)
    await holds(guest)
    await page.click("#more-toggle")
    await holds(guest, "#more")
    await page.click("#more-close")
    await page.click("#history-toggle")
    await holds(guest)
    for mode in ("sound", "captions"):
        await page.click("#more-toggle")
        await page.check(f"#modes [value={mode}]")
        await holds(guest, "#more")
        await page.click("#more-close")
        await holds(guest)


async def test_every_line_of_a_long_clause_comes_into_the_two_lines(server: Server, crowd: Visitors) -> None:
    host = await Host.create(server.url, latencyMode="consecutive")
    await host.post("startTranslation")
    guest = await crowd.visit(f"{server.url}/listener/{host.code}?language=es", width=320)
    await guest.page.evaluate(
        """() => {
            window.seen = [];
            const line = document.querySelector("#line");
            new MutationObserver(() => {
                const text = line.firstElementChild.textContent;
                if (text && window.seen.at(-1) !== text) window.seen.push(text);
            }).observe(line, { childList: true, characterData: true, subtree: true });
        }"""
    )
    await guest.page.click("#captions-only")
    await host.say("The friends of the city agree with the friends of the old house on the plan of the new house.")
    await guest.there("#captions > .caption:not(.growing)")
    (text,) = [text for _, _, text in await guest.captions()]
    await guest.until("text => window.seen.join(' ').endsWith(text.slice(-12))", text, 30)
    seen = await guest.page.evaluate("window.seen")
    assert len(seen) > 1, seen
    assert " ".join(seen) == text
