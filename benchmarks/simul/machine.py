"""A simulated machine: work of known length is done on its cores, all that runs at a time sharing them alike."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


def timed(function: Callable[[*Ts], T], *args: *Ts) -> tuple[T, float]:
    """What the function gives, and the CPU seconds of this thread that it took: others on this machine do not count."""
    began = time.thread_time()
    result = function(*args)
    return result, time.thread_time() - began


class Machine:
    """Processor sharing: of n jobs each runs at min(1, cores / n) of a core's speed. A job is one thread's work.

    All jobs that are under way have been served equally fast, so one number, how far a job that was there from the
    beginning would be, says when each is done.
    """

    def __init__(self, cores: int = 2) -> None:
        self._cores = cores
        self._loop = asyncio.get_running_loop()
        self._jobs: list[tuple[float, int, asyncio.Future[None]]] = []
        """by how far `_served` is when they are done"""
        self._numbers = count()
        self._served = 0.0
        self._at = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self.booked: Counter[str] = Counter()
        """CPU seconds by kind of work"""

    def begin(self, kind: str, seconds: float) -> asyncio.Future[None]:
        """Work that takes one core so long; the future is done when it is. Once begun it is done to the end."""
        done = self._loop.create_future()
        self.booked[kind] += seconds  # type: ignore[assignment]  # a Counter of seconds
        self._serve()
        heapq.heappush(self._jobs, (self._served + seconds, next(self._numbers), done))
        self._arrange()
        return done

    async def work(self, kind: str, seconds: float) -> None:
        """`begin`, and wait until it is done."""
        # who is cancelled does not stop a thread that is at work
        await asyncio.shield(self.begin(kind, seconds))

    def _rate(self) -> float:
        return min(1.0, self._cores / len(self._jobs))

    def _serve(self) -> None:
        now = self._loop.time()
        if self._jobs:
            self._served += (now - self._at) * self._rate()
        self._at = now

    def _arrange(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if self._jobs:
            left = max(0.0, self._jobs[0][0] - self._served)
            self._timer = self._loop.call_later(left / self._rate(), self._finish)

    def _finish(self) -> None:
        self._serve()
        # the timer was set for the first one: rounding must not keep it
        due = max(self._served, self._jobs[0][0])
        while self._jobs and self._jobs[0][0] <= due:
            _, _, done = heapq.heappop(self._jobs)
            if not done.done():
                done.set_result(None)
        self._served = due
        self._arrange()
