"""Opens the database: the file and who may read it, SQLite's switches, the tables of this version."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

IMMEDIATE = "dragoman_immediate"
"""Execution option of an engine whose transactions take the write lock when they begin: a transaction that first
reads and then writes would otherwise fail at once, without waiting, when another process wrote in between."""

_AGAIN = 0.01
"""Seconds between two tries for a lock that SQLite does not wait for."""


class DatabaseUnusable(Exception):
    """The database cannot be opened. The text says why, and what would help."""


def migrations() -> Config:
    """Alembic's configuration: the scripts lie inside the package, so that an installed wheel has them too."""
    config = Config()
    config.set_main_option("script_location", "dragoman.store:migrations")
    return config


def connect(url: str, *, patience: float) -> Engine:
    """The database with the tables of this version; what is missing is made, what is older is brought up.

    url: an SQLAlchemy URL. patience: seconds to wait for another process's lock. Raises DatabaseUnusable.
    """
    place = _parse(url)
    shown = place.render_as_string(hide_password=True)
    try:
        if place.get_backend_name() == "sqlite":
            _make_file(place)
            _write_ahead(place, patience)
        # Foreign keys are off in migrations: SQLite alters a table by replacing it, and dropping the old one
        # would take all that refers to it along.
        maker = _engine(place, patience, foreign_keys=False)
        try:
            with maker.execution_options(**{IMMEDIATE: True}).begin() as connection:
                _upgrade(connection, shown)
        finally:
            maker.dispose()
        return _engine(place, patience, foreign_keys=True)
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        reason = getattr(error, "orig", None) or error
        raise DatabaseUnusable(f"the database {shown} cannot be used: {reason}") from error
    except (CommandError, ImportError, TypeError, ValueError) as error:  # a driver is missing; an option makes no sense
        raise DatabaseUnusable(f"the database {shown} cannot be opened: {error}") from error


def scrub(engine: Engine) -> None:
    """Empty SQLite's write-ahead log, which still holds what was deleted; the pages of the tables hold it no more.

    Waits for readers and writers, then gives up: the log is emptied with the next deletion or when the store closes.
    """
    if engine.dialect.name != "sqlite":
        return
    with suppress(sqlite3.Error), closing(engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _parse(url: str) -> URL:
    try:
        place = make_url(url)
        backend = place.get_backend_name()
        place.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise DatabaseUnusable(
            "DATABASE_URL must be an SQLAlchemy URL such as sqlite:///data/dragoman.sqlite3"
        ) from error
    if backend == "sqlite" and (not place.database or place.database.startswith((":", "file:"))):
        raise DatabaseUnusable("DATABASE_URL must name a plain file, as in sqlite:///data/talks.sqlite3")
    return place


def _make_file(place: URL) -> None:
    """Make directory and file, the file readable by its owner only; SQLite gives its side files the same mode."""
    path = Path(place.database or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))


def _write_ahead(place: URL, patience: float) -> None:
    """Give the file a write-ahead log, for good. Raises sqlite3.Error.

    SQLite waits for nobody here: of two that switch a new file at once, one is told at once that it is locked.
    """
    deadline = time.monotonic() + patience
    with closing(sqlite3.connect(place.database or "", timeout=patience)) as connection:
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(_AGAIN)


def _engine(place: URL, patience: float, *, foreign_keys: bool) -> Engine:
    if place.get_backend_name() != "sqlite":
        return create_engine(place, pool_pre_ping=True, hide_parameters=True)
    # Parameters are what people said: no error may carry them into a log.
    engine = create_engine(place, connect_args={"timeout": patience}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: it would begin none before DDL and SAVEPOINT.
        connection.isolation_level = None
        cursor = connection.cursor()
        # FULL: a commit is on the disk when it returns, also if the power goes.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        # What is deleted was said by somebody: its pages are overwritten.
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get(IMMEDIATE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _upgrade(connection: Connection, shown: str) -> None:
    config = migrations()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    kept = set(MigrationContext.configure(connection).get_current_heads())
    if not kept <= known:
        raise DatabaseUnusable(
            f"the database {shown} was made by a newer version of Dragoman; install that version, or name another "
            "database in DATABASE_URL"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
