"""Both pages in Debian's WebKitGTK, which has no WebRTC: a session by the form, and the captions of a talk."""

from __future__ import annotations

import pytest

from flow import create
from hosts import Host, interpreted
from onlookers import Onlooker, words
from served import Server
from speech_data import recording
from webkit import webkit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def begins(listener: Onlooker) -> None:
    """By what this browser can do, and with a word on what it cannot."""
    if await listener.ask("() => 'RTCPeerConnection' in window"):
        await listener.press("button", words("fr")["listener.watch"])
        await listener.see('#stage[data-sign="playing"]')
    else:
        await listener.read("#limits", words("fr")["listener.noWebRtc"])
        await listener.press("button", words("fr")["mode.captions"])


async def test_a_session_by_the_form_and_its_captions_in_a_chosen_language(server: Server) -> None:
    async with webkit(f"{server.url}/speaker") as reader:
        code = await create(reader, "Sense and sensibility", words("en"))
        assert await reader.text("#link") == f"{server.url}/listener/{code}"
        client = await reader.ask("() => JSON.parse(localStorage.getItem('dragoman.hosted')).clientId")

        await reader.window.goto(f"{server.url}/listener/{code}?language=fr")
        await begins(reader)
        host = Host(server.url, code, client)
        await host.speak(recording("0870").samples)
        said = await host.transcript()
        assert said
        standing = await interpreted(server.url, said, "fr")
        await reader.standing(len(standing))
        assert await reader.captions() == standing

        await reader.choose("#language", "es")
        standing = await interpreted(server.url, said, "es")
        await reader.standing(len(standing), "es")
        assert await reader.captions() == standing
        await host.post("endSession")
        await reader.see("#door")
