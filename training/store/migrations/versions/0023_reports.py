"""Reports of attempts: what their authors write, what is chosen for them, and what was filed."""

import sqlalchemy as sa
from alembic import op

from training.store.append_only import statements
from training.store.types import UtcTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward: nobody has written a report yet."""
    op.create_table(
        "report_part",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        _check("report_part", "version_from_one", "version >= 1"),
        _to("report_part", "attempt_id", "attempt"),
        sa.PrimaryKeyConstraint("attempt_id", "part", name=op.f("pk_report_part")),
    )
    op.create_table(
        "report_choice",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=True),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("alternatives", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        _check("report_choice", "version_from_one", "version >= 1"),
        _to("report_choice", "attempt_id", "attempt"),
        _to("report_choice", "finding_id", "finding"),
        sa.PrimaryKeyConstraint("attempt_id", "question", name=op.f("pk_report_choice")),
    )
    op.create_index("ix_report_choice_finding_id", "report_choice", ["finding_id"])
    op.create_table(
        "report_filed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("warnings", sa.Integer(), nullable=False),
        _check("report_filed", "counts", "number >= 1 AND warnings >= 0"),
        _check("report_filed", "digest_whole", "length(sha256) = 64"),
        _to("report_filed", "attempt_id", "attempt"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_filed")),
        sa.UniqueConstraint("attempt_id", "number", name=op.f("uq_report_filed_attempt_id_number")),
    )
    for statement in statements("report_filed", op.get_context().dialect.name, ("update",)):
        op.execute(sa.text(statement))


def downgrade() -> None:
    """Take it back. What was written and filed is lost; findings and citations stay."""
    op.drop_table("report_filed")
    if op.get_context().dialect.name == "postgresql":
        op.execute(sa.text("DROP FUNCTION report_filed_is_append_only()"))
    op.drop_table("report_choice")
    op.drop_table("report_part")


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete="CASCADE")
