"""A conference to test with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from dragoman.clock import MediaClock
from dragoman.company import Terms
from dragoman.conference import Conference, Draft, Limits
from dragoman.engines.pool import Pool
from dragoman.engines.protocols import Engines
from dragoman.session import Session
from dragoman.store import Store
from scripted import Ears, ScriptedFace, ScriptedRecognizer, ScriptedTranslator, ScriptedVoice

HOST = "3f6f5d0a-43e5-4b5c-9c0c-8d8bf0c7a001"
LIMITS = Limits(sessions=5, listeners=3, retention_days=30, unstarted_days=30, idle_days=7)


@dataclass
class Room:
    """A conference with scripted engines, real memory and ears at every socket."""

    conference: Conference
    recognizer: ScriptedRecognizer
    translator: ScriptedTranslator
    voice: ScriptedVoice
    face: ScriptedFace
    ears: Ears
    store: Store
    later: Callable[[int], None]
    """lets so many ms pass on the wall clock"""

    async def session(self, *targets: str) -> Session:
        draft = Draft(HOST, "A talk", "en", targets or ("es", "fr"), {}, None)
        session = await self.conference.create(draft)
        await session.start()
        return session


class _Wall:
    """A wall clock on which a millisecond passes whenever it is read."""

    def __init__(self) -> None:
        self._ms = 1_700_000_000_000

    def now(self) -> int:
        self._ms += 1
        return self._ms

    def later(self, ms: int) -> None:
        self._ms += ms


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def room(
    directory: Path, limits: Limits = LIMITS, *, pool: Pool | None = None, terms: Terms | None = None
) -> AsyncIterator[Room]:
    """A running conference on the database in this directory. pool: engines in place of the room's own."""
    recognizer, translator, ears = ScriptedRecognizer(), ScriptedTranslator(), Ears()
    voice, face = ScriptedVoice(), ScriptedFace()
    async with Store.open(f"sqlite:///{directory / 'talks.sqlite3'}") as store:
        wall = _Wall()
        pool = pool or Pool.of(Engines(recognizer, translator, voice, face))
        terms = terms or Terms()
        conference = Conference(pool, store, ears, limits, clock=MediaClock(), now=wall.now, terms=terms)
        await conference.open()
        try:
            yield Room(conference, recognizer, translator, voice, face, ears, store, wall.later)
        finally:
            await conference.close()
