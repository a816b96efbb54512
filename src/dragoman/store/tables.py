"""The tables: sessions, what was said in them, and its translations. Positions are samples, times are ms since 1970."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
    text,
)

# Constraints without a name cannot be changed by a later migration.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

sessions = Table(
    "sessions",
    metadata,
    Column("session_id", String(16), primary_key=True),
    Column("name", Text, nullable=False),
    Column("host", String(64), nullable=False),
    Column("source", String(64), nullable=False),
    Column("targets", JSON, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("options", JSON, nullable=False),
    Column("passcode", Text),
    Column("active", Boolean, nullable=False),
    Column("started", Boolean, nullable=False),
    Column("ended", BigInteger),
    Column("used", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("said", Text, nullable=False, server_default=text("''")),
    # The id of the newest segment. Counting here keeps ids without holes and needs no search for the greatest.
    Column("last_segment", Integer, nullable=False),
)

# Without SQLite's row ids each of these is one tree in the order in which a history is read, and a commit writes
# one page less per table.
segments = Table(
    "segments",
    metadata,
    Column("session_id", ForeignKey("sessions.session_id", ondelete="CASCADE"), primary_key=True),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("timestamp", BigInteger, nullable=False),
    Column("typed", Boolean, nullable=False, server_default=false()),
    Column("retracted", Boolean, nullable=False, server_default=false()),
    # Rises with every correction: a translation of what was corrected meanwhile is not kept.
    Column("revision", Integer, nullable=False, server_default=text("0")),
    sqlite_with_rowid=False,
)

lines = Table(
    "lines",
    metadata,
    Column("session_id", String(16), primary_key=True),
    Column("segment_id", Integer, primary_key=True, autoincrement=False),
    Column("language", String(64), primary_key=True),
    Column("text", Text, nullable=False),
    Column("untranslated", Boolean, nullable=False),
    Column("condensed", Boolean, nullable=False, server_default=false()),
    Column("lag", Integer),
    Column("corrected", Boolean, nullable=False, server_default=false()),
    ForeignKeyConstraint(["session_id", "segment_id"], ["segments.session_id", "segments.id"], ondelete="CASCADE"),
    sqlite_with_rowid=False,
)
