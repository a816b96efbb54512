"""The host takes back and corrects, while the talk goes on and after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from crews import Crew, terms
from dragoman.conference import Draft
from dragoman.engines.pool import Pool
from dragoman.errors import NotFound, Unsupported, WrongState
from dragoman.events import AvatarState, Caption, SegmentCorrected, SegmentRetracted
from dragoman.transcript import records, render
from pages_shown import of, people, shown
from rooms import HOST, Room, room, until
from scripted import ScriptedFace, speech
from test_stage import watch

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
    # What is said now goes last, or the avatar might begin with the next one before that is gone.
    for number in (waiting, *reversed(first)):
        await session.retract(number)
    await until(lambda: any(event.segment_id == last and not event.speaking for event in of(here, "host", AvatarState)))
    states = [(event.segment_id, event.speaking) for event in of(here, "host", AvatarState)]
    assert states == [(1, True), (1, False), (last, True), (last, False)]


class DirectSpeaker:
    """A provider's avatar, connected to one listener; it goes on until it may end."""

    lost = False

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


async def test_who_comes_while_a_line_is_made_once_more_has_it_too(here: Room) -> None:
    session = await here.session("es", "ca")
    await people(here, session, ana="es", pau="ca")
    session.audio("host", speech(1, 0, 2, 0), position=0, seq=0)
    await until(lambda: len(shown(here, "ana", "es")) == len(shown(here, "pau", "ca")) == 2)
    gate = here.translator.gates["es"] = asyncio.Event()
    await session.correct(1, "en", "one")
    await session.join("late", str(uuid4()), language="es", since=0)
    await session.tune(session.audience.seat("pau"), "es", 0)
    gate.set()
    await until(lambda: shown(here, "ana", "es").get(1) == "es(one)")
    for socket in ("late", "pau"):
        await until(lambda socket=socket: shown(here, socket, "es") == {1: "es(one)", 2: "es(w2)"})
    assert here.ears.finals("ana", "es") == [(1, "es(w1)"), (2, "es(w2)")], "ana has had it, and is told what changes"


async def test_corrections_in_a_pause_reach_everybody_however_quickly_they_come(here: Room) -> None:
    session = await here.session("es")
    await people(here, session, ana="es")
    session.audio("host", speech(1, 0, 2, 0, 3, 0), position=0, seq=0)
    await until(lambda: len(shown(here, "ana", "es")) == 3)
    await session.pause()
    assert await session._team.drained(10)
    gate = here.translator.gates["es"] = asyncio.Event()
    await session.correct(1, "en", "one")
    await asyncio.sleep(0.05)
    await session.correct(3, "en", "three")
    gate.set()
    made = [SegmentCorrected(1, "es", "es(one)"), SegmentCorrected(3, "es", "es(three)")]
    await until(lambda: [e for e in of(here, "ana", SegmentCorrected) if e.language == "es"] == made)


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


async def test_two_corrections_at_once_after_the_end_leave_the_line_of_the_later_one(here: Room) -> None:
    session = await here.session("es")
    session.audio("host", speech(1, 0), position=0, seq=0)
    await until(lambda: session.history.last_id == 1)
    await here.conference.end(session)
    record = await here.conference.record(session.record.session_id)
    await asyncio.gather(*(here.conference.correct(record, 1, "en", text) for text in ("one", "two")))
    (entry,) = await here.store.history(record.session_id)
    assert (entry.segment.text, entry.lines["es"].text) == ("two", "es(two)")


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
    await until(lambda: any(caption.source_tail == "w2" for caption in of(here, "host", Caption)))
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
