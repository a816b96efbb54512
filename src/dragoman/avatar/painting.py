"""A pose as a picture: the face painted on the head's layer, the head laid over the body, the whole in I420."""

from __future__ import annotations

from math import cos, radians, sin

import cv2
import numpy as np
import numpy.typing as npt

from dragoman.avatar import features
from dragoman.avatar.animation import Pose
from dragoman.avatar.features import Canvas, Palette
from dragoman.avatar.layers import FINE, Layers
from dragoman.avatar.pixels import Box, Image, lay, see_through
from dragoman.packets import Picture

_NECK = (140.0, 186.0)
"""Units: the point about which a head tilts."""
_SWAY = (1.6, 1.7)
"""Units by which the head moves across as it turns, and down as it nods."""
_DEPTH = (3.4, 2.6)
"""Units by which the face moves on the head meanwhile: it is nearer than the hair, so it moves farther."""
_BREATH = 1.1
"""Units by which the shoulders rise."""
_ROOM = 8
"""Units around the resting head in which it moves."""


class Painter:
    """Paints one presenter again and again into the same picture."""

    def __init__(self, layers: Layers, palette: Palette, *, lashes: bool) -> None:
        self._layers = layers
        self._palette = palette
        self._lashes = lashes
        self._head = layers.head.copy()
        self._face = Canvas(self._head, layers.fine, (layers.corner[0] / layers.fine, layers.corner[1] / layers.fine))
        self._canvas = layers.body.copy()
        height, width = self._canvas.shape[:2]
        self._picture: Picture = np.empty((height * 3 // 2, width), np.uint8)
        stage = _stage(layers, width, height)
        self._above = stage._replace(bottom=min(layers.body_top, stage.bottom))
        self._neck = stage._replace(top=self._above.bottom)
        self._behind = np.full_like(self._neck.of(self._canvas), layers.background)
        # written anew for every picture: memory that is asked for each time comes page by page
        self._moved, self._through, self._part = (self._neck.of(self._canvas).copy() for _ in range(3))

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
        for box, image in self._layers.hanging:
            lay(image, box.of(self._head))

    def _paint_body(self, pose: Pose) -> None:
        """The body, lowered by a part of a pixel as it breathes out: two rows mixed are what a warp would give."""
        body, top = self._layers.body, self._layers.body_top
        down = _BREATH * (1.0 - pose.breath) * self._layers.scale
        whole, part = int(down), down - int(down)
        rows = len(body) - top
        upper, lower = (body[top - whole - more :][:rows] for more in (1, 0))
        cv2.addWeighted(lower, 1.0 - part, upper, part, 0.0, dst=self._canvas[top:])

    def _paint_head(self, pose: Pose) -> None:
        down = _SWAY[1] * pose.nod + 0.8 * _BREATH * (1.0 - pose.breath)
        moved = (_SWAY[0] * pose.turn, down)
        self._move_head(self._above, pose.tilt, moved, self._above.of(self._canvas))
        self._move_head(self._neck, pose.tilt, moved, self._moved)
        # The moved head has the background in it. Where the body is behind, that is taken out for the body.
        through, body = see_through(self._moved, into=self._through), self._neck.of(self._canvas)
        cv2.subtract(self._moved, cv2.multiply(through, self._behind, dst=self._part, scale=1 / 255), dst=self._moved)
        cv2.add(self._moved, cv2.multiply(body, through, dst=self._part, scale=1 / 255), dst=body)

    def _move_head(self, part: Box, tilt: float, moved: tuple[float, float], target: Image) -> None:
        """The head as it is seen in a part of the picture, over the background."""
        matrix = _from_picture(self._layers, part, tilt, moved)
        cv2.warpAffine(
            self._head,
            matrix,
            (part.right - part.left, part.bottom - part.top),
            dst=target,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderValue=(*self._layers.background[:3], 0),
        )


def _stage(layers: Layers, width: int, height: int) -> Box:
    """The part of the picture in which the head moves."""
    room = _ROOM * layers.scale
    left, top = (layers.corner[i] / FINE + layers.origin[i] for i in (0, 1))
    right, bottom = left + layers.head.shape[1] / FINE, top + layers.head.shape[0] / FINE
    return Box(int(left - room), int(top - room), int(right + room), int(bottom + room)).within(width, height)


def _from_picture(layers: Layers, part: Box, tilt: float, moved: tuple[float, float]) -> npt.NDArray[np.float64]:
    """The matrix from pixels of a part of the picture to those of the head's layer, shape (2, 3).

    A pixel's middle is half a pixel from its corner, in either.
    """
    along, aside = FINE * cos(radians(tilt)), FINE * sin(radians(tilt))
    # from where the neck is in the picture, turned back, to where it is in the layer
    x = part.left + 0.5 - layers.origin[0] - layers.scale * (_NECK[0] + moved[0])
    y = part.top + 0.5 - layers.origin[1] - layers.scale * (_NECK[1] + moved[1])
    neck = [layers.fine * _NECK[axis] - layers.corner[axis] - 0.5 for axis in (0, 1)]
    return np.array([[along, aside, along * x + aside * y + neck[0]], [-aside, along, along * y - aside * x + neck[1]]])
