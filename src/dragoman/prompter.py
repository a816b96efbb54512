"""What a channel is to say next: how fast, after which pause, until when; or that it is too late for it.

Decides by what it is told, in media time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dragoman.fading import cut
from dragoman.modes import Mode
from dragoman.pace import Pace, pause
from dragoman.speech import MEDIA_RATE, Utterance

MARGIN = MEDIA_RATE * 2 // 10
"""Media samples that a clause must have to spare before it is made: that takes time, and so does its first tick."""
GUARD = MEDIA_RATE // 10
"""Media samples before the bound after which nothing begins: the floor may turn out to have been a little earlier in
the very tick in which a clause begins, and that must not make it late."""
FADE = MEDIA_RATE // 100
"""Media samples that stay after the last audible one, and in which the sound fades: a cut would click."""
_AUDIBLE = 330
"""Of 32,768: 40 dB below full scale, 20 dB below a voice of usual loudness."""
_MS = MEDIA_RATE // 1000


@dataclass(frozen=True, slots=True)
class Cue:
    """How a clause is to be said."""

    rate: float
    pause: int
    """media samples before it"""
    latest: int | None
    """media time after which it must not begin; None where nobody knows when the speaker said it"""


def latest_start(said: int | None, bound: int) -> int | None:
    """The media time by which a clause must begin that the speaker began at `said`. bound: ms."""
    return None if said is None else said + bound * _MS - GUARD


def without_tail(utterance: Utterance) -> Utterance:
    """The words without the silence that a voice leaves after them. How long a pause is to be depends on what ends
    there and on what waits; 100 ms after every clause would break a sentence into pieces.
    """
    audible = np.flatnonzero(np.abs(utterance.pcm.astype(np.int32)) > _AUDIBLE)
    end = int(audible[-1]) + 1 + FADE if len(audible) else len(utterance.pcm)
    return utterance if end >= len(utterance.pcm) else cut(utterance, end, FADE)


class Prompter:
    """Cues for one language's voice, clause by clause."""

    def __init__(self) -> None:
        self._pace = Pace()
        self._before = ""
        """the text said before"""

    def cue(self, *, now: int, free: int, coming: int, latest: int | None, mode: Mode) -> Cue | None:
        """How to say the next clause; None where that would be too late, and it is to be condensed.

        free: media time when all that is made will have been said. coming: characters of finished clauses after it.
        """
        queue = max(0, free - now) / MEDIA_RATE + self._pace.natural(coming)
        silence = round(pause(self._before, queue, mode) * MEDIA_RATE)
        cue = Cue(self._pace.rate(queue, mode), silence, latest)
        return None if latest is not None and self.start(cue, now=now, free=free) + MARGIN > latest else cue

    def start(self, cue: Cue, *, now: int, free: int) -> int:
        """Media time at which what is said like this would begin."""
        return max(now, free + cue.pause)

    def late(self, cue: Cue, *, now: int, free: int) -> bool:
        """Whether it took so long to make it that it must not be said any more."""
        return cue.latest is not None and self.start(cue, now=now, free=free) > cue.latest

    def estimate(self, text: str, cue: Cue) -> int:
        """Media samples that this clause will take, said like this."""
        return round(self._pace.natural(len(text)) / cue.rate * MEDIA_RATE)

    def said(self, text: str, utterance: Utterance, cue: Cue) -> None:
        """It was made like this and waits for its turn."""
        self._pace.heard(len(text), len(utterance.pcm) / MEDIA_RATE, cue.rate)
        self.passed(text)

    def broken_off(self, text: str, cue: Cue) -> None:
        """Its voice failed while it was being made like this: what there is of it says nothing of how long it is."""
        self._pace.heard(0, 0.0, cue.rate)
        self.passed(text)

    def passed(self, text: str) -> None:
        """This clause is past, said or not: the next pause is for what it ended."""
        self._before = text

    def lasts(self, characters: int) -> int:
        """Media samples that so many characters will take at the present pace."""
        return round(self._pace.natural(characters) / self._pace.last * MEDIA_RATE)
