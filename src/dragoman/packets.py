"""The values on the way from a channel's studio to its listeners: pictures, what encodes them, encoded packets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from dragoman.speech import MEDIA_RATE

PICTURES_PER_SECOND = 25
PICTURE_SAMPLES = MEDIA_RATE // PICTURES_PER_SECOND
"""Media samples from one picture to the next."""
FRAME_SAMPLES = MEDIA_RATE // 50
"""Media samples in one packet of sound: 20 ms."""

Picture = npt.NDArray[np.uint8]
"""I420, shape (height * 3 // 2, width): the luma rows, then a quarter as many bytes each of U and V."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """One way in which a channel's picture is encoded. Each is encoded once, and only while somebody receives it."""

    width: int = 512
    height: int = 512
    bitrate: int = 600_000
    """bits per second"""
    codec: Literal["h264"] = "h264"


@dataclass(frozen=True, slots=True)
class Packet:
    """One picture or 20 ms of sound, encoded; the same object goes to every listener."""

    kind: Literal["video", "audio"]
    at: int
    """media time of its first sample, or of its picture"""
    data: bytes
    """an Opus packet; an H.264 access unit in Annex B form"""
    payloads: tuple[bytes, ...]
    """the same as RTP carries it, a payload per RTP packet: RFC 7587 for Opus, RFC 6184 mode 1 for H.264"""
    key: bool = False
    """decoding can begin here; sound always can"""
