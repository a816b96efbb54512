"""An avatar's pictures: drawn so that a test can read off them which avatar it is, when, and whether it speaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal, cast

import av
import cv2
import numpy as np
from av.video.frame import PictureType
from numpy.typing import NDArray

FPS = 25
PHASES = 20
"""pictures until it begins again: every one differs from the one before"""
_COLUMNS, _ROWS = 8, 2
_MARK = (255, 0, 255)
Codec = Literal["H264", "VP8"]
Rgb = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a picture says."""

    number: int
    """of the avatar, modulo 256"""
    phase: int
    """0..PHASES-1"""
    speaking: bool


def drawn(
    seen: Seen, width: int, height: int, background: tuple[int, int, int] = (255, 255, 255), image: bool = False
) -> Rgb:
    """A head that sways, with a mouth that moves while it speaks, over a panel of 2x8 fields in a magenta frame: the
    number (8 bits), the phase (6), whether it speaks, and a bit that makes the count of ones even."""
    picture: Rgb = np.empty((height, width, 3), np.uint8)
    picture[:] = background
    if image:
        picture[:: max(2, height // 8)] = 128
    unit = min(width, height)
    sway = round(0.03 * unit * np.sin(2 * np.pi * seen.phase / PHASES))
    centre = (width // 2 + sway, round(height * 0.36))
    cv2.circle(picture, centre, round(unit * 0.2), (224, 172, 140), -1, cv2.LINE_AA)
    open_ = round(unit * (0.02 + 0.03 * (seen.phase % 4) / 3)) if seen.speaking else 2
    mouth = (centre[0], centre[1] + round(unit * 0.09))
    cv2.ellipse(picture, mouth, (round(unit * 0.07), open_), 0, 0, 360, (90, 20, 30), -1, cv2.LINE_AA)
    _panel(picture, seen)
    return picture


def _panel(picture: Rgb, seen: Seen) -> None:
    height, width = picture.shape[:2]
    side = max(4, min(round(width * 0.4 / (_COLUMNS + 1)), round(height * 0.2 / (_ROWS + 1)))) // 2 * 2
    left, top = width // 2 - side * (_COLUMNS + 1) // 2, round(height * 0.6)
    picture[top : top + side * (_ROWS + 1), left : left + side * (_COLUMNS + 1)] = _MARK
    for i, bit in enumerate(_bits(seen)):
        y, x = top + side // 2 + side * (i // _COLUMNS), left + side // 2 + side * (i % _COLUMNS)
        picture[y : y + side, x : x + side] = 255 if bit else 0


def _bits(seen: Seen) -> list[int]:
    value = (seen.number % 256) << 7 | seen.phase << 1 | seen.speaking
    bits = [value >> i & 1 for i in range(14, -1, -1)]
    return [*bits, sum(bits) % 2]


def read(picture: Rgb) -> Seen | None:
    """What a picture says, whatever its size, as long as the whole panel is in it; None where there is no panel.

    picture: height x width x 3, red first, 0..255.
    """
    channels = picture.astype(np.int16)
    red, green, blue = channels[..., 0], channels[..., 1], channels[..., 2]
    mark = (red - green > 70) & (blue - green > 70)
    # A frame is a long run of magenta; a stray pixel of an encoder is not.
    rows = np.flatnonzero(mark.sum(axis=1) >= max(4, mark.sum(axis=1).max() * 0.2))
    columns = np.flatnonzero(mark.sum(axis=0) >= max(2, mark.sum(axis=0).max() * 0.2))
    if len(rows) < _ROWS + 1 or len(columns) < _COLUMNS + 1:
        return None
    top, left = int(rows[0]), int(columns[0])
    high, wide = int(rows[-1]) + 1 - top, int(columns[-1]) + 1 - left
    bits: list[int] = []
    for i in range(_COLUMNS * _ROWS):
        y = top + round((i // _COLUMNS + 1) * high / (_ROWS + 1))
        x = left + round((i % _COLUMNS + 1) * wide / (_COLUMNS + 1))
        field = channels[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
        bits.append(int(field.mean() > 127))
    if sum(bits) % 2:
        return None
    value = int("".join(map(str, bits[:-1])), 2)
    seen = Seen(value >> 7, value >> 1 & 63, bool(value & 1))
    return seen if seen.phase < PHASES else None


@dataclass(frozen=True, slots=True)
class Reel:
    """All pictures of an avatar, encoded once. Every one is a key picture, so they may be sent in any order and a
    client that joins sees something at once; their encoding costs nothing while tests measure something else."""

    idle: tuple[bytes, ...]
    speaking: tuple[bytes, ...]

    def picture(self, phase: int, speaking: bool) -> bytes:
        return (self.speaking if speaking else self.idle)[phase % PHASES]


@lru_cache(maxsize=128)
def reel(number: int, width: int, height: int, background: tuple[int, int, int], image: bool, codec: Codec) -> Reel:
    """Takes some 40 ms at 640x360."""
    scenes = [
        [drawn(Seen(number, phase, speaking), width, height, background, image) for phase in range(PHASES)]
        for speaking in (False, True)
    ]
    idle, speaking = (tuple(_encoded(scene, codec)) for scene in scenes)
    return Reel(idle, speaking)


def _encoded(pictures: list[Rgb], codec: Codec) -> Iterator[bytes]:
    height, width = pictures[0].shape[:2]
    name = "libx264" if codec == "H264" else "libvpx"
    encoder = cast(av.VideoCodecContext, av.CodecContext.create(name, "w"))
    encoder.width, encoder.height = width, height
    encoder.pix_fmt = "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, FPS), Fraction(FPS)
    encoder.gop_size = 1
    encoder.thread_count = 1
    if codec == "H264":
        # Successive key pictures alternate their idr_pic_id; with an even number of them they do at the seam too.
        encoder.options = {"preset": "superfast", "tune": "zerolatency", "crf": "30", "profile": "baseline"}
    else:
        encoder.bit_rate = 2_000_000
        encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    for i, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.pict_type = i, PictureType.I
        yield b"".join(bytes(packet) for packet in encoder.encode(frame))
