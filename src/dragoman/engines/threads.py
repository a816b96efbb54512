"""One door to threads: a worker that does blocking jobs one at a time, the most urgent first."""

from __future__ import annotations

import asyncio
import heapq
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class WorkerClosed(Exception):
    """The worker takes no more jobs."""


@dataclass(order=True, slots=True)
class _Job:
    urgency: int
    number: int
    """jobs of equal urgency are done in the order of asking"""
    work: Callable[[], Any] = field(compare=False)
    loop: asyncio.AbstractEventLoop = field(compare=False)
    answer: asyncio.Future[Any] = field(compare=False)


class Worker:
    """A thread of its own, started by the first job and ended by `close`, which is up to the owner.

    The heap of waiting jobs needs no bound: everyone who asks awaits the answer, so there are never more jobs than
    tasks. A job whose asker is cancelled before its turn is left out; one that is running cannot be stopped.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: list[_Job] = []
        self._numbers = count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    async def run(self, urgency: int, function: Callable[[*Ts], T], *args: *Ts) -> T:
        """Call `function` in the thread; smaller `urgency` goes first. Raises what it raises, or WorkerClosed."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        with self._changed:
            if self._closed:
                raise WorkerClosed(f"The worker {self._name} is closed.")
            if self._thread is None:
                # a daemon: a server that dies without closing its engines must not hang on them
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            heapq.heappush(self._jobs, _Job(urgency, next(self._numbers), lambda: function(*args), loop, answer))
            self._changed.notify()
        return await answer

    async def close(self) -> None:
        """Let the running job end, answer the waiting ones with WorkerClosed, end the thread. Idempotent."""
        with self._changed:
            self._closed = True
            waiting, self._jobs = self._jobs, []
            self._changed.notify()
        for job in waiting:
            _answer(job, error=WorkerClosed(f"The worker {self._name} was closed."))
        if self._thread is not None:
            # polled, for the last thing that a thread can report is still before its end
            while self._thread.is_alive():  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    def _work(self) -> None:
        while (job := self._next()) is not None:
            if job.answer.cancelled():
                continue
            try:
                result = job.work()
            except BaseException as error:  # noqa: BLE001  # whatever it is belongs to the asker; the thread goes on
                _answer(job, error=error)
            else:
                _answer(job, result=result)
            del job  # the next one may be long in coming: this one's sound is not held till then

    def _next(self) -> _Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._closed)
            return heapq.heappop(self._jobs) if self._jobs else None


def _answer(job: _Job, *, result: Any = None, error: BaseException | None = None) -> None:
    def settle() -> None:
        if job.answer.cancelled():
            return
        if error is not None:
            job.answer.set_exception(error)
        else:
            job.answer.set_result(result)

    with suppress(RuntimeError):  # the asker's loop is closed: nobody waits
        job.loop.call_soon_threadsafe(settle)
