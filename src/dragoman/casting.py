"""Who speaks in a session: the presenter that its host chose, and the voice of each language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dragoman.broadcast import Cast, uncounted
from dragoman.engines.protocols import DirectFace, Engines, Look, Presenter, TalkingFace, Usage
from dragoman.errors import EngineFailed, Unsupported
from dragoman.glossary import following
from dragoman.languages import match, name

Options = Mapping[str, Any]
"""A session's choices, as in createSession."""

_NAMED = 8
"""Voices that a refusal names."""


def cast_of(engines: Engines, floor: str, options: Callable[[], Options], usage: Usage = uncounted) -> Cast:
    """The cast of a session. floor: the source tag, which no avatar speaks. options: asked again for every line.

    usage: told of what presenters use who are billed by the minute.
    """
    chosen = options()
    look = look_of(chosen)

    def voice_of(tag: str) -> str | None:
        return None if tag == floor else voice_for(engines, tag, options())

    glossary = following(options)

    face = engines.face
    direct = face if isinstance(face, DirectFace) and face.direct else None

    def present(tag: str) -> Presenter | None:
        return face.present(look, tag, usage) if isinstance(face, TalkingFace) else None

    def respelled(text: str, tag: str) -> str:
        return glossary().respelled(text, tag)

    return Cast(engines.voice, face, look, voice_of, respelled, present, direct, usage)


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


def voice_for(engines: Engines, tag: str, options: Options) -> str | None:
    """The voice for an offered tag: the one chosen for it, else the best that suits the presenter."""
    offered = engines.voice.voices(tag)
    names = [voice.name for voice in offered]
    by_tag = options.get("targetVoices", {})
    for chosen in (by_tag.get(match(tag, tuple(by_tag))), options.get("targetVoice")):
        if chosen in names:
            return str(chosen)
    suits = [voice.name for voice in offered if voice.gender == _gender(engines, options)]
    return next(iter([*suits, *names]), None)


def _gender(engines: Engines, options: Options) -> str | None:
    try:
        return engines.face.gender(options.get("avatarCharacter", ""))
    except EngineFailed:  # a presenter that was there when the session was made
        return None


def check_voices(engines: Engines, options: Options) -> None:
    """Raises Unsupported where a voice is chosen that cannot be had."""
    for tag, chosen in options.get("targetVoices", {}).items():
        names = [voice.name for voice in engines.voice.voices(tag)]
        if chosen not in names:
            shown = ", ".join(names[:_NAMED]) + (f" or {len(names) - _NAMED} others" if len(names) > _NAMED else "")
            raise Unsupported(f"the voice chosen for {name(tag)} does not speak it; choose one of {shown or 'none'}")
