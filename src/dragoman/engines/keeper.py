"""Keeps an engine's children: started when they are needed, replaced when they die, gone when the engine is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Generic, Protocol, TypeVar

from dragoman.engines.children import ChildrenFailed
from dragoman.errors import EngineFailed

_ATTEMPTS = 2
"""Times that a request is put to children: the second time to new ones, where the first ones died."""

_FIRST = 3
"""So many times as long as usual may the first answer take: programs read their data then."""


class Kept(Protocol):
    """What is kept: children, or several that belong together."""

    @property
    def alive(self) -> bool:
        """Whether another request makes sense."""

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids."""

    async def ask(self, request: bytes) -> bytes:
        """The answer to a request. Raises ChildrenFailed; after that, or a cancellation, they have to be ended."""

    async def end(self) -> None:
        """Kill and reap them. Idempotent."""


K = TypeVar("K", bound=Kept)


class Keeper(Generic[K]):
    """Children that are started by the first request, and started anew after they died.

    One request is in flight; the others wait for their turn in the order in which they came. Whoever asks awaits the
    answer, so there are never more of them than callers.
    """

    def __init__(
        self,
        name: str,
        start: Callable[[], Awaitable[K]],
        *,
        timeout: float,
        refresh: Callable[[K], Awaitable[None]] | None = None,
    ) -> None:
        """name: for errors. start: makes them; raises OSError where it cannot. timeout: seconds for an answer.

        refresh: makes them ready for the next request while nobody waits; raises OSError where they are of no more
        use.
        """
        self._name = name
        self._start = start
        self._timeout = timeout
        self._refresh = refresh
        self._turn = asyncio.Lock()
        self._kept: K | None = None
        self._answered = False
        """those that are alive have given an answer"""
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the living children."""
        return self._kept.pids if self._kept is not None else ()

    async def ask(self, request: bytes) -> bytes:
        """The answer to a request. Raises EngineFailed; the next request may succeed."""
        if self._closed:
            raise EngineFailed(f"{self._name} was closed")
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        # in a task of the keeper's own: a caller who goes away in the middle must not cost the others the children
        self._own(self._serve(request, answer))
        return await answer

    def retire(self, idle: Callable[[], bool]) -> None:
        """End the children when it is their turn, if `idle` says then that nobody needs them."""
        if not self._closed:
            self._own(self._retire(idle))

    async def close(self) -> None:
        """End the children now; whoever waits is told. Idempotent."""
        self._closed = True
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
                answer.set_exception(EngineFailed(f"{self._name} was closed"))
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
            if self._refresh is not None and self._kept is not None:
                await self._refresh(self._kept)
        except OSError:
            await self._end()

    async def _put(self, request: bytes) -> bytes:
        """The answer of living children. Raises EngineFailed."""
        reason = ""
        for _ in range(_ATTEMPTS):
            try:
                async with asyncio.timeout(self._timeout * (1 if self._answered else _FIRST)):
                    result = await (await self._living()).ask(request)
            except ChildrenFailed as error:
                reason = str(error)
                await self._end()
            except TimeoutError as error:
                raise EngineFailed(f"{self._name} gave no answer in time") from error
            except OSError as error:
                raise EngineFailed(f"{self._name} cannot be started: {error}") from error
            else:
                self._answered = True
                return result
        raise EngineFailed(f"{self._name} failed twice: {reason}")

    async def _living(self) -> K:
        if self._kept is not None and not self._kept.alive:
            await self._end()
        if self._kept is None:
            self._kept = await self._start()
        return self._kept

    async def _retire(self, idle: Callable[[], bool]) -> None:
        async with self._turn:
            if idle():
                await self._end()

    async def _end(self) -> None:
        self._answered = False
        if self._kept is not None:
            await self._kept.end()
            # not before: if this is cancelled, whoever ends it next has to find it
            self._kept = None
