"""What the design promises: contrast in both schemes, room for fingers, 400 % zoom, stillness, and the keyboard."""

from __future__ import annotations

import pytest

from dragoman.speech import FLOOR_RATE
from hosts import Host
from media import playing
from served import Server
from speech_data import recording
from visitors import Visitor, Visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_SMALL = """() => [...document.querySelectorAll("button, select, input, summary, a[href], textarea")]
    .filter(one => one.checkVisibility() && !one.matches(".link, .links a"))
    .map(one => [one, (one.closest("label") ?? one).getBoundingClientRect()])
    .filter(([, { width, height }]) => width < 24 || height < 24)
    .map(([one]) => one.outerHTML.slice(0, 120))"""
_WIDE = "() => document.documentElement.scrollWidth <= innerWidth"
_MOVING = """() => document.getAnimations().filter(one => one.effect.getTiming().duration > 0).length
    + [...document.querySelectorAll(".moving")].filter(one => getComputedStyle(one).visibility === "visible").length"""


async def holds(visitor: Visitor) -> None:
    """Contrast and names in both schemes, targets of 24 px, and nothing lost at 320 px, which is 1280 px at 400 %."""
    page = visitor.page
    before = page.viewport_size
    for scheme in ("light", "dark"):
        # Without movement, or colours are looked at half way from one scheme to the other.
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        await visitor.accessible()
    for width in (320, 768, 1440):
        await page.set_viewport_size({"width": width, "height": 640})
        assert await page.evaluate(_SMALL) == []
        assert await page.evaluate(_WIDE), width
    assert before
    await page.set_viewport_size(before)


async def test_the_speakers_page_holds_what_the_design_promises(server: Server, crowd: Visitors) -> None:
    for locale in ("en-US", "ar"):
        speaker = await crowd.visit(f"{server.url}/speaker", locale=locale)
        page = speaker.page
        await speaker.see("#setup-form")
        await page.fill("#session-name", "Design")
        await page.check("#target-languages input[value=es]")
        for fold in ("#voices-box", "#setup-terms", "#access", "#looks"):
            await page.click(f"{fold} summary")
        await holds(speaker)
        await page.click("#create")
        await speaker.see('#connection[data-state="connected"]')
        await page.click("#desk-terms summary")
        await holds(speaker)
        for opened, closed in (("#project", "#project-close"), ("#help", "#help-close")):
            await page.click(opened)
            await holds(speaker)
            await page.click(closed)
        await page.evaluate("[localStorage, sessionStorage].forEach(place => place.removeItem('dragoman.hosted'))")


async def test_the_listeners_page_holds_what_the_design_promises(server: Server, crowd: Visitors) -> None:
    host = await Host.create(server.url)
    await host.speak(recording("two_cities").samples[: 8 * FLOOR_RATE])
    for locale, query in (("en-US", "?language=es"), ("ar", "")):
        guest = await crowd.visit(f"{server.url}/listener/{host.code}{query}", locale=locale)
        page = guest.page
        await guest.see("#watch")
        await holds(guest)
        await page.click("#watch")
        await playing(guest, 40)
        await holds(guest)
        await page.click("#more-toggle")
        await holds(guest)
        await page.check("#modes [value=captions]")
        await page.click("#more-close")
        await page.click("#search-toggle")
        await page.click("#downloads-toggle")
        await holds(guest)


async def test_whoever_wants_no_movement_sees_none(server: Server, crowd: Visitors) -> None:
    speaker = await crowd.visit(f"{server.url}/speaker")
    await speaker.see("#avatars .moving")
    await speaker.page.emulate_media(reduced_motion="reduce")
    assert await speaker.page.evaluate(_MOVING) == 0


async def test_the_tab_key_goes_through_the_start_in_the_order_that_one_reads(server: Server, crowd: Visitors) -> None:
    host = await Host.create(server.url)
    guest = await crowd.visit(f"{server.url}/listener/{host.code}")
    await guest.see("#watch")
    order = []
    for _ in range(4):
        await guest.page.keyboard.press("Tab")
        order.append(await guest.page.evaluate("document.activeElement.id"))
    assert order == ["language", "watch", "sound-only", "captions-only"]
    await guest.page.keyboard.press("Enter")
    await guest.see('#talk[data-mode="captions"]')
    # The button is gone: who pressed it is at the controls, not at the top of the page.
    assert await guest.page.evaluate("document.activeElement.id") == "more-toggle"
