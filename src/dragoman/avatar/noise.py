"""Chance that is the same every time: numbers that depend on a seed and a place only, and slow drifts made of them."""

from __future__ import annotations

from functools import lru_cache
from math import floor

_WORD = (1 << 64) - 1


@lru_cache(maxsize=1024)
def chance(seed: int, *place: int) -> float:
    """A number in [0, 1) for a place. The mixing is SplitMix64's (Steele, Lea and Flood, OOPSLA 2014).

    Kept, because pictures in a row ask for the same twenty places.
    """
    state = seed & _WORD
    for part in place:
        state = _mix(state + part)
    return _mix(state) / 2**64


def _mix(state: int) -> int:
    state = (state + 0x9E3779B97F4A7C15) & _WORD
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _WORD
    return state ^ (state >> 31)


def drift(seed: int, channel: int, seconds: float, period: float) -> float:
    """A smooth wandering in (-1, 1) that changes its mind about once a period; channels wander independently.

    Value noise with Perlin's quintic fade (SIGGRAPH 2002): speed and acceleration have no jump either.
    """
    step = floor(seconds / period)
    part = seconds / period - step
    fade = part**3 * (part * (part * 6.0 - 15.0) + 10.0)
    here, there = (2.0 * chance(seed, channel, step + i) - 1.0 for i in (0, 1))
    return here + fade * (there - here)
