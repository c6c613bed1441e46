"""Organisations that are closed: their rows stay, their roles count no more."""

import sqlalchemy as sa
from alembic import op

from training.store.types import UtcTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward: all organisations are open."""
    op.add_column("organisation", sa.Column("closed_at", UtcTime(), nullable=True))


def downgrade() -> None:
    """Take it back. The older program knows no closed organisations: the roles held in them end."""
    op.execute(
        "DELETE FROM membership WHERE organisation_id IN (SELECT id FROM organisation WHERE closed_at IS NOT NULL)"
    )
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_column("closed_at")
