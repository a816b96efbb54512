"""How fast an avatar speaks."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dragoman.pace import FASTEST, FITTING, SLEW, Pace


def settled(pace: Pace, characters: int, *, waits: float, floor: float) -> float:
    """The pace after some clauses that are all like this one."""
    return [pace.rate(characters, waits=waits, floor=floor) for _ in range(10)][-1]


def test_a_clause_that_need_not_hurry_is_said_at_the_natural_pace() -> None:
    assert settled(Pace(), 60, waits=0, floor=10) == 1


def test_a_clause_longer_than_the_speakers_own_is_said_a_little_faster() -> None:
    assert settled(Pace(), 200, waits=0, floor=5) == FITTING


def test_the_longer_a_clause_waits_the_faster_it_is_said_up_to_a_limit() -> None:
    assert settled(Pace(), 60, waits=1, floor=10) == 1.15
    assert settled(Pace(), 60, waits=60, floor=10) == FASTEST


def test_when_nothing_waits_any_more_the_pace_is_natural_again() -> None:
    pace = Pace()
    settled(pace, 60, waits=60, floor=10)
    assert settled(pace, 60, waits=0, floor=10) == 1


def test_what_a_voice_takes_is_learned_from_what_it_took() -> None:
    slow = Pace()
    for _ in range(20):
        slow.heard(100, seconds=20, rate=1)
    assert settled(slow, 50, waits=0, floor=10) > settled(Pace(), 50, waits=0, floor=10)


@given(st.lists(st.tuples(st.integers(0, 2000), st.floats(0, 600), st.floats(0, 60)), min_size=2))
def test_nobody_hears_a_jump_and_nobody_is_rushed(clauses: list[tuple[int, float, float]]) -> None:
    pace = Pace()
    rates = [pace.rate(characters, waits=waits, floor=floor) for characters, waits, floor in clauses]
    assert all(1 <= rate <= FASTEST for rate in rates)
    assert all(abs(later - earlier) <= SLEW + 1e-9 for earlier, later in pairwise([1.0, *rates]))
