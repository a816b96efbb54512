"""espeak-ng as seen from the server: how to start its program, what to ask it, what it answers."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import espeakng_loader
import numpy as np
import numpy.typing as npt

from dragoman.engines.children import Children, counted
from dragoman.engines.embedded import espeak_child
from dragoman.engines.embedded.espeak_child import ANSWER, EVENT, LONGEST, REQUEST
from dragoman.errors import EngineFailed

WORDS_A_MINUTE = 175
"""espeak's own pace."""
SLOWEST, FASTEST = 0.5, 2.0
"""Paces between which espeak's words keep their sounds; others are said at the nearest of the two."""

_LARGEST = 1 << 24
"""Bytes of an answer: LONGEST seconds of sound at 22,050 samples of 2 bytes each, and the phonemes in it."""
assert LONGEST * 22_050 * 2 < _LARGEST


@dataclass(frozen=True, slots=True)
class Phoneme:
    """A phoneme as it is said."""

    start: int
    """samples of the sound it is in"""
    name: str
    """IPA with marks of stress; empty for a pause, and for marks that espeak has no IPA for"""


@dataclass(frozen=True, slots=True)
class Sound:
    """What espeak makes of a text."""

    pcm: npt.NDArray[np.int16]
    """mono, shape (n,)"""
    rate: int
    """samples per second"""
    phonemes: Sequence[Phoneme]
    """in order of start"""


def data() -> Path:
    """The folder with espeak's voices and dictionaries, which the package brings with the library."""
    return Path(espeakng_loader.get_data_path())


def command() -> tuple[str, ...]:
    """What starts the program."""
    # -I -S: nothing of this process's settings or packages comes along, and it starts in half the time
    python = (sys.executable, "-I", "-S")
    return (*python, str(Path(espeak_child.__file__)), espeakng_loader.get_library_path(), str(data()))


async def start() -> Children:
    """The program, exec'd. Raises OSError."""
    return await Children.start([command()], framing=counted, largest=_LARGEST)


def request(text: str, voice: str, pace: float) -> bytes:
    """What the program is asked. text: without NUL. pace: 1 is espeak's own."""
    name, words = voice.encode(), text.encode()
    speed = round(WORDS_A_MINUTE * min(max(pace, SLOWEST), FASTEST))
    return REQUEST.pack(speed, len(name), len(words)) + name + words


def answer(payload: bytes) -> Sound:
    """What it says. Raises EngineFailed where it refused."""
    rate, count = ANSWER.unpack_from(payload)
    if rate == 0:
        raise EngineFailed("espeak refused a voice or a text")
    sound = ANSWER.size + count * EVENT.size
    phonemes = [
        Phoneme(start, name.rstrip(b"\0").decode(errors="ignore"))
        for start, name in EVENT.iter_unpack(payload[ANSWER.size : sound])
    ]
    return Sound(np.frombuffer(payload, np.int16, offset=sound), rate, phonemes)
