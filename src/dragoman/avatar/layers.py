"""A presenter's layers as pixels: the SVGs that the front end's build composed, rasterised at the size of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import product

import cv2
import numpy as np
import resvg_py

from dragoman.avatar.characters import Character
from dragoman.avatar.pixels import Box, Colour, Image, colour, lay, opaque, see_through

GRID = 280
"""Units along a side of the drawings; every position and length of a face is in these."""
FINE = 1.5
"""Pixels of the head's layer per pixel of the picture, along a side: moved by parts of a pixel it stays sharp."""

_FACE = ((99, 80, 181, 86), (94, 86, 186, 126), (112, 126, 168, 170), (124, 170, 156, 182))
"""Units: left, top, right, bottom of where a face is painted, with all its movement, in steps that leave out as much
hair as can be: what hangs into them is laid over every picture."""
_DRAWINGS = 12
"""Rasterised drawings that are kept: for pictures of 512 by 512 three of a presenter, together 6 MB."""
_TILE = 32
"""Pixels along a side of the pieces in which what hangs into the face is kept: most are empty."""


@dataclass(frozen=True, slots=True)
class Layers:
    """What does not change from picture to picture. Shared by streams, so nobody writes into it."""

    body: Image
    """neck, shoulders and clothes over the background, as large as the picture"""
    background: Colour
    head: Image
    """head and hair without a face over the background, but with their alpha; only as large as they are, `fine` pixels
    a unit. Where no body is behind it can be moved into the picture as it is"""
    corner: tuple[int, int]
    """where in the whole drawing `head` begins: left and top, its pixels"""
    skin: tuple[tuple[Box, Image], ...]
    """the parts of `head` where a face is painted, without what hangs into it"""
    hanging: tuple[tuple[Box, Image, Image], ...]
    """hair and glasses before the face, in pieces with their places in `head`, premultiplied; and what each piece lets
    through"""
    scale: float
    """pixels of the picture per unit"""
    origin: tuple[float, float]
    """pixels: where in the picture the drawing's left upper corner lies"""

    @property
    def fine(self) -> float:
        """Pixels of `head` per unit."""
        return self.scale * FINE


def layers(character: Character, width: int, height: int, background: str) -> Layers:
    """The layers of a picture: the drawing stands in the middle of its lower edge, as large as it fits.

    width, height: pixels. background: #rrggbb. Raises FileNotFoundError where the front end's build has not run.
    """
    side = min(width, height)
    left, top = (width - side) // 2, height - side
    body = np.full((height, width, 4), colour(background), np.uint8)
    lay(_drawn(character, "body", side), body[top:, left : left + side])
    skin, front = (_drawn(character, name, round(side * FINE)) for name in ("head", "front"))
    bare = _over_background([skin], background)
    head = _over_background([skin, front], background)
    box = opaque(head[..., 3])
    places = [Box(*(round(edge * side * FINE / GRID) for edge in part)) for part in _FACE]
    return Layers(
        body=body,
        background=colour(background),
        head=box.of(head).copy(),
        corner=(box.left, box.top),
        skin=tuple((place.moved(-box.left, -box.top), place.of(bare).copy()) for place in places),
        hanging=_pieces(box.of(front), [place.moved(-box.left, -box.top) for place in places]),
        scale=side / GRID,
        origin=(left, top),
    )


def _over_background(above: Sequence[Image], background: str) -> Image:
    """Layers over the background, with the alpha that they have without it."""
    image = np.full_like(above[0], colour(background))
    through = np.full(image.shape[:2], 255, np.uint8)
    for layer in above:
        lay(layer, image)
        cv2.multiply(through, cv2.bitwise_not(cv2.extractChannel(layer, 3)), dst=through, scale=1 / 255)
    image[..., 3] = cv2.bitwise_not(through)
    return image


@lru_cache(maxsize=_DRAWINGS)
def _drawn(character: Character, name: str, side: int) -> Image:
    """A layer's SVG as a square of so many pixels, kept: resvg takes 50 ms, in which no other thread goes on."""
    file = resources.files("dragoman.avatar").joinpath("data", character.character, f"{name}.svg")
    png = resvg_py.svg_to_bytes(svg_string=file.read_text(encoding="utf-8"), width=side, height=side)
    straight = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    assert straight is not None, "resvg's own PNG"
    weight = cv2.cvtColor(cv2.extractChannel(straight, 3), cv2.COLOR_GRAY2BGRA)
    return np.asarray(cv2.multiply(straight, weight, scale=1 / 255), np.uint8)


def _pieces(image: Image, places: list[Box]) -> tuple[tuple[Box, Image, Image], ...]:
    """The parts of an image, in some places of it, in which something can be seen."""
    tiles = (
        Box(left, top, min(left + _TILE, place.right), min(top + _TILE, place.bottom))
        for place in places
        for top, left in product(range(place.top, place.bottom, _TILE), range(place.left, place.right, _TILE))
    )
    seen = ((tile, tile.of(image).copy()) for tile in tiles if tile.of(image)[..., 3].any())
    return tuple((tile, piece, see_through(piece)) for tile, piece in seen)
