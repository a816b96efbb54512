"""Listeners with avatars of their own: each at its own pace, and people are told once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from dragoman import direct as directs
from dragoman.cast import Cast, Span
from dragoman.clock import FloorMap, MediaClock
from dragoman.direct import Direct
from dragoman.engines.protocols import Attendance, Listed, Look, Relay, Usage, unattended
from dragoman.errors import EngineFailed, Full, Unavailable
from dragoman.events import AvatarState, PaceHint
from dragoman.history import History
from dragoman.modes import CONSECUTIVE, Mode
from dragoman.speech import FLOOR_RATE, MEDIA_RATE, Line, Segment
from rooms import until
from scripted import ScriptedFace, ScriptedVoice


class Speaker:
    """Says a line at once, when `gate` lets it."""

    def __init__(self) -> None:
        self.gate, self.turn, self.over = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.gate.set()
        self.turn.set()
        self.said: list[str] = []
        self.failures = 0
        self.closed = False
        self.lost = self.breaks = False
        """breaks: its connection is lost in the middle of the next line"""

    async def connect(self, offer: str, *, patience: float) -> str:
        async with asyncio.timeout(patience):
            await self.turn.wait()
        return f"answer to {offer}"

    async def say(self, text: str, voice: str, language: str, *, rate: float, begun: Callable[[], None]) -> None:
        begun()
        # A line lasts a little: the others begin meanwhile.
        await asyncio.sleep(0.05)
        await self.gate.wait()
        self.lost = self.lost or self.breaks
        if self.lost:
            raise EngineFailed("the connection is over")
        if self.failures:
            self.failures -= 1
            raise EngineFailed("scripted")
        self.said.append(text)

    async def ended(self) -> bool:
        await self.over.wait()
        return False

    async def close(self) -> None:
        self.closed = True


class Face(ScriptedFace):
    """Gives each listener a Speaker."""

    direct = True

    def __init__(self) -> None:
        super().__init__()
        self.speakers: list[Speaker] = []
        self.prepared: list[Speaker] = []
        """to be given first"""

    def speaker(self, look: Look, usage: Usage, attendance: Attendance = unattended) -> Speaker:
        self.speakers.append(self.prepared.pop(0) if self.prepared else Speaker())
        return self.speakers[-1]

    async def relay(self) -> Relay:
        return Relay((), "", "")

    def presenters(self) -> list[Listed]:
        return []


class Talk:
    """A history with lines, the listeners, and what people are told."""

    def __init__(self, mode: Mode = CONSECUTIVE) -> None:
        self.face, self.history, self.clock, self.floor = Face(), History(), MediaClock(), FloorMap()
        self.states: list[tuple[int, bool]] = []
        self.condensings: list[int] = []
        self.position = 0
        self.cast = Cast(ScriptedVoice(), self.face, Look("lisa"), lambda tag: f"{tag}-f", direct=self.face)
        self.direct = Direct(
            self.face,
            self.history,
            cast=self.cast,
            span=Span(self.floor, self.clock, lambda: mode),
            most=5,
            report=self,
            spoken=lambda _language: self.history.last_id,
            handed=lambda _language: 0,
        )

    def avatar(self, state: AvatarState) -> None:
        self.states.append((state.segment_id, state.speaking))

    def condensed(self, language: str, segment_id: int) -> None:
        self.condensings.append(segment_id)

    def hint(self, hint: PaceHint) -> None:
        pass

    def say(self, text: str, language: str = "es", *, late: int = 0) -> None:
        """late: ms since the speaker said it."""
        start, self.position = self.position, self.position + FLOOR_RATE // 10
        self.floor.pause()
        self.floor.arrived(start, self.position, self.clock.now() - late * MEDIA_RATE // 1000)
        number = self.history.last_id + 1
        self.history.add(Segment(number, start, self.position, text, 0))
        self.history.add_line(Line(number, language, text))
        self.direct.line_added(language)


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    made = Talk()
    yield made
    await made.direct.close()
    assert all(speaker.closed for speaker in made.face.speakers)


async def test_who_hangs_delays_nobody_and_people_are_told_once(talk: Talk) -> None:
    assert await talk.direct.connect("ana", "es", "offer") == "answer to offer"
    await talk.direct.connect("luc", "es", "offer")
    ana, luc = talk.face.speakers
    luc.gate.clear()
    talk.say("uno")
    talk.say("dos")
    await until(lambda: ana.said == ["uno", "dos"])
    await until(lambda: talk.states == [(1, True), (2, True), (2, False)])
    assert luc.said == []
    luc.gate.set()
    await until(lambda: luc.said == ["uno", "dos"])
    await until(lambda: talk.states == [(1, True), (2, True), (2, False), (1, False)])


async def test_a_line_that_fails_is_asked_for_again(talk: Talk) -> None:
    await talk.direct.connect("ana", "es", "offer")
    (ana,) = talk.face.speakers
    ana.failures = 1
    talk.say("uno")
    await until(lambda: ana.said == ["uno"])


async def test_only_the_lines_of_the_language_are_said_and_from_the_change_on_those_of_the_other(talk: Talk) -> None:
    await talk.direct.connect("ana", "es", "offer")
    (ana,) = talk.face.speakers
    talk.say("uno")
    await until(lambda: ana.said == ["uno"])
    talk.direct.tune("ana", "fr")
    talk.say("deux", "fr")
    await until(lambda: ana.said == ["uno", "deux"])
    assert talk.direct.viewers() == {"fr": 1}


async def test_what_is_taken_back_is_not_said_to_its_end(talk: Talk) -> None:
    await talk.direct.connect("ana", "es", "offer")
    (ana,) = talk.face.speakers
    ana.gate.clear()
    talk.say("uno")
    await until(lambda: talk.states == [(1, True)])
    talk.history.retract(1)
    talk.direct.retract(1)
    await until(lambda: talk.states == [(1, True), (1, False)])
    ana.gate.set()
    talk.say("dos")
    await until(lambda: ana.said == ["dos"])


async def test_what_comes_too_late_is_left_to_the_captions() -> None:
    talk = Talk()
    await talk.direct.connect("ana", "es", "offer")
    talk.say("uno", late=120_000)
    talk.say("dos")
    await until(lambda: talk.face.speakers[0].said == ["dos"])
    assert talk.condensings == [1]
    await talk.direct.close()


async def test_a_newer_offer_of_a_client_takes_the_place_of_the_older(talk: Talk) -> None:
    await talk.direct.connect("ana", "es", "offer")
    await talk.direct.connect("ana", "es", "newer")
    assert talk.direct.viewers() == {"es": 1}
    await until(lambda: talk.face.speakers[0].closed)
    talk.say("uno")
    await until(lambda: talk.face.speakers[1].said == ["uno"])
    assert talk.face.speakers[0].said == []


async def test_who_has_to_wait_long_is_told_so_and_keeps_its_place(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directs, "TURN_SECONDS", 0.05)
    waiting = Speaker()
    waiting.turn.clear()
    talk.face.prepared.append(waiting)
    with pytest.raises(Unavailable, match="queue"):
        await talk.direct.connect("ana", "es", "offer")
    waiting.turn.set()
    assert await talk.direct.connect("ana", "es", "again") == "answer to again"
    assert talk.face.speakers == [waiting]


async def test_who_does_not_come_back_leaves_the_queue(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directs, "TURN_SECONDS", 0.01)
    monkeypatch.setattr(directs, "QUEUED_SECONDS", 0.01)
    waiting = Speaker()
    waiting.turn.clear()
    talk.face.prepared.append(waiting)
    with pytest.raises(Unavailable):
        await talk.direct.connect("ana", "es", "offer")
    await until(lambda: waiting.closed)
    assert talk.direct.viewers() == {}


async def test_a_connection_that_is_over_leaves_its_place(talk: Talk) -> None:
    await talk.direct.connect("ana", "es", "offer")
    talk.face.speakers[0].over.set()
    await until(lambda: talk.direct.viewers() == {})
    await until(lambda: talk.face.speakers[0].closed)


async def test_there_are_so_many_places(talk: Talk) -> None:
    for number in range(5):
        await talk.direct.connect(f"client {number}", "es", "offer")
    with pytest.raises(Full):
        await talk.direct.connect("ana", "es", "offer")


async def broken(talk: Talk, client: str, *lines: str) -> None:
    """These come; the connection is lost in the middle of the first, and some time later it has ended."""
    speaker = talk.face.speakers[-1]
    speaker.breaks = True
    for line in lines:
        talk.say(line)
    await until(lambda: speaker.lost)
    await asyncio.sleep(0.1)
    speaker.over.set()
    await until(lambda: client not in talk.direct._listeners)


async def test_what_broke_off_with_the_connection_and_what_waited_is_said_when_the_listener_is_back(talk: Talk) -> None:
    talk.say("nobody")
    await talk.direct.connect("ana", "es", "offer")
    await broken(talk, "ana", "uno", "dos", "tres")
    assert talk.direct.heard("ana") == 1, "who is handed over to a channel for all hears it there"
    await talk.direct.connect("ana", "es", "again")
    talk.say("cuatro")
    await until(lambda: talk.face.speakers[1].said == ["uno", "dos", "tres", "cuatro"])
    assert talk.states[:2] == [(2, True), (2, False)]


async def test_a_line_in_which_every_connection_is_lost_is_said_again_once(talk: Talk) -> None:
    await talk.direct.connect("ana", "es", "offer")
    await broken(talk, "ana", "uno", "dos")
    await talk.direct.connect("ana", "es", "again")
    await broken(talk, "ana")
    await talk.direct.connect("ana", "es", "and again")
    await broken(talk, "ana")
    await talk.direct.connect("ana", "es", "and once more")
    await until(lambda: talk.face.speakers[3].said == ["dos"])


async def test_who_left_and_comes_back_has_missed_what_was_said_meanwhile(talk: Talk) -> None:
    await talk.direct.connect("ana", "es", "offer")
    await broken(talk, "ana", "uno")
    talk.direct.detach("ana")
    await talk.direct.connect("ana", "es", "again")
    talk.say("dos")
    await until(lambda: talk.face.speakers[1].said == ["dos"])
