"""Live events: Socket.IO in front of the conference."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import socketio
import structlog

from dragoman.conference import Conference
from dragoman.errors import ClientError, NotFound, NotHost, Unavailable, WrongState
from dragoman.events import Caption, Event, Notice
from dragoman.journal import JournalFailed
from dragoman.server import answers, wire
from dragoman.server.access import Attempts, Passcodes
from dragoman.server.metrics import Metrics
from dragoman.session import Session
from dragoman.speech import ms

log = structlog.get_logger(__name__)

MOST_BEHIND = 200
"""Packets that may wait for one socket: Engine.IO's own queue has no end. A client that is dropped comes back with
`since` and loses nothing."""
_REPLAY_PACE = 50
"""Packets of a replay that may wait for the socket."""
_PING_SECONDS = 4
"""A page that vanished without a word is gone after at most twice this."""
_MAX_MESSAGE = 4_000_000
"""Bytes. Larger than any allowed message, so that one which is too large is answered instead of cut off."""

Payload = dict[str, Any]
Handler = Callable[[str, object], Awaitable[Payload]]


class Live:
    """The sockets. Also the conference's Outlet."""

    def __init__(
        self,
        *,
        passcodes: Passcodes,
        wrong_codes: Attempts,
        metrics: Metrics,
        allowed_origins: Sequence[str],
        now: Callable[[], int],
    ) -> None:
        """now: ms since 1970. `conference` must be set before the first socket comes."""
        self.conference: Conference
        self._passcodes = passcodes
        self._wrong_codes = wrong_codes
        self._metrics = metrics
        self._now = now
        self._seated: dict[str, Session] = {}
        self._addresses: dict[str, str] = {}
        self.sio = socketio.AsyncServer(
            async_mode="asgi",
            # None allows pages of this host only; programs send no origin.
            cors_allowed_origins=list(allowed_origins) or None,
            ping_interval=_PING_SECONDS,
            ping_timeout=_PING_SECONDS,
            max_http_buffer_size=_MAX_MESSAGE,
            http_compression=False,
            logger=False,
            engineio_logger=False,
        )
        self.sio.on("connect", self._connect)
        self.sio.on("disconnect", self._disconnect)
        self.sio.on("joinSession", self._answering(self._join))
        self.sio.on("setLanguage", self._answering(self._set_language))
        self.sio.on("audioData", self._answering(self._audio))

    # -- Outlet

    async def send(self, session_id: str, sockets: Sequence[str], event: Event) -> None:
        """An event to each of these sockets, encoded once; whoever is too far behind is dropped."""
        ready = []
        for socket in sockets:
            behind = self._behind(socket)
            if behind > MOST_BEHIND:
                log.info("dropped a client that is too far behind", session=session_id)
                self._metrics.dropped.inc()
                await self._cut(socket)
            elif behind >= 0:
                ready.append(socket)
        if not ready:
            return
        name, payload = answers.event(session_id, self._source(session_id), event, self._now())
        await self.sio.emit(name, payload, to=ready)

    def made(self, caption: Caption) -> None:
        """Count a final caption."""
        self._metrics.captioned(caption, max(0, self._now() - caption.arrived) / 1000)

    async def drained(self, socket: str) -> None:
        """Wait until at most some packets of a replay wait for the socket."""
        while self._behind(socket) > _REPLAY_PACE:  # noqa: ASYNC110  # Engine.IO's queue tells nobody when it shrinks
            await asyncio.sleep(0.01)

    def _source(self, session_id: str) -> str:
        session = self.conference.running(session_id)
        return session.record.source if session else ""

    def _connection(self, socket: str) -> Any:
        """Engine.IO's socket, or None once it is closed."""
        found = self.sio.eio.sockets.get(self.sio.manager.eio_sid_from_sid(socket, "/"))
        return None if found is None or found.closed else found

    def _behind(self, socket: str) -> int:
        """Packets that wait for this socket, -1 where it is gone."""
        connection = self._connection(socket)
        return -1 if connection is None else int(connection.queue.qsize())

    async def _cut(self, socket: str) -> None:
        """Close the transport without a word: on a proper goodbye the client would not come back by itself."""
        connection = self._connection(socket)
        if connection is not None:
            await connection.close(wait=False, abort=True)

    # -- sockets

    async def _connect(self, socket: str, environ: dict[str, Any]) -> None:
        client = environ.get("asgi.scope", {}).get("client") or ("", 0)
        self._addresses[socket] = str(client[0])

    async def _disconnect(self, socket: str, *_: object) -> None:
        self._addresses.pop(socket, None)
        session = self._seated.pop(socket, None)
        if session is not None:
            await session.leave(socket)

    def _answering(self, handler: Handler) -> Callable[..., Awaitable[Payload]]:
        """An event handler whose refusals become acks.

        Handlers run as tasks that start in the order of arrival; what must keep that order happens before the first
        await.
        """

        async def handle(socket: str, payload: object = None, *_: object) -> Payload:
            try:
                return {"ok": True, **await handler(socket, payload)}
            except ClientError as error:
                self._metrics.refused.labels(error.code).inc()
                return {"ok": False, **answers.refusal(error), **self._received(payload)}
            except JournalFailed:
                log.error("journal failed")
                return {"ok": False, **answers.refusal(Unavailable("the server cannot save now; try again"))}

        return handle

    def _received(self, payload: object) -> Payload:
        """With `tooMany` and the like the host's page must know where it stands."""
        if not isinstance(payload, dict) or not ("audio" in payload or "audioData" in payload):
            return {}
        session = self.conference.running(str(payload.get("sessionId")))
        client = payload.get("clientId")
        if session is None or not isinstance(client, str) or not session.is_host(client):
            return {}
        return {"received": session.received}

    async def _join(self, socket: str, payload: object) -> Payload:
        message = wire.parse(wire.JoinSession, payload)
        address = self._addresses.get(socket, "")
        clock = asyncio.get_running_loop().time
        self._wrong_codes.check(address, clock())
        try:
            session = await self.conference.find(message.session_id)
        except NotFound:
            self._wrong_codes.count(address, clock())
            raise
        if not session.is_host(message.client_id):
            await self._passcodes.check(session.record, message.passcode, address, clock())
        before = self._seated.get(socket)
        if before is not None and before is not session:
            await before.leave(socket)
        self._seated[socket] = session
        try:
            await session.join(socket, message.client_id, language=message.language, since=message.since)
        except ClientError:
            if session.audience.seat(socket) is None:
                self._seated.pop(socket, None)
            raise
        if socket not in self._addresses:
            # The socket closed while its history was sent; its disconnect may have come before the seat.
            self._seated.pop(socket, None)
            await session.leave(socket)
        host = session.is_host(message.client_id)
        answer: Payload = {"sessionInfo": answers.session_info(session.info, for_host=host)}
        if host:
            answer["audio"] = {"received": session.received, "accepted": session.accepted}
        return answer

    async def _set_language(self, socket: str, payload: object) -> Payload:
        message = wire.parse(wire.SetLanguage, payload)
        session = self._seated.get(socket)
        seat = session.audience.seat(socket) if session else None
        if session is None or seat is None or session.record.session_id != message.session_id:
            raise WrongState("join the session before choosing its language")
        return {"language": await session.tune(seat, message.language, message.since)}

    async def _audio(self, socket: str, payload: object) -> Payload:
        message = wire.parse(wire.AudioData, payload)
        assert isinstance(payload, dict), "parse has checked it"
        pcm = wire.pcm(payload)
        session = self.conference.running(message.session_id)
        if session is None:
            await self.conference.find(message.session_id)
            raise NotFound("there is no session with this code")
        if not session.is_host(message.client_id):
            raise NotHost("only the host may send audio; send the ClientId that created the session")
        gap = session.audio(socket, pcm, position=message.position, seq=message.seq)
        if gap:
            lost = Notice(f"{ms(gap)} ms of audio did not arrive; silence stands in their place.", "badRequest")
            await session.audience.tell_host(lost)
        return {"received": session.received}

    async def close(self) -> None:
        """The server stops: close every transport; pages come back to the next server by themselves."""
        await self.sio.shutdown()
