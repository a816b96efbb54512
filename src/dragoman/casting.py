"""Who speaks in a session: the presenter that its host chose, and the voice of each language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from dragoman.broadcast import Cast
from dragoman.engines.protocols import Face, Look, Voice, VoiceInfo
from dragoman.errors import EngineFailed, Unsupported
from dragoman.glossary import following
from dragoman.languages import match

Options = Mapping[str, Any]
"""A session's choices, as in createSession."""


class Players(Protocol):
    """Who can be seen and heard."""

    @property
    def voice(self) -> Voice: ...

    @property
    def face(self) -> Face: ...


def cast_of(engines: Players, floor: Callable[[str], bool], options: Callable[[], Options]) -> Cast:
    """The cast of a session. floor: whether a tag is that of the floor's own words, which no avatar speaks; this and
    the options are asked again for every line.
    """
    chosen = options()
    background = chosen.get("backgroundColor")
    look = Look(
        character=chosen.get("avatarCharacter", ""),
        style=chosen.get("avatarStyle", ""),
        background=background[:7] if background else None,
    )

    def voice_of(tag: str) -> str | None:
        return None if floor(tag) else voice_for(engines, tag, options())

    glossary = following(options)
    return Cast(engines.voice, engines.face, look, voice_of, lambda text, tag: glossary().respelled(text, tag))


def voice_for(engines: Players, tag: str, options: Options) -> str | None:
    """The voice for an offered tag: the one chosen for it, else the best that suits the presenter."""
    offered = engines.voice.voices(tag)
    names = [voice.name for voice in offered]
    by_tag = options.get("targetVoices", {})
    for chosen in (by_tag.get(match(tag, tuple(by_tag))), options.get("targetVoice")):
        if chosen in names:
            return str(chosen)
    suits = [voice.name for voice in offered if voice.gender == _gender(engines, options)]
    return next(iter([*suits, *names]), None)


def _gender(engines: Players, options: Options) -> str | None:
    try:
        return engines.face.gender(options.get("avatarCharacter", ""))
    except EngineFailed:  # a presenter that was there when the session was made
        return None


def check_voices(speakers: Callable[[str], Sequence[VoiceInfo]], options: Options) -> None:
    """Raises Unsupported where a voice is chosen that cannot be had. speakers: what can say an offered tag."""
    for tag, chosen in options.get("targetVoices", {}).items():
        names = [voice.name for voice in speakers(tag)]
        if chosen not in names:
            raise Unsupported(f"there is no such voice for {tag}; choose one of {', '.join(names) or 'none'}")
