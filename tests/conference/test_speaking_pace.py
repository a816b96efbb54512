"""How fast an avatar speaks, and how long it pauses."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.modes import CONSECUTIVE, MODES, Mode
from dragoman.pace import (
    FASTEST,
    LEAST_PAUSE,
    MARK_PAUSE,
    PHRASE_PAUSE,
    SENTENCE_PAUSE,
    SLEW,
    Pace,
    pause,
)


def settled(pace: Pace, queue: float, mode: Mode = CONSECUTIVE) -> float:
    """The pace after some clauses before which so much waits."""
    for _ in range(10):
        pace.heard(30, 2, pace.rate(queue, mode))
    return pace.last


def test_a_clause_that_need_not_hurry_is_said_at_the_natural_pace() -> None:
    assert settled(Pace(), 0) == 1
    assert all(settled(Pace(), mode.calm, mode) == 1 for mode in MODES.values())


def test_the_more_waits_the_faster_a_clause_is_said_up_to_a_limit() -> None:
    assert settled(Pace(), 1) == pytest.approx(1.1)
    assert settled(Pace(), 1.5) == pytest.approx(1.2)
    assert all(settled(Pace(), mode.hurried, mode) == pytest.approx(FASTEST) for mode in MODES.values())
    assert settled(Pace(), 60) == FASTEST


def test_when_nothing_waits_any_more_the_pace_is_natural_again() -> None:
    pace = Pace()
    settled(pace, 60)
    assert settled(pace, 0) == 1


def test_a_clause_that_was_made_and_never_said_has_no_part_in_the_pace() -> None:
    pace = Pace()
    assert [pace.rate(60, CONSECUTIVE) for _ in range(5)] == [1 + SLEW] * 5


def test_what_a_voice_takes_is_learned_from_what_it_took() -> None:
    slow = Pace()
    for _ in range(20):
        slow.heard(100, seconds=10, rate=2)
    assert slow.natural(100) == pytest.approx(20, rel=0.01)


@pytest.mark.parametrize(
    ("before", "seconds"),
    [
        ("Así es.", SENTENCE_PAUSE),
        ("«¿De verdad?»", SENTENCE_PAUSE),
        ("就是这样。", SENTENCE_PAUSE),
        ("Primero,", MARK_PAUSE),
        ("y entonces —", MARK_PAUSE),
        ("porque la casa", PHRASE_PAUSE),
        ("", PHRASE_PAUSE),
    ],
)
def test_a_pause_is_as_long_as_what_ended_deserves(before: str, seconds: float) -> None:
    assert pause(before, 0, CONSECUTIVE) == seconds


@given(st.text(max_size=20), st.floats(0, 60), st.floats(0, 60), st.sampled_from([*MODES.values()]))
def test_pauses_shrink_as_the_queue_grows_and_before_the_words_hurry(
    before: str, one: float, other: float, mode: Mode
) -> None:
    short, long = sorted((one, other))
    assert LEAST_PAUSE <= pause(before, long, mode) <= pause(before, short, mode) <= SENTENCE_PAUSE
    if Pace().rate(short, mode) > 1:
        assert pause(before, short, mode) == pause(before, 1000, mode)


@given(
    st.lists(st.tuples(st.integers(0, 2000), st.floats(0, 600), st.floats(0.01, 60)), min_size=2),
    st.sampled_from([*MODES.values()]),
)
def test_nobody_hears_a_jump_and_nobody_is_rushed(clauses: list[tuple[int, float, float]], mode: Mode) -> None:
    pace, rates = Pace(), [1.0]
    for characters, queue, seconds in clauses:
        rates.append(pace.rate(queue, mode))
        pace.heard(characters, seconds, rates[-1])
    assert all(1 <= rate <= FASTEST for rate in rates)
    assert all(abs(later - earlier) <= SLEW + 1e-9 for earlier, later in pairwise(rates))
