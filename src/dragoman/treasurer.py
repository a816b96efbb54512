"""What a session costs, watched: written down, told to its host, and held to its limit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from dragoman.cost import WARNING, Meter
from dragoman.events import CostUpdated, Notice
from dragoman.journal import Journal, JournalFailed

log = structlog.get_logger(__name__)

EVERY_SECONDS = 5.0
"""The host is told, and the journal, so often at most. A crash forgets no more than this."""


class Treasurer:
    """Listens to a session's meter; works while `run` does, and writes once more in `close`."""

    def __init__(
        self,
        session_id: str,
        meter: Meter,
        journal: Journal,
        *,
        tell: Callable[[CostUpdated | Notice], None],
        spent: Callable[[str, str, float], None],
        save: Callable[[], None],
    ) -> None:
        """tell: the host; never waits. spent: told of every amount, by engine, kind and money. save: called when the
        limit is reached.
        """
        self._session_id = session_id
        self._meter = meter
        self._journal = journal
        self._tell = tell
        self._spent = spent
        self._save = save
        self._grown = asyncio.Event()
        self._warned = meter.share >= WARNING
        self._over = meter.share >= 1
        meter.grown = self._count

    async def run(self) -> None:
        """Write and tell until cancelled."""
        while True:
            await self._grown.wait()
            self._tell(CostUpdated(self._meter.cost()))
            await self._keep()
            await asyncio.sleep(EVERY_SECONDS)

    async def close(self) -> None:
        """`run` is over and nothing more will be used: write what is not written yet."""
        if self._grown.is_set():
            await self._keep()

    async def _keep(self) -> None:
        # Cleared before, for what is counted goes on growing meanwhile.
        self._grown.clear()
        try:
            await self._journal.used(self._session_id, self._meter.amounts)
        except JournalFailed as error:
            log.error("journal failed", session=self._session_id, reason=str(error))
            self._grown.set()
        except asyncio.CancelledError:
            self._grown.set()
            raise

    def _count(self, engine: str, kind: str, money: float) -> None:
        self._spent(engine, kind, money)
        self._grown.set()
        share = self._meter.share
        if share >= WARNING and not self._warned:
            self._warned = True
            self._tell(
                Notice(
                    f"This session has used {WARNING:.0%} of the {self._limit} that it may cost.",
                    "unavailable",
                    "costNear",
                )
            )
        if share >= 1 and not self._over:
            self._over = True
            log.warning("session has reached its limit of cost", session=self._session_id)
            self._tell(
                Notice(
                    f"This session has cost the {self._limit} that it may; it goes on with engines that cost nothing.",
                    "unavailable",
                    "costReached",
                )
            )
            self._save()

    @property
    def _limit(self) -> str:
        return f"{self._meter.limit:.2f} {self._meter.prices.currency}"
