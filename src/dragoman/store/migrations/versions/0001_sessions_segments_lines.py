"""Sessions, what was said in them, and its translations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "sessions",
        sa.Column("session_id", sa.String(16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("targets", sa.JSON(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("passcode", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("started", sa.Boolean(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("last_segment", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_sessions"),
    )
    op.create_table(
        "segments",
        sa.Column("session_id", sa.String(16), nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.session_id"], name="fk_segments_sessions", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "id", name="pk_segments"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lines",
        sa.Column("session_id", sa.String(16), nullable=False),
        sa.Column("segment_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("language", sa.String(64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("untranslated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id", "segment_id"],
            ["segments.session_id", "segments.id"],
            name="fk_lines_segments",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", "segment_id", "language", name="pk_lines"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Remove all tables and what they hold."""
    op.drop_table("lines")
    op.drop_table("segments")
    op.drop_table("sessions")
