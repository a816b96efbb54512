"""A line and its voice: what is asked how often, and what the channel is given."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

import numpy as np
import pytest

from dragoman.errors import EngineFailed
from dragoman.speaking import ATTEMPTS, Fate, Wording, speak
from dragoman.speech import MEDIA_RATE, Utterance, Viseme
from dragoman.turns import HEAD_START
from scripted import ScriptedVoice

LINE = Wording("uno dos", "es", "es-f", 1.0)


def sound(length: int, tail: int = 0) -> Utterance:
    return Utterance(np.repeat(np.array([8000, 0], np.int16), [length, tail]), (Viseme(0, 2), Viseme(length, 0)))


class Voice(ScriptedVoice):
    """Gives these pieces in turn, call by call; an error is raised."""

    def __init__(self, *calls: Sequence[int | Exception]) -> None:
        super().__init__()
        self.calls = list(calls)
        self.open = 0

    async def stream(self, text: str, voice: str, *, rate: float = 1.0) -> AsyncGenerator[Utterance, None]:
        self.said.append((voice, text))
        self.open += 1
        try:
            for piece in self.calls.pop(0):
                if isinstance(piece, Exception):
                    raise piece
                yield sound(piece)
        finally:
            self.open -= 1


class Turn:
    """Keeps what it is given. begun: the avatar begins to say it as soon as it is given. wanted: so many times."""

    def __init__(self, *, begun: bool = True, wanted: int = 100) -> None:
        self.begun = begun
        self.wanted = wanted
        self.given: list[tuple[int, bool]] = []
        self.last: Utterance | None = None

    def begin(self, utterance: Utterance, *, whole: bool) -> bool:
        assert not self.given
        return self.grow(utterance, whole=whole)

    def grow(self, utterance: Utterance, *, whole: bool) -> bool:
        self.given.append((len(utterance.pcm), whole))
        self.last = utterance
        self.wanted -= 1
        return self.wanted >= 0

    def withdraw(self) -> bool:
        if not self.begun:
            self.given.clear()
        return not self.begun


A, B, C = HEAD_START, 2 * HEAD_START, 3 * HEAD_START
BROKE = EngineFailed("scripted")


async def test_a_voice_that_does_not_stream_gives_all_at_once() -> None:
    turn = Turn()
    assert await speak(ScriptedVoice(), LINE, turn) is Fate.MADE
    assert turn.given == [(MEDIA_RATE // 5, True)]


async def test_it_begins_with_a_head_start_and_ends_without_the_tail() -> None:
    class Trailing(Voice):
        async def stream(self, text: str, voice: str, *, rate: float = 1.0) -> AsyncGenerator[Utterance, None]:
            for length in (A - 1, A, B):
                yield sound(length)
            yield sound(B, tail=MEDIA_RATE)

    turn = Turn()
    assert await speak(Trailing(), LINE, turn) is Fate.MADE
    assert [whole for _, whole in turn.given] == [False, False, False, True]
    assert turn.given[0] == (A, False)
    assert B <= turn.given[-1][0] < B + MEDIA_RATE // 50


async def test_what_is_shorter_than_a_head_start_is_said_when_it_is_whole() -> None:
    turn = Turn()
    assert await speak(Voice([100, 200]), LINE, turn) is Fate.MADE
    assert turn.given == [(200, True)]


@pytest.mark.parametrize("error", [BROKE, RuntimeError("a bug")])
async def test_where_nothing_was_given_it_is_asked_again(error: Exception) -> None:
    turn, voice = Turn(), Voice([A - 1, error], [A, B])
    assert await speak(voice, LINE, turn) is Fate.MADE
    assert turn.given == [(A, False), (B, False), (B, True)]
    assert len(voice.said) == ATTEMPTS


async def test_what_waits_for_its_turn_is_taken_back_and_asked_for_again() -> None:
    turn, voice = Turn(begun=False), Voice([A, B, BROKE], [C])
    assert await speak(voice, LINE, turn) is Fate.MADE
    assert turn.given == [(C, False), (C, True)]


@pytest.mark.parametrize("error", [BROKE, RuntimeError("a bug")])
async def test_what_has_begun_ends_where_the_voice_broke_off(error: Exception) -> None:
    turn, voice = Turn(), Voice([A, B, error])
    assert await speak(voice, LINE, turn) is Fate.BROKEN
    assert turn.given == [(A, False), (B, False), (B, True)]
    assert len(voice.said) == 1, "nobody hears the same words twice"
    assert turn.last is not None
    assert turn.last.pcm[-1] == 0
    assert turn.last.visemes[-1].id == 0


async def test_a_voice_that_always_fails_is_given_up() -> None:
    turn, voice = Turn(begun=False), Voice([A, BROKE], [BROKE])
    assert await speak(voice, LINE, turn) is Fate.FAILED
    assert turn.given == []


async def test_a_voice_that_gives_nothing_has_failed() -> None:
    assert await speak(Voice([], []), LINE, Turn()) is Fate.FAILED


@pytest.mark.parametrize("wanted", [0, 1, 2])
async def test_what_comes_too_late_is_not_made_to_its_end(wanted: int) -> None:
    turn, voice = Turn(wanted=wanted), Voice([A, B, C, RuntimeError("nobody asks for this")])
    assert await speak(voice, LINE, turn) is Fate.LATE
    assert len(turn.given) == wanted + 1
    assert voice.open == 0


async def test_what_the_channel_raises_is_no_fault_of_the_voice() -> None:
    class Broken(Turn):
        def grow(self, utterance: Utterance, *, whole: bool) -> bool:
            raise OverflowError("scripted")

    voice = Voice([A])
    with pytest.raises(OverflowError):
        await speak(voice, LINE, Broken())
    assert voice.open == 0
