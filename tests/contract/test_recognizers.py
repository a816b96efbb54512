"""What every recogniser must do, whatever it is made of. An engine is finished when it passes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from dragoman.engines.protocols import Recognizer, RecognizerStream
from dragoman.speech import Final, Partial, Pcm, Recognition, Safe, samples
from loading import loaded, names, other_tasks, surroundings
from speakers import Speaker, speaker
from speech_data import LIBRIVOX, recording, silence, word_errors

CHUNK = 640
"""samples: what a browser sends at a time"""
PATIENCE = 60
"""seconds, on a machine that is busy with other tests"""


@pytest.fixture(params=names("recognizer"))
def name(request: pytest.FixtureRequest) -> str:
    """Each recogniser's name."""
    return str(request.param)


@pytest.fixture
async def around(name: str) -> AsyncIterator[dict[str, Any]]:
    """The engine's settings, and the service that they name."""
    async with surroundings(name, (recording(one).text for one in LIBRIVOX)) as settings:
        yield settings


@pytest.fixture
async def engine(name: str, around: dict[str, Any]) -> AsyncIterator[Recognizer]:
    """A recogniser of English for one test."""
    async with loaded("recognizer", name, lambda engine: "en" in engine.languages, around) as engine:
        yield engine


@pytest.fixture
def says(name: str) -> Speaker:
    """Who speaks so that the engine understands."""
    return speaker(name)


async def feed(stream: RecognizerStream, sound, start: int = 0, *, pace: float | None = None) -> None:
    """Give it the sound in chunks; `pace` times as fast as it was spoken, or as fast as it takes them."""
    for i in range(0, len(sound), CHUNK):
        if pace:
            await asyncio.sleep(CHUNK / 16_000 / pace)
        await stream.feed(Pcm(sound[i : i + CHUNK], start + i))


async def hear(engine: Recognizer, sound, *, start: int = 0, live: bool = False, pace: float | None = None):
    """All that a stream gives for the sound."""
    stream = await engine.open("en", start=start, live=live)

    async def speak() -> None:
        await feed(stream, sound, start, pace=pace)
        await stream.finish()

    async with asyncio.timeout(PATIENCE):
        speaking = asyncio.create_task(speak())
        heard = [event async for event in stream.events()]
        await speaking
    await stream.close()
    return heard


async def next_of(events: AsyncIterator[Recognition], kind: type) -> Recognition:
    """The next event of a kind."""
    async with asyncio.timeout(PATIENCE):
        return await anext(event async for event in events if isinstance(event, kind))


def finals(events) -> list[Final]:
    return [event for event in events if isinstance(event, Final)]


def text(events) -> str:
    return " ".join(final.text for final in finals(events))


@pytest.mark.parametrize("live", [False, True])
async def test_silence_gives_no_final_and_what_is_safe_grows(engine: Recognizer, live: bool):
    heard = await hear(engine, silence(6), start=1000, live=live)
    assert {type(event) for event in heard} == {Safe}
    positions = [event.position for event in heard]
    assert positions == sorted(set(positions))
    assert positions[-1] == 1000 + 6 * 16_000
    assert 2 <= len(positions) <= 13, "often enough to forget the sound, and no more than two a second"


@pytest.mark.parametrize("live", [False, True])
async def test_speech_gives_finals_with_its_words_and_positions_that_rise(
    engine: Recognizer, live: bool, says: Speaker
):
    sound, said = says.talk("0880", "0930")
    heard = await hear(engine, sound, start=5000, live=live, pace=4 if live else None)
    found = finals(heard)
    assert len(found) >= 2
    assert word_errors(said, text(heard))[0] <= 3
    position = 5000
    for final in found:
        assert position <= final.start < final.end <= final.safe <= 5000 + len(sound)
        position = final.safe
        assert final.text == " ".join(final.text.split())


async def test_everything_comes_in_floor_order(engine: Recognizer, says: Speaker):
    sound, _ = says.talk("0880", "0930")
    safe = 0
    for event in await hear(engine, sound, live=True, pace=4):
        match event:
            case Safe(position):
                assert position >= safe
                safe = position
            case Partial(start=start):
                assert start >= safe
            case Final(start=start):
                assert start >= safe
                safe = event.safe


async def test_a_file_gives_no_partials_and_always_the_same(engine: Recognizer, says: Speaker):
    sound, _ = says.talk("0880", "0930")
    first = await hear(engine, sound)
    assert not any(isinstance(event, Partial) for event in first)
    assert finals(await hear(engine, sound)) == finals(first)


async def test_committed_words_only_grow_and_begin_the_final(engine: Recognizer, says: Speaker):
    sound, _ = says.talk("0870")
    committed: dict[int, str] = {}
    checked = 0
    for event in await hear(engine, sound, live=True, pace=2):
        if isinstance(event, Partial):
            assert event.committed.startswith(committed.get(event.start, ""))
            committed[event.start] = event.committed
        elif isinstance(event, Final) and event.start in committed:
            assert says.begins(event.text, committed[event.start])
            checked += len(committed[event.start]) > 0
    assert checked, "words are committed before the end of a sentence of seven seconds"


async def test_finishing_in_the_middle_of_speech_gives_its_words(engine: Recognizer, says: Speaker):
    sound = says.recording("0930").samples[: samples(2800)]
    heard = await hear(engine, sound)
    assert word_errors("he might even have been made amiable himself", text(heard))[0] <= 2
    assert finals(heard)[-1].safe <= len(sound)


async def test_a_stream_that_is_finished_without_sound_just_ends(engine: Recognizer):
    assert await hear(engine, silence(0)) == []


async def test_a_gap_in_the_sound_ends_speech_and_is_not_listened_to(engine: Recognizer, says: Speaker):
    hours = 3 * 3600 * 16_000
    clip = says.recording("0930").samples[: samples(3000)]
    stream = await engine.open("en", start=0, live=False)

    async def speak() -> None:
        await feed(stream, clip)
        await feed(stream, clip, start=hours)
        await stream.finish()

    async with asyncio.timeout(PATIENCE):
        speaking = asyncio.create_task(speak())
        heard = [event async for event in stream.events()]
        await speaking
    await stream.close()
    before, after = finals(heard)
    assert before.safe <= len(clip)
    assert before.end - before.start == pytest.approx(after.end - after.start, abs=samples(200))
    assert after.start == pytest.approx(before.start + hours, abs=samples(200))
    assert Safe(hours) in heard


async def test_a_short_gap_is_silence(engine: Recognizer, says: Speaker):
    first, second = says.recording("0880").samples, says.recording("0930").samples
    stream = await engine.open("en", start=0, live=False)

    async def speak() -> None:
        await stream.feed(Pcm(first, 0))
        await stream.feed(Pcm(second, len(first) + samples(500)))
        await stream.finish()

    async with asyncio.timeout(PATIENCE):
        speaking = asyncio.create_task(speak())
        heard = [event async for event in stream.events()]
        await speaking
    await stream.close()
    assert word_errors(f"{says.recording('0880').text} {says.recording('0930').text}", text(heard))[0] <= 3
    assert finals(heard)[-1].end > len(first) + samples(500) + samples(2500)


async def test_two_speakers_at_once_do_not_mix(engine: Recognizer, says: Speaker):
    one, two = await asyncio.gather(
        hear(engine, says.recording("0880").samples, live=True, pace=3),
        hear(engine, says.recording("0930").samples, start=77, live=True, pace=3),
    )
    assert word_errors(says.recording("0880").text, text(one))[0] <= 2
    assert word_errors(says.recording("0930").text, text(two))[0] <= 2


async def test_a_stream_resumed_at_a_final_neither_loses_nor_doubles_a_word(engine: Recognizer, says: Speaker):
    sound, said = says.talk("0880", "0930")
    first = finals(await hear(engine, sound))[0]
    rest = await hear(engine, sound[first.safe :], start=first.safe)
    assert word_errors(said, f"{first.text} {text(rest)}")[0] <= 3


async def test_feeding_waits_while_the_engine_is_behind_and_nothing_is_lost(engine: Recognizer, says: Speaker):
    clip, said = says.talk("0930")
    stream = await engine.open("en", start=0, live=True)
    feeding = asyncio.create_task(feed(stream, np.tile(clip, 8)))
    done, _ = await asyncio.wait([feeding], timeout=0.1)
    assert not done, "half a minute of speech cannot have been taken in this time"

    async def finish() -> None:
        await feeding
        await stream.finish()

    async with asyncio.timeout(PATIENCE):
        finishing = asyncio.create_task(finish())
        heard = [event async for event in stream.events()]
        await finishing
    await stream.close()
    assert len(finals(heard)) == 8
    assert word_errors(" ".join([said] * 8), text(heard))[0] <= 8


async def test_the_loop_only_carries(engine: Recognizer, says: Speaker):
    sound, _ = says.talk("0870", "0890")
    process, loop = time.process_time(), time.thread_time()
    await hear(engine, sound)
    busy, work = time.thread_time() - loop, time.process_time() - process
    # Of a service's work nothing is done in this process but carrying: then the sound's length is the measure.
    assert busy < (0.03 * len(sound) / 16_000 if says.elsewhere else 0.2 * work)


async def test_closing_in_mid_talk_ends_the_events_and_is_idempotent(engine: Recognizer, says: Speaker):
    before = other_tasks()
    stream = await engine.open("en", start=0, live=True)
    events = stream.events()
    await stream.feed(Pcm(says.recording("0870").samples[: samples(1500)], 0))
    waiting = asyncio.create_task(next_of(events, Final))
    await asyncio.sleep(0.2)
    await stream.close()
    await stream.close()
    with pytest.raises((StopAsyncIteration, RuntimeError)):
        await waiting
    assert other_tasks() <= before


async def test_closing_the_engine_closes_its_streams(name: str, around: dict[str, Any], says: Speaker):
    async with loaded("recognizer", name, settings=around) as engine:
        stream = await engine.open("en", start=0, live=True)
        await stream.feed(Pcm(says.recording("0870").samples[: samples(1500)], 0))
    async with asyncio.timeout(PATIENCE):
        assert not finals([event async for event in stream.events()])


async def test_a_language_that_is_not_heard_is_refused(engine: Recognizer):
    with pytest.raises(ValueError, match="tlh"):
        await engine.open("tlh", start=0, live=True)


async def test_sound_that_goes_back_is_refused(engine: Recognizer):
    stream = await engine.open("en", start=1000, live=True)
    with pytest.raises(ValueError, match="500"):
        await stream.feed(Pcm(silence(1), 500))
    await stream.close()
