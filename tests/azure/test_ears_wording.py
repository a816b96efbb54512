"""Two wordings of the same speech: what they share, and where one goes on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.engines.azure.wording import after, covered, rewritten, shared, text_of, weight, words

TEXTS = st.text(alphabet="ab ,.!?'’\t\n\u0301好天ไทยกำ€-–\u200d", max_size=40)
FEW = st.lists(st.sampled_from(["the", "a", "cat", "sat", "on", "mat", "and", "ran"]), max_size=12)


def keys(text: str) -> list[str]:
    return [word.key for word in words(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Good  morning,\teveryone!", ["Good", "morning,", "everyone!"]),
        ("Ça va ? Oui – non", ["Ça", "va ?", "Oui –", "non"]),
        ("今天天气很好。", ["今", "天", "天", "气", "很", "好。"]),
        ("我有iPhone手机", ["我", "有", "iPhone", "手", "机"]),
        ("กำลังดี", ["กำ".replace("ำ", ""), "ำ", "ลั", "ง", "ดี"]),
        ("내일 만나요.", ["내일", "만나요."]),
        ("", []),
    ],
)
def test_words_are_what_stands_between_spaces_or_one_character(text: str, expected: list[str]):
    assert [word.text for word in words(text)] == expected


@given(TEXTS)
def test_words_put_together_are_the_text_with_single_spaces(text: str):
    assert text_of(words(text)) == " ".join(text.split())


def test_case_and_punctuation_do_not_count():
    assert keys("I'm going, today.") == keys("i’m Going today")
    assert shared(words("good morning every"), words("Good morning, everyone.")) == 2


def test_two_characters_weigh_as_much_as_a_word():
    assert weight(words("今天天气")) == 2
    assert weight(words("good morning")) == 2


@pytest.mark.parametrize(
    ("given", "now", "rest"),
    [
        ("good morning", "Good morning, everyone.", "everyone."),
        ("", "All of it.", "All of it."),
        ("i see a cat", "I see the dog and the house.", "and the house."),
        # a word that is said again later does not take those between with it
        ("the cat", "A cat sat on the mat and the cat ran", "sat on the mat and the cat ran"),
        ("twenty one people", "21 people came.", "came."),
        ("one two three", "One two.", ""),
        ("one", "", ""),
    ],
)
def test_what_follows_what_was_given_is_new(given: str, now: str, rest: str):
    found = words(now)
    assert text_of(found[after(words(given), found) :]) == rest


@given(FEW, FEW)
def test_what_begins_with_what_was_given_goes_on_exactly_there(given: list[str], more: list[str]):
    now = words(" ".join([*given, *more]))
    assert after(words(" ".join(given)), now) == len(given)


@given(FEW, FEW)
def test_no_more_words_are_taken_than_were_given_and_a_few(given: list[str], now: list[str]):
    end = after(words(" ".join(given)), words(" ".join(now)))
    assert 0 <= end <= min(len(now), 2 * len(given))


def test_words_that_stay_are_written_as_the_final_wording_writes_them():
    assert text_of(rewritten(words("good morning to you"), words("Good morning, for you. Hello!"))) == (
        "Good morning, to you. Hello!"
    )


@given(FEW, FEW)
def test_rewriting_keeps_every_word_in_its_place(given: list[str], now: list[str]):
    first, found = words(" ".join(given)), rewritten(words(" ".join(given)), words(" ".join(now)))
    assert [word.key for word in found[: len(first)]] == given
    assert [word.key for word in found[len(first) :]] == now[after(first, words(" ".join(now))) :]


def test_a_finished_phrase_may_account_for_a_part_of_what_was_given():
    assert covered(words("one two three four five"), words("One, two three.")) == 3
    assert covered(words("one two"), words("One two three")) == 2
    assert covered(words("one two"), ()) == 0
