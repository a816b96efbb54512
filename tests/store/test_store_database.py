import asyncio
import sqlite3
from contextlib import closing

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from dragoman.store import DatabaseUnusable, Store
from dragoman.store.database import connect, migrations
from dragoman.store.tables import metadata


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'talks.sqlite3'}"


def test_the_migrations_make_the_tables_that_the_code_uses(url):
    engine = connect(url, patience=1)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        kept = inspect(connection)
        for table in metadata.tables.values():
            assert kept.get_pk_constraint(table.name)["name"] == f"pk_{table.name}"
        names = {key["name"] for table in metadata.tables for key in kept.get_foreign_keys(table)}
        assert names == {"fk_segments_sessions", "fk_lines_segments"}
        assert all(key["options"] == {"ondelete": "CASCADE"} for key in kept.get_foreign_keys("lines"))
    engine.dispose()


def test_sqlite_is_set_up_to_lose_nothing(url):
    engine = connect(url, patience=1.5)
    with engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        }
    engine.dispose()
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 1500,
    }


def test_the_tables_can_be_taken_down_and_made_again(url):
    engine = connect(url, patience=1)
    with engine.begin() as connection:
        config = migrations()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    engine.dispose()
    connect(url, patience=1).dispose()


async def test_two_that_open_a_new_database_at_once_both_get_it(url):
    async def visit():
        async with Store.open(url) as store:
            return await store.sessions()

    assert await asyncio.gather(visit(), visit(), visit()) == [[], [], []]


async def refusal(url):
    with pytest.raises(DatabaseUnusable) as caught:
        async with Store.open(url, patience=0.1):
            pass
    return str(caught.value)


async def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(url, tmp_path):
    connect(url, patience=1).dispose()
    with closing(sqlite3.connect(tmp_path / "talks.sqlite3")) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()
    assert "newer version of Dragoman" in await refusal(url)
    with closing(sqlite3.connect(tmp_path / "talks.sqlite3")) as other:
        assert other.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


async def test_a_file_that_is_no_database_is_refused(url, tmp_path):
    (tmp_path / "talks.sqlite3").write_bytes(b"minutes of the meeting, as text\n" * 100)
    assert "not a database" in await refusal(url)


async def test_a_folder_in_place_of_a_file_is_refused(url, tmp_path):
    (tmp_path / "talks.sqlite3").mkdir()
    assert "cannot be used" in await refusal(url)


async def test_a_locked_database_is_not_waited_for_for_ever(url, tmp_path):
    connect(url, patience=1).dispose()
    with closing(sqlite3.connect(tmp_path / "talks.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "locked" in await refusal(url)


@pytest.mark.parametrize("url", ["", "talks.sqlite3", "nosuch://host/name", "sqlite:///x?timeout=long"])
async def test_what_is_no_usable_url_is_answered_with_one_that_would_be(url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "database" in (await refusal(url)).lower()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
async def test_a_database_in_memory_is_refused(url):
    assert "plain file" in await refusal(url)


async def test_a_password_in_the_url_is_never_shown():
    sentence = await refusal("postgresql+psycopg://me:secret@127.0.0.1:1/talks")
    assert "secret" not in sentence
    assert "127.0.0.1" in sentence
