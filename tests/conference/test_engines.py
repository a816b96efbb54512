"""Several engines per job: what fails, hangs or is changed in the middle of a talk costs no word and doubles none."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from crew_talk import DOWN, REFUSED, said, states, talk, words
from crews import Crew, terms
from dragoman import floor as floors
from dragoman.conference import Draft
from dragoman.errors import Unsupported
from dragoman.events import Caption, EngineState, Notice
from dragoman.portrait import Changes
from rooms import HOST, Room, room, until
from scripted import BLOCK, speech

pytestmark = pytest.mark.usefixtures("crew")


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


async def test_a_trial_that_tells_nothing_is_made_again(
    here: Room, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All have failed and one that is due is asked; the talk pauses before anything is known of it."""
    monkeypatch.setattr(floors, "_BACKOFF_SECONDS", (0.05,))
    crew.cloud.refuses, crew.home.refuses = REFUSED, REFUSED
    session = await talk(here)
    said(session, range(1, 2))
    await until(lambda: len(crew.home.opened) > 1)
    # It takes the sound and ends without a word, as one does that was given nothing but noise.
    crew.cloud.refuses, crew.cloud.mute = None, True
    tried = len(crew.cloud.opened)
    await until(lambda: len(crew.cloud.opened) > tried)
    await session.pause()
    await until(lambda: not session.working)
    crew.cloud.mute, crew.home.refuses = False, None
    await session.start()
    number = 2
    while ("recognizer", "cloud", "returned") not in states(here):
        assert number < 400
        said(session, range(number, number + 1))
        number += 1
        await asyncio.sleep(0.02)


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
