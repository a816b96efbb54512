"""What the store does with the tables. Each function works inside a transaction that its caller began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Row, and_, bindparam, case, delete, or_, select
from sqlalchemy import insert as plain_insert
from sqlalchemy import text as sql
from sqlalchemy import update as plain_update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from dragoman.journal import CodeTaken, JournalFailed, SessionRecord, Target
from dragoman.speech import Entry, Final, Line, Segment
from dragoman.store.tables import lines, segments, sessions


def _grown(column: Column[int], name: str) -> ColumnElement[int]:
    """The greater of a column and a parameter; SQLite and PostgreSQL have different functions for it."""
    value: ColumnElement[int] = bindparam(name, type_=BigInteger)
    return case((column < value, value), else_=column)


# Built once: putting a statement together costs several times more than running it.
_CREATE = plain_insert(sessions)
_UPDATE = (
    plain_update(sessions)
    .where(sessions.c.session_id == bindparam("key"))
    .values(
        {column: bindparam(f"new_{column.name}") for column in sessions.c if not column.primary_key}
        | {
            sessions.c.used: _grown(sessions.c.used, "new_used"),
            sessions.c.received: sessions.c.received,
            sessions.c.said: sessions.c.said,
            sessions.c.usage: sessions.c.usage,
            sessions.c.last_segment: sessions.c.last_segment,
        }
    )
)
_COUNT = (
    plain_update(sessions)
    .where(sessions.c.session_id == bindparam("key"))
    .values(
        last_segment=sessions.c.last_segment + 1,
        received=_grown(sessions.c.received, "safe"),
        said=bindparam("said"),
        used=_grown(sessions.c.used, "spoken"),
    )
    .returning(sessions.c.last_segment)
)
_APPEND = plain_insert(segments)
_RECEIVED = (
    plain_update(sessions)
    .where(sessions.c.session_id == bindparam("key"))
    .where(sessions.c.received < bindparam("safe"))
    .values(received=bindparam("safe"), said="")
)
_LINE = and_(
    lines.c.session_id == bindparam("key"),
    lines.c.segment_id == bindparam("segment"),
    lines.c.language == bindparam("tag"),
)
_USED = plain_update(sessions).where(sessions.c.session_id == bindparam("key")).values(usage=bindparam("amounts"))
_REVISIONS = (
    select(segments.c.id, segments.c.revision)
    .where(segments.c.session_id == bindparam("key"))
    .where(segments.c.id.in_(bindparam("ids", expanding=True)))
)
_SPOKEN = plain_update(lines).where(_LINE).values(lag=bindparam("behind"))
_CONDENSED = plain_update(lines).where(_LINE).values(condensed=True, lag=None)
_DELETE = delete(sessions).where(sessions.c.session_id == bindparam("key"))
_FIND = select(sessions).where(sessions.c.session_id == bindparam("key"))
_OPEN = select(sessions).where(sessions.c.ended.is_(None)).order_by(sessions.c.created, sessions.c.session_id)
_SEGMENTS = (
    select(
        *(segments.c.id, segments.c.start, segments.c.end, segments.c.text, segments.c.timestamp, segments.c.language),
        *(segments.c.typed, segments.c.retracted, segments.c.revision),
    )
    .where(segments.c.session_id == bindparam("key"))
    .order_by(segments.c.id)
)
_LINES = (
    select(
        *(lines.c.segment_id, lines.c.language, lines.c.text, lines.c.untranslated, lines.c.condensed, lines.c.lag),
        lines.c.corrected,
    )
    .where(lines.c.session_id == bindparam("key"))
    .order_by(lines.c.segment_id)
)
_PART = 500
"""Lines fetched at a time."""
_EXPIRED = select(sessions.c.session_id).where(
    or_(
        sessions.c.ended < bindparam("ended_before"),
        and_(
            sessions.c.ended.is_(None),
            sessions.c.started.is_(False),
            sessions.c.created < bindparam("unstarted_before"),
        ),
        and_(sessions.c.ended.is_(None), sessions.c.started.is_(True), sessions.c.used < bindparam("idle_before")),
    )
)


def create(connection: Connection, record: SessionRecord) -> None:
    """Insert a session. Raises CodeTaken."""
    try:
        connection.execute(_CREATE, _values(record) | {"last_segment": 0})
    except IntegrityError as error:
        raise CodeTaken(record.session_id) from error


def update(connection: Connection, record: SessionRecord) -> None:
    """Write all of a session but `received`, `said` and `usage`; `used` only grows. Raises JournalFailed where there is
    none."""
    values = {f"new_{name}": value for name, value in _values(record).items()}
    if connection.execute(_UPDATE, values | {"key": record.session_id}).rowcount == 0:
        raise _unknown(record.session_id)


def append(
    connection: Connection, session_id: str, final: Final, timestamp: int, translations: Mapping[str, str]
) -> Segment:
    """Insert a segment under the next id, and its lines. Raises JournalFailed where there is no such session."""
    kept = {"key": session_id, "safe": final.safe, "said": final.said, "spoken": timestamp}
    counted = connection.execute(_COUNT, kept).scalar()
    if counted is None:
        raise _unknown(session_id)
    segment = Segment(counted, final.start, final.end, final.text, timestamp, final.language)
    connection.execute(
        _APPEND,
        {
            "session_id": session_id,
            "id": segment.id,
            "start": segment.start,
            "end": segment.end,
            "text": segment.text,
            "timestamp": timestamp,
            "language": segment.language,
        },
    )
    add_lines(connection, session_id, [Line(segment.id, tag, text) for tag, text in translations.items()])
    return segment


def add_lines(connection: Connection, session_id: str, made: Sequence[Line]) -> None:
    """Insert translations that are not there yet, of segments that are still what was translated. Raises JournalFailed
    where a segment is not there.
    """
    if not made:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    ids = {line.segment_id for line in made}
    revisions = {row.id: row.revision for row in connection.execute(_REVISIONS, {"key": session_id, "ids": list(ids)})}
    if ids - set(revisions):
        raise JournalFailed(f"session {session_id} has no segment for a line")
    rows = [
        {
            "session_id": session_id,
            "segment_id": line.segment_id,
            "language": line.language,
            "text": line.text,
            "untranslated": line.untranslated,
            "condensed": line.condensed,
            "lag": line.lag,
            "corrected": line.corrected,
        }
        for line in made
        if line.revision == revisions[line.segment_id]
    ]
    if rows:
        connection.execute(insert(lines).on_conflict_do_nothing(), rows)


def raise_received(connection: Connection, session_id: str, position: int) -> None:
    """Let `received` grow to a floor position, samples."""
    connection.execute(_RECEIVED, {"key": session_id, "safe": position})


def used(connection: Connection, session_id: str, usage: Mapping[str, Mapping[str, float]]) -> None:
    """Write what was used so far. Nothing happens where there is no such session."""
    amounts = {engine: dict(kinds) for engine, kinds in usage.items()}
    connection.execute(_USED, {"key": session_id, "amounts": amounts})


def spoken(connection: Connection, session_id: str, segment_id: int, language: str, lag: int | None) -> None:
    """Write how far behind the floor a line was said, ms. Nothing happens where there is no such line."""
    connection.execute(_SPOKEN, {"key": session_id, "segment": segment_id, "tag": language, "behind": lag})


def condensed(connection: Connection, session_id: str, segment_id: int, language: str) -> None:
    """Write that a line was shown and not spoken. Nothing happens where there is no such line."""
    connection.execute(_CONDENSED, {"key": session_id, "segment": segment_id, "tag": language})


def remove(connection: Connection, session_id: str) -> None:
    """Delete a session; segments and lines go with it."""
    connection.execute(_DELETE, {"key": session_id})


def probe(connection: Connection) -> None:
    """Write without changing anything: fails where an append would (disk full, file read-only, locked)."""
    connection.execute(sql("UPDATE alembic_version SET version_num = version_num"))


def find(connection: Connection, session_id: str) -> SessionRecord | None:
    """One session."""
    row = connection.execute(_FIND, {"key": session_id}).first()
    return None if row is None else _record(row)


def open_sessions(connection: Connection) -> list[SessionRecord]:
    """The sessions that have not ended, oldest first."""
    return [_record(row) for row in connection.execute(_OPEN)]


def history(connection: Connection, session_id: str) -> list[Entry]:
    """All that was said in a session, in two queries however long it is."""
    said = {row[0]: Entry(Segment(*row)) for row in connection.execute(_SEGMENTS, {"key": session_id})}
    # In parts: as one list a long talk's rows would be collected as garbage in one go, with the loop standing still.
    for part in connection.execute(_LINES, {"key": session_id}).yield_per(_PART).partitions():
        for row in part:
            entry = said[row.segment_id]
            entry.lines[row.language] = Line(**row._mapping, revision=entry.segment.revision)
    return list(said.values())


def expired(connection: Connection, *, ended_before: int, unstarted_before: int, idle_before: int) -> list[str]:
    """Ids of the sessions whose time is over; see Journal.expired."""
    limits = {"ended_before": ended_before, "unstarted_before": unstarted_before, "idle_before": idle_before}
    return list(connection.execute(_EXPIRED, limits).scalars())


def _unknown(session_id: str) -> JournalFailed:
    return JournalFailed(f"there is no session {session_id}")


def _values(record: SessionRecord) -> dict[str, Any]:
    return {
        "session_id": record.session_id,
        "name": record.name,
        "host": record.host,
        "source": record.source,
        "targets": [{"tag": target.tag, "since": target.since} for target in record.targets],
        "created": record.created,
        "options": dict(record.options),
        "passcode": record.passcode,
        "active": record.active,
        "started": record.started,
        "ended": record.ended,
        "used": record.used,
        "received": record.received,
        "said": record.said,
        "usage": {engine: dict(kinds) for engine, kinds in record.usage.items()},
    }


def _record(row: Row[Any]) -> SessionRecord:
    return SessionRecord(
        session_id=row.session_id,
        name=row.name,
        host=row.host,
        source=row.source,
        targets=tuple(Target(target["tag"], target["since"]) for target in row.targets),
        created=row.created,
        options=row.options,
        passcode=row.passcode,
        active=row.active,
        started=row.started,
        ended=row.ended,
        used=row.used,
        received=row.received,
        said=row.said,
        usage=row.usage,
    )
