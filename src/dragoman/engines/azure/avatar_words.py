"""What an avatar is asked to say: SSML of escaped text, and the voice that it says it with."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from dragoman.engines.protocols import VoiceInfo
from dragoman.errors import EngineFailed


def ssml(text: str, voice: str, rate: float) -> str:
    """The text, untrusted, in this voice. rate: 1 is its natural pace."""
    # Characters that XML cannot carry at all would end the turn.
    clean = "".join(character if character.isprintable() else " " for character in text)
    language = "-".join(voice.split("-")[:2]) or "en-US"
    return (
        f"<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang={quoteattr(language)}>"
        f"<voice name={quoteattr(voice)}><prosody rate='{(rate - 1) * 100:+.0f}%'>{escape(clean)}</prosody>"
        "</voice></speak>"
    )


def voice_for(offered: Sequence[VoiceInfo], wanted: str, gender: str) -> str:
    """The voice that an avatar speaks with: the wanted one where it is offered, else one that suits.

    wanted: may be of another engine. Raises EngineFailed where there is none.
    """
    names = [voice.name for voice in offered]
    if wanted in names:
        return wanted
    suits = [voice.name for voice in offered if voice.gender == gender]
    found = next(iter([*suits, *names]), None)
    if found is None:
        raise EngineFailed("Azure has no voice for this language")
    return found
