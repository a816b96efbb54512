"""The embedded voice: espeak-ng in a program of its own, for some eighty languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dragoman.engines.embedded import espeak
from dragoman.engines.embedded.sayable import pieces
from dragoman.engines.embedded.utterance import joined, utterance
from dragoman.engines.embedded.voices import Voices
from dragoman.engines.keeper import Keeper
from dragoman.engines.protocols import VoiceInfo
from dragoman.engines.threads import Worker, WorkerClosed
from dragoman.errors import EngineFailed
from dragoman.speech import Utterance

_TIMEOUT = 5.0
"""Seconds for a piece of text, which takes some milliseconds."""


class EmbeddedVoice:
    """A Voice that speaks clearly and artificially, on any machine."""

    name = "embedded"

    def __init__(self, data: Path | None = None, *, timeout: float = _TIMEOUT) -> None:
        """data: espeak's data from which the voices are read. timeout: seconds for a piece of text."""
        self._voices = Voices(data or espeak.data())
        self._keeper = Keeper("espeak", espeak.start, timeout=timeout)
        self._worker = Worker("voice")

    @property
    def languages(self) -> Sequence[str]:
        """The tags of all languages that have voices."""
        return self._voices.tags

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of all living children."""
        return self._keeper.pids

    def voices(self, language: str) -> Sequence[VoiceInfo]:
        """See Voice."""
        return self._voices.of(language)

    async def speak(self, text: str, voice: str, *, rate: float = 1.0) -> Utterance:
        """See Voice. A text with nothing in it to say is a silence of 20 ms. Paces below 0.5 and above 2 are said at
        those. Raises ValueError for a voice that is not on offer.
        """
        speaker = self._voices.speaker(voice)
        parts = []
        for piece in pieces(text, speaker.language, speaker.script, speaker.tag):
            sound = espeak.answer(await self._keeper.ask(espeak.request(speaker.spelled(piece), speaker.voice, rate)))
            try:
                parts.append(await self._worker.run(0, utterance, sound))
            except WorkerClosed as error:
                raise EngineFailed("the voice was closed") from error
        return joined(parts)

    async def close(self) -> None:
        """See Voice."""
        await self._keeper.close()
        await self._worker.close()


async def load(_variant: str = "", _settings: Mapping[str, Any] | None = None) -> EmbeddedVoice:
    """The embedded voice; there is one variant. Its program starts with the first text."""
    return EmbeddedVoice()
