"""The sound of one avatar connection, cut into lines: from the first audible sample after a line was asked for."""

from __future__ import annotations

import asyncio
from collections import deque

import numpy as np
import numpy.typing as npt

from dragoman.speech import MEDIA_RATE

Pcm = npt.NDArray[np.int16]

AUDIBLE = 330
"""Of 32,768: 40 dB below full scale, 20 dB below a voice of usual loudness."""
BEFORE = 2
"""Packets kept from before the first audible one: what begins softly begins there."""
LONGEST = 120 * MEDIA_RATE
"""Samples of a line at most: more is no clause but a service that does not stop."""
_HOLE = MEDIA_RATE
"""A gap in the RTP times up to which silence is put in its place."""


class Line:
    """One line's sound, growing. `grown` is set whenever there is more."""

    def __init__(self) -> None:
        self._room = np.zeros(4 * MEDIA_RATE, np.int16)
        self._length = 0
        self._audible = 0
        self.start: int | None = None
        """the track's RTP time of the first sample, as Arrivals.sample gives it; None before it begins"""
        self.last_audible = 0
        """the clock of arrival when something audible came last"""
        self.grown = asyncio.Event()

    @property
    def pcm(self) -> Pcm:
        """All of it so far, shape (n,); not written any more."""
        return self._room[: self._length]

    @property
    def overlong(self) -> bool:
        """Whether no more of it is taken."""
        return self._length >= LONGEST

    def add(self, at: int, pcm: Pcm) -> None:
        """Sound from RTP time `at` on. What came before the line's end is dropped; a hole becomes silence."""
        if self.start is None:
            self.start = at
        hole = at - self.start - self._length
        if hole < 0 or self.overlong:
            pcm, hole = pcm[max(0, -hole) :], 0
        elif hole > _HOLE:
            hole = 0
        if not len(pcm) or self.overlong:
            return
        end = self._length + hole + len(pcm)
        if end > len(self._room):
            # What was given away goes on pointing at the old room.
            larger = np.zeros(2 * end, np.int16)
            larger[: self._length] = self._room[: self._length]
            self._room = larger
        self._room[end - len(pcm) : end] = pcm
        self._length = end
        self.grown.set()


class Sound:
    """What arrives on the track. On the event loop."""

    def __init__(self) -> None:
        self._before: deque[tuple[int, Pcm]] = deque(maxlen=BEFORE)
        self._line: Line | None = None
        self.last_audible = 0
        """the clock of arrival when something audible came last"""

    def listen(self) -> Line:
        """What is audible from now on is a new line's."""
        self._before.clear()
        self._line = Line()
        return self._line

    def cut(self) -> None:
        """The line is over."""
        self._line = None

    def arrived(self, at: int, pcm: Pcm, now: int) -> None:
        """A packet's sound, shape (n,), of RTP time `at`; now: on the clock of arrival."""
        audible = bool(np.abs(pcm.astype(np.int32)).max(initial=0) > AUDIBLE)
        if audible:
            self.last_audible = now
        line = self._line
        if line is not None and (audible or line.start is not None):
            while self._before and line.start is None:
                for earlier in self._before:
                    line.add(*earlier)
                self._before.clear()
            line.add(at, pcm)
            line.last_audible = now if audible else line.last_audible
        else:
            self._before.append((at, pcm))
