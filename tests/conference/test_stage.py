"""Avatars on air: who is shown what, and when anything is drawn at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from uuid import uuid4

import numpy as np
import pytest

from dragoman import company as companies
from dragoman import stage as stages
from dragoman.errors import Ended, Full, Unsupported
from dragoman.events import AvatarState, Caption, PaceHint, SegmentCondensed
from dragoman.modes import BALANCED
from dragoman.packets import FRAME_SAMPLES, PICTURE_SAMPLES, Packet
from dragoman.portrait import Changes
from dragoman.session import Session
from rooms import HOST, LIMITS, Room, until
from scripted import speech


class Watching:
    """A viewer that keeps what it is shown."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self.gone = False

    def show(self, packets: Sequence[Packet]) -> None:
        self.packets += packets

    def over(self) -> None:
        self.gone = True

    def of(self, kind: str) -> list[Packet]:
        return [packet for packet in self.packets if packet.kind == kind]


async def watch(session: Session, language: str, client: str = "") -> tuple[str, Watching]:
    """A viewer that receives."""
    client, viewer = client or str(uuid4()), Watching()
    await session.watch(client, viewer, language)
    session.stage.renew(client)
    return client, viewer


def states(here: Room, socket: str) -> list[AvatarState]:
    return [event for event in here.ears.heard.get(socket, []) if isinstance(event, AvatarState)]


async def test_picture_and_sound_begin_with_a_key_and_have_no_gaps(here: Room) -> None:
    session = await here.session("es")
    _, viewer = await watch(session, "es")
    await until(lambda: len(viewer.packets) > 60)
    pictures, sound = viewer.of("video"), viewer.of("audio")
    assert pictures[0].key
    assert viewer.packets[0].at >= pictures[0].at - PICTURE_SAMPLES
    # On a machine that is short of time the studio leaves out whole ticks; nothing is ever between them.
    assert all(
        (later.at - earlier.at) % FRAME_SAMPLES == 0 < later.at - earlier.at for earlier, later in pairwise(sound)
    )
    assert all(picture.at % FRAME_SAMPLES == 0 for picture in pictures)
    assert abs(pictures[0].at - sound[0].at) <= PICTURE_SAMPLES


async def test_a_language_that_is_added_and_watched_in_mid_sentence_speaks_from_the_next_one_on(here: Room) -> None:
    session = await here.session("es")
    session.audio("host", speech(1, 0, 2, 0), position=0, seq=0)
    await until(lambda: session.history.last_id == 2)
    await session.update(Changes(targets=("fr",)))
    await watch(session, "fr")
    session.audio("host", speech(3, 0, 4, 0), position=None, seq=None)
    await until(lambda: here.voice.said == [("fr-f", "fr(es(w3))"), ("fr-f", "fr(es(w4))")])


async def test_nobody_is_drawn_and_nothing_is_said_without_a_viewer(here: Room) -> None:
    session = await here.session("es", "fr")
    await session.join("ana", str(uuid4()), language="es", since=None)
    _, viewer = await watch(session, "fr")
    session.audio("host", speech(1, 0), position=0, seq=0)
    await until(lambda: ("fr-f", "fr(es(w1))") in here.voice.said)
    await until(lambda: len(viewer.packets) > 10)
    assert [voice for voice, _ in here.voice.said] == ["fr-f"]
    assert len(here.face.looks) == 1
    assert session.stage.on_air == ("fr",)


async def test_the_listeners_of_the_language_and_the_host_hear_what_is_being_said_and_how_late(here: Room) -> None:
    session = await here.session("es", "fr")
    await session.join("host", HOST, language=None, since=None)
    client, _ = await watch(session, "es")
    await session.join("ana", client, language="es", since=None)
    await session.join("luc", str(uuid4()), language="fr", since=None)
    session.audio("host", speech(1, 0, 2, 0), position=0, seq=0)
    await until(lambda: len(states(here, "ana")) == 4)
    assert [(state.segment_id, state.speaking) for state in states(here, "ana")] == [
        *((1, True), (1, False)),
        *((2, True), (2, False)),
    ]
    assert all(state.lag_ms is not None and 0 <= state.lag_ms < 10_000 for state in states(here, "ana"))
    assert states(here, "host") == states(here, "ana")
    assert states(here, "luc") == []


async def test_a_language_is_changed_at_a_key_with_picture_and_sound_together(here: Room) -> None:
    session = await here.session("es", "fr")
    client, viewer = await watch(session, "es")
    seat = await session.join("ana", client, language="es", since=None)
    await until(lambda: len(viewer.packets) > 20)
    before = len(viewer.packets)
    await session.tune(seat, "fr", None)
    await until(lambda: any(packet.key for packet in viewer.packets[before:] if packet.kind == "video"))
    assert set(session.stage.on_air) == {"es", "fr"}
    _, spanish = await watch(session, "es")
    await until(lambda: len(spanish.packets) > 10)
    switched = next(packet for packet in viewer.packets[before:] if packet.key and packet.kind == "video")
    assert not {id(packet) for packet in spanish.packets} & {id(packet) for packet in viewer.packets[before:]}
    for kind in ("audio", "video"):
        stamps = [packet.at for packet in viewer.of(kind)]
        assert stamps == sorted(set(stamps))
    assert switched.kind == "video"


async def test_viewers_of_one_language_are_shown_the_very_same_packets(here: Room) -> None:
    session = await here.session("es")
    _, one = await watch(session, "es")
    _, other = await watch(session, "es")
    await until(lambda: len(other.packets) > 20)
    assert {id(packet) for packet in other.packets[:20]} <= {id(packet) for packet in one.packets}
    assert len(here.face.looks) == 1


async def test_a_language_goes_off_air_after_its_last_viewer(here: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "LINGER_SECONDS", 0.1)
    session = await here.session("es")
    client, viewer = await watch(session, "es")
    await until(lambda: bool(viewer.packets))
    session.stage.detach(client, viewer)
    await until(lambda: session.stage.on_air == ())
    drawn = here.face.drawn
    await asyncio.sleep(0.2)
    assert here.face.drawn <= drawn + 1  # one may have been under way


async def test_who_comes_back_soon_finds_the_avatar_still_there(here: Room) -> None:
    session = await here.session("es")
    client, viewer = await watch(session, "es")
    await until(lambda: bool(viewer.packets))
    session.stage.detach(client, viewer)
    _, again = await watch(session, "es", client)
    await until(lambda: bool(again.packets))
    assert len(here.face.looks) == 1


async def test_a_newer_peer_of_a_client_takes_the_place_of_the_older(here: Room) -> None:
    session = await here.session("es")
    client, older = await watch(session, "es")
    _, newer = await watch(session, "es", client)
    assert older.gone
    session.stage.detach(client, older)
    await until(lambda: bool(newer.packets))
    assert session.stage.viewers() == {"es": 1}


async def test_a_viewer_that_cannot_receive_yet_is_shown_nothing(here: Room) -> None:
    session = await here.session("es")
    slow, held = str(uuid4()), Watching()
    await session.watch(slow, held, "es")
    _, other = await watch(session, "es")
    await until(lambda: len(other.packets) > 30)
    assert held.packets == []
    session.stage.renew(slow)
    await until(lambda: bool(held.packets))
    assert held.of("video")[0].key


async def test_what_no_voice_can_say_costs_that_sentence(here: Room) -> None:
    here.voice.chokes_on = {"es(w2)"}
    session = await here.session("es")
    client, _ = await watch(session, "es")
    await session.join("ana", client, language="es", since=None)
    session.audio("host", speech(1, 0, 2, 0, 3, 0), position=0, seq=0)
    await until(lambda: len(states(here, "ana")) == 4)
    assert [state.segment_id for state in states(here, "ana") if state.speaking] == [1, 3]


async def test_what_no_booth_could_translate_is_not_said_in_the_wrong_language(here: Room) -> None:
    here.translator.chokes_on["es"] = {"w1"}
    session = await here.session("es")
    await watch(session, "es")
    session.audio("host", speech(1, 0, 2, 0), position=0, seq=0)
    await until(lambda: bool(here.voice.said))
    assert [text for _, text in here.voice.said] == ["es(w2)"]


async def test_a_voice_chosen_by_the_host_speaks_from_the_next_line_on(here: Room) -> None:
    session = await here.session("es")
    await watch(session, "es")
    session.audio("host", speech(1, 0), position=0, seq=0)
    await until(lambda: len(here.voice.said) == 1)
    await session.update(Changes(options={"targetVoices": {"es": "es-m"}}))
    session.audio("host", speech(2, 0), position=None, seq=None)
    await until(lambda: len(here.voice.said) == 2)
    assert [voice for voice, _ in here.voice.said] == ["es-f", "es-m"]
    with pytest.raises(Unsupported, match="choose one of es-f, es-m"):
        await session.update(Changes(options={"targetVoices": {"es": "fr-m"}}))


async def test_what_cannot_be_watched_is_refused(here: Room) -> None:
    session = await here.session("es", "ca")
    for language in ("ca", "en", "de"):
        with pytest.raises(Unsupported):
            await watch(session, language)
    for _ in range(LIMITS.listeners):
        await watch(session, "es")
    with pytest.raises(Full):
        await watch(session, "es")
    assert session.stage.viewers() == {"es": LIMITS.listeners}


async def test_the_last_to_name_a_language_wins(here: Room) -> None:
    session = await here.session("es", "fr")
    client = str(uuid4())
    seat = await session.join("ana", client, language="es", since=None)
    await watch(session, "fr", client)
    assert seat.language == "fr"
    assert session.audience.numbers().by_language == {"fr": 1}
    again = await session.join("ana2", client, language=None, since=None)
    assert again.language == "fr"
    await session.tune(again, "en", None)
    assert session.stage.viewers() == {"en": 1}


async def test_a_channel_opens_with_what_was_just_said(here: Room) -> None:
    session = await here.session("es")
    session.audio("host", speech(1, 0), position=0, seq=0)
    await until(lambda: "es" in session.history.entries()[0].lines if session.history.last_id else False)
    here.later(stages.RECENT_MS + 1)
    session.audio("host", speech(2, 0), position=None, seq=None)
    await until(lambda: session.history.last_id == 2 and "es" in session.history.entries()[1].lines)
    await watch(session, "es")
    await until(lambda: bool(here.voice.said))
    assert [text for _, text in here.voice.said] == ["es(w2)"]


async def test_the_end_of_a_session_sends_viewers_away_and_leaves_nothing_running(here: Room) -> None:
    session = await here.session("es", "fr")
    _, ana = await watch(session, "es")
    _, luc = await watch(session, "fr")
    await until(lambda: bool(ana.packets and luc.packets))
    await here.conference.end(session)
    assert ana.gone
    assert luc.gone
    with pytest.raises(Ended):
        await watch(session, "es")
    assert [task for task in asyncio.all_tasks() if task.get_name().startswith("channel")] == []


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is more than 1.5 s behind is too late."""
    monkeypatch.setattr(companies, "mode_of", lambda _options: replace(BALANCED, bound=1500))


def condensed(here: Room, socket: str) -> list[int]:
    return [event.segment_id for event in here.ears.heard.get(socket, []) if isinstance(event, SegmentCondensed)]


def backlog(clauses: int) -> np.ndarray:
    """The sound of so many clauses, 0.2 s each, of which the first comes as late as they are long."""
    return speech(*(word for number in range(1, clauses + 1) for word in (number, 0)))


async def test_the_lag_of_what_was_said_is_kept_with_the_line(here: Room) -> None:
    session = await here.session("es")
    await session.join("host", HOST, language=None, since=None)
    await watch(session, "es")
    session.audio("host", speech(1, 0), position=0, seq=0)
    await until(lambda: len(states(here, "host")) == 2)
    (line,) = [entry.lines["es"] for entry in await here.store.history(session.record.session_id)]
    assert line.lag == states(here, "host")[0].lag_ms
    assert not line.condensed
    assert session.history.entries()[0].lines["es"] == line


@pytest.mark.usefixtures("strict")
async def test_what_is_too_late_is_shown_only_and_everybody_concerned_is_told(here: Room) -> None:
    session = await here.session("es", "fr")
    await session.join("host", HOST, language=None, since=None)
    client, _ = await watch(session, "es")
    await session.join("ana", client, language="es", since=None)
    await session.join("luc", str(uuid4()), language="fr", since=None)
    session.audio("host", backlog(15), position=0, seq=0)
    await until(lambda: len(condensed(here, "ana")) + len(states(here, "ana")) / 2 == 15)
    late, said = condensed(here, "ana"), [state for state in states(here, "ana") if state.speaking]
    assert late == list(range(1, len(late) + 1))
    assert 3 < len(late) < 15
    assert [state.segment_id for state in said] == list(range(len(late) + 1, 16))
    assert all(state.lag_ms is not None and state.lag_ms <= 1500 for state in said)
    assert condensed(here, "host") == late
    assert condensed(here, "luc") == []
    kept = await here.store.history(session.record.session_id)
    assert [entry.segment.id for entry in kept if entry.lines["es"].condensed] == late
    assert not any(entry.lines["fr"].condensed for entry in kept), "nobody watches French"
    assert here.ears.finals("ana", "es") == [(entry.segment.id, entry.lines["es"].text) for entry in kept]


@pytest.mark.usefixtures("strict")
async def test_who_comes_later_or_was_cut_off_learns_what_was_condensed(here: Room) -> None:
    session = await here.session("es")
    client, _ = await watch(session, "es")
    await session.join("ana", client, language="es", since=None)
    session.audio("host", backlog(15), position=0, seq=0)
    await until(lambda: len(condensed(here, "ana")) + len(states(here, "ana")) / 2 == 15)
    late = condensed(here, "ana")
    await session.join("eva", str(uuid4()), language="es", since=0)
    replayed = [event for event in here.ears.heard["eva"] if isinstance(event, Caption)]
    assert [caption.segment_id for caption in replayed if caption.condensed] == late
    assert len(replayed) == 15
    await session.join("ana again", client, language="es", since=15)
    assert condensed(here, "ana again") == late


@pytest.mark.usefixtures("strict")
async def test_the_host_is_asked_to_slow_down_until_the_lag_is_small_again(here: Room) -> None:
    session = await here.session("es")
    await session.join("host", HOST, language=None, since=None)
    client, viewer = await watch(session, "es")

    def hints() -> list[bool]:
        return [event.slow_down for event in here.ears.heard["host"] if isinstance(event, PaceHint)]

    session.audio("host", backlog(15), position=0, seq=0)
    await until(lambda: hints() == [True])
    await session.join("tablet", HOST, language=None, since=None)
    await until(lambda: any(isinstance(event, PaceHint) for event in here.ears.heard["tablet"]))
    await until(lambda: hints() == [True, False])
    session.stage.detach(client, viewer)


@pytest.mark.usefixtures("strict")
async def test_a_voice_that_takes_too_long_costs_the_sound_of_a_line_and_not_its_text(here: Room) -> None:
    session = await here.session("es")
    client, _ = await watch(session, "es")
    await session.join("ana", client, language="es", since=None)
    here.voice.gate = asyncio.Event()
    session.audio("host", speech(1, 0), position=0, seq=0)
    await until(lambda: len(here.ears.finals("ana", "es")) == 1)
    await asyncio.sleep(1.5)
    here.voice.gate.set()
    await until(lambda: condensed(here, "ana") == [1])
    await session.pause()
    await session.start()
    session.audio("host", speech(2, 0), position=None, seq=None)
    await until(lambda: [state.segment_id for state in states(here, "ana")] == [2, 2])


async def test_what_was_said_before_anybody_watched_is_no_omission(here: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(companies, "mode_of", lambda _options: replace(BALANCED, bound=100))
    session = await here.session("es")
    session.audio("host", speech(1, 0), position=0, seq=0)
    await until(lambda: session.history.last_id == 1 and "es" in session.history.entries()[0].lines)
    await asyncio.sleep(0.2)
    client, viewer = await watch(session, "es")
    await session.join("ana", client, language="es", since=None)
    await until(lambda: len(viewer.packets) > 20)
    assert condensed(here, "ana") == []
    assert states(here, "ana") == []
