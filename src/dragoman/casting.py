"""Who speaks in a session: the presenter that its host chose, and the voice of each language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from dragoman.cast import Cast
from dragoman.engines.protocols import Face, Look, Voice, VoiceInfo
from dragoman.errors import EngineFailed, Unsupported
from dragoman.glossary import following
from dragoman.languages import match, name
from dragoman.speakers import Faces

Options = Mapping[str, Any]
"""A session's choices, as in createSession."""

_NAMED = 8
"""Voices that a refusal names."""


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
    look = look_of(chosen)

    def voice_of(tag: str) -> str | None:
        return None if floor(tag) else voice_for(engines, tag, options())

    glossary = following(options)

    def respelled(text: str, tag: str) -> str:
        return glossary().respelled(text, tag)

    cast = Cast(engines.voice, engines.face, look, voice_of, respelled)
    faces = engines.face
    if not isinstance(faces, Faces):
        return cast
    direct, usage = faces.direct(look)

    def direct_still() -> bool:
        return faces.direct(look)[0] is direct

    return replace(
        cast,
        present=lambda tag: faces.present(look, tag),
        direct=direct,
        usage=usage,
        direct_still=direct_still,
        direct_now=lambda: faces.answers(look),
        attendance=lambda: faces.attendance(look),
    )


def look_of(options: Options) -> Look:
    """The presenter before the camera, as the host chose it."""
    background = options.get("backgroundColor")
    return Look(
        character=options.get("avatarCharacter", ""),
        style=options.get("avatarStyle", ""),
        background=background[:7] if background else None,
        image=options.get("backgroundImage"),
        transparent=bool(options.get("transparentBackground")),
        close=bool(options.get("videoCrop")),
        bitrate=options.get("videoBitrate"),
        custom=bool(options.get("isCustomAvatar")),
        own_voice=bool(options.get("useBuiltInVoice")),
    )


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
            shown = ", ".join(names[:_NAMED]) + (f" or {len(names) - _NAMED} others" if len(names) > _NAMED else "")
            raise Unsupported(f"the voice chosen for {name(tag)} does not speak it; choose one of {shown or 'none'}")
