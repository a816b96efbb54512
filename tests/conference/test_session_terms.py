"""A session's glossary at work: in captions, in its relays, in the avatar's mouth, and what changes when it does."""

from __future__ import annotations

from uuid import uuid4

import pytest

from dragoman.placeholders import CONSONANTS
from dragoman.portrait import Changes
from dragoman.session import Session
from dragoman.speech import Final
from rooms import HOST, Room, until
from scripted import ScriptedPair, speech
from test_stage import watch


async def with_terms(here: Room, *terms: dict[str, object]) -> Session:
    session = await here.session("es", "fr")
    await session.join("host", HOST, language=None, since=None)
    await session.update(Changes(options={"glossary": list(terms)}))
    return session


async def test_each_language_gets_its_translation_of_a_term_through_relays_too(here: Room) -> None:
    session = await with_terms(
        here, {"source": "w2", "target": {"es": "dos", "fr": "deux"}}, {"source": "w3", "keep": True}
    )
    session.audio("host", speech(1, 2, 3, 0), position=0, seq=0)
    await until(lambda: len(here.ears.finals("host", "es")) == len(here.ears.finals("host", "fr")) == 1)
    assert here.ears.finals("host", "es") == [(1, "es(w1 dos w3)")]
    assert here.ears.finals("host", "fr") == [(1, "fr(es(w1 deux w3))")]
    # Both languages have a wording for the same stretches, so the pivot's text was made once.
    assert here.translator.asked["en", "es"] <= 3


async def test_a_glossary_counts_from_the_next_clause_on(here: Room) -> None:
    session = await with_terms(here, {"source": "w1", "target": {"es": "uno"}})
    session.audio("host", speech(1, 0), position=0, seq=0)
    await until(lambda: len(here.ears.finals("host", "es")) == 1)
    await session.update(Changes(options={"glossary": [{"source": "w1", "target": {"es": "una"}}]}))
    session.audio("host", speech(1, 0), position=None, seq=1)
    await until(lambda: len(here.ears.finals("host", "es")) == 2)
    assert [text for _, text in here.ears.finals("host", "es")] == ["es(uno)", "es(una)"]


async def test_an_engine_that_loses_a_placeholder_is_asked_for_the_pieces(
    here: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ScriptedPair.translate

    async def forgetful(pair: ScriptedPair, text: str) -> str:
        return (await whole(pair, text)).replace(CONSONANTS[0], "")

    monkeypatch.setattr(ScriptedPair, "translate", forgetful)
    session = await with_terms(here, {"source": "w2", "target": {"es": "dos"}})
    session.audio("host", speech(1, 2, 3, 0), position=0, seq=0)
    await until(lambda: len(here.ears.finals("host", "es")) == 1)
    assert here.ears.finals("host", "es") == [(1, "es(w1) dos es(w3)")]


async def test_the_voice_gets_the_respelling_and_the_captions_the_spelling(here: Room) -> None:
    session = await with_terms(here, {"source": "w2", "keep": True, "sounds": "double you two"})
    await watch(session, "es")
    session.audio("host", speech(1, 2, 0), position=0, seq=0)
    await until(lambda: len(here.voice.said) == 1)
    assert here.voice.said == [("es-f", "es(w1 double you two)")]
    assert here.ears.finals("host", "es") == [(1, "es(w1 w2)")]


async def test_what_was_almost_heard_is_kept_and_shown_as_it_was_meant(here: Room) -> None:
    session = await with_terms(here, {"source": "Zelenka", "keep": True})
    await session.join("ana", str(uuid4()), language="en", since=None)
    await session._team.heard(Final(0, 1600, "We build Zelanka now", 1600), 0)
    assert here.ears.finals("ana", "en") == [(1, "We build Zelenka now")]
    assert [entry.segment.text for entry in session.history.entries()] == ["We build Zelenka now"]
