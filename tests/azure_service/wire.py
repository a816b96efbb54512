"""One websocket of the SDK: who may open it, ordered answers, and the faults that every service has."""

from __future__ import annotations

import asyncio
import contextlib
import time
import traceback
import uuid
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Self

from aiohttp import WSMsgType, web

from . import usp
from .records import Connection, Context, Service
from .state import State

WAITING = 4096
"""messages; a turn that is further ahead of its socket waits"""


class Closed(Exception):
    """The service has ended this connection."""


class Wire:
    """Use as a context: outside of it nothing is sent."""

    def __init__(self, state: State, service: Service, request: web.Request) -> None:
        self.state = state
        self.service = service
        self.request = request
        self.socket = web.WebSocketResponse(protocols=("USP",), max_msg_size=1 << 22, compress=False)
        credential, good = state.keys.credential(request.headers, request.query)
        self.record = Connection(
            id=request.headers.get("X-ConnectionId") or uuid.uuid4().hex,
            service=service,
            path=request.path,
            query=dict(request.query),
            credential=credential,
        )
        self._allowed = good
        self._out: asyncio.Queue[tuple[float, str | bytes]] = asyncio.Queue(WAITING)
        self._tasks: list[asyncio.Task[None]] = []
        self._ended = False

    def refusal(self) -> int | None:
        """The HTTP status to refuse this connection with; None: it is welcome."""
        status = self.state.faults.refusal(self.service)
        if status is None and not self._allowed:
            status = 401
        return status

    def refuse(self, status: int) -> web.Response:
        self.record.status = status
        self.record.closed = time.monotonic()
        self.state.records.connections.append(self.record)
        reasons = {401: "Authentication failed", 403: "Forbidden", 429: "Too many requests"}
        return web.Response(status=status, text=reasons.get(status, "Refused"))

    async def __aenter__(self) -> Self:
        await self.socket.prepare(self.request)
        self.state.records.connections.append(self.record)
        self.state.wires.setdefault(self.service, set()).add(self)
        self._tasks.append(asyncio.create_task(self._send_all()))
        if (life := self.state.faults.lifetime(self.service)) is not None:
            self.end_later(*life)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.state.wires[self.service].discard(self)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if not self.socket.closed:
            with contextlib.suppress(ConnectionError):
                await self.socket.close()
        self.record.closed = time.monotonic()
        self.record.close_code = self.record.close_code or self.socket.close_code or 1006
        if error is not None and not isinstance(error, Closed | asyncio.CancelledError):
            self.failed(error)
        return isinstance(error, Closed)

    def failed(self, error: BaseException) -> None:
        """Notes a mistake of the service itself: no test may mistake it for something else."""
        self.state.records.failures.append("".join(traceback.format_exception(error)))

    async def messages(self) -> AsyncIterator[usp.Message]:
        """What the SDK sends until the connection ends. Nonsense ends it with 1007."""
        async for frame in self.socket:
            try:
                if frame.type == WSMsgType.TEXT:
                    message = usp.of_text(frame.data)
                elif frame.type == WSMsgType.BINARY:
                    message = usp.of_binary(frame.data)
                else:
                    continue
                if message.path in ("speech.config", "speech.context", "synthesis.context", "synthesis.control"):
                    self._note(message)
            except usp.Malformed as e:
                await self.close(1007, str(e))
            yield message

    def _note(self, message: usp.Message) -> None:
        context = Context(
            self.record.id, self.service, message.path, message.request, message.json(), self.record.query
        )
        self.state.records.contexts.append(context)

    async def send(self, path: str, request: str, body: Mapping[str, Any]) -> None:
        await self._put(usp.text(path, request, body))

    async def send_binary(self, path: str, request: str, stream: str, content_type: str, body: bytes) -> None:
        await self._put(usp.binary(path, request, stream, content_type, body))

    async def _put(self, frame: str | bytes) -> None:
        if self._ended:
            raise Closed
        await self._out.put((time.monotonic() + self.state.faults.delay(self.service), frame))

    async def _send_all(self) -> None:
        while True:
            due, frame = await self._out.get()
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            if self.state.faults.is_silent(self.service):
                continue
            if (kind := self.state.faults.takes_garbage(self.service)) is not None:
                frame = usp.spoilt(frame, whole=kind == "frame")
            try:
                if isinstance(frame, str):
                    await self.socket.send_str(frame)
                else:
                    await self.socket.send_bytes(frame)
            except ConnectionError:
                return

    async def turn_begins(self) -> None:
        """Raises Closed where a quota is exceeded."""
        code = self.state.faults.takes_quota(self.service)
        if code is not None:
            await self.close(code, "Quota exceeded")

    def turn_is_halfway(self) -> None:
        """Raises Closed where a connection is to break in the middle of a turn."""
        if self.state.faults.takes_drop(self.service):
            self.drop()
            raise Closed

    async def close(self, code: int, reason: str) -> None:
        """With a closing handshake. Raises Closed."""
        self._ended = True
        self.record.close_code, self.record.reason = code, reason
        # A reason has room for 123 bytes (RFC 6455, 5.5).
        with contextlib.suppress(ConnectionError):
            await self.socket.close(code=code, message=reason.encode()[:123])
        raise Closed

    def drop(self) -> None:
        """Without one."""
        self._ended = True
        self.record.close_code, self.record.reason = 1006, "dropped"
        if self.request.transport is not None:
            self.request.transport.abort()

    def end_later(self, seconds: float, code: int | None) -> None:
        """Dropped where there is no code."""
        self._tasks.append(asyncio.create_task(self._end_later(seconds, code)))

    async def _end_later(self, seconds: float, code: int | None) -> None:
        await asyncio.sleep(seconds)
        if code is None:
            self.drop()
            return
        with contextlib.suppress(Closed):
            await self.close(code, "The connection has reached its longest duration")
