"""How a line becomes sound: its voice is asked for it, and what it makes is passed on as it grows, each word once."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

import structlog

from dragoman.engines.protocols import StreamingVoice, Voice
from dragoman.errors import EngineFailed
from dragoman.fading import cut
from dragoman.prompter import FADE, without_tail
from dragoman.speech import Utterance
from dragoman.turns import HEAD_START

log = structlog.get_logger(__name__)

ATTEMPTS = 2
"""Times a voice is asked for a line: one that died is back by then."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a voice is asked for."""

    text: str
    """as it is to be read"""
    language: str
    """offered tag, for the log"""
    name: str
    """the voice's"""
    rate: float


class Turn(Protocol):
    """A line's turn at a channel, while its sound comes in."""

    def begin(self, utterance: Utterance, *, whole: bool) -> bool:
        """The line can be said from now on. False where that is too late: no more of it is wanted."""

    def grow(self, utterance: Utterance, *, whole: bool) -> bool:
        """There is more of it, or all. False where its turn came too late meanwhile: no more of it is wanted."""

    def withdraw(self) -> bool:
        """What was given is not to be said. False where it has begun to be said, or never will be."""


class Fate(Enum):
    """What became of a line."""

    MADE = auto()
    """the channel has all of it"""
    BROKEN = auto()
    """the voice failed when the avatar had begun: what was made of it is said, the rest is not"""
    LATE = auto()
    """it came too late"""
    FAILED = auto()
    """no voice could say it"""
    STALE = auto()
    """its words have changed, or others come first: it has to have its turn once more"""


async def speak(voice: Voice | StreamingVoice, wording: Wording, turn: Turn) -> Fate:
    """Have a line made and said. A voice that fails is asked once more, unless the avatar has begun to say the line:
    then what there is of it has to be over first. What `turn` raises goes to the caller.
    """
    for attempt in range(1, ATTEMPTS + 1):
        given: Utterance | None = None
        async with aclosing(_making(voice, wording, attempt)) as growing:
            async for made in growing:
                wanted = turn.begin if given is None else turn.grow
                if not wanted(made.utterance, whole=made.whole):
                    return Fate.LATE
                if made.whole:
                    return Fate.MADE
                given = made.utterance
        if given is not None and not turn.withdraw():
            return Fate.BROKEN if turn.grow(_broken_off(given), whole=True) else Fate.LATE
    return Fate.FAILED


def _broken_off(utterance: Utterance) -> Utterance:
    """What there is of an utterance, to its last whole word where the voice told of words."""
    last = max(utterance.words, default=0)
    return cut(utterance, last or len(utterance.pcm), FADE)


@dataclass(frozen=True, slots=True)
class _Made:
    """What there is of an utterance."""

    utterance: Utterance
    whole: bool


async def _making(voice: Voice | StreamingVoice, wording: Wording, attempt: int) -> AsyncGenerator[_Made, None]:
    """What a voice makes of it: a head start or all, then ever more, then all. Ends before that where it fails."""
    try:
        if not isinstance(voice, StreamingVoice):
            said = await voice.speak(wording.text, wording.name, rate=wording.rate)
            yield _Made(without_tail(said), whole=True)
            return
        async with aclosing(voice.stream(wording.text, wording.name, rate=wording.rate)) as growing:
            latest: Utterance | None = None
            async for latest in growing:
                if len(latest.pcm) >= HEAD_START:
                    yield _Made(latest, whole=False)
        if latest is not None:
            yield _Made(without_tail(latest), whole=True)
            return
        log.error("voice gave nothing", language=wording.language, attempt=attempt)
    except EngineFailed as error:
        log.warning("voice failed", language=wording.language, attempt=attempt, reason=str(error))
    except Exception:  # noqa: BLE001  # an engine's bug costs this line, not the channel
        # Without the traceback: its last line may quote what was said.
        log.error("voice failed unexpectedly", language=wording.language, attempt=attempt)
