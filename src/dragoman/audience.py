"""The people in a session: their seats, the language each listens to, and who is told what."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from dragoman.errors import Full
from dragoman.events import (
    AudienceChanged,
    AvatarState,
    Caption,
    CostUpdated,
    EngineState,
    Event,
    Notice,
    PaceHint,
    SegmentCondensed,
    SegmentCorrected,
    SegmentRetracted,
)

News = AvatarState | SegmentCondensed | PaceHint | EngineState | CostUpdated | Notice
"""What happens in a session besides its captions."""
Missed = Caption | SegmentCondensed | SegmentRetracted | SegmentCorrected
"""What a client may have to be told when it comes back."""

REMEMBERED = 10_000
"""Clients of a session whose language is known after they have left; beyond that the oldest choice is forgotten."""


class Outlet(Protocol):
    """Carries events to sockets; the server implements it."""

    async def send(self, session_id: str, sockets: Sequence[str], event: Event) -> None:
        """To each of them. A socket that is gone or too far behind is not waited for."""

    def made(self, event: Caption | AvatarState | SegmentCondensed | EngineState) -> None:
        """A final caption was made, spoken or condensed, whoever may listen, or an engine's place was taken: to be
        counted."""

    def spent(self, engine: str, kind: str, cost: float) -> None:
        """Something was used that costs so much: to be counted."""

    async def drained(self, socket: str) -> None:
        """Wait until most of what was sent to it has left: a replay must not fill a slow reader's queue."""


@dataclass(slots=True)
class Seat:
    """One connected socket of a client."""

    socket: str
    client: str
    """ClientId: a secret, never told to anyone"""
    host: bool
    language: str
    """offered tag; the floor's own tag for captions only"""
    held: list[Event] | None = None
    """while replays run: what happened meanwhile, in order"""
    replays: int = 0
    """running and waiting"""
    begun: int = 0
    """replays so far: with another one the seat has what the history had then"""
    replaying: asyncio.Lock = field(default_factory=asyncio.Lock)


class Audience:
    """Who is here. All decisions are made at the call; only sending waits."""

    def __init__(
        self,
        session_id: str,
        outlet: Outlet,
        *,
        most: int,
        current: Callable[[Caption], Caption | None] = lambda caption: caption,
    ) -> None:
        """most: listeners admitted at a time (ClientIds, the host not counted). current: a caption as it is to be shown
        now, None where it is past; asked for each when it is told, for the host may have corrected or retracted it
        since it was made.
        """
        self._current = current
        self._session_id = session_id
        self._outlet = outlet
        self._most = most
        self._seats: dict[str, Seat] = {}
        self._languages: dict[str, str] = {}
        """what each client listens to or listened to last, the one that chose longest ago first"""

    def __len__(self) -> int:
        return len(self._seats)

    def seat(self, socket: str) -> Seat | None:
        """The seat of this socket."""
        return self._seats.get(socket)

    def listeners(self) -> dict[str, str]:
        """Joined ClientIds except the host's, with their languages."""
        return {seat.client: seat.language for seat in self._seats.values() if not seat.host}

    def joined(self, client: str) -> bool:
        """Whether any socket of this client has a seat."""
        return any(seat.client == client for seat in self._seats.values())

    def numbers(self) -> AudienceChanged:
        """The present numbers as an event."""
        languages = self.listeners()
        return AudienceChanged(len(languages), dict(Counter(languages.values())))

    def admit(self, socket: str, client: str, *, host: bool, language: str) -> tuple[Seat, bool]:
        """Give a socket a seat (or its own one again); the second value says whether the client is new here.

        Raises Full.
        """
        listeners = self.listeners()
        fresh = not self.joined(client)
        if not host and client not in listeners and len(listeners) >= self._most:
            raise Full(f"all {self._most} places of this session are taken; try again when somebody has left")
        seat = self._seats.get(socket)
        if seat is None or seat.client != client:
            seat = self._seats[socket] = Seat(socket, client, host, language)
        self.tune(client, language)
        return seat, fresh

    def language(self, client: str) -> str | None:
        """What a client listens to, or did when it was here last; None where that is not known."""
        return self._languages.get(client)

    def tune(self, client: str, language: str) -> None:
        """A client listens to this language from now on, with all its sockets, those too that it has not opened yet."""
        self._languages.pop(client, None)
        self._languages[client] = language
        if len(self._languages) > REMEMBERED:
            del self._languages[next(iter(self._languages))]
        for seat in self._seats.values():
            if seat.client == client:
                seat.language = language

    def _seated(self, seat: Seat) -> bool:
        return self._seats.get(seat.socket) is seat

    def leave(self, socket: str) -> Seat | None:
        """The socket is gone."""
        return self._seats.pop(socket, None)

    def clear(self) -> None:
        """Everybody is gone."""
        self._seats.clear()

    async def tell(self, event: Event, seats: Iterable[Seat]) -> None:
        """An event to these seats; where a replay runs it waits behind it."""
        shown = self._current(event) if isinstance(event, Caption) else event
        if shown is None:
            return
        event = shown
        sockets = []
        for seat in seats:
            if seat.held is None:
                sockets.append(seat.socket)
            else:
                seat.held.append(event)
        if sockets:
            await self._outlet.send(self._session_id, sockets, event)

    async def tell_all(self, event: Event) -> None:
        """An event to everybody."""
        await self.tell(event, tuple(self._seats.values()))

    async def tell_host(self, event: Event) -> None:
        """An event to the host's sockets."""
        await self.tell(event, tuple(seat for seat in self._seats.values() if seat.host))

    async def tell_listeners(self, event: Event) -> None:
        """An event to everybody but the host."""
        await self.tell(event, tuple(seat for seat in self._seats.values() if not seat.host))

    async def caption(self, caption: Caption, *, listeners: bool = True) -> None:
        """A caption to the listeners of its language and the host; words that may still change to the host only.

        listeners: without it, all of it to the host only.
        """
        if caption.final:
            self._outlet.made(caption)
        listening = tuple(s for s in self._seats.values() if not s.host and s.language == caption.language)
        bare = replace(caption, source_tail="") if caption.source_tail else caption
        await self.tell_host(caption)
        if caption.text and listeners:
            await self.tell(bare, listening)

    def present(self) -> dict[str, int]:
        """Who is here, to be given to `redone` later: sockets, and how many replays each has begun."""
        return {seat.socket: seat.begun for seat in self._seats.values()}

    async def redone(self, caption: Caption, before: Mapping[str, int]) -> None:
        """A line that was made once more. Everybody hears what it says now; who has come, or has been told the history,
        while there was none has it as a caption first.

        before: who was `present` when the old line went.
        """
        told = (seat for seat in self._seats.values() if seat.host or seat.language == caption.language)
        await self.tell(caption, tuple(seat for seat in told if before.get(seat.socket) != seat.begun))
        await self.tell_all(SegmentCorrected(caption.segment_id, caption.language, caption.text))

    async def news(self, event: News) -> None:
        """What an avatar is saying or leaves out, to the listeners of its language and the host; what it asks of the
        speaker, and what becomes of engines and money, to the host.
        """
        if not isinstance(event, PaceHint | CostUpdated | Notice):
            self._outlet.made(event)
        if not isinstance(event, AvatarState | SegmentCondensed):
            await self.tell_host(event)
            return
        await self.tell(event, tuple(s for s in self._seats.values() if s.host or s.language == event.language))

    def hold(self, seat: Seat) -> None:
        """From now on keep what happens for after a replay; `replay` must follow."""
        seat.replays += 1
        seat.begun += 1
        if seat.held is None:
            seat.held = []

    async def replay(self, seat: Seat, missed: Iterable[Missed]) -> None:
        """Send what was missed, then what happened since `hold`, and let the seat go live: in order, nothing twice.

        missed: may be a generator that yields also what is added while it runs. Stops when the seat is left.
        """
        try:
            async with seat.replaying:
                sent = await self._replay(seat, missed)
                await self._catch_up(seat, sent)
        finally:
            seat.replays -= 1
            if not seat.replays:
                seat.held = None

    async def _replay(self, seat: Seat, missed: Iterable[Missed]) -> set[tuple[int, str, bool]]:
        sent: set[tuple[int, str, bool]] = set()
        for event in missed:
            if not self._seated(seat):
                break
            if isinstance(event, Caption):
                sent.add((event.segment_id, event.language, event.floor))
            await self._outlet.send(self._session_id, (seat.socket,), event)
            await self._outlet.drained(seat.socket)
        return sent

    async def _catch_up(self, seat: Seat, sent: set[tuple[int, str, bool]]) -> None:
        while seat.held and self._seated(seat):
            event = seat.held.pop(0)
            if isinstance(event, Caption):
                doubled = event.final and (event.segment_id, event.language, event.floor) in sent
                left = not seat.host and event.language != seat.language
                current = self._current(event)
                if doubled or left or current is None:
                    continue
                event = current
            await self._outlet.send(self._session_id, (seat.socket,), event)
