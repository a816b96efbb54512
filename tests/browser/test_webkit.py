"""Both pages in Debian's WebKitGTK, which has no WebRTC: a session by the form, and the captions of a talk."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from flow import create
from hosts import Host, interpreted
from onlookers import PATIENCE, Onlooker, words
from served import Server
from speech_data import recording
from webkit import console, webkit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def begins(listener: Onlooker) -> None:
    """By what this browser can do, and with a word on what it cannot."""
    if await listener.ask("() => 'RTCPeerConnection' in window"):
        await listener.press("button", words("fr")["listener.watch"])
        await listener.see('#stage[data-sign="playing"]')
    else:
        await listener.read("#limits", words("fr")["listener.noWebRtc"])
        await listener.press("button", words("fr")["mode.captions"])


async def answered(server: Server, route: str) -> float:
    """How often a route has been answered well."""
    async with httpx.AsyncClient(base_url=server.url) as http:
        metrics = (await http.get("/metrics")).text
    fits = (line for line in metrics.splitlines() if f'"{route}"' in line and '"200"' in line and "_total" in line)
    return sum(float(line.split()[-1]) for line in fits)


async def test_neither_page_complains_while_it_loads(server: Server) -> None:
    host = await Host.create(server.url)
    for page, last in (
        ("/speaker", "/api/getAvatars"),
        (f"/listener/{host.code}?language=fr", "/api/getSession/{sessionId}"),
    ):
        before = await answered(server, last)
        with console(f"{server.url}{page}") as complaints:
            async with asyncio.timeout(PATIENCE):
                while await answered(server, last) == before:
                    await asyncio.sleep(0.1)
            assert complaints() == []


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
