"""Critical errors of examinations with their reasons, appeals against them, and what became of these."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from training.store import new_id
from training.store.types import Json, UtcTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLE = "examination_critical"
NO_REASON = "-"
"""What an error says that was recorded when nobody was asked for a reason."""


def upgrade() -> None:
    """Bring the schema forward. Errors that stood in the newest result of a sitting become rows, with no reason."""
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("examination", sa.String(length=10), nullable=False),
        sa.Column("sitting", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=160), nullable=False),
        sa.Column("happened", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("appeal", sa.Text(), nullable=False),
        sa.Column("appealed_at", UtcTime(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        _check("sitting_in_range", "sitting BETWEEN 1 AND 9"),
        _check("reason_given", "happened <> ''"),
        _check("outcome_known", "outcome IS NULL OR outcome IN ('stands', 'withdrawn')"),
        _check("decided_with_time", "(outcome IS NULL) = (decided_at IS NULL)"),
        _check("stands_after_an_appeal", "outcome IS NULL OR outcome = 'withdrawn' OR appealed_at IS NOT NULL"),
        *(_to_person(column) for column in ("person_id", "by", "decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(f"ix_{TABLE}_person_id", TABLE, ["person_id"])
    op.create_index(f"ix_{TABLE}_session_id_person_id", TABLE, ["session_id", "person_id"])
    _carry_over()


def downgrade() -> None:
    """Take it back. Reasons and appeals are lost; what stood when a result was recorded stands in that again."""
    op.drop_table(TABLE)


def _carry_over() -> None:
    columns: list[sa.ColumnClause[Any]] = [
        *(sa.column(name, sa.Uuid()) for name in ("id", "session_id", "person_id", "by")),
        *(sa.column(name) for name in ("examination", "sitting")),
        sa.column("at", UtcTime()),
        sa.column("critical", Json),
    ]
    old = sa.table("examination_result", *columns)
    connection = op.get_bind()
    newest: dict[Sequence[Any], Any] = {}
    for row in connection.execute(sa.select(old).order_by(old.c.at, old.c.id)):
        newest[row.session_id, row.person_id, row.examination, row.sitting] = row
    made = [
        {
            "id": new_id(),
            **{name: getattr(row, name) for name in ("session_id", "person_id", "examination", "sitting", "by", "at")},
            "error": error,
            "happened": NO_REASON,
            **dict.fromkeys(("place", "appeal", "note"), ""),
        }
        for row in newest.values()
        for error in row.critical
    ]
    if made:
        ids = ("id", "session_id", "person_id", "by")
        rest = ("examination", "sitting", "error", "happened", "place", "appeal", "note")
        given: list[sa.ColumnClause[Any]] = [sa.column("at", UtcTime())]
        given += [*(sa.column(name, sa.Uuid()) for name in ids), *(sa.column(name) for name in rest)]
        connection.execute(sa.insert(sa.table(TABLE, *given)), made)


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{TABLE}_{name}"))


def _to_person(column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{TABLE}_{column}_person")
    return sa.ForeignKeyConstraint([column], ["person.id"], name=name, ondelete="RESTRICT")
