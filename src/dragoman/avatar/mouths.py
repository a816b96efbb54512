"""The shapes of a mouth, and which shape each viseme is."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Mouth:
    """A mouth's shape; every part runs from 0 to 1."""

    openness: float
    """how far the lips are apart; at 0 they touch from corner to corner"""
    width: float
    """0 rounded as for u, 1 spread as for i"""
    teeth: float
    """how much of the upper teeth shows in the opening"""
    tongue: float
    """how high the tongue lies; at 1 it touches the upper teeth"""
    smile: float
    """how far the corners are up"""


SILENCE = 0
LABIODENTAL = 18
"""f and v: the upper teeth on the lower lip"""
BILABIAL = 21
"""p, b and m: the lips closed"""

# Articulation as the charts of the International Phonetic Association have it (height and rounding of vowels, place
# of consonants); the figures are ours, set by eye.
_SHAPES = {
    # id: openness, width, teeth, tongue, smile
    SILENCE: Mouth(0.0, 0.62, 0.0, 0.0, 1.0),
    1: Mouth(0.55, 0.62, 0.6, 0.3, 0.4),  # æ ə ʌ
    2: Mouth(0.90, 0.60, 0.5, 0.3, 0.3),  # ɑ
    3: Mouth(0.70, 0.34, 0.3, 0.3, 0.2),  # ɔ
    4: Mouth(0.50, 0.66, 0.6, 0.4, 0.4),  # ɛ ʊ
    5: Mouth(0.36, 0.40, 0.5, 0.4, 0.3),  # ɝ
    6: Mouth(0.34, 0.92, 0.8, 0.5, 0.6),  # j i ɪ
    7: Mouth(0.26, 0.06, 0.0, 0.1, 0.0),  # w u
    8: Mouth(0.56, 0.18, 0.0, 0.2, 0.1),  # o
    9: Mouth(0.85, 0.52, 0.5, 0.3, 0.3),  # aʊ, its beginning
    10: Mouth(0.58, 0.24, 0.2, 0.2, 0.2),  # ɔɪ, its beginning
    11: Mouth(0.85, 0.66, 0.6, 0.3, 0.4),  # aɪ, its beginning
    12: Mouth(0.38, 0.60, 0.5, 0.2, 0.4),  # h
    13: Mouth(0.30, 0.32, 0.4, 0.4, 0.3),  # ɹ
    14: Mouth(0.42, 0.62, 0.6, 1.0, 0.4),  # l
    15: Mouth(0.20, 0.78, 1.0, 0.2, 0.5),  # s z
    16: Mouth(0.28, 0.22, 0.9, 0.2, 0.2),  # ʃ tʃ dʒ ʒ
    17: Mouth(0.28, 0.64, 0.6, 1.0, 0.4),  # ð
    LABIODENTAL: Mouth(0.16, 0.60, 1.0, 0.0, 0.3),
    19: Mouth(0.28, 0.66, 0.7, 0.9, 0.4),  # d t n θ
    20: Mouth(0.40, 0.60, 0.6, 0.2, 0.4),  # k g ŋ
    BILABIAL: Mouth(0.0, 0.52, 0.0, 0.0, 0.4),
}

GLIDES = {9: 7, 10: 6, 11: 6}
"""Diphthongs, and the viseme in which each ends."""

_LIPS_MATTER = {7: 2.0, 8: 1.5, 3: 1.3, 6: 1.3, 16: 2.0, LABIODENTAL: 1.5, 15: 1.2, 12: 0.4, 20: 0.5, 19: 0.6, 14: 0.6}
_OPEN_MATTERS = {2: 1.7, 9: 1.7, 11: 1.7, 3: 1.5, 1: 1.4, 8: 1.4, 4: 1.3, 13: 0.8, 20: 0.6, 12: 0.4}
_NARROW_MATTERS = {15: 2.0, 16: 1.6, 7: 1.5, LABIODENTAL: 1.4, BILABIAL: 1.2}
_JAW_MATTERS = _OPEN_MATTERS | _NARROW_MATTERS

SHAPES: npt.NDArray[np.float64] = np.array([astuple(_SHAPES[viseme]) for viseme in range(22)])
"""By viseme id, shape (22, 5): the parts of each Mouth in their order."""
DOMINANCE: npt.NDArray[np.float64] = np.array(
    [[_JAW_MATTERS.get(viseme, 1.0), _LIPS_MATTER.get(viseme, 1.0), 1.0, 1.0, 1.0] for viseme in range(22)]
)
"""By viseme id, shape (22, 5): how strongly each part holds against its neighbours. k is shaped by its vowel, u not."""
