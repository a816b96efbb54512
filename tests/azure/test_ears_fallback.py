"""While Azure's recogniser is down another one listens: it is tried now and then, and every sentence comes once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from azure_service import AzureService, Script, silence
from dragoman.company import Terms
from dragoman.conference import Draft
from dragoman.engines.azure.account import Account
from dragoman.engines.azure.recognizer import AzureRecognizer
from dragoman.engines.azure.stream import AzureStream
from dragoman.engines.azure.stream import Patience as Ears
from dragoman.engines.pool import Pool
from dragoman.events import Caption, EngineState
from dragoman.fallback import Patience
from dragoman.session import Session
from ears_line import Line, line
from ears_talk import CHUNK, keys
from rooms import HOST, Room, room, until
from scripted import ScriptedFace, ScriptedTranslator, ScriptedVoice

SENTENCES = [f"Now number {number} comes." for number in range(1, 200)]
HURRIED = Ears(connect=0.6, reconnect=0.4, silent=0.8, finish=1.0, gap=0.5, noise=1.5, unsure=4.5, close=0.1)
PATIENCE = Patience(failing=1.0, first=1.5, longest=30.0)
"""Everything a tenth as long as in earnest."""
PAUSE = 1.3
"""Seconds between two sentences: as much silence as a stream once took for an answer."""


class Watched(AzureRecognizer):
    """Notes when it is asked."""

    def __init__(self, account: Account) -> None:
        super().__init__(account, patience=HURRIED)
        self.asked: list[float] = []

    async def open(self, *args: object, **options: object) -> AzureStream:
        self.asked.append(asyncio.get_running_loop().time())
        return await super().open(*args, **options)  # type: ignore[arg-type]  # handed on as they come


@dataclass
class Talk:
    """One speaker, who Azure hears over a line, and another account behind it."""

    here: Room
    session: Session
    azure: AzureService
    wire: Line
    ears: Watched
    said: int = 0
    position: int = 0

    async def say(self, pause: float = PAUSE) -> None:
        """One more sentence and the pause after it, as fast as it is spoken."""
        sound = np.concatenate([self.azure.speak(self.said), silence(pause)])
        self.said += 1
        for at in range(0, len(sound), CHUNK):
            self.session.audio("host", sound[at : at + CHUNK], position=self.position + at, seq=None)
            await asyncio.sleep(CHUNK / 16_000)
        self.position += len(sound)

    async def counted(self) -> None:
        """All that was said is captioned, once, and translated."""
        expected = keys(*SENTENCES[: self.said])
        await until(lambda: len(self.words()) >= len(expected), 20)
        assert self.words() == expected
        await until(lambda: len(self.here.ears.finals("host", "es")) == self.session.history.last_id)

    def words(self) -> list[str]:
        heard = self.here.ears.heard["host"]
        finals = [one for one in heard if isinstance(one, Caption) and one.final and one.floor]
        return keys(*(one.text for one in finals if one.text != "…"))

    def told(self, reason: str) -> int:
        heard = self.here.ears.heard["host"]
        return sum(isinstance(one, EngineState) and (one.job, one.reason) == ("recognizer", reason) for one in heard)


@asynccontextmanager
async def talking(directory: Path) -> AsyncIterator[Talk]:
    script = Script(SENTENCES)
    async with AzureService(script) as azure, AzureService(script) as spare, line(azure) as wire:
        ears = Watched(Account.of(wire.settings()))
        pool = Pool(
            {"azure": ears, "spare": AzureRecognizer(Account.of(spare.settings()), patience=HURRIED)},
            {"scripted": ScriptedTranslator()},
            {"scripted": ScriptedVoice()},
            {"scripted": ScriptedFace()},
        )
        try:
            async with room(directory, pool=pool, terms=Terms(patience=PATIENCE)) as here:
                session = await here.conference.create(Draft(HOST, "A talk", "en", ("es",), {}, None))
                await session.start()
                await session.join("host", HOST, language=None, since=None)
                yield Talk(here, session, azure, wire, ears)
        finally:
            await pool.close()


def silent(talk: Talk) -> None:
    talk.azure.faults.silence("recognition")


def garbage(talk: Talk) -> None:
    talk.azure.faults.garbage("recognition", 1 << 20)


def refused(talk: Talk) -> None:
    talk.azure.faults.refuse("recognition", 401)
    talk.azure.faults.drop("recognition")


def packets(talk: Talk) -> None:
    talk.wire.dead = True


def heal(talk: Talk) -> None:
    talk.azure.faults.clear()
    talk.wire.dead = False


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dragoman.hearing.PROBE_SECONDS", 2.0)


@pytest.mark.slow
@pytest.mark.parametrize("fault", [silent, garbage, refused, packets])
async def test_what_is_down_is_tried_ever_more_rarely_and_never_told_to_be_back(
    fault: Callable[[Talk], None], tmp_path: Path
):
    async with talking(tmp_path) as talk:
        await talk.say()
        await talk.counted()
        fault(talk)
        for _ in range(9):
            await talk.say()
        assert talk.told("failed") == 1
        assert talk.told("returned") == 0
        await talk.counted()
        trials = talk.ears.asked[-2:]
        assert len(trials) == 2
        assert trials[1] - trials[0] > 1.8 * PATIENCE.first, "the second wait is twice as long"
        assert len(talk.ears.asked) < 9
        heal(talk)
        while not talk.told("returned"):
            assert talk.said < 25
            await talk.say()
        heard = len(talk.azure.recognised)
        await talk.say()
        await talk.say()
        await talk.counted()
        assert len(talk.azure.recognised) > heard, "Azure listens again"
        assert (talk.told("failed"), talk.told("returned")) == (1, 1)


@pytest.mark.slow
async def test_a_pause_in_which_it_listens_along_says_nothing_about_it(tmp_path: Path):
    """It may be well or not: as long as nobody speaks nobody knows. The first word tells."""
    async with talking(tmp_path) as talk:
        refused(talk)
        await talk.say()
        await talk.counted()
        heal(talk)
        await talk.say(pause=6.0)
        assert (talk.told("failed"), talk.told("returned")) == (1, 0)
        while not talk.told("returned"):
            assert talk.said < 5
            await talk.say()
        await talk.counted()
