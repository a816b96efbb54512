"""Plain text into Apertium's stream and back, and its capitals: without Apertium."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.engines.embedded.casing import follow, is_shouted, unshout
from dragoman.engines.embedded.plaintext import close_up, cut, deformat, reformat, tidy

HOSTILE = st.text(st.sampled_from("[]{}^$/\\@<>*#~+|&.,-'\"\0\n\t aé😀ש\u200d\u202e\uffff\ud800"))


@given(HOSTILE | st.text())
def test_a_tidy_text_comes_back_as_it_was(text: str):
    tidied = tidy(text)
    request = deformat(tidied)
    assert request.endswith(b"\0")
    assert request.count(b"\0") == 1
    assert reformat(request.removesuffix(b"\0")) == tidied


@given(HOSTILE | st.text())
def test_tidying_twice_changes_nothing_more(text: str):
    assert tidy(tidy(text)) == tidy(text)


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("  two\t words \r", "two words"),
        ("cafe\u0301", "café"),
        ("I don\u2019t co\u2010operate \u2018today\u2019", "I don't co-operate \u2018today\u2019"),
        ("a\0b\x07c", "a b c"),
        ("end\uffff of\ud800 file\U0001fffe", "end of file"),
        ("no\u00a0break", "no break"),
    ],
)
def test_what_no_dictionary_knows_is_put_right(text: str, tidied: str):
    assert tidy(text) == tidied


def test_a_text_ends_as_apertiums_own_deformatter_ends_it():
    assert deformat("Hello [there] ~") == b"Hello \\[there\\] [~].[][\n]\0"


def test_a_full_stop_that_became_part_of_an_abbreviation_is_not_missed():
    assert reformat("Señor[][\n]".encode()) == "Señor"


@pytest.mark.parametrize(
    ("text", "translation", "closed"),
    [
        (
            "The next item is the budget.",
            "El elemento próximo es el presupuesto .",
            "El elemento próximo es el presupuesto.",
        ),
        ("Is it the budget?", "¿Es el presupuesto ?", "¿Es el presupuesto?"),
        ('He said "the budget."', 'Dijo "el presupuesto ."', 'Dijo "el presupuesto."'),
        ("It was .5 of it.", "Era .5 de él.", "Era .5 de él."),
        ("Le budget ?", "El presupuesto ?", "El presupuesto ?"),
    ],
)
def test_no_space_comes_between_a_word_and_its_full_stop(text: str, translation: str, closed: str):
    assert close_up(text, translation) == closed


def test_what_is_no_utf8_does_not_break_anything():
    assert reformat(b"caf\xff.[][\n]") == "caf\N{REPLACEMENT CHARACTER}"


@given(st.text("ab .!", max_size=200), st.integers(1, 30))
def test_pieces_are_short_enough_and_together_the_text(text: str, longest: int):
    pieces = list(cut(text, longest))
    assert "".join(pieces) == text
    assert all(0 < len(piece) <= longest for piece in pieces)


def test_a_long_text_is_cut_after_sentences_then_after_words():
    text = "One two three. Four five six. Seven eight nine."
    assert list(cut(text, 30)) == ["One two three. Four five six. ", "Seven eight nine."]
    assert list(cut("one two three four", 10)) == ["one two ", "three four"]
    assert list(cut("onetwothree", 5)) == ["onetw", "othre", "e"]


@pytest.mark.parametrize(
    ("source", "translation", "followed"),
    [
        ("Slavery is forbidden.", "sklaveco estas malpermesita.", "Sklaveco estas malpermesita."),
        ("and then he said", "Y entonces dijo", "y entonces dijo"),
        ("and then I said", "Y entonces dije", "y entonces dije"),
        ("and Peter said", "Y Peter dijo", "y Peter dijo"),
        ("the United States agree", "Estados Unidos está de acuerdo", "Estados Unidos está de acuerdo"),
        ("and Frobnicators agree", "Frobnicators está de acuerdo", "Frobnicators está de acuerdo"),
        ('"Hello," he said.', '"hola," dijo.', '"Hola," dijo.'),
        ("Mozart walked home", "Mozart Andou en casa", "Mozart andou en casa"),
        ("Mozart Madrid won", "Mozart Madrid gañou", "Mozart Madrid gañou"),
        ("3 houses", "3 casas", "3 casas"),
        ("iPhone", "iPhone", "iPhone"),
        ("...", "...", "..."),
        ("你好", "你好", "你好"),
    ],
)
def test_the_first_letter_is_as_large_as_the_sources(source: str, translation: str, followed: str):
    assert follow(source, translation) == followed


@pytest.mark.parametrize(
    ("text", "shouted"),
    [
        ("THE HOUSE IS BIG.", True),
        ("NASA", False),
        ("I AM", False),
        ("The HOUSE", False),
        ("A B C", False),
        ("", False),
    ],
)
def test_shouting_is_more_than_one_word_in_capitals(text: str, shouted: bool):
    assert is_shouted(text) is shouted


def test_a_shouted_text_is_written_as_others_are():
    assert unshout('"THE HOUSE IS BIG."') == '"The house is big."'
