"""When each word of a recording is really said: its known text, aligned with its sound by pocketsphinx."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt
from benchmarks.recordings import RATE
from pocketsphinx import Decoder

from dragoman.engines.embedded.vad import FRAME as VAD_FRAME
from dragoman.engines.embedded.vad import Memory, Vad
from dragoman.engines.weights import locate, packaged
from speech_data import recording, words

_FRAMES_PER_SECOND = 100
_BEAM = 1e-80
"""Wide enough for a minute of speech to be aligned without losing the way."""
QUIET = 0.03
"""30 dB below a recording's 99th percentile: what is quieter is a pause."""
SPEECH = 0.3
"""Probability of speech below which it is one too, breath and all."""
FRAME = RATE // _FRAMES_PER_SECOND


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is said."""

    text: str
    start: float
    """seconds"""
    end: float
    """seconds"""
    sentence: int
    """which, counted from 0"""


@cache
def true_words(name: str) -> tuple[Word, ...]:
    """The words of a recording. Raises ValueError where text and sound do not fit."""
    sound, sentences = recording(name).samples, sentences_of(recording(name).text)
    expected = [(word, number) for number, sentence in enumerate(sentences) for word in words(sentence)]
    spans, still = _aligned(sound, [word for word, _ in expected]), quiet(sound)
    if len(spans) != len(expected):
        raise ValueError(f"{len(spans)} of the {len(expected)} words of {name} were found in its sound")
    return tuple(
        _trimmed(Word(text, start, end, number), still)
        for (text, number), (start, end) in zip(expected, spans, strict=True)
    )


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, by their full stops."""
    return [sentence for sentence in re.split(r"(?<=[.!?])\s+", text.strip()) if sentence]


def _aligned(sound: npt.NDArray[np.int16], expected: list[str]) -> list[tuple[float, float]]:
    decoder = Decoder(lm=None, samprate=RATE, loglevel="FATAL", beam=_BEAM, wbeam=_BEAM, pbeam=_BEAM)
    decoder.set_align_text(" ".join(expected))
    decoder.start_utt()
    decoder.process_raw(sound.tobytes(), full_utt=True)
    decoder.end_utt()
    return [
        (segment.start_frame / _FRAMES_PER_SECOND, (segment.end_frame + 1) / _FRAMES_PER_SECOND)
        for segment in decoder.seg()
        if not segment.word.startswith(("<", "[", "+"))
    ]


def _trimmed(word: Word, still: npt.NDArray[np.bool_]) -> Word:
    """The word without the pause at its end, which the aligner gives to the word."""
    first, last = round(word.start * _FRAMES_PER_SECOND), round(word.end * _FRAMES_PER_SECOND)
    loud = np.flatnonzero(~still[first:last])
    return replace(word, end=(first + int(loud[-1]) + 1) / _FRAMES_PER_SECOND) if len(loud) else word


def quiet(sound: npt.NDArray[np.int16]) -> npt.NDArray[np.bool_]:
    """Which frames of 10 ms are pauses, by loudness or to the VAD; shape (n,)."""
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    level = np.sqrt((frames**2).mean(axis=1))
    soft: npt.NDArray[np.bool_] = level <= np.percentile(level, 99) * QUIET
    whole = np.concatenate([sound, np.zeros(-len(sound) % VAD_FRAME, np.int16)]).astype(np.float32) / np.float32(32768)
    probabilities, _ = Vad(locate(packaged(), "silero_vad.onnx")).speech(whole, Memory())
    unlike = np.repeat(np.asarray(probabilities) < SPEECH, VAD_FRAME)[::FRAME][: len(soft)]
    return soft | unlike
