"""Several engines per job: what fails, hangs or is changed in the middle of a talk costs no word and doubles none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from crews import Crew, terms
from dragoman import floor as floors
from dragoman import interpreters
from dragoman.conference import Draft
from dragoman.errors import EngineFailed, Unsupported
from dragoman.events import Caption, EngineState, Notice
from dragoman.portrait import Changes
from dragoman.session import Session
from rooms import HOST, Room, room, until
from scripted import BLOCK, speech

REFUSED = EngineFailed("401", lasting=True)
DOWN = EngineFailed("connection lost")


@pytest.fixture
def crew() -> Crew:
    return Crew()


@pytest.fixture
async def here(tmp_path: Path, crew: Crew) -> AsyncIterator[Room]:
    async with room(tmp_path, pool=crew.pool, terms=terms()) as opened:
        yield opened


async def talk(here: Room, *targets: str, engines: dict[str, str] | None = None, **options: object) -> Session:
    """A started session whose host listens."""
    chosen = {"engines": engines, **options} if engines else options
    session = await here.conference.create(Draft(HOST, "A talk", "en", targets or ("es",), chosen, None))
    await session.start()
    await session.join("host", HOST, language=None, since=None)
    return session


def words(here: Room) -> list[int]:
    """The numbers of all words that were captioned on the floor, whoever recognised them."""
    return [int(word[1:]) for _, text in here.ears.finals("host", "en") for word in text.split()]


def states(here: Room) -> list[tuple[str, str, str]]:
    return [(s.job, s.engine, s.reason) for s in here.ears.heard["host"] if isinstance(s, EngineState)]


def said(session: Session, numbers: range, *, rest: bool = True) -> None:
    """Each number as a sentence."""
    for number in numbers:
        session.audio("host", speech(number, 0) if rest else speech(number), position=None, seq=None)


# -- recognisers


async def test_the_best_engine_of_each_job_works_as_long_as_it_answers(here: Room, crew: Crew) -> None:
    session = await talk(here)
    said(session, range(1, 4))
    await until(lambda: len(here.ears.finals("host", "es")) == 3)
    assert session.info.engines == {"recognizer": "cloud", "translator": "cloud", "voice": "cloud", "face": "cloud"}
    assert crew.home.fed == 0
    assert states(here) == []


async def test_a_refusal_makes_the_next_engine_listen_at_once(here: Room, crew: Crew) -> None:
    crew.cloud.refuses = REFUSED
    session = await talk(here)
    said(session, range(1, 4))
    await until(lambda: words(here) == [1, 2, 3])
    assert here.ears.finals("host", "en")[0] == (1, "w1")
    assert states(here) == [("recognizer", "home", "failed")]
    assert session.info.engines["recognizer"] == "home"
    notices = [e.message for e in here.ears.heard["host"] if isinstance(e, Notice)]
    assert notices == ["cloud does not answer; home recognises what is said until it does again."]


async def test_a_host_who_comes_back_is_told_of_what_is_still_replaced_and_of_nothing_else(
    here: Room, crew: Crew
) -> None:
    crew.cloud.refuses = REFUSED
    session = await talk(here)
    assert states(here) == []
    said(session, range(1, 4))
    await until(lambda: words(here) == [1, 2, 3])
    told = len(here.ears.states)
    await session.join("again", HOST, language=None, since=0)
    assert [e for e in here.ears.heard["again"] if isinstance(e, EngineState)] == [
        EngineState("recognizer", "home", "cloud", "failed")
    ]
    # It is said again; it has not happened again.
    assert len(here.ears.states) == told
    await session.join("ana", str(uuid4()), language="es", since=0)
    assert not any(isinstance(e, EngineState) for e in here.ears.heard["ana"])


async def test_a_recogniser_is_borne_with_for_a_while_before_another_takes_its_place(here: Room, crew: Crew) -> None:
    crew.cloud.broken = DOWN
    session = await talk(here)
    said(session, range(1, 4))
    await until(lambda: words(here) == [1, 2, 3])
    assert len(crew.cloud.opened) >= 2
    assert states(here) == [("recognizer", "home", "failed")]


async def test_what_was_begun_when_a_recogniser_broke_is_heard_by_the_next_and_nothing_twice(
    here: Room, crew: Crew
) -> None:
    session = await talk(here)
    said(session, range(1, 3))
    await until(lambda: words(here) == [1, 2])
    session.audio("host", speech(3, 4), position=None, seq=None)
    await until(lambda: any(isinstance(e, Caption) and "c3" in e.text for e in here.ears.heard["host"]))
    crew.cloud.broken = REFUSED
    session.audio("host", speech(5, 0), position=None, seq=None)
    await until(lambda: words(here) == [1, 2, 3, 4, 5])
    assert here.ears.finals("host", "en")[-1] == (3, "w3 w4 w5")


async def test_words_that_were_given_are_not_heard_again_by_another_recogniser(here: Room, crew: Crew) -> None:
    session = await talk(here, engines={"recognizer": "cloud", "translator": "home"}, latencyMode="low")
    # Without translations of its own the cloud's words are cut into clauses while the speaker goes on.
    session.audio("host", speech(*range(1, 12)), position=None, seq=None)
    await until(lambda: len(words(here)) > 1)
    given = words(here)
    assert given == list(range(1, len(given) + 1))
    crew.cloud.broken = REFUSED
    session.audio("host", speech(12, 0), position=None, seq=None)
    await until(lambda: words(here)[-1:] == [12])
    assert words(here) == list(range(1, 13))
    begun = crew.home.opened[0][2]
    assert begun is not None
    assert begun.text.split()[: len(given)] == [f"c{number}" for number in given]


async def test_a_recogniser_that_is_back_listens_along_first_and_then_takes_over_in_a_pause(
    here: Room, crew: Crew
) -> None:
    crew.cloud.refuses = REFUSED
    session = await talk(here)
    said(session, range(1, 3))
    await until(lambda: words(here) == [1, 2])
    crew.cloud.refuses = None
    number = 3
    while session.info.engines["recognizer"] != "cloud" or here.ears.finals("host", "en")[-1][1][0] != "c":
        assert number < 400
        said(session, range(number, number + 1))
        number += 1
        await asyncio.sleep(0.02)
    await until(lambda: len(words(here)) == number - 1)
    assert words(here) == list(range(1, number))
    assert [state for state in states(here) if state[0] == "recognizer"] == [
        ("recognizer", "home", "failed"),
        ("recognizer", "cloud", "returned"),
    ]
    await session.pause()
    await until(lambda: not session.working)
    assert crew.cloud.open_streams == crew.home.open_streams == 0


async def test_a_recogniser_that_is_not_back_is_tried_again_and_disturbs_nobody(here: Room, crew: Crew) -> None:
    crew.cloud.refuses = REFUSED
    session = await talk(here)
    number = 1
    while len(crew.cloud.opened) < 4:
        assert number < 800
        said(session, range(number, number + 1))
        number += 1
        await asyncio.sleep(0.01)
    await until(lambda: len(words(here)) == number - 1)
    assert words(here) == list(range(1, number))
    assert states(here) == [("recognizer", "home", "failed")]


async def test_a_recogniser_that_takes_sound_and_says_nothing_is_replaced(
    here: Room, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floors, "SILENT_SECONDS", 0.3)
    monkeypatch.setattr(floors, "LOUD", 0.5)
    crew.cloud.mute = True
    session = await talk(here)
    number = 1
    while not states(here):
        assert number < 500
        said(session, range(number, number + 1))
        number += 1
        await asyncio.sleep(0.02)
    await until(lambda: words(here) == list(range(1, number)))


async def test_a_recogniser_that_does_not_open_is_replaced(
    here: Room, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("dragoman.hearing.OPEN_SECONDS", 0.1)
    monkeypatch.setattr(crew.cloud, "open", never)
    session = await talk(here)
    said(session, range(1, 3))
    await until(lambda: words(here) == [1, 2])


async def test_where_all_recognisers_fail_the_first_that_is_back_goes_on(
    here: Room, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floors, "_BACKOFF_SECONDS", (0.05,))
    crew.cloud.refuses, crew.home.refuses = REFUSED, DOWN
    session = await talk(here)
    said(session, range(1, 3))
    await until(lambda: len(crew.home.opened) > 1 and len(crew.cloud.opened) > 1)
    crew.cloud.refuses = None
    await until(lambda: words(here) == [1, 2])


# -- the host changes engines


async def test_changes_in_the_middle_of_a_talk_lose_and_double_nothing(here: Room, crew: Crew) -> None:
    session = await talk(here, "es", "fr")

    async def changing() -> None:
        for turn in range(12):
            name = ("home", "cloud")[turn % 2]
            job = ("recognizer", "translator")[turn // 2 % 2]
            await session.update(Changes(engines={job: name}))
            await asyncio.sleep(0.03)

    change = asyncio.create_task(changing())
    for number in range(1, 121):
        said(session, range(number, number + 1))
        await asyncio.sleep(0.004)
    await change
    await until(lambda: len(here.ears.finals("host", "fr")) == 120)
    await until(lambda: len(here.ears.finals("host", "es")) == 120)
    assert words(here) == list(range(1, 121))
    for tag in ("es", "fr"):
        texts = here.ears.finals("host", tag)
        assert [number for number, _ in texts] == list(range(1, 121))
        assert not any("untranslated" in text for _, text in texts)
    recognised = {text[0] for _, text in here.ears.finals("host", "en")}
    assert recognised == {"c", "w"}, "both had their turn"
    assert all(reason == "chosen" for _, _, reason in states(here))


async def test_a_change_while_nobody_speaks_counts_from_the_next_word_on(here: Room, crew: Crew) -> None:
    session = await talk(here)
    said(session, range(1, 2))
    await until(lambda: words(here) == [1])
    await session.update(Changes(engines={"recognizer": "home"}))
    session.audio("host", speech(0, 0, 0), position=None, seq=None)
    said(session, range(2, 4))
    await until(lambda: words(here) == [1, 2, 3])
    assert here.ears.finals("host", "en")[-1] == (3, "w3")


async def test_the_choice_survives_a_restart(tmp_path: Path, crew: Crew) -> None:
    async with room(tmp_path, pool=crew.pool, terms=terms()) as first:
        session = await talk(first, engines={"translator": "home"})
        await session.update(Changes(engines={"voice": "home"}))
        code = session.record.session_id
    async with room(tmp_path, pool=Crew().pool, terms=terms()) as second:
        session = await second.conference.find(code)
        chosen = session.info.engines
        assert chosen == {"recognizer": "cloud", "translator": "home", "voice": "home", "face": "cloud"}
    async with room(tmp_path) as third:
        # The engines that were chosen are not configured any more.
        assert set((await third.conference.find(code)).info.engines.values()) == {"scripted"}


async def test_only_what_is_configured_and_does_the_job_can_be_chosen(here: Room, crew: Crew) -> None:
    session = await talk(here, "es", "de")
    with pytest.raises(Unsupported, match=r"recognizer:cloud\+home"):
        here.conference.changed(session, (), {"recognizer": "elsewhere"})
    with pytest.raises(Unsupported, match=r"recognizer:cloud\+home"):
        here.conference.changed(session, (), {"tea": "cloud"})
    with pytest.raises(Unsupported, match="no translation from en"):
        here.conference.changed(session, (), {"translator": "home"})
    with pytest.raises(Unsupported, match="hears en only"):
        await here.conference.create(Draft(HOST, "x", "de", ("es",), {"engines": {"recognizer": "home"}}, None))


# -- translators


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


# -- the spoken language is identified


async def test_a_language_that_is_identified_is_kept_told_and_translated_from(here: Room, crew: Crew) -> None:
    draft = Draft(HOST, "A talk", "auto", ("es", "en"), {}, None, candidates=("en", "es"))
    session = await here.conference.create(draft)
    await session.start()
    await session.join("host", HOST, language=None, since=None)
    await session.join("ana", "3f6f5d0a-43e5-4b5c-9c0c-8d8bf0c7a0aa", language="en", since=None)
    session.audio("host", speech(1, 0, 101, 0), position=None, seq=None)
    await until(lambda: len(here.ears.finals("ana", "en")) == 2)
    # She listens to English: what was said in English as it was said, the rest translated; each once.
    assert here.ears.finals("ana", "en") == [(1, "c1"), (2, "cloud:en(c101)")]
    await until(lambda: len(here.ears.finals("host", "es")) == 2)
    assert here.ears.finals("host", "es")[1] == (2, "c101")
    floor = [e for e in here.ears.heard["host"] if isinstance(e, Caption) and e.final and e.floor]
    assert [(e.text, e.spoken) for e in floor] == [("c1", "en"), ("c101", "es")]
    assert (session.info.source, session.info.candidates) == ("en", ("en", "es"))
    kept = await here.store.history(session.record.session_id)
    assert [entry.segment.language for entry in kept] == ["en", "es"]
    assert session.stage.check("en") is None, "an avatar speaks it"


async def test_where_none_can_identify_the_language_the_next_hears_the_one_spoken_last(here: Room, crew: Crew) -> None:
    draft = Draft(HOST, "A talk", "auto", ("fr",), {}, None, candidates=("en", "es"))
    session = await here.conference.create(draft)
    await session.start()
    await session.join("host", HOST, language=None, since=None)
    crew.cloud.refuses = REFUSED
    said(session, range(1, 3))
    await until(lambda: len(here.ears.finals("host", "fr")) == 2)
    assert words(here) == [1, 2]
    assert crew.home.opened[0][0] == "en"


# -- a restart in the middle


async def test_a_restart_goes_on_where_it_stopped_and_asks_the_best_engine_again(tmp_path: Path, crew: Crew) -> None:
    async with room(tmp_path, pool=crew.pool, terms=terms()) as first:
        crew.cloud.refuses = REFUSED
        session = await talk(first)
        code = session.record.session_id
        session.audio("host", speech(1, 0, 2, 0, 3), position=0, seq=0)
        await until(lambda: session.received == 3 * BLOCK)
    crew.cloud.refuses = None
    async with room(tmp_path, pool=crew.pool, terms=terms()) as second:
        session = await second.conference.find(code)
        await session.join("host", HOST, language=None, since=0)
        session.audio("host", speech(0, 3, 0), position=3 * BLOCK, seq=4)
        await until(lambda: len(second.ears.finals("host", "en")) == 3)
        assert second.ears.finals("host", "en") == [(1, "w1"), (2, "w2"), (3, "c3")]
