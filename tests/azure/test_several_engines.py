"""A whole session on Azure's own engines, another account behind the first: every sentence once, whatever fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from azure_service import AzureService, Script
from dragoman.company import Terms
from dragoman.conference import Draft
from dragoman.cost import Prices
from dragoman.engines.azure import recognizer as ears
from dragoman.engines.azure import translator as texts
from dragoman.engines.azure import voice as voices
from dragoman.engines.pool import Pool
from dragoman.events import Caption, EngineState
from dragoman.fallback import Patience
from dragoman.portrait import Changes
from dragoman.session import Session
from ears_talk import keys
from rooms import HOST, Room, room, until
from scripted import ScriptedFace

PACE = 4.0
"""times as fast as it was spoken"""
CHUNK = 640


@asynccontextmanager
async def conference(
    tmp_path: Path, *services: AzureService, tokens: bool = False, **terms: object
) -> AsyncIterator[Room]:
    """A conference whose jobs are done by the first account, and by the second when that fails. tokens: in place of
    their keys.
    """
    names = ("azure", "spare")
    settings = [
        {**service.settings(), "ENABLE_TOKEN_AUTH": tokens, "DATA_DIR": tmp_path / name}
        for name, service in zip(names, services, strict=False)
    ]
    recognizers = {name: await ears.load("", one) for name, one in zip(names, settings, strict=False)}
    translators = {name: await texts.load("", one) for name, one in zip(names, settings, strict=False)}
    speakers = {name: await voices.load("", one) for name, one in zip(names, settings, strict=False)}
    pool = Pool(recognizers, translators, speakers, {"scripted": ScriptedFace()})
    patience = Patience(failing=1.0, first=1.0, longest=2.0)
    try:
        async with room(tmp_path, pool=pool, terms=Terms(patience=patience, prices=Prices.read(), **terms)) as opened:
            yield opened
    finally:
        await pool.close()


async def talk(here: Room, source: str = "en", *targets: str, candidates: tuple[str, ...] = ()) -> Session:
    draft = Draft(HOST, "A talk", source, targets or ("fr", "es"), {}, None, candidates)
    session = await here.conference.create(draft)
    await session.start()
    await session.join("host", HOST, language=None, since=None)
    return session


async def speak(session: Session, sound, middle=lambda: None) -> None:
    """Say it, with something that happens in the middle."""
    half = len(sound) // 2 // CHUNK * CHUNK
    for at in range(0, len(sound), CHUNK):
        if at == half:
            middle()
        session.audio("host", sound[at : at + CHUNK], position=at, seq=None)
        await asyncio.sleep(CHUNK / 16_000 / PACE)
    await session.pause()
    await until(lambda: not session.working, seconds=60)


def words(here: Room, language: str) -> list[str]:
    """What was captioned, without the words of clauses that were given before."""
    return keys(*(text for _, text in here.ears.finals("host", language) if text != "…"))


def floor(here: Room) -> list[str]:
    found = [one for one in here.ears.heard["host"] if isinstance(one, Caption) and one.final and one.floor]
    return keys(*(one.text for one in found if one.text != "…"))


def states(here: Room) -> list[tuple[str, str, str]]:
    return [(s.job, s.engine, s.reason) for s in here.ears.heard["host"] if isinstance(s, EngineState)]


@pytest.fixture
def english(azure_script: Script) -> Script:
    """The part of the talk that is in English."""
    return Script(azure_script.sentences[:3])


async def test_a_talk_with_its_translations_comes_out_of_one_stream(tmp_path: Path, english: Script) -> None:
    with AzureService(english) as azure:
        async with conference(tmp_path, azure) as here:
            session = await talk(here)
            await speak(session, azure.talk(pause=0.8))
            assert floor(here) == keys(*(one.text for one in english.sentences))
            for tag in ("fr", "es"):
                assert words(here, tag) == keys(*(one.translation(tag) for one in english.sentences))
            assert azure.translated == [], "nothing was left for the text translator"
            assert session.info.engines["recognizer"] == "azure"
            kinds = session.company.meter.amounts["azure"]
            assert set(kinds) == {"speechTranslation"}
            assert kinds["speechTranslation"] == pytest.approx(len(azure.talk(pause=0.8)) / 16_000, abs=8)


def unauthorised(azure: AzureService) -> None:
    azure.faults.refuse("recognition", 401)
    azure.faults.refuse("http", 401)


def used_up(azure: AzureService) -> None:
    azure.faults.quota("recognition")
    azure.faults.quota("http")


def rotated(azure: AzureService) -> None:
    """The account has other keys, and what was lent for the old ones is taken back."""
    azure.state.keys.key = "f" * 32
    azure.state.keys.revoke()


@pytest.mark.parametrize(
    ("fault", "tokens"), [(unauthorised, False), (used_up, False), (rotated, False), (rotated, True)]
)
async def test_when_an_account_is_refused_in_mid_talk_another_goes_on(
    tmp_path: Path, english: Script, fault: Callable[[AzureService], None], tokens: bool
) -> None:
    with AzureService(english) as azure, AzureService(english) as spare:
        async with conference(tmp_path, azure, spare, tokens=tokens) as here:
            session = await talk(here)

            def breaks() -> None:
                fault(azure)
                azure.faults.drop("recognition")

            await speak(session, azure.talk(pause=0.8), breaks)
            assert floor(here) == keys(*(one.text for one in english.sentences))
            for tag in ("fr", "es"):
                found = [text for _, text in here.ears.finals("host", tag)]
                assert len(found) == session.history.last_id
            assert ("recognizer", "spare", "failed") in states(here)
            assert spare.recognised


async def test_a_token_that_is_taken_back_in_mid_talk_is_replaced(tmp_path: Path, english: Script) -> None:
    with AzureService(english) as azure, AzureService(english) as spare:
        async with conference(tmp_path, azure, spare, tokens=True) as here:
            session = await talk(here, "en", "fr", "eu")
            lent: list[int] = []

            def breaks() -> None:
                lent.append(len(azure.tokens))
                azure.state.keys.revoke()
                azure.faults.drop("recognition")

            await speak(session, azure.talk(pause=0.8), breaks)
            assert floor(here) == keys(*(one.text for one in english.sentences))
            assert words(here, "fr") == keys(*(one.translation("fr") for one in english.sentences))
            # Basque is the text translator's, which has a token of its own.
            assert len(here.ears.finals("host", "eu")) == session.history.last_id
            assert len(azure.tokens) > lent[0]
            assert states(here) == []
            assert not spare.recognised
            voice = here.conference.pool.voices["azure"]
            azure.faults.drop("synthesis")
            await azure.until(lambda: not azure.live("synthesis"))
            assert len((await voice.speak("Bonjour à tous.", "fr-FR-DeniseNeural")).pcm) > 48_000 / 2


async def test_the_host_changes_the_account_in_mid_talk_and_back(tmp_path: Path, english: Script) -> None:
    with AzureService(english) as azure, AzureService(english) as spare:
        async with conference(tmp_path, azure, spare) as here:
            session = await talk(here)
            changes: list[asyncio.Task[None]] = []

            def change() -> None:
                chosen = Changes(engines={"recognizer": "spare", "translator": "spare"})
                changes.append(asyncio.create_task(session.update(chosen)))

            await speak(session, azure.talk(pause=0.8), change)
            await asyncio.gather(*changes)
            assert floor(here) == keys(*(one.text for one in english.sentences))
            assert words(here, "fr") == keys(*(one.translation("fr") for one in english.sentences))
            assert azure.recognised
            assert spare.recognised


async def test_the_spoken_language_is_identified(tmp_path: Path, azure: AzureService, azure_script: Script) -> None:
    async with conference(tmp_path, azure) as here:
        session = await talk(here, "auto", "fr", candidates=("en-US", "de-DE"))
        await speak(session, azure.talk(pause=0.8))
        assert floor(here) == keys(*(one.text for one in azure_script.sentences))
        assert words(here, "fr") == keys(*(one.translation("fr") for one in azure_script.sentences))
        spoken = [entry.segment.language.partition("-")[0] for entry in session.history.entries()]
        assert spoken == sorted(spoken, reverse=True), "English first, then German"
        assert set(spoken) == {"en", "de"}
