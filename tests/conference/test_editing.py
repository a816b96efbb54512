"""The host types, takes back and corrects, while the talk goes on and after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crews import Crew, terms
from dragoman.clauses import written
from dragoman.conference import Draft
from dragoman.editing import aloud
from dragoman.engines.pool import Pool
from dragoman.errors import Ended, NotFound, TooMany, Unsupported, WrongState
from dragoman.events import AvatarState, Caption, Event, SegmentCorrected, SegmentRetracted
from dragoman.journal import JournalFailed
from dragoman.lag import lag_ms
from dragoman.modes import BALANCED, CONSECUTIVE, LOW
from dragoman.session import Session
from dragoman.transcript import records, render
from rooms import HOST, Room, room, until
from scripted import BLOCK, ScriptedFace, speech
from test_stage import watch


async def people(here: Room, session: Session, **languages: str) -> None:
    """The host, and listeners by name."""
    await session.join("host", HOST, language=None, since=None)
    for name, language in languages.items():
        await session.join(name, str(uuid4()), language=language, since=None)


def of(here: Room, socket: str, kind: type[Event]) -> list[Event]:
    return [event for event in here.ears.heard.get(socket, []) if isinstance(event, kind)]


def shown(here: Room, socket: str, language: str) -> dict[int, str]:
    """What a page of this socket shows in a language: finals as they came, corrected and retracted."""
    page: dict[int, str] = {}
    for event in here.ears.heard.get(socket, []):
        match event:
            case Caption(final=True) if event.language == language and not event.retracted:
                assert event.segment_id not in gone(here, socket, event), "a retracted line came out"
                page[event.segment_id] = event.text
            case SegmentCorrected() if event.language == language and event.segment_id in page:
                page[event.segment_id] = event.text
            case SegmentRetracted():
                page.pop(event.segment_id, None)
    return page


def gone(here: Room, socket: str, upto: Event) -> set[int]:
    before = here.ears.heard[socket][: here.ears.heard[socket].index(upto)]
    return {event.segment_id for event in before if isinstance(event, SegmentRetracted)}


# -- typing


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


# -- retracting


async def test_a_retracted_segment_is_gone_everywhere_at_once_and_after_a_restart(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        session = await here.session("es", "ca")
        await people(here, session, ana="es", pau="ca")
        session.audio("host", speech(1, 0, 2, 0), position=0, seq=0)
        await until(lambda: len(shown(here, "ana", "es")) == 2 and len(shown(here, "pau", "ca")) == 2)
        await session.retract(1)
        assert shown(here, "ana", "es") == {2: "es(w2)"}
        assert shown(here, "pau", "ca") == {2: "ca(w2)"}
        assert shown(here, "host", "en") == {2: "w2"}
        with pytest.raises(NotFound):
            await session.retract(3)
        await session.retract(1)
        code = session.record.session_id
    async with room(tmp_path) as here:
        session = here.conference.running(code)
        kept = session.history.entry(1)
        assert (kept.segment.text, kept.segment.retracted, kept.lines) == ("", True, {})
        await session.join("late", str(uuid4()), language="es", since=0)
        first, second = (event for event in of(here, "late", Caption))
        assert (first.segment_id, first.language, first.text, first.source_text) == (1, "es", "", "")
        assert first.retracted
        assert second.text == "es(w2)"
        # Who was away when it happened, and has the segment, hears of it too.
        await session.join("back", str(uuid4()), language="ca", since=2)
        assert of(here, "back", SegmentRetracted) == [SegmentRetracted(1)]
        assert of(here, "back", Caption) == []
        await asyncio.sleep(0.1)
        assert session.history.entry(1).lines == {}
        for form in ("vtt", "srt", "txt"):
            for language in ("en", "es"):
                assert "w1" not in render(session.history.snapshot(), form, floor="en", language=language)
        for language in ("es", "*"):
            record = records(session.history.snapshot(), floor="en", language=language)[0]
            assert record["retracted"]
            assert record["sourceText"] == ""


async def test_a_line_that_is_being_translated_never_comes_out(here: Room) -> None:
    gate = here.translator.gates["ca"] = asyncio.Event()
    session = await here.session("es", "ca")
    await people(here, session, pau="ca")
    session.audio("host", speech(1, 0, 2, 0), position=0, seq=0)
    await until(lambda: session.history.last_id == 2 and len(shown(here, "host", "es")) == 2)
    await session.retract(1)
    gate.set()
    await until(lambda: len(shown(here, "pau", "ca")) == 1)
    assert shown(here, "pau", "ca") == {2: "ca(w2)"}
    kept = await here.store.history(session.record.session_id)
    assert kept[0].lines == {}


async def test_the_database_holds_nothing_of_it(here: Room) -> None:
    session = await here.session("es")
    await session.say("Grotesk")
    await until(lambda: len(session.history.entry(1).lines) == 1)
    await session.retract(1)
    (entry,) = await here.store.history(session.record.session_id)
    assert (entry.segment.text, entry.lines) == ("", {})


async def test_an_avatar_leaves_out_what_has_not_begun_and_stops_what_it_is_saying(here: Room) -> None:
    session = await here.session("es")
    await people(here, session)
    _, viewer = await watch(session, "es")
    await until(lambda: len(viewer.packets) > 10)
    # 3 s, then what waits for it.
    await session.say(" ".join(f"long{number}," for number in range(30)).replace(",", ""))
    first = tuple(range(1, session.history.last_id + 1))
    await session.say("Wait here.")
    waiting = session.history.last_id
    await session.say("And I come last.")
    last = session.history.last_id
    await until(lambda: any(event.segment_id == 1 and event.speaking for event in of(here, "host", AvatarState)))
    for number in (*first, waiting):
        await session.retract(number)
    await until(lambda: any(event.segment_id == last and not event.speaking for event in of(here, "host", AvatarState)))
    states = [(event.segment_id, event.speaking) for event in of(here, "host", AvatarState)]
    assert states == [(1, True), (1, False), (last, True), (last, False)]


class DirectSpeaker:
    """A provider's avatar, connected to one listener; it goes on until it may end."""

    def __init__(self, face: DirectFaces) -> None:
        self._face = face

    async def connect(self, offer: str, *, patience: float) -> str:
        return "answer"

    async def say(self, text: str, voice: str, language: str, *, rate: float, begun: Callable[[], None]) -> None:
        self._face.said.append(text)
        begun()
        try:
            await self._face.gate.wait()
        except asyncio.CancelledError:
            self._face.hushed.append(text)
            raise

    async def ended(self) -> bool:
        await asyncio.Event().wait()
        return False

    async def close(self) -> None:
        pass


class DirectFaces(ScriptedFace):
    direct = True

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.hushed: list[str] = []
        self.gate = asyncio.Event()

    def presenters(self) -> tuple[()]:
        return ()

    def speaks(self, look: object) -> bool:
        return True

    def present(self, look: object, language: str, usage: object, attendance: object = None) -> None:
        raise NotImplementedError

    def speaker(self, look: object, usage: object, attendance: object = None) -> DirectSpeaker:
        return DirectSpeaker(self)

    async def relay(self) -> None:
        raise NotImplementedError


async def test_a_providers_avatar_stops_too_and_goes_on_with_the_next_line(here: Room) -> None:
    face = DirectFaces()
    here.conference.pool = Pool.of(replace(here.conference.pool.best, face=face))
    session = await here.session("es")
    await session.stage.direct.connect(str(uuid4()), "es", "offer")
    for text in ("One.", "Two.", "Three."):
        await session.say(text)
    await until(lambda: len(face.said) == 1 and session.history.last_id == 3)
    await session.retract(2)
    await session.retract(1)
    await until(lambda: len(face.said) == 2)
    assert face.said == ["es(One.)", "es(Three.)"]
    assert face.hushed == ["es(One.)"]
    face.gate.set()
    await session.say("Four.")
    await until(lambda: face.said[-1] == "es(Four.)")


# -- correcting


async def test_a_corrected_line_is_shown_kept_and_not_overruled(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        session = await here.session("es", "ca")
        await people(here, session, ana="es", pau="ca")
        session.audio("host", speech(1, 0), position=0, seq=0)
        await until(lambda: len(shown(here, "pau", "ca")) == 1)
        await session.correct(1, "es-MX", "uno")
        assert shown(here, "ana", "es") == {1: "uno"}
        assert shown(here, "pau", "ca") == {1: "ca(w1)"}
        assert SegmentCorrected(1, "es", "uno") in of(here, "pau", SegmentCorrected)
        # What the speaker said is corrected: what a booth made of it is made anew, what the host wrote stays.
        await session.correct(1, "en", "one")
        await until(lambda: shown(here, "pau", "ca") == {1: "ca(one)"})
        assert shown(here, "ana", "es") == {1: "uno"}
        assert shown(here, "host", "en") == {1: "one"}
        code = session.record.session_id
    async with room(tmp_path) as here:
        session = here.conference.running(code)
        entry = session.history.entry(1)
        assert entry.segment.text == "one"
        assert {tag: line.text for tag, line in entry.lines.items()} == {"es": "uno", "ca": "ca(one)"}
        await session.join("back", str(uuid4()), language="es", since=1)
        assert of(here, "back", SegmentCorrected) == [SegmentCorrected(1, "es", "uno")]
        with pytest.raises(Unsupported):
            await session.correct(1, "de", "eins")
        with pytest.raises(NotFound):
            await session.correct(2, "es", "dos")
        await session.retract(1)
        with pytest.raises(WrongState):
            await session.correct(1, "es", "uno")


async def test_a_correction_overtakes_a_booth_that_is_still_at_work(here: Room) -> None:
    gate = here.translator.gates["ca"] = asyncio.Event()
    session = await here.session("es", "ca")
    await people(here, session, pau="ca")
    session.audio("host", speech(1, 0, 2, 0), position=0, seq=0)
    await until(lambda: session.history.last_id == 2 and len(shown(here, "host", "es")) == 2)
    await session.correct(1, "en", "one")
    await session.correct(2, "ca", "dos")
    gate.set()
    await until(lambda: session.history.entry(1).lines.keys() == {"es", "ca"})
    await until(lambda: shown(here, "host", "es") == {1: "es(one)", 2: "es(w2)"})
    assert shown(here, "pau", "ca")[1] == "ca(one)"
    kept = await here.store.history(session.record.session_id)
    assert [{tag: line.text for tag, line in entry.lines.items()} for entry in kept] == [
        {"es": "es(one)", "ca": "ca(one)"},
        {"es": "es(w2)", "ca": "dos"},
    ]


async def test_what_waits_for_the_avatar_is_said_as_corrected_and_in_its_turn(here: Room) -> None:
    session = await here.session("es")
    await people(here, session)
    _, viewer = await watch(session, "es")
    await until(lambda: len(viewer.packets) > 10)
    await session.say("one two three four five six seven eight.")
    await session.say("Wrong.")
    await session.say("Last.")
    await until(lambda: ("es-f", "es(Wrong.)") in here.voice.said)
    await session.correct(2, "es", "Right.")
    await until(lambda: any(event.segment_id == 3 and not event.speaking for event in of(here, "host", AvatarState)))
    states = [(event.segment_id, event.speaking) for event in of(here, "host", AvatarState)]
    assert states == [(number, speaking) for number in (1, 2, 3) for speaking in (True, False)]
    assert ("es-f", "Right.") in here.voice.said


async def test_after_the_end_segments_can_still_be_corrected_and_retracted(here: Room) -> None:
    session = await here.session("es", "ca")
    session.audio("host", speech(1, 0, 2, 0, 3, 0), position=0, seq=0)
    await until(lambda: session.history.last_id == 3)
    await here.conference.end(session)
    record = await here.conference.record(session.record.session_id)
    await here.conference.correct(record, 1, "es", "uno")
    await here.conference.correct(record, 1, "en", "one")
    await here.conference.retract(record, 2)
    await here.conference.retract(record, 2)
    with pytest.raises(NotFound):
        await here.conference.retract(record, 4)
    with pytest.raises(WrongState):
        await here.conference.correct(record, 2, "es", "dos")
    with pytest.raises(Unsupported):
        await here.conference.correct(record, 1, "de", "eins")
    kept = await here.store.history(record.session_id)
    assert [entry.segment.text for entry in kept] == ["one", "", "w3"]
    assert {tag: line.text for tag, line in kept[0].lines.items()} == {"es": "uno", "ca": "ca(one)"}
    assert kept[1].lines == {}


async def test_where_several_languages_are_spoken_the_one_of_the_segment_is_the_floors(tmp_path: Path) -> None:
    async with room(tmp_path, pool=Crew().pool, terms=terms()) as here:
        draft = Draft(HOST, "A talk", "auto", ("es", "en"), {}, None, candidates=("en", "es"))
        session = await here.conference.create(draft)
        await session.start()
        await people(here, session, ana="es", joe="en")
        session.audio("host", speech(1, 0, 101, 0), position=0, seq=0)
        await until(lambda: len(shown(here, "ana", "es")) == 2 and len(shown(here, "joe", "en")) == 2)
        english, spanish = (entry.segment for entry in session.history.entries())
        assert (english.language, spanish.language) == ("en", "es")
        # The host puts right what was said: everybody who hears it in another language gets it anew.
        await session.correct(2, "es", "hola")
        await until(lambda: shown(here, "ana", "es")[2] == "hola" and "hola" in shown(here, "joe", "en")[2])
        assert session.history.entry(2).segment.text == "hola"
        assert not any(event.text == "hola" for event in of(here, "joe", SegmentCorrected) if event.language == "en")
        assert [event.text for event in of(here, "host", Caption) if event.final and event.floor][-1] == "hola"
        # And what a booth made of it.
        await session.correct(2, "en", "hello")
        assert shown(here, "joe", "en")[2] == "hello"
        assert session.history.entry(2).segment.text == "hola"
        assert shown(here, "ana", "es")[2] == "hola"


# -- deleting


async def test_a_deleted_session_is_gone_while_it_runs_and_after_its_end(here: Room) -> None:
    running, over = await here.session("es"), await here.session("es")
    await people(here, running, ana="es")
    running.audio("host", speech(1, 2), position=0, seq=0)
    await here.conference.end(over)
    for session in (running, over):
        await here.conference.delete(await here.conference.record(session.record.session_id))
        with pytest.raises(NotFound):
            await here.conference.record(session.record.session_id)
        assert await here.store.history(session.record.session_id) == []
    assert type(here.ears.heard["ana"][-1]).__name__ == "SessionOver"
    assert len(running.audience) == 0
    assert len(here.conference) == 0


# -- all together


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("speak"), st.integers(0, 3)),
        st.tuples(st.just("type"), st.integers(1, 3)),
        st.tuples(st.just("retract"), st.integers(0, 5)),
        st.tuples(st.just("correct"), st.integers(0, 5)),
        st.tuples(st.just("breathe"), st.integers(1, 3)),
    ),
    min_size=3,
    max_size=25,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
@pytest.mark.parametrize("letter", ["w", "c"], ids=["booths", "lines come with the recognition"])
def test_whatever_the_host_does_nothing_is_lost_or_doubled(
    tmp_path_factory: pytest.TempPathFactory, letter: str, steps
) -> None:
    asyncio.run(_rehearse(tmp_path_factory.mktemp("steps"), steps, letter))


async def _rehearse(directory: Path, steps: list[tuple[str, int]], letter: str) -> None:
    crew = {"pool": Crew().pool, "terms": terms()} if letter == "c" else {}
    async with room(directory, **crew) as here:
        session = await here.session("es", "fr")
        await people(here, session, ana="es", luc="fr")
        spoken: list[str] = []
        typed: list[str] = []
        retracted: set[int] = set()
        at = 0
        for step, number in steps:
            match step:
                case "speak":
                    words = [len(spoken) + 1 + offset for offset in range(number)]
                    spoken += [f"{letter}{word}" for word in words]
                    session.audio("host", speech(*words, *([0] if number == 3 else [])), position=None, seq=None)
                case "type":
                    text = f"t{len(typed) + 1}"
                    typed.append(text)
                    await session.say(text)
                case "retract" if session.history.last_id:
                    which = 1 + number % session.history.last_id
                    retracted.add(which)
                    await session.retract(which)
                case "correct" if session.history.last_id:
                    which = 1 + number % session.history.last_id
                    if which not in retracted:
                        at += 1
                        await session.correct(
                            which, ("en", "es")[at % 2], f"{session.history.entry(which).segment.text}"
                        )
                case "breathe":
                    await asyncio.sleep(0.002 * number)
        session.audio("host", speech(0), position=None, seq=None)
        await session.pause()
        assert await session._team.drained(30)
        entries = session.history.entries()
        assert [entry.segment.id for entry in entries] == list(range(1, len(entries) + 1))
        left = [entry for entry in entries if not entry.segment.retracted]
        assert {entry.segment.id for entry in entries} - {entry.segment.id for entry in left} == retracted
        if not retracted:
            said = " ".join(entry.segment.text for entry in entries if not entry.segment.typed).split()
            assert said == spoken
        texts = [entry.segment.text for entry in entries if entry.segment.typed and not entry.segment.retracted]
        assert len(texts) == len(set(texts))
        for name, language in (("ana", "es"), ("luc", "fr"), ("host", "en")):
            expected = {
                entry.segment.id: entry.segment.text if language == "en" else entry.lines[language].text
                for entry in left
            }
            assert shown(here, name, language) == expected
        kept = await here.store.history(session.record.session_id)
        assert [(entry.segment.id, entry.segment.text) for entry in kept] == [
            (entry.segment.id, entry.segment.text) for entry in entries
        ]
        assert [{tag: line.text for tag, line in entry.lines.items()} for entry in kept] == [
            {tag: line.text for tag, line in entry.lines.items()} for entry in entries
        ]
