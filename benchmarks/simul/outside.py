"""Where real time passes: a second event loop in a thread, for engines whose work is done in children."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Self, TypeVar

T = TypeVar("T")

_CPU_CLOCK = 2
"""The kind of clock that `clock_getcpuclockid` names by a process id: CPU time of all its threads, in nanoseconds."""


def cpu_of(pid: int) -> float:
    """CPU seconds of a living process; 0 where it is gone."""
    try:
        return time.clock_gettime((~pid << 3) | _CPU_CLOCK)
    except OSError:
        return 0.0


class Outside:
    """Runs coroutines to their end while the caller's thread, and with it virtual time, stands still."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="outside")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """What it gives, however long that really takes."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class Meter:
    """CPU seconds that requests to an engine cost: its children's, and those of this process meanwhile.

    The caller's thread waits during a request, so all that this process does then is the request's. Not the wall
    clock: other programs on this machine would count.
    """

    def __init__(self, outside: Outside, pids: Callable[[], Sequence[int]]) -> None:
        """pids: the engine's living children."""
        self._outside = outside
        self._pids = pids
        self._seen: dict[int, float] = {}

    def between(self) -> float:
        """What the children have done since the last request without being asked: they made themselves ready."""
        return self._children()

    def measure(self, work: Coroutine[Any, Any, T]) -> tuple[T, float]:
        """What it gives, and what it cost."""
        began = time.process_time()
        result = self._outside.call(work)
        return result, time.process_time() - began + self._children()

    def _children(self) -> float:
        """Seconds since it was asked last. A child that is new counts from its start, one that died no more."""
        now = {pid: cpu_of(pid) for pid in self._pids()}
        spent = sum(max(0.0, seconds - self._seen.get(pid, 0.0)) for pid, seconds in now.items())
        self._seen = now
        return spent
