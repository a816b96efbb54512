"""Terms, figures and addresses on their way through Apertium itself, directly and by relay."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from dragoman.engines.embedded.translator import EmbeddedTranslator
from dragoman.glossary import Glossary, Term
from dragoman.placeholders import translated
from dragoman.relay import Relay

GLOSSARY = Glossary(
    (
        Term("Dragoman", keep=True),
        Term("Acme Foundation", keep=True),
        Term(
            "machine translation",
            {"es": "traducción maquinal", "ca": "traducció maquinal", "fr": "traduction machinale", "it": "x"},
        ),
    )
)
DIRECT, RELAYED = ("es", "ca", "gl", "eo"), ("fr", "it", "pt-PT", "pt-BR")


@pytest.fixture
async def relay() -> AsyncIterator[Relay]:
    engine = EmbeddedTranslator(timeout=60, linger=0)
    found = Relay(engine, "en", {route.target: route for route in engine.routes() if route.source == "en"})
    yield found
    await found.close()
    await engine.close()


async def into(relay: Relay, text: str, target: str) -> str:
    return await translated(text, "en", target, GLOSSARY, relay.translate)


@pytest.mark.parametrize("target", [*DIRECT, *RELAYED])
async def test_names_quantities_dates_and_addresses_come_through(relay: Relay, target: str):
    names = await into(relay, "Dragoman's voice is new, and the house of Acme Foundation is big.", target)
    assert names.count("Dragoman") == names.count("Acme Foundation") == 1
    quantities = await into(relay, "It weighs 1.5 kg and costs 20% of the price.", target)
    assert "1,5" in quantities
    assert "20" in quantities
    address = await into(relay, "See www.example.com/the-house or write to the.house@example.com today.", target)
    assert "www.example.com/the-house" in address
    assert "the.house@example.com" in address


@pytest.mark.parametrize(
    ("target", "translation"),
    [
        ("es", "Utilizamos traducción maquinal y Dragoman."),
        ("ca", "Utilitzem traducció maquinal i Dragoman."),
        ("fr", "Nous utilisons traduction machinale et Dragoman."),
    ],
)
async def test_each_language_gets_its_own_translation_of_a_term(relay: Relay, target: str, translation: str):
    assert await into(relay, "We use machine translation and Dragoman.", target) == translation


async def test_a_language_without_one_has_the_engines_though_its_pivot_has_one(relay: Relay):
    assert "maquinal" not in await into(relay, "We use machine translation.", "pt-PT")


@pytest.mark.parametrize(
    ("target", "translation"),
    [
        ("es", "El 3 de marzo de 2024 anduvimos 3,5 km."),
        ("gl", "O 3 de marzo de 2024 andamos 3,5 km."),
        ("fr", "Le 3 mars 2024 nous avons marché 3,5\u202fkm."),
        ("it", "Il 3 marzo 2024 camminammo 3,5 km."),
    ],
)
async def test_a_date_begins_a_sentence_as_its_language_does(relay: Relay, target: str, translation: str):
    assert await into(relay, "On March 3, 2024 we walked 3.5 km.", target) == translation
