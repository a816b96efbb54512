"""The media clock, and where the floor's samples lie on it."""

from __future__ import annotations

import time
from collections import deque

from dragoman.speech import FLOOR_RATE, MEDIA_RATE

_RATIO = MEDIA_RATE // FLOOR_RATE
_SPAN = 10 * MEDIA_RATE
"""Media samples over which one minimum is taken."""
_SPANS = 12
"""Minima kept: two minutes, twice as long as the longest backlog that is accepted after a cut, and short enough that
a microphone whose clock is 100 ppm slow is followed within 12 ms."""
_STRETCHES = 32
"""Stretches between pauses that are remembered; no lag reaches further back."""


class MediaClock:
    """Media samples on monotonic time; never stops. One for all sessions of a server: their stamps can be compared."""

    def __init__(self) -> None:
        self._origin = time.monotonic_ns()
        self._wall = time.time()

    def now(self) -> int:
        """Media samples since the clock was made."""
        return (time.monotonic_ns() - self._origin) * MEDIA_RATE // 1_000_000_000

    def until(self, at: int) -> float:
        """Seconds from now until this media time; negative where it has passed."""
        return at / MEDIA_RATE - (time.monotonic_ns() - self._origin) / 1_000_000_000

    def wall(self, at: int) -> float:
        """Seconds since 1970 at this media time, as sender reports say it: a clock set right meanwhile is not followed,
        for receivers align sound and picture by differences only."""
        return self._wall + at / MEDIA_RATE


class FloorMap:
    """Floor positions on the media clock: when each sample would have arrived, had nothing been late.

    The offset is the running minimum of arrivals, so that a backlog after a cut shows as lag instead of hiding it.
    Positions skip pauses, so that every pause begins a new stretch with an offset of its own.
    """

    def __init__(self) -> None:
        self._stretches: deque[_Stretch] = deque(maxlen=_STRETCHES)
        self._paused = True

    def arrived(self, start: int, end: int, at: int) -> None:
        """The floor from position `start` to `end` arrived at media time `at`, which never goes back."""
        if self._paused:
            self._stretches.append(_Stretch(start))
            self._paused = False
        self._stretches[-1].arrived(at - end * _RATIO, at)

    def pause(self) -> None:
        """The talk pauses: what arrives next is no later than it should be."""
        self._paused = True

    def media(self, position: int) -> int | None:
        """The media time of a floor position; None where it was not followed, as before a restart."""
        for stretch in reversed(self._stretches):
            if position >= stretch.start:
                return position * _RATIO + stretch.offset
        return None


class _Stretch:
    """Arrivals between two pauses."""

    def __init__(self, start: int) -> None:
        self.start = start
        self._minima: deque[tuple[int, int]] = deque(maxlen=_SPANS)

    @property
    def offset(self) -> int:
        """Media samples, to be added to a floor position in media samples."""
        return min(minimum for _, minimum in self._minima)

    def arrived(self, offset: int, at: int) -> None:
        span = at // _SPAN
        if self._minima and self._minima[-1][0] == span:
            self._minima[-1] = (span, min(self._minima[-1][1], offset))
        else:
            self._minima.append((span, offset))
