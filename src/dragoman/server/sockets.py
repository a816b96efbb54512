"""What comes over a socket before it is an event. Whatever is sent becomes an event or the end of the connection."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable
from pathlib import Path

import socketio
import structlog
from socketio import packet
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from dragoman.errors import BadRequest
from dragoman.server import answers

log = structlog.get_logger(__name__)

PATH = "/socket.io/"
MALFORMED = "malformed"
"""The event that stands for a message which is none."""

_NO_HANDSHAKE = (
    "this does not open a socket; use Socket.IO's protocol 5 (EIO=4), from a page of this server or of ALLOWED_ORIGINS"
)
_ABORT = "dragoman.abort"
_FLUSH_SECONDS = 2.0
"""How long a closed socket may take to read what was still sent to it."""
_STUCK_SECONDS = 5.0
"""How long the buffers between here and a client may stay full."""
_MOST_UNREAD = 200
"""Messages taken from a client while it does not read: each may be answered, and the answers wait in memory."""
_MOST_ATTACHMENTS = 4
_MOST_NAMESPACE = 64
_MOST_ID = 2**53
_LONGEST_CONTROL = 16


def fault(error: BaseException) -> dict[str, str]:
    """What a log may say of a bug: its kind and place. Its words may quote what a client sent."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno} in {frames[-1].name}" if frames else "unknown"
    return {"error": type(error).__name__, "where": where}


class _Faults(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            # A warning: what it fails on is mostly what a client sent.
            log.warning("socket library failed", **fault(record.exc_info[1]))


def library_log() -> logging.Logger:
    """A log for the socket library that keeps its faults and drops its words."""
    logger = logging.Logger("sockets", logging.ERROR)
    logger.addHandler(_Faults())
    return logger


class Packet(packet.Packet):  # type: ignore[misc]  # the library has no types
    """A Socket.IO message of which nothing is believed: the library raises on some of what may be sent, in the middle
    of its own work, and takes a client's `connect` for its own."""

    packet_type: int
    id: int | None
    data: object
    namespace: str | None

    def decode(self, encoded_packet: object) -> int:
        """The number of attachments that follow; a message that is none becomes the event MALFORMED."""
        try:
            attachments = int(super().decode(encoded_packet) or 0)
        except (ValueError, TypeError, RecursionError):
            attachments = -1
        if not self._proper(attachments):
            self._spoil()
            self.packet_type = packet.EVENT
            return 0
        return attachments

    def add_attachment(self, attachment: object) -> bool:
        """Whether that was the last one."""
        try:
            return bool(super().add_attachment(attachment))
        except (ValueError, TypeError, LookupError, RecursionError):
            self._spoil()
            return True

    def _proper(self, attachments: int) -> bool:
        if len(self.namespace or "") > _MOST_NAMESPACE:
            return False
        match self.packet_type:
            case packet.CONNECT:
                return attachments == 0 and (self.data is None or isinstance(self.data, dict))
            case packet.DISCONNECT:
                return attachments == 0
            case packet.EVENT:
                return attachments == 0 and self._names_event()
            case packet.BINARY_EVENT:
                return 0 < attachments <= _MOST_ATTACHMENTS and self._names_event()
        # Acknowledgements are for events that ask for one; this server sends none that does.
        return False

    def _names_event(self) -> bool:
        data = self.data
        if not isinstance(data, list) or not data or not isinstance(data[0], str):
            return False
        return data[0] not in socketio.AsyncServer.reserved_events

    def _spoil(self) -> None:
        asked = self.packet_type in (packet.EVENT, packet.BINARY_EVENT)
        if not asked or not isinstance(self.id, int) or self.id > _MOST_ID:
            self.id = None
        self.namespace = None
        self.data = [MALFORMED]


class WebSocket(WebSocketsSansIOProtocol):
    """uvicorn's websocket with a way to cut it: its polite end waits for a peer that may never read again."""

    async def run_asgi(self) -> None:
        """Serve one connection, and let go of it soon after its end."""
        self.scope["extensions"][_ABORT] = {"call": self.transport.abort}
        await super().run_asgi()
        self.loop.call_later(_FLUSH_SECONDS, self.transport.abort)


def abort_of(scope: Scope) -> Callable[[], None]:
    """What cuts this connection at once; nothing where it is not a WebSocket, which alone lasts."""
    found: Callable[[], None] = scope.get("extensions", {}).get(_ABORT, {}).get("call", _nothing)
    return found


def _nothing() -> None:
    pass


class Sockets:
    """The socket library behind a filter, its refusals in the interface's form."""

    def __init__(self, sio: socketio.AsyncServer) -> None:
        self._app: ASGIApp = socketio.ASGIApp(sio)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._handshake(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        abort = abort_of(scope)
        stuck = False
        unread = 0

        async def sending(message: Message) -> None:
            nonlocal stuck, unread
            stuck = True
            try:
                async with asyncio.timeout(_STUCK_SECONDS):
                    await send(message)
            except TimeoutError:
                abort()
                raise
            stuck = False
            unread = 0

        async def receiving() -> Message:
            nonlocal unread
            message = await receive()
            unread += stuck
            text = message.get("text")
            if unread <= _MOST_UNREAD and (text is None or _is_frame(text)):
                return message
            if stuck:
                abort()  # what is being sent would wait for ever
            return {"type": "websocket.disconnect", "code": 1008}

        await self._app(scope, receiving, sending)

    async def _handshake(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = False

        async def sending(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] >= 400:
                refused = True
                error = BadRequest(_NO_HANDSHAKE)
                await answers.refused(error, message["status"])(scope, receive, send)
            elif not refused:
                await send(message)

        await self._app(scope, receive, sending)


def _is_frame(text: str) -> bool:
    """Whether an Engine.IO packet can be read from this: a message, or a short one of its own."""
    if text[:1] == "4":
        return text[1:2].isascii() and text[1:2].isdigit()
    return text[:1] in ("1", "2", "3", "5", "6") and len(text) <= _LONGEST_CONTROL
