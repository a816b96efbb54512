"""How presenters move, without drawing them."""

from __future__ import annotations

from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pytest

from dragoman.avatar.animation import Pose, pose
from dragoman.avatar.noise import chance, drift
from dragoman.engines.protocols import Said
from dragoman.packets import PICTURE_SAMPLES, PICTURES_PER_SECOND
from dragoman.speech import MEDIA_RATE, Utterance, Viseme

SEED = 2026
MINUTE = 60 * PICTURES_PER_SECOND
"""Pictures."""


def utterance(seconds: float, loudness: float = 4000.0) -> Utterance:
    """Sound of syllables, four a second, with a viseme for each half of one."""
    count = int(seconds * MEDIA_RATE)
    t = np.arange(count) / MEDIA_RATE
    sound = loudness * np.sin(2 * np.pi * 140 * t) * np.abs(np.sin(2 * np.pi * 2 * t))
    shapes = [Viseme(i * MEDIA_RATE // 8, (21, 2, 19, 6)[i % 4]) for i in range(int(seconds * 8))]
    return Utterance(sound.astype(np.int16), (*shapes, Viseme(count, 0)))


def poses(count: int, said: list[Said], seed: int = SEED) -> list[Pose]:
    """One for every picture, told of what is near as a channel does it."""
    reach = MEDIA_RATE // 2
    times = [number * PICTURE_SAMPLES for number in range(count)]
    return [
        pose(at, [one for one in said if one.start - reach <= at <= one.start + len(one.utterance.pcm) + reach], seed)
        for at in times
    ]


def figures(one: Pose) -> np.ndarray:
    """What of a pose moves slowly: not mouth, lids and gaze."""
    return np.array([one.brows, one.turn, one.nod, one.tilt, one.breath])


def test_the_same_seed_and_time_give_the_same_pose_and_another_seed_another() -> None:
    said = [Said(utterance(2), MEDIA_RATE)]
    once, again, other = poses(80, said), poses(80, said), poses(80, said, SEED + 1)
    assert once == again
    assert once != other
    assert pose(70 * PICTURE_SAMPLES, said, SEED) == once[70], "whatever was drawn before"


def test_eyes_blink_every_two_to_six_seconds_and_are_shut_briefly() -> None:
    shut = [one.lids < 0.3 for one in poses(4 * MINUTE, [])]
    begun = [number for number, (before, now) in enumerate(pairwise(shut), 1) if now and not before]
    gaps = [(b - a) / PICTURES_PER_SECOND for a, b in pairwise(begun)]
    single = [gap for gap in gaps if gap > 0.6]
    assert all(1.4 < gap < 6.1 for gap in single)
    assert np.std(single) > 0.3, "not by a metronome"
    assert 4 * 10 < len(begun) < 4 * 25
    assert sum(shut) / len(begun) <= 4, "pictures"
    assert len(single) < len(gaps), "some blinks are double"


@pytest.mark.parametrize("said", [[], [Said(utterance(4), 2 * MEDIA_RATE), Said(utterance(3), 8 * MEDIA_RATE)]])
def test_from_picture_to_picture_nothing_jumps(said: list[Said]) -> None:
    for before, now in pairwise(poses(MINUTE, said)):
        assert np.abs(figures(now) - figures(before)).max() < 0.2, (asdict(before), asdict(now))
        assert abs(now.gaze[0] - before.gaze[0]) < 1.2, "eyes do jump, but not from side to side in one picture"


def test_everything_stays_where_the_painter_has_room_for_it() -> None:
    for one in poses(2 * MINUTE, [Said(utterance(80, 20_000.0), 10 * MEDIA_RATE)]):
        assert -1 <= one.turn <= 1
        assert -1 <= one.nod <= 1.2
        assert abs(one.tilt) <= 2.2
        assert 0 <= one.lids <= 1
        assert 0 <= one.brows <= 1
        assert 0 <= one.breath <= 1
        assert max(map(abs, one.gaze)) <= 1


def test_somebody_who_speaks_moves_more_than_somebody_who_listens() -> None:
    speaking, listening = poses(MINUTE, [Said(utterance(60), 0)]), poses(MINUTE, [])
    moved = [float(np.std([figures(one)[1:4] for one in many], axis=0).sum()) for many in (speaking, listening)]
    assert moved[0] > 1.2 * moved[1]


def test_brows_rise_as_an_utterance_begins() -> None:
    said = [Said(utterance(4), 4 * MEDIA_RATE)]
    moving, idle = poses(150, said), poses(150, [])
    begun = 4 * PICTURES_PER_SECOND + 4
    assert moving[begun].brows > idle[begun].brows + 0.2


def test_chance_is_even_and_drift_is_smooth() -> None:
    numbers = [chance(SEED, 1, number) for number in range(4000)]
    assert abs(np.mean(numbers) - 0.5) < 0.02
    assert np.histogram(numbers, 10, (0, 1))[0].min() > 320
    path = np.array([drift(SEED, 3, at / 1000, 1.0) for at in range(20_000)])
    assert np.abs(path).max() <= 1
    assert np.abs(np.diff(path)).max() < 0.005
    assert np.std(path) > 0.2
