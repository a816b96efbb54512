"""What every state of the listener's page is for people who see it in the dark, at 400 %, by keyboard, at rest."""

from __future__ import annotations

from typing import Any, Literal

from visitors import Visitor

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ZOOMED = {"width": 320, "height": 256}
"""What a window of 1280 by 1024 pixels has at 400 %."""
_MOVING = """() => document.getAnimations()
    .filter(one => one.playState === "running" && one.effect.getTiming().duration > 0)
    .map(one => `${one.transitionProperty ?? one.animationName} of ${one.effect.target.outerHTML.slice(0, 80)}`)"""
_CONTROLS = """() => {
    const all = [...document.querySelectorAll("button, input, select, textarea, summary, a[href], [tabindex='0']")];
    window.controls = all.filter(one => one.checkVisibility({ visibilityProperty: true }) && !one.disabled);
    // Of a group of choices the keyboard stops at one; the arrows go on from there.
    const group = one => one.type === "radio" ? one.name : undefined;
    window.controls = window.controls.filter(one => !group(one) || one.checked);
    return window.controls.map(one => one.outerHTML.slice(0, 80));
}"""
_STOP = """() => {
    const one = document.activeElement;
    const at = (one.closest("label") ?? one).getBoundingClientRect();
    const place = one.getBoundingClientRect();
    const uncovered = share => {
        const seen = document.elementFromPoint((place.left + place.right) / 2, place.top + place.height * share);
        return seen !== null && (one.contains(seen) || seen.contains(one));
    };
    const whole = at.left >= -1 && at.right <= innerWidth + 1 && place.top >= -1
        && (place.bottom <= innerHeight + 1 || place.height > innerHeight);
    // Over a place to read a button may float; a control is pressed in its middle.
    const free = (one.matches("[role=region]") ? [0.1, 0.25, 0.5, 0.75] : [0.5]).some(uncovered);
    return { number: window.controls.indexOf(one), name: one.outerHTML.slice(0, 80), whole, free };
}"""
"""Where the focus is: of `window.controls` which, whether all of it is in the window, and nothing lies over it."""


async def plain(visitor: Visitor) -> None:
    """Nothing for axe-core in either scheme, nothing that moves for whoever wants no movement."""
    page = visitor.page
    for scheme in SCHEMES:
        # Without movement, or colours are looked at half way from one scheme to the other.
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        # What had begun before may end; what begins from now on does not move.
        await visitor.until(f"() => ({_MOVING})().length === 0", seconds=5)
        await visitor.accessible()
    await page.emulate_media(color_scheme="light", reduced_motion="no-preference")


async def bears(visitor: Visitor) -> None:
    """As `plain`, and all of it is there at 400 % and by keyboard."""
    page = visitor.page
    await plain(visitor)
    # What slides in is not where it will be.
    await page.emulate_media(reduced_motion="reduce")
    before = page.viewport_size
    assert before
    await page.set_viewport_size({"width": ZOOMED["width"], "height": ZOOMED["height"]})
    assert await page.evaluate("document.documentElement.scrollWidth") <= ZOOMED["width"]
    await by_keyboard(visitor)
    await page.set_viewport_size(before)
    await page.emulate_media(reduced_motion="no-preference")


async def by_keyboard(visitor: Visitor) -> None:
    """The Tab key comes to every control that is shown, and each is seen whole when it is there."""
    page = visitor.page
    names: list[str] = await page.evaluate(_CONTROLS)
    stops: dict[int, dict[str, Any]] = {}
    for _ in range(2 * len(names) + 4):
        if len(stops) == len(names):
            break
        await page.keyboard.press("Tab")
        stop = await page.evaluate(_STOP)
        if stop["number"] >= 0:
            stops[stop["number"]] = stop
    missed = [name for number, name in enumerate(names) if number not in stops]
    hidden = [stop for stop in stops.values() if not (stop["whole"] and stop["free"])]
    assert not missed, missed
    assert not hidden, hidden
