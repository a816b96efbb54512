"""Whether an engine that failed may be asked again: decides without a clock of its own."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

SPREAD = 0.2
"""By how much of itself a wait varies, so that the sessions of a server do not all come back at once."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an engine is borne with. All in seconds."""

    failing: float = 10.0
    """for how long it may fail before another does its work"""
    first: float = 15.0
    """from then until it is tried again"""
    longest: float = 300.0
    """what that grows to, twofold with every trial that fails"""


State = Literal["well", "failing", "shut"]


class Breaker:
    """One engine at one job for one session: asked while it answers, left alone while it does not, tried now and then.

    Every time is in seconds on one clock that never goes back. `chance` gives numbers from 0 to 1.
    """

    def __init__(self, patience: Patience, chance: Callable[[], float] = random.random) -> None:
        self._patience = patience
        self._chance = chance
        self._failing_since: float | None = None
        self._due: float | None = None
        """when it may be tried again; None where it is not shut"""
        self._wait = patience.first
        self._trying = False
        self._early = False
        """what is tried now is tried before it was due"""

    @property
    def state(self) -> State:
        """How it is."""
        if self._due is not None:
            return "shut"
        return "well" if self._failing_since is None else "failing"

    def may(self, now: float) -> bool:
        """Whether it could be asked now. Where it is shut: whether a trial is due that nobody is making."""
        return self._due is None or (now >= self._due and not self._trying)

    def ask(self, now: float, *, anyway: bool = False) -> bool:
        """Take leave to ask it; False where it must be left alone. What becomes of it is to be told.

        anyway: there is nobody else to be asked.
        """
        if self._due is None:
            return True
        due = self.may(now)
        if not due and not anyway:
            return False
        self._trying, self._early = True, not due
        return True

    def succeeded(self) -> bool:
        """It answered; True where it is back by that. What was asked before it was shut is no trial."""
        if self._due is not None and not self._trying:
            return False
        back = self._due is not None
        self._failing_since = self._due = None
        self._wait = self._patience.first
        self._trying = False
        return back

    def failed(self, now: float, *, lasting: bool = False) -> bool:
        """It did not answer; True where it is shut by that. lasting: asking again soon would not help."""
        if self._due is not None:
            tried, self._trying = self._trying, False
            if tried and not self._early:
                self._wait = min(self._patience.longest, 2 * self._wait)
                self._shut(now)
            return False
        if self._failing_since is None:
            self._failing_since = now
        if not lasting and now - self._failing_since < self._patience.failing:
            return False
        self._shut(now)
        return True

    def dropped(self) -> None:
        """What it was asked is not wanted any more: that says nothing of it."""
        self._trying = False

    def _shut(self, now: float) -> None:
        self._failing_since = None
        self._due = now + self._wait * (1 + SPREAD * (2 * self._chance() - 1))
