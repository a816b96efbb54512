"""Where on the floor a sample is that the service was sent: the two count alike until the floor has a gap."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from dragoman.speech import FLOOR_RATE

TICKS = 10_000_000
"""The service's ticks in a second: 100 ns each."""


@dataclass(slots=True)
class _Run:
    sent: int
    """samples sent before it"""
    floor: int
    """floor position of its first sample"""
    length: int
    """samples of the floor in it; what was sent beyond them is silence in place of a longer gap"""


class Positions:
    """The way from one to the other for one connection. Kept are the gaps only, of which a talk has few."""

    def __init__(self, start: int) -> None:
        """start: floor position of the first sample that is sent."""
        self._runs = [_Run(0, start, 0)]
        self.sent = 0
        """samples sent"""

    @property
    def end(self) -> int:
        """Floor position one past what was sent."""
        return self._runs[-1].floor + self._runs[-1].length

    def send(self, number: int) -> None:
        """So many samples of the floor follow."""
        self._runs[-1].length += number
        self.sent += number

    def skip(self, number: int, to: int) -> None:
        """So many samples of silence follow in place of all there is up to the floor position `to`."""
        self.sent += number
        self._runs.append(_Run(self.sent, to, 0))

    def floor(self, sent: int, *, end: bool = False) -> int:
        """The floor position of a sample that was sent. end: it is one past the last of something, so that on the
        border of a gap it belongs to what was before."""
        places = [run.sent for run in self._runs]
        run = self._runs[max(0, (bisect_left if end else bisect_right)(places, sent) - 1)]
        return run.floor + min(max(0, sent - run.sent), run.length)

    def at_tick(self, tick: int, *, end: bool = False) -> int:
        """The floor position of the service's time since the connection's first sample."""
        return self.floor(round(tick * FLOOR_RATE / TICKS), end=end)
