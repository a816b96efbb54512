"""What an avatar is asked to say, and the voice that it says it with."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from dragoman.engines.azure.ssml import pieces, ssml
from dragoman.engines.azure.voices import Listed, Voices
from dragoman.errors import EngineFailed

_BEFORE_CHINESE = 0x2E00


def billed(text: str) -> float:
    """Characters of a text as voices are billed: Chinese characters, also in Japanese and Korean, count twice.

    From https://learn.microsoft.com/azure/ai-services/speech-service/text-to-speech#billable-characters
    """
    wide = (sign for sign in text if ord(sign) > _BEFORE_CHINESE)
    return float(len(text) + sum("CJK UNIFIED" in unicodedata.name(sign, "") for sign in wide))


class Words:
    """For one presenter."""

    def __init__(self, voices: Callable[[], Voices], gender: str) -> None:
        """voices: the region's, asked for every time. gender: the presenter's."""
        self._voices = voices
        self._gender = gender

    def voice(self, language: str, wanted: str = "") -> Listed:
        """The voice for an offered tag: the wanted one where it is Azure's and speaks it, else one that suits.

        Raises EngineFailed where there is none.
        """
        voices = self._voices()
        offered = voices.of(language)
        names = [voice.name for voice in offered]
        suits = [voice.name for voice in offered if voice.gender == self._gender]
        found = wanted if wanted in names else next(iter([*suits, *names]), None)
        if found is None:
            raise EngineFailed("Azure has no voice for this language")
        return voices.named(found)

    def endpoint(self, language: str, wanted: str = "") -> str:
        """The deployment of that voice, which a connection is made for; empty: everybody's."""
        try:
            return self.voice(language, wanted).endpoint
        except EngineFailed:  # it is told of when something is to be said
            return ""

    def ssml(self, text: str, language: str, wanted: str, rate: float) -> tuple[str, ...]:
        """The text, untrusted, as documents to be said one after the other; none where nothing in it has a sound."""
        voice = self.voice(language, wanted)
        return tuple(ssml(piece, voice=voice.name, locale=voice.locale, rate=rate) for piece in pieces(text))
