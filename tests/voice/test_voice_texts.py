"""What is made of a text before it is said."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.engines.embedded.sayable import LONGEST, pieces


def said(text: str, language: str = "es", script: str = "LATIN") -> str:
    """What is said of a text, in one piece."""
    return " ".join(pieces(text, language, script))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hola 😀👩\u200d👩\u200d👧 casa 👍🏽", "hola casa"),
        ("*hola* **sí** [no] {a} ~b~ `c` <d>", "hola sí no a b c d"),
        ("uno\0dos\x1btres\ncuatro", "uno dos tres cuatro"),
        ("ma\u00adña\u200bna\u202e", "mañana"),
        ("hola שלום عالم ไทย мир 日本", "hola"),
        ("mira https://www.example.org/a/b?c=1#d, vale", "mira example.org, vale"),
        ("escribe a info@example.org", "escribe a info@example.org"),
        ("ｈｏｌａ 𝐡𝐨𝐥𝐚 ٣ २", "hola hola 3 2"),
        ("1.ª, 2º y ½ de µ", "1.ª, 2º y ½ de µ"),
        ("nooooooooo!!!!!!!!", "nooo!!!"),
        ("son 1000000, no 1111", "son 1000000, no 1111"),
        ("n" + "\u0303" * 90, unicodedata.normalize("NFC", "n\u0303") + "\u0303" * 3),
        ("a\ufe0fb\u0001", "ab"),
    ],
)
def test_only_what_has_a_sound_is_said(text: str, expected: str):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("es", "El Dr. García y la Sra. López", "El doctor García y la señora López"),
        ("es", "-5 °C en EE.UU., 10-3", "menos 5 °C en Estados Unidos, 10-3"),
        ("es", "a 5 km/h o 5 km", "a 5 kilómetros por hora o 5 kilómetros"),
        ("fr", "M. Durand, p. ex.", "monsieur Durand, par exemple"),
        ("it", "Sig.ra Rossi ecc.", "signora Rossi eccetera"),
        ("pt", "Custa R$ 5,50", "Custa 5,50 reais"),
        ("en", "$1,000.50 by Mr. Smith", "1,000.50 dollars by Mister Smith"),
        ("en", "$5 million, £3", "5 million dollars, 3 pounds"),
        ("es", "5 $ millones, 5$ más, 3 € o 2€", "5 millones dólares, 5 dólares más, 3 euros o 2 euros"),
        ("it", "La UE e l'ONU", "La Unione europea e l'Onu"),
        ("sv", "$5 kostar Dr. -5, 5 kr", "5 $ kostar Dr. -5, 5 kr"),
        ("es", "Skm Sr.a km2 Fin.Sr. xDr.", "Skm Sr.a km2 Fin.Sr. xDr."),
    ],
)
def test_abbreviations_are_written_out_where_they_stand_alone(language: str, text: str, expected: str):
    assert said(text, language) == expected


def test_a_voice_keeps_its_own_script_and_latin():
    assert said("Мир и NATO, שלום", "ru", "CYRILLIC") == "Мир и NATO,"
    assert said("ক্\u200dষ नमस्ते", "hi", "DEVANAGARI") == "नमस्ते"
    assert said("می\u200cخواهم", "fa", "ARABIC") == "می\u200cخواهم"


@pytest.mark.parametrize("text", ["", "…", "?!", "()", "😀", "\u200d", "\u0301\u0301", "→ ■ █"])
def test_nothing_to_say_gives_no_piece(text: str):
    assert list(pieces(text, "es", "LATIN")) == []


def test_a_long_text_is_cut_at_the_ends_of_sentences_then_commas_then_spaces():
    sentence = "La casa es grande, y el jardín no."
    assert set(pieces(" ".join([sentence] * 50), "es", "LATIN")) <= {" ".join([sentence] * n) for n in range(1, 8)}
    clauses = list(pieces("la casa grande, " * 60, "es", "LATIN"))
    assert all(clause.endswith(",") for clause in clauses)
    assert " ".join(pieces("palabra " * 100, "es", "LATIN")).split() == ["palabra"] * 100
    assert "".join(pieces("今天我们谈谈工作。" * 100, "cmn", "CJK")) == "今天我们谈谈工作。" * 100


@given(st.text(max_size=700), st.sampled_from(["es", "sv"]), st.sampled_from(["LATIN", "CJK", "DEVANAGARI"]))
@settings(deadline=None, max_examples=150)
def test_whatever_comes_pieces_are_short_and_clean(text: str, language: str, script: str):
    for piece in pieces(text, language, script):
        assert 0 < len(piece) <= LONGEST
        assert piece == piece.strip()
        assert not any(unicodedata.category(character) in ("Cc", "Cs", "Cn", "Co") for character in piece)
        piece.encode()


@pytest.mark.parametrize(
    "text",
    [
        "a-" * 10_000,
        "a." * 10_000,
        "www." * 5_000,
        "-5" * 10_000,
        "( " * 10_000,
        "$1,1" * 5_000,
        "1,1," * 5_000,
        "9" * 20_000,
    ],
)
def test_no_text_takes_long_to_read(text: str):
    began = time.process_time()
    list(pieces(text, "es", "LATIN"))
    assert time.process_time() - began < 3
