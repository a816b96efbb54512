"""One pair of languages, shared by all who translate it."""

from __future__ import annotations

import asyncio

from dragoman.engines.embedded.apertium import Mode
from dragoman.engines.embedded.pipeline import Pipeline
from dragoman.engines.keeper import Keeper


class Pair:
    """A pipeline that is kept while somebody uses the pair, and ended some time after its last user has left."""

    def __init__(self, mode: Mode, *, timeout: float, linger: float) -> None:
        """timeout, linger: seconds for an answer, seconds from the last user's leaving to the end."""
        self._keeper = Keeper(mode.name, lambda: Pipeline.start(mode), timeout=timeout, refresh=Pipeline.refresh)
        self._linger = linger
        self._users = 0
        self._farewell: asyncio.TimerHandle | None = None

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the living children."""
        return self._keeper.pids

    def join(self) -> None:
        """One more user."""
        self._users += 1
        self._stay()

    def leave(self) -> None:
        """One user less; the children end soon after the last."""
        self._users -= 1
        if self._users == 0:
            self._farewell = asyncio.get_running_loop().call_later(self._linger, self._keeper.retire, self._is_idle)

    async def ask(self, request: bytes) -> bytes:
        """The answer to a request that ends with NUL. Raises EngineFailed; the next request may succeed."""
        return await self._keeper.ask(request)

    async def close(self) -> None:
        """End the children now; whoever waits is told. Idempotent."""
        self._stay()
        await self._keeper.close()

    def _stay(self) -> None:
        if self._farewell is not None:
            self._farewell.cancel()
            self._farewell = None

    def _is_idle(self) -> bool:
        return self._users == 0
