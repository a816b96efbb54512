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
CHUNK = FLOOR_RATE // 25
"""Samples up to which what arrives in smaller pieces is kept as one: 40 ms, what a well-behaved client sends."""
PIECES_LIMIT = 4 * WAITING_LIMIT // CHUNK
"""Pieces that may wait; only sound full of holes comes in so many."""
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
        self._read: deque[Pcm] = deque()
        self._unread: deque[Pcm] = deque()
        # Samples in _unread. The silence of gaps takes neither memory nor time, so it does not count.
        self._queued = 0
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
        new run. now: ms since 1970. Raises TooMany while WAITING_LIMIT or PIECES_LIMIT is reached, BadRequest on an
        absurd gap.
        """
        if position is None and self._seen(seq):
            return Taken(0)
        start = self.end if position is None else position
        if start - self.end > GAP_LIMIT:
            raise BadRequest("position is more than a day ahead of the audio received so far; count samples at 16 kHz")
        fresh = pcm[self.end - start :] if start < self.end else pcm
        if self._queued + len(fresh) > WAITING_LIMIT or len(self._unread) >= PIECES_LIMIT:
            raise TooMany("more than 60 s of audio are waiting; keep this chunk and send it again", retry_after=1)
        if seq is not None:
            self._next_seq = seq + 1
        if not len(fresh):
            return Taken(0)
        gap = max(0, start - self.end)
        self._keep(Pcm(fresh, self.end + gap), now)
        return Taken(len(fresh), gap)

    def _keep(self, pcm: Pcm, now: int) -> None:
        last = self._unread[-1] if self._unread else None
        if last is not None and last.end == pcm.start and len(last.samples) + len(pcm.samples) <= CHUNK:
            self._unread[-1] = Pcm(np.concatenate((last.samples, pcm.samples)), last.start)
            self._arrivals.pop()
        else:
            self._unread.append(pcm)
        self._queued += len(pcm.samples)
        self.end = pcm.end
        self._arrivals.append((self.end, now))

    def _seen(self, seq: int | None) -> bool:
        return seq is not None and seq != 0 and self._next_seq is not None and seq < self._next_seq

    def read(self, at_most: int = FLOOR_RATE) -> Pcm | None:
        """The next run of sound without a gap in it, `at_most` samples long, or None where all has been read."""
        if not self._unread:
            return None
        start = end = self._unread[0].start
        parts: list[npt.NDArray[np.int16]] = []
        while self._unread and self._unread[0].start == end and end < start + at_most:
            self._part(start + at_most)
            chunk = self._unread.popleft()
            self._read.append(chunk)
            parts.append(chunk.samples)
            end = chunk.end
        self._queued -= end - start
        self.read_to = end
        return Pcm(np.concatenate(parts), start)

    def _part(self, position: int) -> None:
        """Make the first unread chunk end at this position, if it goes beyond; the rest becomes the next one."""
        chunk = self._unread[0]
        if chunk.start < position < chunk.end:
            self._unread[0] = Pcm(chunk.samples[position - chunk.start :], position)
            self._unread.appendleft(Pcm(chunk.samples[: position - chunk.start], chunk.start))

    def rewind(self) -> None:
        """Read again from the safe position: the engine that had the sound since then is gone."""
        self._queued += sum(len(chunk.samples) for chunk in self._read)
        self._unread.extendleft(reversed(self._read))
        self._read.clear()
        self._drop()
        self.read_to = self._safe

    def forget(self, safe: int) -> None:
        """Nothing before this position is needed any more."""
        self._safe = max(self._safe, safe)
        while self._read and self._read[0].end <= self._safe:
            self._read.popleft()
        self._drop()
        self.read_to = max(self.read_to, self._safe)
        horizon = self._safe - samples(60_000)
        while self._arrivals and self._arrivals[0][0] <= horizon:
            self._arrivals.popleft()

    def _drop(self) -> None:
        """Let go of what is unread and safe."""
        while self._unread and self._unread[0].start < self._safe:
            self._part(self._safe)
            self._queued -= len(self._unread.popleft().samples)

    def arrival(self, position: int) -> int | None:
        """When the sample before `position` arrived, ms since 1970; None where that is not known any more."""
        return next((when for end, when in self._arrivals if end >= position), None)
