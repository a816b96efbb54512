"""The talks: recordings of real speech, one after the other and over again, as recorded or with the pauses cut out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import cycle

import numpy as np
import numpy.typing as npt
from benchmarks.recordings import RATE
from benchmarks.simul.truth import FRAME, Word, quiet, sentences_of, true_words

from speech_data import NAMES, recording

LONGEST = 15
"""Frames of 10 ms: a longer pause is cut out,"""
KEPT = 8
"""but for so many, half of them at each side."""

Sound = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Talk:
    """What is said, and when."""

    sound: Sound
    """shape (n,)"""
    words: tuple[Word, ...]
    """times and sentences count from the talk's beginning"""
    sentences: tuple[str, ...]

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.sound) / RATE

    @property
    def text(self) -> str:
        """All that is said."""
        return " ".join(self.sentences)

    @property
    def end(self) -> float:
        """When the last word ends, seconds."""
        return self.words[-1].end


def talk(minutes: float, *, pauses: bool) -> Talk:
    """Whole recordings in turn until there are so many minutes. pauses: as recorded; otherwise they are cut out."""
    sounds: list[Sound] = []
    words: list[Word] = []
    sentences: list[str] = []
    length = 0
    for name in cycle(NAMES):
        if length >= minutes * 60 * RATE:
            break
        sound, moved = (recording(name).samples, _same) if pauses else without_pauses(recording(name).samples)
        words += [
            replace(
                word,
                start=length / RATE + moved(word.start),
                end=length / RATE + moved(word.end),
                sentence=word.sentence + len(sentences),
            )
            for word in true_words(name)
        ]
        sentences += sentences_of(recording(name).text)
        sounds.append(sound)
        length += len(sound)
    return Talk(np.concatenate(sounds), tuple(words), tuple(sentences))


def without_pauses(sound: Sound) -> tuple[Sound, Callable[[float], float]]:
    """The sound without its pauses, and where a time of the whole is in it, both in seconds."""
    kept = np.ones(len(sound), bool)
    for first, last in pauses_in(quiet(sound)):
        kept[(first + KEPT // 2) * FRAME : (last - KEPT // 2) * FRAME] = False
    before = np.concatenate(([0], np.cumsum(kept)))

    def moved(seconds: float) -> float:
        return float(before[min(len(sound), round(seconds * RATE))]) / RATE

    return sound[kept], moved


def pauses_in(still: Sequence[bool] | npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First frame, and the one after the last, of every pause that is longer than LONGEST."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], np.asarray(still, np.int8), [0]))))
    runs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(first, last) for first, last in runs if last - first > LONGEST]


def _same(seconds: float) -> float:
    return seconds
