"""Azure's voice dies in the middle of a line: another voice says that line and those after it, until Azure answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from azure_service import AzureService, Pace
from dragoman.company import Terms
from dragoman.conference import Draft
from dragoman.engines.azure.voice import AzureVoice
from dragoman.engines.pool import Pool
from dragoman.events import AvatarState, EngineState
from dragoman.fallback import Patience
from dragoman.session import Session
from mouths import mouth, said
from rooms import HOST, Room, room, until
from scripted import ScriptedFace, ScriptedRecognizer, ScriptedTranslator, ScriptedVoice, speech

WORDS = 12
"""Of a line: some seconds of sound, so that its half is heard before it breaks off."""
LASTING = Patience(failing=10.0, first=0.3, longest=0.6)
"""As on a server: what fails now and then is borne with for long."""


class Screen:
    """A viewer."""

    def show(self, packets: object) -> None:
        pass

    def over(self) -> None:
        pass


@asynccontextmanager
async def conference(azure: AzureService, tmp_path: Path) -> AsyncIterator[tuple[Room, ScriptedVoice]]:
    """A conference that speaks with Azure's voice, and a voice of its own behind it."""
    home = ScriptedVoice("home")
    async with mouth(azure, tmp_path) as voice:
        pool = Pool(
            {"home": ScriptedRecognizer(name="home")},
            {"home": ScriptedTranslator("home")},
            {"azure": voice, "home": home},
            {"home": ScriptedFace("home")},
        )
        async with room(tmp_path, pool=pool, terms=Terms(patience=LASTING)) as here:
            yield here, home


async def watched(here: Room) -> Session:
    options = {"avatarCharacter": "jonas", "latencyMode": "consecutive"}
    session = await here.conference.create(Draft(HOST, "A talk", "en", ("es",), options, None))
    await session.start()
    await session.join("host", HOST, language=None, since=None)
    await session.watch("viewer", Screen(), "es")
    session.stage.renew("viewer")
    return session


def line(number: int) -> list[int]:
    """A clause whose words tell its number."""
    return [*range(100 * number, 100 * number + WORDS), 0]


def text(number: int) -> str:
    return f"es({' '.join(f'w{word}' for word in line(number)[:-1])})"


def marks(here: Room) -> list[tuple[int, bool]]:
    return [(e.segment_id, e.speaking) for e in here.ears.heard["host"] if isinstance(e, AvatarState)]


def states(here: Room) -> list[tuple[str, str, str]]:
    return [(s.job, s.engine, s.reason) for s in here.ears.heard["host"] if isinstance(s, EngineState)]


def speak(session: Session, *numbers: int) -> None:
    for number in numbers:
        session.audio("host", speech(*line(number)), position=None, seq=None)


async def test_a_line_that_broke_off_is_said_whole_by_the_next_voice_and_so_are_those_after_it(
    azure: AzureService, tmp_path: Path
) -> None:
    azure.state.pace = Pace(realtime=1.5)
    azure.faults.drop_in_turn("synthesis", times=100)
    async with conference(azure, tmp_path) as (here, home):
        session = await watched(here)
        speak(session, 1)
        await until(lambda: marks(here)[:1] == [(1, True)], seconds=30)
        speak(session, 2, 3)
        await until(lambda: marks(here)[-1:] == [(3, False)], seconds=60)
        assert [segment for segment, begins in marks(here) if begins] == [1, 1, 2, 3]
        assert [words for _, words in home.said] == [text(1), text(2), text(3)]
        assert said(azure)[:1] == [text(1)]
        assert ("voice", "home", "failed") in states(here)


async def test_it_is_used_again_when_it_says_a_line_to_its_end(azure: AzureService, tmp_path: Path) -> None:
    azure.state.pace = Pace(realtime=3.0)
    azure.faults.drop_in_turn("synthesis", times=2)
    async with conference(azure, tmp_path) as (here, home):
        session = await watched(here)
        for number in range(1, 9):
            speak(session, number)
            await until(lambda number=number: marks(here)[-1:] == [(number, False)], seconds=30)  # type: ignore[misc]  # the default binds it
            if session.info.engines["voice"] == "azure":
                break
        # The trial that breaks off too does not bring it back.
        assert states(here) == [("voice", "home", "failed"), ("voice", "azure", "returned")]
        begun = [segment for segment, begins in marks(here) if begins]
        assert begun[:2] == [1, 1]
        assert sorted({*begun}) == list(range(1, number + 1))
        whole = [words for _, words in home.said] + said(azure)[-1:]
        assert whole == [text(each) for each in range(1, number + 1)], "each once to its end"


@pytest.mark.parametrize("drops", [1, 100])
async def test_what_nobody_has_heard_yet_is_said_once(azure: AzureService, tmp_path: Path, drops: int) -> None:
    """It waits for the line before it."""
    azure.state.pace = Pace(realtime=20.0)
    async with conference(azure, tmp_path) as (here, home):
        session, voice = await watched(here), here.conference.pool.voices["azure"]
        assert isinstance(voice, AzureVoice)
        speak(session, 1)
        await until(lambda: marks(here)[:1] == [(1, True)] and not voice._synthesizers._busy, seconds=30)
        azure.faults.drop_in_turn("synthesis", times=drops)
        speak(session, 2)
        await until(lambda: marks(here)[-1:] == [(2, False)], seconds=30)
        assert [segment for segment, begins in marks(here) if begins] == [1, 2]
        assert [words for _, words in home.said] == [text(2)]
