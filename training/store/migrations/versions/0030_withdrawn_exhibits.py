"""Exhibits that were unregistered: their rows stay, for what was found on them."""

import sqlalchemy as sa
from alembic import op

from training.store.types import UtcTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward: nothing was unregistered yet."""
    op.add_column("exhibit", sa.Column("withdrawn_at", UtcTime(), nullable=True))


def downgrade() -> None:
    """Take it back; what was unregistered counts as registered again, and is damaged without its files."""
    op.drop_column("exhibit", "withdrawn_at")
