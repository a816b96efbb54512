"""When Azure fails in the middle of a talk: what it is told as, and that no word is lost or given twice."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from azure_service import AzureService
from dragoman.engines.azure.account import Account
from dragoman.engines.azure.recognizer import AzureRecognizer
from dragoman.engines.azure.stream import Patience
from dragoman.engines.protocols import Brief
from dragoman.floor import Floor
from dragoman.modes import BALANCED
from dragoman.speech import Final, Partial, Recognition, samples
from ears_talk import Talk, keys

SCRIPT = (
    ("Good morning everybody and welcome.", {"fr": "Bonjour à tous et bienvenue."}),
    (
        "We will talk about ships that carry grain from the harbour to all the world.",
        {"fr": "Nous parlerons des navires qui transportent du grain depuis le port vers le monde entier."},
    ),
    ("Thank you for being here.", {"fr": "Merci d'être ici."}),
)
HURRIED = Patience(connect=3.0, reconnect=2.0, silent=1.0, finish=1.5, close=0.1)


@dataclass(frozen=True)
class Fault:
    """One way of failing."""

    breaks: Callable[[AzureService], None]
    said: str | None
    """in the failure's sentence; None: nobody notices"""
    lasting: bool = False
    times: int = 2
    """failures until it is healed"""
    heals: Callable[[AzureService], None] = field(default=lambda azure: azure.faults.clear())


def refused(status: int) -> Callable[[AzureService], None]:
    def breaks(azure: AzureService) -> None:
        azure.faults.refuse("recognition", status)
        azure.faults.drop("recognition")

    return breaks


def quota(azure: AzureService) -> None:
    azure.faults.quota("recognition")
    azure.faults.drop("recognition")


def garbage(azure: AzureService) -> None:
    azure.faults.garbage("recognition", 1 << 20)


FAULTS = {
    "401": Fault(refused(401), r"refuses the account \(401\); check SPEECH_KEY", lasting=True),
    "403": Fault(refused(403), r"refuses the account \(403\); check SPEECH_KEY", lasting=True),
    "429": Fault(refused(429), "too many requests of this account"),
    "503": Fault(refused(503), "not available", times=1),
    "quota": Fault(quota, "quota of the Azure account is used up", lasting=True),
    "drop": Fault(lambda azure: azure.faults.drop("recognition"), None),
    "network": Fault(lambda azure: azure.vanish(), "cannot be reached", heals=lambda azure: azure.come_back()),
    "silence": Fault(
        lambda azure: azure.faults.silence("recognition"),
        "says nothing to what is being said|did not come to an end",
        times=1,
    ),
    "slow": Fault(lambda azure: azure.faults.slow("recognition", 0.6), None),
    "garbage": Fault(garbage, "Azure's speech recognition", times=1),
}


@pytest.fixture
async def azure():
    async with AzureService(SCRIPT) as service:
        yield service


@pytest.fixture
async def recognizer(azure: AzureService):
    engine = AzureRecognizer(Account.of(azure.settings()), patience=HURRIED)
    yield engine
    azure.faults.clear()
    await engine.close()


class Breaker:
    """Breaks the service in the middle of the second sentence, and heals it after some failures."""

    def __init__(self, azure: AzureService, fault: Fault) -> None:
        self._azure = azure
        self._fault = fault
        self._broken = False
        self._failures = 0
        self.work: list[asyncio.Future[None]] = []

    def heard(self, event: Recognition) -> None:
        words = keys(f"{event.committed} {event.tail}" if isinstance(event, Partial) else getattr(event, "text", ""))
        if not self._broken and {"ships", "that", "carry"} & set(words):
            self._broken = True
            self._do(self._fault.breaks)

    def failed(self, _: object) -> None:
        self._failures += 1
        if self._failures == self._fault.times:
            self._do(self._fault.heals)

    def _do(self, what: Callable[[AzureService], None]) -> None:
        # In a thread: some wait until it is so.
        self.work.append(asyncio.get_running_loop().run_in_executor(None, what, self._azure))


@pytest.mark.parametrize("name", FAULTS)
async def test_every_word_comes_once_in_every_language(name: str, azure: AzureService, recognizer: AzureRecognizer):
    fault = FAULTS[name]
    breaker = Breaker(azure, fault)
    talk = Talk(recognizer, azure.talk(pause=0.6), Brief(mode="low", targets=("fr", "de")), pace=4.0)
    talk.heard, talk.failed = breaker.heard, breaker.failed
    await talk.run()
    await asyncio.gather(*breaker.work)
    assert talk.said == keys(*(sentence.text for sentence in azure.script.sentences))
    for tag in ("fr", "de"):
        assert talk.translated(tag) == keys(*(sentence.translation(tag) for sentence in azure.script.sentences))
    if fault.said is None:
        assert talk.failures == []
    else:
        assert len(talk.failures) >= fault.times
        for failure in talk.failures[: fault.times]:
            assert failure.lasting == fault.lasting
            assert azure.key not in str(failure)
            assert re.search(fault.said, str(failure))


class Desk:
    """A floor's listener: keeps what it hears."""

    def __init__(self, heard: Callable[[Recognition], None], failed: Callable[[object], None]) -> None:
        self.finals: list[Final] = []
        self._heard = heard
        self._failed = failed

    async def heard(self, final: Final, arrived: int) -> None:
        self.finals.append(final)
        self._heard(final)

    async def hearing(self, partial: Partial, end: int, arrived: int) -> None:
        self._heard(partial)

    async def silence(self, safe: int) -> None:
        pass

    async def trouble(self, *_: object, **__: object) -> None:
        self._failed(None)


@pytest.mark.parametrize("name", ["drop", "network"])
async def test_a_floor_has_every_sentence_once(name: str, azure: AzureService, recognizer: AzureRecognizer):
    breaker = Breaker(azure, FAULTS[name])
    desk = Desk(breaker.heard, breaker.failed)
    floor = Floor(recognizer, "en", desk, start=0, mode=lambda: BALANCED, now=lambda: 0)
    sound = azure.talk(pause=0.6)

    async def speak() -> None:
        for at in range(0, len(sound), 640):
            floor.accept(sound[at : at + 640], position=at, seq=None)
            await asyncio.sleep(0.04 / 4)
        floor.rest()

    async with asyncio.timeout(60):
        speaking = asyncio.create_task(speak())
        while not speaking.done() or floor.waiting:
            await floor.shift()
            await asyncio.sleep(0.01)
        await speaking
    await asyncio.gather(*breaker.work)
    assert keys(*(final.text for final in desk.finals)) == keys(*(one.text for one in azure.script.sentences))
    assert floor.received == len(sound)


async def test_a_failure_is_told_within_seconds(azure: AzureService):
    """As the engine is configured: the SDK's own patience with a silent service has no end."""
    recognizer = AzureRecognizer(Account.of(azure.settings()), patience=Patience(silent=2.0, close=0.1))
    azure.faults.silence("recognition")
    talk = Talk(recognizer, azure.talk(), pace=4.0)
    told = asyncio.Event()

    def failed(_: object) -> None:
        azure.faults.clear()
        told.set()

    talk.failed = failed
    talking = asyncio.create_task(talk.run())
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.wait_for(told.wait(), 30)
    # Four loud seconds at four times their pace, and two of silence.
    assert loop.time() - began < 12
    await talking
    await recognizer.close()
    assert talk.said == keys(*(sentence.text for sentence in azure.script.sentences))


def test_the_engines_own_patience_is_a_few_seconds():
    patience = Patience()
    assert max(patience.connect, patience.reconnect, patience.silent) <= 10
    assert samples(patience.silent * 1000) > 0
