"""What the instruments of `benchmarks.azure` make of what arrived: plain functions of times, and an ear for Opus.

Times are seconds of the machine's monotonic clock, which all its processes share.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import av
import numpy as np

LOUD = 500
"""Root mean square of 16-bit samples above which somebody speaks: 36 dB below full scale."""
PACKET = 0.02
"""Seconds of sound in a packet."""
APART = 0.1
"""Seconds of quiet that end a stretch of speech; between two words of the service's voices there are 0.04."""
SILENT = 0.3
"""Seconds of quiet after which sound is a new line: more than any mark within a sentence brings."""

Stretch = tuple[float, float]
"""When speech was heard from and to."""


class Ear:
    """Says of each Opus packet of one stream whether somebody speaks in it."""

    def __init__(self) -> None:
        self._decoder = cast(Any, av.CodecContext.create("opus", "r"))

    def loud(self, payload: bytes) -> bool:
        """payload: of an RTP packet, in order. A packet that cannot be decoded is not loud."""
        try:
            frames = self._decoder.decode(av.Packet(payload))
        except av.error.FFmpegError:
            return False
        sound = [frame.to_ndarray() for frame in frames]
        return any(_level(part) > LOUD for part in sound)


def _level(sound: Any) -> float:
    """Root mean square as of 16-bit samples; the decoder gives floats within -1..1, or 16-bit samples."""
    values = sound.astype(np.float64) * (32768 if np.issubdtype(sound.dtype, np.floating) else 1)
    return float(np.sqrt((values**2).mean())) if values.size else 0.0


def stretches(loud: Iterable[float], apart: float = APART) -> list[Stretch]:
    """Arrivals of loud packets, in order, as stretches of speech."""
    found: list[Stretch] = []
    for at in loud:
        if found and at - found[-1][1] < apart:
            found[-1] = found[-1][0], at + PACKET
        else:
            found.append((at, at + PACKET))
    return found


def onsets(spoken: Sequence[Stretch], silent: float = SILENT) -> list[float]:
    """When speech began after so many seconds of quiet."""
    return [now[0] for before, now in pairwise([(-np.inf, -np.inf), *spoken]) if now[0] - before[1] >= silent]


def first_within(times: Iterable[float], since: float, until: float) -> float | None:
    """The first of these times within since..until, until excluded."""
    return min((at for at in times if since <= at < until), default=None)


def longest_quiet(spoken: Sequence[Stretch], lines: Sequence[Stretch]) -> float:
    """Seconds that it was quiet at most between two stretches of one line; 0 where there is none.

    lines: from when to when each line was heard, as `lines_of` finds them.
    """
    inside = [
        after[0] - before[1]
        for before, after in pairwise(spoken)
        if any(start <= before[0] and after[1] <= end for start, end in lines)
    ]
    return max(inside, default=0.0)


def lines_of(spoken: Sequence[Stretch], begun: Sequence[float]) -> list[Stretch]:
    """Lines by when they began: each lasts until the last sound before the next one begins."""
    ends = [*begun[1:], float("inf")]
    heard = [[one for one in spoken if start <= one[0] < end] for start, end in zip(begun, ends, strict=True)]
    return [(parts[0][0], parts[-1][1]) for parts in heard if parts]


@dataclass(slots=True)
class Stillness:
    """The longest time for which something did not change."""

    longest: float = 0.0
    _last: Hashable = None
    _changed: float | None = None

    def saw(self, what: Hashable, at: float) -> None:
        """What is there now."""
        if self._changed is None or what != self._last:
            self.ends(at)
            self._last, self._changed = what, at

    @property
    def since(self) -> float | None:
        """When it changed last."""
        return self._changed

    def ends(self, at: float) -> None:
        """Nothing more is looked at: that it has not changed since counts too."""
        if self._changed is not None:
            self.longest = max(self.longest, at - self._changed)

    def again(self) -> None:
        """Measured from now on."""
        self.longest, self._last, self._changed = 0.0, None, None


@dataclass(frozen=True, slots=True)
class Counted:
    """Sentences in, and what became of them."""

    said: int
    captioned: int
    """whose translation was shown, once and whole"""
    spoken: int
    """whose translation was spoken, once and whole"""
    shown_twice: int
    spoken_twice: int


def counted(translations: Sequence[str], shown: Sequence[str], spoken: Sequence[str]) -> Counted:
    """translations: of what was said, all different. shown, spoken: what was, in any order."""
    return Counted(
        said=len(translations),
        captioned=sum(shown.count(text) == 1 for text in translations),
        spoken=sum(spoken.count(text) == 1 for text in translations),
        shown_twice=sum(shown.count(text) > 1 for text in translations),
        spoken_twice=sum(spoken.count(text) > 1 for text in translations),
    )
