"""Live events: Socket.IO in front of the conference."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import socketio
import structlog

from dragoman.conference import Conference
from dragoman.errors import BadRequest, ClientError, Ended, NotHost, TooMany, Unavailable, WrongState
from dragoman.events import AvatarState, Caption, EngineState, Event, Notice, SegmentCondensed
from dragoman.journal import JournalFailed
from dragoman.server import answers, sockets, wire
from dragoman.server.access import Attempts, Origins, Passcodes, guessing, visitor
from dragoman.server.metrics import Metrics
from dragoman.session import Session
from dragoman.speech import ms

log = structlog.get_logger(__name__)

MOST_BEHIND = 200
"""Packets that may wait for one socket: Engine.IO's own queue has no end. A client that is dropped comes back with
`since` and loses nothing."""
MOST_AT_ONCE = 50
"""Events of one socket that may be worked on: some wait for a passcode's digest or for a replay to be read."""
_REPLAY_PACE = 50
"""Packets of a replay that may wait for the socket."""
_PING_SECONDS = 3
"""A page that vanished without a word is gone after at most three times this: a ping, its answer, and the round in
which the library looks after its sockets."""
_MAX_MESSAGE = 4_000_000
"""Bytes. Larger than any allowed message, so that one which is too large is answered instead of cut off."""

Payload = dict[str, Any]


@dataclass(slots=True)
class _Guest:
    """One connected socket."""

    socket: str
    address: str
    abort: Callable[[], None]
    """cuts the connection at once"""
    session: Session | None = None
    """in which it has a seat"""
    speaking: Session | None = None
    """whose microphone it has, seated there or not"""
    busy: int = 0
    """events being worked on"""


Handler = Callable[[_Guest, object], Awaitable[Payload]]


class Live:
    """The sockets. Also the conference's Outlet."""

    def __init__(
        self,
        *,
        passcodes: Passcodes,
        wrong_codes: Attempts,
        metrics: Metrics,
        origins: Origins,
        now: Callable[[], int],
    ) -> None:
        """now: ms since 1970. `conference` must be set before the first socket comes."""
        self.conference: Conference
        self._passcodes = passcodes
        self._wrong_codes = wrong_codes
        self._metrics = metrics
        self._origins = origins
        self._now = now
        self._guests: dict[str, _Guest] = {}
        self.sio = socketio.AsyncServer(
            async_mode="asgi",
            serializer=sockets.Packet,
            cors_allowed_origins=self._from_allowed_page,
            cors_credentials=False,
            ping_interval=_PING_SECONDS,
            ping_timeout=_PING_SECONDS,
            max_http_buffer_size=_MAX_MESSAGE,
            http_compression=False,
            logger=sockets.library_log(),
            engineio_logger=sockets.library_log(),
        )
        self.sio.on("connect", self._connect)
        self.sio.on("disconnect", self._disconnect)
        self.sio.on("joinSession", self._answering(self._join))
        self.sio.on("setLanguage", self._answering(self._set_language))
        self.sio.on("audioData", self._answering(self._audio))
        self.sio.on(sockets.MALFORMED, self._answering(self._malformed))

    def __len__(self) -> int:
        """Open sockets, joined or not."""
        return sum(not connection.closed for connection in self.sio.eio.sockets.values())

    # -- Outlet

    async def send(self, session_id: str, sockets: Sequence[str], event: Event) -> None:
        """An event to each of these sockets, encoded once; whoever is too far behind is dropped."""
        behind = {socket: self._behind(socket) for socket in sockets}
        if ready := [socket for socket, packets in behind.items() if 0 <= packets <= MOST_BEHIND]:
            name, payload = answers.event(session_id, self._source(session_id), event, self._now())
            # Nothing is waited for before this: a caption must not come after the news that it was retracted.
            await self.sio.emit(name, payload, to=ready)
        for socket in (socket for socket, packets in behind.items() if packets > MOST_BEHIND):
            log.info("dropped a client that is too far behind", session=session_id)
            self._metrics.dropped.inc()
            await self._cut(socket)

    def spent(self, engine: str, kind: str, cost: float) -> None:
        """Count money."""
        self._metrics.cost.labels(engine, kind).inc(cost)

    def made(self, event: Caption | AvatarState | SegmentCondensed | EngineState) -> None:
        """Count a final caption, a clause that an avatar says, one that it leaves out, or an engine that failed."""
        match event:
            case Caption():
                self._metrics.captioned(event, max(0, self._now() - event.arrived) / 1000)
            case AvatarState():
                self._metrics.said(event)
            case SegmentCondensed():
                self._metrics.condensed.labels(event.language).inc()
            case EngineState(job, _, before, "failed" | "cost"):
                self._metrics.fallbacks.labels(job, before).inc()

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

    def _from_allowed_page(self, origin: str | None, environ: Payload) -> bool:
        if origin is None:  # no browser, or a page of this server's own
            return True
        hosts = (environ.get("HTTP_HOST", ""), environ.get("HTTP_X_FORWARDED_HOST", ""))
        return self._origins.allows(origin, hosts)

    async def _connect(self, socket: str, environ: Payload, _auth: object = None) -> None:
        scope = environ["asgi.scope"]
        host = (scope.get("client") or ("", 0))[0]
        self._guests[socket] = _Guest(socket, visitor(str(host)), sockets.abort_of(scope))

    async def _disconnect(self, socket: str, reason: str = "") -> None:
        guest = self._guests.pop(socket, None)
        if guest is None:
            return
        if reason in (self.sio.reason.SERVER_DISCONNECT, self.sio.reason.PING_TIMEOUT):
            guest.abort()
        if guest.speaking is not None:
            guest.speaking.release(socket)
        if guest.session is not None:
            await guest.session.leave(socket)

    def _answering(self, handler: Handler) -> Callable[..., Awaitable[Payload]]:
        """An event handler whose refusals become acks.

        Handlers run as tasks that start in the order of arrival; what must keep that order happens before the first
        await.
        """

        async def handle(socket: str, payload: object = None, *_: object) -> Payload:
            guest = self._guests.get(socket)
            try:
                if guest is None:
                    raise WrongState("this connection is closed; connect again")
                if self._behind(socket) > MOST_BEHIND:
                    await self._cut(socket)
                return {"ok": True, **await self._work(guest, handler, payload)}
            except ClientError as error:
                self._metrics.refused.labels(error.code).inc()
                return {"ok": False, **answers.refusal(error), **self._received(payload)}
            except JournalFailed:
                log.error("journal failed")
                return {"ok": False, **answers.refusal(Unavailable("the server cannot save now; try again"))}
            except Exception as error:  # noqa: BLE001  # a bug costs this event; the client must not wait for ever
                log.error("event failed", **sockets.fault(error))
                return {"ok": False, **answers.refusal(Unavailable("something went wrong here; try again"))}

        return handle

    async def _work(self, guest: _Guest, handler: Handler, payload: object) -> Payload:
        if guest.busy >= MOST_AT_ONCE:
            raise TooMany("too many events at once; wait for acknowledgements", retry_after=1)
        guest.busy += 1
        try:
            return await handler(guest, payload)
        finally:
            guest.busy -= 1

    def _received(self, payload: object) -> Payload:
        """With `tooMany` and the like the host's page must know where it stands."""
        if not isinstance(payload, dict) or not ("audio" in payload or "audioData" in payload):
            return {}
        code, client = payload.get("sessionId"), wire.client_id(payload.get("clientId"))
        session = self.conference.running(code) if isinstance(code, str) else None
        if session is None or client is None or not session.is_host(client):
            return {}
        return {"received": session.received}

    async def _join(self, guest: _Guest, payload: object) -> Payload:
        message = wire.parse(wire.JoinSession, payload)
        session = await self._opened(guest, message)
        host = session.is_host(message.client_id)
        if guest.socket not in self._guests:
            raise WrongState("this connection is closed; connect again")
        seat, fresh = session.admit(guest.socket, message.client_id, language=message.language, since=message.since)
        before, guest.session = guest.session, session
        if host:
            guest.speaking = session
        if before is not None and before is not session:
            await before.leave(guest.socket)
        await session.welcome(seat, message.since, fresh=fresh, page=message.page)
        answer: Payload = {"sessionInfo": answers.session_info(session.info, for_host=host)}
        if host:
            answer["audio"] = {"received": session.received, "accepted": session.accepted}
        return answer

    async def _opened(self, guest: _Guest, message: wire.JoinSession) -> Session:
        """The session, if this client may come in. Raises NotFound, Ended, PasscodeNeeded, TooMany."""
        session = self.conference.running(message.session_id)
        if session is not None and session.is_host(message.client_id):
            return session
        with guessing(self._wrong_codes, guest.address):
            session = await self.conference.find(message.session_id)
        now = asyncio.get_running_loop().time()
        await self._passcodes.check(session.record, message.passcode, guest.address, now)
        return session

    async def _set_language(self, guest: _Guest, payload: object) -> Payload:
        message = wire.parse(wire.SetLanguage, payload)
        session = guest.session
        if session is None or session.record.session_id != message.session_id:
            raise WrongState("join the session before choosing its language")
        seat = session.audience.seat(guest.socket)
        if seat is None:
            raise Ended("this session has ended; create a new one")
        return {"language": await session.tune(seat, message.language, message.since)}

    async def _audio(self, guest: _Guest, payload: object) -> Payload:
        message = wire.parse(wire.AudioData, payload)
        assert isinstance(payload, dict), "parse has checked it"
        pcm = wire.pcm(payload)
        session = self.conference.running(message.session_id)
        if session is None or not session.is_host(message.client_id):
            with guessing(self._wrong_codes, guest.address):
                await self.conference.find(message.session_id)
            raise NotHost("only the host may send audio; send the ClientId that created the session")
        gap = session.audio(guest.socket, pcm, position=message.position, seq=message.seq)
        if guest.speaking is not session:
            if guest.speaking is not None:
                guest.speaking.release(guest.socket)
            guest.speaking = session
        if gap:
            missing = f"{ms(gap)} ms of audio did not arrive; silence stands in their place."
            lost = Notice(missing, "badRequest", "soundMissing", {"ms": ms(gap)})
            await session.audience.tell_host(lost)
        return {"received": session.received}

    async def _malformed(self, _guest: _Guest, _payload: object) -> Payload:
        raise BadRequest("this is no event; send its name and one JSON object, at most one part of it binary")

    async def close(self) -> None:
        """The server stops: close every transport; pages come back to the next server by themselves."""
        await self.sio.shutdown()
