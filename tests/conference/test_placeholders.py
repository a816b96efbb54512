"""What is kept out of an engine's way comes back, and nothing is ever lost."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.errors import EngineFailed
from dragoman.glossary import Glossary, Term
from dragoman.placeholders import CONSONANTS, NUMBERS, VOWELS, masked, translated

GLOSSARY = Glossary(
    (
        Term("Dragoman", keep=True),
        Term("iPhone", keep=True),
        Term("machine translation", {"es": "traducción automática"}),
        Term("Acme", keep=True),
    )
)
WORDS = [
    "Dragoman",
    "dragoman's",
    "machine translation",
    "3.5 km",
    "$1,234.50",
    "on March 3, 2024",
    "Mozart",
    "7001",
    "a.b@c.com",
]
TEXTS = st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=12).map(" ".join) | st.text()


async def same(text: str, _target: str) -> str:
    return text


def given_to_engine(text: str) -> str:
    return masked(text, "en", "es", GLOSSARY).given


@given(TEXTS)
def test_an_engine_that_changes_nothing_loses_nothing(text: str):
    found = masked(text, "en", "es", GLOSSARY)
    restored = found.restored(found.given)
    assert restored is not None
    for kept in found.kept:
        assert kept.wording.casefold() in restored.casefold()
    rest = [piece for piece in found.pieces() if isinstance(piece, str)]
    assert "".join(
        piece if isinstance(piece, str) else found.text[piece.start : piece.end] for piece in found.pieces()
    ) == (unicodedata.normalize("NFC", text))
    assert all(piece.casefold() in restored.casefold() for piece in rest)


@given(TEXTS)
def test_a_placeholder_stands_in_what_the_engine_gets_exactly_once(text: str):
    found = masked(text, "en", "es", GLOSSARY)
    names = [kept.placeholder for kept in found.kept]
    assert len(set(names)) == len(names)
    assert all(found.given.casefold().count(name.casefold()) == 1 for name in names)


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("Dragoman's voice", f"{CONSONANTS[0]}'s voice"),
        ("the voice of Acme", f"the voice of {VOWELS[0]}"),
        ("It is 3.5 km and 12 people", f"It is {NUMBERS[0]} and 12 people"),
        ("Mozart met Dragoman", f"Mozart met {CONSONANTS[1]}"),
        ("THE DRAGOMAN SPEAKS", f"THE {CONSONANTS[0].upper()} SPEAKS"),
        ("nothing of the kind", "nothing of the kind"),
    ],
)
def test_the_engine_is_given_names_and_numbers_that_it_knows(text: str, english: str):
    assert given_to_engine(text) == english


@pytest.mark.parametrize(
    ("text", "back", "spanish"),
    [
        ("Machine translation works.", "Mozart funciona.", "Traducción automática funciona."),
        ("Machine translation works.", "Funciona Mozart.", "Funciona traducción automática."),
        ("machine translation works.", "Mozart funciona.", "traducción automática funciona."),
        ("machine translation works.", "El Mozart funciona.", "el traducción automática funciona."),
        ("iPhone works.", "Einstein funciona.", "iPhone funciona."),
        ("It speaks. Machine translation works.", "Habla. Mozart va.", "Habla. Traducción automática va."),
        ("MACHINE TRANSLATION WORKS", "MOZART FUNCIONA", "TRADUCCIÓN AUTOMÁTICA FUNCIONA"),
        ("on March 3, 2024 we met", "Einstein nos vimos", None),
        ("On March 3, 2024 we met", "Mozart nos vimos", "El 3 de marzo de 2024 nos vimos"),
        ("It weighs 1,234.5 kg.", "Pesa 7001.", "Pesa 1.234,5 kg."),
        ("It weighs 1,234.5 kg.", "Pesa 7001,5.", None),
        ("Dragoman works.", "Mozart y Mozart.", None),
        ("Dragoman works.", "Mozarts.", None),
        ("Dragoman works.", "", None),
    ],
)
def test_wordings_come_back_where_their_placeholders_stand(text: str, back: str, spanish: str | None):
    assert masked(text, "en", "es", GLOSSARY).restored(back) == spanish


async def test_where_a_placeholder_is_lost_the_rest_is_translated_in_pieces():
    asked: list[str] = []

    async def forgetful(text: str, target: str) -> str:
        asked.append(text)
        return text.replace(CONSONANTS[0], "").upper()

    text = await translated("We say Dragoman, always: 5 km!", "en", "es", GLOSSARY, forgetful)
    assert text == "WE SAY Dragoman, ALWAYS: 5 km!"
    assert asked == [f"We say {CONSONANTS[0]}, always: {NUMBERS[0]}!", "We say", ", always:"]


async def test_where_that_fails_too_the_text_is_translated_as_it_is():
    async def broken(text: str, target: str) -> str:
        if text == "We say":
            raise EngineFailed("too short")
        return text.replace(CONSONANTS[0], "nobody")

    assert await translated("We say Dragoman", "en", "es", GLOSSARY, broken) == "We say Dragoman"


async def test_a_text_without_anything_to_keep_is_asked_for_as_it_is():
    assert await translated("Hello  there", "en", "es", GLOSSARY, same) == "Hello  there"


async def test_more_than_there_are_placeholders_for_is_still_translated():
    text = " ".join(["Dragoman"] * 40)
    assert await translated(text, "en", "es", GLOSSARY, same) == text
