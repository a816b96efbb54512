"""Hypotheses and phrases out of the words that are heard: decisions without input or output."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .hearing import Ear, Heard
from .script import Script

STEP = 0.1
"""seconds of sound that are looked at together"""


@dataclass(frozen=True, slots=True)
class Segmentation:
    """When a phrase ends and how often a hypothesis is told. Seconds of sound."""

    silence: float = 0.5
    longest: float = 30.0
    """a phrase without a pause is ended"""
    interval: float = 0.3
    semantic: bool = False
    """at the end of a sentence too, without a pause"""
    stable: int = 0
    """in how many hypotheses running a word must have been before it is told; 0: at once"""


@dataclass(frozen=True, slots=True)
class Started:
    sample: int


@dataclass(frozen=True, slots=True)
class Hypothesis:
    words: tuple[Heard, ...]
    count: int
    """how many there were in this phrase before"""


@dataclass(frozen=True, slots=True)
class Phrase:
    words: tuple[Heard, ...]


Event = Started | Hypothesis | Phrase


class Segmenter:
    """One stream's events, in order."""

    def __init__(self, ear: Ear, script: Script, rate: int, how: Segmentation) -> None:
        self._ear = ear
        self._script = script
        self._rate = rate
        self._how = how
        self._words: list[Heard] = []
        self._counts: list[int] = []
        self._told = 0
        self._told_at = 0
        self._cut = 0
        self._started = False

    @property
    def position(self) -> int:
        """Samples that were looked at."""
        return self._ear.position

    def feed(self, samples: NDArray[np.int16]) -> list[Event]:
        events: list[Event] = []
        step = round(STEP * self._rate)
        for at in range(0, len(samples), step):
            events += self._step(samples[at : at + step])
        return events

    def end(self) -> list[Event]:
        """The stream is over."""
        self._words += self._ear.close()
        return self._phrase()

    def _step(self, samples: NDArray[np.int16]) -> list[Event]:
        events: list[Event] = []
        for word in self._ear.hear(samples):
            self._words.append(word)
            if self._how.semantic and self._ends(word):
                events += self._phrase()
        if not self._started and self._ear.loud_since is not None:
            self._started = True
            events.insert(0, Started(self._ear.loud_since))
        if self._ear.loud_since is not None:
            quiet = self._ear.position - self._ear.quiet_since
            if quiet >= self._how.silence * self._rate:
                self._words += self._ear.close()
                return [*events, *self._phrase()]
            if self._ear.position - max(self._ear.loud_since, self._cut) >= self._how.longest * self._rate:
                # A word that is being said goes on in the next phrase: nothing is lost, nothing is said twice.
                self._cut = self._ear.position
                return [*events, *self._phrase()]
        return [*events, *self._hypothesis()]

    def _ends(self, word: Heard) -> bool:
        (span,) = self._script.spans([word.number])
        return span.last == len(span.sentence.words)

    def _hypothesis(self) -> list[Event]:
        if self._ear.position - self._told_at < self._how.interval * self._rate or not self._words:
            return []
        self._told_at = self._ear.position
        self._counts.append(len(self._words))
        if self._how.stable > 1:
            count = self._counts[-self._how.stable] if len(self._counts) >= self._how.stable else 0
        else:
            count = self._counts[-1]
        if count == 0 or (len(self._counts) > 1 and self._told == count):
            return []
        self._told = count
        return [Hypothesis(tuple(self._words[:count]), len(self._counts) - 1)]

    def _phrase(self) -> list[Event]:
        words, self._words, self._counts, self._told = tuple(self._words), [], [], 0
        return [Phrase(words)] if words else []
