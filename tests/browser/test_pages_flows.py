"""What a host and a listener do beside speaking and listening, by the names that they see and hear."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from dragoman.speech import FLOOR_RATE
from hosts import Host
from media import peers, playing
from served import Server
from speech_data import recording, silence
from visitors import Visitor, Visitors, visitors, write_wav

pytestmark = [pytest.mark.browser, pytest.mark.slow]

expect.set_options(timeout=20_000)
TYPED = "The meeting begins at noon."


def button(page: Page | Locator, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


async def set_up(speaker: Visitor, name: str, *languages: str) -> None:
    """From the empty page to the desk."""
    page = speaker.page
    await page.get_by_role("textbox", name="Session name").fill(name)
    for language in languages:
        await page.get_by_role("checkbox", name=language).check()
    await button(page, "Create the session").click()
    # The button is gone: whoever pressed it is at the head of what came instead.
    await expect(page.get_by_role("heading", name="Microphone")).to_be_focused()


async def test_a_host_who_types_corrects_takes_back_ends_and_deletes(server: Server, tmp_path: Path) -> None:
    async with visitors(write_wav(tmp_path / "silence.wav", [silence(60)])) as crowd:
        speaker = await crowd.visit(f"{server.url}/speaker")
        await set_up(speaker, "Written", "español", "français")
        page, code = speaker.page, await speaker.text("#code")
        ana = await crowd.visit(f"{server.url}/listener/{code}?language=es", width=360)
        await ana.page.get_by_role("button", name="Solo subtítulos").click()

        crowd.forgiven += ["status of 409"]
        await page.get_by_role("textbox", name="Type instead of speaking").fill(TYPED)
        await page.keyboard.press("Enter")
        await expect(page.locator("#type-problem")).to_contain_text("not possible now")
        await button(page, "Start").click()
        await expect(page.locator("#state")).to_have_attribute("data-phase", "on")
        await button(page, "Send").click()
        line = page.locator(".passage", has_text=TYPED)
        await expect(line).to_contain_text("typed")
        await expect(page.get_by_role("textbox", name="Type instead of speaking")).to_have_value("")
        await ana.read("#captions", "mediodía")
        await speaker.accessible()

        await line.hover()
        await button(line, "Correct").click()
        dialog = page.get_by_role("dialog", name="Correct a line")
        await dialog.get_by_label("Language").select_option("es")
        await dialog.get_by_label("What it should say").fill("La reunión empieza a las doce.")
        await speaker.accessible()
        await button(dialog, "Save").click()
        await expect(dialog).to_be_hidden()
        await expect(line).to_contain_text("a las doce")
        await ana.read("#captions", "a las doce")
        await ana.accessible()

        await line.hover()
        await button(line, "Take back").click()
        await expect(line).to_have_count(0)
        await expect(ana.page.locator("#captions > li")).to_have_count(0)
        await expect(ana.page.locator("#line")).not_to_contain_text("doce")

        await page.get_by_role("textbox", name="Type instead of speaking").fill("This stays.")
        await page.keyboard.press("Enter")
        await ana.there("#captions > li:not(.growing)")
        await over(speaker, ana)


async def over(speaker: Visitor, ana: Visitor) -> None:
    page = speaker.page
    await button(page, "End session…").click()
    dialog = page.get_by_role("dialog", name="End the session?")
    await expect(button(dialog, "Go on")).to_be_focused()
    await button(dialog, "End it").click()
    await expect(page.get_by_role("heading", name="The session has ended")).to_be_focused()
    await ana.told("#door-title", "door.over")
    table = page.get_by_role("table")
    await expect(table.get_by_role("columnheader")).to_contain_text(["English", "French", "Spanish", "Correct"])
    await expect(table).to_contain_text("This stays.")
    assert TYPED not in (await table.text_content() or "")

    await button(table, "Correct").click()
    dialog = page.get_by_role("dialog", name="Correct a line")
    for language, text in (("es", "Esto queda."), ("fr", "Ceci reste.")):
        await dialog.get_by_label("Language").select_option(language)
        await dialog.get_by_label("What it should say").fill(text)
    await button(dialog, "Save").click()
    await expect(table).to_contain_text("Ceci reste.")
    await expect(table).to_contain_text("Esto queda.")
    await speaker.accessible()
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="TXT: français").click()
    assert "Ceci reste." in (await (await waiting.value).path()).read_text(encoding="utf-8")
    async with page.expect_download(timeout=60_000) as waiting:
        await button(page, "MP4: français").click()
    film = await waiting.value
    assert film.suggested_filename.endswith("-fr.mp4")
    assert b"ftyp" in (await film.path()).read_bytes()[:16]

    await button(page, "Delete everything…").click()
    dialog = page.get_by_role("dialog", name="Delete everything?")
    await expect(button(dialog, "Cancel")).to_be_focused()
    await button(dialog, "Delete it all").click()
    await expect(page.locator("#hall-sentence")).to_have_text("Everything of that session is deleted.")
    await button(page, "Make a new session").click()
    await expect(page.get_by_role("heading", name="Start a session")).to_be_visible()
    await expect(page.get_by_role("checkbox", name="español")).to_be_checked()


async def test_a_speaker_mutes_holds_a_key_and_finds_the_shortcuts(server: Server, tmp_path: Path) -> None:
    async with visitors(write_wav(tmp_path / "talk.wav", [recording("two_cities").samples])) as crowd:
        speaker = await crowd.visit(f"{server.url}/speaker")
        await set_up(speaker, "Keys", "español")
        page = speaker.page
        await page.locator("body").press("?")
        await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
        await speaker.accessible()
        await page.keyboard.press("Escape")
        await page.locator("body").press("m")
        await page.locator("body").press("s")
        await expect(page.locator("#state")).to_contain_text("nobody hears you")
        await expect(button(page, "Mute")).to_have_attribute("aria-pressed", "true")
        await page.get_by_text("Microphone and pace").click()
        await page.get_by_role("checkbox", name="Push to talk").check()
        await page.locator("body").press("m")
        await expect(page.locator("#state")).to_contain_text("nobody hears you")
        assert await page.locator(".passage").count() == 0
        await page.get_by_role("heading", name="Microphone").click()
        await page.keyboard.down(" ")
        await expect(page.locator("#state")).to_contain_text("hear and read")
        await expect(page.locator(".passage").first).to_be_visible()
        await page.keyboard.up(" ")
        await expect(page.locator("#state")).to_contain_text("nobody hears you")


async def test_the_microphone_is_checked_before_anybody_listens(server: Server, tmp_path: Path) -> None:
    async with visitors(write_wav(tmp_path / "talk.wav", [recording("two_cities").samples])) as crowd:
        speaker = await crowd.visit(f"{server.url}/speaker")
        await set_up(speaker, "Checked", "español")
        page = speaker.page
        await button(page, "Check the microphone").click()
        await expect(page.locator("#check-heard")).to_contain_text("best", ignore_case=True)
        await speaker.accessible()
        await button(page, "Stop the check").click()
        await expect(page.locator("#check-state")).to_contain_text("works")
        # Nothing of it is in the talk.
        assert await page.locator(".passage").count() == 0
        assert "Not started" in await speaker.text("#state")


async def test_mistakes_are_said_at_their_fields_and_choices_are_remembered(server: Server, crowd: Visitors) -> None:
    speaker = await crowd.visit(f"{server.url}/speaker", width=360)
    page = speaker.page
    await button(page, "Create the session").click()
    name = page.get_by_role("textbox", name="Session name")
    await expect(name).to_be_focused()
    await expect(name).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#session-name-problem")).to_have_text("Give the session a name.")
    await expect(page.locator("#targets-problem")).to_be_visible()
    await speaker.accessible()
    await name.fill("Remembered")
    await expect(page.locator("#session-name-problem")).to_be_hidden()
    await page.get_by_role("checkbox", name="català").check()
    await page.get_by_text("Access", exact=True).click()
    await page.get_by_role("textbox", name="Passcode").fill("ñandú")
    await page.get_by_role("radio", name="Jonas").check()
    await button(page, "Create the session").click()
    await expect(page.locator("#passcode-problem")).to_contain_text("Latin letters")
    await page.get_by_role("textbox", name="Passcode").fill("")
    await page.get_by_text("Voices", exact=True).click()
    async with page.expect_response("**/api/previewVoice*") as waiting:
        await button(page, "Listen to this voice: Catalan").click()
    assert (await waiting.value).status == 200
    await button(page, "Create the session").click()
    await expect(page.get_by_role("heading", name="Microphone")).to_be_visible()
    await page.evaluate("[localStorage, sessionStorage].forEach(place => place.removeItem('dragoman.hosted'))")
    await page.reload()
    await expect(page.get_by_role("radio", name="Jonas")).to_be_checked()
    await expect(page.get_by_role("checkbox", name="català")).to_be_checked()


async def test_a_listener_changes_how_to_follow(server: Server, crowd: Visitors) -> None:
    host = await Host.create(server.url)
    await host.speak(recording("two_cities").samples[: 12 * FLOOR_RATE])
    await host.post("startTranslation")
    ana = await crowd.visit(f"{server.url}/listener/{host.code}?language=en", width=360, locale="es-MX")
    page = ana.page
    # English is the floor: its page is in English, and it has captions only.
    await button(page, "Watch and listen").click()
    await expect(page.locator("#voiceless")).to_contain_text("captions only")
    await page.get_by_role("combobox").select_option("es")
    await playing(ana, 40)
    await expect(page.get_by_role("region", name="Imagen y sonido")).to_be_visible()
    assert await peers(ana) == ["connected"]
    await ana.accessible()

    await controls_rest_and_come_back(ana)
    await original_voice(ana)
    await sound_alone(ana)
    await history(ana)


async def controls_rest_and_come_back(ana: Visitor) -> None:
    page = ana.page
    await page.mouse.click(180, 100)
    await ana.until("() => document.body.classList.contains('resting')")
    await expect(page.locator("#controls")).to_have_css("opacity", "0")
    await expect(page.locator("#disclosure")).to_have_css("opacity", "1")
    await page.keyboard.press("Tab")
    await expect(page.locator("#controls")).to_have_css("opacity", "1")


async def original_voice(ana: Visitor) -> None:
    """A peer of its own, there while the balance asks for it; in the middle both are heard."""
    page = ana.page
    await button(page, "Ajustes").click()
    await ana.accessible()
    await page.get_by_role("slider", name="Voz original").fill("0.5")
    await ana.until("() => window.peers.length === 2 && window.peers[1].connectionState === 'connected'")
    volumes = "['#video', '#floor-sound'].map(one => document.querySelector(one).volume)"
    assert await page.evaluate(volumes) == [1, 1]
    await page.get_by_role("slider", name="Voz original").fill("1")
    assert await page.evaluate(volumes) == [0, 1]
    await page.get_by_role("slider", name="Voz original").fill("0")
    assert await page.evaluate(volumes) == [1, 0]
    await ana.until("() => window.peers[1].connectionState === 'closed'")


async def sound_alone(ana: Visitor) -> None:
    """No picture is sent any more; the sound is."""
    page = ana.page
    await page.get_by_role("radio", name="Solo sonido").check()
    await ana.until("() => window.peers.length === 3 && window.peers[2].connectionState === 'connected'")
    kinds = "window.peers[2].getTransceivers().map(one => one.receiver.track.kind)"
    assert await page.evaluate(kinds) == ["audio"]
    await playing(ana)
    await page.get_by_role("radio", name="Solo subtítulos").check()
    assert set(await peers(ana)) == {"closed"}
    await button(page, "Cerrar").first.click()


async def history(ana: Visitor) -> None:
    page = ana.page
    panel = page.get_by_role("region", name="Historial")
    await expect(panel).to_be_visible()
    await button(panel, "Buscar").click()
    await page.get_by_role("searchbox", name="Buscar").fill("peor")
    await expect(page.locator("#found")).to_contain_text("1 frase")
    await expect(panel.locator("li:visible", has_text="mejor")).to_have_count(0)
    await page.get_by_role("searchbox", name="Buscar").fill("")
    await button(panel, "Mostrar el original").click()
    await expect(panel.locator(".original").first).to_have_attribute("lang", "en")
    await expect(panel).to_contain_text("worst")
    await ana.accessible()
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await button(panel, "Copiar").click()
    await expect(page.locator("#copied")).to_have_text("Copiado")
    assert "mejor" in await page.evaluate("navigator.clipboard.readText()")
    await button(panel, "Descargas").click()
    async with page.expect_download() as waiting:
        await panel.get_by_role("link", name="SRT: español").click()
    assert "-->" in (await (await waiting.value).path()).read_text(encoding="utf-8")


async def test_a_page_without_a_code_asks_for_one_in_the_browsers_language(server: Server, crowd: Visitors) -> None:
    host = await Host.create(server.url)
    guest = await crowd.visit(f"{server.url}/listener", width=360, locale="ar")
    page = guest.page
    await guest.told("#door-title", "door.which")
    assert await page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]
    await guest.accessible()
    await page.get_by_role("textbox", name="رمز الجلسة").fill(host.code)
    await button(page, "اذهب").click()
    await expect(button(page, "شاهد واستمع")).to_be_visible()
    assert page.url == f"{server.url}/listener/{host.code}"


async def test_a_browser_without_media_says_so_and_gives_captions(server: Server, crowd: Visitors) -> None:
    host = await Host.create(server.url)
    link = f"{server.url}/listener/{host.code}?language=fr"
    old = await crowd.visit(link, script="delete window.RTCPeerConnection;")
    await old.told("#limits", "listener.noWebRtc")
    await expect(old.page.locator("#watch")).to_be_hidden()
    await old.page.get_by_role("button", name="Sous-titres seuls").click()
    await expect(old.page.get_by_role("region", name="Historique")).to_be_visible()
    await old.accessible()
    free = await crowd.visit(
        link,
        script="""
            const all = RTCRtpReceiver.getCapabilities;
            RTCRtpReceiver.getCapabilities = kind => {
                const found = all.call(RTCRtpReceiver, kind);
                return { ...found, codecs: found.codecs.filter(({ mimeType }) => !mimeType.endsWith("H264")) };
            };
        """,
    )
    await free.told("#limits", "listener.noPicture")
    await free.page.get_by_role("button", name="Son seul").click()
    await playing(free, 40)
    kinds = "window.peers[0].getTransceivers().map(one => one.receiver.track.kind)"
    assert await free.page.evaluate(kinds) == ["audio"]


async def test_a_phone_without_a_network_for_ten_seconds_comes_back_by_itself(server: Server, crowd: Visitors) -> None:
    host = await Host.create(server.url)
    await host.speak(recording("two_cities").samples[: 5 * FLOOR_RATE])
    ana = await crowd.visit(f"{server.url}/listener/{host.code}?language=es", width=360)
    await ana.page.get_by_role("button", name="Solo subtítulos").click()
    await ana.there("#captions > li")
    before = len(await ana.captions())
    crowd.forgiven += ["ERR_INTERNET_DISCONNECTED", "WebSocket connection"]
    await ana.page.context.set_offline(True)
    await ana.see('#connection[data-state="lost"]', 60)
    await host.speak(recording("two_cities").samples[5 * FLOOR_RATE : 12 * FLOOR_RATE])
    await asyncio.sleep(10)
    await ana.page.context.set_offline(False)
    await ana.see('#connection[data-state="connected"]', 60)
    await ana.until("before => document.querySelectorAll('#captions > .caption:not(.growing)').length > before", before)
    said = await host.transcript()
    assert [number for number, _, _ in await ana.captions()] == [one["segmentId"] for one in said]
