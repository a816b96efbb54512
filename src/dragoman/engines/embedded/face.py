"""The embedded face: presenters drawn from flat layers; mouth, eyes and brows are painted for each picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from zlib import crc32

from dragoman.avatar.animation import pose
from dragoman.avatar.characters import Character, characters
from dragoman.avatar.features import Palette
from dragoman.avatar.layers import Layers, layers
from dragoman.avatar.painting import Painter
from dragoman.engines.protocols import FaceStream, Look, Said
from dragoman.engines.threads import Worker, WorkerClosed
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
        # rasterising takes a tenth of a second: too long for the event loop
        self._worker = Worker("face")
        self._layers = lru_cache(maxsize=_KEPT)(layers)

    def gender(self, character: str) -> str:
        """As the protocol says."""
        return _named(character).gender

    async def open(self, look: Look) -> FaceStream:
        """As the protocol says; streams of one look share its layers."""
        character = _checked(look)
        background = look.background or character.background
        try:
            drawn = await self._worker.run(0, self._layers, character, look.width, look.height, background)
        except WorkerClosed as error:
            raise EngineFailed("the face is closed") from error
        except FileNotFoundError as error:
            raise EngineFailed(f"the layers of {look.character} are missing: build the pages") from error
        return EmbeddedFaceStream(character, drawn)

    async def close(self) -> None:
        """Let the layers go. Idempotent."""
        await self._worker.close()
        self._layers.cache_clear()


class EmbeddedFaceStream:
    """One presenter, moving."""

    def __init__(self, character: Character, drawn: Layers) -> None:
        # the same presenter moves in the same way every time: pictures can be compared
        self._seed = crc32(character.character.encode())
        self._painter = Painter(drawn, Palette.of(character.skin, character.hair))

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


async def load(model: str) -> EmbeddedFace:
    """The engine. There is one model, so that nothing may stand after its name. Raises EngineFailed."""
    if model:
        raise EngineFailed(f"the embedded face has no model {model}")
    return EmbeddedFace()
