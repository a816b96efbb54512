"""A voice whose first sound is there before its last: it is heard sooner, and nothing is heard twice or too late."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.prompter import FADE
from dragoman.speech import MEDIA_RATE
from dragoman.turns import HEAD_START
from rehearsal import Clause, Outcome, rehearse
from test_lag_bound import brisk

FACTORS = st.sampled_from([0.0, 0.5, 0.9, 1.1, 3.0])

clauses = st.lists(
    st.builds(
        Clause,
        pause=st.one_of(st.just(0.0), st.floats(0.0, 2.0)),
        takes=st.floats(0.3, 3.0),
        seconds=st.floats(0.3, 4.0),
        made_after=st.floats(0.1, 3.0),
        voice_needs=st.one_of(st.just(0.0), st.floats(0.0, 2.0)),
        fails=st.sampled_from([False, False, False, False, True]),
        ends=st.sampled_from(["", ",", "."]),
        factor=FACTORS,
        breaks=st.one_of(st.none(), st.none(), st.floats(0.0, 1.0)),
    ),
    min_size=1,
    max_size=15,
)


def loud(outcome: Outcome) -> int:
    """How many samples were heard that are no silence; those that fade out are not counted."""
    return int(np.count_nonzero(outcome.heard == 8000))


def made(outcome: Outcome, number: int, clause: Clause) -> int:
    """Samples of a clause's sound, said as fast as it was; those that fade out are not counted."""
    return int(clause.seconds / outcome.rates[number] * MEDIA_RATE)


@given(clauses, st.sampled_from([3000, 8000, 30_000]))
@settings(max_examples=30, deadline=None)
def test_every_line_has_one_fate_and_none_begins_late(said: list[Clause], bound: int) -> None:
    outcome = rehearse(said, bound=bound, streaming=True)
    report = outcome.report
    assert report.spoken == sorted(report.spoken), "the order of the floor"
    whole = [number for number in report.spoken if said[number - 1].breaks is None]
    assert len(whole) == len(set(whole)), "once each, but for what broke off"
    assert not set(whole) & set(report.condensings)
    assert len(report.condensings) == len(set(report.condensings))
    for number, clause in enumerate(said, 1):
        if clause.fails:
            assert number not in report.spoken
        elif number not in report.condensings:
            assert number in report.spoken
    assert all(lag is not None and lag <= bound for lag in report.lags.values())
    ended = [state.segment_id for state in report.states if not state.speaking]
    assert ended == report.spoken, "what begins ends before the next begins"


@given(clauses)
@settings(max_examples=30, deadline=None)
def test_all_of_what_is_said_is_heard_once_however_slowly_it_is_made(said: list[Clause]) -> None:
    whole = [replace(clause, breaks=None) for clause in said]
    outcome = rehearse(whole, streaming=True)
    assert loud(outcome) == sum(made(outcome, number, whole[number - 1]) for number in outcome.report.spoken)


@given(clauses)
@settings(max_examples=20, deadline=None)
def test_what_breaks_off_is_said_once_more_and_whole(said: list[Clause]) -> None:
    outcome = rehearse(said, streaming=True)
    assert max(outcome.asked.values(), default=0) <= 2
    times = Counter(outcome.report.spoken)
    assert max(times.values(), default=0) <= 2
    assert all(said[number - 1].breaks is not None for number, count in times.items() if count == 2)
    whole = {number: made(outcome, number, said[number - 1]) for number in times}
    # Of what had begun in vain all may have been heard, at the natural pace.
    twice = sum(int(said[number - 1].seconds * MEDIA_RATE) for number, count in times.items() if count == 2)
    assert loud(outcome) <= sum(whole.values()) + twice
    assert loud(outcome) >= sum(whole[number] for number in times if number not in outcome.report.condensings)


@given(clauses, st.integers(1, 10))
@settings(max_examples=20, deadline=None)
def test_a_channel_that_breaks_loses_nothing_that_can_still_be_said(said: list[Clause], breaks_at: int) -> None:
    said = [replace(clause, breaks=None) for clause in said]
    outcome = rehearse(said, bound=30_000, breaks_at=breaks_at, streaming=True)
    wanted = [number for number, clause in enumerate(said, 1) if not clause.fails]
    assert len(outcome.report.spoken) - len(set(outcome.report.spoken)) <= 1
    assert sorted({*outcome.report.spoken, *outcome.report.condensings}) == wanted
    assert outcome.report.spoken == sorted(outcome.report.spoken)


def test_it_begins_when_a_head_start_is_there() -> None:
    clause = Clause(pause=0, takes=2, seconds=4, voice_needs=0.2, factor=2)
    streamed = rehearse([clause], streaming=True).report.lags[1]
    whole = rehearse([replace(clause, voice_needs=0.2 + 4 / 2)]).report.lags[1]
    assert streamed is not None
    assert whole is not None
    saved = (4 - HEAD_START / MEDIA_RATE) / 2 * 1000
    assert abs(whole - streamed - saved) < 100


def test_the_lag_of_what_is_being_made_is_foreseen() -> None:
    """One that would only count what is there of an utterance would ask nobody to slow down."""
    said = brisk(40, seconds=3.5, factor=1.5)
    hints = [hint.slow_down for _, hint in rehearse(said, streaming=True).report.hints]
    assert hints[0] is True


def test_the_pace_is_learned_from_whole_utterances_only() -> None:
    said = [replace(clause, breaks=0.2, mends=False, factor=1.0) for clause in brisk(30, seconds=1.5)]
    assert set(rehearse(said, streaming=True).rates.values()) == {1.0}


def test_what_breaks_off_fades_out_before_it_is_said_again() -> None:
    outcome = rehearse([Clause(pause=0, takes=1, seconds=2, factor=1, breaks=0.5)], streaming=True)
    assert outcome.asked[1] == 2
    sounding = np.flatnonzero(outcome.heard)
    gap = int(np.argmax(np.diff(sounding)))
    assert outcome.heard[sounding[gap - FADE // 2 : gap + 1]].max() < 6000
    assert 2.8 * MEDIA_RATE < loud(outcome) < 3.1 * MEDIA_RATE


def test_a_voice_that_always_breaks_off_is_given_up() -> None:
    said = [Clause(pause=0, takes=1, seconds=2, factor=1, breaks=0.5, mends=False), Clause(pause=0, takes=1, seconds=1)]
    report = rehearse(said, streaming=True).report
    assert report.spoken == [1, 1, 1, 2]
    assert report.condensings == [1], "the caption is marked"
