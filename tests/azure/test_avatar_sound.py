"""What arrives of an avatar is cut into lines, and fitted to the channel."""

from __future__ import annotations

from itertools import pairwise

import av
import numpy as np
import pytest

from azure_service.pictures import Seen, drawn, read
from dragoman.engines.azure.avatar_arrivals import Arrivals
from dragoman.engines.azure.avatar_pictures import fitted
from dragoman.engines.azure.avatar_sound import LONGEST, Sound
from dragoman.speech import MEDIA_RATE

PACKET = 960
LOUD = np.full(PACKET, 5000, np.int16)
SILENT = np.zeros(PACKET, np.int16)


def test_a_line_begins_a_little_before_its_first_audible_sound() -> None:
    sound = Sound()
    line = sound.listen()
    for number in range(10):
        sound.arrived(number * PACKET, SILENT if number < 7 else LOUD, now=number)
    assert line.start == 5 * PACKET
    assert np.array_equal(line.pcm, np.concatenate([SILENT, SILENT, LOUD, LOUD, LOUD]))
    assert line.last_audible == 9


def test_lost_packets_are_silence_and_late_ones_come_too_late() -> None:
    sound = Sound()
    line = sound.listen()
    for number in (3, 5, 4, 6):
        sound.arrived(number * PACKET, LOUD, now=number)
    assert np.array_equal(line.pcm, np.concatenate([LOUD, SILENT, LOUD, LOUD]))


def test_what_was_given_away_is_not_written_any_more() -> None:
    sound = Sound()
    line = sound.listen()
    sound.arrived(0, LOUD, now=0)
    early = line.pcm
    kept = early.copy()
    for number in range(1, 1000):
        sound.arrived(number * PACKET, LOUD // 2, now=number)
    assert np.array_equal(early, kept)
    assert len(line.pcm) == 1000 * PACKET


def test_a_line_without_an_end_is_cut() -> None:
    sound = Sound()
    line = sound.listen()
    for number in range(LONGEST // PACKET + 50):
        sound.arrived(number * PACKET, LOUD, now=number)
    assert line.overlong
    assert len(line.pcm) <= LONGEST + PACKET


def test_what_comes_between_two_lines_belongs_to_neither() -> None:
    sound = Sound()
    first = sound.listen()
    sound.arrived(0, LOUD, now=0)
    sound.cut()
    sound.arrived(PACKET, LOUD, now=1)
    second = sound.listen()
    sound.arrived(2 * PACKET, LOUD, now=2)
    assert len(first.pcm) == PACKET
    assert second.start == 2 * PACKET


def test_rtp_times_go_on_where_32_bits_are_over() -> None:
    arrivals = Arrivals(90_000)
    stamps = [(2**32 - 7200 + number * 3600) % 2**32 for number in range(6)]
    samples = [arrivals.sample(stamp) for stamp in stamps]
    assert {later - earlier for earlier, later in pairwise(samples)} == {1920}


def test_tracks_are_laid_on_each_other_by_what_was_least_late() -> None:
    video, audio = Arrivals(90_000), Arrivals(48_000)
    rng = np.random.default_rng(1)
    for number in range(200):
        at = number * PACKET
        video.packet(1_000_000 + at * 90 // 48, 7_000_000 + at + int(rng.exponential(1500)))
        audio.packet(33 + at, 7_000_000 + at + int(rng.exponential(1500)))
    # What was sent at the same moment:
    shown = video.sample(1_000_000 + 90_000) + video.offset
    heard = audio.sample(33 + 48_000) + audio.offset
    assert abs(shown - heard) < MEDIA_RATE // 100


@pytest.mark.parametrize(
    ("sent", "shown"),
    [((1920, 1080), (512, 512)), ((640, 360), (1280, 720)), ((720, 1080), (360, 640)), ((514, 642), (512, 512))],
)
def test_a_picture_fills_the_channel_s_and_keeps_its_middle(sent: tuple[int, int], shown: tuple[int, int]) -> None:
    seen, (wide, high) = Seen(9, 3, True), shown
    frame = av.VideoFrame.from_ndarray(drawn(seen, *sent), format="rgb24")
    picture = fitted(frame.reformat(format="yuv420p"), wide, high)
    assert picture.shape == (high * 3 // 2, wide)
    assert picture.flags.c_contiguous
    assert read(av.VideoFrame.from_ndarray(picture, format="yuv420p").to_ndarray(format="rgb24")) == seen
