"""Numbers, dates and addresses: what is certain, and how each language writes it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.figures import find

NARROW, WIDE = "\u202f", "\u00a0"
ANY_BLANK = str.maketrans({NARROW: " ", WIDE: " "})
"""Which blank a language writes before a unit changes from one edition of CLDR to the next."""


def written(text: str, source: str, target: str) -> str:
    for figure in reversed(find(text, source)):
        text = text[: figure.start] + figure.written(target) + text[figure.end :]
    return text


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        ("1,234.50 people", "es", "1.234,50 people"),
        ("12,345 people", "fr", f"12{NARROW}345 people"),
        ("3.5 km", "fr", f"3,5{NARROW}km"),
        ("7 GB", "fr", f"7{NARROW}Go"),
        ("5%", "es", f"5{WIDE}%"),
        ("0.25%", "it", "0,25%"),
        ("-5°C", "ca", "-5 °C"),
        ("$3.50", "es", f"3,50{WIDE}$"),
        ("€1,000", "pt-BR", f"€{WIDE}1.000"),
        ("3 km/h", "eo", "3 km/h"),
        ("on March 3rd, 2024", "es", "el 3 de marzo de 2024"),
        ("on the 1st of May 2024", "fr", "le 1er mai 2024"),
        ("March 3, 2024", "eo", "la 3-a de marto 2024"),
        ("12 April 1999", "ca", "12 d’abril del 1999"),
        ("on July 4", "it", "il 4 luglio"),
    ],
)
def test_a_figure_is_written_as_the_target_language_does(text: str, target: str, expected: str):
    assert written(f"so {text} it is", "en", target).translate(ANY_BLANK) == f"so {expected} it is".translate(ANY_BLANK)


@pytest.mark.parametrize(
    ("source", "text", "english"),
    [
        ("es", "1.234,5 km el 1 de marzo de 2024", "1,234.5 km on March 1, 2024"),
        ("fr", f"3,50{WIDE}€ le 1er mars 2024", "€3.50 on March 1, 2024"),
        ("ca", "el 3 d'abril del 2024", "on April 3, 2024"),
        ("pt-PT", "5 % em 2 de maio de 2024", "5% on May 2, 2024"),
    ],
)
def test_other_languages_are_read_as_they_write(source: str, text: str, english: str):
    assert written(text, source, "en") == english


@pytest.mark.parametrize(
    "text",
    [
        "in 1995 there were 12 of 1000",
        "Python 3.11 and version 2.5, chapter 3.1, at 3.30",
        "1.2.3 10:30 3/4/2024 COVID-19 555-1234 1,23 5,5 A4 3rd",
        "May 3 people come in March 2024, on February 30, 2024",
        "$5 million, €3bn, £20k",
        "5 m, 7 g, the end.of it, e.g. this",
    ],
)
def test_what_is_not_certain_is_left_alone(text: str):
    assert find(text, "en") == []


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/the-house?x=1",
        "www.example.org",
        "the.house@example.com",
        "example.com/the-house",
        "a-b.io",
    ],
)
def test_addresses_are_found_without_the_sentence_around_them(address: str):
    (figure,) = find(f"See {address}.", "en")
    assert figure.written("es") == address


@given(
    st.text() | st.text("0123456789.,-$€%km °CMarch "), st.sampled_from(["en", "es", "fr", "eo", "pt-BR", "ar", "xx"])
)
def test_no_text_breaks_anything(text: str, tag: str):
    found = find(text, tag)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(figure.written(target) for figure in found for target in ("es", "fr", "eo", "xx"))
