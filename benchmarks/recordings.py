"""The talk that benchmarks speak, and where its speech really ends."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from speech_data import NAMES, recording, silence  # the tests' recordings are the benchmarks' too

RATE = 16_000
CHUNK = 640
"""Samples that a speaker's page sends at a time, 40 ms."""
PAUSE_SECONDS = 1.2
"""After each recording: long enough for any end of speech to be found."""
PAUSE_MS = 400
"""Without speech for this long after a clause the speaker has paused."""
FADE_MS = 300
"""How long after its end a clause may still be heard."""
_FRAME = RATE // 100


def talk() -> npt.NDArray[np.int16]:
    """All recordings with a pause after each; shape (n,)."""
    parts = [part for name in NAMES for part in (recording(name).samples, silence(PAUSE_SECONDS))]
    return np.concatenate([silence(0.5), *parts, silence(0.8)])


def said() -> str:
    """What the talk says."""
    return " ".join(recording(name).text for name in NAMES)


def end_of_speech(sound: npt.NDArray[np.int16], end_ms: int) -> int:
    """The sample where the speech that is said to end at `end_ms` really ends.

    That is the end of the last 10 ms before it which are within 40 dB of the sound's 99th percentile, so that a
    recogniser which claims a late end gains nothing by it.
    """
    loud = _loud(sound)
    before = loud[loud * 10 < end_ms + 50]
    return int((before[-1] + 1) * _FRAME) if len(before) else end_ms * RATE // 1000


def ends_speech(sound: npt.NDArray[np.int16], end_ms: int) -> bool:
    """Whether the speaker pauses there. What ends elsewhere is a clause of a sentence that goes on."""
    loud = _loud(sound) * 10
    # A recogniser's end may be a little before the last sound has died away.
    return any(not ((loud >= at) & (loud < at + PAUSE_MS)).any() for at in range(end_ms, end_ms + FADE_MS, 10))


def _loud(sound: npt.NDArray[np.int16]) -> npt.NDArray[np.intp]:
    """Numbers of the 10 ms with speech in them."""
    frames = sound[: len(sound) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64)
    level = np.sqrt((frames**2).mean(axis=1))
    return np.flatnonzero(level > np.percentile(level, 99) / 100)
