"""Whose turn it is to connect: the account's limits on avatar connections queue in order, and do not fail."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

_MINUTE = 60.0
_FIRST_BACKOFF, _MOST_BACKOFF = 5.0, 120.0
"""Seconds without a new connection after the service refused one for the first time in a row, and at most."""


class Gate:
    """One for all avatars of an account. The lines in front of it are not bounded: nobody waits twice, and there are no
    more avatars than languages on air, or listeners with a connection of their own.
    """

    def __init__(
        self,
        *,
        per_minute: int,
        at_most: int,
        minute: float = _MINUTE,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """per_minute: connections begun. at_most: at a time. minute: seconds. chance: 0 to 1."""
        self._per_minute = per_minute
        self._minute = minute
        self._now = now
        self._sleep = sleep
        self._chance = chance
        self._places = asyncio.Semaphore(at_most)
        self._turn = asyncio.Lock()
        self._begun: deque[float] = deque(maxlen=per_minute)
        self._not_before = 0.0
        self._refusals = 0
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """How many stand in the queue."""
        return self._waiting

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A connection may be begun inside, and is over at the end."""
        self._waiting += 1
        counted = True
        try:
            async with self._places:
                # Both the semaphore and the lock let people in as they came.
                async with self._turn:
                    while (pause := self._pause()) > 0:
                        await self._sleep(pause)
                    self._begun.append(self._now())
                self._waiting -= 1
                counted = False
                yield
        finally:
            self._waiting -= counted

    def _pause(self) -> float:
        """Seconds until the next may begin; 0 at once."""
        now = self._now()
        full = len(self._begun) == self._per_minute
        return max(0.0, self._not_before - now, self._begun[0] + self._minute - now if full else 0.0)

    def refused(self) -> None:
        """The service takes no more connections now (429)."""
        pause = min(_MOST_BACKOFF, _FIRST_BACKOFF * 2**self._refusals) * self._minute / _MINUTE
        self._refusals = min(self._refusals + 1, 10)
        self._not_before = max(self._not_before, self._now() + pause * (0.75 + 0.5 * self._chance()))

    def welcomed(self) -> None:
        """The service took one."""
        self._refusals = 0
