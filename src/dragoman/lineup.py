"""Which engine does each job for one session now, and which stands behind it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Literal, TypeVar

import structlog

from dragoman.engines.pool import Covers, Pool
from dragoman.errors import EngineFailed
from dragoman.events import EngineState
from dragoman.fallback import Breaker, Patience

log = structlog.get_logger(__name__)

T = TypeVar("T")

LONGEST_SECONDS = 60.0
"""For how long the last engine that can do a piece of work is waited for: its own timeouts are shorter."""


def _everything(_engine: str) -> bool:
    return True


class Lineup:
    """The engines of one session. All decisions are made at the call."""

    def __init__(
        self,
        pool: Pool,
        *,
        patience: Patience,
        choice: Callable[[], Mapping[str, str]],
        costs: Callable[[str], bool],
        told: Callable[[EngineState], None],
        time: Callable[[], float],
        chance: Callable[[], float] = random.random,
    ) -> None:
        """choice: the host's, by job, asked again every time. costs: whether an engine of this name costs anything.

        told: what changes. time: seconds on a clock that never goes back.
        """
        self._pool = pool
        self._patience = patience
        self._choice = choice
        self._costs = costs
        self._told = told
        self._time = time
        self._chance = chance
        self._breakers: dict[tuple[str, str], Breaker] = {}
        self._frugal = False
        self._covers: dict[str, Covers] = {}

    # -- who stands where

    def order(self, job: str) -> tuple[str, ...]:
        """Who may do a job, the best first."""
        names = self._pool.order(job, self._choice().get(job))
        if not self._frugal:
            return names
        # Where all that the host's choice leaves would cost, anybody who costs nothing is better than nobody.
        return tuple(
            [name for name in names if not self._costs(name)]
            or [name for name in self._pool.order(job) if not self._costs(name)]
            or names[-1:]
        )

    def able(self, job: str, covers: Covers = _everything) -> tuple[str, ...]:
        """Those of them who can do a piece of work."""
        return tuple(name for name in self.order(job) if covers(name))

    def ready(self, job: str, covers: Covers = _everything) -> tuple[str, ...]:
        """Those who may be asked now; where none may, all who could."""
        able, now = self.able(job, covers), self._time()
        return tuple(name for name in able if self._breaker(job, name).may(now)) or able

    def up(self, job: str, covers: Covers = _everything) -> str | None:
        """Who does a piece of work as long as nothing is tried."""
        able = self.able(job, covers)
        well = (name for name in able if self._breaker(job, name).state != "shut")
        # Where all have failed it is the turn of the first that is due, and until then of the last.
        now = self._time()
        due = (name for name in able if self._breaker(job, name).may(now))
        return next(well, None) or next(due, able[-1] if able else None)

    def covering(self, job: str, covers: Covers) -> None:
        """From now on `at_work` is about this work."""
        self._covers[job] = covers

    def at_work(self) -> dict[str, str]:
        """Who does each job now."""
        found = {job: self.up(job, self._covers.get(job, _everything)) or self.up(job) for job in self._pool.jobs}
        return {job: name for job, name in found.items() if name}

    def replaced(self) -> list[EngineState]:
        """Each job that another engine does than the one chosen for it, as it would be told when that began."""
        found = []
        for job, now in self.at_work().items():
            covers = self._covers.get(job, _everything)
            names = self._pool.order(job, self._choice().get(job))
            wanted = next(filter(covers, names), names[0])
            if now != wanted:
                reason: Literal["cost", "failed"] = "cost" if self._frugal and self._costs(wanted) else "failed"
                found.append(EngineState(job, now, wanted, reason))
        return found

    def due(self, job: str, before: str, covers: Covers = _everything) -> str | None:
        """A better engine than `before` that is to be tried now."""
        now = self._time()
        for name in self.able(job, covers):
            if name == before:
                return None
            if self._breaker(job, name).may(now):
                return name
        return None

    # -- what becomes of what they are asked

    def ask(self, job: str, engine: str, *, anyway: bool = False) -> bool:
        """Take leave to ask an engine; see Breaker.ask."""
        return self._breaker(job, engine).ask(self._time(), anyway=anyway)

    def succeeded(self, job: str, engine: str) -> None:
        """It answered."""
        before = self.at_work().get(job, engine)
        if self._breaker(job, engine).succeeded():
            log.info("engine is back", job=job, engine=engine)
            self._tell(job, before, "returned")

    def failed(self, job: str, engine: str, error: Exception, *, at_once: bool = False) -> None:
        """It did not answer. at_once: another does its work from now on, for however short a time it has failed."""
        before = self.at_work().get(job, engine)
        lasting = at_once or (isinstance(error, EngineFailed) and error.lasting)
        if self._breaker(job, engine).failed(self._time(), lasting=lasting):
            log.warning("engine is left alone for a while", job=job, engine=engine)
            self._tell(job, before, "failed")

    def dropped(self, job: str, engine: str) -> None:
        """What it was asked is not wanted any more."""
        self._breaker(job, engine).dropped()

    async def first(
        self,
        job: str,
        names: Iterable[str],
        work: Callable[[str], Awaitable[T]],
        *,
        seconds: float,
        begins: bool = False,
    ) -> tuple[str, T]:
        """What the first of these engines makes of a piece of work that does not fail, and its name.

        seconds: how long one is waited for while another stands behind it. begins: there is more to come of it, and the
        caller tells what becomes of that. Raises EngineFailed where none can do it.
        """
        able = tuple(names)
        failure: Exception = EngineFailed(f"no {job} here can do this")
        for place, name in enumerate(able, 1):
            last = place == len(able)
            if not self.ask(job, name, anyway=last):
                continue
            try:
                async with asyncio.timeout(LONGEST_SECONDS if last else seconds):
                    made = await work(name)
            except TimeoutError:
                failure = EngineFailed(f"{name} did not answer in time")
                self.failed(job, name, failure)
            except asyncio.CancelledError:
                self.dropped(job, name)
                raise
            except Exception as error:  # noqa: BLE001  # an engine's bug is a failure of this piece of work
                # An unexpected error's words may quote what was said.
                failure = error if isinstance(error, EngineFailed) else EngineFailed(type(error).__name__)
                self.failed(job, name, failure)
            else:
                if not begins:
                    self.succeeded(job, name)
                return name, made
            if not last:
                log.warning("engine failed, the next is asked", job=job, engine=name, reason=str(failure))
        raise failure

    # -- what changes

    def save(self, *, tell: bool = True) -> None:
        """Only what costs nothing is used from now on, where there is such a one."""
        if self._frugal:
            return
        before = self.at_work()
        self._frugal = True
        for job, engine in before.items() if tell else ():
            self._tell(job, engine, "cost")

    def chosen(self, before: Mapping[str, str]) -> None:
        """The host's choice has changed. before: who did each job until then."""
        for job, engine in before.items():
            self._tell(job, engine, "chosen")

    def _tell(self, job: str, before: str, reason: str) -> None:
        now = self.at_work().get(job, before)
        if now != before:
            self._told(EngineState(job, now, before, reason))  # type: ignore[arg-type]  # the callers' literals

    def _breaker(self, job: str, engine: str) -> Breaker:
        key = (job, engine)
        if key not in self._breakers:
            self._breakers[key] = Breaker(self._patience, self._chance)
        return self._breakers[key]
