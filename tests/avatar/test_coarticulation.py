"""The mouth between visemes."""

from __future__ import annotations

from dataclasses import astuple
from itertools import pairwise

import numpy as np
import pytest

from dragoman.avatar.coarticulation import mouth
from dragoman.avatar.mouths import BILABIAL, LABIODENTAL, SHAPES, SILENCE, Mouth
from dragoman.engines.protocols import Said
from dragoman.packets import PICTURE_SAMPLES
from dragoman.speech import MEDIA_RATE, Utterance, Viseme

BEGUN = 10 * MEDIA_RATE
"""Media time of the first sample."""
MILLISECOND = MEDIA_RATE // 1000
VOWELS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)


def said(*sounds: tuple[int, int], start: int = BEGUN) -> Said:
    """Visemes and their lengths in milliseconds, with 100 ms of silence after them."""
    visemes, at = [], 0
    for viseme, length in (*sounds, (SILENCE, 100)):
        visemes.append(Viseme(at, viseme))
        at += length * MILLISECOND
    return Said(Utterance(np.zeros(at, np.int16), tuple(visemes)), start)


def seen(milliseconds: float, *spoken: Said) -> Mouth:
    """The mouth so long after BEGUN."""
    return mouth(BEGUN + round(milliseconds * MILLISECOND), spoken)


@pytest.mark.parametrize("vowel", VOWELS)
@pytest.mark.parametrize("length", [30, 60, 120])
def test_the_lips_are_closed_in_p_b_and_m_whatever_is_around_them(vowel: int, length: int) -> None:
    spoken = said((vowel, 120), (BILABIAL, length), (vowel, 120))
    centre = 120 + length / 2
    assert seen(centre, spoken).openness == 0
    assert seen(centre - length / 2, spoken).openness < 0.1, "the lips meet before the burst"
    assert seen(60, spoken).openness > 0.15, "and the vowel is open"


@pytest.mark.parametrize("length", [20, 40, 70])
def test_every_closure_of_the_lips_is_on_a_picture(length: int) -> None:
    for late in range(0, 40, 3):
        spoken = said((2, 100 + late), (BILABIAL, length), (2, 100))
        pictures = range(BEGUN, BEGUN + 400 * MILLISECOND, PICTURE_SAMPLES)
        assert min(mouth(at, [spoken]).openness for at in pictures) == 0


@pytest.mark.parametrize("vowel", VOWELS)
def test_in_f_and_v_the_upper_teeth_are_on_the_lower_lip(vowel: int) -> None:
    shape = seen(150, said((vowel, 120), (LABIODENTAL, 60), (vowel, 120)))
    assert 0.05 < shape.openness < 0.25
    assert shape.teeth > 0.9
    assert shape.tongue < 0.1


def test_the_mouth_moves_before_the_sound_is_heard() -> None:
    rounded = said((6, 200), (7, 200))
    early, earlier = seen(150, rounded).width, seen(60, rounded).width
    assert early < earlier - 0.05
    assert seen(300, rounded).width < 0.15


def test_the_mouth_opens_before_an_utterance_begins_and_is_at_rest_long_before() -> None:
    spoken = said((2, 300))
    rest = Mouth(*SHAPES[SILENCE].tolist())
    assert seen(-40, spoken).openness > 0.05
    assert astuple(seen(-400, spoken)) == pytest.approx(astuple(rest), abs=1e-3)


def test_a_consonant_of_the_throat_takes_the_lips_of_its_vowel() -> None:
    before_u, before_i = (seen(90, said((vowel, 60), (20, 60), (vowel, 200))) for vowel in (7, 6))
    assert before_u.width < before_i.width - 0.2


def test_a_diphthong_ends_in_its_second_vowel() -> None:
    spoken = said((11, 300))
    assert seen(60, spoken).openness > seen(280, spoken).openness + 0.2


def test_at_rest_there_is_a_smile_and_in_a_short_pause_there_is_none_yet() -> None:
    assert mouth(BEGUN, []).smile == pytest.approx(1)
    pause = said((4, 200), (SILENCE, 60), (4, 200))
    assert seen(230, pause).smile < 0.7
    assert seen(230, pause).openness > 0.1


def test_every_viseme_held_long_is_its_own_shape() -> None:
    for viseme in range(22):
        shape = seen(250, said((viseme, 1000)))
        assert astuple(shape) == pytest.approx(tuple(SHAPES[viseme]), abs=1e-3)


def test_a_mouth_moves_without_jumps() -> None:
    chosen = np.random.default_rng(7)
    sounds = [(int(chosen.integers(0, 22)), int(chosen.integers(20, 140))) for _ in range(60)]
    spoken = [said(*sounds[:30]), said(*sounds[30:], start=BEGUN + 4 * MEDIA_RATE)]
    times = range(BEGUN - MEDIA_RATE, BEGUN + 9 * MEDIA_RATE, 2 * MILLISECOND)
    shapes = [np.array(astuple(mouth(at, near(spoken, at)))) for at in times]
    assert all(((shape >= 0) & (shape <= 1)).all() for shape in shapes)
    assert max(np.abs(b - a).max() for a, b in pairwise(shapes)) < 0.09, "in 2 ms"


def near(spoken: list[Said], at: int) -> list[Said]:
    """The utterances that a face is told of at a media time."""
    reach = MEDIA_RATE // 2
    return [one for one in spoken if one.start - reach <= at <= one.start + len(one.utterance.pcm) + reach]


def test_an_utterance_with_nothing_in_it_changes_nothing() -> None:
    empty = Said(Utterance(np.zeros(0, np.int16), (Viseme(0, SILENCE),)), BEGUN)
    assert astuple(seen(0, empty)) == pytest.approx(astuple(mouth(BEGUN, [])), abs=1e-6)
