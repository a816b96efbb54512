"""What an avatar is asked to be: the video part of speech.config, as one value."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 1920, 1080
"""pixels of an avatar that is not cropped"""
_COLOUR = re.compile(r"#([0-9A-Fa-f]{6})(?:[0-9A-Fa-f]{2})?")


class Unfit(ValueError):
    """The text is the reason that the service closes with."""


@dataclass(frozen=True, slots=True)
class Look:
    offer: str
    """the client's SDP"""
    character: str
    style: str
    background: tuple[int, int, int]
    """red, green, blue"""
    image: str
    """the background picture's address, or empty"""
    width: int
    height: int
    video: Mapping[str, Any]
    """`synthesis.video` without the SDP, for the records"""


def look(config: Mapping[str, Any]) -> Look:
    """From the body of speech.config. Raises Unfit."""
    video = _part(_part(_part(config, "context"), "synthesis"), "video")
    if not video:
        raise Unfit("The avatar's configuration is missing: speech.config has no synthesis.video.")
    protocol = _part(video, "protocol")
    if protocol.get("name") != "WebRTC":
        raise Unfit("Unsupported video protocol; it must be WebRTC.")
    webrtc = _part(protocol, "webrtcConfig")
    avatar = _part(video, "talkingAvatar")
    if not avatar.get("character"):
        raise Unfit("talkingAvatar.character is missing.")
    background = _part(avatar, "background")
    width, height = _size(_part(_part(video, "format"), "crop"))
    shown = {name: dict(value) if isinstance(value, Mapping) else value for name, value in video.items()}
    shown["protocol"] = {
        "name": "WebRTC",
        "webrtcConfig": {name: value for name, value in webrtc.items() if name != "clientDescription"},
    }
    return Look(
        offer=_sdp(webrtc.get("clientDescription")),
        character=str(avatar["character"]),
        style=str(avatar.get("style", "")),
        background=_colour(background.get("color")),
        image=str(_part(background, "image").get("url", "")),
        width=width,
        height=height,
        video=shown,
    )


def _part(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = tree.get(name)
    return found if isinstance(found, Mapping) else {}


def _sdp(description: Any) -> str:
    """Of base64 of the JSON of an RTCSessionDescription."""
    try:
        found = json.loads(base64.b64decode(str(description), validate=True))
        if found["type"] != "offer":
            raise ValueError("not an offer")
        return str(found["sdp"])
    except (binascii.Error, ValueError, KeyError, TypeError) as e:
        raise Unfit(f"Invalid clientDescription: {type(e).__name__}.") from None


def _size(crop: Mapping[str, Any]) -> tuple[int, int]:
    """Of what is left of the picture; even, for the encoder."""
    if not crop:
        return WIDTH, HEIGHT
    try:
        left, top = int(crop["topLeft"]["x"]), int(crop["topLeft"]["y"])
        right, bottom = int(crop["bottomRight"]["x"]), int(crop["bottomRight"]["y"])
    except (KeyError, TypeError, ValueError):
        raise Unfit("Invalid crop.") from None
    if not (0 <= left < right <= WIDTH and 0 <= top < bottom <= HEIGHT):
        raise Unfit("Invalid crop: outside of the picture.")
    return (right - left) // 2 * 2, (bottom - top) // 2 * 2


def _colour(text: Any) -> tuple[int, int, int]:
    """#RRGGBBAA; white without one."""
    if text is None:
        return 255, 255, 255
    match = _COLOUR.fullmatch(str(text))
    if match is None:
        raise Unfit("Invalid background color.")
    red, green, blue = bytes.fromhex(match[1])
    return red, green, blue
