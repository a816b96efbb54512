"""What is said is kept once, however long the journal takes, and whatever happens to the recogniser meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from crew_talk import DOWN, said, states, talk, words
from crews import Crew, terms
from dragoman import floor as floors
from dragoman.session import Session
from dragoman.store import Store
from rooms import Room, room, until
from scripted import speech

pytestmark = pytest.mark.usefixtures("crew")


class Slow:
    """A journal that commits a segment at once and says so when its gate is open."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gate = asyncio.Event()
        self.waiting = 0
        self._append = store.append
        monkeypatch.setattr(store, "append", self.append)

    async def append(self, *what: Any) -> Any:
        segment = await self._append(*what)
        self.waiting += 1
        await self.gate.wait()
        self.waiting -= 1
        return segment


async def keeping_the_second(here: Room, monkeypatch: pytest.MonkeyPatch) -> tuple[Session, Slow]:
    """A talk of which the first word is kept and known, and the second kept and not known yet."""
    monkeypatch.setattr(floors, "KEEPING_SECONDS", 0.1)
    session = await talk(here)
    said(session, range(1, 2))
    await until(lambda: words(here) == [1])
    journal = Slow(here.store, monkeypatch)
    said(session, range(2, 3))
    await until(lambda: journal.waiting == 1)
    return session, journal


async def test_a_segment_whose_stretch_breaks_while_it_is_kept_is_heard_of_once(
    here: Room, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, journal = await keeping_the_second(here, monkeypatch)
    crew.cloud.broken = DOWN
    said(session, range(3, 5))
    await asyncio.sleep(0.5)
    crew.cloud.broken = None
    journal.gate.set()
    await until(lambda: words(here) == [1, 2, 3, 4])
    assert await session._team.drained(10)
    kept = [entry.segment.text[1:] for entry in await here.store.history(session.record.session_id)]
    assert kept == ["1", "2", "3", "4"]


async def test_a_booths_bug_while_a_segment_is_kept_doubles_nothing(
    here: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, journal = await keeping_the_second(here, monkeypatch)

    async def bug() -> None:
        raise RuntimeError("a booth's bug")

    session._team._crew.create_task(bug())
    await asyncio.sleep(0.5)
    journal.gate.set()
    said(session, range(3, 4))
    await until(lambda: words(here) == [1, 2, 3])
    kept = [entry.segment.text[1:] for entry in await here.store.history(session.record.session_id)]
    assert kept == ["1", "2", "3"]


async def test_a_journal_that_stands_still_is_not_the_recognisers_fault(
    here: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("SILENT_SECONDS", "TAKE_SECONDS", "FINISH_SECONDS"):
        monkeypatch.setattr(floors, limit, 0.3)
    monkeypatch.setattr(floors, "LOUD", 0.5)
    session = await talk(here)
    journal = Slow(here.store, monkeypatch)
    said(session, range(1, 2))
    await until(lambda: journal.waiting == 1)
    for number in range(2, 12):
        session.audio("host", speech(number, 0), position=None, seq=None)
        await asyncio.sleep(0.1)
    pausing = asyncio.create_task(session.pause())
    await asyncio.sleep(0.6)
    journal.gate.set()
    await pausing
    await until(lambda: words(here) == list(range(1, 12)))
    assert states(here) == []
    assert session.info.engines["recognizer"] == "cloud"


async def test_a_session_whose_journal_keeps_nothing_can_be_left(
    tmp_path: Path, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floors, "KEEPING_SECONDS", 0.1)
    async with asyncio.timeout(5):
        async with room(tmp_path, pool=crew.pool, terms=terms()) as here:
            session = await talk(here)
            journal = Slow(here.store, monkeypatch)
            said(session, range(1, 2))
            await until(lambda: journal.waiting == 1)
    monkeypatch.undo()
    async with room(tmp_path, pool=crew.pool, terms=terms()) as here:
        session = here.conference.running(session.record.session_id)
        assert [entry.segment.text for entry in session.history.entries()] == ["c1"]
        said(session, range(2, 3))
        await until(lambda: session.history.last_id == 2)
        assert [entry.segment.text for entry in session.history.entries()] == ["c1", "c2"]
