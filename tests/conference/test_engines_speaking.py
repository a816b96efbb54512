"""Several voices and faces: what one cannot say or show the next does, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from crews import QUICK, Crew, terms
from dragoman import interpreters
from dragoman.company import Company
from dragoman.conference import Draft
from dragoman.engines.protocols import Attendance, Listed, Look, Said, Usage, unattended
from dragoman.errors import EngineFailed, Unsupported
from dragoman.events import AvatarState, EngineState, Notice
from dragoman.fallback import Patience
from dragoman.packets import Packet
from dragoman.portrait import Changes
from dragoman.session import Session
from dragoman.speech import MEDIA_RATE, Utterance
from rooms import HOST, Room, room, until
from scripted import ScriptedFace, ScriptedVoice, speech

REFUSED = EngineFailed("401", lasting=True)


class Screen:
    """A viewer."""

    def show(self, packets: Sequence[Packet]) -> None:
        pass

    def over(self) -> None:
        pass


pytestmark = pytest.mark.usefixtures("crew")


async def watched(here: Room, **options: object) -> Session:
    """A started session whose Spanish is watched and whose host listens."""
    draft = Draft(
        HOST, "A talk", "en", ("es",), {"avatarCharacter": "jonas", "latencyMode": "consecutive", **options}, None
    )
    session = await here.conference.create(draft)
    await session.start()
    await session.join("host", HOST, language=None, since=None)
    await session.watch("viewer", Screen(), "es")
    session.stage.renew("viewer")
    await until(lambda: here.ears is not None and session.stage.on_air == ("es",))
    return session


def spoken(here: Room) -> list[int]:
    return [e.segment_id for e in here.ears.heard["host"] if isinstance(e, AvatarState) and e.speaking]


def states(here: Room) -> list[tuple[str, str, str]]:
    return [(s.job, s.engine, s.reason) for s in here.ears.heard["host"] if isinstance(s, EngineState)]


async def test_a_line_that_a_voice_fails_at_is_said_by_the_next_in_a_voice_that_suits(here: Room, crew: Crew) -> None:
    crew.cloud_voice.chokes_on = {"cloud>es(c2)"}
    session = await watched(here)
    session.audio("host", speech(1, 0, 2, 0, 3, 0), position=None, seq=None)
    await until(lambda: spoken(here) == [1, 2, 3])
    assert crew.cloud_voice.said == [("cloud-es-m", "cloud>es(c1)"), ("cloud-es-m", "cloud>es(c3)")]
    assert crew.home_voice.said == [("es-m", "cloud>es(c2)")], "a man's voice for a man"


async def test_a_voice_that_hangs_delays_a_line_by_its_timeout_only(
    here: Room, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interpreters, "_MOST_PATIENCE", 0.05)
    crew.cloud_voice.hangs = True
    session = await watched(here)
    session.audio("host", speech(1, 0, 2, 0), position=None, seq=None)
    await until(lambda: spoken(here) == [1, 2])
    assert [text for _, text in crew.home_voice.said] == ["cloud>es(c1)", "cloud>es(c2)"]


async def test_a_voice_that_refuses_is_left_alone_and_used_again_when_it_answers(here: Room, crew: Crew) -> None:
    crew.cloud_voice.broken = REFUSED
    session = await watched(here)
    session.audio("host", speech(1, 0), position=None, seq=None)
    await until(lambda: spoken(here) == [1])
    assert states(here) == [("voice", "home", "failed")]
    crew.cloud_voice.broken = None
    number = 1
    while session.info.engines["voice"] != "cloud":
        number += 1
        assert number < 50
        session.audio("host", speech(number, 0), position=None, seq=None)
        await until(lambda number=number: spoken(here) == list(range(1, number + 1)))
        await asyncio.sleep(0.05)
    assert states(here)[-1] == ("voice", "cloud", "returned")
    texts = [text for _, text in (*crew.home_voice.said, *crew.cloud_voice.said)]
    assert sorted(texts) == sorted(f"cloud>es(c{n})" for n in range(1, number + 1)), "each line was made once"


async def test_a_voice_that_the_host_chose_is_asked_whatever_its_engine(here: Room, crew: Crew) -> None:
    session = await watched(here, targetVoices={"es": "es-f"})
    session.audio("host", speech(1, 0), position=None, seq=None)
    await until(lambda: spoken(here) == [1])
    assert crew.home_voice.said == [("es-f", "cloud>es(c1)")]
    with pytest.raises(Unsupported, match="cloud-es-f, cloud-es-m, es-f, es-m"):
        await session.update(Changes(options={"targetVoices": {"es": "fr-f"}}))


async def test_another_voice_counts_from_the_next_line_on(here: Room, crew: Crew) -> None:
    session = await watched(here)
    session.audio("host", speech(1, 0), position=None, seq=None)
    await until(lambda: spoken(here) == [1])
    await session.update(Changes(engines={"voice": "home"}))
    session.audio("host", speech(2, 0), position=None, seq=None)
    await until(lambda: spoken(here) == [1, 2])
    assert crew.home_voice.said == [("es-m", "cloud>es(c2)")]
    assert states(here) == [("voice", "home", "chosen")]


class Streaming(ScriptedVoice):
    """Gives its first half, then all; breaks after the first half where it is told to."""

    def __init__(self, name: str, mark: str) -> None:
        super().__init__(name, mark)
        self.begun = 0
        self.breaks = False

    async def stream(self, text: str, voice: str, *, rate: float = 1.0) -> AsyncIterator[Utterance]:
        whole = await self.speak(text, voice, rate=rate)
        self.begun += 1
        yield Utterance(whole.pcm[: len(whole.pcm) // 2], whole.visemes)
        if self.breaks:
            raise EngineFailed("scripted")
        yield whole


async def test_a_voice_that_streams_is_passed_on_as_it_comes_and_replaced_before_it_begins(crew: Crew) -> None:
    crew.cloud_voice = Streaming("cloud", "cloud-")
    crew.cloud_voice.chokes_on = {"no"}
    company = _company(crew)
    voice = company.voice.into("es")
    sizes = [len(made.pcm) async for made in voice.stream("yes " * 6, "cloud-es-m")]
    assert sizes == [sizes[-1] // 2, sizes[-1]]
    assert crew.cloud_voice.begun == 1
    made = [len(one.pcm) async for one in voice.stream("no no", "cloud-es-m")]
    assert len(made) == 1
    assert crew.home_voice.said == [("es-m", "no no")]


@pytest.mark.parametrize("words", [2, 12])
async def test_a_voice_that_breaks_off_is_asked_no_more_for_a_while(crew: Crew, words: int) -> None:
    """Before its head start is there the next one says it; after that, when it is asked for again."""
    crew.cloud_voice = voice = Streaming("cloud", "cloud-")
    voice.breaks = True
    company = _company(crew, Patience(failing=60.0, first=60.0))
    text = " ".join(["yes"] * words)
    sizes = list[int]()
    for _ in range(3):
        with suppress(EngineFailed):
            async for one in company.voice.into("es").stream(text, "cloud-es-m"):
                sizes.append(len(one.pcm))
    whole = words * MEDIA_RATE // 10
    assert sizes == ([whole] * 3 if words == 2 else [whole // 2, whole, whole])
    assert voice.begun == (3 if words == 2 else 1), "what nobody heard is borne with like other failures"


async def test_a_voice_on_trial_has_answered_when_a_line_is_whole_and_what_was_not_wanted_is_no_trial(
    crew: Crew,
) -> None:
    crew.cloud_voice = voice = Streaming("cloud", "cloud-")
    told = list[EngineState | Notice]()
    company = _company(crew, Patience(failing=60.0, first=0.0, longest=0.0), told)

    async def said() -> list[int]:
        with suppress(EngineFailed):
            return [len(one.pcm) async for one in company.voice.into("es").stream("yes " * 12, "cloud-es-m")]
        return []

    voice.breaks = True
    for _ in range(3):
        assert await said() == []
    given_up = company.voice.into("es").stream("yes " * 12, "cloud-es-m")
    await anext(given_up)
    await given_up.aclose()
    states = [one.reason for one in told if isinstance(one, EngineState)]
    assert states == ["failed"], "told once"
    voice.breaks = False
    assert len(await said()) == 2
    assert [one.reason for one in told if isinstance(one, EngineState)] == ["failed", "returned"]


def _company(crew: Crew, patience: Patience | None = None, told: list[EngineState | Notice] | None = None) -> Company:
    return Company(
        crew.pool,
        terms(patience=patience or QUICK),
        options=dict,
        usage={},
        tell=([] if told is None else told).append,
        time=lambda: asyncio.get_running_loop().time(),
    )


async def test_a_face_that_cannot_be_opened_is_replaced(here: Room, crew: Crew) -> None:
    crew.cloud_face.broken = REFUSED
    session = await watched(here)
    session.audio("host", speech(1, 0), position=None, seq=None)
    await until(lambda: spoken(here) == [1])
    assert len(crew.home_face.looks) == 1
    assert states(here) == [("face", "home", "failed")]
    assert session.info.engines["face"] == "home"


async def test_another_face_takes_over_at_once_and_no_line_is_lost_or_said_twice(here: Room, crew: Crew) -> None:
    session = await watched(here)
    session.audio("host", speech(1, 0), position=None, seq=None)
    await until(lambda: spoken(here) == [1])
    await session.update(Changes(engines={"face": "home"}))
    session.audio("host", speech(2, 0, 3, 0), position=None, seq=None)
    await until(lambda: spoken(here)[-1] == 3)
    assert sorted(set(spoken(here))) == [1, 2, 3]
    assert spoken(here).count(2) == spoken(here).count(3) == 1
    assert (len(crew.cloud_face.looks), len(crew.home_face.looks)) == (1, 1)
    assert session.stage.on_air == ("es",)


class Talking(ScriptedFace):
    """Speaks by itself: a presenter who never comes, and costs as long as it is waited for."""

    def __init__(self) -> None:
        super().__init__("cloud")
        self.running = 0
        self.usage: Usage | None = None
        self.attendance: Attendance = unattended

    def presenters(self) -> Sequence[Listed]:
        return ()

    def speaks(self, look: Look) -> bool:
        return True

    def present(self, look: Look, language: str, usage: Usage, attendance: Attendance = unattended) -> Absentee:
        self.usage, self.attendance = usage, attendance
        return Absentee(self)


class Absentee:
    ready = False

    def __init__(self, face: Talking) -> None:
        self._face = face

    async def run(self) -> None:
        self._face.running += 1
        try:
            await asyncio.Event().wait()
        finally:
            self._face.running -= 1

    async def awaited(self, seconds: float) -> bool:
        return False

    def stream(self, text: str, voice: str, *, rate: float = 1.0) -> AsyncIterator[Utterance]:
        raise AssertionError("it is not there")

    def draw(self, at: int, said: Sequence[Said]) -> None:
        return None


async def test_at_the_limit_an_avatar_that_is_billed_by_the_minute_goes(tmp_path: Path, crew: Crew) -> None:
    crew.cloud_face = Talking()
    async with room(tmp_path, pool=crew.pool, terms=terms(most=5.0)) as here:
        session = await watched(here)
        await until(lambda: crew.cloud_face.running == 1)
        assert crew.cloud_face.usage is not None
        crew.cloud_face.usage("avatar", 4.5)
        assert session.info.engines["face"] == "cloud"
        crew.cloud_face.usage("avatar", 1.0)
        await until(lambda: crew.cloud_face.running == 0)
        assert session.info.engines["face"] == "home"
        session.audio("host", speech(1, 0), position=None, seq=None)
        await until(lambda: spoken(here) == [1])
        assert crew.cloud_face.running == 0
        assert session.stage.on_air == ("es",)


async def test_a_presenter_who_cannot_come_is_told_and_goes_on_trying_and_nobody_is_interrupted(
    here: Room, crew: Crew
) -> None:
    crew.cloud_face = Talking()
    here.conference.pool = crew.pool
    session = await watched(here)
    await until(lambda: crew.cloud_face.running == 1)
    opened = len(crew.cloud_face.looks)
    crew.cloud_face.attendance(False, REFUSED)
    crew.cloud_face.attendance(False, REFUSED)
    await until(lambda: states(here) == [("face", "home", "failed")])
    assert session.info.engines["face"] == "home"
    crew.cloud_face.attendance(True)
    await until(lambda: states(here)[1:] == [("face", "cloud", "returned")])
    assert session.info.engines["face"] == "cloud"
    assert (crew.cloud_face.running, len(crew.cloud_face.looks)) == (1, opened), "the channel is the same"
    crew.cloud_face.attendance(False)
    await asyncio.sleep(0.1)
    assert session.info.engines["face"] == "cloud", "who is not needed has not failed"


async def test_a_voice_that_was_left_alone_is_back_with_the_presenter_who_speaks_with_it(
    here: Room, crew: Crew
) -> None:
    crew.cloud_face = Talking()
    here.conference.pool = crew.pool
    session = await watched(here)
    crew.cloud_voice.broken = REFUSED
    session.audio("host", speech(1, 0), position=None, seq=None)
    await until(lambda: session.info.engines["voice"] == "home")
    crew.cloud_face.attendance(True)
    assert session.info.engines["voice"] == "cloud"


@pytest.mark.parametrize("by", ["host", "limit"])
async def test_who_does_not_answer_is_not_tried_any_more_once_it_may_not_be_used(
    here: Room, crew: Crew, by: str
) -> None:
    """The face at work is the same before and after: it stood in already."""
    crew.cloud_face = Talking()
    here.conference.pool = crew.pool
    session = await watched(here)
    await until(lambda: crew.cloud_face.running == 1)
    crew.cloud_face.attendance(False, REFUSED)
    if by == "host":
        await session.update(Changes(engines={"face": "home"}))
    else:
        session.company.save()
    await until(lambda: crew.cloud_face.running == 0)
    assert ("face", "home", "failed") in states(here)
