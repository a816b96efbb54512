"""A journal in memory whose commits take as long as the real one's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from benchmarks.simul.machine import Machine

from dragoman.journal import CodeTaken, SessionRecord
from dragoman.speech import Entry, Final, Line, Segment

COMMIT_SECONDS = 0.002
"""What keeping a final takes in SQLite, disk included (`python -m benchmarks.store`: 1.9 ms)."""


class MemoryJournal:
    """See Journal. One writer: what is asked while it commits is committed together, next."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._records: dict[str, SessionRecord] = {}
        self._segments: dict[str, list[Segment]] = {}
        self._next: asyncio.Task[None] | None = None
        self._writer = asyncio.Lock()

    async def _commit(self) -> None:
        """Wait for the commit that this call is part of."""
        if self._next is None:
            self._next = asyncio.create_task(self._write())
        await asyncio.shield(self._next)

    async def _write(self) -> None:
        async with self._writer:
            self._next = None
            await self._machine.work("journal", COMMIT_SECONDS)

    async def create(self, record: SessionRecord) -> None:
        """See Journal."""
        if record.session_id in self._records:
            raise CodeTaken
        self._records[record.session_id] = record
        self._segments[record.session_id] = []
        await self._commit()

    async def update(self, record: SessionRecord) -> None:
        """See Journal."""
        self._records[record.session_id] = record
        await self._commit()

    async def append(self, session_id: str, final: Final, timestamp: int) -> Segment:
        """See Journal."""
        kept = self._segments[session_id]
        segment = Segment(len(kept) + 1, final.start, final.end, final.text, timestamp)
        kept.append(segment)
        await self._commit()
        return segment

    async def typed(self, session_id: str, texts: Sequence[str], position: int, timestamp: int) -> Sequence[Segment]:
        """See Journal: nobody types here."""
        return ()

    async def retract(self, session_id: str, segment_id: int) -> None:
        """See Journal: nothing is taken back here."""

    async def correct(self, session_id: str, segment_id: int, text: str, language: str | None) -> None:
        """See Journal: nothing is corrected here."""

    async def lines(self, session_id: str, lines: Sequence[Line]) -> None:
        """See Journal."""
        await self._commit()

    async def received(self, session_id: str, position: int) -> None:
        """See Journal."""
        self._records[session_id] = replace(self._records[session_id], received=position)
        await self._commit()

    async def spoken(self, session_id: str, segment_id: int, language: str, lag: int | None) -> None:
        """See Journal."""
        await self._commit()

    async def condensed(self, session_id: str, segment_id: int, language: str) -> None:
        """See Journal."""
        await self._commit()

    async def find(self, session_id: str) -> SessionRecord | None:
        """See Journal."""
        return self._records.get(session_id)

    async def sessions(self) -> Sequence[SessionRecord]:
        """See Journal: nothing is brought back."""
        return ()

    async def history(self, session_id: str) -> Sequence[Entry]:
        """See Journal: the session has its own."""
        return ()

    async def delete(self, session_id: str) -> None:
        """See Journal."""

    async def expired(self, *, ended_before: int, unstarted_before: int, idle_before: int) -> Sequence[str]:
        """See Journal: nothing gets old here."""
        return ()
