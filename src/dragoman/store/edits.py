"""What the host types, takes back and corrects. Each function works inside a transaction that its caller began."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BigInteger, Connection, and_, bindparam, case, delete, false
from sqlalchemy import insert as plain_insert
from sqlalchemy import update as plain_update
from sqlalchemy.dialects import postgresql, sqlite

from dragoman.journal import JournalFailed
from dragoman.speech import Segment
from dragoman.store.tables import lines, segments, sessions

_WHEN = bindparam("when", type_=BigInteger)
_COUNT = (
    plain_update(sessions)
    .where(sessions.c.session_id == bindparam("key"))
    .values(
        last_segment=sessions.c.last_segment + bindparam("number"),
        used=case((sessions.c.used < _WHEN, _WHEN), else_=sessions.c.used),
    )
    .returning(sessions.c.last_segment)
)
_TYPED = plain_insert(segments)
_SEGMENT = and_(segments.c.session_id == bindparam("key"), segments.c.id == bindparam("segment"))
_LINES = and_(lines.c.session_id == bindparam("key"), lines.c.segment_id == bindparam("segment"))
_RETRACT = plain_update(segments).where(_SEGMENT).values(text="", retracted=True, revision=segments.c.revision + 1)
_FORGET_LINES = delete(lines).where(_LINES)
_CORRECT = (
    plain_update(segments)
    .where(_SEGMENT, segments.c.retracted.is_(False))
    .values(text=bindparam("new"), revision=segments.c.revision + 1)
)
_FORGET_MADE = delete(lines).where(_LINES, lines.c.corrected == false())
_REMAINS = segments.select().with_only_columns(segments.c.id).where(_SEGMENT, segments.c.retracted.is_(False))


def typed(
    connection: Connection, session_id: str, texts: Sequence[str], position: int, timestamp: int
) -> list[Segment]:
    """Insert what was typed under the next ids. Raises JournalFailed where there is no such session."""
    last = connection.execute(_COUNT, {"key": session_id, "number": len(texts), "when": timestamp}).scalar()
    if last is None:
        raise JournalFailed(f"there is no session {session_id}")
    made = [
        Segment(number, position, position, text, timestamp, typed=True)
        for number, text in enumerate(texts, last - len(texts) + 1)
    ]
    rows = [
        {
            "session_id": session_id,
            "id": segment.id,
            "start": position,
            "end": position,
            "text": segment.text,
            "timestamp": timestamp,
            "typed": True,
        }
        for segment in made
    ]
    connection.execute(_TYPED, rows)
    return made


def retract(connection: Connection, session_id: str, segment_id: int) -> None:
    """Empty a segment and delete its lines. Raises JournalFailed where there is no such segment."""
    place = {"key": session_id, "segment": segment_id}
    _found(connection.execute(_RETRACT, place).rowcount, session_id)
    connection.execute(_FORGET_LINES, place)


def correct(connection: Connection, session_id: str, segment_id: int, text: str, language: str | None) -> None:
    """Write the floor's text and delete what was made of the old one, or write the line of a language. Raises
    JournalFailed where there is no such segment, or it was retracted.
    """
    place = {"key": session_id, "segment": segment_id}
    if language is None:
        _found(connection.execute(_CORRECT, place | {"new": text}).rowcount, session_id)
        connection.execute(_FORGET_MADE, place)
        return
    _found(len(connection.execute(_REMAINS, place).all()), session_id)
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    changed = {"text": text, "untranslated": False, "corrected": True}
    whole = {"session_id": session_id, "segment_id": segment_id, "language": language, "condensed": False, **changed}
    keys = [lines.c.session_id, lines.c.segment_id, lines.c.language]
    connection.execute(insert(lines).values(whole).on_conflict_do_update(index_elements=keys, set_=changed))


def _found(count: int, session_id: str) -> None:
    if count == 0:
        raise JournalFailed(f"session {session_id} has no such segment any more")
