"""Names that were almost heard are put right, and nothing else is touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from dragoman.glossary import Glossary, Term
from dragoman.mishearing import correct

NAMES = ("Dragoman", "Zelenka", "Vandermeer", "Krakowski", "Castellano", "Winterbourne", "Bergamasco")
GLOSSARY = Glossary((*(Term(name, keep=True) for name in NAMES), Term("interpreter", {"es": "intérprete"})))


@pytest.mark.parametrize(
    ("heard", "right"),
    [
        # what the recogniser made of flite's speech
        ("The talk by Drugman was very good.", "The talk by Dragoman was very good."),
        ("We build Zelanka to help people.", "We build Zelenka to help people."),
        ("The talk by Van der Mir was very good.", "The talk by Vandermeer was very good."),
        ("Every one knows Krakovsky by now.", "Every one knows Krakowski by now."),
        ("We built Costello no to help people.", "We built Castellano to help people."),
        ("Zelanka's voice, and Zelanka.", "Zelenka's voice, and Zelenka."),
        ("An interprater speaks", "An interpreter speaks"),
        ("Interprater speaks", "Interpreter speaks"),
    ],
)
def test_what_sounds_like_a_name_becomes_it(heard: str, right: str):
    assert correct(heard, GLOSSARY, "en") == right


@pytest.mark.parametrize(
    "heard",
    [
        "We've built a dragon in to help people.",
        "a drag, a man, and the winter in Bergamo",
        "It was interpreted for interpreters.",
        "Dragoman and zelenka stay as they were heard.",
        "Costello, no",
        "",
    ],
)
def test_other_words_stay(heard: str):
    assert correct(heard, GLOSSARY, "en") == heard


def test_a_short_name_is_no_reason_to_change_a_word():
    glossary = Glossary(tuple(Term(name, keep=True) for name in ("booth", "Wolof", "Finnish", "Latin")))
    assert correct("both of them wolf it all to finish, law in hand", glossary, "en") == (
        "both of them wolf it all to finish, law in hand"
    )


def test_another_language_than_english_is_left_alone():
    assert correct("Zelanka", GLOSSARY, "es") == "Zelanka"


def test_no_recording_is_changed_by_a_thousand_names():
    english = Locale("en")
    names = (*english.territories.values(), *english.languages.values(), *NAMES)
    glossary = Glossary(tuple(Term(name, keep=True) for name in names))
    said = json.loads((Path(__file__).resolve().parents[1] / "speech.json").read_text(encoding="utf-8"))
    for text in said.values():
        assert correct(text, glossary, "en") == text


@given(st.text() | st.lists(st.sampled_from([*NAMES, "Zelanka", "the", "no-one", "it's", "7", "."])).map(" ".join))
def test_correcting_twice_changes_nothing_more(text: str):
    once = correct(text, GLOSSARY, "en")
    assert correct(once, GLOSSARY, "en") == once
