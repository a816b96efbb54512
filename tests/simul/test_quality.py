"""What was recognised and translated, against what was said."""

from __future__ import annotations

from itertools import pairwise

import pytest
from benchmarks.simul.course import Shown
from benchmarks.simul.quality import chrf, matched, places, shared_out, word_error_rate
from benchmarks.simul.talks import Talk, pauses_in, talk, without_pauses
from benchmarks.simul.truth import Word, sentences_of, true_words

from speech_data import recording, silence, words


def said(*sentences: str) -> Talk:
    """A word a second, each half a second long."""
    found = [(word, number) for number, text in enumerate(sentences) for word in words(text)]
    timed = tuple(Word(word, float(at), at + 0.5, number) for at, (word, number) in enumerate(found))
    return Talk(silence(len(found)), timed, sentences)


def caption(segment: int, source: str, text: str = "", at: float = 0.0) -> Shown:
    return Shown(at, segment, "es", source, text, 0, 0, True)


def test_given_words_are_matched_with_those_that_were_said() -> None:
    assert matched(["a", "b", "c"], ["a", "x", "c"]) == [0, 1, 2]
    assert matched(["a", "b", "c"], ["a", "c", "d"]) == [0, 2, None] or matched(["a", "b", "c"], ["a", "c", "d"]) == [
        0,
        1,
        2,
    ]
    assert matched(["a", "b"], ["b"]) == [1]
    assert matched([], ["b"]) == [None]
    assert matched(["b"], []) == []


def test_word_errors_are_counted_against_what_was_said() -> None:
    assert word_error_rate(["a", "b", "c", "d"], ["a", "x", "c"]) == 50


def test_a_clause_lies_where_its_words_were_said() -> None:
    found = places(said("One two three. Four five six."), [caption(1, "One, two three"), caption(2, "four five six.")])
    assert [(place.start, place.end, place.exact) for place in found.values()] == [(0, 2.5, True), (3, 5.5, True)]


def test_a_clause_of_which_no_word_was_said_lies_nowhere() -> None:
    found = places(said("One two."), [caption(1, "One two"), caption(2, "you")])
    assert list(found) == [1]


def test_the_output_is_shared_out_among_the_sentences_even_where_a_clause_holds_two() -> None:
    talk = said("One two three.", "Four five six.")
    output = [caption(1, "", "uno dos tres cuatro", at=5.0), caption(2, "", "cinco seis", at=7.0)]
    first, second = shared_out(talk, ["Uno dos tres.", "Cuatro cinco seis."], output)
    assert (first.seconds, first.reference, list(first.delays)) == (2.5, 3, [5, 5, 5])
    assert (second.seconds, second.reference, list(second.delays)) == (2.5, 3, [2, 4, 4])


def test_likeness_may_leave_case_out() -> None:
    assert chrf("Hola mundo", "hola Mundo", cased=False) == pytest.approx(100)
    assert chrf("Hola mundo", "hola Mundo", cased=True) < 100


def test_sentences_end_at_full_stops() -> None:
    assert sentences_of("One, two. Three? Four: five") == ["One, two.", "Three?", "Four: five"]


def test_every_word_of_a_recording_has_its_time() -> None:
    found = true_words("0870")
    assert [word.text for word in found] == words(recording("0870").text)
    assert all(one.start < one.end <= other.start for one, other in pairwise(found))


def test_long_pauses_are_cut_short_and_what_is_around_them_moves_together() -> None:
    assert pauses_in([True] * 10 + [False] + [True] * 20) == [(11, 31)]
    sound = recording("beckett").samples
    rest, moved = without_pauses(sound)
    assert len(sound) * 0.3 < len(rest) < len(sound) * 0.8
    found = true_words("beckett")
    gaps = [moved(other.start) - moved(one.end) for one, other in pairwise(found)]
    assert max(gaps) < 0.25
    assert moved(len(sound) / 16_000) == pytest.approx(len(rest) / 16_000)


def test_a_talk_is_whole_recordings_one_after_the_other() -> None:
    speech = talk(0.2, pauses=True)
    assert 12 <= speech.seconds < 30
    assert [word.text for word in speech.words] == words(speech.text)
    assert speech.words[-1].sentence == len(speech.sentences) - 1
    assert all(one.start < other.start for one, other in pairwise(speech.words))
