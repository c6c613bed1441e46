"""Rosters as they were read, join codes, sign-in slips."""

import sqlalchemy as sa
from alembic import op

from training.store.types import Json, UtcTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STANDS = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Bring the schema forward."""
    _imports()
    _notes()
    _codes()
    _slips()


def downgrade() -> None:
    """Take it back."""
    for table in ("sign_in_slip", "join_code", "roster_note", "roster_import"):
        op.drop_table(table)


def _imports() -> None:
    table = "roster_import"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=True),
        sa.Column("choices", Json, nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("applied_by", sa.Uuid(), nullable=True),
        sa.Column("applied_at", UtcTime(), nullable=True),
        sa.Column("outcome", Json, nullable=True),
        _check(table, "outcome_of_applied", "(applied_at IS NULL) = (outcome IS NULL)"),
        _check(table, "source_until_applied", "applied_at IS NULL OR source IS NULL"),
        _to(table, "session_id", "teaching_session"),
        _to(table, "made_by", "person"),
        _to(table, "applied_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_import")),
    )
    op.create_index(op.f("ix_roster_import_session_id"), table, ["session_id"])


def _notes() -> None:
    table = "roster_note"
    op.create_table(
        table,
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        _check(table, "note_given", "note <> ''"),
        _to(table, "session_id", "teaching_session"),
        _to(table, "person_id", "person"),
        sa.PrimaryKeyConstraint("session_id", "person_id", name=op.f("pk_roster_note")),
    )
    op.create_index(op.f("ix_roster_note_person_id"), table, ["person_id"])


def _codes() -> None:
    table = "join_code"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("code_key", sa.String(length=20), nullable=False),
        sa.Column("opens_at", UtcTime(), nullable=False),
        sa.Column("closes_at", UtcTime(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("walk_ins", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        _check(table, "used_in_range", "used BETWEEN 0 AND most"),
        _check(table, "most_in_range", "most BETWEEN 1 AND 600"),
        _check(table, "closes_after_opening", "closes_at > opens_at"),
        _to(table, "session_id", "teaching_session"),
        _to(table, "made_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_code")),
        sa.UniqueConstraint("code_key", name=op.f("uq_join_code_code_key")),
    )
    op.create_index(op.f("ix_join_code_session_id"), table, ["session_id"])
    _one_stands(table, "session_id")


def _slips() -> None:
    table = "sign_in_slip"
    op.create_table(
        table,
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("used_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        _check(table, "used_is_ended", "used_at IS NULL OR ended_at IS NOT NULL"),
        _check(table, "expires_after_making", "expires_at > made_at"),
        _to(table, "session_id", "teaching_session"),
        _to(table, "person_id", "person"),
        _to(table, "made_by", "person"),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_sign_in_slip")),
    )
    for column in ("session_id", "person_id"):
        op.create_index(op.f(f"ix_sign_in_slip_{column}"), table, [column])
    _one_stands(table, "person_id")


def _one_stands(table: str, column: str) -> None:
    name = f"uq_{table}_standing"
    op.create_index(name, table, [column], unique=True, sqlite_where=STANDS, postgresql_where=STANDS)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete="RESTRICT")
