"""The embedded face: presenters drawn from flat layers; mouth, eyes and brows are painted for each picture."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from zlib import crc32

from dragoman.avatar.animation import pose
from dragoman.avatar.characters import Character, characters
from dragoman.avatar.features import Palette
from dragoman.avatar.layers import Layers, layers
from dragoman.avatar.painting import Painter
from dragoman.engines.protocols import FaceStream, Look, Said
from dragoman.engines.threads import Worker, WorkerClosed
from dragoman.engines.weights import ModelMissing
from dragoman.errors import EngineFailed
from dragoman.packets import Picture

SMALLEST, LARGEST = 64, 2048
"""Pixels along a side of a picture."""
_KEPT = 8
"""Looks whose layers are kept; one of 512 by 512 takes 4 MB."""


class EmbeddedFace:
    """Draws the presenters of `characters.json`."""

    name = "embedded"

    def __init__(self) -> None:
        # composing the layers of a look takes some 30 ms: too long for the event loop
        self._worker = Worker("face")
        self._layers = lru_cache(maxsize=_KEPT)(layers)

    async def prepare(self) -> None:
        """Rasterise all presenters in the usual size, which would hold up every thread later. Raises ModelMissing."""
        try:
            for who in characters():
                usual = Look(who.character)
                await self._worker.run(0, self._layers, who, usual.width, usual.height, who.background)
        except FileNotFoundError as error:
            raise ModelMissing(
                "The presenters' layers are not there: a checkout makes them with `make run`, a wheel carries them."
            ) from error

    def gender(self, character: str) -> str:
        """As the protocol says."""
        return _named(character).gender

    async def open(self, look: Look) -> FaceStream:
        """As the protocol says; streams of one look share its layers."""
        character = _checked(look)
        background = look.background or character.background
        try:
            return await self._worker.run(0, self._opened, character, look.width, look.height, background)
        except WorkerClosed as error:
            raise EngineFailed("the face is closed") from error

    async def close(self) -> None:
        """Let the layers go. Idempotent."""
        await self._worker.close()
        self._layers.cache_clear()

    def _opened(self, character: Character, width: int, height: int, background: str) -> FaceStream:
        return EmbeddedFaceStream(character, self._layers(character, width, height, background))


class EmbeddedFaceStream:
    """One presenter, moving."""

    def __init__(self, character: Character, drawn: Layers) -> None:
        # the same presenter moves in the same way every time: pictures can be compared
        self._seed = crc32(character.character.encode())
        self._painter = Painter(drawn, Palette.of(character.skin, character.hair), lashes=character.lashes)

    def draw(self, at: int, said: Sequence[Said]) -> Picture:
        """As the protocol says; the array is written anew by the next call."""
        return self._painter.paint(pose(at, said, self._seed))


def _named(name: str) -> Character:
    for character in characters():
        if character.character == name:
            return character
    raise EngineFailed(f"there is no presenter {name}; there are {', '.join(who.character for who in characters())}")


def _checked(look: Look) -> Character:
    """The look's character. Raises EngineFailed where it cannot be drawn."""
    character = _named(look.character)
    if look.style and look.style not in character.styles:
        raise EngineFailed(f"{look.character} has no style {look.style}; there are {', '.join(character.styles)}")
    for side in (look.width, look.height):
        if side % 2 or not SMALLEST <= side <= LARGEST:
            raise EngineFailed(f"a picture's sides are even and from {SMALLEST} to {LARGEST} pixels, not {side}")
    if look.background is not None and not re.fullmatch("#[0-9a-fA-F]{6}", look.background):
        raise EngineFailed("a background is written #rrggbb")
    return character


async def load(_variant: str = "", _settings: Mapping[str, Any] | None = None) -> EmbeddedFace:
    """The embedded face; there is one variant. Raises ModelMissing where the front end's build has not run."""
    face = EmbeddedFace()
    try:
        await face.prepare()
    except BaseException:  # cancelled too: nothing of it is left behind
        await face.close()
        raise
    return face
