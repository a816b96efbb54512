"""Which parts of a picture change when a presenter moves; the others are painted once.

Flat drawings hold large even areas: the middle of thick hair looks the same wherever the head goes. They are found on
a grid of the drawing's units, so that it costs the same for every size of a picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import radians

import cv2
import numpy as np
import numpy.typing as npt

from dragoman.avatar.layers import FINE, GRID, Layers
from dragoman.avatar.pixels import Box, opaque

NECK = (140.0, 186.0)
"""Units: the point about which a head tilts."""
SWAY = (1.6, 1.7)
"""Units by which the head moves across as it turns, and down as it nods."""
BREATH = 1.1
"""Units by which the shoulders rise."""

_TILT = radians(2.5)
"""As far as a head tilts, and a little more."""
_FARTHEST = (1.2 * SWAY[0], 1.2 * SWAY[1] + BREATH)
"""Units by which it moves beside that, across and down: what a pose allows, and a little more."""
_STRIP = 32
"""Units: rows are looked at in strips of this height."""
_GAP = 24
"""Units across that must be still to part two boxes of a strip: every box costs a call."""

_Grid = npt.NDArray[np.bool_]
"""What is so for each square unit of a drawing: rows of columns."""


@dataclass(frozen=True, slots=True)
class Moving:
    """The boxes of a picture to paint anew. No two of a kind overlap."""

    body: tuple[Box, ...]
    head: tuple[Box, ...]
    """where the head is before the background alone"""
    before: tuple[Box, ...]
    """where it may be before the body: each lies in a box of `body`"""


def moving(layers: Layers) -> Moving:
    """What of a presenter's picture changes from pose to pose."""
    breathing, seen, restless = _body(layers), _head(layers, _seen(layers)), _head(layers, _restless(layers))
    body, head, before = list[Box](), list[Box](), list[Box]()
    for top in range(0, GRID, _STRIP):
        strip = Box(0, top, GRID, min(top + _STRIP, GRID))
        beside = [strip]
        if strip.of(breathing).any():
            columns = np.flatnonzero(strip.of(breathing).any(axis=0))
            covered = strip._replace(left=int(columns[0]), right=int(columns[-1]) + 1)
            if covered.right - covered.left > GRID // 2:
                covered = strip  # rows that are whole lie behind each other in memory, and mix twice as fast
            _append(body, covered)
            before += _tight(seen, covered)
            beside = [strip._replace(right=covered.left), strip._replace(left=covered.right)]
        head += [box for part in beside for run in _runs(restless, part) for box in _tight(restless, run)]
    return Moving(*(_pixels(boxes, layers) for boxes in (body, head, before)))


def _append(boxes: list[Box], box: Box) -> None:
    """Add a box, as one with the last where that has the same columns."""
    if boxes and boxes[-1]._replace(top=box.top, bottom=box.bottom) == box:
        box = box._replace(top=boxes.pop().top)
    boxes.append(box)


def _body(layers: Layers) -> _Grid:
    """Where the body may be."""
    rows, columns = np.nonzero(_words(layers.body) != _words(np.array(layers.background, np.uint8)))
    left, top = layers.origin
    still = _grid((rows - top) / layers.scale, (columns - left) / layers.scale)
    return _reached(still, np.full(GRID, _margin(layers)), np.full(GRID, _margin(layers) + BREATH))


def _head(layers: Layers, part: _Grid) -> _Grid:
    """Where a part of the head's layer may be, in whatever pose. part: which of the layer's pixels."""
    rows, columns = np.nonzero(part)
    still = _grid((rows + layers.corner[1]) / layers.fine, (columns + layers.corner[0]) / layers.fine)
    middles = np.arange(GRID) + 0.5
    across, down = (_FARTHEST[axis] + _TILT * np.abs(middles - NECK[1 - axis]) for axis in (0, 1))
    margin = _margin(layers)
    return _reached(still, across + margin, down + margin)


def _margin(layers: Layers) -> float:
    """Units by which more is painted than moves: a unit's own size, a pixel of the layer that is mixed with the next
    one, and half a pixel of the picture by which edges of boxes are rounded."""
    return 1.0 + (1.0 / FINE + 0.5) / layers.scale


def _seen(layers: Layers) -> _Grid:
    return np.asarray(layers.head[..., 3] > 0)


def _restless(layers: Layers) -> _Grid:
    """Pixels of the head's layer unlike one beside them, and all where a face is painted."""
    framed = cv2.copyMakeBorder(layers.head, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(*layers.background[:3], 0))
    edges = cv2.morphologyEx(framed, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    restless: _Grid = _words(np.asarray(edges))[1:-1, 1:-1] != 0
    for box, _ in layers.skin:
        box.of(restless)[:] = True
    return restless


def _words(image: npt.NDArray[np.generic]) -> npt.NDArray[np.uint32]:
    """Each pixel as one number: compared at once, not channel by channel."""
    return np.ascontiguousarray(image).view(np.uint32)[..., 0]


def _grid(rows: npt.NDArray[np.floating], columns: npt.NDArray[np.floating]) -> _Grid:
    """The units in which these points are."""
    grid = np.zeros((GRID, GRID), np.bool_)
    grid[np.clip(rows.astype(int), 0, GRID - 1), np.clip(columns.astype(int), 0, GRID - 1)] = True
    return grid


def _reached(grid: _Grid, across: npt.NDArray[np.float64], down: npt.NDArray[np.float64]) -> _Grid:
    """All that is so near to what is set. across: units for each row. down: units for each column, upwards too."""
    rows, columns = np.nonzero(grid)
    wide, high = np.ceil(across[rows]).astype(int), np.ceil(down[columns]).astype(int)
    left, right = np.maximum(columns - wide, 0), np.minimum(columns + wide + 1, GRID)
    top, bottom = np.maximum(rows - high, 0), np.minimum(rows + high + 1, GRID)
    # every rectangle by its corners alone; the sums fill them
    corners = np.zeros((GRID + 1, GRID + 1), int)
    for y, x, change in ((top, left, 1), (top, right, -1), (bottom, left, -1), (bottom, right, 1)):
        np.add.at(corners, (y, x), change)
    return np.asarray(corners.cumsum(axis=0).cumsum(axis=1)[:GRID, :GRID] > 0)


def _runs(grid: _Grid, part: Box) -> Iterator[Box]:
    """A part of the grid, cut where nothing is set in it over more than _GAP columns."""
    columns = part.left + np.flatnonzero(part.of(grid).any(axis=0))
    if len(columns):
        cuts = np.flatnonzero(np.diff(columns) > _GAP)
        for first, last in zip((0, *(cuts + 1)), (*cuts, -1), strict=True):
            yield part._replace(left=int(columns[first]), right=int(columns[last]) + 1)


def _tight(grid: _Grid, part: Box) -> Iterator[Box]:
    """The smallest box around what is set in a part of the grid; nothing where nothing is."""
    if (inside := part.of(grid)).any():
        yield opaque(inside.astype(np.uint8)).moved(part.left, part.top)


def _pixels(boxes: list[Box], layers: Layers) -> tuple[Box, ...]:
    """Boxes of units in the picture, less those with no pixel in them. Boxes that touch each other still do."""
    starts, scale = layers.origin * 2, layers.scale
    found = (Box(*(round(start + edge * scale) for start, edge in zip(starts, box, strict=True))) for box in boxes)
    return tuple(box for box in found if box.left < box.right and box.top < box.bottom)
