"""What is used for a session that is over: written down with what it used before, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import structlog

from dragoman.cost import Meter, Prices
from dragoman.engines.protocols import UsageKind
from dragoman.journal import Journal, JournalFailed

log = structlog.get_logger(__name__)


class Ledger:
    """One for a server. Sessions that go on have a `Treasurer`."""

    def __init__(
        self, journal: Journal, prices: Prices, spent: Callable[[str, str, float], None] = lambda *_: None
    ) -> None:
        """spent: told of every amount, by engine, kind and money."""
        self._journal = journal
        self._prices = prices
        self._spent = spent
        self._writing = asyncio.Lock()

    async def add(self, session_id: str, engine: str, amounts: Mapping[UsageKind, float]) -> None:
        """So much more of an engine was used, by kind in its units. A session that is gone is not written down."""
        try:
            async with self._writing:
                await self._add(session_id, engine, amounts)
        except JournalFailed as error:
            log.error("journal failed", session=session_id, reason=str(error))

    async def _add(self, session_id: str, engine: str, amounts: Mapping[UsageKind, float]) -> None:
        record = await self._journal.find(session_id)
        before = record.usage if record is not None else {}
        meter = Meter(self._prices, amounts={name: dict(kinds) for name, kinds in before.items()})
        meter.grown = self._spent
        for kind, amount in amounts.items():
            meter.used(engine, kind, amount)
        if record is not None and meter.amounts != before:
            await self._journal.used(session_id, meter.amounts)
