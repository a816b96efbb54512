"""What every face must do, whatever draws it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest

from dragoman.avatar.characters import characters
from dragoman.engines.protocols import Face, FaceStream, Look, Said
from dragoman.errors import EngineFailed
from dragoman.packets import PICTURE_SAMPLES, Picture
from dragoman.speech import MEDIA_RATE, Utterance, Viseme
from loading import loaded, names, surroundings

CHARACTERS = [who.character for who in characters()]
OPEN, CLOSED = 2, 21
"""Visemes."""


@pytest.fixture(params=[name for name in names("face") if isinstance(name, str)])
def name(request: pytest.FixtureRequest) -> str:
    """Each face's name."""
    return str(request.param)


@pytest.fixture
async def around(name: str) -> AsyncIterator[dict[str, Any]]:
    """The engine's settings, and the service that they name."""
    async with surroundings(name) as settings:
        yield settings


@pytest.fixture
async def face(name: str, around: dict[str, Any]) -> AsyncIterator[Face]:
    """A face for one test. Of one that speaks by itself this is who stands in for it."""
    async with loaded("face", name, settings=around) as engine:
        yield engine


def look(character: str = CHARACTERS[0], *, width: int = 256, height: int = 256, background: str | None = None) -> Look:
    style = next(who.styles[0] for who in characters() if who.character == character)
    return Look(character, style, width, height, background)


def holding(viseme: int, at: int) -> list[Said]:
    """Two seconds of one viseme, `at` in their middle."""
    pcm = np.zeros(2 * MEDIA_RATE, np.int16)
    return [Said(Utterance(pcm, (Viseme(0, viseme), Viseme(len(pcm), 0))), at - MEDIA_RATE)]


def drawn(stream: FaceStream, at: int, said: list[Said]) -> Picture:
    """A picture to keep: the stream may write its own anew."""
    return stream.draw(at, said).copy()


def luma(picture: Picture) -> np.ndarray:
    """The brightness of a picture's pixels, shape (height, width), signed."""
    return picture[: picture.shape[0] * 2 // 3].astype(np.int16)


def colour_at(picture: Picture, row: int, column: int) -> tuple[int, int, int]:
    """Luma, U and V of a pixel."""
    height, width = picture.shape[0] * 2 // 3, picture.shape[1]
    chroma = picture[height:].reshape(2, height // 2, width // 2)
    return int(picture[row, column]), *(int(plane[row // 2, column // 2]) for plane in chroma)


@pytest.mark.parametrize("character", CHARACTERS)
@pytest.mark.parametrize(("width", "height"), [(512, 512), (720, 720), (1280, 720), (360, 640), (130, 98)])
async def test_a_picture_is_i420_of_the_size_of_the_look(face: Face, character: str, width: int, height: int):
    stream = await face.open(look(character, width=width, height=height))
    picture = stream.draw(0, [])
    assert picture.dtype == np.uint8
    assert picture.shape == (height * 3 // 2, width)
    assert picture.flags.c_contiguous
    assert luma(picture).std() > 10, "somebody is there"


async def test_the_same_story_gives_the_same_pictures(face: Face):
    first, second = await asyncio.gather(face.open(look()), face.open(look()))
    for number in range(40):
        at = number * PICTURE_SAMPLES
        assert np.array_equal(drawn(first, at, holding(OPEN, at)), drawn(second, at, holding(OPEN, at)))


async def test_streams_of_one_look_do_not_disturb_each_other(face: Face):
    alone, one, other = [await face.open(look()) for _ in range(3)]
    at = 3 * MEDIA_RATE
    expected = drawn(alone, at, holding(OPEN, at))
    picture = one.draw(at, holding(OPEN, at))
    other.draw(at, holding(CLOSED, at))
    assert np.array_equal(picture, expected)


@pytest.mark.parametrize("character", CHARACTERS)
async def test_an_open_mouth_differs_from_a_closed_one_in_one_place_low_in_the_face(face: Face, character: str):
    stream = await face.open(look(character))
    at = 3 * MEDIA_RATE
    opened, closed = (luma(drawn(stream, at, holding(viseme, at))) for viseme in (OPEN, CLOSED))
    rows, columns = np.nonzero(np.abs(opened - closed) > 24)
    assert len(rows) > 60, "pixels, of 256 by 256"
    assert rows.max() - rows.min() < 256 // 5
    assert columns.max() - columns.min() < 256 // 5
    assert abs(np.median(columns) - 128) < 256 // 12


@pytest.mark.parametrize("character", CHARACTERS)
async def test_every_viseme_can_be_seen_and_most_can_be_told_apart(face: Face, character: str):
    stream = await face.open(look(character))
    at = 3 * MEDIA_RATE
    pictures = [luma(drawn(stream, at, holding(viseme, at))) for viseme in range(1, 22)]
    pairs = list(combinations(pictures, 2))
    distinct = sum(bool((np.abs(a - b) > 24).sum() >= 10) for a, b in pairs)
    assert distinct > 0.85 * len(pairs)


@pytest.mark.parametrize("character", CHARACTERS)
async def test_between_utterances_a_presenter_lives_quietly(face: Face, character: str):
    stream = await face.open(look(character))
    pictures = [luma(drawn(stream, number * PICTURE_SAMPLES, [])) for number in range(200)]
    steps = [np.abs(b - a).mean() for a, b in pairwise(pictures)]
    assert sum(step > 0 for step in steps) > 150, "never a still for long"
    assert max(steps) < 3, "of 256 steps of brightness, in the mean over the picture"
    assert np.abs(pictures[0] - pictures[-1]).mean() < 8


@pytest.mark.parametrize("character", CHARACTERS)
async def test_the_background_is_the_look_s_and_reaches_the_corners(face: Face, character: str):
    own, green = await face.open(look(character)), await face.open(look(character, background="#00ff00"))
    for at in (0, MEDIA_RATE, 5 * MEDIA_RATE):
        for row, column in ((0, 0), (0, 255), (90, 2), (90, 253)):
            # BT.601 in studio range: pure green is (145, 54, 34)
            assert np.allclose(colour_at(drawn(green, at, []), row, column), (145, 54, 34), atol=2)
            assert not np.allclose(colour_at(drawn(own, at, []), row, column), (145, 54, 34), atol=40)


@pytest.mark.parametrize("character", CHARACTERS)
async def test_where_the_presenter_stands_the_background_does_not_shine_through(face: Face, character: str):
    black, white = [await face.open(look(character, background=shade)) for shade in ("#000000", "#ffffff")]
    for number in range(0, 300, 15):
        at = number * PICTURE_SAMPLES
        a, b = (luma(drawn(stream, at, holding(OPEN, at))) for stream in (black, white))
        assert np.abs(a - b)[60:250, 113:143].max() <= 2, "face, neck, breast"


async def test_every_presenter_has_a_gender(face: Face):
    assert {face.gender(character) for character in CHARACTERS} == {"female", "male"}
    with pytest.raises(EngineFailed, match="nobody"):
        face.gender("nobody")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Look("nobody", "office"), "nobody"),
        (Look("../amara", "office"), "presenter"),
        (Look(CHARACTERS[0], "beach"), "beach"),
        (look(width=511), "even"),
        (look(height=257), "even"),
        (look(width=0), "even"),
        (look(height=1_000_000), "even"),
        (look(background="green"), "#rrggbb"),
    ],
)
async def test_a_look_that_cannot_be_drawn_is_refused_with_a_sentence(face: Face, wrong: Look, said: str):
    with pytest.raises(EngineFailed, match=said):
        await face.open(wrong)


async def test_a_closed_face_opens_no_more(name: str, around: dict[str, Any]):
    async with loaded("face", name, settings=around) as face:
        await face.open(look())
    with pytest.raises(EngineFailed, match="closed"):
        await face.open(look(background="#123456"))
