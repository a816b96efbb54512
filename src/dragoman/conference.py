"""All sessions of a server: creates them, finds them, brings them back after a restart, forgets them in time."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from dragoman import afterwards
from dragoman.audience import Outlet
from dragoman.casting import check_voices
from dragoman.clock import MediaClock
from dragoman.engines.protocols import Engines
from dragoman.errors import BadRequest, Ended, Full, NotFound, Unsupported
from dragoman.events import SessionInfo
from dragoman.journal import CodeTaken, Journal, JournalFailed, SessionRecord, Target
from dragoman.languages import match
from dragoman.session import Session, client_hash, session_info
from dragoman.studio import Studio

log = structlog.get_logger(__name__)

HOUSEKEEPING_SECONDS = 3600.0
_DAY_MS = 24 * 3600 * 1000
_TRIES = 20
"""Random codes tried: with half of a million codes taken, the chance that all are taken is one in a million."""


async def _nobody(_code: str) -> None:
    """Nobody else keeps anything."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a host asks for in createSession, checked in form."""

    client: str
    name: str
    source: str
    targets: tuple[str, ...]
    options: Mapping[str, Any]
    passcode: str | None
    """its hash"""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a server takes on, and for how long it keeps it."""

    sessions: int
    listeners: int
    """per session"""
    retention_days: float
    unstarted_days: float
    idle_days: float


class Conference:
    """Owns the sessions that have not ended, and the tasks that work for them."""

    def __init__(
        self,
        engines: Engines,
        journal: Journal,
        outlet: Outlet,
        limits: Limits,
        *,
        clock: MediaClock,
        now: Callable[[], int],
        forgotten: Callable[[str], Awaitable[None]] = _nobody,
    ) -> None:
        """clock: of all picture and sound. now: ms since 1970. forgotten: told the code of every session that is
        deleted, for what others keep of it.
        """
        self._forgotten = forgotten
        self.engines = engines
        self._journal = journal
        self._outlet = outlet
        self._limits = limits
        self._now = now
        self._clock = clock
        self.studio = Studio(clock)
        self._sessions: dict[str, Session] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._creating = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._sessions)

    def sessions(self) -> tuple[Session, ...]:
        """All that have not ended."""
        return tuple(self._sessions.values())

    # -- life

    async def open(self) -> None:
        """Bring back what was going on when the server stopped; `close` undoes it."""
        for record in await self._journal.sessions():
            self._run(Session(record, await self._journal.history(record.session_id), **self._parts()))
        self._tasks[""] = asyncio.create_task(self._keep_house(), name="housekeeping")
        log.info("conference opened", sessions=len(self._sessions))

    async def close(self) -> None:
        """Stop all work. What is kept goes on after the next `open`."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.studio.close()
        self._tasks.clear()
        self._sessions.clear()

    def _parts(self) -> dict[str, Any]:
        return {
            "engines": self.engines,
            "journal": self._journal,
            "outlet": self._outlet,
            "most_listeners": self._limits.listeners,
            "studio": self.studio,
            "clock": self._clock,
            "now": self._now,
        }

    def _run(self, session: Session) -> None:
        code = session.record.session_id
        self._sessions[code] = session
        self._tasks[code] = asyncio.create_task(session.run(), name=f"session {code}")

    async def _stop(self, code: str) -> None:
        self._sessions.pop(code, None)
        task = self._tasks.pop(code, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    # -- sessions

    async def create(self, draft: Draft) -> Session:
        """A new session under a random code. Raises Full, Unsupported, BadRequest."""
        source = self.source(draft.source)
        targets = self.targets(source, draft.targets)
        check_voices(self.engines, draft.options)
        async with self._creating:
            if len(self._sessions) >= self._limits.sessions:
                raise Full(f"this server holds at most {self._limits.sessions} sessions; end one, or try again later")
            return await self._create(draft, source, targets)

    async def _create(self, draft: Draft, source: str, targets: tuple[str, ...]) -> Session:
        for _ in range(_TRIES):
            record = SessionRecord(
                session_id=f"{secrets.randbelow(1_000_000):06}",
                name=draft.name,
                host=client_hash(draft.client),
                source=source,
                targets=tuple(Target(tag) for tag in targets),
                created=self._now(),
                used=self._now(),
                options=draft.options,
                passcode=draft.passcode,
            )
            try:
                await self._journal.create(record)
            except CodeTaken:
                continue
            session = Session(record, (), **self._parts())
            self._run(session)
            log.info("session created", session=record.session_id, source=source, targets=len(targets))
            return session
        raise Full("no session code is free; try again later")

    def source(self, tag: str) -> str:
        """The recogniser's tag that this one means. Raises Unsupported."""
        heard = self.engines.recognizer.languages
        found = match(tag, heard)
        if found is None:
            raise Unsupported(f"the recogniser here hears {', '.join(heard)} only; sourceLanguage must be one of these")
        return found

    def targets(self, source: str, tags: tuple[str, ...]) -> tuple[str, ...]:
        """The offered tags that these mean, each once, in their order. Raises Unsupported, BadRequest."""
        routes = self.engines.routes_from(source)
        found: dict[str, None] = {}
        for tag in tags:
            if match(tag, (source,)) and not match(tag, routes):
                raise BadRequest("targetLanguages names the source language; its captions are always offered")
            target = match(tag, routes)
            if target is None:
                raise Unsupported(
                    f"there is no translation from {source} into one of the targetLanguages; "
                    f"installed are {', '.join(routes) or 'none'}"
                )
            found[target] = None
        return tuple(found)

    def running(self, code: str) -> Session | None:
        """The session if it has not ended."""
        return self._sessions.get(code)

    async def find(self, code: str) -> Session:
        """The session that has not ended. Raises Ended, NotFound."""
        session = self._sessions.get(code)
        if session is not None:
            return session
        await self.record(code)
        raise Ended("this session has ended; create a new one")

    async def record(self, code: str) -> SessionRecord:
        """The session's record, ended or not. Raises NotFound."""
        session = self._sessions.get(code)
        record = session.record if session else await self._journal.find(code)
        if record is None:
            raise NotFound("there is no session with this code; check the six digits")
        return record

    async def info(self, code: str) -> SessionInfo:
        """The session as people see it, ended or not. Raises NotFound."""
        session = self._sessions.get(code)
        return session.info if session else session_info(await self.record(code), self.engines)

    async def end(self, session: Session) -> None:
        """End a session for everybody."""
        await session.end()
        await self._stop(session.record.session_id)
        log.info("session ended", session=session.record.session_id, segments=session.history.last_id)

    async def retract(self, record: SessionRecord, segment_id: int) -> None:
        """A segment disappears, from a session that has ended too. Raises NotFound, JournalFailed."""
        session = self._sessions.get(record.session_id)
        if session is not None:
            await session.retract(segment_id)
        else:
            await afterwards.retract(self._journal, record, segment_id)

    async def correct(self, record: SessionRecord, segment_id: int, language: str, text: str) -> None:
        """A segment says this in one language, in a session that has ended too. Raises Unsupported, NotFound,
        WrongState, JournalFailed.
        """
        session = self._sessions.get(record.session_id)
        if session is not None:
            with contextlib.suppress(Ended):  # in this moment
                await session.correct(segment_id, language, text)
                return
        await afterwards.correct(self._journal, self.engines, record, segment_id, language, text)

    async def delete(self, record: SessionRecord) -> None:
        """Forget a session and all that was said in it, at once, whether it has ended or not. Raises JournalFailed;
        asking again tries again.
        """
        session = self._sessions.get(record.session_id)
        if session is not None:
            await session.abandon()
        await self._forget(record.session_id)
        log.info("session deleted", session=record.session_id)

    async def _forget(self, code: str) -> None:
        await self._stop(code)
        await self._journal.delete(code)
        await self._forgotten(code)

    # -- time

    async def _keep_house(self) -> None:
        while True:
            try:
                await self.forget_expired()
            except JournalFailed as error:
                log.error("housekeeping failed", reason=str(error))
            await asyncio.sleep(HOUSEKEEPING_SECONDS)

    async def forget_expired(self) -> None:
        """Delete what the limits say: ended long ago, never started, not used any more."""
        now = self._now()
        codes = await self._journal.expired(
            ended_before=now - int(self._limits.retention_days * _DAY_MS),
            unstarted_before=now - int(self._limits.unstarted_days * _DAY_MS),
            idle_before=now - int(self._limits.idle_days * _DAY_MS),
        )
        for code in codes:
            session = self._sessions.get(code)
            if session is not None and (session.working or len(session.audience)):
                continue
            await self._forget(code)
            log.info("session forgotten", session=code)
