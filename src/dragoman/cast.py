"""What a language on air is given: who speaks, who is told of it, and what its lag is measured by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from dragoman.clock import FloorMap, MediaClock
from dragoman.engines.protocols import (
    Attendance,
    DirectFace,
    Face,
    Look,
    Presenter,
    Usage,
    UsageKind,
    Voice,
    unattended,
)
from dragoman.events import AvatarState, PaceHint
from dragoman.modes import Mode
from dragoman.speech import Line


@runtime_checkable
class Voices(Protocol):
    """Voices of several engines."""

    def into(self, language: str) -> Voice:
        """The voice for one language, by whichever engine answers."""


def uncounted(kind: UsageKind, amount: float) -> None:
    """For who does not care what it costs."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who speaks, as the host chose it."""

    voice: Voice
    face: Face
    look: Look
    voice_of: Callable[[str], str | None]
    """the voice for an offered tag, asked before every line; None where there is none"""
    respelled: Callable[[str, str], str] = lambda text, _tag: text
    """(text, offered tag): the text as a voice should read it"""
    present: Callable[[str], Presenter | None] = lambda _tag: None
    """who speaks an offered tag by itself, while voice and face stand in; None: they are all there is"""
    direct: DirectFace | None = None
    """what connects each listener to an avatar of its own; None: the channel is for all"""
    usage: Usage = uncounted
    """told of what is used unasked"""
    direct_still: Callable[[], bool] = lambda: True
    """whether listeners may still be connected to avatars of their own"""
    direct_now: Callable[[], bool] = lambda: True
    """whether that is worth trying now: False while what connects them does not answer"""
    attendance: Callable[[], Attendance] = lambda: unattended
    """what a listener's own avatar is given, to tell whether it is there"""

    def into(self, language: str) -> Cast:
        """The cast for one language. A session's voices then know for which language one may take another's place."""
        return replace(self, voice=self.voice.into(language)) if isinstance(self.voice, Voices) else self


class Reporter(Protocol):
    """Takes what happens to the lines; never waits."""

    def avatar(self, state: AvatarState) -> None:
        """The avatar begins or ends to say a line."""

    def condensed(self, language: str, segment_id: int) -> None:
        """A line is shown and not spoken."""

    def hint(self, hint: PaceHint) -> None:
        """The speaker is asked to slow down, or not any more."""


@dataclass(frozen=True, slots=True)
class Span:
    """What the lag of a language is measured by, and what it is held to."""

    floor: FloorMap
    clock: MediaClock
    mode: Callable[[], Mode]
    """asked whenever it matters, for the host may change it"""


def sayable(line: Line) -> bool:
    """What no booth could translate stands in the captions; in this voice nobody would understand it."""
    return not line.untranslated and not line.condensed and bool(line.text.strip())
