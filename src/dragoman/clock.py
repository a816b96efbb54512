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
_CUT = MEDIA_RATE
"""Without an arrival for this long something was away: the connection, or the microphone."""
_DOUBT = MEDIA_RATE
"""How long after a cut it is watched whether the floor catches up, before it is watched again."""
_NEAR = MEDIA_RATE // 10
"""Media samples: what is within this has caught up; what does not gain this much in _DOUBT does not catch up."""


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

    Within a stretch the offset is the running minimum of arrivals, so that a backlog after a cut shows as lag instead
    of hiding it. A pause begins a new stretch, for positions skip it; so does a microphone that was away and goes on
    where it stopped. The latter looks like a cut at first: what comes after one catches up, and the other does not.
    """

    def __init__(self) -> None:
        self._stretches: deque[_Stretch] = deque(maxlen=_STRETCHES)
        self._paused = True
        self._last = 0
        """media time of the last arrival"""

    def arrived(self, start: int, end: int, at: int) -> None:
        """The floor from position `start` to `end` arrived at media time `at`, which never goes back."""
        offset = at - end * _RATIO
        if self._paused:
            self._stretches.append(_Stretch(start, doubted=None))
        elif at - self._last > _CUT and self._stretches[-1].doubted is None:
            self._stretches.append(_Stretch(start, doubted=(at, offset)))
        self._paused = False
        self._last = at
        self._stretches[-1].arrived(offset, at)
        self._decide(offset, at)

    def pause(self) -> None:
        """The talk pauses: what arrives next is no later than it should be."""
        self._paused = True
        if self._stretches:
            self._stretches[-1].doubted = None

    def media(self, position: int) -> int | None:
        """The media time of a floor position; None where it was not followed, as before a restart."""
        followed = [stretch for stretch in self._stretches if stretch.start <= position]
        while len(followed) > 1 and followed[-1].doubted is not None:
            followed.pop()
        return position * _RATIO + followed[-1].offset if followed else None

    def _decide(self, offset: int, at: int) -> None:
        """Whether what came after a gap is a backlog of the stretch before, or a stretch of its own."""
        stretch = self._stretches[-1]
        if stretch.doubted is None or len(self._stretches) < 2:
            return
        since, then = stretch.doubted
        if offset <= self._stretches[-2].offset + _NEAR:
            self._stretches.pop()
            self._stretches[-1].arrived(offset, at)
        elif at - since >= _DOUBT:
            stretch.doubted = (at, offset) if then - offset > _NEAR else None


class _Stretch:
    """Arrivals between two pauses."""

    def __init__(self, start: int, doubted: tuple[int, int] | None) -> None:
        self.start = start
        self.doubted = doubted
        """after a gap, until it is known whether it was a cut: when that was asked last, and the offset then"""
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
