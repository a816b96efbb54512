"""What Azure's voices are asked to say: whatever a text holds, it is a text."""

from __future__ import annotations

import unicodedata
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_service.ssml import parsed
from dragoman.engines.azure.ssml import LONGEST, pieces, ssml

HOSTILE = (
    "</voice></speak><speak><voice name='en-US-GuyNeural'>hello",
    "a & b &amp; c &lt;break/&gt; &#x41;",
    "]]> <![CDATA[ <!-- comment --> <?xml version='1.0'?>",
    "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>&b;",
    "' \" ` name=\"x\" rate='+500%'",
    "<prosody rate='0.1'><break time='60s'/></prosody>",
    "\0\x01\x1b[31m\x7f\x85\u2028",
    "half \ud800 of a pair \udfff, \ufffe and \uffff",
    "😀 👩\u200d👩\u200d👧 \U0001f1ea\U0001f1f8",
)


def document(text: str, rate: float = 1.0) -> str:
    return ssml(text, voice="es-ES-ElviraNeural", locale="es-ES", rate=rate)


def elements(made: str) -> list[str]:
    return [element.tag.rpartition("}")[2] for element in ElementTree.fromstring(made).iter()]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_adds_no_element_and_loses_no_word(text: str) -> None:
    made = document(text)
    made.encode()
    assert elements(made) == ["speak", "voice"]
    said = "".join(ElementTree.fromstring(made).itertext())
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") or c in "\ufffe\uffff" else c for c in text)
    assert said.split() == kept.split()


@given(st.text(st.characters(codec=None), max_size=60))
def test_any_text_is_a_document_that_the_service_takes(text: str) -> None:
    speech = parsed(document(text, 1.3))
    assert speech.voice == "es-ES-ElviraNeural"
    allowed = "".join(piece.text for piece in speech.pieces)
    assert all(character in allowed for character in text if character.isalnum())


@pytest.mark.parametrize(
    ("rate", "asked"),
    [(1.0, None), (1.004, None), (1.15, "+15%"), (1.3, "+30%"), (0.8, "-20%"), (0.1, "-50%"), (9.0, "+100%")],
)
def test_the_pace_is_asked_for_within_what_the_service_does(rate: float, asked: str | None) -> None:
    found = [element.get("rate") for element in ElementTree.fromstring(document("hola", rate)).iter()]
    assert [one for one in found if one] == ([asked] if asked else [])


@pytest.mark.parametrize("text", ["", " \n\t", "\0\x01", "...!?", "😀 👍🏽 🇪🇸", "\u200b\ufeff", "* _ ~ #️⃣", "\ud800"])
def test_what_has_no_sound_is_not_asked_for(text: str) -> None:
    assert list(pieces(text)) == []


@pytest.mark.parametrize("text", ["50 %", "€", "º", "日本", "కి", "a"])
def test_what_has_a_sound_is(text: str) -> None:
    assert list(pieces(text)) == [text]


def test_a_long_text_is_cut_where_sentences_end() -> None:
    sentences = [f"Frase {number}: la casa es grande." for number in range(200)]
    found = list(pieces(" ".join(sentences)))
    assert " ".join(found).split() == " ".join(sentences).split()
    assert all(len(piece) <= LONGEST and piece.endswith("grande.") for piece in found)
    assert [len(piece) for piece in pieces("y" * 3 * LONGEST)] == [3], "nobody wants to hear, or pay for, more"
    digits = list(pieces("9" * 2 * LONGEST))
    assert "".join(digits) == "9" * 2 * LONGEST
