"""Every state of the listener's page, for people who see it in the dark, at 400 %, by keyboard, or at rest."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from bearing import bears
from dragoman.speech import FLOOR_RATE
from hosts import KEY, Host
from media import playing
from onlookers import words
from served import Server
from speech_data import recording
from visitors import Visitor, Visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]

expect.set_options(timeout=20_000)

EN = words("en")
ES = words("es")
NO_WEBRTC = "delete window.RTCPeerConnection;"


async def says(visitor: Visitor, title: str, sentence: str) -> None:
    """One heading, and one sentence that is read out when it comes."""
    await expect(visitor.page.get_by_role("heading", name=EN[title])).to_be_visible()
    await expect(visitor.page.get_by_role("alert")).to_have_text(EN[sentence])


async def test_every_door_has_a_sentence_and_something_to_do(server: Server, strict: Server, crowd: Visitors) -> None:
    crowd.forgiven += ["status of 404"]
    guest = await crowd.visit(f"{server.url}/listener", width=360)
    await says(guest, "door.which", "door.which.why")
    await bears(guest)
    host = await Host.create(server.url, passcode="open sesame")
    await guest.page.get_by_role("textbox", name=EN["sessionCode"]).fill(
        "000000" if host.code != "000000" else "000001"
    )
    await guest.page.get_by_role("button", name=EN["listener.goThere"]).click()
    await says(guest, "door.none", "door.none.why")
    await bears(guest)

    await guest.page.get_by_role("textbox", name=EN["sessionCode"]).fill(host.code)
    await guest.page.get_by_role("button", name=EN["listener.goThere"]).click()
    field, enter = guest.page.get_by_label(EN["passcode"]), guest.page.get_by_role("button", name=EN["enter"])
    for passcode, sentence in (("open barley", "door.passcode.why"), ("open sesame", "door.passcode.wrong")):
        await says(guest, "door.passcode", sentence)
        await expect(field).to_be_focused()
        await bears(guest)
        await field.fill(passcode)
        await enter.click()
    await expect(guest.page.get_by_role("button", name=EN["listener.watch"])).to_be_visible()
    await host.post("endSession")
    await says(guest, "door.over", "door.over.thanks")
    await bears(guest)

    host = await Host.create(strict.url, key=KEY)
    first = await crowd.visit(f"{strict.url}/listener/{host.code}")
    await expect(first.page.get_by_role("button", name=EN["listener.watch"])).to_be_visible()
    second = await crowd.visit(f"{strict.url}/listener/{host.code}", width=360)
    await says(second, "door.full", "door.full.waits")
    await bears(second)
    await first.page.close()
    await expect(second.page.get_by_role("button", name=EN["listener.watch"])).to_be_visible(timeout=30_000)


async def test_a_talk_is_for_everybody_however_it_is_followed(server: Server, crowd: Visitors) -> None:
    host = await Host.create(server.url)
    await host.speak(recording("two_cities").samples[: 12 * FLOOR_RATE])
    ana = await crowd.visit(f"{server.url}/listener/{host.code}?language=es", width=360)
    page = ana.page
    start = page.get_by_role("button", name=ES["listener.watch"])
    await expect(start).to_be_visible()
    await bears(ana)
    await start.click()
    await playing(ana, 40)
    await bears(ana)
    tools = page.get_by_role("toolbar")
    settings = page.get_by_role("region", name=ES["settings"])
    await tools.get_by_role("button", name=ES["settings"]).click()
    await bears(ana)
    await settings.get_by_role("button", name=ES["close"]).click()
    panel = page.get_by_role("region", name=ES["history"])
    await tools.get_by_role("button", name=ES["history"]).click()
    for name in ("search", "showOriginal", "downloads"):
        await panel.get_by_role("button", name=ES[name]).click()
    await bears(ana)
    await panel.get_by_role("button", name=ES["close"]).click()
    await tools.get_by_role("button", name=ES["settings"]).click()
    await settings.get_by_role("radio", name=ES["mode.sound"]).check()
    await settings.get_by_role("button", name=ES["close"]).click()
    await ana.see('#stage[data-sign="playing"]')
    await bears(ana)
    await tools.get_by_role("button", name=ES["settings"]).click()
    await settings.get_by_role("radio", name=ES["mode.captions"]).check()
    await settings.get_by_role("button", name=ES["close"]).click()
    await expect(panel).to_be_visible()
    await bears(ana)


async def test_without_webrtc_there_are_captions_and_a_sentence_that_says_why(server: Server, crowd: Visitors) -> None:
    host = await Host.create(server.url)
    await host.post("startTranslation")
    old = await crowd.visit(f"{server.url}/listener/{host.code}?language=es", width=360, script=NO_WEBRTC)
    await expect(old.page.get_by_text(ES["listener.noWebRtc"])).to_be_visible()
    await expect(old.page.get_by_role("button", name=ES["listener.watch"])).to_be_hidden()
    await bears(old)
    await old.page.get_by_role("button", name=ES["mode.captions"]).click()
    await host.say("The meeting begins at noon.")
    await expect(old.page.get_by_role("region", name=ES["history"])).to_contain_text("mediodía")
    await expect(old.page.locator("#line")).to_contain_text("mediodía")
    await bears(old)
    await old.page.get_by_role("button", name=ES["settings"]).click()
    await expect(old.page.get_by_role("radio", name=ES["mode.captions"])).to_be_checked()
    for name in ("mode.avatar", "mode.sound"):
        await expect(old.page.get_by_role("radio", name=ES[name])).to_be_disabled()
