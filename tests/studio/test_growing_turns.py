"""Utterances that are said while they are made: whatever comes when, each sample is heard once and in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.packets import FRAME_SAMPLES
from dragoman.speech import MEDIA_RATE, Utterance, Viseme
from dragoman.turns import HEAD_START, Frame, Turns

LONGEST = MEDIA_RATE
"""Samples of an utterance here, so that each sample of it can have a value of its own."""


def part(length: int) -> Utterance:
    """The first samples of all utterances: 1, 2, 3 ..."""
    return Utterance(np.arange(1, length + 1).astype(np.uint16).view(np.int16), (Viseme(0, 2), Viseme(length, 0)))


@dataclass(frozen=True)
class Growth:
    """How one utterance comes. All in samples, but for the ticks."""

    waits: tuple[int, ...]
    """ticks from one part to the next; the first from the end of the one before"""
    length: int
    parts: int
    expected: int
    pause: int

    def lengths(self) -> list[int]:
        """What is there of it at each part, the last of which is all."""
        first = min(self.length, HEAD_START)
        return [first + (self.length - first) * number // self.parts for number in range(1, self.parts)] + [self.length]


growths = st.lists(
    st.builds(
        Growth,
        waits=st.lists(st.integers(0, 25), min_size=6, max_size=6).map(tuple),
        length=st.integers(1, LONGEST),
        parts=st.integers(1, 6),
        expected=st.integers(0, 2 * LONGEST),
        pause=st.integers(0, MEDIA_RATE // 5),
    ),
    min_size=1,
    max_size=4,
)


def played(turns: Turns, coming: Sequence[Growth], skips: Sequence[int]) -> list[tuple[int, Frame]]:
    """Every tick with its media time, until all is said. skips: ticks that are left out after each seventh."""
    due = []
    tick = 0
    for number, growth in enumerate(coming):
        for place, length in enumerate(growth.lengths()):
            tick += growth.waits[place]
            due.append((tick, number, length, place == 0, place == growth.parts - 1))
    frames, at, left_out = list[tuple[int, Frame]](), 0, list(skips)
    done = 0
    for tick in range(5000):
        for _, number, length, first, whole in [one for one in due if one[0] == tick]:
            growth = coming[number]
            if first:
                expected = None if whole else growth.expected
                turns.add(number, part(length), pause=growth.pause, latest=None, expected=expected)
            else:
                assert turns.grow(number, part(length), whole=whole)
        frames.append((at, turns.take(at)))
        done += sum(not mark.speaking for mark in frames[-1][1].marks)
        if done == len(coming):
            break
        at += FRAME_SAMPLES * (1 + (left_out.pop() if tick % 7 == 6 and left_out else 0))
    return frames


@given(growths, st.lists(st.integers(0, 30), max_size=6))
@settings(max_examples=60, deadline=None)
def test_no_sample_is_lost_none_comes_twice_and_the_order_is_kept(coming: list[Growth], skips: list[int]) -> None:
    frames = played(Turns(), coming, skips)
    heard = np.concatenate([frame.pcm for _, frame in frames])
    whole = np.concatenate([part(growth.length).pcm for growth in coming])
    assert np.array_equal(heard[heard != 0], whole), "what is between them is silence"
    marks = [(mark.segment_id, mark.speaking) for _, frame in frames for mark in frame.marks]
    assert marks == [(number, speaking) for number in range(len(coming)) for speaking in (True, False)]
    times = [mark.at for _, frame in frames for mark in frame.marks]
    assert times == sorted(times)


@given(growths, st.lists(st.integers(0, 30), max_size=6))
@settings(max_examples=60, deadline=None)
def test_the_lips_are_where_the_sound_is(coming: list[Growth], skips: list[int]) -> None:
    for at, frame in played(Turns(), coming, skips):
        first = int(frame.pcm.view(np.uint16)[0])
        if first:
            told = [one for one in frame.said if one.start <= at < one.start + len(one.utterance.pcm)]
            assert [int(one.utterance.pcm.view(np.uint16)[at - one.start]) for one in told] == [first]


@given(growths)
@settings(max_examples=60, deadline=None)
def test_running_dry_only_delays(coming: list[Growth]) -> None:
    turns = Turns()
    grown = [mark for _, frame in played(turns, coming, ()) for mark in frame.marks]
    for begin, end in pairwise(grown):
        if begin.speaking:
            length = coming[begin.segment_id].length
            assert end.at - begin.at >= length
            assert turns.underruns or end.at - begin.at == length


def ticks(turns: Turns, number: int, start: int = 0) -> list[Frame]:
    """So many ticks from media time `start` on."""
    return [turns.take(start + tick * FRAME_SAMPLES) for tick in range(number)]


def test_it_goes_on_when_a_head_start_is_there_again() -> None:
    turns = Turns()
    turns.add(1, part(HEAD_START), pause=0, latest=None, expected=LONGEST)
    ticks(turns, 20)
    assert turns.underruns == 1
    assert turns.grow(1, part(2 * HEAD_START - 1), whole=False)
    assert not any(frame.pcm.any() for frame in ticks(turns, 5, 20 * FRAME_SAMPLES))
    assert turns.grow(1, part(2 * HEAD_START), whole=False)
    assert turns.take(25 * FRAME_SAMPLES).pcm.view(np.uint16)[0] == HEAD_START + 1


def test_where_it_turns_out_to_be_whole_it_has_ended_with_its_sound() -> None:
    turns = Turns()
    turns.add(1, part(HEAD_START), pause=0, latest=None, expected=LONGEST)
    ticks(turns, 20)
    turns.add(2, part(100), pause=MEDIA_RATE // 10, latest=None)
    assert turns.grow(1, part(HEAD_START - 10), whole=True)
    marks = turns.take(20 * FRAME_SAMPLES).marks
    assert [(mark.segment_id, mark.speaking, mark.at) for mark in marks[:2]] == [
        (1, False, HEAD_START - 10),
        (2, True, 20 * FRAME_SAMPLES),
    ], "the silence counts as the pause"


def test_its_end_is_an_estimate_until_it_is_whole() -> None:
    turns = Turns()
    turns.add(1, part(HEAD_START), pause=0, latest=None, expected=LONGEST)
    assert turns.free(0) == LONGEST
    turns.take(0)
    assert turns.free(0) == LONGEST
    turns.grow(1, part(LONGEST), whole=False)
    turns.grow(1, part(LONGEST // 2), whole=True)
    assert turns.free(0) == LONGEST // 2


def test_what_waits_without_sound_ends_later_with_every_tick() -> None:
    turns = Turns()
    turns.add(1, part(HEAD_START), pause=0, latest=None, expected=LONGEST)
    ticks(turns, 20)
    assert turns.free(20 * FRAME_SAMPLES) == 20 * FRAME_SAMPLES + LONGEST - HEAD_START


def test_only_what_has_not_begun_can_be_taken_back() -> None:
    turns = Turns()
    for number in (1, 2):
        turns.add(number, part(HEAD_START), pause=0, latest=None, expected=LONGEST)
    turns.take(0)
    assert not turns.withdraw(1)
    assert turns.withdraw(2)
    assert not turns.withdraw(2)
    assert not turns.grow(2, part(LONGEST), whole=True)
    assert turns.grow(1, part(LONGEST), whole=True)
    said = [mark.segment_id for frame in ticks(turns, 60, FRAME_SAMPLES) for mark in frame.marks]
    assert said == [1]


def test_what_came_too_late_takes_no_more() -> None:
    turns = Turns()
    turns.add(1, part(HEAD_START), pause=0, latest=0, expected=LONGEST)
    assert turns.take(FRAME_SAMPLES).late == (1,)
    assert not turns.grow(1, part(LONGEST), whole=True)
    assert not turns.withdraw(1)
