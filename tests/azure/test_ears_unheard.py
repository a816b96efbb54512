"""Sound that the service never heard is not forgotten, however long the speaker pauses; noise that it heard is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

import numpy as np
import pytest

from azure_service import AzureService, silence
from dragoman.engines.azure.account import Account
from dragoman.engines.azure.recognizer import AzureRecognizer
from dragoman.engines.azure.stream import AzureStream, Patience
from dragoman.engines.protocols import Brief
from dragoman.errors import EngineFailed
from dragoman.speech import FLOOR_RATE, Final, Pcm, Recognition, Safe, samples
from ears_line import Line, line
from ears_talk import CHUNK, Talk, keys

SCRIPT = ("Good morning everybody.", "We will talk about ships.", "Thank you for being here.")
HURRIED = Patience(connect=0.6, reconnect=0.4, silent=0.8, finish=1.0, gap=0.5, noise=1.5, unsure=4.5, close=0.1)
"""Everything a tenth as long as in earnest."""
PAUSE = 2.2
"""Seconds of silence after a sentence: longer than the wait for a word about a noise."""


@pytest.fixture
async def azure() -> AsyncIterator[AzureService]:
    async with AzureService(SCRIPT) as service:
        yield service


@pytest.fixture
async def wire(azure: AzureService) -> AsyncIterator[Line]:
    async with line(azure) as made:
        yield made


def silent(azure: AzureService, _: Line) -> None:
    azure.faults.silence("recognition")


def garbage(azure: AzureService, _: Line) -> None:
    azure.faults.garbage("recognition", 1 << 20)


def spoilt(azure: AzureService, _: Line) -> None:
    """It says that somebody speaks, and its results are nonsense."""
    azure.faults.garbage("recognition", 1 << 20, "body")


def refused(azure: AzureService, _: Line) -> None:
    azure.faults.refuse("recognition", 401)
    azure.faults.drop("recognition")


def packets(_: AzureService, wire: Line) -> None:
    wire.dead = True


FAULTS = [silent, garbage, refused, packets]
Fault = Callable[[AzureService, Line], None]


def said(azure: AzureService) -> list[str]:
    return keys(*(sentence.text for sentence in azure.script.sentences))


class Healer:
    """Heals the service after so many failures."""

    def __init__(self, azure: AzureService, wire: Line, times: int) -> None:
        self._azure = azure
        self._wire = wire
        self._left = times

    def failed(self, _: object) -> None:
        self._left -= 1
        if self._left <= 0:
            self._azure.faults.clear()
            self._wire.dead = False


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_sentence_before_a_pause_is_kept_for_a_service_that_was_not_there(
    fault: Fault, azure: AzureService, wire: Line
):
    fault(azure, wire)
    recognizer = AzureRecognizer(Account.of(wire.settings()), patience=HURRIED)
    talk = Talk(recognizer, azure.talk(pause=PAUSE), Brief(mode="low", targets=("fr",)), pace=1.0)
    talk.failed = Healer(azure, wire, 2).failed
    await talk.run()
    await recognizer.close()
    assert talk.said == said(azure)
    assert len(talk.failures) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("fault", [silent, garbage, spoilt, packets])
async def test_so_is_one_that_was_said_when_the_service_was_there_no_more(
    fault: Fault, azure: AzureService, wire: Line
):
    recognizer = AzureRecognizer(Account.of(wire.settings()), patience=HURRIED)
    talk = Talk(recognizer, azure.talk(pause=PAUSE), Brief(mode="low", targets=("fr",)), pace=1.0)
    broken = False

    def heard(event: Recognition) -> None:
        nonlocal broken
        if not broken and isinstance(event, Final) and not event.said:
            broken = True
            fault(azure, wire)

    talk.heard, talk.failed = heard, Healer(azure, wire, 1).failed
    await talk.run()
    await recognizer.close()
    assert talk.said == said(azure)
    assert talk.failures


@pytest.mark.slow
@pytest.mark.parametrize("fault", [packets, silent])
async def test_a_backlog_of_half_a_minute_is_kept_for_a_service_that_was_not_there(
    fault: Fault, azure: AzureService, wire: Line
):
    """As the engine is configured: the sound is there four times as fast as it was spoken."""
    fault(azure, wire)
    recognizer = AzureRecognizer(Account.of(wire.settings()), patience=Patience(close=0.1))
    sound = np.concatenate([azure.talk(pause=0.6), silence(20.0), azure.talk(pause=0.6)])
    assert len(sound) > samples(30_000)
    talk = Talk(recognizer, sound, Brief(mode="low", targets=("fr",)), pace=1000.0)
    talk.failed = Healer(azure, wire, 1).failed
    await talk.run()
    await recognizer.close()
    assert talk.said == said(azure) * 2
    assert len(talk.failures) == 1


@pytest.mark.parametrize("fault", [*FAULTS, spoilt])
async def test_a_sentence_before_a_gap_is_kept_for_a_service_that_was_not_there(
    fault: Fault, azure: AzureService, wire: Line
):
    recognizer = AzureRecognizer(Account.of(wire.settings()), patience=HURRIED)
    hour = 3600 * FLOOR_RATE
    runs = [Pcm(np.concatenate([silence(0.2), azure.speak(place)]), place * hour) for place in range(3)]
    safe, finals = 0, list[Final]()
    fault(azure, wire)
    for attempt in range(4):
        if attempt == 2:
            Healer(azure, wire, 1).failed(None)
        stream = await recognizer.open("en", start=safe, live=True)
        feeding = asyncio.create_task(_feed(stream, runs, safe))
        try:
            async for event in stream.events():
                if isinstance(event, Final):
                    finals.append(event)
                safe = max(safe, event.safe if isinstance(event, Final) else getattr(event, "position", 0))
            break
        except EngineFailed:
            assert attempt < 2
            assert safe <= runs[0].end
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
            await stream.close()
    await recognizer.close()
    assert keys(*(final.text for final in finals)) == said(azure)


async def _feed(stream: AzureStream, runs: list[Pcm], safe: int) -> None:
    for run in runs:
        if run.end > safe:
            cut = max(0, safe - run.start)
            await stream.feed(Pcm(run.samples[cut:], run.start + cut))
    await stream.finish()


@pytest.mark.slow
@pytest.mark.parametrize("before", [(), (0,)])
async def test_a_noise_that_the_service_says_nothing_to_is_passed_after_a_while(
    before: tuple[int, ...], azure: AzureService
):
    """And the silence after it does not pile up: there is never more to be heard again than since the noise."""
    recognizer = AzureRecognizer(Account.of(azure.settings()), patience=HURRIED)
    cough = np.random.default_rng(1).normal(0, 4000, samples(400)).astype(np.int16)
    sound = np.concatenate([*(azure.speak(place) for place in before), silence(1.0), cough, silence(9.0)])
    end = len(sound) - samples(9_000)
    stream = await recognizer.open("en", start=0, live=True)
    safe = [0]

    async def listen() -> None:
        async with aclosing(stream.events()) as events:
            async for event in events:
                safe.append(event.position if isinstance(event, Safe) else 0)

    listening = asyncio.create_task(listen())
    behind = []
    for at in range(0, len(sound), CHUNK):
        await stream.feed(Pcm(sound[at : at + CHUNK], at))
        await asyncio.sleep(CHUNK / FLOOR_RATE)
        behind.append(at - max(safe))
    assert not listening.done()
    assert max(safe) > end + samples(5_000)
    assert max(behind) < samples(6_500)
    assert behind[-1] < samples(1_500)
    listening.cancel()
    await stream.close()
    await recognizer.close()


@pytest.mark.slow
async def test_a_long_noise_that_it_says_nothing_to_is_heard_by_two_streams_at_most(azure: AzureService):
    """The second sentence of a talk would be as long: only another connection tells whether somebody hears it."""
    recognizer = AzureRecognizer(Account.of(azure.settings()), patience=HURRIED)
    noise = np.random.default_rng(1).normal(0, 4000, samples(1_000)).astype(np.int16)
    sound = np.concatenate([azure.speak(0), silence(1.0), noise, silence(12.0), azure.speak(1), silence(1.0)])
    talk = Talk(recognizer, sound, Brief(mode="low", targets=("fr",)), pace=1.0)
    passed: list[int] = []

    def heard(event: Recognition) -> None:
        if isinstance(event, Safe):
            passed.append(event.position)

    talk.heard = heard
    await talk.run()
    await recognizer.close()
    assert talk.said == keys(*SCRIPT[:2])
    assert [str(failure) for failure in talk.failures] == ["Azure's speech recognition says nothing to what was said."]
    before = len(sound) - len(azure.speak(1)) - samples(1_000)
    assert any(before - samples(1_500) < position <= before for position in passed), "in the pause itself"
