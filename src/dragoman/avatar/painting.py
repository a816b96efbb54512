"""A pose as a picture: the face painted on the head's layer, the head laid over the body, the whole in I420."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin

import cv2
import numpy as np
import numpy.typing as npt

from dragoman.avatar import features
from dragoman.avatar.animation import Pose
from dragoman.avatar.features import Canvas, Palette
from dragoman.avatar.layers import FINE, Layers
from dragoman.avatar.moving import BREATH, NECK, SWAY, moving
from dragoman.avatar.pixels import Box, Image, lay, see_through
from dragoman.packets import Picture

_DEPTH = (3.4, 2.6)
"""Units by which the face moves on the head meanwhile: it is nearer than the hair, so it moves farther."""


class Painter:
    """Paints one presenter again and again into the same picture."""

    def __init__(self, layers: Layers, palette: Palette, *, lashes: bool) -> None:
        self._layers = layers
        self._palette = palette
        self._lashes = lashes
        self._head = layers.head.copy()
        self._face = Canvas(self._head, layers.fine, (layers.corner[0] / layers.fine, layers.corner[1] / layers.fine))
        height, width = layers.body.shape[:2]
        self._canvas = np.empty_like(layers.body)
        self._picture: Picture = np.empty((height * 3 // 2, width), np.uint8)
        # what never changes is painted here; the boxes are painted anew for every picture
        self._warp(_from_picture(layers, 0.0, (0.0, 0.0)), self._canvas)
        boxes = moving(layers)
        self._bodies = boxes.body
        self._before = [_Before.of(box, self._canvas, layers) for box in boxes.before]
        self._heads = [box.of(self._canvas) for box in boxes.head] + [part.moved for part in self._before]
        self._corners = np.array([box[:2] for box in (*boxes.head, *boxes.before)], np.float64)

    def paint(self, pose: Pose) -> Picture:
        """The picture of a pose; the next call writes it anew."""
        self._paint_face(pose)
        self._paint_body(pose)
        self._paint_head(pose)
        cv2.cvtColor(self._canvas, cv2.COLOR_BGRA2YUV_I420, dst=self._picture)
        return self._picture

    def _paint_face(self, pose: Pose) -> None:
        canvas, palette = self._face, self._palette
        moved = (_DEPTH[0] * pose.turn, _DEPTH[1] * pose.nod)
        for box, skin in self._layers.skin:
            np.copyto(box.of(self._head), skin)
        features.nose(canvas, (1.35 * moved[0], 1.35 * moved[1]), palette)
        features.mouth(canvas, pose.mouth, moved, palette)
        features.eyes(canvas, pose.lids, pose.gaze, moved, palette, lashes=self._lashes)
        features.brows(canvas, pose.brows, pose.lids, moved, palette)
        for box, piece, through in self._layers.hanging:
            lay(piece, box.of(self._head), through)

    def _paint_body(self, pose: Pose) -> None:
        """The body, lowered by a part of a pixel as it breathes out: two rows mixed are what a warp would give."""
        down = BREATH * (1.0 - pose.breath) * self._layers.scale
        whole, part = int(down), down - int(down)
        for box in self._bodies:
            upper, lower = (box.moved(0, -whole - more).of(self._layers.body) for more in (1, 0))
            cv2.addWeighted(lower, 1.0 - part, upper, part, 0.0, dst=box.of(self._canvas))

    def _paint_head(self, pose: Pose) -> None:
        down = SWAY[1] * pose.nod + 0.8 * BREATH * (1.0 - pose.breath)
        matrix = _from_picture(self._layers, pose.tilt, (SWAY[0] * pose.turn, down))
        starts = self._corners @ matrix[:, :2].T + matrix[:, 2]
        for start, target in zip(starts, self._heads, strict=True):
            matrix[:, 2] = start
            self._warp(matrix, target)
        for part in self._before:
            part.lay()

    def _warp(self, matrix: npt.NDArray[np.float64], target: Image) -> None:
        """The head as it is seen in a part of the picture, over the background."""
        cv2.warpAffine(
            self._head,
            matrix,
            (target.shape[1], target.shape[0]),
            dst=target,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderValue=(*self._layers.background[:3], 0),
        )


@dataclass(frozen=True, slots=True)
class _Before:
    """A part of the picture where the head is laid over the body.

    What is written for every picture is kept: memory that is asked for each time comes page by page.
    """

    body: Image
    """of the picture"""
    moved: Image
    """the head as it is seen there, over the background"""
    behind: Image
    """the background"""
    through: Image
    part: Image

    @classmethod
    def of(cls, box: Box, canvas: Image, layers: Layers) -> _Before:
        """In a box of a picture."""
        body = box.of(canvas)
        behind = np.full_like(body, layers.background, order="C")
        moved, through, part = (np.empty_like(behind) for _ in range(3))
        return cls(body, moved, behind, through, part)

    def lay(self) -> None:
        """The moved head has the background in it: that is taken out for the body."""
        through = see_through(self.moved, into=self.through)
        cv2.subtract(self.moved, cv2.multiply(through, self.behind, dst=self.part, scale=1 / 255), dst=self.moved)
        cv2.add(self.moved, cv2.multiply(self.body, through, dst=self.part, scale=1 / 255), dst=self.body)


def _from_picture(layers: Layers, tilt: float, moved: tuple[float, float]) -> npt.NDArray[np.float64]:
    """The matrix from pixels of the picture to those of the head's layer, shape (2, 3).

    A pixel's middle is half a pixel from its corner, in either.
    """
    along, aside = FINE * cos(radians(tilt)), FINE * sin(radians(tilt))
    # from where the neck is in the picture, turned back, to where it is in the layer
    x = 0.5 - layers.origin[0] - layers.scale * (NECK[0] + moved[0])
    y = 0.5 - layers.origin[1] - layers.scale * (NECK[1] + moved[1])
    neck = [layers.fine * NECK[axis] - layers.corner[axis] - 0.5 for axis in (0, 1)]
    return np.array([[along, aside, along * x + aside * y + neck[0]], [-aside, along, along * y - aside * x + neck[1]]])
