"""A line between a page and its server that can be cut: connections really break, and no new ones are made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

_CHUNK = 65536


class Line:
    """TCP to a server, through here."""

    def __init__(self, server: str) -> None:
        """server: its URL, without a path."""
        address = urlsplit(server)
        assert address.hostname
        assert address.port
        self._host, self._port = address.hostname, address.port
        self._open: set[asyncio.StreamWriter] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Server | None = None
        self._here = 0

    @property
    def url(self) -> str:
        """As the server's own, by this line."""
        return f"http://localhost:{self._here}"

    async def mend(self) -> None:
        self._listening = await asyncio.start_server(self._serve, "127.0.0.1", self._here)
        self._here = self._listening.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        assert self._listening
        self._listening.close()
        for one in self._open:
            one.transport.abort()
        if self._running:
            await asyncio.wait(self._running)
        await self._listening.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        there, far = await asyncio.open_connection(self._host, self._port)
        self._open |= {writer, far}
        try:
            await asyncio.gather(_pump(reader, far), _pump(there, writer))
        finally:
            self._open -= {writer, far}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until this end has no more to say."""
    with suppress(ConnectionError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def line(server: str) -> AsyncIterator[Line]:
    """Whole at first."""
    made = Line(server)
    await made.mend()
    try:
        yield made
    finally:
        await made.cut()
