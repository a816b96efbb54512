"""The floor's sound from its arrival until it is safe, so that a crash of an engine loses none of it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dragoman.errors import BadRequest, TooMany
from dragoman.speech import FLOOR_RATE, Pcm, samples

WAITING_LIMIT = 60 * FLOOR_RATE
"""Samples that may wait for the recogniser; the client keeps what is refused beyond it."""
GAP_LIMIT = 24 * 3600 * FLOOR_RATE
"""A position further ahead than a day is a mistake, not a cut connection."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a chunk."""

    samples: int
    """how many of its samples were new"""
    gap: int = 0
    """samples missing before it, now silence"""


class Tape:
    """Accepted sound, a place up to which it has been read, and a place before which it is not needed any more.

    Bounded by WAITING_LIMIT unread samples plus what the recogniser has open (a window of some 15 s).
    """

    def __init__(self, start: int) -> None:
        self._chunks: deque[Pcm] = deque()
        self._arrivals: deque[tuple[int, int]] = deque()
        self._safe = start
        self._next_seq: int | None = None
        self.read_to = start
        """floor position, samples"""
        self.end = start
        """floor position one past the last accepted sample"""

    @property
    def waiting(self) -> int:
        """Samples accepted and not read."""
        return self.end - self.read_to

    def accept(self, pcm: npt.NDArray[np.int16], *, position: int | None, seq: int | None, now: int) -> Taken:
        """Append a chunk.

        pcm: shape (n,). position: floor position of its first sample; what is there already is dropped, a gap
        becomes silence. seq: without a position, a number below the expected one was accepted before; 0 begins a
        new run. now: ms since 1970. Raises TooMany while WAITING_LIMIT is reached, BadRequest on an absurd gap.
        """
        if position is None and self._seen(seq):
            return Taken(0)
        start = self.end if position is None else position
        if start - self.end > GAP_LIMIT:
            raise BadRequest("position is more than a day ahead of the audio received so far; count samples at 16 kHz")
        fresh = pcm[self.end - start :] if start < self.end else pcm
        if self._queued() + len(fresh) > WAITING_LIMIT:
            raise TooMany("more than 60 s of audio are waiting; keep this chunk and send it again", retry_after=1)
        if seq is not None:
            self._next_seq = seq + 1
        if not len(fresh):
            return Taken(0)
        gap = max(0, start - self.end)
        self._chunks.append(Pcm(fresh, self.end + gap))
        self.end += gap + len(fresh)
        self._arrivals.append((self.end, now))
        return Taken(len(fresh), gap)

    def _seen(self, seq: int | None) -> bool:
        return seq is not None and seq != 0 and self._next_seq is not None and seq < self._next_seq

    def _queued(self) -> int:
        """Unread samples without the silence of gaps: that takes neither memory nor time."""
        return sum(chunk.end - max(chunk.start, self.read_to) for chunk in self._chunks if chunk.end > self.read_to)

    def read(self, at_most: int = FLOOR_RATE) -> Pcm | None:
        """The next run of sound without a gap in it, `at_most` samples long, or None where all has been read."""
        parts: list[npt.NDArray[np.int16]] = []
        start = taken = 0
        for chunk in self._chunks:
            if chunk.end <= self.read_to:
                continue
            part = chunk.samples[max(0, self.read_to - chunk.start) :]
            begin = max(chunk.start, self.read_to)
            if parts and (begin != start + taken or taken >= at_most):
                break
            if not parts:
                start = begin
            parts.append(part[: at_most - taken])
            taken += len(parts[-1])
        if not parts:
            return None
        self.read_to = start + taken
        return Pcm(np.concatenate(parts), start)

    def rewind(self) -> None:
        """Read again from the safe position: the engine that had the sound since then is gone."""
        self.read_to = self._safe

    def forget(self, safe: int) -> None:
        """Nothing before this position is needed any more."""
        self._safe = max(self._safe, safe)
        self.read_to = max(self.read_to, self._safe)
        while self._chunks and self._chunks[0].end <= self._safe:
            self._chunks.popleft()
        horizon = self._safe - samples(60_000)
        while self._arrivals and self._arrivals[0][0] <= horizon:
            self._arrivals.popleft()

    def arrival(self, position: int) -> int | None:
        """When the sample before `position` arrived, ms since 1970; None where that is not known any more."""
        return next((when for end, when in self._arrivals if end >= position), None)
