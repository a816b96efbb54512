"""All sessions of a server: creates them, finds them, brings them back after a restart, forgets them in time."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any
from weakref import WeakValueDictionary

import structlog

from dragoman import afterwards
from dragoman.audience import Outlet
from dragoman.casting import check_voices
from dragoman.clock import MediaClock
from dragoman.company import Company, Terms
from dragoman.engines.pool import Pool
from dragoman.engines.protocols import Face, Route
from dragoman.errors import BadRequest, Ended, Full, NotFound, Unsupported
from dragoman.events import SessionInfo
from dragoman.journal import CodeTaken, Journal, JournalFailed, SessionRecord, Target
from dragoman.languages import match
from dragoman.portrait import candidates_of, client_hash, session_info
from dragoman.session import Session
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
    candidates: tuple[str, ...] = ()
    """source tags among which the spoken one is to be identified, where `source` is AUTO"""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a server takes on, and for how long it keeps it."""

    sessions: int
    listeners: int
    """per session"""
    retention_days: float
    unstarted_days: float
    idle_days: float


_TERMS = Terms()
_NO_CHOICE: Mapping[str, str] = MappingProxyType({})
AUTO = "auto"
"""In place of a source tag: it is identified among candidates."""


class Conference:
    """Owns the sessions that have not ended, and the tasks that work for them."""

    def __init__(
        self,
        pool: Pool,
        journal: Journal,
        outlet: Outlet,
        limits: Limits,
        *,
        clock: MediaClock,
        now: Callable[[], int],
        terms: Terms = _TERMS,
        forgotten: Callable[[str], Awaitable[None]] = _nobody,
    ) -> None:
        """clock: of all picture and sound. now: ms since 1970. terms: on which the engines are used. forgotten: told
        the code of every session that is deleted, for what others keep of it.
        """
        self._forgotten = forgotten
        self.pool = pool
        self._terms = terms
        self._journal = journal
        self._outlet = outlet
        self._limits = limits
        self._now = now
        self._clock = clock
        self.studio = Studio(clock)
        self._sessions: dict[str, Session] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._creating = asyncio.Lock()
        self._edited: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """held while the words of a session that has ended are changed, by its code"""

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
            "pool": self.pool,
            "terms": self._terms,
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
        engines = draft.options.get("engines") or {}
        self.pool.check(engines)
        sources = self.sources(draft.source, draft.candidates, engines)
        targets = self.targets(sources, draft.targets, engines)
        check_voices(self.pool.speakers, draft.options)
        if len(sources) > 1:
            draft = replace(draft, options={**draft.options, "sourceLanguages": list(sources)})
        async with self._creating:
            if len(self._sessions) >= self._limits.sessions:
                raise Full(f"this server holds at most {self._limits.sessions} sessions; end one, or try again later")
            return await self._create(draft, sources[0], targets)

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

    def sources(self, source: str, candidates: tuple[str, ...], engines: Mapping[str, str]) -> tuple[str, ...]:
        """The recognisers' tags that a source means: one, or all candidates where it is AUTO.

        engines: the host's choice by job. Raises Unsupported, BadRequest.
        """
        names = self.pool.order("recognizer", engines.get("recognizer"))
        if source != AUTO:
            if candidates:
                raise BadRequest(f"sourceLanguages goes with sourceLanguage {AUTO} only; name one or the other")
            return (self._source(source, names),)
        tags = tuple(dict.fromkeys(self._source(tag, names) for tag in candidates))
        if len(tags) < 2:
            raise BadRequest(f"sourceLanguage {AUTO} needs sourceLanguages: two languages or more that may be spoken")
        if not set(self.pool.identifies(tags)) & set(names):
            most = max(self.pool.recognizers[name].most_candidates for name in names)
            raise Unsupported(
                f"the recogniser here can tell {most} of its languages apart at most; name fewer sourceLanguages"
                if most > 1
                else "the recogniser here cannot identify the language spoken; name it in sourceLanguage"
            )
        return tags

    def changed(self, session: Session, tags: tuple[str, ...], engines: Mapping[str, str]) -> tuple[str, ...]:
        """The offered tags of the targets that a session is to have besides, if it can be interpreted by these engines.

        engines: names by job, those that change. Raises Unsupported, BadRequest.
        """
        self.pool.check(engines)
        record = session.record
        chosen = {**record.options.get("engines", {}), **engines}
        sources = candidates_of(record) or (record.source,)
        if "recognizer" in engines:
            self.sources(AUTO if len(sources) > 1 else sources[0], candidates_of(record), chosen)
        if "translator" in engines:
            self.targets(sources, tuple(target.tag for target in record.targets), chosen)
        return self.targets(sources, tags, chosen)

    def _source(self, tag: str, names: tuple[str, ...]) -> str:
        heard = self.pool.heard(names)
        found = match(tag, heard)
        if found is None:
            raise Unsupported(f"the recogniser here hears {', '.join(heard)} only; sourceLanguage must be one of these")
        return found

    def targets(
        self, sources: tuple[str, ...], tags: tuple[str, ...], engines: Mapping[str, str] = _NO_CHOICE
    ) -> tuple[str, ...]:
        """The offered tags that these mean, each once, in their order. Raises Unsupported, BadRequest.

        sources: one, or several of which each may be spoken: then every target must be reached from each that it is
        not itself.
        """
        names = self.pool.order("translator", engines.get("translator"))
        offered = [self.pool.offered(source, names) for source in sources]
        found: dict[str, None] = {}
        for tag in tags:
            if len(sources) == 1 and match(tag, sources) and not match(tag, offered[0]):
                raise BadRequest("targetLanguages names the source language; its captions are always offered")
            found[self._target(tag, sources, offered)] = None
        return tuple(found)

    def _target(self, tag: str, sources: tuple[str, ...], offered: list[dict[str, tuple[str, Route]]]) -> str:
        meant = next((own for routes in offered if (own := match(tag, routes))), None)
        for source, routes in zip(sources, offered, strict=True):
            if meant is None or not (match(meant, routes) or (len(sources) > 1 and match(meant, (source,)))):
                raise Unsupported(
                    f"there is no translation from {source} into one of the targetLanguages; "
                    f"installed are {', '.join(routes) or 'none'}"
                )
        assert meant is not None, "there is a source"
        return meant

    def face(self, options: Mapping[str, Any]) -> Face:
        """Whose presenters a session with these choices has. Raises Unsupported."""
        engines = options.get("engines") or {}
        self.pool.check(engines)
        return self.pool.faces[self.pool.order("face", engines.get("face"))[0]]

    def _chosen(self, record: SessionRecord) -> dict[str, str]:
        """Who would do each job in a session that is over."""
        choice = record.options.get("engines") or {}
        return {job: self.pool.order(job, choice.get(job))[0] for job in self.pool.jobs}

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
        return session.info if session else session_info(record := await self.record(code), self._chosen(record))

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
            async with self._editing(record):
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
        async with self._editing(record):
            await afterwards.correct(self._journal, self._company(record), record, segment_id, language, text)

    def _editing(self, record: SessionRecord) -> asyncio.Lock:
        """One change after the other: each is made to what the segment says then."""
        return self._edited.setdefault(record.session_id, asyncio.Lock())

    def _company(self, record: SessionRecord) -> Company:
        """The engines of a session that is over."""
        company = Company(
            self.pool,
            self._terms,
            options=lambda: record.options,
            usage=record.usage,
            tell=lambda _news: None,
            time=lambda: asyncio.get_running_loop().time(),
        )
        company.meter.grown = self._outlet.spent
        return company

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
