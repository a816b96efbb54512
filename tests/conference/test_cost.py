"""What a session costs is counted, kept, shown to its host, and held to a limit."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from crews import PRICES, Crew, terms
from dragoman.conference import Draft
from dragoman.cost import FREE, Meter, Prices, PricesWrong, spoken_characters, stream_kinds
from dragoman.engines.protocols import UsageKind
from dragoman.events import CostUpdated, EngineState, Notice
from dragoman.session import Session
from dragoman.speech import FLOOR_RATE
from rooms import HOST, Room, room, until
from scripted import BLOCK, speech

BLOCK_SECONDS = BLOCK / FLOOR_RATE


def test_the_packages_own_table_has_a_price_for_everything_and_says_where_from() -> None:
    prices = Prices.read()
    assert set(prices.engines) == {"azure"}
    assert set(prices.engines["azure"]) == set(get_args(UsageKind))
    assert prices.costs("azure")
    assert not prices.costs("embedded")
    hour = prices.of("azure", "speechTranslation")
    assert hour is not None
    assert hour.of(3600) == 2.5


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "not JSON"),
        ("[]", "valid dictionary"),
        (
            '{"currency": "EUR", "engines": {"azure": {"tea": {"price": 1, "per": 1, "unit": "second"}}}}',
            "no kind 'tea'",
        ),
        (
            '{"currency": "EUR", "engines": {"azure": {"voice": {"price": -1.0, "per": 1.0, "unit": "second"}}}}',
            "greater",
        ),
        (
            '{"currency": "EUR", "engines": {"azure": {"voice": {"price": 1.0, "per": 0.0, "unit": "second"}}}}',
            "greater",
        ),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_a_sentence(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "prices.json"
    path.write_text(text)
    with pytest.raises(PricesWrong, match=complaint):
        Prices.read(path)


def test_a_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PricesWrong, match="cannot be read"):
        Prices.read(tmp_path / "none.json")


def test_a_table_of_ones_own_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    table = {"currency": "EUR", "engines": {"neural": {"voice": {"price": 1, "per": 10, "unit": "character"}}}}
    path.write_text(json.dumps(table))
    meter = Meter(Prices.read(path), limit=2.0)
    meter.used("neural:large", "voice", 5)
    meter.used("neural:large", "translation", 5)
    meter.used("azure", "voice", 5)
    assert meter.amounts == {"neural": {"voice": 5}}
    assert (meter.total, meter.share) == (0.5, 0.25)
    assert meter.cost().currency == "EUR"


def test_what_costs_nothing_is_not_counted() -> None:
    meter = Meter(FREE)
    meter.used("embedded", "voice", 5)
    assert (meter.amounts, meter.total, meter.share) == ({}, 0, 0)


def test_characters_are_counted_as_voices_are_billed() -> None:
    assert spoken_characters("ab, c") == 5
    assert spoken_characters("漢字かな") == 6
    assert spoken_characters("한국어") == 3


def test_a_stream_into_more_than_two_languages_costs_more() -> None:
    assert stream_kinds(10, 0) == [("recognition", 10)]
    assert stream_kinds(10, 2) == [("speechTranslation", 10)]
    assert stream_kinds(10, 5) == [("speechTranslation", 10), ("extraTarget", 30)]


# -- in a conference


@pytest.fixture
def crew() -> Crew:
    return Crew()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dragoman.treasurer.EVERY_SECONDS", 0.05)


@pytest.fixture
async def here(tmp_path: Path, crew: Crew) -> AsyncIterator[Room]:
    async with room(tmp_path, pool=crew.pool, terms=terms()) as opened:
        yield opened


async def talk(here: Room, *targets: str) -> Session:
    session = await here.conference.create(Draft(HOST, "A talk", "en", targets, {}, None))
    await session.start()
    await session.join("host", HOST, language=None, since=None)
    return session


async def test_the_sound_that_a_stream_was_given_and_the_texts_are_counted(here: Room, crew: Crew) -> None:
    session = await talk(here, "es", "fr", "ca", "de")
    session.audio("host", speech(1, 0, 2, 0), position=None, seq=None)
    await until(lambda: len(here.ears.finals("host", "de")) == 2)
    await until(lambda: any(isinstance(e, CostUpdated) for e in here.ears.heard["host"]))
    used = session.company.meter.amounts["cloud"]
    # Each final makes a new stream's start, never more sound than there was.
    assert used["speechTranslation"] == pytest.approx(4 * BLOCK_SECONDS)
    assert used["extraTarget"] == pytest.approx(4 * BLOCK_SECONDS)
    assert used["translation"] == len("c1") + len("c2")
    cost = session.info.cost
    assert cost is not None
    assert cost.total == pytest.approx(0.4 * 2 + 0.4 * 0.5 + 0.04)
    assert cost.limit is None
    assert here.ears.money["cloud", "translation"] == pytest.approx(0.04)


async def test_what_was_used_survives_a_restart_and_goes_on_from_there(tmp_path: Path, crew: Crew) -> None:
    async with room(tmp_path, pool=crew.pool, terms=terms()) as first:
        session = await talk(first, "es")
        session.audio("host", speech(1, 0), position=None, seq=None)
        await until(lambda: len(first.ears.finals("host", "es")) == 1)
        code, before = session.record.session_id, session.company.meter.total
        assert before > 0
    async with room(tmp_path, pool=crew.pool, terms=terms()) as second:
        session = await second.conference.find(code)
        assert session.company.meter.total == pytest.approx(before)
        session.audio("host", speech(2, 0), position=None, seq=None)
        await until(lambda: session.history.last_id == 2)
        assert session.company.meter.total > before


async def test_what_was_just_being_written_when_a_session_ends_is_written(
    here: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await talk(here, "es")
    writing = asyncio.Event()

    async def never(*_: object) -> None:
        writing.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as slow:
        slow.setattr(here.store, "used", never)
        session.company.meter.of("cloud")("voice", 50)
        await writing.wait()
    await here.conference.end(session)
    record = await here.store.find(session.record.session_id)
    assert record is not None
    assert record.usage == {"cloud": {"voice": 50}}


async def test_at_its_limit_a_session_goes_on_with_what_costs_nothing(tmp_path: Path, crew: Crew) -> None:
    async with room(tmp_path, pool=crew.pool, terms=terms(most=1.0)) as here:
        session = await talk(here, "es", "fr")
        for number in range(1, 31):
            session.audio("host", speech(number, 0), position=None, seq=None)
            await asyncio.sleep(0.01)
        await until(lambda: len(here.ears.finals("host", "fr")) == 30)
        floor = [text for _, text in here.ears.finals("host", "en")]
        assert [text[1:] for text in floor] == [str(number) for number in range(1, 31)]
        assert floor[0] == "c1"
        assert floor[-1] == "w30"
        assert here.ears.finals("host", "es")[-1] == (30, "es(w30)")
        notices = [e.message for e in here.ears.heard["host"] if isinstance(e, Notice)]
        assert notices == [
            "This session has used 80% of the 1.00 USD that it may cost.",
            "This session has cost the 1.00 USD that it may; it goes on with engines that cost nothing.",
        ]
        states = {(s.job, s.engine, s.reason) for s in here.ears.heard["host"] if isinstance(s, EngineState)}
        assert states == {(job, "home", "cost") for job in ("recognizer", "translator", "voice", "face")}
        assert set(session.info.engines.values()) == {"home"}
        # What a stream had already been given when the limit was reached is the most that is over it.
        assert session.company.meter.total < 1.0 + 2.0 * 2
        code, total = session.record.session_id, session.company.meter.total
        await until(lambda: any(isinstance(e, CostUpdated) and e.cost.total == total for e in here.ears.heard["host"]))
    async with room(tmp_path, pool=crew.pool, terms=terms(most=1.0)) as again:
        session = await again.conference.find(code)
        assert set(session.info.engines.values()) == {"home"}
        await session.join("host", HOST, language=None, since=None)
        assert not any(isinstance(e, Notice) for e in again.ears.heard["host"])
        states = {(s.job, s.engine, s.reason) for s in again.ears.heard["host"] if isinstance(s, EngineState)}
        assert states == {(job, "home", "cost") for job in ("recognizer", "translator", "voice", "face")}


async def test_an_engine_that_counts_for_itself_is_counted(here: Room) -> None:
    session = await talk(here, "es")
    usage = session.company.meter.of("cloud")
    usage("voice", 50)
    await until(lambda: here.ears.money["cloud", "voice"] == pytest.approx(0.5))


async def test_where_nothing_costs_anything_no_cost_is_shown(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        session = await here.session("es")
        session.audio("host", speech(1, 0), position=None, seq=None)
        await until(lambda: session.history.last_id == 1)
        assert session.info.cost is None


def test_prices_of_a_test_are_prices() -> None:
    assert replace(terms(), most=1.0).prices is PRICES
