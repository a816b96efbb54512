"""The stream around the Ear: what it does when things go wrong or come too fast."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from dragoman.engines.embedded.endpoint import PRE_ROLL
from dragoman.engines.embedded.recognizer import EmbeddedRecognizer
from dragoman.engines.embedded.vad import FRAME
from dragoman.engines.threads import Worker
from dragoman.errors import EngineFailed
from dragoman.speech import Final, Partial, Pcm, Safe, samples
from speech_data import recording, silence, word_errors


class Broken:
    """A model that fails at its `after`-th decode."""

    def __init__(self, moonshine, after):
        self.moonshine = moonshine
        self.left = after

    def hear(self, *sound, **options):
        self.left -= 1
        if self.left < 0:
            raise MemoryError("no more of it")
        return self.moonshine.hear(*sound, **options)


@pytest.fixture
async def open_with(models):
    """Opens a live stream of a recogniser with these models."""
    engines = []

    async def open_with(changed=models, *, live=True):
        engines.append(EmbeddedRecognizer(changed, Worker("recognizer")))
        return await engines[-1].open("en", start=0, live=live)

    yield open_with
    for engine in engines:
        await engine.close()


async def events(stream):
    async with asyncio.timeout(60):
        return [event async for event in stream.events()]


async def broken(stream):
    """The events until the failure, and the failure."""
    found = []
    try:
        async with asyncio.timeout(60):
            async for event in stream.events():
                found.append(event)
    except EngineFailed as failure:
        return found, failure
    raise AssertionError("the events ended as if nothing had happened")


async def feed(stream, sound):
    async with asyncio.timeout(60):
        for i in range(0, len(sound), 16_000):
            await stream.feed(Pcm(sound[i : i + 16_000], i))


async def test_a_model_that_breaks_is_told_to_both_sides_with_its_cause(open_with, models):
    stream = await open_with(replace(models, moonshine=Broken(models.moonshine, 0)), live=False)
    await stream.feed(Pcm(np.concatenate([recording("0930").samples, silence(1)]), 0))
    _, failure = await broken(stream)
    assert "no more of it" in str(failure)
    assert failure.__cause__ is not None
    with pytest.raises(EngineFailed):
        await stream.feed(Pcm(silence(0.1), 10_000_000))


async def test_a_model_that_breaks_in_a_partial_is_told_too(open_with, models):
    stream = await open_with(replace(models, moonshine=Broken(models.moonshine, 0)))
    await stream.feed(Pcm(recording("0870").samples[: samples(1500)], 0))
    _, failure = await broken(stream)
    assert "no more of it" in str(failure)


async def test_what_was_final_before_the_failure_is_still_given(open_with, models):
    stream = await open_with(replace(models, moonshine=Broken(models.moonshine, 1)), live=False)
    clip = np.concatenate([recording("0930").samples, silence(1)])
    await stream.feed(Pcm(np.concatenate([clip, clip]), 0))
    found, _ = await broken(stream)
    assert [event.text for event in found if isinstance(event, Final)] == [
        "He might even have been made amiable himself."
    ]


async def test_feeding_that_waits_is_released_by_a_failure(open_with, models):
    stream = await open_with(replace(models, moonshine=Broken(models.moonshine, 0)))
    sound = np.tile(np.concatenate([recording("0930").samples, silence(1)]), 5)
    with pytest.raises(EngineFailed):
        await feed(stream, sound)


async def test_a_finished_stream_takes_no_more_sound(open_with):
    stream = await open_with()
    await stream.finish()
    with pytest.raises(EngineFailed, match="no more sound"):
        await stream.feed(Pcm(silence(0.1), 0))


async def test_events_end_again_when_they_are_asked_again(open_with):
    stream = await open_with()
    await stream.feed(Pcm(silence(1), 0))
    await stream.finish()
    assert await events(stream) == [Safe(31 * FRAME - PRE_ROLL), Safe(16_000)]
    assert await events(stream) == []


async def test_partials_are_left_out_when_nobody_reads_and_finals_are_not(open_with):
    stream = await open_with()
    clip = np.concatenate([recording("0930").samples, silence(1)])
    sound = np.tile(clip, 4)
    for i in range(0, len(sound), 640):
        await stream.feed(Pcm(sound[i : i + 640], i))
        await asyncio.sleep(0.01)
    await stream.finish()
    found = await events(stream)
    assert sum(isinstance(event, Final) for event in found) == 4
    assert len(found) <= 64 + 10


async def test_sound_that_comes_all_at_once_is_not_decoded_at_every_step(open_with):
    stream = await open_with()
    await stream.feed(Pcm(recording("0870").samples, 0))
    await stream.finish()
    found = await events(stream)
    said = " ".join(event.text for event in found if isinstance(event, Final))
    assert word_errors(recording("0870").text, said)[0] <= 1
    assert sum(isinstance(event, Partial) for event in found) <= 2
