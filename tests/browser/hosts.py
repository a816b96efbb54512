"""A host without a page, and what the reference translation of a text is."""

from __future__ import annotations

import asyncio
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
import numpy.typing as npt
import socketio

from dragoman.speech import FLOOR_RATE

KEY = "a key that only the host knows"

_CHUNK = 16_000
_MODES = {("en", "es"): "eng-spa", ("en", "ca"): "eng-cat", ("es", "fr"): "es-fr", ("ca", "fr"): "cat-fra"}
_TARGETS = ("es", "fr")


@cache
def apertium(text: str, *languages: str) -> str:
    """What Apertium's own command makes of a text on the way through these languages."""
    for leg in pairwise(languages):
        command = ["apertium", "-u", _MODES[leg]]
        text = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    return text


async def interpreted(url: str, said: list[dict[str, Any]], language: str) -> list[tuple[int, str, str]]:
    """Segment id, language and text of a transcript in one language: the words are those of Apertium's own command.

    The engine puts capitals and spaces right that the command leaves.
    """
    async with httpx.AsyncClient(base_url=url) as http:
        offered = (await http.get("/api/getLanguages")).json()["targetLanguages"]
    relay = next(one.get("relay") for one in offered if one["tag"] == language)
    way = ("en", relay, language) if relay else ("en", language)
    for segment in said:
        given = segment["translations"][language].lower().split()
        expected = re.sub(r"(?<=\w) (?=[.,;:?!])", "", apertium(segment["sourceText"], *way)).lower().split()
        assert given == expected, (segment["sourceText"], given, expected)
    return [(segment["segmentId"], language, segment["translations"][language]) for segment in said]


@dataclass
class Host:
    """Somebody who holds a session by HTTP and a socket, faster than a microphone."""

    url: str
    code: str
    client: str

    @staticmethod
    async def create(url: str, key: str = "", **more: Any) -> Host:
        """A new session into Spanish and French. key: the server's host key, where it has one."""
        client = str(uuid4())
        body = {"sessionName": "A talk", "sourceLanguage": "en", "targetLanguages": _TARGETS, **more}
        headers = {"ClientId": client} | ({"Authorization": f"Bearer {key}"} if key else {})
        async with httpx.AsyncClient(base_url=url) as http:
            answer = await http.post("/api/createSession", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return Host(url, answer.json()["sessionId"], client)

    async def post(self, route: str, **more: str | int) -> None:
        """start, stop or end, or another request of the host's."""
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as http:
            body = {"sessionId": self.code, **more}
            answer = await http.post(f"/api/{route}", json=body, headers={"ClientId": self.client})
        assert answer.status_code == 200, answer.text

    async def say(self, text: str) -> None:
        """Type, instead of speaking. The talk has been started."""
        await self.post("sayText", text=text)

    async def speak(self, sound: npt.NDArray[np.int16], *, live: bool = False) -> None:
        """Start, give sound, shape (n,), as fast as the server takes it, pause; return when all of it is recognised.

        live: as slowly as somebody speaks, so that captions grow.
        """
        await self.post("startTranslation")
        async with socketio.AsyncSimpleClient() as sio:
            await sio.connect(self.url, transports=["websocket"])
            who = {"sessionId": self.code, "clientId": self.client}
            begin = (await sio.call("joinSession", who))["audio"]["accepted"]
            for at in range(0, len(sound), _CHUNK):
                audio = sound[at : at + _CHUNK].astype("<i2").tobytes()
                answer = await sio.call("audioData", {**who, "audio": audio, "position": begin + at})
                assert answer["ok"], answer
                if live:
                    await asyncio.sleep(len(audio) / 2 / FLOOR_RATE)
            await self.post("stopTranslation")
            async with asyncio.timeout(60):
                while (await sio.call("joinSession", who))["audio"]["received"] < begin + len(sound):
                    await asyncio.sleep(0.2)

    async def transcript(self) -> list[dict[str, Any]]:
        """All segments, when nothing is added any more."""
        return await transcript(self.url, self.code)


async def transcript(url: str, code: str) -> list[dict[str, Any]]:
    """All segments of a session, when nothing has been added for two seconds and all is translated."""
    said: list[dict[str, Any]] = []
    quiet = 0
    async with httpx.AsyncClient(base_url=url) as http, asyncio.timeout(60):
        while quiet < 4:
            answer = await http.get(f"/api/getTranscript/{code}", params={"language": "*", "format": "json"})
            assert answer.status_code == 200, answer.text
            before, said = said, answer.json()
            whole = said and all(set(one["translations"]) >= set(_TARGETS) for one in said)
            quiet = quiet + 1 if whole and said == before else 0
            await asyncio.sleep(0.5)
    return said
