"""An utterance while it arrives: sound, visemes and words in the order of the service, and what there is of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dragoman.engines.azure.lips import visemes_of
from dragoman.speech import MEDIA_RATE, Utterance, Viseme

LEAD = MEDIA_RATE * 40 // 1000
"""Media samples kept before the first audible one: words begin softer than they are."""
TAIL = MEDIA_RATE * 100 // 1000
"""Media samples kept after the last audible one at most. The service leaves up to a second of silence."""
BETWEEN = MEDIA_RATE * 300 // 1000
"""Media samples of silence between two pieces of a text at most."""
NOTHING = Utterance(np.zeros(MEDIA_RATE // 50, np.int16), (Viseme(0, 0),))
"""What a text sounds like in which there is nothing to say."""
_AUDIBLE = 330
"""Of 32,768: 40 dB below full scale, 20 dB below a voice of usual loudness."""
_TICKS = 10_000_000
"""The service's, a second."""


@dataclass(frozen=True, slots=True)
class Sound:
    """The next of the sound, raw 16-bit mono PCM at MEDIA_RATE."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Shape:
    """A viseme."""

    ticks: int
    """of 100 ns since the sound began"""
    id: int


@dataclass(frozen=True, slots=True)
class Word:
    """A word begins."""

    ticks: int


Heard = Sound | Shape | Word


class Making:
    """One text's sound, which is asked for in one piece or several."""

    def __init__(self) -> None:
        self._parts: list[_Part] = []
        self._pcm = np.zeros(4 * MEDIA_RATE, np.int16)
        self._length = 0

    def next_piece(self) -> None:
        """What comes now is the sound of the next piece of the text, and its times count from 0 again."""
        self._parts.append(_Part())

    def take(self, heard: Heard) -> bool:
        """Add what was heard; whether there is more sound that may be said."""
        part = self._parts[-1]
        if isinstance(heard, Sound):
            return self._add(part, part.heard(heard.pcm))
        if isinstance(heard, Shape):
            part.shapes.append(Viseme(heard.ticks * MEDIA_RATE // _TICKS, heard.id))
        else:
            part.words.append(heard.ticks * MEDIA_RATE // _TICKS)
        return False

    def _add(self, part: _Part, more: npt.NDArray[np.int16]) -> bool:
        if not len(more):
            return False
        if part.start is None:
            for before in self._parts[:-1]:
                self._append(before.rest(BETWEEN))
            part.start = self._length
        self._append(more)
        return True

    def _append(self, more: npt.NDArray[np.int16]) -> None:
        end = self._length + len(more)
        if end > len(self._pcm):
            # Utterances that were given keep what they have: nothing of it is written again.
            self._pcm = np.concatenate([self._pcm[: self._length], np.zeros(max(end, len(self._pcm)), np.int16)])
        self._pcm[self._length : end] = more
        self._length = end

    def growing(self) -> Utterance:
        """What there is. The array of a later one begins with the same samples."""
        return Utterance(self._pcm[: self._length], tuple(self._visemes()), tuple(self._words()))

    def whole(self) -> Utterance:
        """All of it, now that nothing more comes; a moment of silence where nothing could be heard."""
        if not self._length:
            return NOTHING
        tail = self._parts[-1].rest(TAIL)
        self._append(tail)
        visemes = self._visemes()
        close = max(visemes[-1].start + 1, self._length - max(1, len(tail)))
        if visemes[-1].id != 0 and close < self._length:
            visemes.append(Viseme(close, 0))
        elif visemes[-1].id != 0:
            # It would begin with the last sample, which nobody sees.
            visemes[-1] = Viseme(visemes[-1].start, 0)
        return Utterance(self._pcm[: self._length], tuple(visemes), tuple(self._words()))

    def _visemes(self) -> list[Viseme]:
        """The shapes within the sound, each once as long as it is held; the first from the first sample on."""
        found = [Viseme(0, 0)]
        for part, end in self._bounds():
            shapes = part.shapes if any(shape.id for shape in part.shapes) else part.estimated(self._pcm, end)
            for shape in shapes:
                start = max(part.at(shape.start), part.start or 0)
                if start >= end:
                    break
                if start == found[-1].start:
                    found.pop()
                if not found or (found[-1].id != shape.id and found[-1].start < start):
                    found.append(Viseme(start, shape.id))
        return found or [Viseme(0, 0)]

    def _words(self) -> list[int]:
        return [
            max(part.at(word), part.start or 0)
            for part, end in self._bounds()
            for word in part.words
            if part.at(word) < end
        ]

    def _bounds(self) -> list[tuple[_Part, int]]:
        """The pieces that have sound, each with its end in the whole."""
        sounding = [part for part in self._parts if part.start is not None]
        ends = [*(part.start or 0 for part in sounding[1:]), self._length]
        return list(zip(sounding, ends, strict=True))


class _Part:
    """The sound of one piece: silence before it is left out, silence after it is held back until something follows."""

    def __init__(self) -> None:
        self.shapes: list[Viseme] = []
        self.words: list[int] = []
        self.start: int | None = None
        """its first sample's place in the whole"""
        self.skipped = 0
        """samples of the service's sound before that"""
        self._odd = b""
        self._held = np.zeros(0, np.int16)
        self._begun = False

    def at(self, sample: int) -> int:
        """Where a sample of the service's sound is in the whole."""
        return (self.start or 0) + sample - self.skipped

    def heard(self, pcm: bytes) -> npt.NDArray[np.int16]:
        """What of the sound may be said now that this has come too."""
        data = self._odd + pcm
        even = len(data) // 2 * 2
        self._odd = data[even:]
        sound = np.concatenate([self._held, np.frombuffer(data[:even], "<i2").astype(np.int16)])
        audible = np.flatnonzero(np.abs(sound.astype(np.int32)) > _AUDIBLE)
        first, last = 0, int(audible[-1]) + 1 if len(audible) else 0
        if not self._begun:
            first = max(0, (int(audible[0]) if len(audible) else len(sound)) - LEAD)
            self.skipped += first
            self._begun = bool(len(audible))
        self._held = sound[max(first, last) :]
        return sound[first:last]

    def rest(self, most: int) -> npt.NDArray[np.int16]:
        """So much of the silence that was held back, now that nothing more comes."""
        held, self._held = self._held[:most], self._held[:0]
        return held if self._begun else held[:0]

    def estimated(self, whole: npt.NDArray[np.int16], end: int) -> list[Viseme]:
        """Shapes for a voice that tells none, at places of the service's sound."""
        return [Viseme(v.start + self.skipped, v.id) for v in visemes_of(whole[self.start or 0 : end])]
