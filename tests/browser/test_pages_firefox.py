"""The main flow in Debian's Firefox: a host types, a listener reads, hears, and watches where there is H.264."""

from __future__ import annotations

from pathlib import Path

import pytest

from firefox import BINARY, Tab, firefox
from hosts import Host
from served import Server

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not BINARY.exists(), reason="Debian's firefox-esr is not installed"),
]

SAYS = "(at, words) => document.querySelector(`${at}[data-words='${words}']:not(:empty):not([hidden])`) !== null"
SIGN = "wanted => document.querySelector('#stage').dataset.sign === wanted"
SHOWN = "at => document.querySelector(at)?.getClientRects().length > 0"


async def test_firefox_creates_goes_live_listens_and_ends(server: Server, tmp_path: Path) -> None:
    async with firefox(tmp_path) as browser:
        speaker = await browser.open(f"{server.url}/speaker")
        await speaker.fill("#session-name", "In Firefox")
        await speaker.click("#target-languages input[value=es]")
        await speaker.click("#create")
        code = await speaker.until("() => document.querySelector('#code').textContent")
        await starts(server, speaker, code)

        ana = await browser.open(f"{server.url}/listener/{code}?language=es")
        await listens(ana)
        await speaker.fill("#typed", "The meeting begins at noon.")
        await speaker.click("#type-send")
        await ana.until("() => document.querySelector('#captions').textContent.includes('mediodía')", seconds=60)
        await ana.until("() => document.querySelector('#line').textContent.includes('mediodía')", seconds=60)
        await speaker.until("() => document.querySelector('.passage .mark')?.dataset.words === 'caption.typed'")

        await speaker.click("#end")
        await speaker.click("#end-yes")
        await speaker.until(SHOWN, "#whole td")
        await ana.until(SAYS, "#door-title", "door.over")
        assert not browser.said, browser.said


async def starts(server: Server, speaker: Tab, code: str) -> None:
    """Without a sound card Firefox runs no AudioContext, and so no microphone: the talk is started beside the page."""
    client = await speaker.run("() => JSON.parse(localStorage.getItem('dragoman.hosted')).clientId")
    await Host(server.url, code, client).post("startTranslation")
    await speaker.until("words => document.querySelector('#state').dataset.words === words", "speaker.state.elsewhere")


async def listens(listener: Tab) -> None:
    """Picture and sound where this Firefox decodes H.264; else sound, with a sentence that says why."""
    sees = "() => RTCRtpReceiver.getCapabilities('video').codecs.some(one => one.mimeType === 'video/H264')"
    picture = await listener.run(sees)
    await listener.until(SHOWN, "#watch")
    if not picture:
        await listener.until(SAYS, "#limits", "listener.noPicture")
    await listener.click("#watch")
    await listener.until(SIGN, "playing", seconds=60)
    mode = await listener.run("() => document.querySelector('#talk').dataset.mode")
    assert mode == ("avatar" if picture else "sound")
    width = await listener.run("() => document.querySelector('#video').videoWidth")
    assert bool(width) is picture
    await listener.until("() => document.querySelector('#video').currentTime > 1")
