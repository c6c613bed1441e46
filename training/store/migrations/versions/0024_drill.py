"""Figures of reports, and the drill: what its author answered, and whether it is shared."""

import sqlalchemy as sa
from alembic import op

from training.store.append_only import statements
from training.store.types import Json, UtcTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

KEY = "attempt_id_number_weakness_version"


def upgrade() -> None:
    """Bring the schema forward: no report has a figure yet, and nobody has been asked anything."""
    op.create_table(
        "report_figure",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("given", Json, nullable=False),
        sa.Column("caption", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        _check("report_figure", "version_from_one", "version >= 1"),
        _to_attempt("report_figure"),
        sa.PrimaryKeyConstraint("attempt_id", "name", name=op.f("pk_report_figure")),
    )
    op.create_table(
        "drill_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("weakness", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        _check("drill_answer", "counts", "number >= 1 AND version >= 1"),
        _to_attempt("drill_answer"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drill_answer")),
        sa.UniqueConstraint("attempt_id", "number", "weakness", "version", name=op.f(f"uq_drill_answer_{KEY}")),
    )
    op.create_table(
        "drill_share",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        _to_attempt("drill_share"),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_drill_share")),
    )
    for statement in statements("drill_answer", op.get_context().dialect.name, ("update",)):
        op.execute(sa.text(statement))


def downgrade() -> None:
    """Take it back. Answers and choices of figures are lost; what was filed keeps its figures."""
    op.drop_table("drill_share")
    op.drop_table("drill_answer")
    if op.get_context().dialect.name == "postgresql":
        op.execute(sa.text("DROP FUNCTION drill_answer_is_append_only()"))
    op.drop_table("report_figure")


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _to_attempt(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_attempt_id_attempt")
    return sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=name, ondelete="CASCADE")
