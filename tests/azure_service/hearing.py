"""What is heard in the sound that arrives: words with their times, by tones or by energy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .script import Script
from .tone_words import FEWEST, number_of

LOUD = 10 ** (-42 / 20)
"""root mean square of 10 ms, of full scale, above which somebody speaks"""
CHARACTERS_A_SECOND = 14.0
"""of a person who reads aloud: by it a recording's words are guessed while they are said"""


@dataclass(frozen=True, slots=True)
class Heard:
    """A word, by its number in the script, and where it was."""

    number: int
    start: int
    end: int
    """samples of the stream"""


class Ear(Protocol):
    """Hears one stream. Positions are samples since the stream's start."""

    position: int
    quiet_since: int
    """the sample at which the last loud frame ended"""
    loud_since: int | None
    """the sample at which the first loud frame of the present phrase began"""

    def hear(self, samples: NDArray[np.int16]) -> list[Heard]:
        """Words that are complete with these samples."""

    def close(self) -> list[Heard]:
        """The phrase is over, by silence or by the end of the stream: words that were still open."""


class _Frames:
    """Cuts what arrives into frames of 10 ms and says which are loud."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.position = 0
        self.quiet_since = 0
        self.loud_since: int | None = None
        self._size = rate // 100
        self._rest: NDArray[np.float64] = np.zeros(0)

    def frames(self, samples: NDArray[np.int16]) -> Iterator[tuple[NDArray[np.float64], bool]]:
        """Frames in -1..1, and whether each is loud; `position` is each frame's end."""
        joined = np.concatenate([self._rest, samples / 32768.0])
        whole = len(joined) // self._size * self._size
        self._rest = joined[whole:]
        for start in range(0, whole, self._size):
            frame = joined[start : start + self._size]
            loud = bool(np.sqrt(np.mean(frame * frame)) >= LOUD)
            self.position += self._size
            if loud:
                self.quiet_since = self.position
                if self.loud_since is None:
                    self.loud_since = self.position - self._size
            yield frame, loud


class ToneEar(_Frames):
    """Hears the tone language, wherever the stream begins."""

    QUIET = 3
    """frames without sound that end a word: less than the gap between words"""

    def __init__(self, script: Script, rate: int) -> None:
        super().__init__(rate)
        self._script = script
        self._sound: list[NDArray[np.float64]] = []
        self._start = 0
        self._still = 0

    def hear(self, samples: NDArray[np.int16]) -> list[Heard]:
        words: list[Heard] = []
        for frame, loud in self.frames(samples):
            if loud:
                if not self._sound:
                    self._start = self.position - self._size
                self._sound.append(frame)
                self._still = 0
            elif self._sound:
                self._still += 1
                if self._still >= self.QUIET:
                    words += self._word()
        return words

    def close(self) -> list[Heard]:
        words = self._word()
        self.loud_since = None
        return words

    def _word(self) -> list[Heard]:
        if not self._sound:
            return []
        sound = np.concatenate(self._sound)
        self._sound, self._still = [], 0
        number = number_of(sound, self.rate)
        if number is None or number >= len(self._script):
            return []
        return [Heard(number, self._start, self._start + len(sound))]


class Order:
    """Which sentence of a script is next for recordings. Shared by all streams of a service, so that a recording that
    is sent again after a broken connection is the same sentence again: only a finished phrase moves it."""

    def __init__(self) -> None:
        self._next = 0
        self._lock = threading.Lock()

    def place(self, count: int) -> int:
        with self._lock:
            return self._next % count

    def finished(self, place: int, count: int) -> None:
        with self._lock:
            if self._next % count == place:
                self._next += 1

    def rewind(self) -> None:
        with self._lock:
            self._next = 0


class EnergyEar(_Frames):
    """Takes each stretch of sound for the script's next sentence, whose words come with the time that passes."""

    SHORTEST = 0.2
    """seconds of sound that are a phrase: less is a cough or a click"""

    def __init__(self, script: Script, rate: int, order: Order) -> None:
        super().__init__(rate)
        self._script = script
        self._order = order
        self._place: int | None = None
        self._told = 0
        self._loud = 0

    def hear(self, samples: NDArray[np.int16]) -> list[Heard]:
        self._loud += sum(loud for _, loud in self.frames(samples))
        if self.loud_since is None or self._loud < self.SHORTEST * 100 or not self._script.sentences:
            return []
        if self._place is None:
            self._place = self._order.place(len(self._script.sentences))
        length = len(self._script.sentences[self._place].text) / CHARACTERS_A_SECOND
        share = (self.quiet_since - self.loud_since) / self.rate / length
        numbers = self._script.numbers(self._place)
        # The last word waits for the silence that proves it was the last.
        return self._words(min(int(share * len(numbers)), len(numbers) - 1))

    def close(self) -> list[Heard]:
        words: list[Heard] = []
        if self._place is not None:
            words = self._words(len(self._script.numbers(self._place)))
            self._order.finished(self._place, len(self._script.sentences))
        self._place, self._told, self._loud, self.loud_since = None, 0, 0, None
        return words

    def _words(self, upto: int) -> list[Heard]:
        """The sentence's words that were not told yet, their times by proportion of what has been heard."""
        if self._place is None or upto <= self._told or self.loud_since is None:
            return []
        numbers = self._script.numbers(self._place)
        start = self.loud_since
        each = (self.quiet_since - start) / upto
        words = [
            Heard(numbers[i], start + round(i * each), start + round((i + 1) * each)) for i in range(self._told, upto)
        ]
        self._told = upto
        return words


__all__ = ["FEWEST", "Ear", "EnergyEar", "Heard", "Order", "ToneEar"]
