"""An utterance while it arrives: sound, visemes and words in the order of the service, and what there is of it."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dragoman.engines.azure.lips import BLOCK, visemes_of
from dragoman.speech import MEDIA_RATE, Utterance, Viseme

LEAD = MEDIA_RATE * 40 // 1000
"""Media samples kept before the first audible one: words begin softer than they are."""
TAIL = MEDIA_RATE * 100 // 1000
"""Media samples kept after the last audible one at most. The service leaves up to a second of silence."""
BETWEEN = MEDIA_RATE * 300 // 1000
"""Media samples of silence between two pieces of a text at most."""
NOTHING = Utterance(np.zeros(MEDIA_RATE // 50, np.int16), (Viseme(0, 0),))
"""What a text sounds like in which there is nothing to say."""
_MUTE = MEDIA_RATE // 2
"""Media samples of a piece without a viseme after which there will be none: they come ahead of their sound."""
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
        self._part = _Part()
        self._pcm = np.zeros(4 * MEDIA_RATE, np.int16)
        self._length = 0
        self._visemes = [Viseme(0, 0)]
        """no two of one shape side by side; some may be beyond the sound that there is"""
        self._words: list[int] = []

    def next_piece(self) -> None:
        """What comes now is the sound of the next piece of the text, and its times count from 0 again."""
        self._settle(last=True)
        self._append(self._part.rest(BETWEEN))
        # What was told of the silence that is left out has no place.
        del self._words[bisect_left(self._words, self._length) :]
        self._part = _Part()

    def take(self, heard: Heard) -> bool:
        """Add what was heard; whether there is more sound that may be said."""
        part = self._part
        if isinstance(heard, Shape):
            part.shapes.append(Viseme(heard.ticks * MEDIA_RATE // _TICKS, heard.id))
            part.mute = part.mute and heard.id == 0
            return False
        if isinstance(heard, Word):
            part.words.append(heard.ticks * MEDIA_RATE // _TICKS)
            return False
        more = part.heard(heard.pcm)
        if len(more) and part.start is None:
            part.start = part.estimated = self._length
        self._append(more)
        return len(more) > 0

    def growing(self) -> Utterance:
        """What there is. The array of a later one begins with the same samples."""
        self._settle(last=False)
        return self._utterance()

    def whole(self) -> Utterance:
        """All of it, now that nothing more comes; a moment of silence where nothing could be heard."""
        if not self._length:
            return NOTHING
        self._settle(last=True)
        tail = self._part.rest(TAIL)
        self._append(tail)
        self._place(self._length - max(1, len(tail)), 0)
        return self._utterance()

    def _append(self, more: npt.NDArray[np.int16]) -> None:
        end = self._length + len(more)
        if end > len(self._pcm):
            # Utterances that were given keep what they have: nothing of it is written again.
            self._pcm = np.concatenate([self._pcm[: self._length], np.zeros(max(end, len(self._pcm)), np.int16)])
        self._pcm[self._length : end] = more
        self._length = end

    def _settle(self, *, last: bool) -> None:
        """Put the shapes and words that were told, or estimated shapes, where they belong. last: none will be told."""
        part = self._part
        if part.start is None:
            return
        if part.mute and (last or self._length - part.start >= _MUTE):
            for viseme in visemes_of(self._pcm[part.estimated : self._length]):
                self._place(part.estimated + viseme.start, viseme.id)
            part.estimated += (self._length - part.estimated) // BLOCK * BLOCK
            return
        for shape in part.shapes:
            self._place(max(part.at(shape.start), part.start), shape.id)
        self._words += (max(part.at(word), part.start) for word in part.words)
        part.shapes.clear()
        part.words.clear()

    def _place(self, start: int, shape: int) -> None:
        """From here on the mouth has this shape."""
        while self._visemes and self._visemes[-1].start >= start:
            self._visemes.pop()
        if not self._visemes or self._visemes[-1].id != shape:
            self._visemes.append(Viseme(start, shape))

    def _utterance(self) -> Utterance:
        visemes = self._visemes[: bisect_left(self._visemes, self._length, key=lambda viseme: viseme.start)]
        words = self._words[: bisect_left(self._words, self._length)]
        return Utterance(self._pcm[: self._length], tuple(visemes), tuple(words))


class _Part:
    """The sound of one piece: silence before it is left out, silence after it is held back until something follows."""

    def __init__(self) -> None:
        self.shapes: list[Viseme] = []
        self.words: list[int] = []
        """both at places of the service's sound"""
        self.mute = True
        """no shape but silence was told of it"""
        self.estimated = 0
        """place in the whole up to which its shapes are estimated"""
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
