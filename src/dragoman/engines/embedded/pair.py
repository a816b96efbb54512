"""One pair of languages, shared by all who translate it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from dragoman.engines.children import ChildrenFailed
from dragoman.engines.embedded.apertium import Mode
from dragoman.engines.embedded.pipeline import Pipeline
from dragoman.engines.embedded.plaintext import is_whole
from dragoman.errors import EngineFailed

_ATTEMPTS = 2
"""Times that a request is put to programs: the second time to new ones, where the first ones died."""

_DYING_SECONDS = 0.05
"""Time in which a program whose output has ended is seen to be dead."""

_FIRST = 3
"""So many times as long as usual may the first answer take: the dictionaries are read then."""


class Pair:
    """A pipeline that is started by the first request, started anew after it died, and ended some time after its last
    user has left.

    One request is in flight; the others wait for their turn in the order in which they came. Whoever asks awaits the
    answer, so there are never more of them than callers.
    """

    def __init__(self, mode: Mode, *, timeout: float, linger: float) -> None:
        """timeout, linger: seconds for an answer, seconds from the last user's leaving to the end."""
        self._mode = mode
        self._timeout = timeout
        self._linger = linger
        self._users = 0
        self._farewell: asyncio.TimerHandle | None = None
        self._turn = asyncio.Lock()
        self._pipeline: Pipeline | None = None
        self._answered = False
        """the living pipeline has given an answer"""
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the living children."""
        return self._pipeline.pids if self._pipeline is not None else ()

    def join(self) -> None:
        """One more user."""
        self._users += 1
        if self._farewell is not None:
            self._farewell.cancel()
            self._farewell = None

    def leave(self) -> None:
        """One user less; the children end soon after the last."""
        self._users -= 1
        if self._users == 0 and not self._closed:
            self._farewell = asyncio.get_running_loop().call_later(self._linger, lambda: self._own(self._retire()))

    async def ask(self, request: bytes) -> bytes:
        """The answer to a request that ends with NUL. Raises EngineFailed; the next request may succeed."""
        if self._closed:
            raise EngineFailed(f"{self._mode.name} was closed")
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        # in a task of the pair's own: a caller who goes away in the middle must not cost the others the pipeline
        self._own(self._serve(request, answer))
        return await answer

    async def close(self) -> None:
        """End the children now; whoever waits is told. Idempotent."""
        self._closed = True
        if self._farewell is not None:
            self._farewell.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._end()

    def _own(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, request: bytes, answer: asyncio.Future[bytes]) -> None:
        try:
            async with self._turn:
                if not answer.cancelled():
                    await self._answer(request, answer)
        except asyncio.CancelledError:
            if not answer.done():
                answer.set_exception(EngineFailed(f"{self._mode.name} was closed"))
            raise

    async def _answer(self, request: bytes, answer: asyncio.Future[bytes]) -> None:
        try:
            result = await self._put(request)
        except EngineFailed as error:
            await self._end()
            if not answer.cancelled():
                answer.set_exception(error)
            return
        if not answer.cancelled():
            answer.set_result(result)
        try:
            if self._pipeline is not None:
                await self._pipeline.refresh()
        except OSError:
            await self._end()

    async def _put(self, request: bytes) -> bytes:
        """The answer of living programs. Raises EngineFailed."""
        reason = ""
        for _ in range(_ATTEMPTS):
            try:
                async with asyncio.timeout(self._timeout * (1 if self._answered else _FIRST)):
                    result = await self._heard(await self._living(), request)
            except ChildrenFailed as error:
                reason = str(error)
                await self._end()
            except TimeoutError as error:
                raise EngineFailed(f"{self._mode.name} gave no answer in time") from error
            except OSError as error:
                raise EngineFailed(f"{self._mode.name} cannot be started: {error}") from error
            else:
                self._answered = True
                return result
        raise EngineFailed(f"{self._mode.name} failed twice: {reason}")

    async def _heard(self, pipeline: Pipeline, request: bytes) -> bytes:
        """The pipeline's answer. Raises ChildrenFailed."""
        result = await pipeline.ask(request)
        if not is_whole(result):
            # A dying program's output ends a moment before its death can be seen.
            await asyncio.sleep(_DYING_SECONDS)
            if not pipeline.alive:
                raise ChildrenFailed("one of them died in the middle of a text")
        return result

    async def _living(self) -> Pipeline:
        if self._pipeline is not None and not self._pipeline.alive:
            await self._end()
        if self._pipeline is None:
            self._pipeline = await Pipeline.start(self._mode)
        return self._pipeline

    async def _retire(self) -> None:
        async with self._turn:
            if self._users == 0:
                await self._end()

    async def _end(self) -> None:
        self._answered = False
        if self._pipeline is not None:
            await self._pipeline.end()
            # not before: if this is cancelled, whoever ends it next has to find it
            self._pipeline = None
