"""What the host typed, took back or corrected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what is there already was spoken and stays as it was."""
    op.add_column("segments", sa.Column("typed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("segments", sa.Column("retracted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("segments", sa.Column("revision", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("lines", sa.Column("corrected", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("lines", "corrected")
    op.drop_column("segments", "revision")
    op.drop_column("segments", "retracted")
    op.drop_column("segments", "typed")
