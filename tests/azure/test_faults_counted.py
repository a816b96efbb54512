"""Every fault of Azure's at every job, in the middle of a talk: sentences in, captions out, sentences spoken. None is
lost and none comes twice; while Azure fails another engine does its job, and Azure does it again when it is well.

One talk for each job, in which one fault comes after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar_talk import ENGINE
from azure_service import AzureService, Script
from azure_service.records import Service
from dragoman import floor
from dragoman.company import Terms
from dragoman.conference import Draft
from dragoman.engines.azure import avatar, avatar_connection, avatar_presenter, web
from dragoman.engines.azure import translator as texts
from dragoman.engines.azure.account import Account
from dragoman.engines.azure.avatar_gate import Gate
from dragoman.engines.azure.recognizer import AzureRecognizer
from dragoman.engines.azure.stream import Patience as Ears
from dragoman.engines.azure.synthesis import Patience as Mouth
from dragoman.engines.azure.voice import AzureVoice
from dragoman.engines.embedded import face as drawn
from dragoman.engines.pool import Pool
from dragoman.events import AvatarState, Caption, EngineState
from dragoman.fallback import Patience
from dragoman.packets import Packet
from dragoman.session import Session
from ears_talk import keys
from rooms import HOST, Room, room, until
from scripted import ScriptedFace, ScriptedRecognizer, ScriptedTranslator, ScriptedVoice, speech

SENTENCES = [f"Now number {number}." for number in range(1, 400)]
CHUNK, PAUSE, PACE = 640, 19_200, 6.0
"""Samples at a time, samples between two sentences, more than end a phrase, and times as fast as they were spoken."""
MOST = 25
"""Sentences until a fault is noticed, or its end."""


def refused(status: int) -> Callable[[AzureService, Service], None]:
    def breaks(azure: AzureService, service: Service) -> None:
        azure.faults.refuse(service, status)
        azure.faults.drop(service)

    return breaks


def quota(azure: AzureService, service: Service) -> None:
    azure.faults.quota(service)
    azure.faults.drop(service)


FAULTS: dict[str, Callable[[AzureService, Service], None]] = {
    "401": refused(401),
    "403": refused(403),
    "429": refused(429),
    "quota": quota,
    "network": lambda azure, _: azure.vanish(),
    "silence": lambda azure, service: azure.faults.silence(service),
    "garbage": lambda azure, service: azure.faults.garbage(service, 1 << 20),
}

SLOWLY = [fault for fault in FAULTS if fault != "403"]
"""For jobs that take seconds to come back; to them 403 is what 401 is."""


def heals(azure: AzureService, fault: str) -> None:
    azure.faults.clear()
    if fault == "network":
        azure.come_back()


class Screen:
    """A viewer."""

    def show(self, packets: Sequence[Packet]) -> None:
        pass

    def over(self) -> None:
        pass


@dataclass
class Talk:
    """A session whose Spanish is watched."""

    here: Room
    session: Session
    job: str
    said: int = 0

    def captions(self) -> list[Caption]:
        heard = self.here.ears.heard["host"]
        return [one for one in heard if isinstance(one, Caption) and one.final and one.language == "es"]

    def spoken(self, *, begun: bool = True) -> list[int]:
        heard = self.here.ears.heard["host"]
        return [one.segment_id for one in heard if isinstance(one, AvatarState) and one.speaking == begun]

    def told(self, reason: str) -> int:
        """How often the host was told this of the job."""
        heard = self.here.ears.heard["host"]
        return sum(isinstance(one, EngineState) and (one.job, one.reason) == (self.job, reason) for one in heard)

    async def say(self) -> None:
        """One more sentence, to the end of its being spoken."""
        self.said += 1
        self.session.audio("host", speech(self.said, 0), position=None, seq=None)
        await until(lambda: self.spoken(begun=False)[-1:] == [self.said], 20)

    async def through(self, azure: AzureService, fault: str, service: Service) -> None:
        """The fault comes in the middle of the talk, is noticed, and goes; Azure does its job again."""
        failed, returned = self.told("failed"), self.told("returned")
        await asyncio.to_thread(FAULTS[fault], azure, service)
        await self._until(lambda: self.told("failed") > failed)
        await asyncio.to_thread(heals, azure, fault)
        await self._until(lambda: self.told("returned") > returned)

    async def _until(self, condition: Callable[[], bool]) -> None:
        for _ in range(MOST):
            await self.say()
            for _ in range(15):
                if condition():
                    return
                await asyncio.sleep(0.01)
        pytest.fail("the host was told nothing")

    def counted(self, *, again: int = 0) -> None:
        """again: lines that broke off, and were said once more at most."""
        numbers = list(range(1, self.said + 1))
        captions = self.captions()
        assert [one.segment_id for one in captions] == numbers
        assert not any(one.untranslated or not one.text for one in captions)
        begun = self.spoken()
        assert sorted(set(begun)) == numbers
        assert len(begun) <= len(numbers) + again
        assert sorted(set(self.spoken(begun=False))) == numbers


@asynccontextmanager
async def talking(directory: Path, job: str, pool: Pool, kind: type[Talk] = Talk) -> AsyncIterator[Talk]:
    """A talk on these engines, which it closes."""
    patience = Patience(failing=0.2, first=0.2, longest=0.4)
    try:
        async with room(directory, pool=pool, terms=Terms(patience=patience)) as here:
            options = {"latencyMode": "consecutive", "avatarCharacter": "lisa"}
            session = await here.conference.create(Draft(HOST, "A talk", "en", ("es",), options, None))
            await session.start()
            await session.join("host", HOST, language=None, since=None)
            await session.watch("viewer", Screen(), "es")
            session.stage.renew("viewer")
            yield kind(here, session, job)
    finally:
        await pool.close()


def engines(**azure: Any) -> Pool:
    """Scripted ones for all jobs, behind Azure's where there are any."""
    behind = {
        "recognizer": ScriptedRecognizer("embedded"),
        "translator": ScriptedTranslator("embedded"),
        "voice": ScriptedVoice("embedded"),
        "face": ScriptedFace("embedded"),
    }
    return Pool(
        *({**({"azure": azure[job]} if job in azure else {}), "embedded": one} for job, one in behind.items()),
    )


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for in vain is not waited for as long as in earnest."""
    monkeypatch.setattr("dragoman.interpreters._MOST_PATIENCE", 1.0)
    monkeypatch.setattr(floor, "STALL_SECONDS", 2.0)
    monkeypatch.setattr(web, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(avatar_connection, "CONNECT_SECONDS", 2.0)
    for name, seconds in (("FIRST_SOUND_SECONDS", 1.0), ("MUTE_SECONDS", 1.0), ("_BACKOFF_SECONDS", (0.2, 0.3))):
        monkeypatch.setattr(avatar_presenter, name, seconds)


async def test_the_translator(tmp_path: Path) -> None:
    with AzureService() as azure:
        pool = engines(translator=await texts.load("", azure.settings()))
        async with talking(tmp_path, "translator", pool) as talk:
            for fault in FAULTS:
                await talk.through(azure, fault, "http")
            talk.counted()
            voice = pool.voices["embedded"]
            assert isinstance(voice, ScriptedVoice)
            assert [text for _, text in voice.said] == [one.text for one in talk.captions()]
            assert len(azure.translated) >= len(FAULTS)


@pytest.mark.slow
async def test_the_voice(tmp_path: Path) -> None:
    with AzureService() as azure:
        patience = Mouth(first=0.6, following=0.6, whole=5.0)
        voice = AzureVoice(Account.of(azure.settings()), tmp_path / "azure", patience=patience)
        await voice.open()
        pool = engines(voice=voice)
        async with talking(tmp_path, "voice", pool) as talk:
            for fault in FAULTS:
                await talk.through(azure, fault, "synthesis")
            talk.counted()


@pytest.mark.slow
async def test_the_avatar(tmp_path: Path) -> None:
    with AzureService(relays=()) as azure:
        face = await avatar.load("", {**azure.settings(), **ENGINE, "DATA_DIR": str(tmp_path / "azure")})
        # Refusals are waited for a twentieth as long as in earnest.
        face._studio = replace(face._studio, gate=Gate(per_minute=1000, at_most=5, minute=3.0))
        pool = engines(face=face)
        pool = Pool(pool.recognizers, pool.translators, pool.voices, {"azure": face, "embedded": await drawn.load()})
        async with talking(tmp_path, "face", pool) as talk:
            for fault in SLOWLY:
                await talk.through(azure, fault, "avatar")
            talk.counted(again=len(SLOWLY))


@dataclass
class Heard(Talk):
    """One that is recognised by Azure, from the tone language of a script."""

    azure: AzureService | None = None
    position: int = 0

    async def say(self) -> None:
        """See Talk; a sentence may be cut into several segments."""
        assert self.azure is not None
        sound = np.concatenate([self.azure.speak(self.said), np.zeros(PAUSE, np.int16)])
        self.said += 1
        for at in range(0, len(sound), CHUNK):
            self.session.audio("host", sound[at : at + CHUNK], position=self.position + at, seq=None)
            await asyncio.sleep(CHUNK / 16_000 / PACE)
        self.position += len(sound)
        await until(lambda: self.words() == keys(*SENTENCES[: self.said]), 20)
        await until(lambda: set(self.spoken(begun=False)) == set(range(1, self.session.history.last_id + 1)), 20)

    def words(self) -> list[str]:
        """What was recognised, without the marks of what was given already."""
        heard = self.here.ears.heard["host"]
        finals = [one for one in heard if isinstance(one, Caption) and one.final and one.floor]
        return keys(*(one.text for one in finals if one.text != "…"))

    def counted(self, *, again: int = 0) -> None:
        """See Talk."""
        assert self.words() == keys(*SENTENCES[: self.said])
        assert [one.segment_id for one in self.captions()] == list(range(1, self.session.history.last_id + 1))
        assert self.spoken() == [one.segment_id for one in self.captions()]


@pytest.mark.slow
async def test_the_recogniser(tmp_path: Path) -> None:
    script = Script(SENTENCES)
    with AzureService(script) as azure, AzureService(script) as spare:
        patience = Ears(silent=0.7, finish=1.0, close=0.1)
        accounts = {"azure": azure, "spare": spare}
        ears = {name: AzureRecognizer(Account.of(one.settings()), patience=patience) for name, one in accounts.items()}
        others = engines()
        pool = Pool(ears, others.translators, others.voices, others.faces)
        async with talking(tmp_path, "recognizer", pool, kind=Heard) as talk:
            assert isinstance(talk, Heard)
            talk.azure = azure
            for fault in SLOWLY:
                await talk.through(azure, fault, "recognition")
            talk.counted()
