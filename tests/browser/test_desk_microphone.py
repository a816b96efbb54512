"""The microphone is open while it is wanted, and heard only while it may be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from desk_states import Rooms, microphone, rooms, seated
from dragoman.session import Session
from visitors import Visitor, Visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_GIVEN = "() => window.microphone.given === window.microphone.asked"


@pytest.fixture
async def here(tmp_path: Path, crowd: Visitors) -> AsyncIterator[Rooms]:
    async with rooms(tmp_path, crowd) as made:
        yield made


async def session_of(here: Rooms, speaker: Visitor) -> Session:
    session = here.house.conference.running(await speaker.text("#code"))
    assert session is not None
    return session


async def asked(speaker: Visitor, selector: str) -> None:
    """Press this: the browser asks whether the page may hear."""
    before = await speaker.page.evaluate("() => { window.microphone.ask(); return window.microphone.asked; }")
    await speaker.page.click(selector)
    await speaker.until("before => window.microphone.asked > before", before)


async def answered(speaker: Visitor) -> None:
    """Yes, it may; but nobody wants that any more."""
    await speaker.page.evaluate("window.microphone.answer()")
    await speaker.until(_GIVEN)
    await speaker.until("() => window.microphone.open === 0", seconds=5)


async def on_air(speaker: Visitor) -> None:
    await microphone(speaker.page, gain=0.1)
    await speaker.page.click("#toggle")
    await speaker.see('#state[data-phase="on"]')


async def test_a_page_that_was_left_while_it_asked_does_not_listen(here: Rooms) -> None:
    speaker = await seated(here, "en-US")
    await asked(speaker, "#toggle")
    other = await speaker.another()
    await other.see('#connection[data-state="connected"]')
    await speaker.told("#hall-sentence", "speaker.anotherPage")
    await answered(speaker)
    assert not (await session_of(here, other)).record.active


async def test_a_talk_paused_elsewhere_while_the_page_asked_is_not_on_air(here: Rooms) -> None:
    speaker = await seated(here, "en-US")
    await on_air(speaker)
    await speaker.page.evaluate("sessionStorage.setItem('prompt', 'yes')")
    await speaker.page.reload()
    await speaker.until("() => window.microphone.asked === 1")
    await (await session_of(here, speaker)).pause()
    await speaker.told("#state", "speaker.state.paused")
    await answered(speaker)
    await speaker.told("#state", "speaker.state.paused")


async def test_a_pause_while_another_microphone_is_opened_closes_that_too(here: Rooms) -> None:
    speaker = await seated(here, "en-US")
    await on_air(speaker)
    page = speaker.page
    await speaker.until("() => document.querySelector('#device').length > 2")
    await page.evaluate("() => window.microphone.ask()")
    await page.click("#microphone-settings summary")
    await page.select_option("#device", index=2)
    await speaker.until("() => window.microphone.asked === 2")
    await page.click("#toggle")
    await speaker.told("#state", "speaker.state.paused")
    await answered(speaker)


async def test_a_check_that_ends_while_it_asks_does_not_listen(here: Rooms) -> None:
    speaker = await seated(here, "en-US")
    await asked(speaker, "#check-toggle")
    await (await session_of(here, speaker)).start()
    await speaker.see("#check-toggle:enabled")
    await answered(speaker)
    await expect(speaker.page.locator("#check-state")).to_be_hidden()
    await expect(speaker.page.locator("#check-problem")).to_be_hidden()


async def test_whoever_is_muted_stays_so_after_a_reload_and_not_in_the_next_session(here: Rooms) -> None:
    speaker = await seated(here, "en-US")
    page, mute = speaker.page, speaker.page.locator("#mute")
    await on_air(speaker)
    await page.click("#mute")
    await page.reload()
    await speaker.told("#state", "speaker.state.muted")
    await expect(mute).to_have_attribute("aria-pressed", "true")
    await page.click("#end")
    await page.click("#end-yes")
    await page.click("#new")
    await speaker.see("#setup-form")
    await page.fill("#session-name", "Another")
    await page.click("#create")
    await speaker.see('#connection[data-state="connected"]')
    await expect(mute).to_have_attribute("aria-pressed", "false")
    await on_air(speaker)
    await speaker.told("#state", "speaker.state.onAir")


async def test_push_to_talk_ends_with_the_keyboards_focus_and_works_on_its_button(here: Rooms) -> None:
    speaker = await seated(here, "en-US")
    page = speaker.page
    await page.check("#push-to-talk")
    await on_air(speaker)
    await speaker.told("#state", "speaker.state.muted")
    await page.locator("#floor-title").click()
    await page.keyboard.down(" ")
    await speaker.told("#state", "speaker.state.onAir")
    # What a window hears that another one comes before; the key is let go over there.
    await page.evaluate("() => { window.dispatchEvent(new Event('blur')); }")
    await speaker.told("#state", "speaker.state.muted")
    await page.keyboard.up(" ")
    await page.locator("#talk-key").focus()
    await page.keyboard.down(" ")
    await speaker.told("#state", "speaker.state.onAir")
    await page.keyboard.up(" ")
    await speaker.told("#state", "speaker.state.muted")
