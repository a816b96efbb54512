"""Where in the sound somebody may be speaking, by its energy: what the service has to say something about."""

from __future__ import annotations

from collections import deque

import numpy as np

from dragoman.speech import FLOOR_RATE, Pcm, samples

_FRAME = FLOOR_RATE // 50
_LEAST = 60.0
"""Root mean square below which nobody speaks: -55 dBFS, the noise of a good microphone"""
_ABOVE_NOISE = 2.0
"""times the noise that is there all the time (6 dB): a fan is no speech"""
_RISE = 1.003
"""by which the noise that is taken for granted grows in a frame: twice as much after five seconds"""
_JOIN = samples(400)
"""silence between two runs of sound that does not part them"""


class Loudness:
    """The runs of sound that nothing is known about yet. There is at most one per pause of _JOIN, and each is forgotten
    when the service has told what it is, or is taken for noise by `expire`."""

    def __init__(self, start: int) -> None:
        """start: floor position of the first sample."""
        self._noise = 0.0
        self._runs: deque[list[int]] = deque()
        self._rest = np.zeros(0, np.int16)
        self._at = start
        self.heard = 0
        """samples of loud sound since `settle` or `forget` last"""

    @property
    def first(self) -> int | None:
        """Floor position where the first run begins that nothing is known about."""
        return self._runs[0][0] if self._runs else None

    @property
    def waiting(self) -> int:
        """Samples in the runs that nothing is known about."""
        return sum(end - start for start, end in self._runs)

    def longest(self, before: int) -> int:
        """Samples of the longest run of those that end before this floor position."""
        return max((end - start for start, end in self._runs if end <= before), default=0)

    def hear(self, pcm: Pcm) -> None:
        """Take the next sound; a gap before it is silence."""
        if pcm.start != self._at + len(self._rest):
            self._rest, self._at = np.zeros(0, np.int16), pcm.start
        joined = np.concatenate((self._rest, pcm.samples)) if len(self._rest) else pcm.samples
        number = len(joined) // _FRAME
        frames = joined[: number * _FRAME].reshape(number, _FRAME).astype(np.float32)
        self._rest = joined[number * _FRAME :]
        for energy in np.sqrt(np.mean(frames * frames, axis=1)).tolist():
            self._frame(energy)

    def _frame(self, energy: float) -> None:
        self._noise = min(energy, max(self._noise, _LEAST / _ABOVE_NOISE) * _RISE)
        start, self._at = self._at, self._at + _FRAME
        if energy < max(_LEAST, self._noise * _ABOVE_NOISE):
            return
        self.heard += _FRAME
        if self._runs and start - self._runs[-1][1] <= _JOIN:
            self._runs[-1][1] = self._at
        else:
            self._runs.append([start, self._at])

    def settle(self, end: int) -> None:
        """The service has told all about what was before this floor position, and what dies away shortly after it."""
        self.heard = 0
        while self._runs and self._runs[0][1] <= end + _JOIN:
            self._runs.popleft()
        if self._runs and self._runs[0][0] < end:
            self._runs[0][0] = end

    def expire(self, before: int) -> None:
        """Runs that end before this floor position were no speech: the service told nothing of them."""
        while self._runs and self._runs[0][1] <= before:
            self._runs.popleft()
