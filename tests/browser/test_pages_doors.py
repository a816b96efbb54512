"""What stands before a session: each case a sentence and something to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from hosts import KEY, Host
from media import follow, watch
from onlookers import words
from served import Server
from tabs import tabs, visit
from visitors import PLAIN, Visitor, Visitors

pytestmark = pytest.mark.browser


async def test_a_code_that_is_none_leads_to_a_field_for_the_right_one(server: Server, crowd: Visitors) -> None:
    crowd.forgiven += ["status of 400", "status of 404"]
    host = await Host.create(server.url)
    for code in ("000000" if host.code != "000000" else "000001", "hello", "<b>1"):
        lost = await crowd.visit(f"{server.url}/listener/{code}", width=360)
        await lost.read("#door-title", "No such session")
    await lost.picture("listener-none")
    await lost.accessible()
    await lost.page.fill("#code", host.code)
    await lost.page.click("#code-form button")
    await lost.read("#name", "A talk")
    await lost.see('#connection[data-state="connected"]')


async def test_a_passcode_is_asked_for_and_kept_over_a_reload(server: Server, crowd: Visitors) -> None:
    host = await Host.create(server.url, passcode="open sesame")
    guest = await crowd.visit(f"{server.url}/listener/{host.code}", width=360)
    await guest.read("#door-title", "passcode")
    await guest.picture("listener-passcode")
    await guest.accessible()
    await guest.page.fill("#passcode", "open barley")
    await guest.page.click("#passcode-form button")
    await guest.read("#door-sentence", "not the passcode")
    await guest.page.fill("#passcode", "open sesame")
    await guest.page.click("#passcode-form button")
    await guest.see("#talk")
    await guest.page.reload()
    await guest.see("#talk")
    await host.post("endSession")
    await guest.read("#door-title", "has ended")
    async with guest.page.expect_download() as waiting:
        await guest.page.click('#transcripts a[href*="language=es"][href*="format=json"]')
    assert (await (await waiting.value).path()).read_text(encoding="utf-8").strip() == "[]"


async def test_a_full_session_says_so_and_lets_in_who_waits(strict: Server, crowd: Visitors) -> None:
    host = await Host.create(strict.url, key=KEY)
    first = await crowd.visit(f"{strict.url}/listener/{host.code}")
    await first.see("#talk")
    second = await crowd.visit(f"{strict.url}/listener/{host.code}", width=360)
    await second.read("#door-title", "No place is free")
    await second.picture("listener-full")
    await first.page.close()
    await second.page.click("#again")
    await second.see("#talk")


async def test_the_host_key_is_asked_for_where_the_server_wants_one(strict: Server, crowd: Visitors) -> None:
    crowd.forgiven += ["status of 401"]
    speaker = await crowd.visit(f"{strict.url}/speaker")
    await speaker.see("#setup-form")
    assert "hears English only" in await speaker.text("#source-note")
    await speaker.page.fill("#session-name", "Locked")
    await speaker.page.click("#create")
    await speaker.read("#targets-problem", "at least one language")
    await speaker.page.check("#target-languages input[value=es]")
    await speaker.page.click("#create")
    await speaker.see("#host-key")
    await speaker.picture("speaker-setup")
    await speaker.accessible()
    await speaker.page.fill("#host-key", "a guess")
    await speaker.page.click("#create")
    await speaker.read("#setup-problem", "not this server's host key")
    await speaker.page.fill("#host-key", KEY)
    await speaker.page.click("#create")
    await speaker.see("#desk")
    await speaker.accessible()


async def test_the_hosts_link_takes_the_session_to_another_device(server: Server, crowd: Visitors) -> None:
    host = await Host.create(server.url)
    other = await crowd.visit(f"{server.url}/speaker#host={host.client}&session={host.code}")
    await other.read("#code", host.code)
    await other.see('#connection[data-state="connected"]')
    assert other.page.url == f"{server.url}/speaker"
    third = await crowd.visit(f"{server.url}/speaker#host={host.client}")
    await third.page.fill("#which", host.code)
    await third.page.click("#which-form button")
    await third.read("#code", host.code)
    # The newest page has the microphone; the one before says so and steps back.
    await other.read("#hall-sentence", "another page")
    stranger = await crowd.visit(f"{server.url}/speaker#host=00000000-0000-4000-8000-000000000000&session={host.code}")
    await stranger.read("#hall-sentence", "not the host")


async def test_a_duplicated_tab_is_a_listener_of_its_own(server: Server, crowd: Visitors) -> None:
    host = await Host.create(server.url)
    speaker = await crowd.visit(f"{server.url}/speaker#host={host.client}&session={host.code}")
    first = await crowd.visit(f"{server.url}/listener/{host.code}")
    await first.see('#connection[data-state="connected"]')
    async with first.page.expect_popup() as opening:
        # What a browser does with a duplicated tab: the new one begins with a copy of the storage.
        await first.page.evaluate("void window.open(location.href)")
    second = Visitor(await opening.value, first.host)
    await second.see('#connection[data-state="connected"]')
    await speaker.read("#listener-count", "2")
    await first.page.reload()
    await first.see('#connection[data-state="connected"]')
    await speaker.read("#listener-count", "2")


async def test_the_interface_can_be_read_on_the_servers_own_host(server: Server, crowd: Visitors) -> None:
    reader = await crowd.visit(f"{server.url}/docs")
    await reader.read("#reader", "/api/createSession")
    await reader.picture("docs")


async def test_over_plain_http_one_can_watch_and_a_speaker_is_told_what_is_missing(
    server: Server, crowd: Visitors
) -> None:
    crowd.forgiven += ["Cross-Origin-Opener-Policy"]
    host = await Host.create(server.url)
    plain = server.url.replace("localhost", PLAIN)
    guest = await crowd.visit(f"{plain}/listener/{host.code}?language=es", width=360)
    await guest.see('#connection[data-state="connected"]')
    await watch(guest)
    speaker = await crowd.visit(f"{plain}/speaker#host={host.client}&session={host.code}")
    await speaker.see('#connection[data-state="connected"]')
    await speaker.read("#listener-count", "1")
    await speaker.page.click("#toggle")
    await speaker.read("#problem", "https://")
    assert "Not started" in await speaker.text("#state")


async def test_the_transcripts_of_a_talk_with_a_passcode_are_had_by_who_knows_it(
    server: Server, crowd: Visitors
) -> None:
    crowd.forgiven += ["status of 403"]
    host = await Host.create(server.url, passcode="open sesame")
    await host.post("endSession")
    guest = await crowd.visit(f"{server.url}/listener/{host.code}", width=360)
    link = '#transcripts a[href*="language=es"][href*="format=json"]'
    for passcode, sentence in (("open barley", "The speaker has"), ("open sesame", "not the passcode")):
        await guest.read("#door-sentence", sentence)
        await guest.page.fill("#passcode", passcode)
        await guest.page.click("#passcode-form button")
        await guest.read("#door-title", "has ended")
        if passcode == "open barley":
            await guest.page.click(link)
    async with guest.page.expect_download() as waiting:
        await guest.page.click(link)
    assert (await (await waiting.value).path()).read_text(encoding="utf-8").strip() == "[]"


async def test_who_lets_no_site_keep_anything_can_follow_a_talk_all_the_same(server: Server, tmp_path: Path) -> None:
    host = await Host.create(server.url, passcode="open sesame")
    await host.post("startTranslation")
    async with tabs(tmp_path, {"profile": {"default_content_setting_values": {"cookies": 2}}}) as browser:
        guest = await visit(browser, f"{server.url}/listener/{host.code}?language=es")
        await guest.read("#door-title", words("es")["door.passcode"])
        await guest.page.fill("#passcode", "open sesame")
        await guest.page.click("#passcode-form button")
        await watch(guest)
        await follow(guest, "captions")
        await host.say("The meeting begins at noon.")
        await guest.read("#line", "mediodía")
        assert "SecurityError" in await guest.page.evaluate(
            "(() => { try { localStorage } catch (e) { return e.name } })()"
        )
        assert guest.wrong == []
