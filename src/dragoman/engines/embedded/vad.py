"""Voice activity: how likely each frame of sound is speech, by Silero VAD."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dragoman.engines.weights import session

FRAME = 512
"""samples: the model's frame at 16 kHz, 32 ms"""
_CONTEXT = 64  # samples of the frame before that the model sees too


def _silence() -> npt.NDArray[np.float32]:
    return np.zeros((1, 1, 128), np.float32)


@dataclass(frozen=True, slots=True)
class Memory:
    """What the model remembers of the frames before. Fresh at the beginning of a recording."""

    hidden: npt.NDArray[np.float32] = field(default_factory=_silence)
    """shape (1, 1, 128)"""
    cell: npt.NDArray[np.float32] = field(default_factory=_silence)
    """shape (1, 1, 128)"""
    context: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros(_CONTEXT, np.float32))
    """the last samples heard, shape (64,)"""


class Vad:
    """The loaded model: 2-3 ms of CPU per second of sound when it is given several frames at once."""

    def __init__(self, path: Path) -> None:
        self._session = session(path)

    def speech(self, sound: npt.NDArray[np.float32], memory: Memory) -> tuple[npt.NDArray[np.float32], Memory]:
        """The probability of speech in each frame, and what to remember for the next.

        `sound`: -1 to 1, shape (n * FRAME,) with n >= 1. Probabilities: shape (n,).
        """
        frames = sound.reshape(-1, FRAME)
        before = np.concatenate([memory.context[None], frames[:-1, -_CONTEXT:]])
        probabilities, hidden, cell = self._session.run(
            ["speech_probs", "hn", "cn"],
            {"input": np.concatenate([before, frames], axis=1), "h": memory.hidden, "c": memory.cell},
        )
        return probabilities, Memory(hidden, cell, frames[-1, -_CONTEXT:])
