"""One talk: its floor, its booths, its audience and its record, tied together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog

from dragoman.audience import Audience, Missed, Outlet, Seat
from dragoman.cast import Span
from dragoman.casting import cast_of, check_voices
from dragoman.clerk import Clerk
from dragoman.clock import FloorMap, MediaClock
from dragoman.company import Company, Terms
from dragoman.direct import Direct
from dragoman.editing import Editing
from dragoman.engines.pool import Pool
from dragoman.errors import Ended, Unsupported, WrongState
from dragoman.events import (
    Caption,
    Event,
    InfoChanged,
    ListenerJoined,
    Notice,
    SessionInfo,
    SessionOver,
    StateChanged,
)
from dragoman.floorsound import FloorSound
from dragoman.handover import Handover
from dragoman.history import History
from dragoman.journal import Journal, SessionRecord, Target
from dragoman.languages import match
from dragoman.missed import missed
from dragoman.portrait import Changes, candidates_of, is_hosts, session_info
from dragoman.speech import Begun, Entry
from dragoman.stage import Stage, Viewer
from dragoman.studio import Studio
from dragoman.team import Team
from dragoman.treasurer import Treasurer

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 15.0
"""How long the end of a session waits for what was said last to be recognised and translated."""


def _begun(record: SessionRecord, history: History) -> Begun | None:
    """The speech that was open when the server stopped."""
    # What was typed since stands at a later position, and is no speech.
    spoken = (entry.segment for entry in reversed(history.entries()) if not entry.segment.typed)
    last = next(spoken, None)
    return Begun(record.said, last.end) if record.said and last else None


class Session:
    """A talk that has not ended. Its work is done by `run`, which the conference owns."""

    def __init__(
        self,
        record: SessionRecord,
        entries: Iterable[Entry],
        *,
        pool: Pool,
        terms: Terms,
        journal: Journal,
        outlet: Outlet,
        most_listeners: int,
        studio: Studio,
        clock: MediaClock,
        now: Callable[[], int],
    ) -> None:
        """now: ms since 1970."""
        self.record = record
        self.history = History(entries)
        self.audience = Audience(record.session_id, outlet, most=most_listeners, current=self._shown)
        self._journal = journal
        self._now = now
        self._clock = clock
        self._floor_map = FloorMap()
        self._clerk = Clerk(record.session_id, self.history, journal, self.audience.news)
        self.company = Company(
            pool,
            terms,
            options=lambda: self.record.options,
            usage=record.usage,
            tell=self._clerk.host,
            time=lambda: asyncio.get_running_loop().time(),
            recast=lambda: self.stage.recast(),
        )
        self._treasurer = Treasurer(
            record.session_id,
            self.company.meter,
            journal,
            tell=self._clerk.host,
            spent=outlet.spent,
            save=self.company.save,
        )
        self.stage = Stage(
            record.session_id,
            self.history,
            cast=cast_of(self.company, self._is_floor, lambda: self.record.options),
            studio=studio,
            span=Span(self._floor_map, clock, mode=self.company.mode),
            most=most_listeners,
            report=self._clerk,
            now=now,
            since=lambda tag: next((target.since for target in self.record.targets if target.tag == tag), 0),
        )
        self.floor_sound = FloorSound(record.session_id, studio, most=most_listeners)
        self._team = Team(
            record.session_id,
            record.source,
            record.targets,
            self.history,
            self.audience,
            company=self.company,
            candidates=candidates_of(record),
            journal=journal,
            start=record.received,
            begun=_begun(record, self.history),
            line_added=self.stage.line_added,
            line_corrected=self.stage.corrected,
            now=now,
        )
        self._editing = Editing(
            record.session_id,
            record.source,
            self.history,
            journal=journal,
            audience=self.audience,
            team=self._team,
            stage=self.stage,
            clock=clock,
            mode=self.company.mode,
            now=now,
        )
        self._changing = asyncio.Lock()
        self._microphone = Handover()
        self._ending = False

    # -- who and what

    @property
    def info(self) -> SessionInfo:
        """The session as people see it."""
        return session_info(self.record, self.company.lineup.at_work(), self.audience.numbers(), self.company.cost)

    @property
    def tags(self) -> tuple[str, ...]:
        """Everything that can be listened to: the targets, then the floor."""
        return tuple(dict.fromkeys((*(target.tag for target in self.record.targets), self.record.source)))

    def _is_floor(self, tag: str) -> bool:
        """Whether under this tag people are shown the floor's own words, which no avatar speaks."""
        return tag == self.record.source and all(target.tag != tag for target in self.record.targets)

    @property
    def received(self) -> int:
        """Samples that are safe."""
        return self._team.floor.received

    @property
    def accepted(self) -> int:
        """Samples accepted, safe or not."""
        return self._team.floor.accepted

    @property
    def working(self) -> bool:
        """Whether floor and booths are at work."""
        return self._team.working

    async def run(self) -> None:
        """Interpret until the session has ended; the conference owns this task and cancels it."""
        try:
            async with asyncio.TaskGroup() as staff:
                staff.create_task(self._clerk.run(), name=f"clerk {self.record.session_id}")
                staff.create_task(self._treasurer.run(), name=f"treasurer {self.record.session_id}")
                await self._team.run()
        finally:
            await self.stage.close()
            await self.floor_sound.close()
            # Avatars tell what they used last when they are let go.
            await self._treasurer.close()

    def is_host(self, client: str) -> bool:
        """Whether this ClientId created the session."""
        return is_hosts(self.record, client)

    def offered(self, tag: str) -> str:
        """The offered tag that `tag` means. Raises Unsupported."""
        found = match(tag, self.tags)
        if found is None:
            raise Unsupported(f"this session is not interpreted into that language; it offers {', '.join(self.tags)}")
        return found

    # -- what the host does

    async def start(self) -> None:
        """The talk goes on."""
        async with self._changing:
            self._check_running()
            if not self.record.active:
                await self._change(active=True, started=True)
                await self.audience.tell_all(StateChanged(True))

    async def pause(self) -> None:
        """The talk pauses; what was said so far still comes."""
        async with self._changing:
            self._check_running()
            self._team.floor.rest()
            self._floor_map.pause()
            if self.record.active:
                await self._change(active=False)
                await self.audience.tell_all(StateChanged(False))

    async def end(self) -> None:
        """The talk is over: what was said last still comes, then everybody is told and leaves."""
        async with self._changing:
            self._check_running()
            self._ending = True
            self._team.floor.rest()
            try:
                if not await self._team.drained(DRAIN_SECONDS):
                    log.warning("session ended before all was interpreted", session=self.record.session_id)
                await self._change(active=False, ended=self._now())
            finally:
                self._ending = False
            await self.audience.tell_all(SessionOver())
            self.audience.clear()

    async def say(self, text: str) -> tuple[int, ...]:
        """Typed words go to the booths like speech, also in a pause; the numbers of their segments. Raises Ended,
        WrongState where the talk has not begun, BadRequest, TooMany, JournalFailed.
        """
        self._check_running()
        if not self.record.started:
            raise WrongState("the talk has not begun; send startTranslation first")
        async with self._changing:
            self._check_running()
            return await self._editing.say(text)

    async def retract(self, segment_id: int) -> None:
        """A segment disappears everywhere. Raises NotFound, JournalFailed."""
        await self._editing.retract(segment_id)

    async def correct(self, segment_id: int, language: str, text: str) -> None:
        """A segment says this in one language. Raises Ended, Unsupported, NotFound, WrongState, JournalFailed."""
        tag = self.offered(language)
        async with self._changing:
            self._check_running()
            await self._editing.correct(segment_id, tag, text)

    def _shown(self, caption: Caption) -> Caption | None:
        return self._editing.current(caption)

    async def abandon(self) -> None:
        """The session is deleted: everybody is told and leaves, nothing is waited for."""
        self._ending = True
        self._team.floor.rest()
        await self.audience.tell_all(SessionOver())
        self.audience.clear()

    async def update(self, changes: Changes) -> None:
        """From the next clause on."""
        check_voices(self.company.pool.speakers, changes.options or {})
        async with self._changing:
            self._check_running()
            known = {target.tag for target in self.record.targets}
            added = tuple(
                Target(tag, since=self.history.last_id) for tag in dict.fromkeys(changes.targets) if tag not in known
            )
            options = {**self.record.options, **(changes.options or {})}
            if changes.engines:
                options["engines"] = {**options.get("engines", {}), **changes.engines}
            with self.company.choosing():
                await self._change(
                    name=self.record.name if changes.name is None else changes.name,
                    targets=self.record.targets + added,
                    options=options,
                    passcode=self.record.passcode if changes.passcode is None else changes.passcode or None,
                )
                for target in added:
                    self._team.add(target)
            await self.audience.tell_host(InfoChanged(self.info, for_host=True))
            await self.audience.tell_listeners(InfoChanged(self.info))

    def _check_running(self) -> None:
        if self.record.ended is not None or self._ending:
            raise Ended("this session has ended; create a new one")

    async def _change(self, **fields: Any) -> None:
        changed = replace(self.record, used=self._now(), **fields)
        await self._journal.update(changed)
        self.record = changed

    def audio(self, socket: str, pcm: npt.NDArray[np.int16], *, position: int | None, seq: int | None) -> int:
        """A chunk from the host's microphone, shape (n,); the samples missing before it. Never waits.

        Raises TooMany, BadRequest, Ended, and WrongState where another socket of the host has the microphone.
        """
        self._check_running()
        if not self._microphone.sends(socket):
            raise WrongState("the microphone is open on another page of the host; join again there or here")
        if not self.record.active:
            return 0
        taken = self._team.accept(pcm, position=position, seq=seq)
        if taken.samples:
            self.floor_sound.hear(pcm[len(pcm) - taken.samples :])
            self._floor_map.arrived(self.accepted - taken.samples, self.accepted, self._clock.now())
        return taken.gap

    # -- people come and go

    async def join(
        self, socket: str, client: str, *, language: str | None, since: int | None, page: str | None = None
    ) -> Seat:
        """Take a seat; what was missed after segment `since` comes before anything live. page: as in `welcome`."""
        seat, fresh = self.admit(socket, client, language=language, since=since)
        await self.welcome(seat, since, fresh=fresh, page=page)
        return seat

    def admit(self, socket: str, client: str, *, language: str | None, since: int | None) -> tuple[Seat, bool]:
        """The first half of `join`, at once: the seat, and whether the client is new here.

        Raises Full, Ended, Unsupported.
        """
        self._check_running()
        tag = self.offered(language) if language else self._language_of(client)
        seat, fresh = self.audience.admit(socket, client, host=self.is_host(client), language=tag)
        self.stage.tune(client, tag)
        if since is not None:
            self.audience.hold(seat)
        return seat, fresh

    async def welcome(self, seat: Seat, since: int | None, *, fresh: bool, page: str | None = None) -> None:
        """The second half: everybody hears who came, and what was missed is sent.

        page: what a host's page calls itself (handover.py).
        """
        if seat.host:
            await self._take_microphone(seat, page)
        numbers = self.audience.numbers()
        if fresh and not seat.host:
            await self.audience.tell_host(ListenerJoined(numbers.count))
        await self.audience.tell_all(numbers)
        if since is not None:
            await self.audience.replay(seat, self._missed(seat, since))
        if seat.host:
            standing: list[Event] = [*self.stage.hints(), *self.company.lineup.replaced()]
            for what in standing:
                await self.audience.tell(what, (seat,))

    def _language_of(self, client: str) -> str:
        return self.audience.language(client) or self.tags[0]

    async def _take_microphone(self, seat: Seat, page: str | None) -> None:
        before = self._microphone.take(seat.socket, page)
        silent = self.audience.seat(before) if before else None
        if silent is not None:
            moved = "The microphone has moved to another page of yours; this one does not send."
            await self.audience.tell(Notice(moved, "wrongState", "microphoneMoved"), (silent,))

    async def tune(self, seat: Seat, language: str, since: int | None) -> str:
        """Listen to another language from now on, or from segment `since` on; the offered tag."""
        tag = self.offered(language)
        self.audience.tune(seat.client, tag)
        self.stage.tune(seat.client, tag)
        if since is not None:
            self.audience.hold(seat)
        await self.audience.tell_all(self.audience.numbers())
        if since is not None:
            await self.audience.replay(seat, self._missed(seat, since))
        return tag

    async def watch(self, client: str, viewer: Viewer, language: str | None) -> str:
        """A media peer of a client, which may have joined or not; the offered tag that it is shown.

        language: what it asks for; else what the client listens to. Raises Ended, Unsupported, Full.
        """
        self._check_running()
        tag = self.offered(language) if language else self._language_of(client)
        self.stage.attach(client, viewer, tag)
        await self._listens(client, tag)
        return tag

    async def introduce(self, client: str, direct: Direct, offer: str, language: str | None) -> str:
        """The answer of the avatar's provider to a client's offer, which is untrusted; language as in `watch`.

        Raises Ended, Unsupported, Full, Unavailable.
        """
        self._check_running()
        tag = self.offered(language) if language else self._language_of(client)
        answer = await direct.connect(client, tag, offer)
        await self._listens(client, tag)
        return answer

    async def _listens(self, client: str, tag: str) -> None:
        """A client's media are of this language: so are its captions."""
        changed = self.audience.listeners().get(client, tag) != tag
        self.audience.tune(client, tag)
        if changed:
            await self.audience.tell_all(self.audience.numbers())

    def listen(self, viewer_id: str, viewer: Viewer) -> None:
        """A media peer that hears the floor's own sound, whatever else its client watches. Raises Ended, WrongState,
        Full.
        """
        self._check_running()
        if not self.record.options.get("floorAudio", True):
            raise WrongState("the host of this session does not let the floor's own sound be heard")
        self.floor_sound.attach(viewer_id, viewer)

    def _missed(self, seat: Seat, since: int) -> Iterator[Missed]:
        targets = tuple(target.tag for target in self.record.targets)
        return missed(seat, since, self.history, self.record.source, targets)

    def release(self, socket: str) -> None:
        """This socket sends no more; another one of the host may."""
        self._microphone.release(socket)

    async def leave(self, socket: str) -> None:
        """A socket is gone."""
        seat = self.audience.leave(socket)
        self.release(socket)
        if seat is not None and self.stage.direct is not None and not self.audience.joined(seat.client):
            self.stage.direct.detach(seat.client)
        if seat is not None and not seat.host and not self.audience.joined(seat.client):
            await self.audience.tell_all(self.audience.numbers())
