"""How a presenter moves: the pose at a media time, a pure function of the time, of what is said, and of a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from math import cos, exp, floor, pi, sin

import numpy as np
import numpy.typing as npt

from dragoman.avatar.coarticulation import Said, mouth, smoothstep
from dragoman.avatar.mouths import Mouth
from dragoman.avatar.noise import chance, drift
from dragoman.speech import MEDIA_RATE

NEARBY = 0.5
"""Seconds from now within which utterances are known; no movement looks further."""

_BLINK = 4.0
"""Seconds from a blink to the next in the mean. Awake people who listen blink every 2 to 6 seconds."""
_CLOSING, _CLOSED, _OPENING = 0.070, 0.030, 0.110
"""Seconds of a blink's parts."""
_GLANCE = 1.7
"""Seconds from a movement of the eyes to the next in the mean."""
_SACCADE = 0.080
"""Seconds that a movement of the eyes takes."""
_BREATH = 4.3
"""Seconds from breath to breath, at rest."""
_LOUD = 2500.0
"""Root mean square of 16-bit samples that counts as lively."""
_STRIDE = 32
"""Of so many samples one is measured; loudness needs no more."""


class _Chance(IntEnum):
    """What is left to chance; each has numbers of its own."""

    TURN = 1
    FIDGET = 2
    NOD = 3
    TILT = 4
    BEAT = 5
    ATTENTION = 6
    BLINK = 10
    BLINK_TWICE = 11
    GLANCE = 20
    AWAY = 21
    ACROSS = 22
    DOWN = 23
    ASSENT = 30


@dataclass(frozen=True, slots=True)
class Pose:
    """Everything about a picture that changes."""

    mouth: Mouth
    lids: float
    """1 open, 0 closed"""
    gaze: tuple[float, float]
    """to the right of the picture, and down; 1 is as far as eyes go in a conversation"""
    brows: float
    """0 at rest, 1 raised"""
    turn: float
    """of the head to the right of the picture, -1 to 1"""
    nod: float
    """of the head downwards, -1 to 1"""
    tilt: float
    """degrees, clockwise"""
    breath: float
    """0 breathed out, 1 breathed in"""


def pose(at: int, said: Sequence[Said], seed: int) -> Pose:
    """The presenter at a media time. said: the utterances within NEARBY of it, in order."""
    seconds = at / MEDIA_RATE
    speaking, energy = _speaking(at, said), _energy(at, said)
    liveliness = 0.55 + 0.45 * speaking
    beat = energy * (0.5 + 0.5 * drift(seed, _Chance.BEAT, seconds, 0.9))
    attention = (1.0 - speaking) * (0.5 + 0.5 * drift(seed, _Chance.ATTENTION, seconds, 3.1))
    return Pose(
        mouth=mouth(at, said),
        lids=_lids(seconds, seed),
        gaze=_gaze(seconds, seed, speaking),
        brows=min(1.0, 0.6 * _opening(at, said) + 0.5 * beat + 0.3 * attention),
        turn=liveliness
        * (0.75 * drift(seed, _Chance.TURN, seconds, 2.9) + 0.25 * drift(seed, _Chance.FIDGET, seconds, 1.1)),
        nod=liveliness * 0.45 * drift(seed, _Chance.NOD, seconds, 2.3)
        + 0.55 * beat
        + 0.8 * _assent(seconds, seed, speaking),
        tilt=liveliness * 2.2 * drift(seed, _Chance.TILT, seconds, 3.7),
        breath=0.5 + 0.5 * sin(2.0 * pi * seconds / _BREATH),
    )


def _speaking(at: int, said: Sequence[Said]) -> float:
    """0 listening, 1 speaking: begins before the sound, and ends after it."""
    ramp = 0.45 * MEDIA_RATE
    nearest = min((max(one.start - at, at - one.start - len(one.utterance.pcm), 0) for one in said), default=ramp)
    return 1.0 - smoothstep(nearest / ramp)


def _opening(at: int, said: Sequence[Said]) -> float:
    """A rise around an utterance's beginning: brows go up as somebody begins."""
    return max((exp(-((((at - one.start) / MEDIA_RATE - 0.15) / 0.22) ** 2)) for one in said), default=0.0)


@cache
def _window() -> npt.NDArray[np.float32]:
    window = np.hanning(int(0.44 * MEDIA_RATE) // _STRIDE + 2)[1:-1]
    return np.asarray(window / window.sum(), np.float32)


def _energy(at: int, said: Sequence[Said]) -> float:
    """How lively it sounds around `at`: loudness over nearly half a second, so about a word, from 0 to 1."""
    window = _window()
    power = 0.0
    for one in said:
        pcm = one.utterance.pcm
        # measured on a grid of the utterance's own, so that the figure moves with time and does not flicker
        first = (at - one.start) // _STRIDE - len(window) // 2
        low, high = max(first, 0), min(first + len(window), len(pcm) // _STRIDE)
        if low < high:
            sound = pcm[low * _STRIDE : high * _STRIDE : _STRIDE].astype(np.float32)
            power += float(np.dot(window[low - first : high - first], sound * sound))
    return 1.0 - exp(-((power**0.5) / _LOUD))


def _lids(seconds: float, seed: int) -> float:
    """Irregular blinks, one or two at a time."""
    slot = floor(seconds / _BLINK)
    since = seconds - (slot + 0.5 * chance(seed, _Chance.BLINK, slot)) * _BLINK
    if chance(seed, _Chance.BLINK_TWICE, slot) < 0.15:
        return min(_blink(since), _blink(since - 0.32))
    return _blink(since)


def _blink(since: float) -> float:
    """The lids so many seconds after a blink began."""
    closing = smoothstep(since / _CLOSING)
    opening = smoothstep((since - _CLOSING - _CLOSED) / _OPENING)
    return 1.0 - closing + opening


def _gaze(seconds: float, seed: int, speaking: float) -> tuple[float, float]:
    """Fixations with quick movements between them: mostly at the viewer, now and then beside; less so in speech."""
    slot = floor(seconds / _GLANCE - 0.5)
    start = (slot + 0.5 + 0.5 * chance(seed, _Chance.GLANCE, slot)) * _GLANCE
    moved = smoothstep((seconds - start) / _SACCADE)
    before, after = (_fixation(seed, number) for number in (slot - 1, slot))
    calm = 1.0 - 0.4 * speaking
    across, down = (calm * (a + moved * (b - a)) for a, b in zip(before, after, strict=True))
    return across, down


def _fixation(seed: int, number: int) -> tuple[float, float]:
    away = 1.0 if chance(seed, _Chance.AWAY, number) < 0.25 else 0.22
    return away * (2.0 * chance(seed, _Chance.ACROSS, number) - 1.0), away * (
        1.2 * chance(seed, _Chance.DOWN, number) - 0.5
    )


def _assent(seconds: float, seed: int, speaking: float) -> float:
    """A small double nod now and then, from somebody who listens."""
    slot = floor(seconds / 9.0)
    since = seconds - (slot + 0.7 * chance(seed, _Chance.ASSENT, slot)) * 9.0
    if not 0.0 < since < 1.2:
        return 0.0
    return (1.0 - speaking) * 0.5 * sin(pi * since / 1.2) ** 2 * (1.0 - cos(4.0 * pi * since / 1.2)) / 2.0
