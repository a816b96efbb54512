"""A network that lets little or nothing through: picture goes before sound, sound before captions."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from bearing import bears, plain
from hosts import Host
from media import SPEECH, listen, playing
from narrow import narrow
from onlookers import words
from served import Server, serving, without_settings
from turn import Transport, turn_server
from visitors import Visitor, Visitors, visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]

expect.set_options(timeout=20_000)

SECRET = "a secret of both servers"
ES = words("es")
NO_UDP = "--webrtc-ip-handling-policy=disable_non_proxied_udp"
"""Chromium as in a network whose firewall lets no UDP out."""
OWN_CERTIFICATE = "--ignore-certificate-errors"
"""Chromium that believes the relay here, which has signed its certificate itself."""
THROTTLED = 8000
"""bytes a second: what a mobile contract gives when its volume is used up. The avatar's picture has five times that."""
SAYING = "The committee has agreed on the new plan, and the work begins in spring."
_PATH = """async () => {
    const all = [...(await window.peers.at(-1).getStats()).values()];
    const kind = what => all.find(one => one.type === "inbound-rtp" && one.kind === what) ?? {};
    const pair = all.find(one => one.type === "candidate-pair" && one.nominated) ?? {};
    const near = all.find(one => one.id === pair.localCandidateId) ?? {};
    return { pictures: kind("video").framesDecoded, packets: kind("audio").packetsReceived,
        way: [near.candidateType, near.relayProtocol],
        kinds: window.peers.at(-1).getTransceivers().map(one => one.receiver.track.kind) };
}"""
"""What the newest peer has got, and how: over a relay by TCP it is ["relay", "tcp"]."""


async def flows(visitor: Visitor) -> dict[str, Any]:
    found: dict[str, Any] = await visitor.page.evaluate(_PATH)
    return found


async def arrives(visitor: Visitor, what: str, more: int, seconds: float = 20) -> dict[str, Any]:
    """Wait for so many more pictures or packets of sound."""
    before = (await flows(visitor))[what] or 0
    async with asyncio.timeout(seconds):
        while ((now := await flows(visitor))[what] or 0) < before + more:
            await asyncio.sleep(0.2)
    return now


async def captions_go_on(host: Host, listener: Visitor) -> None:
    count = len(await listener.captions())
    await host.say(SAYING)
    await listener.until(
        "count => document.querySelectorAll('#captions > .caption:not(.growing)').length > count", count
    )


@contextlib.asynccontextmanager
async def relay(folder: Path, transport: Transport) -> AsyncIterator[Host]:
    """A talk that is on, on a server with a relay that is reached in this way."""
    for part in ("turn", "server"):
        (folder / part).mkdir(parents=True)
    with turn_server(folder / "turn", SECRET, transport) as url:
        settings = without_settings({"ICE_SERVER_URL": url, "TURN_SECRET": SECRET})
        with serving(folder / "server", environment=settings) as server:
            host = await Host.create(server.url)
            await host.post("startTranslation")
            yield host


async def test_a_network_costs_the_picture_first_then_the_sound_and_never_the_captions(
    server: Server, tmp_path: Path
) -> None:
    host = await Host.create(server.url)
    await host.post("startTranslation")
    # Two browsers at once, for what happens here is mostly waiting.
    async with visitors(None, NO_UDP, OWN_CERTIFICATE) as walled, visitors() as crowd:
        luc = await who_watches(walled, host)
        await through_a_relay(walled, tmp_path / "tcp", "tcp")
        await through_a_relay(walled, tmp_path / "tls", "tls")
        await in_little_room(crowd, host)
        # Two attempts straight, two by a relay that is not there.
        await luc.told("#cover", "listener.blocked", 90)
        await expect(luc.page.get_by_role("status").filter(has_text=ES["listener.blocked"])).to_be_visible()
        await captions_go_on(host, luc)
        await luc.see("#line > .line-text:not(:empty)")
        await bears(luc)


async def who_watches(crowd: Visitors, host: Host) -> Visitor:
    """Somebody who has pressed the button."""
    listener = await crowd.visit(f"{host.url}/listener/{host.code}?language=es", width=360, locale="es-MX")
    await listener.page.get_by_role("button", name=ES["listener.watch"]).click()
    return listener


async def through_a_relay(walled: Visitors, folder: Path, transport: Transport) -> None:
    async with relay(folder, transport) as host:
        ana = await who_watches(walled, host)
        await playing(ana, 40)
        got = await arrives(ana, "pictures", 20)
        assert got["way"] == ["relay", transport]
        await listen(ana)
        await captions_go_on(host, ana)
        await voice_is_heard(ana)
        await ana.page.close()


async def in_little_room(crowd: Visitors, host: Host) -> None:
    """Less and less, and then all of it again."""
    ana = await crowd.visit(f"{host.url}/listener/{host.code}?language=es", width=360, locale="es-MX")
    async with narrow(ana) as network:
        await ana.page.get_by_role("button", name=ES["listener.watch"]).click()
        await playing(ana, 40)
        await arrives(ana, "pictures", 20)
        network.rate = THROTTLED
        await the_picture_gives_way(host, ana)
        assert network.dropped > 0
        network.rate = 0
        await ana.told("#cover", "listener.interrupted", 20)
        await plain(ana)
        await captions_go_on(host, ana)
        network.rate = None
        await ana.told("#cover", "listener.weak", 40)
        await asks_for_the_picture_again(ana)
        await playing(ana, 40)
        await ana.until("() => document.querySelector('#cover').hidden")
        await arrives(ana, "pictures", 20)


async def the_picture_gives_way(host: Host, listener: Visitor) -> None:
    """It stands, and is let go; the voice is heard."""
    await listener.told("#cover", "listener.frozen", 30)
    await plain(listener)
    await listener.told("#cover", "listener.weak", 40)
    assert (await flows(listener))["kinds"] == ["audio"]
    await arrives(listener, "packets", 50)
    await listen(listener)
    await plain(listener)
    await captions_go_on(host, listener)
    await voice_is_heard(listener)


async def asks_for_the_picture_again(listener: Visitor) -> None:
    """It is what was chosen, and stays chosen: pressing it once more is enough."""
    page = listener.page
    await page.mouse.move(100, 100)
    await page.get_by_role("button", name=ES["settings"]).click()
    choice = page.get_by_role("radio", name=ES["mode.avatar"])
    await expect(choice).to_be_checked()
    await choice.click()
    await page.get_by_role("region", name=ES["settings"]).get_by_role("button", name=ES["close"]).click()


async def voice_is_heard(listener: Visitor) -> None:
    await listener.until("loud => window.heard.some(([, energy]) => energy > loud)", SPEECH, 30)
