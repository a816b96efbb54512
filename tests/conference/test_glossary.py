"""Names and terms: what is found in a text, and what is made of it."""

from __future__ import annotations

from time import perf_counter

import pytest

from dragoman.glossary import Glossary, Term, following, glossary_of

ENTRIES = [
    {"source": "Dragoman", "keep": True, "sounds": "drah go man"},
    {"source": "machine translation", "target": {"es": "traducción automática", "fr": ""}},
    {"source": "translation", "target": {"es": "traducción"}},
    {"source": "US", "target": {"es": "EE. UU."}},
    {"source": "O'Neil", "keep": True},
    {"source": "C++", "keep": True},
]
GLOSSARY = glossary_of({"glossary": ENTRIES})


def found(text: str, tag: str = "es", plural: str = "(?:e?s)?") -> list[str]:
    return [text[term.start : term.end] for term in GLOSSARY.fixed(text, tag, plural=plural)]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Machine  translation and DRAGOMAN", ["Machine  translation", "DRAGOMAN"]),
        ("a translation machine", ["translation"]),
        ("dragoman's voice, two Dragomans", ["dragoman", "Dragomans"]),
        ("retranslation, dragomania, me@dragoman", []),
        ("tell us about the US", ["US"]),
        ("O\u2019Neil writes C++, not C", ["O\u2019Neil", "C++"]),
        ("", []),
    ],
)
def test_whole_words_are_found_the_longest_first(text: str, terms: list[str]):
    assert found(text) == terms


def test_a_term_without_a_wording_for_a_language_is_the_engines_affair():
    assert found("Dragoman does machine translation", "fr") == ["Dragoman"]


def test_the_tag_of_a_translation_matches_as_tags_do():
    assert Term("a", {"es-MX": "b"}).wording("es") == "b"
    assert Term("a", {"pt-BR": "b"}, keep=True).wording("pt-PT") == "a"
    assert Term("a", {"pt-BR": "b"}).wording("pt-PT") is None


def test_of_two_entries_for_the_same_words_the_later_counts():
    entries = [{"source": "booth", "target": {"es": text}} for text in ("puesto", "cabina")]
    (term,) = glossary_of({"glossary": entries}).fixed("the Booth", "es")
    assert term.term.wording("es") == "cabina"


def test_a_voice_gets_the_respelling_of_names_and_of_fixed_translations():
    terms = (Term("SQL", keep=True, sounds="sequel"), Term("booth", {"es": "cabina"}, sounds="cabbina"))
    glossary = Glossary(terms)
    assert glossary.respelled("Con SQL en la Cabina, no en cabinas", "es") == "Con sequel en la cabbina, no en cabinas"
    assert Glossary((Term("a", keep=True),)).respelled("a", "es") == "a"


def test_a_glossary_is_read_again_only_when_its_host_has_changed_it():
    options: dict[str, object] = {}
    current = following(lambda: options)
    assert current().terms == ()
    options = {"glossary": ENTRIES}
    assert current() == GLOSSARY
    assert current() is current()
    options = {"glossary": []}
    assert current().terms == ()


def test_a_thousand_entries_are_looked_up_without_delay():
    glossary = Glossary(tuple(Term(f"word{number} of many", keep=True) for number in range(1000)))
    glossary.fixed("", "es")
    begun = perf_counter()
    for _ in range(100):
        glossary.fixed("a clause of a dozen words, as they come from the floor, word7 of many", "es")
    assert perf_counter() - begun < 0.5
