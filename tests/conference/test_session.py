"""A talk from the microphone to the listeners, with engines that fail when the test wants it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from dragoman import audience
from dragoman.conference import Draft
from dragoman.errors import BadRequest, Ended, Full, NotFound, TooMany, Unsupported, WrongState
from dragoman.events import AudienceChanged, Caption, ListenerJoined, Notice, SessionOver, StateChanged
from dragoman.portrait import Changes
from dragoman.session import Session
from dragoman.speech import FLOOR_RATE
from rooms import HOST, Room, room, until
from scripted import BLOCK, speech


async def listen(session: Session, socket: str, language: str | None, since: int | None = None) -> str:
    client = str(uuid4())
    await session.join(socket, client, language=language, since=since)
    return client


async def test_every_language_is_translated_once_and_everybody_gets_their_own(here: Room) -> None:
    session = await here.session("es", "fr", "ca")
    await session.join("host", HOST, language=None, since=None)
    await listen(session, "ana", "es")
    await listen(session, "luc", "fr")
    session.audio("host", speech(1, 2, 0, 3, 0), position=0, seq=0)
    await until(lambda: len(here.ears.finals("luc", "fr")) == 2)
    await until(lambda: len(here.ears.finals("host", "ca")) == 2)
    assert here.ears.finals("ana", "es") == [(1, "es(w1 w2)"), (2, "es(w3)")]
    assert here.ears.finals("luc", "fr") == [(1, "fr(es(w1 w2))"), (2, "fr(es(w3))")]
    assert here.ears.finals("ana", "fr") == []
    assert here.ears.finals("host", "en") == [(1, "w1 w2"), (2, "w3")]
    # Three texts went into Spanish (two finals, one partial), whoever relays through it.
    assert here.translator.asked["en", "es"] == 3


async def test_partials_show_committed_words_only_and_the_tail_to_the_host(here: Room) -> None:
    session = await here.session("es")
    await session.join("host", HOST, language=None, since=None)
    await listen(session, "ana", "es")
    session.audio("host", speech(1, 2, 3), position=0, seq=0)
    await until(lambda: any(isinstance(e, Caption) and e.text == "es(w1 w2)" for e in here.ears.heard["ana"]))
    partials = [e for e in here.ears.heard["ana"] if isinstance(e, Caption) and not e.final]
    assert all(partial.source_tail == "" for partial in partials)
    assert {partial.segment_id for partial in partials} == {1}
    tails = [e.source_tail for e in here.ears.heard["host"] if isinstance(e, Caption) and e.language == "en"]
    assert tails[:3] == ["w1", "w2", "w3"]


async def test_a_booth_that_chokes_gives_the_source_and_the_others_notice_nothing(here: Room) -> None:
    session = await here.session("es", "ca")
    here.translator.chokes_on["ca"] = {"w2"}
    await listen(session, "ana", "es")
    await listen(session, "pau", "ca")
    session.audio("host", speech(1, 0, 2, 0, 3, 0), position=0, seq=0)
    await until(lambda: len(here.ears.finals("pau", "ca")) == 3)
    assert here.ears.finals("pau", "ca") == [(1, "ca(w1)"), (2, "w2"), (3, "ca(w3)")]
    assert here.ears.finals("ana", "es") == [(1, "es(w1)"), (2, "es(w2)"), (3, "es(w3)")]
    marked = [e.untranslated for e in here.ears.heard["pau"] if isinstance(e, Caption) and e.final]
    assert marked == [False, True, False]


async def test_a_pivot_that_chokes_costs_its_relay_only_that_sentence(here: Room) -> None:
    session = await here.session("fr")
    here.translator.chokes_on["es"] = {"w2"}
    await listen(session, "luc", "fr")
    session.audio("host", speech(1, 0, 2, 0, 3, 0), position=0, seq=0)
    await until(lambda: len(here.ears.finals("luc", "fr")) == 3)
    assert here.ears.finals("luc", "fr") == [(1, "fr(es(w1))"), (2, "w2"), (3, "fr(es(w3))")]


async def test_a_slow_booth_holds_up_nobody_else(here: Room) -> None:
    session = await here.session("es", "ca")
    gate = here.translator.gates["ca"] = asyncio.Event()
    await listen(session, "ana", "es")
    await listen(session, "pau", "ca")
    session.audio("host", speech(1, 0, 2, 0), position=0, seq=0)
    await until(lambda: len(here.ears.finals("ana", "es")) == 2)
    assert here.ears.finals("pau", "ca") == []
    gate.set()
    await until(lambda: len(here.ears.finals("pau", "ca")) == 2)


async def test_a_recogniser_that_crashes_loses_and_doubles_nothing(here: Room) -> None:
    here.recognizer.fails_at = {2, 4, 5}
    session = await here.session("es")
    await session.join("host", HOST, language=None, since=None)
    await listen(session, "ana", "es")
    for number in range(1, 7):
        session.audio("host", speech(number, number, 0), position=None, seq=number - 1)
        await asyncio.sleep(0.02)
    await until(lambda: len(here.ears.finals("ana", "es")) == 6)
    assert [text for _, text in here.ears.finals("host", "en")] == [f"w{n} w{n}" for n in range(1, 7)]
    assert [e.code for e in here.ears.heard["host"] if isinstance(e, Notice)] == ["unavailable"] * 3


async def test_a_late_joiner_gets_everything_in_order_once_while_the_talk_goes_on(here: Room) -> None:
    session = await here.session("es")
    for number in range(1, 40):
        session.audio("host", speech(number, 0), position=None, seq=None)
        if number == 20:
            await until(lambda: session.history.last_id >= 5)
            joining = asyncio.create_task(listen(session, "late", "es", since=0))
        await asyncio.sleep(0.001)
    await joining
    await until(lambda: len(here.ears.finals("late", "es")) >= 39)
    assert here.ears.finals("late", "es") == [(n, f"es(w{n})") for n in range(1, 40)]


async def test_who_comes_back_gets_what_was_missed_and_no_more(here: Room) -> None:
    session = await here.session("es")
    client = await listen(session, "ana", "es")
    session.audio("host", speech(1, 0, 2, 0), position=None, seq=None)
    await until(lambda: len(here.ears.finals("ana", "es")) == 2)
    await session.leave("ana")
    session.audio("host", speech(3, 0), position=None, seq=None)
    await until(lambda: session.history.last_id == 3 and "es" in session.history.entries()[2].lines)
    await session.join("ana again", client, language="es", since=2)
    assert here.ears.finals("ana again", "es") == [(3, "es(w3)")]


async def test_a_changed_language_begins_where_the_listener_asks(here: Room) -> None:
    session = await here.session("es", "ca")
    await listen(session, "ana", "es")
    session.audio("host", speech(1, 0, 2, 0), position=None, seq=None)
    await until(
        lambda: all("ca" in entry.lines for entry in session.history.entries()) and session.history.last_id == 2
    )
    seat = session.audience.seat("ana")
    assert seat is not None
    assert await session.tune(seat, "ca-valencia", 1) == "ca"
    assert here.ears.finals("ana", "ca") == [(2, "ca(w2)")]
    session.audio("host", speech(3, 0), position=None, seq=None)
    await until(lambda: len(here.ears.finals("ana", "ca")) == 2)
    assert not any(number == 3 for number, _ in here.ears.finals("ana", "es"))


async def test_the_floor_can_be_listened_to(here: Room) -> None:
    session = await here.session("es")
    await listen(session, "tom", "en-GB")
    session.audio("host", speech(1, 0), position=None, seq=None)
    await until(lambda: here.ears.finals("tom", "en") == [(1, "w1")])
    assert here.ears.finals("tom", "es") == []


async def test_a_language_added_in_mid_talk_begins_with_the_next_segment(here: Room) -> None:
    session = await here.session("es")
    session.audio("host", speech(1, 0), position=None, seq=None)
    await until(lambda: session.history.last_id == 1)
    await session.update(Changes(targets=("ca",)))
    await listen(session, "pau", "ca", since=0)
    session.audio("host", speech(2, 0), position=None, seq=None)
    await until(lambda: here.ears.finals("pau", "ca") == [(2, "ca(w2)")])


async def test_a_pause_takes_no_sound_and_finishes_what_was_begun(here: Room) -> None:
    session = await here.session("es")
    await listen(session, "ana", "es")
    session.audio("host", speech(1, 2), position=0, seq=0)
    await session.pause()
    await until(lambda: here.ears.finals("ana", "es") == [(1, "es(w1 w2)")])
    await until(lambda: session.received == 2 * BLOCK)
    session.audio("host", speech(3, 0), position=2 * BLOCK, seq=1)
    assert session.accepted == 2 * BLOCK
    await session.start()
    session.audio("host", speech(4, 0), position=2 * BLOCK, seq=1)
    await until(lambda: here.ears.finals("ana", "es")[1:] == [(2, "es(w4)")])
    states = [e.active for e in here.ears.heard["ana"] if isinstance(e, StateChanged)]
    assert states == [False, True]


async def test_the_end_waits_for_the_last_words_and_then_everybody_is_told(here: Room) -> None:
    session = await here.session("es")
    await listen(session, "ana", "es")
    session.audio("host", speech(1, 2), position=0, seq=0)
    await here.conference.end(session)
    assert here.ears.finals("ana", "es") == [(1, "es(w1 w2)")]
    assert isinstance(here.ears.heard["ana"][-1], SessionOver)
    code = session.record.session_id
    assert (await here.conference.info(code)).ended
    with pytest.raises(Ended):
        await here.conference.find(code)
    with pytest.raises(Ended):
        await session.join("late", str(uuid4()), language=None, since=None)
    with pytest.raises(Ended):
        session.audio("host", speech(1), position=None, seq=None)


async def test_without_sound_what_was_begun_is_finished_and_the_team_goes(
    here: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dragoman.floor.STALL_SECONDS", 0.1)
    session = await here.session("es", "fr")
    await listen(session, "ana", "es")
    before = asyncio.all_tasks()
    session.audio("host", speech(1, 2), position=0, seq=0)
    await until(lambda: here.ears.finals("ana", "es") == [(1, "es(w1 w2)")])
    await until(lambda: not session.working)
    assert here.recognizer.open_streams == 0
    assert here.translator.open_pairs == 0
    await asyncio.sleep(0)
    assert asyncio.all_tasks() <= before
    session.audio("host", speech(3, 0), position=2 * BLOCK, seq=1)
    await until(lambda: len(here.ears.finals("ana", "es")) == 2)


async def test_after_a_crash_of_the_server_all_is_there_and_goes_on(tmp_path: Path) -> None:
    async with room(tmp_path) as first:
        session = await first.session("es", "fr")
        code = session.record.session_id
        gate = first.translator.gates["fr"] = asyncio.Event()
        session.audio("host", speech(1, 0, 2, 0, 3), position=0, seq=0)
        await until(lambda: session.received == 3 * BLOCK and "es" in session.history.entries()[1].lines)
        assert not gate.is_set()
        # `close` stops everything where it stands, as a kill would; the word 3 was not safe.
    async with room(tmp_path) as second:
        session = await second.conference.find(code)
        assert session.record.active
        assert session.received == 3 * BLOCK
        await until(lambda: all("fr" in entry.lines for entry in session.history.entries()))
        await session.join("host", HOST, language=None, since=None)
        await listen(session, "luc", "fr", since=0)
        session.audio("host", speech(0, 3, 4, 0), position=3 * BLOCK, seq=4)
        await until(lambda: len(second.ears.finals("luc", "fr")) == 3)
        assert [n for n, _ in second.ears.finals("luc", "fr")] == [1, 2, 3]
        assert second.ears.finals("host", "en")[-1] == (3, "w3 w4")


async def test_only_one_page_of_the_host_has_the_microphone(here: Room) -> None:
    session = await here.session("es")
    await session.join("first", HOST, language=None, since=None)
    session.audio("first", speech(1), position=None, seq=None)
    await session.join("second", HOST, language=None, since=None)
    assert [e.code for e in here.ears.heard["first"] if isinstance(e, Notice)] == ["wrongState"]
    with pytest.raises(WrongState):
        session.audio("first", speech(1), position=None, seq=None)
    session.audio("second", speech(1), position=None, seq=None)
    await session.leave("second")
    session.audio("first", speech(1), position=None, seq=None)


async def test_a_page_that_comes_back_leaves_the_microphone_where_it_went(here: Room) -> None:
    session = await here.session("es")

    async def joins(socket: str, page: str | None) -> list[str]:
        await session.join(socket, HOST, language=None, since=0, page=page)
        return [e.name for e in here.ears.heard[socket] if isinstance(e, Notice)]

    assert await joins("laptop 1", "laptop") == []
    await session.leave("laptop 1")
    assert await joins("laptop 2", "laptop") == [], "nobody has taken it"
    # Its connection is dead, and the server does not know yet.
    assert await joins("phone 1", "phone") == []
    assert await joins("laptop 3", "laptop") == ["microphoneMoved"]
    session.audio("phone 1", speech(1), position=None, seq=None)
    with pytest.raises(WrongState):
        session.audio("laptop 3", speech(1), position=None, seq=None)
    await session.leave("phone 1")
    assert await joins("laptop 4", "laptop") == ["microphoneMoved"], "the phone may come back, too"
    assert await joins("phone 2", "phone") == []
    assert await joins("laptop 5", "laptop, asked to") == []
    session.audio("laptop 5", speech(1), position=None, seq=None)
    assert await joins("phone 3", "phone") == ["microphoneMoved"]
    assert await joins("tool", None) == [], "as ever"
    assert await joins("laptop 6", "laptop, asked to") == ["microphoneMoved"]
    assert await joins("page", None) == []


async def test_listeners_are_counted_by_client_and_the_host_is_none(here: Room) -> None:
    session = await here.session("es", "ca")
    await session.join("host", HOST, language=None, since=None)
    ana = await listen(session, "ana", "es")
    await session.join("ana's other page", ana, language=None, since=None)
    await listen(session, "pau", "ca")
    numbers = [e for e in here.ears.heard["host"] if isinstance(e, AudienceChanged)][-1]
    assert (numbers.count, numbers.by_language) == (2, {"es": 1, "ca": 1})
    assert [e.count for e in here.ears.heard["host"] if isinstance(e, ListenerJoined)] == [1, 2]
    await session.leave("ana")
    assert session.info.listeners == 2
    await session.leave("ana's other page")
    assert session.info.listeners_by_language == {"ca": 1}


async def test_who_comes_back_without_naming_a_language_has_the_one_named_last(here: Room) -> None:
    session = await here.session("es", "ca")
    ana = await listen(session, "ana", "ca")
    await session.leave("ana")
    await session.join("ana again", ana, language=None, since=None)
    assert session.info.listeners_by_language == {"ca": 1}
    await session.tune(session.audience.seat("ana again"), "en", None)
    await session.leave("ana again")
    await session.join("ana once more", ana, language=None, since=None)
    await listen(session, "somebody else", None)
    assert session.info.listeners_by_language == {"en": 1, "es": 1}


async def test_of_so_many_clients_the_languages_are_known_and_no_more(here: Room, monkeypatch) -> None:
    monkeypatch.setattr(audience, "REMEMBERED", 2)
    session = await here.session("es", "ca")
    clients = []
    for number in range(3):
        clients.append(await listen(session, f"socket {number}", "ca"))
        await session.leave(f"socket {number}")
    for client in reversed(clients):
        await session.join(client, client, language=None, since=None)
    assert session.info.listeners_by_language == {"es": 1, "ca": 2}


async def test_a_full_session_says_so_and_has_a_place_again_when_somebody_leaves(here: Room) -> None:
    session = await here.session("es")
    for number in range(3):
        await listen(session, f"socket {number}", "es")
    with pytest.raises(Full):
        await listen(session, "one more", "es")
    await session.leave("socket 1")
    await listen(session, "one more", "es")


async def test_a_server_holds_as_many_sessions_as_it_is_allowed(here: Room) -> None:
    made = await asyncio.gather(*(here.session("es") for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(one, Full) for one in made) == 3
    assert len(here.conference) == 5


async def test_languages_that_are_not_there_are_refused_with_what_is(here: Room) -> None:
    with pytest.raises(Unsupported, match="es, ca, fr"):
        await here.conference.create(Draft(HOST, "x", "en", ("de",), {}, None))
    with pytest.raises(Unsupported, match="hears en only"):
        await here.conference.create(Draft(HOST, "x", "de", ("es",), {}, None))
    with pytest.raises(BadRequest, match="source language"):
        await here.conference.create(Draft(HOST, "x", "en", ("en-GB",), {}, None))
    session = await here.conference.create(Draft(HOST, "x", "en-US", ("es-MX", "es", "fr-CA"), {}, None))
    assert session.info.targets == ("es", "fr")
    with pytest.raises(NotFound):
        await here.conference.find("000000" if session.record.session_id != "000000" else "000001")


async def test_a_flood_of_sound_is_bounded_and_nothing_accepted_is_lost(here: Room) -> None:
    session = await here.session("es")
    minute = speech(*([1, 0] * (60 * FLOOR_RATE // BLOCK // 2)))
    session.audio("host", minute, position=0, seq=0)
    with pytest.raises(TooMany):
        session.audio("host", speech(2, 0), position=len(minute), seq=1)
    await until(lambda: session.history.last_id == 300)


async def test_sessions_are_forgotten_when_their_time_has_come(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        ended = await here.session("es")
        await here.conference.end(ended)
        waiting = await here.conference.create(Draft(HOST, "x", "en", ("es",), {}, None))
        await here.conference.forget_expired()
        assert (await here.conference.info(ended.record.session_id)).ended
        here.conference._now = lambda: 1_900_000_000_000
        await here.conference.forget_expired()
        for code in (ended.record.session_id, waiting.record.session_id):
            with pytest.raises(NotFound):
                await here.conference.record(code)
