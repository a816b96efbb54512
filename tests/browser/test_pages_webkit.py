"""The pages and the captions in Debian's WebKit, which is built without WebRTC."""

from __future__ import annotations

import pytest

from dragoman.speech import FLOOR_RATE
from hosts import Host
from served import Server
from speech_data import recording
from webkit import PRESENT, webkit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not PRESENT, reason="Debian's webkit2gtk-driver or xvfb is not installed"),
]

SAYS = "(at, words) => document.querySelector(`${at}[data-words='${words}']:not(:empty):not([hidden])`) !== null"
HEARD = "text => document.querySelector('#captions').textContent.includes(text)"


async def test_webkit_makes_a_session_and_reads_one(server: Server) -> None:
    host = await Host.create(server.url)
    await host.speak(recording("two_cities").samples[: 5 * FLOOR_RATE])
    await host.post("startTranslation")
    async with webkit() as browser:
        await browser.open(f"{server.url}/speaker")
        await browser.fill("#session-name", "In WebKit")
        await browser.click("#target-languages input[value=es]")
        await browser.click("#create")
        assert len(await browser.until("() => document.querySelector('#code').textContent")) == 6
        await browser.until("() => document.querySelector('#connection').dataset.state === 'connected'")

        await browser.open(f"{server.url}/listener/{host.code}?language=fr")
        await browser.until("() => document.documentElement.lang === 'fr'")
        media = await browser.run("() => 'RTCPeerConnection' in window")
        if not media:
            await browser.until(SAYS, "#limits", "listener.noWebRtc")
        await browser.click("#captions-only")
        await browser.until(HEARD, "meilleur")
        await host.say("The meeting begins at noon.")
        await browser.until("() => document.querySelector('#line').textContent.includes('midi')", seconds=60)
        await host.post("endSession")
        await browser.until(SAYS, "#door-title", "door.over")
