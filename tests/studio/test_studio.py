import asyncio
import threading
import time
from collections import Counter
from itertools import pairwise

import pytest

from decoded import Board, marks, packets, tone
from dragoman.channel import Batch, Channel
from dragoman.clock import MediaClock
from dragoman.packets import FRAME_SAMPLES, PICTURE_SAMPLES, Rendition
from dragoman.speech import MEDIA_RATE
from dragoman.studio import BEHIND, UNTAKEN, Studio, following

SMALL = Rendition(width=64, height=64)
PATIENCE = 20
"""seconds that a busy machine may take for what needs a fraction of one"""


@pytest.fixture
def clock():
    return MediaClock()


@pytest.fixture
async def studio(clock):
    studio = Studio(clock)
    yield studio
    await studio.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "studio"]


class Audience:
    """Collects what a channel gives, and in which thread."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.threads: set[int] = set()
        self._more = asyncio.Event()

    def deliver(self, batch: Batch) -> None:
        self.batches.append(batch)
        self.threads.add(threading.get_ident())
        self._more.set()

    async def until(self, count: int) -> None:
        """Wait for so many batches in all."""
        async with asyncio.timeout(PATIENCE):
            while len(self.batches) < count:
                self._more.clear()
                await self._more.wait()


def channel() -> Channel:
    return Channel(Board(), SMALL)


def times(batches) -> list[int]:
    return [packet.at for packet in packets(batches, "audio")]


def test_the_next_tick_is_due_or_what_is_past_help_is_left_out():
    assert following(None, 10 * FRAME_SAMPLES + 1) == 11 * FRAME_SAMPLES
    assert following(FRAME_SAMPLES, FRAME_SAMPLES + 5) == 2 * FRAME_SAMPLES
    assert following(0, FRAME_SAMPLES + BEHIND) == FRAME_SAMPLES
    assert following(0, FRAME_SAMPLES + BEHIND + 1) == FRAME_SAMPLES + BEHIND


async def test_batches_arrive_on_the_loop_at_the_clock_s_pace(studio, clock):
    heard = Audience()
    begun = clock.now()
    await studio.add(channel(), heard.deliver)
    await heard.until(100)
    assert heard.threads == {threading.get_ident()}
    at = times(heard.batches)
    assert all((later - earlier) % FRAME_SAMPLES == 0 < later - earlier for earlier, later in pairwise(at))
    assert begun - FRAME_SAMPLES < at[0]
    # Never ahead of the clock, whatever the machine does.
    assert at[-1] <= clock.now()
    assert clock.now() - begun >= 98 * FRAME_SAMPLES
    pictures = packets(heard.batches, "video")
    assert len(pictures) <= 51
    assert pictures[0].key


async def test_what_is_said_from_the_loop_is_spoken(studio):
    heard, speaking = Audience(), channel()
    await studio.add(speaking, heard.deliver)
    speaking.say(3, tone(0.1))
    async with asyncio.timeout(PATIENCE):
        while len(marks(heard.batches)) < 2:
            await heard.until(len(heard.batches) + 1)
    assert [mark[:2] for mark in marks(heard.batches)] == [(3, True), (3, False)]


async def test_channels_share_out_the_ticks_in_which_they_draw(studio):
    audiences = [Audience() for _ in range(4)]
    for audience in audiences:
        await studio.add(channel(), audience.deliver)
    for audience in audiences:
        await audience.until(60)
    # A busy machine makes single pictures late, so what a channel does most of the time counts.
    beats = [
        Counter(packet.at % PICTURE_SAMPLES for packet in packets(audience.batches, "video")).most_common(1)[0][0]
        for audience in audiences
    ]
    assert sorted(beats) == [0, 0, FRAME_SAMPLES, FRAME_SAMPLES]


async def test_after_remove_the_channel_is_left_alone_and_the_others_go_on(studio):
    touched = []

    class Watched(Channel):
        def tick(self, at, *, picture=None):
            touched.append(at)
            return super().tick(at, picture=picture)

    leaving, staying, gone = Audience(), Audience(), Watched(Board(), SMALL)
    await studio.add(gone, leaving.deliver)
    await studio.add(channel(), staying.deliver)
    await leaving.until(5)
    await studio.remove(gone)
    ticks, batches = len(touched), len(leaving.batches)
    await staying.until(len(staying.batches) + 20)
    assert (len(touched), len(leaving.batches)) == (ticks, batches)
    await studio.remove(gone)


async def test_a_channel_may_come_back_after_the_studio_was_empty(studio):
    for _ in range(2):
        heard, one = Audience(), channel()
        await studio.add(one, heard.deliver)
        await heard.until(3)
        await studio.remove(one)
    assert len(times(heard.batches)) >= 3


async def test_nothing_is_delivered_once_remove_was_called(studio):
    heard, one = Audience(), channel()
    await studio.add(one, heard.deliver)
    await heard.until(3)
    removing = asyncio.ensure_future(studio.remove(one))
    await asyncio.sleep(0)
    count = len(heard.batches)
    stand_still(0.1)
    await removing
    assert len(heard.batches) == count


async def test_while_the_loop_stands_still_the_studio_does_too_and_no_word_is_lost(studio):
    heard, speaking = Audience(), channel()
    await studio.add(speaking, heard.deliver)
    await heard.until(3)
    speaking.say(1, tone(1.0))
    taken = len(heard.batches)
    stand_still(1.5)
    await heard.until(taken + UNTAKEN)
    assert studio.late > 0
    async with asyncio.timeout(PATIENCE):
        while len(marks(heard.batches)) < 2:
            await heard.until(len(heard.batches) + 1)
    (begin,), (end,) = ([at for _, speaking, at in marks(heard.batches) if speaking is kind] for kind in (True, False))
    spoken = [at for at in times(heard.batches) if begin <= at < end]
    assert end - begin > MEDIA_RATE + 10 * FRAME_SAMPLES
    assert len(spoken) * FRAME_SAMPLES == pytest.approx(MEDIA_RATE, abs=2 * FRAME_SAMPLES)


async def test_a_channel_and_an_audience_that_fail_hurt_no_other(studio):
    class Broken(Channel):
        def tick(self, at, *, picture=None):
            raise RuntimeError("scripted")

    def choke(batch):
        raise RuntimeError("scripted")

    heard = Audience()
    await studio.add(Broken(Board(), SMALL), Audience().deliver)
    await studio.add(channel(), choke)
    await studio.add(channel(), heard.deliver)
    await heard.until(10)


async def test_a_closed_studio_delivers_nothing_more(clock):
    studio, heard, one = Studio(clock), Audience(), channel()
    await studio.close()
    studio = Studio(clock)
    await studio.add(one, heard.deliver)
    await heard.until(3)
    await studio.close()
    count = len(heard.batches)
    await studio.remove(one)
    await studio.close()
    await asyncio.sleep(0.05)
    assert len(heard.batches) == count


def stand_still(seconds: float) -> None:
    """Keep the loop busy."""
    time.sleep(seconds)
