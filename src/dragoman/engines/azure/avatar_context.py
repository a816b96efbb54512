"""What the service is told about an avatar before it connects: the message property `context` of `speech.config`.

As in https://learn.microsoft.com/azure/ai-services/speech-service/text-to-speech-avatar/real-time-synthesis-avatar and
the reference application in its samples.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from dragoman.engines.protocols import Look, Relay
from dragoman.errors import EngineFailed

WIDTH, HEIGHT = 1920, 1080
"""Pixels of the service's whole picture."""
CLOSE = (600, 1320)
"""Columns that are left of it where it is cropped, as in the reference application."""
BITRATE = 1_000_000
"""Bits per second of the picture, where the host chose none: the reference application's."""
KEYED = "#00FF00FF"
"""The background of who is to be cut out: the page that shows it makes this green transparent."""
_WHITE = "#FFFFFFFF"


def context(look: Look, offer: str, relay: Relay | None, *, direct: bool) -> str:
    """The property's JSON. offer: SDP. relay: how the service reaches the other side; None: without.

    direct: the picture goes to a listener's page as it is, green where it is transparent. Otherwise it goes through
    this server's encoder, which carries no transparency: the background is asked for as it is to look.
    """
    servers = [{"urls": [relay.urls[0]], "username": relay.username, "credential": relay.password}] if relay else []
    left, right = CLOSE if look.close else (0, WIDTH) if direct else _shown(look)
    described = {
        "synthesis": {
            "video": {
                "protocol": {
                    "name": "WebRTC",
                    "webrtcConfig": {"clientDescription": packed(offer, "offer"), "iceServers": servers},
                },
                "format": {
                    "crop": {"topLeft": {"x": left, "y": 0}, "bottomRight": {"x": right, "y": HEIGHT}},
                    "bitrate": look.bitrate or BITRATE,
                },
                "talkingAvatar": {
                    "customized": look.custom,
                    "useBuiltInVoice": look.custom and look.own_voice,
                    "character": look.character,
                    "style": look.style,
                    "background": _background(look, keyed=direct and look.transparent),
                },
            }
        }
    }
    return json.dumps(described)


def _shown(look: Look) -> tuple[int, int]:
    """Columns of the whole picture that are left in a channel's: the rest need not be sent and decoded."""
    wide = min(WIDTH, HEIGHT * look.width // look.height // 2 * 2)
    return (WIDTH - wide) // 2, (WIDTH + wide) // 2


def _background(look: Look, *, keyed: bool) -> dict[str, Any]:
    if keyed:
        return {"color": KEYED, "image": {"url": ""}}
    # The service writes colours with their opacity.
    colour = f"{look.background}FF" if look.background else _WHITE
    return {"color": colour.upper(), "image": {"url": look.image or ""}}


def packed(sdp: str, kind: str) -> str:
    """SDP as the service exchanges it: JSON in base64."""
    return base64.b64encode(json.dumps({"type": kind, "sdp": sdp}).encode()).decode()


def answer(message: str) -> str:
    """The service's SDP out of the message with which its first turn starts. Raises EngineFailed."""
    try:
        said = json.loads(base64.b64decode(json.loads(message)["webrtc"]["connectionString"]))
        sdp = said["sdp"]
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise EngineFailed("the avatar service's answer holds no connection") from error
    if not isinstance(sdp, str):
        raise EngineFailed("the avatar service's answer holds no connection")
    return sdp
