"""Mouth, nose, eyes and brows in the flat manner of the drawings around them, painted as polygons.

Positions and lengths are in the drawing's units (280 along a side), y downwards. Every shape is the band between an
upper and a lower curve over the same places across, so that teeth and tongue need no mask to stay in the mouth.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import cv2
import numpy as np
import numpy.typing as npt

from dragoman.avatar.mouths import Mouth
from dragoman.avatar.pixels import Colour, Image, colour, mixed

Curve = npt.NDArray[np.float64]

_SHIFT = 4
"""Binary digits after the point of OpenCV's coordinates."""
_FRACTIONS = 1 << _SHIFT
"""In a pixel."""
_ARC = np.linspace(0.0, pi, 29)
_ACROSS: Curve = -np.cos(_ARC)
"""Places across a shape from -1 to 1, closer together where it is round."""
_ROUND: Curve = np.sin(_ARC)
"""Half a circle over them."""
_LEVEL: Curve = np.zeros_like(_ARC)
# What is the same in every picture is worked out once: twelve shapes a picture add up.
_ACROSS_SQUARED: Curve = _ACROSS**2
_FULL: Curve = np.sqrt(_ROUND)
"""Half a circle with blunter ends."""
_OUT: Curve = np.linspace(0.0, 1.0, 7)
"""Places along a lash."""
_LASH: Curve = 1.6 * _OUT * (1.0 - 1.5 * _OUT)

_MOUTH = (140.0, 150.5)
_GAP = 24.0
"""Units between the lips of a mouth that is as open as it can be."""
_UPPER = 0.26
"""The part of it by which the upper lip rises; the jaw does the rest."""
_NOSE = (140.0, 130.0)
_EYES = ((114.0, 112.0), (166.0, 112.0))
_BROWS = ((114.0, 95.0), (166.0, 95.0))
_THICK = tuple((0.5 + 2.0 * _ROUND**0.7) * (0.85 - 0.25 * side * _ACROSS) for side in (-1.0, 1.0))
"""Half of a brow's height along it, left and right: thicker towards the nose."""
_ARCH = tuple(-4.2 * _ROUND + 1.6 + 1.4 * side * _ACROSS for side in (-1.0, 1.0))

_BLACK, _WHITE = colour("#000000"), colour("#ffffff")


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a face, all from its skin's and hair's."""

    ink: Colour
    """eyes, lash lines, closed lips"""
    brow: Colour
    shade: Colour
    """under nose and lip"""
    throat: Colour
    teeth: Colour
    tongue: Colour

    @classmethod
    def of(cls, skin: str, hair: str) -> Palette:
        """From #rrggbb of skin and hair."""
        base = colour(skin)
        return cls(
            ink=mixed(base, _BLACK, 0.66),
            brow=mixed(mixed(base, _BLACK, 0.6), colour(hair), 0.6),
            shade=mixed(base, _BLACK, 0.16),
            throat=mixed(mixed(base, _BLACK, 0.72), colour("#5a1420"), 0.4),
            teeth=mixed(_WHITE, base, 0.06),
            tongue=mixed(colour("#ff4f6d"), base, 0.25),
        )


@dataclass(frozen=True, slots=True)
class Canvas:
    """Where a face is painted."""

    image: Image
    scale: float
    """pixels per unit"""
    origin: tuple[float, float]
    """units: where the image's left upper corner is"""

    def band(self, across: Curve, upper: Curve, lower: Curve, paint: Colour) -> None:
        """Fill what is between two curves over the same places."""
        count, scale = len(across), self.scale * _FRACTIONS
        points = np.empty((2, 2 * count))
        points[0, :count], points[0, count:] = across, across[::-1]
        points[1, :count], points[1, count:] = upper, lower[::-1]
        points *= scale
        # a pixel's middle has whole coordinates in OpenCV; adding a half and cutting off rounds
        half = 0.5 - 0.5 * _FRACTIONS
        points[0] += half - scale * self.origin[0]
        points[1] += half - scale * self.origin[1]
        cv2.fillPoly(self.image, [points.T.astype(np.int32, order="C")], paint, lineType=cv2.LINE_AA, shift=_SHIFT)

    def inner_band(self, across: Curve, upper: Curve, lower: Curve, paint: Colour) -> None:
        """`band` without its ends of no height, of which OpenCV would draw the outline all the same."""
        high = lower - upper > 0.25
        if np.count_nonzero(high) > 1:
            self.band(across[high], upper[high], lower[high], paint)


def mouth(canvas: Canvas, shape: Mouth, moved: tuple[float, float], palette: Palette) -> None:
    """The mouth: a line where it is closed; where it is open, teeth above and the tongue below in a dark hollow."""
    half = 7.0 + 10.5 * shape.width
    gap = _GAP * shape.openness
    x = _MOUTH[0] + moved[0] + half * _ACROSS
    # a smile bends the whole mouth: its corners rise by more than its middle falls
    middle = _MOUTH[1] + moved[1] + (0.8 + 3.6 * shape.smile) * (0.45 - _ACROSS_SQUARED)
    upper, lower = middle - _UPPER * gap * _ROUND, middle + (1.0 - _UPPER) * gap * _ROUND
    # the line of closed lips stays as the rim of an open mouth, thinner
    opened = min(1.0, 3.0 * shape.openness)
    rim = (1.9 - 0.6 * opened) * _FULL
    canvas.band(x, upper - rim, lower + rim, mixed(palette.ink, palette.throat, opened))
    if gap > 1.0:
        _teeth_and_tongue(canvas, shape, (x, middle, upper, lower), palette)
    below = float(lower.max()) + float(rim.max()) + 4.6
    canvas.band(_MOUTH[0] + moved[0] + 4.5 * _ACROSS, below + _LEVEL, below + 2.0 * _ROUND, palette.shade)


def _teeth_and_tongue(
    canvas: Canvas, shape: Mouth, opening: tuple[Curve, Curve, Curve, Curve], palette: Palette
) -> None:
    """What is seen in a mouth. opening: places across, and the curves of its middle, upper and lower lip."""
    x, middle, upper, lower = opening
    inner = 0.94 * x + 0.06 * x.mean()
    gap = _GAP * shape.openness
    # a sliver of white or red would look like a fault: they come out of the dark
    light = min(1.0, (gap - 1.0) / 2.0)
    edge = np.minimum(lower, np.maximum(upper, middle - _UPPER * gap + 5.5 * shape.teeth))
    teeth = mixed(palette.throat, palette.teeth, light * min(1.0, 3.0 * shape.teeth))
    canvas.inner_band(inner, upper, edge, teeth)
    floor, height = middle + (1.0 - _UPPER) * gap, (1.0 - _UPPER) * gap * (0.25 + 0.55 * shape.tongue)
    tongue = np.clip(floor - height + 0.5 * gap * (1.0 - _ROUND), edge, lower)
    canvas.inner_band(inner, tongue, lower, mixed(palette.throat, palette.tongue, light))


def nose(canvas: Canvas, moved: tuple[float, float], palette: Palette) -> None:
    """The nose: the shadow beneath it."""
    y = _NOSE[1] + moved[1]
    canvas.band(_NOSE[0] + moved[0] + 12.0 * _ACROSS, y + _LEVEL, y + 8.0 * _ROUND, palette.shade)


def eyes(
    canvas: Canvas,
    lids: float,
    gaze: tuple[float, float],
    moved: tuple[float, float],
    palette: Palette,
    *,
    lashes: bool,
) -> None:
    """Both eyes; a closed one is a line that hangs a little."""
    half, height = 6.2 + 1.6 * (1.0 - lids), max(6.6 * lids, 1.2)
    hang = 2.2 * (1.0 - lids) * (1.0 - _ACROSS_SQUARED)
    for side, (x, y) in zip((-1.0, 1.0), _EYES, strict=True):
        x, y = x + moved[0] + 2.6 * gaze[0] * lids, y + moved[1] + 2.0 * gaze[1] * lids
        middle = y + hang + 1.5 * (1.0 - lids)
        canvas.band(x + half * _ACROSS, middle - height * _ROUND, middle + height * _ROUND, palette.ink)
        if lashes:
            _lash(canvas, side, x + side * half, y + 1.5 * (1.0 - lids), height, palette.ink)
        if lids > 0.7:
            spark = 1.8 * (lids - 0.7) / 0.3
            canvas.band(x + 2.2 + spark * _ACROSS, y - 2.3 - spark * _ROUND, y - 2.3 + spark * _ROUND, _WHITE)


def _lash(canvas: Canvas, side: float, x: float, y: float, height: float, ink: Colour) -> None:
    """The lashes at the outer corner of an eye: one wedge, pointing outwards and up."""
    upper = y - 0.88 * height - 0.5 + _LASH
    canvas.band(x + side * (7.4 * _OUT - 4.6), upper, upper + 2.8 * (1.0 - _OUT), ink)


def brows(canvas: Canvas, raised: float, lids: float, moved: tuple[float, float], palette: Palette) -> None:
    """Both brows, thicker towards the nose."""
    for side, (x, y), thick, arch in zip((-1.0, 1.0), _BROWS, _THICK, _ARCH, strict=True):
        middle = y + moved[1] - 5.0 * raised + 0.8 * (1.0 - lids) + arch
        canvas.band(x + moved[0] + side * 1.0 + 14.0 * _ACROSS, middle - thick, middle + thick, palette.brow)
