"""Several engines that translate: each text is made by one that answers, and kept with what it belongs to."""

from __future__ import annotations

import asyncio

import pytest

from crew_talk import REFUSED, said, states, talk, words
from crews import Crew
from dragoman import interpreters
from dragoman.events import Caption
from dragoman.portrait import Changes
from rooms import Room, until
from scripted import speech

pytestmark = pytest.mark.usefixtures("crew")


async def test_a_text_that_an_engine_fails_at_is_translated_by_the_next(here: Room, crew: Crew) -> None:
    crew.cloud.translates = ()
    crew.cloud_texts.chokes_on["es"] = {"c2"}
    session = await talk(here)
    said(session, range(1, 4))
    await until(lambda: len(here.ears.finals("host", "es")) == 3)
    assert here.ears.finals("host", "es") == [(1, "cloud:es(c1)"), (2, "es(c2)"), (3, "cloud:es(c3)")]
    assert states(here) == []


async def test_a_translator_that_hangs_delays_a_text_by_its_timeout_only(
    here: Room, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interpreters, "_SHARE", 0.01)
    crew.cloud.translates = ()
    crew.cloud_texts.hangs = True
    session = await talk(here)
    said(session, range(1, 4))
    await until(lambda: len(here.ears.finals("host", "es")) == 3)
    assert [text for _, text in here.ears.finals("host", "es")] == ["es(c1)", "es(c2)", "es(c3)"]


async def test_a_translator_that_refuses_is_left_alone_and_used_again_when_it_answers(here: Room, crew: Crew) -> None:
    crew.cloud.translates = ()
    crew.cloud_texts.broken = REFUSED
    session = await talk(here)
    said(session, range(1, 2))
    await until(lambda: here.ears.finals("host", "es") == [(1, "es(c1)")])
    assert states(here) == [("translator", "home", "failed")]
    crew.cloud_texts.broken = None
    number = 2
    while session.info.engines["translator"] != "cloud":
        assert number < 400
        said(session, range(number, number + 1))
        number += 1
        await asyncio.sleep(0.02)
    said(session, range(number, number + 1))
    await until(lambda: len(here.ears.finals("host", "es")) == number)
    assert here.ears.finals("host", "es")[-1] == (number, f"cloud:es(c{number})")
    assert states(here)[-1] == ("translator", "cloud", "returned")


async def test_where_no_engine_can_translate_a_text_it_stays_as_it_is(here: Room, crew: Crew) -> None:
    crew.cloud.translates = ()
    crew.cloud_texts.chokes_on["es"] = crew.home_texts.chokes_on["es"] = {"c2"}
    session = await talk(here)
    said(session, range(1, 4))
    await until(lambda: len(here.ears.finals("host", "es")) == 3)
    assert here.ears.finals("host", "es")[1] == (2, "c2")


async def test_a_language_that_only_one_engine_has_is_made_by_that_one(here: Room, crew: Crew) -> None:
    crew.cloud.translates = ()
    session = await talk(here, "de", "es", engines={"translator": "cloud"})
    crew.cloud_texts.broken = REFUSED
    said(session, range(1, 3))
    await until(lambda: len(here.ears.finals("host", "es")) == 2 == len(here.ears.finals("host", "de")))
    assert [text for _, text in here.ears.finals("host", "es")] == ["es(c1)", "es(c2)"]
    assert [text for _, text in here.ears.finals("host", "de")] == ["c1", "c2"]
    crew.cloud_texts.broken = None
    said(session, range(3, 4))
    await until(lambda: len(here.ears.finals("host", "de")) == 3)
    assert here.ears.finals("host", "de")[-1] == (3, "cloud:de(c3)")


# -- translations that come with a recognition


async def test_translations_that_come_with_a_recognition_are_kept_with_it_and_published_in_order(
    here: Room, crew: Crew
) -> None:
    session = await talk(here, "es", "fr")
    session.audio("host", speech(1, 2, 3, 0, 4, 0), position=None, seq=None)
    await until(lambda: len(here.ears.finals("host", "fr")) == 2)
    assert here.ears.finals("host", "es") == [(1, "cloud>es(c1 c2 c3)"), (2, "cloud>es(c4)")]
    assert here.ears.finals("host", "fr") == [(1, "cloud>fr(c1 c2 c3)"), (2, "cloud>fr(c4)")]
    assert crew.cloud_texts.asked.total() == 0
    partials = [
        e.text for e in here.ears.heard["host"] if isinstance(e, Caption) and not e.final and e.language == "es"
    ]
    assert partials == ["cloud>es(c1)", "cloud>es(c1 c2)"]
    kept = await here.store.history(session.record.session_id)
    assert [entry.lines["fr"].text for entry in kept] == ["cloud>fr(c1 c2 c3)", "cloud>fr(c4)"]
    assert crew.cloud.opened[0][3].targets == ("es", "fr")


async def test_what_the_stream_does_not_translate_the_booth_does(here: Room, crew: Crew) -> None:
    session = await talk(here, "es", "de")
    said(session, range(1, 3))
    await until(lambda: len(here.ears.finals("host", "de")) == 2)
    assert here.ears.finals("host", "es") == [(1, "cloud>es(c1)"), (2, "cloud>es(c2)")]
    assert here.ears.finals("host", "de") == [(1, "cloud:de(c1)"), (2, "cloud:de(c2)")]


async def test_a_fixed_term_is_the_booths_affair_and_order_is_kept(here: Room, crew: Crew) -> None:
    glossary = [{"source": "c2", "target": {"es": "dos"}}]
    session = await talk(here, "es", "fr", glossary=glossary)
    gate = crew.cloud_texts.gates["es"] = asyncio.Event()
    said(session, range(1, 4))
    await until(lambda: len(here.ears.finals("host", "fr")) == 3)
    await until(lambda: here.ears.finals("host", "es") == [(1, "cloud>es(c1)")])
    gate.set()
    await until(lambda: len(here.ears.finals("host", "es")) == 3)
    assert here.ears.finals("host", "es") == [(1, "cloud>es(c1)"), (2, "cloud:es(dos)"), (3, "cloud>es(c3)")]
    assert here.ears.finals("host", "fr")[1] == (2, "cloud>fr(c2)"), "in French nothing is fixed"
    assert crew.cloud.opened[0][3].phrases == ("c2",)


async def test_the_stream_is_told_of_a_further_language_at_the_next_final(here: Room, crew: Crew) -> None:
    session = await talk(here, "es")
    said(session, range(1, 2))
    await until(lambda: len(here.ears.finals("host", "es")) == 1)
    await session.update(Changes(targets=("fr",), options={"latencyMode": "low"}))
    said(session, range(2, 5))
    await until(lambda: len(here.ears.finals("host", "fr")) == 3)
    assert words(here) == [1, 2, 3, 4]
    assert crew.cloud.opened[-1][3].targets == ("es", "fr")
    assert crew.cloud.opened[-1][3].mode == "low"
    assert here.ears.finals("host", "fr")[-1] == (4, "cloud>fr(c4)")


async def test_another_familys_translator_makes_all_lines_itself(here: Room, crew: Crew) -> None:
    session = await talk(here, "es", engines={"translator": "home"})
    said(session, range(1, 3))
    await until(lambda: len(here.ears.finals("host", "es")) == 2)
    assert here.ears.finals("host", "es") == [(1, "es(c1)"), (2, "es(c2)")]
    assert crew.cloud.opened[0][3].targets == ()


async def test_a_stream_that_is_opened_again_is_told_what_was_given_in_every_language(here: Room, crew: Crew) -> None:
    session = await talk(here, "es", engines={"recognizer": "cloud", "translator": "home"}, latencyMode="low")
    session.audio("host", speech(*range(1, 12)), position=None, seq=None)
    await until(lambda: session.history.last_id >= 1)
    await until(lambda: all("es" in entry.lines for entry in session.history.entries()))
    crew.cloud.fails_at = {crew.cloud.fed + 1}
    session.audio("host", speech(12, 0), position=None, seq=None)
    await until(lambda: len(crew.cloud.opened) >= 2)
    begun = crew.cloud.opened[1][2]
    assert begun is not None
    assert begun.text
    assert begun.translations["es"].startswith("es(c1")
