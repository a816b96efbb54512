"""A talk for the local Azure, and what its avatars say in front of a listener's Chromium."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable

import cv2
import numpy as np

from azure_service import Sentence, pictures
from azure_service.pictures import Seen
from visitors import Visitor

TALK = (
    Sentence(
        "Good morning everybody and welcome to the harbour.",
        {"es": "Buenos días a todos y bienvenidos al puerto.", "fr": "Bonjour à tous et bienvenue au port."},
    ),
    Sentence(
        "We will talk about ships that carry grain.",
        {
            "es": "Hablaremos de barcos que llevan grano.",
            "fr": "Nous parlerons des navires qui transportent du grain.",
        },
    ),
    Sentence(
        "Every year four hundred of them leave from here.",
        {"es": "Cada año salen de aquí cuatrocientos.", "fr": "Chaque année quatre cents d'entre eux partent d'ici."},
    ),
)
PATIENCE = 60.0
"""Seconds to wait for what takes a few, on a machine that is busy with other tests."""
STANDING = "document.querySelectorAll('#captions > .caption:not(.growing)').length"
_FRAME = """() => {
    const video = document.querySelector("#video");
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d").drawImage(video, 0, 0);
    return canvas.toDataURL("image/png");
}"""
"""What the video element shows now, as the page can copy it: a PNG as a data URL."""


async def shown(listener: Visitor) -> Seen | None:
    """What the service's picture says in front of this listener; None where another presenter is shown."""
    url: str = await listener.page.evaluate(_FRAME)
    encoded = np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8)
    bgr = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    return pictures.read(np.ascontiguousarray(bgr[..., ::-1], dtype=np.uint8))


async def sees(listener: Visitor, wanted: Callable[[Seen], bool]) -> Seen:
    """What the picture says, as soon as it says what is wanted."""
    async with asyncio.timeout(PATIENCE):
        while (seen := await shown(listener)) is None or not wanted(seen):
            await asyncio.sleep(0.1)
    return seen
