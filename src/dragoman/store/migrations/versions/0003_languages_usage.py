"""The language of each segment, where it was identified; what a session has used of what costs something."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what is there already was in the session's own language and cost nothing."""
    op.add_column("sessions", sa.Column("usage", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))
    op.add_column("segments", sa.Column("language", sa.String(64), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("segments", "language")
    op.drop_column("sessions", "usage")
