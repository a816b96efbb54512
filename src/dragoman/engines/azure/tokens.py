"""Values that a service lends for a while (tokens, relay credentials): fetched when first wanted, renewed in time."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from dragoman.errors import EngineFailed

T = TypeVar("T")

_AHEAD = (0.2, 0.3)
"""Part of its time that is left when a value is renewed, at least and at most: a dozen servers that were started
together do not ask together for ever."""
_BACKOFF_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0)
"""How long after one failed renewal the next is tried, times 0.5 to 1."""


class Renewed(Generic[T]):
    """One value that is always fresh. `close` ends its tasks; the constructor starts none.

    Many may wait for the value at once: one fetch serves them all.
    """

    def __init__(
        self,
        name: str,
        fetch: Callable[[], Awaitable[tuple[T, float]]],
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """name: what it is, for errors and tasks. fetch: a new value and for how many seconds from the asking it may be
        used; what it raises, everybody who waits is told. now: seconds. chance: 0 to 1.
        """
        self._name = name
        self._fetch = fetch
        self._now = now
        self._sleep = sleep
        self._chance = chance
        self._held: tuple[T, float] | None = None
        """the value, and when it ends"""
        self._fetching: asyncio.Task[T] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._watchers: list[Callable[[T], None]] = []
        self._closed = False

    async def get(self) -> T:
        """The value, which can be used for a fifth of its time at least unless renewing it has failed meanwhile.

        Raises what the fetch raised where there is no value that lasts, EngineFailed where this is closed.
        """
        if self._held is not None and self._now() < self._held[1]:
            return self._held[0]
        fetching = self._begin()
        await asyncio.wait([fetching])
        if fetching.cancelled():
            raise EngineFailed(f"The {self._name} is not fetched any more: its engine was closed.")
        return fetching.result()

    def watch(self, told: Callable[[T], None]) -> Callable[[], None]:
        """Tell of every new value from now on, on the loop; while somebody watches, renewing is never given up.

        What this returns ends it.
        """
        self._watchers.append(told)

        def end() -> None:
            if told in self._watchers:
                self._watchers.remove(told)

        return end

    def refuse(self, value: T) -> None:
        """This value is not accepted any more, before its time: whoever asks next gets another. One that has taken its
        place already stays.
        """
        if self._held is not None and self._held[0] == value:
            self._held = None

    async def close(self) -> None:
        """Forget the value and renew it no more. Idempotent."""
        self._closed = True
        self._held = None
        self._watchers.clear()
        tasks = [task for task in (self._keeping, self._fetching) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _begin(self) -> asyncio.Task[T]:
        if self._closed:
            raise EngineFailed(f"The {self._name} is not fetched any more: its engine was closed.")
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._once(), name=f"fetching {self._name}")
            self._fetching.add_done_callback(_seen)
        return self._fetching

    async def _once(self) -> T:
        asked = self._now()
        value, seconds = await self._fetch()
        self._held = value, asked + seconds
        for told in tuple(self._watchers):
            told(value)
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep(), name=f"renewing {self._name}")
        return value

    async def _keep(self) -> None:
        """Renew it in time; where that fails, again and again until it has run out and nobody watches."""
        failures = 0
        while self._held is not None:
            left = self._held[1] - self._now()
            if left <= 0 and not self._watchers:
                self._held = None
                return
            await self._sleep(self._pause(left, failures))
            fetching = self._begin()
            await asyncio.wait([fetching])
            failures = failures + 1 if fetching.cancelled() or fetching.exception() else 0

    def _pause(self, left: float, failures: int) -> float:
        """Seconds until it is asked for again, where so many are left of it."""
        if not failures:
            least, most = _AHEAD
            return max(0.0, left) * (1 - least - (most - least) * self._chance())
        return _BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS)) - 1] * (0.5 + 0.5 * self._chance())


def _seen(task: asyncio.Task[T]) -> None:
    """Nobody may be waiting any more for what has failed; then the keeper tries again, and asyncio need not warn."""
    if not task.cancelled():
        task.exception()
