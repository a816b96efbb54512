"""A network between the SDK and the local Azure that can swallow what it is given, as one does that drops packets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from azure_service import AzureService


class Line:
    """Connections are made and stay; while it is `dead` nothing that was sent arrives, in either direction, ever."""

    def __init__(self, azure: AzureService) -> None:
        self._azure = azure
        self.dead = False
        self.opened = 0
        """connections that were asked for"""
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    def settings(self) -> dict[str, str]:
        """Of an account behind this line."""
        return {**self._azure.settings(), "SPEECH_ENDPOINT": f"ws://127.0.0.1:{self.port}"}

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # asyncio complains of a connection's task that ends cancelled; only `end` cancels it.
        with suppress(OSError, asyncio.CancelledError):
            there, back = await asyncio.open_connection("127.0.0.1", self._azure.port)
            try:
                await asyncio.gather(self._carry(reader, back), self._carry(there, writer))
            finally:
                back.close()
                writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # What a connection lost once breaks it for good: a dead one is closed only by whoever waits for it in vain.
        lost = False
        while data := await reader.read(1 << 16):
            lost = lost or self.dead
            if not lost:
                writer.write(data)
                await writer.drain()
        if not lost:
            with suppress(OSError):
                writer.write_eof()

    async def end(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def line(azure: AzureService) -> AsyncIterator[Line]:
    """A line to this service, as long as it is needed."""
    made = Line(azure)
    server = await asyncio.start_server(made.take, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await made.end()
