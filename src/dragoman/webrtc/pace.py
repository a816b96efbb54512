"""How many joins are begun a second: each takes the loop some milliseconds that the media of others waits for."""

from __future__ import annotations

import math

from dragoman.errors import TooMany

JOINS_PER_SECOND = 20.0
MOST_WAIT_SECONDS = 10.0


class Pace:
    """Gives every join its turn, at even distances."""

    def __init__(self, per_second: float = JOINS_PER_SECOND, most_wait: float = MOST_WAIT_SECONDS) -> None:
        """most_wait: seconds; who would have to wait longer is sent away."""
        self._distance = 1 / per_second
        self._most_wait = most_wait
        self._next = -math.inf

    def turn(self, now: float) -> float:
        """Seconds to wait for the turn that is hereby taken. now: a clock in seconds. Raises TooMany."""
        at = max(now, self._next)
        if at - now > self._most_wait:
            raise TooMany("too many listeners are connecting; try again in a moment", retry_after=2)
        self._next = at + self._distance
        return at - now
