"""What a voice does with a text: sound that rises and falls like speech, visemes and word boundaries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from .ssml import Speech

CHARACTERS_A_SECOND = 14.0
LEAD = 0.05
TAIL = 0.1
"""seconds of silence before and after"""
BETWEEN = 0.04
"""seconds that are quiet at the end of a word"""
_PERIOD = 8192
"""samples of one period of a voice"""
_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]", re.UNICODE)
_SENTENCE_END = ".?!…。？！"
# Azure's 22 viseme ids by what the letter mostly sounds like in languages of the Latin script:
# https://learn.microsoft.com/azure/ai-services/speech-service/how-to-speech-synthesis-viseme
_VISEMES = {
    "a": 2, "à": 2, "á": 2, "â": 2, "ä": 1, "e": 4, "é": 4, "è": 4, "ê": 4, "i": 6, "í": 6, "y": 6, "o": 8, "ó": 8,
    "ö": 8, "u": 7, "ü": 7, "ú": 7, "w": 7, "h": 12, "r": 13, "l": 14, "s": 15, "z": 15, "c": 15, "ç": 15, "x": 15,
    "j": 16, "f": 18, "v": 18, "d": 19, "t": 19, "n": 19, "ñ": 19, "k": 20, "g": 20, "q": 20, "b": 21, "p": 21,
    "m": 21,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Viseme:
    at: float
    """seconds"""
    id: int


@dataclass(frozen=True, slots=True)
class Boundary:
    at: float
    lasts: float
    """seconds"""
    text: str
    kind: str
    """WordBoundary, PunctuationBoundary or SentenceBoundary"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A text as it is said."""

    seconds: float
    words: tuple[tuple[float, float], ...]
    """start and end in seconds of what sounds"""
    visemes: tuple[Viseme, ...]
    boundaries: tuple[Boundary, ...]
    pitch: float
    """Hz"""

    def sound(self, rate: int) -> NDArray[np.int16]:
        """int16, mono, `rate` samples a second. Harmonics of the voice's pitch, about -13 dBFS in words."""
        t = np.arange(round(self.seconds * rate)) / rate
        level = np.zeros_like(t)
        for start, end in self.words:
            first, last = round(start * rate), round(end * rate)
            inside = np.arange(last - first) / rate
            edge = np.minimum(1.0, np.minimum(inside, inside[::-1]) / 0.01)
            # Syllables: about four swells a second.
            level[first:last] = edge * (0.75 + 0.25 * np.cos(2 * np.pi * 4 * inside))
        glide = self.pitch * (t + 0.02 * np.sin(2 * np.pi * 0.7 * t))
        wave = _period(min(12, int(0.45 * rate / self.pitch)))[(glide * _PERIOD).astype(np.int64) % _PERIOD]
        return np.asarray(np.rint(np.clip(wave * level * 0.22, -1, 1) * 32767), dtype=np.int16)


@cache
def _period(harmonics: int) -> NDArray[np.float64]:
    """One period of the voice. A table, for eleven sines of every sample would hold up the service."""
    t = np.arange(_PERIOD) / _PERIOD
    return np.asarray(sum(np.sin(2 * np.pi * n * t) / n for n in range(1, harmonics)))


def delivery(speech: Speech) -> Delivery:
    """About 14 characters a second, by the prosody's rate; pauses as the SSML says; 0.15 s silence around."""
    at = LEAD
    words: list[tuple[float, float]] = []
    visemes = [Viseme(0.0, 0)]
    boundaries: list[Boundary] = []
    sentence: list[str] = []
    began = at
    for piece in speech.pieces:
        if piece.pause:
            at += piece.pause
            visemes.append(Viseme(at - piece.pause, 0))
        for token in _TOKEN.finditer(piece.text):
            if not sentence:
                began = at
            sentence.append(token[0])
            said = any(letter.isalnum() for letter in token[0])
            lasts = (len(token[0]) + 1) / CHARACTERS_A_SECOND / piece.rate
            boundaries.append(Boundary(at, lasts, token[0], "WordBoundary" if said else "PunctuationBoundary"))
            if said:
                words.append((at, at + lasts - BETWEEN / piece.rate))
                visemes += _of_letters(token[0].lower(), at, lasts)
            else:
                visemes.append(Viseme(at, 0))
            at += lasts
            if token[0] in _SENTENCE_END:
                boundaries.append(Boundary(began, at - began, " ".join(sentence), "SentenceBoundary"))
                sentence = []
    if sentence:
        boundaries.append(Boundary(began, at - began, " ".join(sentence), "SentenceBoundary"))
    if words:
        visemes.append(Viseme(at, 0))
        at += TAIL
    pitch = 110.0 + crc32(speech.voice.encode()) % 100
    return Delivery(at if words else 0.0, tuple(words), tuple(visemes if words else ()), tuple(boundaries), pitch)


def _of_letters(word: str, at: float, lasts: float) -> list[Viseme]:
    each = lasts / len(word)
    ids = [_VISEMES.get(letter, 1 + crc32(letter.encode()) % 21) for letter in word]
    return [Viseme(at + i * each, id_) for i, id_ in enumerate(ids) if i == 0 or id_ != ids[i - 1]]
