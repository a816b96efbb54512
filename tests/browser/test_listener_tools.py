"""What a listener can set, and what the phone around the page is told: by the names that one sees and hears."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Locator, Route, expect

from bearing import bears
from hosts import Host
from media import follow, playing
from onlookers import words
from served import Server
from tabs import tabs, visit
from visitors import Visitor, Visitors, visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]

expect.set_options(timeout=20_000)

ES = words("es")
CA = words("ca")
STRICT = "--autoplay-policy=document-user-activation-required"
"""Chromium as it is for a page that nobody has touched yet: no sound by itself."""
_HANDLERS = """
    window.handlers = {};
    const told = MediaSession.prototype.setActionHandler;
    MediaSession.prototype.setActionHandler = function (action, handler) {
        window.handlers[action] = handler;
        return told.call(this, action, handler);
    };
"""
"""Keeps what a locked screen's buttons do, which nobody can press here."""
_LOCKS = """
    window.locks = [];
    const request = WakeLock.prototype.request;
    WakeLock.prototype.request = async function (...how) {
        const lock = await request.apply(this, how);
        window.locks.push(lock);
        return lock;
    };
"""
"""Keeps the locks that the page was given, so that a test can ask them."""
_PRESSED_BY_NOBODY = """
    const looking = setInterval(() => {
        const start = document.querySelector("#watch");
        if (!start?.checkVisibility()) return;
        clearInterval(looking);
        start.click();
    }, 50);
"""
"""A click of a script's: for the browser nobody has touched the page."""
_KINDS = "window.peers.at(-1).getTransceivers().map(one => one.receiver.track.kind).sort()"
"""What the newest peer asks for."""


def tool(visitor: Visitor, name: str) -> Locator:
    """One of the controls at the bottom."""
    return visitor.page.get_by_role("toolbar").get_by_role("button", name=ES[name], exact=True)


async def starts(visitor: Visitor) -> None:
    await visitor.page.get_by_role("button", name=ES["listener.watch"]).click()
    await playing(visitor, 40)


async def test_a_listener_sets_captions_screen_and_language_and_finds_them_again(
    server: Server, crowd: Visitors
) -> None:
    host = await Host.create(server.url, targetLanguages=("es", "ca"))
    await host.post("startTranslation")
    await host.say("The meeting begins at noon.")
    ana = await crowd.visit(f"{server.url}/listener/{host.code}?language=es", script=_HANDLERS)
    await starts(ana)
    await host.say("The next item is the budget.")
    await expect(ana.page.locator("#line > .line-text").first).not_to_be_empty()
    await captions_on_and_off(ana)
    await captions_grow(ana)
    await full_screen_and_inset(ana)
    await a_locked_screen(ana)
    await all_is_found_again(ana)


async def captions_on_and_off(ana: Visitor) -> None:
    """Only the two lines go; whoever wants to read everything has the history."""
    line, button = ana.page.locator("#line"), tool(ana, "captions")
    await expect(button).to_have_attribute("aria-pressed", "true")
    await expect(line).to_be_visible()
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "false")
    await expect(line).to_be_hidden()
    await ana.page.reload()
    await starts(ana)
    await expect(line).to_be_hidden()
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    await expect(line).to_be_visible()


async def sizes(ana: Visitor) -> list[float]:
    """Pixels that a letter is high, in the two lines and in the history."""
    size = "at => parseFloat(getComputedStyle(document.querySelector(at)).fontSize)"
    found: list[float] = await ana.page.evaluate(f"['#line > .line-text', '#captions p'].map({size})")
    return found


async def captions_grow(ana: Visitor) -> None:
    usual = await sizes(ana)
    await tool(ana, "settings").click()
    slider = ana.page.get_by_role("slider", name=ES["captionSize"])
    await expect(slider).to_have_value("3")
    await slider.press("End")
    await expect(slider).to_have_value("5")
    assert [after / before for before, after in zip(usual, await sizes(ana), strict=True)] == pytest.approx([1.7] * 2)
    await slider.press("Escape")
    await expect(slider).to_be_hidden()
    await expect(tool(ana, "settings")).to_be_focused()


async def full_screen_and_inset(ana: Visitor) -> None:
    for name, element in (("fullScreen", "fullscreenElement"), ("pictureInPicture", "pictureInPictureElement")):
        button = tool(ana, name)
        await button.click()
        await ana.until(f"() => document.{element} !== null")
        await expect(button).to_have_attribute("aria-pressed", "true")
        if name == "pictureInPicture":
            assert await ana.page.evaluate("document.pictureInPictureElement.id") == "video"
            await ana.until("() => !document.querySelector('#video').paused")
        await button.click()
        await ana.until(f"() => document.{element} === null")
        await expect(button).to_have_attribute("aria-pressed", "false")
    assert await ana.page.evaluate("document.querySelector('#video').paused") is False


async def a_locked_screen(ana: Visitor) -> None:
    """It shows what plays, and its buttons do what the page's own do."""
    page = ana.page
    told = "() => { const { title, artist } = navigator.mediaSession.metadata; return [title, artist]; }"
    assert await page.evaluate(told) == ["A talk", "español"]
    picture = await page.evaluate("navigator.mediaSession.metadata.artwork[0].src")
    assert (await page.request.get(picture)).ok
    await ana.until("() => navigator.mediaSession.playbackState === 'playing'")
    for action, state, pressed in (("pause", "paused", "true"), ("play", "playing", "false")):
        await page.evaluate("action => window.handlers[action]({ action })", action)
        await ana.until("state => navigator.mediaSession.playbackState === state", state)
        await expect(tool(ana, "mute")).to_have_attribute("aria-pressed", pressed)
        assert await page.evaluate("String(document.querySelector('#video').muted)") == pressed


async def all_is_found_again(ana: Visitor) -> None:
    """After a reload: the language that was chosen, in whose words the page is too, and the size."""
    page = ana.page
    chooser = page.get_by_role("combobox", name=ES["language"])
    await chooser.select_option("ca")
    await expect(page.get_by_role("combobox", name=CA["language"])).to_have_value("ca")
    before = await sizes(ana)
    await page.reload()
    await page.get_by_role("button", name=CA["listener.watch"]).click()
    await playing(ana, 40)
    await expect(page.get_by_role("combobox", name=CA["language"])).to_have_value("ca")
    assert await page.evaluate("document.documentElement.lang") == "ca"
    await ana.until("() => document.querySelector('#captions p')?.lang === 'ca'")
    await page.get_by_role("button", name=CA["settings"]).click()
    await expect(page.get_by_role("slider", name=CA["captionSize"])).to_have_value("5")
    assert await sizes(ana) == before


async def test_the_screen_stays_on_while_the_page_is_looked_at_and_until_the_talk_ends(
    server: Server, tmp_path: Path
) -> None:
    host = await Host.create(server.url)
    async with tabs(tmp_path) as browser:
        ana = await visit(browser, f"{server.url}/listener/{host.code}?language=es", _LOCKS)
        held = "() => window.locks.map(lock => !lock.released)"
        await starts(ana)
        assert await ana.page.evaluate(held) == [True]
        other = await browser.new_page()
        await other.bring_to_front()
        await ana.until("() => document.hidden")
        # The browser has taken it away.
        await ana.until("() => window.locks[0].released")
        assert await ana.page.evaluate(held) == [False]
        await ana.page.bring_to_front()
        await ana.until("() => window.locks.length === 2")
        assert await ana.page.evaluate(held) == [False, True]
        await host.post("endSession")
        await ana.told("#door-title", "door.over")
        await ana.until("() => window.locks.every(lock => lock.released)")
        assert ana.wrong == []


async def test_where_the_browser_wants_a_tap_for_sound_the_page_asks_for_it(server: Server) -> None:
    host = await Host.create(server.url)
    await host.post("startTranslation")
    async with visitors(None, STRICT) as crowd:
        # Until the peer is asked for nothing else may look at the page: the browser would take it for a touch.
        ana = await crowd.visit("about:blank", script=_PRESSED_BY_NOBODY)
        ana.host = server.url.removeprefix("http://")
        async with ana.page.expect_response("**/api/connectListenerAvatar"):
            await ana.page.goto(f"{server.url}/listener/{host.code}?language=es")
        await asyncio.sleep(1)
        tap = ana.page.get_by_role("button", name=ES["listener.hear"])
        await expect(tap).to_be_visible()
        await playing(ana, 40)
        silent = "(() => { const { muted, paused } = document.querySelector('#video'); return [muted, paused]; })()"
        assert await ana.page.evaluate(silent) == [True, False]
        assert await ana.page.evaluate("navigator.mediaSession.playbackState") == "paused"
        await bears(ana)
        await tap.click()
        await expect(tap).to_be_hidden()
        assert await ana.page.evaluate(silent) == [False, False]
        await ana.until("() => navigator.mediaSession.playbackState === 'playing'")


async def test_who_changes_their_mind_before_the_picture_is_there_gets_what_they_chose_last(
    server: Server, crowd: Visitors
) -> None:
    host = await Host.create(server.url)
    await host.post("startTranslation")
    ana = await crowd.visit(f"{server.url}/listener/{host.code}?language=es")
    asked, given = asyncio.Event(), asyncio.Event()

    async def slowly(route: Route) -> None:
        asked.set()
        await given.wait()
        await route.continue_()

    await ana.page.route("**/api/getIceToken**", slowly)
    await ana.page.get_by_role("button", name=ES["listener.watch"]).click()
    await asked.wait()
    await follow(ana, "sound")
    given.set()
    await playing(ana, 40)
    assert await ana.page.evaluate(_KINDS) == ["audio"]
    asked.clear()
    given.clear()
    await follow(ana, "captions")
    await follow(ana, "sound")
    await asked.wait()
    await follow(ana, "avatar")
    given.set()
    await playing(ana, 40)
    assert await ana.page.evaluate(_KINDS) == ["audio", "video"]


async def test_the_speakers_own_voice_is_there_where_there_is_a_voice_to_mix_it_with(
    server: Server, crowd: Visitors
) -> None:
    host = await Host.create(server.url)
    await host.post("startTranslation")
    ana = await crowd.visit(f"{server.url}/listener/{host.code}?language=es")
    await starts(ana)
    await tool(ana, "settings").click()
    await ana.page.get_by_role("slider", name=ES["balance"]).press("End")
    sounds = "() => document.querySelector('#floor-sound').srcObject !== null"
    await ana.until(sounds)
    # In the language of the floor nothing is said aloud.
    await ana.page.locator("#language").select_option("en")
    await ana.until(f"() => !({sounds})()")
    await ana.page.locator("#language").select_option("es")
    await ana.until(sounds)
