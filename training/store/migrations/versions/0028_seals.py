"""Seals of rows in the audit chain, digests of result files, and findings that no statement removes."""

import sqlalchemy as sa
from alembic import op

from training.store.append_only import statements
from training.store.types import Json, UtcTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

STANDS = "state IN ('queued', 'running', 'complete') AND removed_at IS NULL"
STOOD = "state IN ('queued', 'running', 'complete')"


def upgrade() -> None:
    """Bring the schema forward. Results of earlier runs have no digest; the next ones have."""
    op.add_column("event", sa.Column("seals", Json, nullable=True))
    op.add_column("run", sa.Column("result_sha256", sa.String(length=64), nullable=True))
    op.add_column("run", sa.Column("result_bytes", sa.BigInteger(), nullable=True))
    op.add_column("run", sa.Column("removed_at", UtcTime(), nullable=True))
    _alive(STANDS)
    for statement in statements("finding", op.get_context().dialect.name, ("delete",), erasable=True):
        op.execute(sa.text(statement))


def downgrade() -> None:
    """Take it back. A result that was removed counts as one whose file is missing."""
    for act in ("delete", "truncate") if op.get_context().dialect.name == "postgresql" else ("delete",):
        on = " ON finding" if op.get_context().dialect.name == "postgresql" else ""
        op.execute(sa.text(f"DROP TRIGGER finding_no_{act}{on}"))
    op.execute(
        sa.text(
            "UPDATE run SET state = 'killed', reason = 'its result was removed to free space'"
            " WHERE removed_at IS NOT NULL AND state = 'complete'"
        )
    )
    _alive(STOOD)
    for name in ("removed_at", "result_bytes", "result_sha256"):
        op.drop_column("run", name)
    op.drop_column("event", "seals")


def _alive(condition: str) -> None:
    op.drop_index("uq_run_one_alive", table_name="run")
    where = sa.text(condition)
    op.create_index("uq_run_one_alive", "run", ["key"], unique=True, sqlite_where=where, postgresql_where=where)
