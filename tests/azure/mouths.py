"""Azure's voice for tests, and texts whose sound can be counted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np

from azure_service import AzureService
from dragoman.engines.azure.account import Account
from dragoman.engines.azure.synthesis import Patience
from dragoman.engines.azure.voice import AzureVoice
from dragoman.speech import MEDIA_RATE, Utterance

TEXT = "Buenos días a todos, hoy hablaremos de nuestro trabajo."
ELVIRA = "es-ES-ElviraNeural"
BRIEF = Patience(first=3.0, following=2.0, whole=20.0)
"""Short enough for a test to wait, long enough for a machine that is four times slower."""


@asynccontextmanager
async def mouth(azure: AzureService, directory: Path, **more: Any) -> AsyncIterator[AzureVoice]:
    """The engine, as it is loaded with the service's settings. more: to it, or settings in capitals."""
    settings = {**azure.settings(), **{key: more.pop(key) for key in tuple(more) if key.isupper()}}
    voice = AzureVoice(Account.of(settings), directory, **{"patience": BRIEF, **more})
    try:
        await voice.open()
        yield voice
    finally:
        await voice.close()


def said(azure: AzureService) -> list[str]:
    """What the service was asked to say."""
    return [one.text for one in azure.spoken if one.service == "synthesis"]


def seconds(utterance: Utterance) -> float:
    return len(utterance.pcm) / MEDIA_RATE


def begins_with(whole: Utterance, part: Utterance) -> bool:
    """Whether one utterance goes on where the other one ends."""
    return np.array_equal(whole.pcm[: len(part.pcm)], part.pcm)
