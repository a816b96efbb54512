"""What the front end's build makes of the presenters, and what becomes of it as pixels."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from dragoman.avatar import animation, painting
from dragoman.avatar.characters import Character, characters
from dragoman.avatar.features import Palette
from dragoman.avatar.layers import FINE, layers
from dragoman.avatar.mouths import Mouth
from dragoman.avatar.moving import Moving, moving
from dragoman.avatar.painting import Painter
from dragoman.avatar.pixels import Box
from dragoman.engines.embedded import face
from dragoman.engines.weights import ModelMissing

SIDE = 256
REST = animation.Pose(Mouth(0, 0.6, 0, 0, 1), 1, (0, 0), 0, 0, 0, 0, 1)

everybody = pytest.mark.parametrize("character", characters(), ids=lambda who: who.character)


def painter(character: Character, size: int = SIDE) -> Painter:
    drawn = layers(character, size, size, "#00ff00")
    return Painter(drawn, Palette.of(character.skin, character.hair), lashes=character.lashes)


@everybody
def test_a_head_is_whole_and_its_edge_is_mixed_with_the_background(character: Character) -> None:
    drawn = layers(character, SIDE, SIDE, "#00ff00")
    assert 0.3 * SIDE < drawn.head.shape[1] / FINE < SIDE
    alpha = drawn.head[..., 3]
    assert (drawn.head[alpha == 0][:, :3] == (0, 255, 0)).all(), "where nobody is, there is background"
    for box, skin in drawn.skin:
        middle = skin[skin.shape[0] // 2, skin.shape[1] // 2, :3]
        assert np.array_equal(middle[::-1], list(bytes.fromhex(character.skin[1:]))), box


@everybody
def test_what_is_shared_between_streams_is_not_painted_on(character: Character) -> None:
    drawn = layers(character, SIDE, SIDE, "#00ff00")
    head, body = drawn.head.copy(), drawn.body.copy()
    Painter(drawn, Palette.of(character.skin, character.hair), lashes=True).paint(replace(REST, tilt=2.0))
    assert np.array_equal(head, drawn.head)
    assert np.array_equal(body, drawn.body)


@everybody
def test_a_pose_leaves_nothing_of_the_one_before_in_the_picture(character: Character) -> None:
    fresh, used = painter(character), painter(character)
    wild = replace(REST, mouth=Mouth(1, 1, 1, 1, 0), gaze=(1, 1), brows=1.0, turn=1.0, nod=1.2, tilt=2.2, breath=0.0)
    used.paint(wild)
    used.paint(replace(wild, turn=-1.0, nod=-1.0, tilt=-2.2, lids=0.0, gaze=(-1, -1)))
    assert np.array_equal(used.paint(REST), fresh.paint(REST))


@everybody
@pytest.mark.parametrize("side", [-1.0, 1.0])
@pytest.mark.parametrize("size", [64, 130, 512])
def test_what_is_painted_once_would_look_the_same_if_it_were_painted_again(
    character: Character, size: int, side: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    farthest = replace(REST, turn=side, nod=1.2 * side, tilt=2.2 * side, breath=0.5 - 0.5 * side)
    saving = painter(character, size).paint(farthest)
    below = Box(0, 4, size, size)
    everything = Moving(body=(below,), head=(Box(0, 0, size, 4),), before=(below,))
    monkeypatch.setattr(painting, "moving", lambda layers: everything)
    difference = saving.astype(np.int16) - painter(character, size).paint(farthest)
    assert np.abs(difference).max() <= 1


@everybody
def test_most_of_a_picture_is_painted_once(character: Character) -> None:
    boxes = moving(layers(character, SIDE, SIDE, "#00ff00"))
    painted = sum((box.right - box.left) * (box.bottom - box.top) for box in (*boxes.head, *boxes.before))
    assert painted < 0.6 * SIDE * SIDE


@everybody
@pytest.mark.parametrize(
    "change",
    [
        {"lids": 0.0},
        {"gaze": (1.0, 0.0)},
        {"brows": 1.0},
        {"turn": 1.0},
        {"nod": 1.0},
        {"tilt": 2.0},
        {"breath": 0.0},
        {"mouth": Mouth(0.8, 0.6, 0, 0, 1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_part_of_a_pose_can_be_seen(character: Character, change: dict[str, object]) -> None:
    one = painter(character)
    before = one.paint(REST).astype(np.int16)
    after = one.paint(replace(REST, **change)).astype(np.int16)
    assert (np.abs(after - before) > 16).sum() > 12


async def test_without_the_front_end_s_build_the_face_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    ghost = replace(characters()[0], character="ghost")
    monkeypatch.setattr(face, "characters", lambda: (ghost,))
    threads = set(threading.enumerate())
    with pytest.raises(ModelMissing, match="make run"):
        await face.load()
    assert set(threading.enumerate()) <= threads
