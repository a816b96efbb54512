"""Clauses of speech that goes on; how far behind a line was spoken, and whether it was only shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what is there already was spoken as it was."""
    op.add_column("sessions", sa.Column("said", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("lines", sa.Column("condensed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("lines", sa.Column("lag", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("lines", "lag")
    op.drop_column("lines", "condensed")
    op.drop_column("sessions", "said")
