"""However fast the floor and however slow the engines: the lag stays within its bound, and every line has one fate."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.lag import APART, HOLD, SlowDown
from dragoman.pace import FASTEST, SLEW
from dragoman.speech import MEDIA_RATE
from rehearsal import Clause, Outcome, rehearse

SHORT = st.floats(0.0, 2.0)

clauses = st.lists(
    st.builds(
        Clause,
        pause=st.one_of(st.just(0.0), SHORT),
        takes=st.floats(0.3, 3.0),
        seconds=st.floats(0.3, 5.0),
        made_after=st.floats(0.1, 4.0),
        voice_needs=st.one_of(st.just(0.0), st.floats(0.0, 4.0)),
        fails=st.sampled_from([False, False, False, True]),
        ends=st.sampled_from(["", ",", "."]),
    ),
    min_size=1,
    max_size=25,
)


def fates(outcome: Outcome, number: int) -> list[int]:
    """Every segment as often as something became of it; those that no voice could say are left out."""
    failed = set(range(1, number + 1)) - set(outcome.report.spoken) - set(outcome.report.condensings)
    return sorted([*outcome.report.spoken, *outcome.report.condensings, *failed])


def brisk(number: int, *, seconds: float = 1.7, **more: float) -> list[Clause]:
    """A speaker who says a clause of some words in 1.7 s and pauses after every fourth."""
    return [
        Clause(
            pause=0.4 if place % 4 == 0 else 0.0,
            takes=1.7,
            seconds=seconds,
            ends="." if place % 4 == 3 else "",
            **more,
        )
        for place in range(number)
    ]


@given(clauses, st.sampled_from([3000, 8000, 30_000]))
@settings(max_examples=40, deadline=None)
def test_every_line_is_spoken_condensed_or_failed_once_and_none_is_spoken_late(said: list[Clause], bound: int) -> None:
    outcome = rehearse(said, bound=bound)
    report = outcome.report
    assert report.spoken == sorted(set(report.spoken)), "the order of the floor, and once each"
    assert fates(outcome, len(said)) == list(range(1, len(said) + 1))
    for number, clause in enumerate(said, 1):
        if clause.fails:
            assert number not in report.spoken
        elif number not in report.condensings:
            assert number in report.spoken
    assert all(lag is not None and lag <= bound for lag in report.lags.values())
    assert all(1 <= rate <= FASTEST for rate in outcome.rates.values())


@given(clauses)
@settings(max_examples=20, deadline=None)
def test_nobody_hears_the_pace_jump_from_one_clause_to_the_next(said: list[Clause]) -> None:
    outcome = rehearse(said)
    rates = [1.0, *(outcome.rates[number] for number in outcome.report.spoken)]
    # Where a made clause had to be left out at its turn, the one after it was made for being its neighbour.
    apart = 2 * SLEW if set(outcome.report.condensings) & set(outcome.rates) else SLEW
    assert all(abs(later - earlier) <= apart + 1e-9 for earlier, later in pairwise(rates))


@given(clauses, st.lists(st.tuples(st.integers(0, 2000), st.integers(10, 600)), max_size=3))
@settings(max_examples=20, deadline=None)
def test_a_studio_that_stands_still_makes_nothing_late(said: list[Clause], pauses: list[tuple[int, int]]) -> None:
    outcome = rehearse(said, stands_still=[(begin, begin + length) for begin, length in pauses])
    assert fates(outcome, len(said)) == list(range(1, len(said) + 1))
    assert all(lag is not None and lag <= 8000 for lag in outcome.report.lags.values())


@given(clauses, st.integers(0, 50), st.integers(0, 2000))
@settings(max_examples=20, deadline=None)
def test_a_floor_that_turns_out_to_have_been_earlier_makes_nothing_late(
    said: list[Clause], late: int, until: int
) -> None:
    outcome = rehearse(said, bound=3000, held_up=(late, until))
    assert fates(outcome, len(said)) == list(range(1, len(said) + 1))
    assert all(lag is not None and lag <= 3000 for lag in outcome.report.lags.values())


@given(clauses, st.integers(1, 10))
@settings(max_examples=20, deadline=None)
def test_a_channel_that_breaks_loses_nothing_that_can_still_be_said(said: list[Clause], breaks_at: int) -> None:
    outcome = rehearse(said, bound=30_000, breaks_at=breaks_at)
    wanted = [number for number, clause in enumerate(said, 1) if not clause.fails]
    # What was being said when it broke is said again from its beginning.
    again = len(outcome.report.spoken) - len(set(outcome.report.spoken))
    assert again <= 1
    assert sorted({*outcome.report.spoken, *outcome.report.condensings}) == wanted
    assert not set(outcome.report.spoken) & set(outcome.report.condensings)
    assert outcome.report.spoken == sorted(outcome.report.spoken)


def test_nothing_is_condensed_where_nobody_knows_when_it_was_said() -> None:
    said = brisk(20, seconds=4.0)
    outcome = rehearse(said, followed=False)
    assert outcome.report.condensings == []
    assert outcome.report.spoken == list(range(1, 21))
    assert set(outcome.report.lags.values()) == {None}


def test_a_translation_as_long_as_its_source_is_said_at_the_natural_pace() -> None:
    outcome = rehearse(brisk(40, seconds=1.5))
    assert set(outcome.rates.values()) == {1.0}
    assert outcome.report.condensings == []
    assert max(lag or 0 for lag in outcome.report.lags.values()) < 3500
    assert outcome.report.hints == []


def test_a_translation_a_quarter_longer_is_kept_up_with_by_the_pace_alone() -> None:
    outcome = rehearse(brisk(60, seconds=2.1))
    assert outcome.report.condensings == []
    assert 1.1 < max(outcome.rates.values()) <= FASTEST
    assert max(lag or 0 for lag in outcome.report.lags.values()) < 6000


def test_what_no_pace_can_hold_is_condensed_and_the_speaker_is_asked_to_slow_down() -> None:
    said = [*brisk(40, seconds=3.5), Clause(pause=12, takes=1, seconds=1)]
    outcome = rehearse(said)
    report = outcome.report
    assert 5 < len(report.condensings) < 20
    assert max(outcome.rates.values()) == FASTEST
    assert [hint.slow_down for _, hint in report.hints] == [True, False]
    assert 6000 < report.hints[0][1].lag_ms <= 8000
    # In time: not when it is too late.
    first = report.hints[0][0]
    assert first < min(at for number, at in report.starts.items() if number > report.condensings[0])
    assert outcome.rates[41] < FASTEST


def test_after_a_rush_the_pace_is_natural_again() -> None:
    outcome = rehearse([*brisk(20, seconds=2.6), *brisk(30, seconds=1.2)])
    assert max(outcome.rates.values()) > 1.2
    assert outcome.rates[50] == 1.0


@given(st.lists(st.tuples(st.integers(0, MEDIA_RATE), st.integers(0, 20_000), st.booleans()), max_size=200))
def test_the_sign_changes_every_few_seconds_at_most_and_never_for_nothing(
    looks: list[tuple[int, int, bool]],
) -> None:
    sign, now, told = SlowDown(), 0, [(-HOLD, False)]
    for later, lag, condensed in looks:
        now += later
        sign.see(lag, 8000, now, condensed=condensed)
        if sign.change(now):
            told.append((now, sign.asked))
    assert all(after[1] != before[1] for before, after in pairwise(told))
    assert all(after[0] - before[0] >= APART for before, after in pairwise(told))


def test_the_sign_stays_until_the_lag_is_half_of_the_bound() -> None:
    sign = SlowDown()
    for now, lag, asked in [(0, 5900, False), (1, 6100, True), (10, 4100, True), (20, 3900, False), (30, 5900, False)]:
        sign.see(lag, 8000, now * MEDIA_RATE)
        sign.change(now * MEDIA_RATE)
        assert sign.asked is asked
