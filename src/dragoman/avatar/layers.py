"""A presenter's layers as pixels: the SVGs that the front end's build composed, rasterised at the size of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from itertools import product

import cv2
import numpy as np
import resvg_py

from dragoman.avatar.characters import Character
from dragoman.avatar.pixels import Box, Image, colour, lay, opaque

GRID = 280
"""Units along a side of the drawings; every position and length of a face is in these."""
FINE = 2
"""Pixels of the head's layer per pixel of the picture, along a side: moved by parts of a pixel it stays sharp."""

_FACE = (84, 70, 196, 180)
"""Units: left, top, right, bottom of where mouth, nose, eyes and brows are painted, with all their movement."""
_TILE = 32
"""Pixels along a side of the pieces in which what hangs into the face is kept: most are empty."""


@dataclass(frozen=True, slots=True)
class Layers:
    """What does not change from picture to picture. Shared by streams, so nobody writes into it."""

    body: Image
    """neck, shoulders and clothes over the background, as large as the picture"""
    body_top: int
    """the first row that is not background alone"""
    head: Image
    """head and hair without a face, only as large as they are, `fine` pixels a unit"""
    corner: tuple[int, int]
    """where in the whole drawing `head` begins: left and top, its pixels"""
    face: Box
    """in `head`: where a face is painted"""
    skin: Image
    """that part of `head` without what hangs into it"""
    hanging: tuple[tuple[Box, Image], ...]
    """hair and glasses before the face, in pieces, with their places in `skin`"""
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
    drawn = _drawn(character, "body", side)
    lay(drawn, body[top:, left : left + side])
    skin, front = (_drawn(character, name, side * FINE) for name in ("head", "front"))
    head = skin.copy()
    lay(front, head)
    box = opaque(head)
    face = Box(*(round(edge * side * FINE / GRID) for edge in _FACE))
    return Layers(
        body=body,
        body_top=top + opaque(drawn).top,
        head=np.ascontiguousarray(box.of(head)),
        corner=(box.left, box.top),
        face=face.moved(-box.left, -box.top),
        skin=np.ascontiguousarray(face.of(skin)),
        hanging=_pieces(face.of(front)),
        scale=side / GRID,
        origin=(left, top),
    )


def _drawn(character: Character, name: str, side: int) -> Image:
    """A layer's SVG as a square of so many pixels."""
    file = resources.files("dragoman.avatar").joinpath("data", character.character, f"{name}.svg")
    png = resvg_py.svg_to_bytes(svg_string=file.read_text(encoding="utf-8"), width=side, height=side)
    straight = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    assert straight is not None, "resvg's own PNG"
    weight = straight.astype(np.uint16)
    weight[..., :3] = (weight[..., :3] * weight[..., 3:] + 127) // 255
    return weight.astype(np.uint8)


def _pieces(image: Image) -> tuple[tuple[Box, Image], ...]:
    """The parts of an image in which something can be seen."""
    height, width = image.shape[:2]
    tiles = (
        Box(left, top, left + _TILE, top + _TILE).within(width, height)
        for top, left in product(range(0, height, _TILE), range(0, width, _TILE))
    )
    return tuple((tile, tile.of(image).copy()) for tile in tiles if tile.of(image)[..., 3].any())
