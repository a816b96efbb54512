"""A server to test with."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import socketio
import uvicorn

from dragoman.app import application_for
from dragoman.conference import Conference
from dragoman.engines.pool import Pool
from dragoman.engines.protocols import Engines, Face
from dragoman.server.sockets import WebSocket
from dragoman.settings import Settings
from scripted import ScriptedFace, ScriptedRecognizer, ScriptedTranslator, ScriptedVoice


@dataclass
class House:
    """A server on a real socket with scripted engines."""

    url: str
    recognizer: ScriptedRecognizer
    translator: ScriptedTranslator
    voice: ScriptedVoice
    face: ScriptedFace
    http: httpx.AsyncClient
    conference: Conference
    pool: Pool | None = None
    """all engines"""
    sockets: list[socketio.AsyncClient] = field(default_factory=list)

    async def post(self, route: str, body: Any, client: str | None = None, **headers: str) -> httpx.Response:
        if client is not None:
            headers["ClientId"] = client
        return await self.http.post(f"/api/{route}", json=body, headers=headers)

    async def create(self, host: str, **more: Any) -> str:
        """A new session's code."""
        body = {"sessionName": "A talk", "sourceLanguage": "en", "targetLanguages": ["es", "fr"], **more}
        answer = await self.post("createSession", body, host)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["sessionId"])

    async def started(self, host: str, **more: Any) -> str:
        code = await self.create(host, **more)
        assert (await self.post("startTranslation", {"sessionId": code}, host)).status_code == 200
        return code

    async def socket(self) -> Person:
        client = socketio.AsyncClient(reconnection=False)
        self.sockets.append(client)
        person = Person(client)
        await client.connect(self.url, transports=["websocket"])
        return person


class Person:
    """A socket and all that it heard."""

    def __init__(self, sio: socketio.AsyncClient) -> None:
        self.sio = sio
        self.client = str(uuid4())
        self.heard: list[tuple[str, Any]] = []
        sio.on("*", self._hear)

    async def _hear(self, event: str, payload: Any = None) -> None:
        self.heard.append((event, payload))

    def of(self, event: str) -> list[Any]:
        return [payload for name, payload in self.heard if name == event]

    async def call(self, event: str, payload: Any = None) -> Any:
        return await self.sio.call(event, payload, timeout=10)

    async def join(self, code: str, **more: Any) -> Any:
        return await self.call("joinSession", {"sessionId": code, "clientId": self.client, **more})


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    """Wait until something that has to be asked for is so."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.05)


def _conference(app: Any) -> Conference:
    """What the server's routes talk to."""
    found: Conference = app._app.state.desk.conference
    return found


@asynccontextmanager
async def house(
    directory: Path, *, send_buffer: int = 0, face: Face | None = None, pool: Pool | None = None, **settings: Any
) -> AsyncIterator[House]:
    """A server with its data in this directory. send_buffer: bytes that the kernel keeps for a slow reader. face: in
    place of the scripted one, pool: in place of all scripted ones; their owner closes them.
    """
    recognizer, translator, voice, scripted = (
        ScriptedRecognizer(),
        ScriptedTranslator(),
        ScriptedVoice(),
        ScriptedFace(),
    )
    chosen = Settings(_env_file=None, data_dir=directory, **settings)
    engines = pool or Pool.of(Engines(recognizer, translator, voice, face or scripted))
    async with application_for(chosen, engines) as app:
        listening = socket.create_server(("127.0.0.1", 0))
        # uvloop, which serves in earnest, sets it by itself; asyncio does not on a socket made like this one.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if send_buffer:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
        server = uvicorn.Server(
            uvicorn.Config(app, lifespan="off", log_level="warning", ws=WebSocket, timeout_graceful_shutdown=1)
        )
        serving = asyncio.create_task(server.serve([listening]))
        await until(lambda: server.started)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=url) as http:
            opened = House(url, recognizer, translator, voice, scripted, http, _conference(app), pool=engines)
            try:
                yield opened
            finally:
                await asyncio.gather(*(client.disconnect() for client in opened.sockets))
                server.should_exit = True
                await serving
