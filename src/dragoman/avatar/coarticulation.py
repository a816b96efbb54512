"""The mouth between visemes: sounds shape their neighbours, lips that must meet do.

After M. M. Cohen and D. W. Massaro, "Modeling coarticulation in synthetic visual speech", in Models and Techniques in
Computer Animation, 1993: every sound pulls each part of the mouth to its own target with a dominance that is full
while it lasts and falls off around it; the shape is the mean of the targets, weighted by dominance. Theirs falls off
exponentially, ours as a Gaussian, which has no corner. A mean never reaches a target, so that sounds which are seen
by a contact (the lips of p b m, the teeth on the lip of f v) take the mouth over while they last.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from math import exp, inf
from typing import NamedTuple, Protocol

import numpy as np

from dragoman.avatar.mouths import BILABIAL, DOMINANCE, GLIDES, LABIODENTAL, SHAPES, SILENCE, Mouth
from dragoman.speech import MEDIA_RATE, Utterance

ANTICIPATION = 0.075
"""Seconds before a sound at which its dominance is down to 1/e: lips move before they are heard."""
CARRY_OVER = 0.045
"""Seconds after a sound at which its dominance is down to 1/e."""
CONTACT = 0.045
"""Seconds for which a contact is held at the least, so that one of 25 pictures a second shows it."""
APPROACH = 0.055
"""Seconds in which the mouth goes into a contact and out of it."""
PAUSE = 0.25
"""Seconds of silence after which the mouth is at rest; in a shorter one it stays ready."""

_REACH = int(0.3 * MEDIA_RATE)
"""Media samples beyond which a sound no longer pulls."""
_NUCLEUS = 0.6
"""The part of a diphthong that its first vowel takes."""


class Said(Protocol):
    """An utterance on the media clock, as in `engines.protocols`."""

    @property
    def utterance(self) -> Utterance:
        """What is said."""

    @property
    def start(self) -> int:
        """Media time of its first sample."""


class _Sound(NamedTuple):
    """A viseme on the media clock; silence around utterances has no end."""

    viseme: int
    start: float
    """media time"""
    end: float


def mouth(at: int, said: Sequence[Said]) -> Mouth:
    """The mouth's shape at a media time, from the utterances near it in order."""
    sounds = list(_sounds(at, said))
    visemes = np.array([sound.viseme for sound in sounds])
    pull = np.array([_pull(at, sound) for sound in sounds])[:, None] * DOMINANCE[visemes]
    shape = (pull * SHAPES[visemes]).sum(axis=0) / pull.sum(axis=0)
    for contact in (LABIODENTAL, BILABIAL):
        grip = max((_grip(at, sound) for sound in sounds if sound.viseme == contact), default=0.0)
        shape += grip * (SHAPES[contact] - shape)
    return Mouth(*shape.tolist())


def _sounds(at: int, said: Sequence[Said]) -> Iterator[_Sound]:
    """What is sounded around `at`, silence between utterances too; never nothing at `at` itself."""
    quiet_since = -inf
    for one in said:
        yield _Sound(SILENCE, quiet_since, one.start)
        yield from _sounds_of(at, one)
        quiet_since = one.start + len(one.utterance.pcm)
    yield _Sound(SILENCE, quiet_since, inf)


def _sounds_of(at: int, one: Said) -> Iterator[_Sound]:
    visemes = one.utterance.visemes
    length = len(one.utterance.pcm)
    first = bisect_right(visemes, at - one.start - _REACH, key=lambda viseme: viseme.start)
    for index in range(max(0, first - 1), len(visemes)):
        start = visemes[index].start
        if start > at - one.start + _REACH:
            return
        end = visemes[index + 1].start if index + 1 < len(visemes) else length
        if end > start:
            yield from _glide(_Sound(visemes[index].id, one.start + start, one.start + end))


def _glide(sound: _Sound) -> Iterator[_Sound]:
    """A diphthong as its two vowels."""
    if sound.viseme not in GLIDES:
        yield sound
        return
    turn = sound.start + _NUCLEUS * (sound.end - sound.start)
    yield sound._replace(end=turn)
    yield _Sound(GLIDES[sound.viseme], turn, sound.end)


def _pull(at: int, sound: _Sound) -> float:
    before, after = (sound.start - at) / MEDIA_RATE, (at - sound.end) / MEDIA_RATE
    distance = max(before / ANTICIPATION, after / CARRY_OVER, 0.0)
    strength = min(1.0, (sound.end - sound.start) / MEDIA_RATE / PAUSE) if sound.viseme == SILENCE else 1.0
    # the least that is added keeps the mean defined where nothing but a moment of silence is near
    return strength * exp(-distance * distance) + 1e-9


def _grip(at: int, sound: _Sound) -> float:
    """How far a contact has the mouth: 1 while it is held."""
    centre, length = (sound.start + sound.end) / 2, (sound.end - sound.start) / MEDIA_RATE
    away = abs(at - centre) / MEDIA_RATE - max(length, CONTACT) / 2
    return 1.0 - smoothstep(away / APPROACH)


def smoothstep(x: float) -> float:
    """From 0 at 0 to 1 at 1, level at both ends."""
    x = min(1.0, max(0.0, x))
    return x * x * (3.0 - 2.0 * x)
