"""The sound that may still have to be decoded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dragoman.speech import Pcm

_FULL = 32_768.0  # of 16-bit samples


class Buffer:
    """A run of sound without gaps that grows at the end and is dropped at the beginning."""

    def __init__(self, start: int) -> None:
        self.start = start
        """floor position of the first sample that is kept"""
        self._sound = np.zeros(0, np.float32)

    @property
    def end(self) -> int:
        """Floor position one past the last sample."""
        return self.start + len(self._sound)

    def append(self, pcm: Pcm) -> None:
        """Add what comes next; a gap before it becomes silence, so the caller bounds it."""
        sound = pcm.samples.astype(np.float32) / _FULL
        self._sound = np.concatenate([self._sound, np.zeros(pcm.start - self.end, np.float32), sound])

    def cut(self, start: int, end: int) -> npt.NDArray[np.float32]:
        """The sound between two floor positions, -1 to 1, shape (end - start,)."""
        return self._sound[start - self.start : end - self.start]

    def drop(self, before: int) -> None:
        """Let go of what lies before a floor position."""
        if before > self.start:
            # a copy: a view would keep the whole
            self._sound = self._sound[before - self.start :].copy()
            self.start = before
