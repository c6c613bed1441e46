"""Failed tries are counted by network as well."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward: rows of the last hour keep the addresses that they have."""
    op.create_index("ix_failure_network", "failure", ["address", "at"])


def downgrade() -> None:
    """Undo it."""
    op.drop_index("ix_failure_network", table_name="failure")
