"""The one doorway from the SDK's threads to the event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Doorway(Generic[T]):
    """A bounded queue that any thread may fill and one reader empties.

    When it is full, what `passing` calls passing (a later one says more) is left out; for the rest one more place is
    made by dropping the oldest passing one. Where there is none, the reader is so far behind that the doorway breaks:
    `overrun` is set, and nothing more is taken. After `close` nothing comes through.
    """

    def __init__(self, limit: int, passing: Callable[[T], bool]) -> None:
        """To be made on the loop whose reader it has."""
        self._loop = asyncio.get_running_loop()
        self._limit = limit
        self._passing = passing
        self._waiting: deque[T] = deque()
        self._news = asyncio.Event()
        self._closed = False
        self.overrun = False
        """something that must not be lost found no place"""

    def hand(self, thing: T) -> None:
        """Called from any thread; never waits."""
        # Where the loop is closed there is no reader left either.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._take, thing)

    async def next(self, seconds: float) -> T | None:
        """The next thing, None where none comes in this time."""
        if not self._waiting:
            self._news.clear()
            # wait_for of Python 3.11 forgets that it was cancelled where something comes at that moment.
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._news.wait()
        return self._waiting.popleft() if self._waiting else None

    def close(self) -> None:
        """Let nothing more through. Idempotent; on the loop."""
        self._closed = True
        self._waiting.clear()

    def _take(self, thing: T) -> None:
        if self._closed or self.overrun:
            return
        if len(self._waiting) >= self._limit:
            if self._passing(thing):
                return
            oldest = next((one for one in self._waiting if self._passing(one)), None)
            if oldest is None:
                self.overrun = True
                self._news.set()
                return
            self._waiting.remove(oldest)
        self._waiting.append(thing)
        self._news.set()
