"""The store: the Journal on a database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from sqlalchemy import Engine

from dragoman.journal import SessionRecord
from dragoman.speech import Entry, Final, Line, Segment
from dragoman.store import database, edits, statements
from dragoman.store.reader import Reader, reading
from dragoman.store.writer import Writer, writing

PATIENCE_SECONDS = 5.0
"""How long another process (a backup, a shell) may hold the database before a call fails."""


class Store:
    """Keeps sessions and what was said, as dragoman.journal.Journal says it. Every method may raise JournalFailed."""

    def __init__(self, engine: Engine, writer: Writer, reader: Reader) -> None:
        self._engine = engine
        self._writer = writer
        self._reader = reader

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, patience: float = PATIENCE_SECONDS) -> AsyncIterator[Store]:
        """The store in the database at an SQLAlchemy URL, made or brought up to this version; closed with the block.

        patience: seconds to wait for a database that another process has locked. Raises DatabaseUnusable.
        """
        engine = await asyncio.to_thread(database.connect, url, patience=patience)
        try:
            immediate = engine.execution_options(**{database.IMMEDIATE: True})
            async with reading(engine) as reader, writing(immediate) as writer:
                yield cls(engine, writer, reader)
        finally:
            await asyncio.to_thread(engine.dispose)

    async def create(self, record: SessionRecord) -> None:
        """Keep a new session. Raises CodeTaken."""
        await self._writer.run(partial(statements.create, record=record))

    async def update(self, record: SessionRecord) -> None:
        """Keep what a session has become, except `received` and `said`; `used` only grows."""
        await self._writer.run(partial(statements.update, record=record))

    async def append(self, session_id: str, final: Final, timestamp: int) -> Segment:
        """Keep a Final under the session's next id, and with it `received`, `said` and `used`.

        timestamp: ms since 1970.
        """
        return await self._writer.run(
            partial(statements.append, session_id=session_id, final=final, timestamp=timestamp)
        )

    async def lines(self, session_id: str, lines: Sequence[Line]) -> None:
        """Keep translations. A line that is already kept stays as it was; one whose segment was corrected or retracted
        meanwhile is not kept.
        """
        await self._writer.run(partial(statements.add_lines, session_id=session_id, made=tuple(lines)))

    async def typed(self, session_id: str, texts: Sequence[str], position: int, timestamp: int) -> Sequence[Segment]:
        """Keep texts that the host wrote, all or none. position: samples. timestamp: ms since 1970."""
        return await self._writer.run(
            partial(edits.typed, session_id=session_id, texts=tuple(texts), position=position, timestamp=timestamp)
        )

    async def retract(self, session_id: str, segment_id: int) -> None:
        """Forget what a segment says, in all languages."""
        await self._writer.run(partial(edits.retract, session_id=session_id, segment_id=segment_id))

    async def correct(self, session_id: str, segment_id: int, text: str, language: str | None) -> None:
        """Keep what a segment should say in a language; without one in the floor's, and then its lines are forgotten
        that nobody corrected.
        """
        await self._writer.run(
            partial(edits.correct, session_id=session_id, segment_id=segment_id, text=text, language=language)
        )

    async def received(self, session_id: str, position: int) -> None:
        """Keep that all before a floor position (samples) is safe; a smaller one than the kept changes nothing."""
        await self._writer.run(partial(statements.raise_received, session_id=session_id, position=position))

    async def spoken(self, session_id: str, segment_id: int, language: str, lag: int | None) -> None:
        """Keep that the avatar has said a line, and how far behind the floor it was (ms)."""
        await self._writer.run(
            partial(statements.spoken, session_id=session_id, segment_id=segment_id, language=language, lag=lag)
        )

    async def condensed(self, session_id: str, segment_id: int, language: str) -> None:
        """Keep that a line was shown and not spoken."""
        await self._writer.run(
            partial(statements.condensed, session_id=session_id, segment_id=segment_id, language=language)
        )

    async def delete(self, session_id: str) -> None:
        """Forget a session and all that was said in it, also in the database's own files."""
        await self._writer.run(partial(statements.remove, session_id=session_id))
        await asyncio.to_thread(database.scrub, self._engine)

    async def check(self) -> None:
        """Whether the store can write, by writing: returns when it can, raises JournalFailed with the reason."""
        await self._writer.run(statements.probe)

    async def find(self, session_id: str) -> SessionRecord | None:
        """The session, ended or not."""
        return await self._reader.run(partial(statements.find, session_id=session_id))

    async def sessions(self) -> Sequence[SessionRecord]:
        """All sessions that have not ended, oldest first."""
        return await self._reader.run(statements.open_sessions)

    async def history(self, session_id: str) -> Sequence[Entry]:
        """All segments with their lines, in order of id."""
        return await self._reader.run(partial(statements.history, session_id=session_id))

    async def expired(self, *, ended_before: int, unstarted_before: int, idle_before: int) -> Sequence[str]:
        """Ids of sessions whose time is over; all times in ms since 1970.

        Ended before a time; not ended and never started since their creation before a time; or started, not ended
        and last used before a time.
        """
        return await self._reader.run(
            partial(
                statements.expired,
                ended_before=ended_before,
                unstarted_before=unstarted_before,
                idle_before=idle_before,
            )
        )
