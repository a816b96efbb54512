"""Numbers as they are said in each language."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.engines.embedded.sayable import pieces
from dragoman.engines.embedded.voice import EmbeddedVoice

TAGS = ("es", "fr", "it", "pt-PT", "pt-BR", "ca", "en-US", "eo", "gl", "de")


def said(text: str, tag: str) -> str:
    return " ".join(pieces(text, tag.partition("-")[0], "LATIN", tag))


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        ("es", "3,50\u00a0€ y 3 €", "tres euros con cincuenta céntimos y 3 euros"),
        ("es", "1 km, 21 km y 3,5 km", "un kilómetro, veintiún kilómetros y 3,5 kilómetros"),
        ("es", "-5 °C, el 5\u00a0%", "menos cinco grados Celsius, el cinco %"),
        ("es", "El 3.º y la 21.ª vez", "El tercero y la vigésima primera vez"),
        ("es", "1.234 horas, 21 casas y 1.001 noches", "mil doscientos treinta y cuatro horas, 21 casas y 1001 noches"),
        ("es", "el 3 de marzo de 2024", "el tres de marzo de dos mil veinticuatro"),
        ("fr", "le 1er mars 2024, au 2e étage", "le premier mars deux mille vingt-quatre, au deuxième étage"),
        ("fr", "12\u202f345 voix, 80\u00a0%", "douze mille trois cent quarante-cinq voix, quatre-vingts %"),
        ("fr-BE", "70 voix", "septante voix"),
        ("fr", "3,5\u202fkm pour 3,50\u00a0€", "3,5 kilomètres pour trois euros et cinquante centimes"),
        ("it", "il 1 maggio 1999, 3º posto", "il primo maggio millenovecentonovantanove, terzo posto"),
        ("it", "20 °C e 1 km", "venti gradi Celsius e un chilometro"),
        ("pt-PT", "em 16 de maio de 2024", "em dezasseis de maio de dois mil e vinte e quatro"),
        (
            "pt-BR",
            "em 1 de maio de 2024, 16 km",
            "em primeiro de maio de dois mil e vinte e quatro, dezesseis quilômetros",
        ),
        ("pt-BR", "R$ 5,50", "5,50 reais"),
        ("pt-PT", "3.ª vez por 2,50\u00a0€", "terceira vez por dois euros e cinquenta cêntimos"),
        ("ca", "l'1 de març del 2024, 3r i 5è", "l'primer de març del dos mil vint-i-quatre, tercer i cinquè"),
        ("ca", "1.234,5 km", "1234,5 quilòmetres"),
        ("en-US", "on March 3, 2024", "on March third, twenty twenty-four"),
        (
            "en-GB",
            "in 1995 the 2nd of 1234 people",
            "in nineteen ninety-five the second of one thousand two hundred and thirty-four people",
        ),
        ("en-US", "$3.50 or $5 million", "three dollars fifty cents or 5 million dollars"),
        ("eo", "la 3-an de marto 2024", "la trian de marto du mil dudek kvar"),
        ("gl", "3,5 km, 1995", "3,5 quilómetros, 1995"),
        ("de", "1995, 3,5 km", "1995, 3,5 Kilometer"),
    ],
)
def test_numbers_are_said_in_the_language(tag: str, text: str, expected: str):
    assert said(text, tag) == expected


@pytest.mark.parametrize(
    "text", ["007", "10:30", "1.2.3", "COVID-19", "5551234567", "10-3", "12345678901234567890", "½"]
)
@pytest.mark.parametrize("tag", ["es", "en-US", "pt-BR"])
def test_what_is_no_number_stays_in_figures(text: str, tag: str):
    assert said(text, tag) == text


@given(st.text(max_size=100) | st.text("0123456789.,-€$% kmºª°Cderstan", max_size=60), st.sampled_from(TAGS))
@settings(deadline=None)
def test_no_number_costs_a_text(text: str, tag: str):
    plain = " ".join(pieces(text, tag.partition("-")[0], "LATIN"))
    assert bool(said(text, tag)) == bool(plain)


@pytest.mark.parametrize(
    "text", ["1,1," * 5_000, "1.234" * 4_000, "1.234 " * 4_000, "9" * 20_000, "$1,1" * 5_000, "1º" * 9_000]
)
def test_no_number_takes_long_to_read(text: str):
    began = time.process_time()
    said(text, "es")
    assert time.process_time() - began < 3


async def test_the_voice_says_them():
    voice = EmbeddedVoice()
    try:
        figures = await voice.speak("1.001 km", "es+f2")
        words = await voice.speak("mil un kilómetros", "es+f2")
    finally:
        await voice.close()
    assert len(figures.pcm) == len(words.pcm)
