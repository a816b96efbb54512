"""Who speaks to a recogniser: people on recordings, or the tone language of the local Azure in their rhythm."""

from __future__ import annotations

from functools import cache
from typing import Protocol

import numpy as np

from azure_service.script import Script
from azure_service.tone_words import GAP, RATE, chord
from speech_data import LIBRIVOX, Recording, recording, silence, words


class Speaker(Protocol):
    """Says sentences of LIBRIVOX."""

    elsewhere: bool
    """what it says is recognised by a service"""

    def recording(self, name: str) -> Recording:
        """One of them."""

    def talk(self, *names: str) -> tuple[np.ndarray, str]:
        """Some one after the other, a second of silence after each, and what they say."""

    def begins(self, final: str, committed: str) -> bool:
        """Whether a final text begins with words that were certain before."""


class _Speaker:
    elsewhere = False

    def recording(self, name: str) -> Recording:
        return recording(name)

    def talk(self, *names: str) -> tuple[np.ndarray, str]:
        sound = [part for name in names for part in (self.recording(name).samples, silence(1))]
        return np.concatenate(sound), " ".join(self.recording(name).text for name in names)

    def begins(self, final: str, committed: str) -> bool:
        return final.startswith(committed)


class _Azure(_Speaker):
    """The service gives capitals and punctuation to finished speech only: words count."""

    elsewhere = True

    def begins(self, final: str, committed: str) -> bool:
        return words(final)[: len(words(committed))] == words(committed)


class _Tones(_Azure):
    """As long as the recordings, a word after the other in equal steps."""

    def recording(self, name: str) -> Recording:
        return _tones(name)


@cache
def _tones(name: str) -> Recording:
    spoken = recording(name)
    numbers = Script(recording(one).text for one in LIBRIVOX).numbers(LIBRIVOX.index(name))
    samples = np.zeros(len(spoken.samples), np.int16)
    step = (len(samples) - int(GAP * RATE)) // len(numbers)
    for place, number in enumerate(numbers):
        word = chord(number)[:step]
        samples[place * step : place * step + len(word)] = word
    return Recording(name, samples, spoken.text)


def speaker(engine: str) -> Speaker:
    """Who speaks so that this engine understands."""
    return {"azure": _Tones, "azure@live": _Azure}.get(engine, _Speaker)()
