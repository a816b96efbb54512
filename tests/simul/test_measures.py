"""The measures, by talks so short that they can be counted on fingers."""

from __future__ import annotations

import pytest
from benchmarks.simul.course import Course, Heard, Shown
from benchmarks.simul.live import course_of
from benchmarks.simul.measures import (
    Sentence,
    begun,
    changed_finals,
    committed_taken_back,
    ended,
    laal,
    normalized_erasure,
    percentile,
    slope,
    states,
    stream_laal,
)


def shown(segment: int, text: str, *, final: bool, language: str = "es", at: float = 0.0) -> Shown:
    return Shown(at, segment, language, text, text, 0, 0, final)


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile([3, 1, 2, 4], 0.5) == 2
    assert percentile(range(1, 101), 0.95) == 95
    assert percentile([7], 0.95) == 7
    assert percentile([], 0.5) is None


def test_a_lag_that_grows_by_a_second_in_a_minute_has_slope_one() -> None:
    assert slope([(0, 2), (60, 3), (120, 4)]) == pytest.approx(1)
    assert slope([(0, 2), (60, 2), (120, 2)]) == pytest.approx(0)
    assert slope([(0, 2), (60, 3)]) is None


def test_laal_of_words_that_come_just_with_the_speaker_is_the_delay_of_the_first() -> None:
    # four words in four seconds, each there a second after the speaker began it
    assert laal(Sentence(4, 4, [1, 2, 3, 4])) == pytest.approx(1)


def test_laal_counts_words_until_the_speaker_has_ended_and_no_more() -> None:
    # all at once, 3 s after the end: only the first counts
    assert laal(Sentence(4, 4, [7, 7, 7, 7])) == pytest.approx(7)


def test_laal_does_not_reward_a_translation_that_is_too_long() -> None:
    # eight words for four: with a step of |X| / |Y*| the late ones would seem to be ahead
    assert laal(Sentence(4, 4, [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4])) == pytest.approx(0.5)


def test_laal_of_nothing_is_nothing() -> None:
    assert laal(Sentence(4, 4, [])) is None
    assert stream_laal([Sentence(4, 4, [])]) is None


def test_stream_laal_is_the_mean_of_its_sentences() -> None:
    assert stream_laal([Sentence(4, 1, [1]), Sentence(4, 1, [3]), Sentence(4, 1, [])]) == pytest.approx(2)


def test_erasure_counts_what_is_taken_back_for_every_word_that_stands() -> None:
    assert normalized_erasure([["a"], ["a", "b"], ["a", "b", "c"]]) == 0
    assert normalized_erasure([["a", "b"], ["a", "c", "d"], ["x", "c", "d", "e"]]) == pytest.approx((1 + 3) / 4)
    assert normalized_erasure([]) == 0


def test_a_page_shows_the_finals_and_what_still_grows() -> None:
    page = [
        shown(1, "a", final=False),
        shown(1, "a b", final=True),
        shown(1, "late", final=False),
        shown(2, "c", final=False),
    ]
    assert list(states(page)) == [["a"], ["a", "b"], ["a", "b", "c"]]


def test_a_final_that_says_something_else_later_is_a_change_and_its_repetition_is_none() -> None:
    page = [shown(1, "a", final=True), shown(1, "a", final=True)]
    assert changed_finals(page) == 0
    assert changed_finals([*page, shown(1, "b", final=True)]) == 1
    assert changed_finals([*page, shown(1, "b", final=True, language="fr")]) == 0
    assert changed_finals([*page, shown(1, "a b", final=False)]) == 1


def test_a_committed_word_may_stand_in_the_next_clause_but_not_vanish() -> None:
    assert committed_taken_back([shown(1, "a b c", final=False), shown(1, "a b", final=True)]) == 0
    parted = [shown(1, "a b c", final=False), shown(1, "a b", final=True), shown(2, "c d", final=True)]
    assert committed_taken_back(parted) == 0
    changed = [shown(1, "a b c", final=False), shown(1, "a b", final=True), shown(2, "x d", final=True)]
    assert committed_taken_back(changed) == 1


def test_a_segment_that_was_said_twice_began_the_first_time_and_ended_the_last() -> None:
    heard = [
        Heard(1, 1, "es", begins=True, lag=None),
        Heard(2, 1, "es", begins=True, lag=None),
        Heard(3, 1, "es", begins=False, lag=None),
    ]
    assert begun(heard) == {1: 1}
    assert ended(heard) == {1: 3}


def test_the_finals_of_a_course_come_in_order_and_once() -> None:
    course = Course("en", ("es",), [shown(2, "b", final=True), shown(1, "a", final=False), shown(1, "a", final=True)])
    assert [caption.text for caption in course.finals("es")] == ["a", "b"]


def test_what_comes_over_the_wire_becomes_the_same_course() -> None:
    texts = '"sourceText": "a", "translatedText": "b"'
    caption = f'{{"segmentId": 1, "targetLanguage": "es", {texts}, "startMs": 100, "endMs": 200}}'
    told = [
        (0.5, f'["translationPartial",{caption}]'),
        (1.0, f'["translationResult",{caption}]'),
        (2.0, '["avatarState",{"language":"es","segmentId":1,"speaking":true,"lagMs":1900}]'),
        (2.5, '["segmentCondensed",{"language":"es","segmentId":2}]'),
        (3.0, '["listenerCountUpdated",{"count":1}]'),
    ]
    course = course_of(told, ("es", "fr"))
    assert course.shown[1] == Shown(1.0, 1, "es", "a", "b", 1600, 3200, True)
    assert course.heard == [Heard(2.0, 1, "es", True, 1.9)]
    assert course.condensed == {"es": 1, "fr": 0}
