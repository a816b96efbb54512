"""What the host types goes the way of speech."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.clauses import written
from dragoman.conference import Draft
from dragoman.editing import aloud
from dragoman.errors import Ended, TooMany, WrongState
from dragoman.events import AvatarState, Caption
from dragoman.journal import JournalFailed
from dragoman.lag import lag_ms
from dragoman.modes import BALANCED, CONSECUTIVE, LOW
from dragoman.transcript import records
from pages_shown import of, people, shown
from rooms import HOST, Room, until
from scripted import BLOCK, speech
from test_stage import watch


async def test_what_is_typed_goes_to_the_booths_like_speech(here: Room) -> None:
    session = await here.session("es", "fr")
    await people(here, session, ana="es", luc="fr")
    assert await session.say("Good morning. My name is Ada.") == (1, 2)
    await until(lambda: len(shown(here, "luc", "fr")) == 2)
    assert shown(here, "ana", "es") == {1: "es(Good morning.)", 2: "es(My name is Ada.)"}
    assert shown(here, "host", "en") == {1: "Good morning.", 2: "My name is Ada."}
    captions = [event for event in of(here, "ana", Caption) if event.final]
    assert all(event.typed and event.start == event.end == 0 for event in captions)
    assert [entry["typed"] for entry in records(session.history.snapshot(), floor="en", language="es")] == [True, True]


async def test_it_works_in_a_pause_and_before_any_sound_and_not_before_the_start_or_after_the_end(here: Room) -> None:
    session = await here.session("es")
    await session.pause()
    assert await session.say("One") == (1,)
    await session.start()
    assert await session.say("Two") == (2,)
    await here.conference.end(session)
    with pytest.raises(Ended):
        await session.say("Three")
    assert [entry.segment.text for entry in await here.store.history(session.record.session_id)] == ["One", "Two"]
    fresh = await here.conference.create(Draft(HOST, "A talk", "en", ("es",), {}, None))
    with pytest.raises(WrongState):
        await fresh.say("Too early")


async def test_typing_takes_its_number_in_the_middle_of_a_sentence_and_loses_none_of_it(here: Room) -> None:
    session = await here.session("es")
    await people(here, session, ana="es")
    session.audio("host", speech(1, 2, 3), position=0, seq=0)
    await until(lambda: any(not event.final and event.text == "w1 w2" for event in of(here, "host", Caption)))
    assert await session.say("Excuse me") == (1,)
    # The growing sentence has the next number at once, though nobody has said another word.
    await until(
        lambda: any(
            not event.final and (event.segment_id, event.text) == (2, "es(w1 w2)") for event in of(here, "ana", Caption)
        )
    )
    session.audio("host", speech(4, 0), position=3 * BLOCK, seq=1)
    await until(lambda: len(shown(here, "ana", "es")) == 2)
    assert shown(here, "ana", "es") == {1: "es(Excuse me)", 2: "es(w1 w2 w3 w4)"}
    typed, spoken = (entry.segment for entry in session.history.entries())
    assert (typed.start, typed.end) == (3 * BLOCK, 3 * BLOCK)
    assert (spoken.start, spoken.end) == (0, 4 * BLOCK)


async def test_a_text_that_cannot_be_kept_is_refused_and_nobody_sees_it(
    here: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await here.session("es")
    await people(here, session, ana="es")

    async def full(*_: object) -> None:
        raise JournalFailed("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(type(here.store), "typed", full)
        with pytest.raises(JournalFailed):
            await session.say("Hello")
    assert await session.say("Hello again") == (1,)
    await until(lambda: shown(here, "ana", "es") == {1: "es(Hello again)"})


async def test_who_types_faster_than_booths_work_is_told_to_wait(here: Room) -> None:
    gate = here.translator.gates["es"] = asyncio.Event()
    session = await here.session("es")
    sentences = " ".join(f"This is {number}." for number in range(150))
    await session.say(sentences)
    await session.say(sentences)
    with pytest.raises(TooMany):
        await session.say("One more.")
    gate.set()
    await until(lambda: len(session.history.entry(300).lines) == 1)
    assert await session.say("One more.") == (301,)


async def test_the_lag_of_what_is_typed_counts_from_the_typing(here: Room) -> None:
    session = await here.session("es")
    await people(here, session)
    await watch(session, "es")
    await until(lambda: session.stage.on_air == ("es",))
    await session.say("one two three")
    await until(lambda: any(event.speaking for event in of(here, "host", AvatarState)))
    lag = of(here, "host", AvatarState)[0].lag_ms
    assert lag is not None
    assert lag < 5000
    # A long text is due as if it were read aloud: what comes late in it is not late.
    await session.say("four five six. seven eight nine.")
    third, fourth = (session.history.entry(number).segment for number in (2, 3))
    assert fourth.due - third.due == aloud("four five six.")
    assert lag_ms(fourth, third.due, session._floor_map, starting=True) == 0
    # What is typed meanwhile comes after it.
    await session.say("ten")
    assert session.history.entry(4).segment.due >= fourth.due + aloud("seven eight nine.")


@given(
    text=st.text(st.sampled_from("abc .,;!?\n\u3002\u3042\t-"), max_size=200),
    mode=st.sampled_from([CONSECUTIVE, BALANCED, LOW]),
)
def test_every_word_that_was_typed_is_in_one_clause_once_in_order(text: str, mode) -> None:
    clauses = written(text, "en", mode)
    assert "".join("".join(clauses).split()) == "".join(text.split())
    assert all(clause.strip() == clause != "" for clause in clauses)
