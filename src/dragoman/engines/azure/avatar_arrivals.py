"""When what a peer sends would have arrived had nothing been late: the RTP clocks of picture and sound on ours.

A sender's two clocks begin anywhere. Each is laid on the clock of arrival by the running minimum of what its packets
took, so that what was sent together is shown together.
"""

from __future__ import annotations

import time
from collections import deque

from dragoman.speech import MEDIA_RATE

_SPAN = 10 * MEDIA_RATE
_SPANS = 12
"""Minima kept, each over a _SPAN: in two minutes clocks that differ by 100 ppm part by 12 ms."""
_WRAP = 1 << 32


def now() -> int:
    """The clock of arrival: samples at MEDIA_RATE on monotonic time."""
    return time.monotonic_ns() * MEDIA_RATE // 1_000_000_000


class Arrivals:
    """One track's."""

    def __init__(self, rate: int) -> None:
        """rate: of the track's RTP clock, Hz."""
        self._rate = rate
        self._last: int | None = None
        self._minima: deque[tuple[int, int]] = deque(maxlen=_SPANS)

    def sample(self, stamp: int) -> int:
        """An RTP time as samples at MEDIA_RATE, counted on where 32 bits are over."""
        if self._last is None:
            self._last = stamp
        ahead = (stamp - self._last + _WRAP // 2) % _WRAP - _WRAP // 2
        self._last += ahead
        return self._last * MEDIA_RATE // self._rate

    def packet(self, stamp: int, at: int) -> None:
        """A packet of RTP time `stamp` arrived at `at` on the clock of arrival."""
        offset, span = at - self.sample(stamp), at // _SPAN
        if self._minima and self._minima[-1][0] == span:
            self._minima[-1] = (span, min(self._minima[-1][1], offset))
        else:
            self._minima.append((span, offset))

    @property
    def offset(self) -> int:
        """To be added to `sample(stamp)`, for the clock of arrival. 0 before the first packet."""
        return min((minimum for _, minimum in self._minima), default=0)
