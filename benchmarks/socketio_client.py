"""The least Socket.IO client that works: many of them fit into one process without measuring mostly themselves.

Engine.IO 4 over a websocket: packet types are single digits; `2` is a ping, `3` its pong, `4` a message; in a message
`0` connects, `2` is an event, `3` an ack (the Socket.IO protocol, version 5).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

Hear = Callable[[str], None]
"""Takes an event as it came, `["name",{...}]`; reading it can wait until after the measurement."""


class Client:
    """One socket. `run` must be running for anything to be heard."""

    def __init__(self, websocket: ClientConnection, hear: Hear) -> None:
        self._websocket = websocket
        self._hear = hear
        self._acks: dict[int, asyncio.Future[Any]] = {}
        self._calls = 0
        self._task = asyncio.create_task(self._run())

    @classmethod
    async def open(cls, url: str, hear: Hear) -> Client:
        """Connect to a server given by its http URL."""
        address = url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        websocket = await connect(address, max_size=None, compression=None, ping_interval=None)
        await websocket.recv()
        await websocket.send("40")
        await websocket.recv()
        return cls(websocket, hear)

    async def close(self) -> None:
        """Say goodbye."""
        await self._websocket.close()
        await self._task

    async def call(self, event: str, payload: dict[str, Any]) -> Any:
        """Emit and wait for the ack."""
        ack = self._expect()
        await self._websocket.send(f"42{self._calls}{json.dumps([event, payload])}")
        return await ack

    async def audio(self, payload: dict[str, Any], sound: bytes) -> asyncio.Future[Any]:
        """Send a chunk of sound as binary; the future is its ack."""
        ack = self._expect()
        message = json.dumps(["audioData", {**payload, "audio": {"_placeholder": True, "num": 0}}])
        await self._websocket.send(f"451-{self._calls}{message}")
        await self._websocket.send(sound)
        return ack

    def _expect(self) -> asyncio.Future[Any]:
        self._calls += 1
        ack: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._acks[self._calls] = ack
        return ack

    async def _run(self) -> None:
        async for packet in self._websocket:
            assert isinstance(packet, str)
            if packet == "2":
                with suppress(ConnectionClosed):  # goodbye was said meanwhile
                    await self._websocket.send("3")
            elif packet.startswith("42"):
                self._hear(packet[2:])
            elif packet.startswith("43"):
                number, _, rest = packet[2:].partition("[")
                future = self._acks.pop(int(number), None)
                if future is not None:
                    future.set_result(json.loads(f"[{rest}")[0])
