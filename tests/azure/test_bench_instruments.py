"""The instruments of `make bench-azure` measure what they say: known sound, known gaps, known losses."""

from __future__ import annotations

import asyncio
import time
from fractions import Fraction

import av
import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from benchmarks.azure import comparison, sound_times, targets
from benchmarks.azure_listeners import Listener
from benchmarks.azure_measures import (
    Ear,
    Stillness,
    counted,
    first_within,
    lines_of,
    longest_quiet,
    onsets,
    stretches,
)
from benchmarks.azure_talk import LANGUAGE, Heard, caption_times, recital, sentences
from benchmarks.recordings import CHUNK, RATE

from azure_service import AzureService
from azure_service.pictures import Seen

FRAME = 960
"""samples of 20 ms at 48 kHz"""


def frame(number: int, *, loud: bool) -> av.AudioFrame:
    t = np.arange(number * FRAME, (number + 1) * FRAME) / 48_000
    samples = np.rint(6000 * loud * np.sin(2 * np.pi * 300 * t)).astype(np.int16)
    made = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    made.sample_rate, made.pts, made.time_base = 48_000, number * FRAME, Fraction(1, 48_000)
    return made


def test_an_ear_hears_in_which_packets_somebody_speaks() -> None:
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "mono", "s16"
    packets = [bytes(p) for n in range(60) for p in encoder.encode(frame(n, loud=20 <= n < 40))]
    ear = Ear()
    heard = [ear.loud(packet) for packet in packets]
    # Opus looks 6.5 ms ahead and fades: a packet on either side may have something of it.
    assert all(heard[22:39])
    assert not any(heard[:19] + heard[42:])


def test_an_ear_survives_garbage() -> None:
    assert not Ear().loud(b"\xff\xff\xff\xff")


def test_speech_is_found_again_in_its_packets() -> None:
    loud = [at / 50 for at in (*range(50, 70), *range(72, 100), *range(110, 150), 200, 201)]
    found = stretches(loud)
    assert np.allclose(found, [(1.0, 2.0), (2.2, 3.0), (4.0, 4.04)])
    assert np.allclose(onsets(found), [1.0, 4.0]), "0.2 s are no new line"
    lines = lines_of(found, onsets(found))
    assert np.allclose(lines, [(1.0, 3.0), (4.0, 4.04)])
    assert longest_quiet(found, lines) == pytest.approx(0.2), "what is between lines is no gap"
    assert longest_quiet(found[:1], lines) == 0
    assert first_within([1.0, 2.2, 4.0], 1.5, 4.0) == 2.2
    assert first_within([1.0, 4.0], 1.5, 4.0) is None


def test_a_picture_that_stands_still_is_noticed_also_at_the_end() -> None:
    still = Stillness()
    for at, phase in ((0.0, 0), (0.04, 1), (0.08, 1), (0.5, 1), (0.54, 2)):
        still.saw(Seen(1, phase, False), at)
    assert still.longest == pytest.approx(0.5)
    still.ends(3.0)
    assert still.longest == pytest.approx(2.46)
    still.again()
    still.ends(9.0)
    assert still.longest == 0


def test_a_lost_sentence_and_one_said_twice_are_counted() -> None:
    found = counted(["one", "two", "three"], ["one", "three", "three"], ["two", "two", "three", "one"])
    assert (found.said, found.captioned, found.spoken) == (3, 1, 2)
    assert (found.shown_twice, found.spoken_twice) == (1, 1)


def test_the_talk_is_what_the_service_hears_and_ends_where_it_says() -> None:
    said = recital(3)
    loud = np.abs(said.sound.astype(int)) > 300
    for number, (start, end) in enumerate(said.spans):
        assert not loud[end : end + RATE].any()
        assert loud[end - RATE // 50 : end].any()
        assert np.array_equal(said.sound[start:end], AzureService(said.script).speak(number)[: end - start])
    every = sentences(800)
    assert len({one.text for one in every}) == len({one.translation(LANGUAGE) for one in every}) == 800
    with pytest.raises(ValueError, match="only 800"):
        sentences(801)


def test_delays_count_from_the_chunk_with_the_last_sound() -> None:
    said = recital(2)
    sent = said.sent([100 + number * CHUNK / RATE for number in range(len(said.sound) // CHUNK)])
    ends = [end / RATE for _, end in said.spans]
    people = []
    for late in (0.0, 0.3):
        captions = [[0, end * 1000, sent[n][0] + 0.5 + late, "words"] for n, end in enumerate(ends)]
        captions.append([0, ends[1] * 1000 - 900, sent[1][0] - 0.4, "a clause before"])
        spoken = [(since + 1.0 + late, since + 2.0 + late) for since, _ in sent]
        people.append({"captions": captions, "spoken": spoken})
    heard = Heard(sent, people, {}, 10.0)
    assert np.allclose(caption_times(said, heard), [[0.5, 0.8], [0.5, 0.8]])
    assert np.allclose(sound_times(heard), [[1.0, 1.3], [1.0, 1.3]])
    people[1]["captions"] = []
    with pytest.raises(AssertionError, match="has no caption"):
        caption_times(said, heard)


def test_a_target_that_is_missed_is_said_to_be() -> None:
    rows = [
        {
            "listeners": n,
            "caption, median s": caption,
            "avatar sound, median s": 1.0,
            "last after the first, worst s": 0.6,
        }
        for n, caption in ((1, 1.0), (20, 1.06))
    ]
    renewed = {"longest gap in picture s": 0.1, "longest gap in sound s": 0.31, "lost or twice": 0}
    found = targets([comparison("direct", rows)], rows, renewed)
    assert [one["reached"] for one in found] == ["no", "no", "yes", "no", "yes"]


class Tone(MediaStreamTrack):
    """Sound in real time: quiet, then loud from frame 50 on; nothing is sent for half a second before frame 75."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.begun = 0.0

    async def recv(self) -> av.AudioFrame:
        await asyncio.sleep(0.5 if self.number == 75 else 0.02)
        if self.number == 50:
            self.begun = time.monotonic()
        made = frame(self.number, loud=self.number >= 50)
        self.number += 1
        return made


async def test_a_listener_notes_when_sound_begins_and_for_how_long_it_is_missing() -> None:
    sender, listener, tone = RTCPeerConnection(RTCConfiguration(iceServers=[])), Listener(looking=False), Tone()
    try:
        await sender.setRemoteDescription(RTCSessionDescription(await listener.offer(), "offer"))
        sender.addTrack(tone)
        await sender.setLocalDescription(await sender.createAnswer())
        await listener.accept(sender.localDescription.sdp)
        async with asyncio.timeout(30):
            while tone.number < 100:
                await asyncio.sleep(0.02)
        said = listener.said()
        (begun, *_) = onsets(said["spoken"])
        assert tone.begun - 0.02 <= begun < tone.begun + 0.5
        assert 0.48 <= said["sound gap"] < 5
        assert said["pictures"] == 0
    finally:
        await listener.close()
        await sender.close()
