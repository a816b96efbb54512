"""Which words are committed, without a model: words are capital letters, what continues them is small."""

from hypothesis import given
from hypothesis import strategies as st

from dragoman.engines.embedded.agreement import Agreement

SURE, UNSURE = 0.0, -1.0


def agreement():
    return Agreement(lambda token: chr(token).isupper())


def hear(heard, text, *, scores=None, commit=True):
    heard.hear([ord(letter) for letter in text], scores or [SURE] * len(text), commit=commit)
    return "".join(map(chr, heard.committed))


def test_words_that_two_hypotheses_share_are_committed_except_the_last():
    heard = agreement()
    assert hear(heard, "AaBbC") == ""
    assert hear(heard, "AaBbCcD") == "AaBb"


def test_a_word_that_still_grows_is_not_committed():
    heard = agreement()
    hear(heard, "AaB")
    assert hear(heard, "AaBbC") == "Aa"


def test_a_word_whose_punctuation_changes_waits():
    heard = agreement()
    hear(heard, "Aa.")
    assert hear(heard, "Aa,B") == ""
    assert hear(heard, "Aa,BbC") == "Aa,"


def test_unsure_words_need_three_hypotheses_and_hold_those_after_them():
    heard = agreement()
    scores = [UNSURE, SURE, SURE]
    assert [hear(heard, "ABC", scores=scores) for _ in range(3)] == ["", "", "AB"]


def test_nothing_is_committed_where_a_cut_may_fall():
    heard = agreement()
    hear(heard, "ABC")
    assert hear(heard, "ABC", commit=False) == ""
    assert hear(heard, "ABCD") == "ABC"


def test_what_is_not_committed_is_the_tail():
    heard = agreement()
    hear(heard, "AaBbC")
    hear(heard, "AaBbD")
    assert bytes(heard.tail) == b"D"


@given(st.lists(st.tuples(st.text("ABab.", max_size=8), st.integers(0, 1)), max_size=12))
def test_committed_words_only_grow_and_begin_every_hypothesis(steps):
    heard = agreement()
    committed = ""
    for text, sure in steps:
        hypothesis = committed + text
        now = hear(heard, hypothesis, scores=[SURE if sure else UNSURE] * len(hypothesis))
        assert now.startswith(committed)
        assert hypothesis.startswith(now)
        committed = now
