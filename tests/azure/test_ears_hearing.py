"""What the service tells becomes Partials, Finals and Safes in floor order; where on the floor it was, and how loud."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.engines.azure.doorway import Doorway
from dragoman.engines.azure.hearing import Hearing, Told
from dragoman.engines.azure.loudness import Loudness
from dragoman.engines.azure.positions import TICKS, Positions
from dragoman.engines.azure.prefixes import CUTTING
from dragoman.errors import EngineFailed
from dragoman.speech import Begun, Final, Partial, Pcm, Safe, samples

SECOND = 16_000


def tone(seconds: float, level: float = 8000.0) -> np.ndarray:
    return (level * np.sin(np.arange(int(seconds * SECOND)) * 0.2)).astype(np.int16)


def quiet(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * SECOND), np.int16)


def fed(hearing: Hearing, *sounds: np.ndarray, start: int = 0) -> tuple[list, int]:
    """What the hearing gives for sounds in 40 ms, and where they end."""
    events = []
    whole = np.concatenate(sounds)
    for at in range(0, len(whole), 640):
        events += hearing.feed(Pcm(whole[at : at + 640], start + at))
    return events, start + len(whole)


# -- positions


@given(st.lists(st.tuples(st.integers(1, 50_000), st.integers(0, 900_000)), max_size=8), st.integers(0, 1 << 40))
def test_what_was_sent_is_found_on_the_floor_again(runs: list[tuple[int, int]], start: int):
    positions, floor, sent, marks = Positions(start), start, 0, []
    for length, gap in runs:
        marks.append((sent, sent + length, floor))
        positions.send(length)
        sent, floor = sent + length, floor + length
        if gap:
            positions.skip(8000, floor + gap)
            sent, floor = sent + 8000, floor + gap
    for first, end, place in marks:
        assert positions.floor(first) == place
        assert positions.floor(end - 1) == place + end - 1 - first
        assert positions.floor(end, end=True) == place + end - first
    assert (positions.sent, positions.end) == (sent, floor)


def test_silence_in_place_of_a_gap_is_the_end_of_what_was_before():
    positions = Positions(1000)
    positions.send(SECOND)
    positions.skip(SECOND // 2, 1_000_000)
    positions.send(SECOND)
    assert positions.floor(SECOND + 3000, end=True) == 1000 + SECOND
    assert positions.floor(SECOND + SECOND // 2) == 1_000_000
    assert positions.at_tick(2 * TICKS) == 1_000_000 + SECOND // 2


# -- loudness


def test_loud_sound_is_unsettled_until_the_service_has_told_of_it():
    loud = Loudness(0)
    loud.hear(Pcm(np.concatenate([quiet(1), tone(1), quiet(1), tone(1)]), 0))
    assert loud.first == SECOND
    assert loud.heard == pytest.approx(2 * SECOND, abs=samples(100))
    loud.settle(2 * SECOND)
    assert (loud.first, loud.heard) == (3 * SECOND, 0)
    loud.settle(samples(3500))
    assert loud.first == samples(3500), "the rest of it"
    loud.expire(4 * SECOND)
    assert loud.first is None


def test_a_noise_that_is_always_there_is_no_speech_after_a_while():
    loud, noise = Loudness(0), np.random.default_rng(1).normal(0, 300, 20 * SECOND).astype(np.int16)
    loud.hear(Pcm(noise, 0))
    loud.settle(samples(19_000))
    loud.hear(Pcm(noise, 20 * SECOND))
    assert loud.heard == 0
    loud.hear(Pcm(tone(1), 40 * SECOND))
    assert loud.first == pytest.approx(40 * SECOND, abs=samples(20))


# -- what is given


def test_silence_is_safe_little_by_little():
    events, end = fed(Hearing(500, (), None, live=True), quiet(3), start=500)
    assert [type(event) for event in events] == [Safe] * len(events)
    assert 4 <= len(events) <= 6
    assert events[-1].position <= end - samples(200)


def test_what_may_be_speech_is_not_safe_before_the_service_has_told_what_it_was():
    hearing = Hearing(0, (), None, live=True)
    events, end = fed(hearing, quiet(2), tone(1), quiet(3))
    assert max(event.position for event in events) <= 2 * SECOND - samples(250)
    (final,) = hearing.tell(Told(2 * SECOND, 3 * SECOND, "Hello.", final=True))
    assert final == Final(2 * SECOND, 3 * SECOND, "Hello.", 3 * SECOND)
    events, _ = fed(hearing, quiet(1), start=end)
    assert events[0].position > 5 * SECOND


def test_a_noise_of_which_the_service_tells_nothing_is_safe_after_a_while():
    hearing = Hearing(0, (), None, live=True)
    events, _ = fed(hearing, tone(1), quiet(30))
    assert events == []
    assert hearing.unsettled, "however much sound has come since"
    with pytest.raises(EngineFailed, match="says nothing"):
        hearing.pass_noise(30 * SECOND, heard=False)
    (safe,) = hearing.pass_noise(30 * SECOND, heard=True)
    assert not hearing.unsettled
    assert safe.position > 30 * SECOND


def test_a_cough_is_safe_after_a_while_though_the_service_tells_nothing_at_all():
    hearing = Hearing(0, (), None, live=True)
    fed(hearing, tone(0.4), quiet(30))
    assert hearing.pass_noise(samples(300), heard=False) == [], "it is not over by then"
    assert hearing.pass_noise(30 * SECOND, heard=False)
    assert not hearing.unsettled


def test_a_noise_is_not_passed_while_a_phrase_has_no_end():
    hearing = Hearing(0, (), None, live=True)
    fed(hearing, tone(1), quiet(30))
    hearing.tell(Told(0, SECOND, "we go", final=False))
    assert hearing.pass_noise(30 * SECOND, heard=True) == []
    assert hearing.unsettled


def test_of_a_backlog_the_service_owes_a_word_for_what_it_has_told_nothing_of():
    hearing = Hearing(0, (), None, live=True)
    fed(hearing, tone(1), quiet(1), tone(5), quiet(1))
    hearing.tell(Told(0, SECOND, "Hello.", final=True))
    assert hearing.unheard == pytest.approx(5 * SECOND, abs=samples(100))
    hearing.tell(Told(2 * SECOND, 7 * SECOND, "Good morning.", final=True))
    assert hearing.unheard == 0


def test_no_words_where_there_was_sound_make_it_safe():
    hearing = Hearing(0, (), None, live=True)
    fed(hearing, tone(1), quiet(1))
    (safe,) = hearing.tell(Told(0, SECOND, "", final=True))
    assert isinstance(safe, Safe)
    assert safe.position >= SECOND


def test_partials_of_a_phrase_have_one_start_and_clauses_keep_its_beginning_open():
    hearing = Hearing(0, ("fr",), CUTTING["low"], live=True)
    fed(hearing, quiet(1), tone(5))
    events = []
    text = ["we", "go", "home", "now", "and", "then", "we", "see", "it", "all", "again"]
    for count in range(1, len(text) + 1):
        words = " ".join(text[:count])
        told = Told(SECOND, SECOND + count * 4800, words, final=False, translations={"fr": words}, language="en")
        events += hearing.tell(told)
    finals = [event for event in events if isinstance(event, Final)]
    assert finals
    assert {final.safe for final in finals} == {SECOND - samples(300)}
    assert all(event.language == "en" for event in events)
    position = 0
    for event in events:
        assert event.start >= position
        position = event.end if isinstance(event, Final) else event.start
    (last,) = hearing.tell(Told(SECOND, 5 * SECOND, "We go home now. And then we see it all again!", final=True))
    assert last.safe == last.end == 5 * SECOND
    assert last.said == ""


def test_a_file_gives_phrases_only():
    hearing = Hearing(0, ("fr",), CUTTING["low"], live=False)
    fed(hearing, tone(5))
    assert hearing.tell(Told(0, SECOND, "we go home now", final=False)) == []
    (final,) = hearing.tell(Told(0, SECOND, "We go home now.", final=True, translations={"fr": "On y va."}))
    assert (final.text, final.translations) == ("We go home now.", {"fr": "On y va."})


def test_results_that_go_back_or_ahead_are_put_in_floor_order():
    hearing = Hearing(0, (), None, live=True)
    fed(hearing, tone(3))
    first = hearing.tell(Told(SECOND, 2 * SECOND, "One.", final=True))[0]
    second = hearing.tell(Told(0, 99 * SECOND, "Two.", final=True))[0]
    assert first.safe <= second.start < second.end <= second.safe == 3 * SECOND


def test_speech_that_was_begun_is_shown_with_its_words_where_words_are_counted():
    hearing = Hearing(0, (), None, live=True, begun=Begun("good morning", SECOND))
    fed(hearing, tone(3))
    for text in ("good morning every", "good morning everybody now", "good morning everybody now and"):
        (partial,) = hearing.tell(Told(100, 2 * SECOND, text, final=False))
    assert isinstance(partial, Partial)
    assert (partial.start, partial.committed, partial.tail) == (100, "good morning everybody now", "and")
    (final,) = hearing.tell(Told(100, 3 * SECOND, "Good morning, everybody, now.", final=True))
    assert final.text == "Good morning, everybody, now."


def test_a_gap_is_safe_with_a_cough_before_it():
    hearing = Hearing(0, (), None, live=True)
    _, end = fed(hearing, tone(0.4))
    assert hearing.pass_gap(1_000_000) == [Safe(1_000_000)]
    assert not hearing.unsettled
    assert hearing.pass_gap(end) == []


def test_what_may_be_a_word_goes_on_waiting_for_the_services_behind_a_gap():
    hearing = Hearing(0, (), None, live=True)
    fed(hearing, tone(1))
    assert hearing.pass_gap(1_000_000) == []
    fed(hearing, tone(1), start=1_000_000)
    assert hearing.unsettled
    assert isinstance(hearing.tell(Told(0, SECOND, "Hello.", final=True))[0], Final)
    fed(hearing, tone(0.4), start=1_500_000)
    assert hearing.pass_gap(2_000_000, there=False) == []
    (final,) = hearing.tell(Told(1_000_000, 1_000_000 + SECOND, "Hello again.", final=True))
    assert final.safe == 1_000_000 + SECOND
    assert hearing.unsettled


def test_a_gap_is_not_passed_while_a_phrase_has_no_end():
    hearing = Hearing(0, (), None, live=True)
    fed(hearing, tone(1))
    hearing.tell(Told(0, SECOND, "we go", final=False))
    with pytest.raises(EngineFailed, match="to an end"):
        hearing.pass_gap(1_000_000)


# -- the doorway


async def test_things_come_through_the_doorway_in_order_from_any_thread():
    doorway: Doorway[int] = Doorway(1000, lambda thing: thing % 2 == 1)
    threads = [threading.Thread(target=lambda at=at: [doorway.hand(at + n) for n in range(100)]) for at in (0, 1000)]
    for thread in threads:
        thread.start()
    got = [await doorway.next(10) for _ in range(200)]
    for thread in threads:
        thread.join()
    assert sorted(got) == [*range(100), *range(1000, 1100)]
    assert [one for one in got if one < 1000] == list(range(100))
    assert await doorway.next(0.01) is None


async def test_a_full_doorway_leaves_out_what_passes_and_breaks_where_nothing_does():
    doorway: Doorway[int] = Doorway(3, lambda thing: thing % 2 == 1)
    for thing in (1, 2, 4, 5, 6):
        doorway.hand(thing)
    await asyncio.sleep(0)
    assert not doorway.overrun
    doorway.hand(8)
    await asyncio.sleep(0)
    assert doorway.overrun
    assert [await doorway.next(0.01) for _ in range(4)] == [2, 4, 6, None]


async def test_nothing_comes_through_a_closed_doorway():
    doorway: Doorway[int] = Doorway(3, lambda _: False)
    doorway.hand(2)
    await asyncio.sleep(0)
    doorway.close()
    doorway.hand(4)
    await asyncio.sleep(0)
    assert await doorway.next(0.01) is None


async def test_a_thread_that_is_late_for_a_closed_loop_is_not_told_off():
    made: list[Doorway[int]] = []

    async def make() -> None:
        made.append(Doorway(3, lambda _: False))

    await asyncio.to_thread(asyncio.run, make())
    made[0].hand(1)


def test_a_phrase_whose_end_the_service_left_out_is_not_passed_over():
    hearing = Hearing(0, ("fr",), CUTTING["low"], live=True)
    fed(hearing, tone(5))
    hearing.tell(Told(0, SECOND, "we go", final=False))
    hearing.tell(Told(0, 2 * SECOND, "we go home", final=False))
    with pytest.raises(EngineFailed, match="without the end"):
        hearing.tell(Told(3 * SECOND, 4 * SECOND, "thank you", final=False))
