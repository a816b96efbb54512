"""Images, rectangles in them, and laying one image over another. OpenCV is kept to one thread: cores are shared."""

from __future__ import annotations

from typing import NamedTuple, TypeVar, cast

import cv2
import numpy as np
import numpy.typing as npt

cv2.setNumThreads(1)

Image = npt.NDArray[np.uint8]
"""BGRA, premultiplied with alpha, shape (height, width, 4)"""
Colour = tuple[int, int, int, int]
"""BGRA"""
_Pixel = TypeVar("_Pixel", bound=np.generic)


class Box(NamedTuple):
    """A rectangle of pixels; right and bottom are one past the last."""

    left: int
    top: int
    right: int
    bottom: int

    def of(self, image: npt.NDArray[_Pixel]) -> npt.NDArray[_Pixel]:
        """The part of an image, or of anything else with rows and columns, that this is: a view."""
        return image[self.top : self.bottom, self.left : self.right]

    def moved(self, right: int, down: int) -> Box:
        """The same size elsewhere."""
        return Box(self.left + right, self.top + down, self.right + right, self.bottom + down)

    def within(self, width: int, height: int) -> Box:
        """What of it lies in a picture of this size."""
        return Box(max(self.left, 0), max(self.top, 0), min(self.right, width), min(self.bottom, height))


def opaque(alpha: npt.NDArray[np.uint8]) -> Box:
    """The smallest box around all that can be seen, by its alpha."""
    left, top, width, height = cv2.boundingRect(np.ascontiguousarray(alpha))
    return Box(left, top, left + width, top + height)


def see_through(image: Image, *, into: Image | None = None) -> Image:
    """How much of what is below it an image lets through, in all channels alike, but in alpha all.

    into: where to write it; without it, into an image of its own.
    """
    return cast(Image, cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(image, 3)), cv2.COLOR_GRAY2BGRA, dst=into))


def lay(above: Image, below: Image, through: Image | None = None) -> None:
    """Lay an image over an opaque one of the same shape, which it changes. through: `see_through` of it, if known."""
    through = see_through(above) if through is None else through
    cv2.add(cv2.multiply(below, through, scale=1 / 255), above, dst=below)


def colour(text: str) -> Colour:
    """#rrggbb as a colour."""
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return blue, green, red, 255


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Between two colours: 0 the one, 1 the other."""
    return cast(Colour, tuple(round(a + share * (b - a)) for a, b in zip(one, other, strict=True)))
