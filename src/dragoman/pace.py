"""How fast an avatar speaks: as its speaker does, and a little faster while what it has to say waits."""

from __future__ import annotations

FASTEST = 1.3
"""Of the voice's natural pace. Above it listeners begin to miss words."""
FITTING = 1.2
"""The fastest that a clause is said only to be no longer than the speaker's own."""
PER_SECOND = 0.15
"""Faster by this for every second that a clause has to wait for the one before it: two seconds make it FASTEST."""
SLEW = 0.15
"""How much the pace changes from one clause to the next at most, so that nobody hears a jump."""
_SHARE = 0.9
"""Part of the speaker's time that a clause may fill: the rest is for the pauses."""
_TYPICAL = 0.068
"""Seconds a character takes in Latin script at 175 words a minute, until this voice has been heard."""
_NEW = 0.3
"""Weight of the newest clause in what a character takes."""


class Pace:
    """The pace of one language's voice; 1 is natural. Decides by what it is told."""

    def __init__(self) -> None:
        self._character = _TYPICAL
        self._last = 1.0

    def rate(self, characters: int, *, waits: float, floor: float) -> float:
        """The pace for a clause of so many characters.

        waits: seconds until it can be said. floor: seconds that the speaker took.
        """
        fit = characters * self._character / (floor * _SHARE) if floor > 0 else 1.0
        wanted = max(1.0, min(fit, FITTING), 1 + waits * PER_SECOND)
        self._last = min(max(wanted, self._last - SLEW), self._last + SLEW, FASTEST)
        return self._last

    def heard(self, characters: int, seconds: float, rate: float) -> None:
        """A clause took so long at this pace."""
        if characters:
            self._character += _NEW * (seconds * rate / characters - self._character)
