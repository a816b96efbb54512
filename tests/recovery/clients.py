"""A host and listeners that behave as the pages do: they keep what is not safe, come back, and say where they stood."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import numpy as np
import numpy.typing as npt
import socketio

CHUNK = 640
KEPT = 60 * 16_000
"""Samples that a host keeps for sending again."""


class Member:
    """Somebody whose socket comes back by itself."""

    def __init__(self, url: str, code: str, client: str | None = None) -> None:
        self.url = url
        self.code = code
        self.client = client or str(uuid4())
        self.events: list[tuple[str, Any]] = []
        self.sio = socketio.AsyncClient(reconnection_delay=0.1, reconnection_delay_max=0.3, randomization_factor=0.1)
        self.sio.on("connect", self.joined)
        self.sio.on("*", self.hear)

    async def connect(self) -> None:
        await self.sio.connect(self.url, transports=["websocket"])

    async def joined(self) -> None:
        raise NotImplementedError

    async def hear(self, event: str, payload: Any = None) -> None:
        self.events.append((event, payload))

    def finals(self) -> list[Any]:
        return [payload for event, payload in self.events if event == "translationResult"]


class ListenerPage(Member):
    """Asks for what it missed after the last final it has."""

    def __init__(self, url: str, code: str, language: str) -> None:
        super().__init__(url, code)
        self.language = language
        self.joins = 0

    async def joined(self) -> None:
        since = max((final["segmentId"] for final in self.finals()), default=0)
        payload = {"sessionId": self.code, "clientId": self.client, "language": self.language, "since": since}
        answer = await self.sio.call("joinSession", payload)
        assert answer["ok"], answer
        self.joins += 1


class HostPage(Member):
    """A microphone that plays a recording in real time, whatever the network does."""

    def __init__(self, url: str, code: str, host: str, sound: npt.NDArray[np.int16]) -> None:
        super().__init__(url, code, host)
        self.sound = sound
        self.spoken = 0
        """samples that the microphone has given"""
        self.next = 0
        """the first sample to send next"""
        self.received = 0
        self.ready = asyncio.Event()

    async def joined(self) -> None:
        answer = await self.sio.call("joinSession", {"sessionId": self.code, "clientId": self.client})
        assert answer["ok"], answer
        self.received = answer["audio"]["received"]
        assert self.spoken - self.received < KEPT, "the server asks for sound that no page keeps"
        self.next = self.received
        self.ready.set()

    async def speak(self) -> None:
        """Until the recording has been spoken and sent."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while self.next < len(self.sound):
            self.spoken = min(len(self.sound), int((loop.time() - began) * 16_000))
            if self.ready.is_set() and self.next + CHUNK <= self.spoken:
                await self._send()
            elif self.spoken == len(self.sound) and self.ready.is_set():
                return
            else:
                await asyncio.sleep(0.01)

    async def _send(self) -> None:
        position = self.next
        chunk = self.sound[position : position + CHUNK].astype("<i2").tobytes()
        payload = {"sessionId": self.code, "clientId": self.client, "audio": chunk, "position": position}
        try:
            answer = await self.sio.call("audioData", payload, timeout=2)
        except (TimeoutError, socketio.exceptions.SocketIOError):
            # The socket is gone; `joined` says where to go on.
            self.ready.clear()
            if self.sio.connected:
                self.ready.set()
            return
        if answer["ok"]:
            self.received = max(self.received, answer["received"])
            if self.next == position:
                self.next = position + CHUNK
        else:
            await asyncio.sleep(0.1)
