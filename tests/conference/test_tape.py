"""The tape: nothing lost, nothing doubled, bounded."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.errors import BadRequest, TooMany
from dragoman.speech import FLOOR_RATE
from dragoman.tape import GAP_LIMIT, Tape


def sound(start: int, count: int) -> np.ndarray:
    """Samples that tell their own position."""
    return (np.arange(start, start + count) % 32768).astype(np.int16)


def all_of(tape: Tape) -> list[tuple[int, np.ndarray]]:
    runs = []
    while (pcm := tape.read()) is not None:
        runs.append((pcm.start, pcm.samples))
    return runs


def test_what_was_accepted_is_read_in_order() -> None:
    tape = Tape(0)
    for start in range(0, 6400, 640):
        tape.accept(sound(start, 640), position=None, seq=None, now=0)
    assert tape.end == 6400
    assert np.array_equal(np.concatenate([run for _, run in all_of(tape)]), sound(0, 6400))
    assert tape.waiting == 0


def test_a_chunk_that_was_sent_twice_is_taken_once() -> None:
    tape = Tape(0)
    tape.accept(sound(0, 640), position=0, seq=None, now=0)
    assert tape.accept(sound(0, 640), position=0, seq=None, now=0).samples == 0
    assert tape.accept(sound(320, 640), position=320, seq=None, now=0).samples == 320
    assert np.array_equal(np.concatenate([run for _, run in all_of(tape)]), sound(0, 960))


def test_a_gap_is_reported_and_not_materialised() -> None:
    tape = Tape(0)
    tape.accept(sound(0, 640), position=0, seq=None, now=0)
    hour = 3600 * FLOOR_RATE
    assert tape.accept(sound(hour, 640), position=hour, seq=None, now=0).gap == hour - 640
    assert [(start, len(run)) for start, run in all_of(tape)] == [(0, 640), (hour, 640)]


def test_a_position_days_ahead_is_refused() -> None:
    with pytest.raises(BadRequest, match="ahead"):
        Tape(0).accept(sound(0, 640), position=GAP_LIMIT + 1, seq=None, now=0)


def test_a_chunk_with_a_known_number_is_dropped_and_zero_begins_anew() -> None:
    tape = Tape(0)
    for seq in (0, 1, 2):
        tape.accept(sound(tape.end, 640), position=None, seq=seq, now=0)
    assert tape.accept(sound(0, 640), position=None, seq=1, now=0).samples == 0
    assert tape.accept(sound(0, 640), position=None, seq=0, now=0).samples == 640
    assert tape.accept(sound(0, 640), position=None, seq=1, now=0).samples == 640
    assert tape.end == 5 * 640


def test_after_a_restart_a_run_of_numbers_goes_on() -> None:
    tape = Tape(1000)
    assert tape.accept(sound(0, 640), position=None, seq=57, now=0).samples == 640


def test_more_than_a_minute_waiting_is_refused_and_goes_through_later() -> None:
    tape = Tape(0)
    second = sound(0, FLOOR_RATE)
    for _ in range(60):
        tape.accept(second, position=None, seq=None, now=0)
    with pytest.raises(TooMany):
        tape.accept(second, position=None, seq=None, now=0)
    assert tape.end == 60 * FLOOR_RATE
    tape.read()
    assert tape.accept(second, position=None, seq=None, now=0).samples == FLOOR_RATE


def test_after_a_crash_everything_unsafe_is_read_again() -> None:
    tape = Tape(0)
    tape.accept(sound(0, 6400), position=None, seq=None, now=0)
    all_of(tape)
    tape.forget(2000)
    tape.rewind()
    assert tape.waiting == 4400
    again = all_of(tape)
    assert again[0][0] == 2000
    assert np.array_equal(np.concatenate([run for _, run in again]), sound(2000, 4400))


def test_the_arrival_of_a_position_is_that_of_its_chunk() -> None:
    tape = Tape(0)
    for number in range(5):
        tape.accept(sound(0, 640), position=None, seq=None, now=1000 + 40 * number)
    assert tape.arrival(1) == 1000
    assert tape.arrival(640) == 1000
    assert tape.arrival(641) == 1040
    assert tape.arrival(3201) is None


@given(
    chunks=st.lists(
        st.tuples(st.integers(0, 20_000), st.integers(0, 3000), st.booleans(), st.integers(0, 4000)), max_size=40
    )
)
def test_whatever_comes_is_read_once_and_in_order(chunks: list[tuple[int, int, bool, int]]) -> None:
    tape = Tape(0)
    heard: dict[int, int] = {}
    last = 0
    for position, count, read, forget in chunks:
        tape.accept(sound(position, count), position=position, seq=None, now=0)
        if read:
            for start, run in all_of(tape):
                assert start >= last
                last = start + len(run)
                for offset, value in enumerate(run):
                    assert start + offset not in heard
                    heard[start + offset] = int(value)
            tape.forget(min(forget, tape.read_to))
    for start, run in all_of(tape):
        assert start >= last
        last = start + len(run)
        heard.update({start + offset: int(value) for offset, value in enumerate(run)})
    covered = set()
    end = 0
    for position, count, _, _ in chunks:
        covered.update(range(max(position, end), position + count))
        end = max(end, position + count) if count else end
    assert set(heard) == covered
    assert all(value == position % 32768 for position, value in heard.items())
