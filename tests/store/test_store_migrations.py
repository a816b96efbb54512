"""A database of an older version: what is in it stays as it was, and what is new of it works."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from dragoman.speech import Final, Line
from dragoman.store import Store
from dragoman.store.database import migrations


def made(path: Path, revision: str) -> None:
    """A database as that version made it."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = migrations()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


async def test_a_talk_of_version_2_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "talks.sqlite3"
    await asyncio.to_thread(made, path, "0002")
    with closing(sqlite3.connect(path)) as old:
        old.execute(
            "INSERT INTO sessions (session_id, name, host, source, targets, created, options, active, started, used,"
            " received, said, last_segment) VALUES ('123456', 'A talk', 'x', 'en', '[{\"tag\": \"es\", \"since\": 0}]',"
            " 1, '{}', 1, 1, 2, 800, 'half a', 1)"
        )
        old.execute("INSERT INTO segments VALUES ('123456', 1, 0, 800, 'hello', 5)")
        old.execute("INSERT INTO lines VALUES ('123456', 1, 'es', 'hola', 0, 0, 1200)")
        old.commit()
    async with Store.open(f"sqlite:///{path}") as store:
        (record,) = await store.sessions()
        assert (record.said, record.received, record.usage) == ("half a", 800, {})
        (entry,) = await store.history("123456")
        assert (entry.segment.text, entry.segment.language) == ("hello", "")
        assert entry.lines["es"] == Line(1, "es", "hola", lag=1200)
        final = Final(900, 1000, "hallo", 1000, language="de")
        segment = await store.append("123456", final, 6, {"es": "hola", "fr": "salut"})
        assert (segment.id, segment.language) == (2, "de")
        await store.used("123456", {"azure": {"voice": 12.0}})
        await store.update(record)
    async with Store.open(f"sqlite:///{path}") as store:
        (record,) = await store.sessions()
        assert record.usage == {"azure": {"voice": 12.0}}, "what changes a session leaves what was counted"
        entries = await store.history("123456")
        assert [entry.segment.language for entry in entries] == ["", "de"]
        assert {tag: line.text for tag, line in entries[1].lines.items()} == {"es": "hola", "fr": "salut"}
