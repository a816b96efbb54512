"""What is taken back from a channel: nothing of it begins, and what is being said ends at once and without a click."""

from __future__ import annotations

import numpy as np
import pytest

from dragoman.fading import cut
from dragoman.packets import FRAME_SAMPLES
from dragoman.speech import MEDIA_RATE, Utterance, Viseme
from dragoman.turns import FADE, HEAD_START, Turns


def tone(seconds: float) -> Utterance:
    length = int(seconds * MEDIA_RATE)
    pcm = (10_000 * np.sin(2 * np.pi * 200 * np.arange(length) / MEDIA_RATE)).astype(np.int16)
    return Utterance(pcm, (Viseme(0, 2), Viseme(length // 2, 6), Viseme(length, 0)))


def ticks(turns: Turns, first: int, number: int) -> tuple[np.ndarray, list[tuple[int, bool]], list]:
    frames = [turns.take(tick * FRAME_SAMPLES) for tick in range(first, first + number)]
    marks = [(mark.segment_id, mark.speaking) for frame in frames for mark in frame.marks]
    return np.concatenate([frame.pcm for frame in frames]).astype(int), marks, frames


def test_what_waits_is_left_out_and_the_rest_keeps_its_turn() -> None:
    turns = Turns()
    for number in (1, 2, 3):
        turns.add(number, tone(0.1), pause=0, latest=None)
    assert turns.drop(2)
    assert not turns.drop(2)
    assert not turns.drop(7)
    _, marks, _ = ticks(turns, 0, 20)
    assert marks == [(1, True), (1, False), (3, True), (3, False)]


@pytest.mark.parametrize("heard", [1, 7, 24])
def test_what_is_being_said_ends_within_the_fade(heard: int) -> None:
    turns = Turns()
    turns.add(1, tone(2.0), pause=0, latest=None)
    turns.add(2, tone(0.1), pause=MEDIA_RATE // 10, latest=None)
    before, marks, _ = ticks(turns, 0, heard)
    assert marks == [(1, True)]
    assert not turns.drop(1)
    after, marks, frames = ticks(turns, heard, 20)
    assert marks == [(1, False), (2, True), (2, False)]
    assert not np.any(after[FADE : FADE + MEDIA_RATE // 20])
    # The steepest step of the tone itself is 262.
    assert np.abs(np.diff(np.concatenate((before, after)))).max() < 300
    # The mouth closes with it.
    assert frames[0].said[0].utterance.visemes[-1] == Viseme(heard * FRAME_SAMPLES + FADE, 0)
    assert turns.free(0) < (heard + 20) * FRAME_SAMPLES


def test_what_broke_off_and_waits_to_be_said_again_is_taken_back_as_a_whole() -> None:
    turns = Turns()
    turns.add(1, tone(0.3), pause=0, latest=None, expected=MEDIA_RATE)
    ticks(turns, 0, 5)
    turns.grow(1, tone(0.3), whole=True)
    turns.add(1, tone(1.0), pause=0, latest=None)
    assert turns.drop(1)
    sound, marks, _ = ticks(turns, 5, 50)
    assert marks == [(1, False)]
    assert not np.any(sound[FADE:])


def test_of_what_is_still_being_made_no_more_is_wanted() -> None:
    turns = Turns()
    turns.add(1, tone(0.3), pause=0, latest=None, expected=MEDIA_RATE)
    ticks(turns, 0, 5)
    turns.drop(1)
    assert not turns.grow(1, tone(1.0), whole=True)
    sound, marks, _ = ticks(turns, 5, 5)
    assert marks == [(1, False)]
    assert not np.any(sound[FADE:])
    # The same while it waits for its voice.
    turns.add(2, tone(HEAD_START / MEDIA_RATE), pause=0, latest=None, expected=MEDIA_RATE)
    ticks(turns, 10, 20)
    assert turns.underruns == 1
    turns.drop(2)
    _, marks, _ = ticks(turns, 30, 2)
    assert marks == [(2, False)]
    turns.add(3, tone(0.1), pause=0, latest=None, expected=MEDIA_RATE)
    assert turns.drop(3)
    assert not turns.grow(3, tone(1.0), whole=True)


def test_a_cut_shorter_than_its_fade_is_all_fade() -> None:
    made = cut(tone(1.0), 10, 480)
    assert len(made.pcm) == 10
    assert made.pcm[-1] == 0
    assert made.visemes == (Viseme(0, 2), Viseme(10, 0))
