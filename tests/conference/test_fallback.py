"""An engine that fails is left alone, tried now and then, and asked again when it answers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dragoman.fallback import SPREAD, Breaker, Patience

PATIENCE = Patience(failing=10.0, first=15.0, longest=300.0)


def breaker(chance: float = 0.5) -> Breaker:
    return Breaker(PATIENCE, lambda: chance)


def test_it_is_borne_with_for_a_while() -> None:
    engine = breaker()
    assert not engine.failed(100.0)
    assert not engine.failed(109.9)
    assert engine.ask(109.9)
    assert engine.failed(110.0)
    assert engine.state == "shut"
    assert not engine.ask(110.0)


def test_an_answer_between_two_failures_begins_a_new_count() -> None:
    engine = breaker()
    engine.failed(0.0)
    assert not engine.succeeded()
    assert not engine.failed(20.0)
    assert engine.state == "failing"


def test_a_lasting_refusal_shuts_it_at_once() -> None:
    engine = breaker()
    assert engine.failed(0.0, lasting=True)
    assert not engine.may(14.9)
    assert engine.may(15.0)


def test_it_is_tried_by_one_at_a_time_in_growing_intervals() -> None:
    engine = breaker()
    engine.failed(0.0, lasting=True)
    now, waits = 0.0, []
    for _ in range(7):
        before = now
        while not engine.ask(now):
            now += 0.5
        waits.append(now - before)
        assert not engine.ask(now), "somebody is trying it"
        assert not engine.failed(now), "it was shut before"
    assert waits == [15.0, 30.0, 60.0, 120.0, 240.0, 300.0, 300.0]


def test_it_is_back_when_a_trial_answers() -> None:
    engine = breaker()
    engine.failed(0.0, lasting=True)
    assert engine.ask(15.0)
    assert engine.succeeded()
    assert engine.state == "well"
    engine.failed(16.0, lasting=True)
    assert engine.may(31.0), "the intervals begin anew"


def test_a_late_answer_to_what_was_asked_before_is_no_trial() -> None:
    engine = breaker()
    assert engine.ask(0.0)
    engine.failed(0.0, lasting=True)
    assert not engine.succeeded()
    assert engine.state == "shut"


def test_a_trial_that_nobody_waits_for_any_more_says_nothing() -> None:
    engine = breaker()
    engine.failed(0.0, lasting=True)
    assert engine.ask(15.0)
    engine.dropped()
    assert engine.ask(15.1)


def test_where_there_is_nobody_else_it_is_asked_anyway() -> None:
    engine = breaker()
    engine.failed(0.0, lasting=True)
    assert engine.ask(1.0, anyway=True)
    engine.failed(1.0)
    assert engine.may(15.0), "asking early does not make the next trial later"
    assert engine.ask(2.0, anyway=True)
    assert engine.succeeded()


steps = st.lists(
    st.tuples(
        st.floats(0, 40),
        st.sampled_from(["ask", "ask anyway", "succeed", "fail", "fail for good", "drop"]),
        st.floats(0, 1),
    ),
    max_size=60,
)


@given(steps)
def test_whatever_happens_it_is_never_asked_before_its_time_nor_by_two_at_once(history: list) -> None:
    chances = iter([chance for _, _, chance in history] * 2)
    engine = Breaker(PATIENCE, lambda: next(chances))
    now, due, trial, failing_since, wait = 0.0, None, None, None, PATIENCE.first
    for passed, what, _ in history:
        now += passed
        if what.startswith("ask"):
            anyway = what == "ask anyway"
            in_time = due is not None and now >= due and trial is None
            assert engine.may(now) == (due is None or in_time)
            assert engine.ask(now, anyway=anyway) == (due is None or in_time or anyway)
            if due is not None and (in_time or anyway):
                trial = "due" if in_time else "early"
        elif what == "succeed":
            assert engine.succeeded() == (due is not None and trial is not None)
            if due is None or trial is not None:
                due, trial, failing_since, wait = None, None, None, PATIENCE.first
        elif what.startswith("fail"):
            shut = engine.failed(now, lasting=what == "fail for good")
            if due is None:
                failing_since = now if failing_since is None else failing_since
                assert shut == (what == "fail for good" or now - failing_since >= PATIENCE.failing)
            else:
                assert not shut
                wait = min(PATIENCE.longest, 2 * wait) if trial == "due" else wait
            if shut or trial == "due":
                due, failing_since = engine._due, None
                assert due is not None
                assert wait * (1 - SPREAD) <= due - now + 1e-6 <= wait * (1 + SPREAD) + 2e-6
            trial = None
        else:
            engine.dropped()
            trial = None
        assert (engine.state == "shut") == (due is not None)
