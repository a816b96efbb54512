"""What became of a line is written down before people are told, and in spite of a journal that fails for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from dragoman import clerk as clerks
from dragoman.clerk import Clerk, News
from dragoman.events import AvatarState, PaceHint, SegmentCondensed
from dragoman.history import History
from dragoman.journal import JournalFailed
from dragoman.speech import Entry, Line, Segment
from rooms import until


class Book:
    """A journal that fails as often as it is told to."""

    def __init__(self) -> None:
        self.fails = 0
        self.kept: list[tuple[int, int | None]] = []
        """segment and lag, None where it was condensed"""

    def _write(self, segment_id: int, lag: int | None) -> None:
        if self.fails:
            self.fails -= 1
            raise JournalFailed("scripted")
        self.kept.append((segment_id, lag))

    async def spoken(self, _session: str, segment_id: int, _language: str, lag: int | None) -> None:
        self._write(segment_id, lag)

    async def condensed(self, _session: str, segment_id: int, _language: str) -> None:
        self._write(segment_id, None)


@asynccontextmanager
async def working(book: Book) -> AsyncIterator[tuple[Clerk, History, list[News]]]:
    history = History([Entry(Segment(n, 0, 1, "one", 0), {"es": Line(n, "es", "uno")}) for n in (1, 2, 3)])
    told: list[News] = []

    async def tell(news: News) -> None:
        told.append(news)
        if len(told) == 1 and isinstance(news, PaceHint):
            raise RuntimeError("scripted")

    clerk = Clerk("123456", history, cast(Any, book), tell)
    running = asyncio.create_task(clerk.run())
    try:
        yield clerk, history, told
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clerks, "_AGAIN_SECONDS", 0.01)


def line(history: History, segment_id: int) -> Line:
    entry = history.entry(segment_id)
    assert entry is not None
    return entry.lines["es"]


async def settled(condition: Callable[[], bool]) -> None:
    await until(condition)
    await asyncio.sleep(0.02)


async def test_nobody_hears_of_what_is_not_kept_and_who_speaks_is_heard_at_once() -> None:
    book = Book()
    book.fails = 3
    async with working(book) as (clerk, history, told):
        clerk.condensed("es", 1)
        clerk.avatar(AvatarState("es", 2, True, 2400))
        await until(lambda: len(told) == 1)
        assert told == [AvatarState("es", 2, True, 2400)]
        assert not line(history, 1).condensed
        await settled(lambda: len(told) == 2)
        assert told[1] == SegmentCondensed("es", 1)
        assert book.kept == [(1, None), (2, 2400)]
        assert line(history, 1) == Line(1, "es", "uno", condensed=True)
        assert line(history, 2) == Line(2, "es", "uno", lag=2400)


async def test_the_first_time_counts() -> None:
    book = Book()
    async with working(book) as (clerk, history, told):
        for lag in (1000, 5000):
            clerk.avatar(AvatarState("es", 1, True, lag))
            clerk.avatar(AvatarState("es", 1, False, lag))
        clerk.condensed("es", 2)
        clerk.condensed("es", 2)
        clerk.avatar(AvatarState("es", 3, True, None))
        clerk.condensed("es", 99)
        await settled(lambda: len(told) == 6)
        assert book.kept == [(1, 1000), (2, None)]
        assert told.count(SegmentCondensed("es", 2)) == 1
        assert line(history, 3).lag is None


async def test_what_broke_off_and_could_not_be_said_again_is_shown_only() -> None:
    book = Book()
    async with working(book) as (clerk, history, told):
        clerk.avatar(AvatarState("es", 1, True, 1000))
        clerk.condensed("es", 1)
        clerk.avatar(AvatarState("es", 1, True, 5000))
        await settled(lambda: len(told) == 3)
        assert book.kept == [(1, 1000), (1, None)]
        assert line(history, 1) == Line(1, "es", "uno", condensed=True)


async def test_news_that_cannot_be_told_costs_itself_only() -> None:
    async with working(Book()) as (clerk, _, told):
        clerk.hint(PaceHint("es", 6200, True))
        clerk.hint(PaceHint("es", 3000, False))
        await until(lambda: len(told) == 2)
