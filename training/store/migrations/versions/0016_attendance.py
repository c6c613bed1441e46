"""Attendance: arrivals, marks, corrections."""

import sqlalchemy as sa
from alembic import op

from training.store.append_only import statements
from training.store.types import Json, UtcTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ACTS = ("waiting", "arrived", "left", "present", "late", "excused", "absent", "admitted", "barred", "void")
WAYS = ("join", "qr", "code", "grid", "sheet", "csv")
KEYED = sa.text("request_key <> ''")


def upgrade() -> None:
    """Bring the schema forward."""
    _records()
    _choices()
    _sheets()


def downgrade() -> None:
    """Take it back."""
    for table in ("attendance_sheet", "attendance_check_in", "attendance_choice", "attendance_detail"):
        op.drop_table(table)
    op.drop_table("attendance_record")
    if op.get_context().dialect.name == "postgresql":
        op.execute(sa.text("DROP FUNCTION attendance_record_is_append_only()"))


def _records() -> None:
    table = "attendance_record"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("half", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("how", sa.String(length=5), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("replaces", sa.Uuid(), nullable=True),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        _check(table, "what_known", _one_of("what", ACTS)),
        _check(table, "how_known", _one_of("how", WAYS)),
        _check(table, "minutes_in_range", "minutes IS NULL OR minutes BETWEEN 0 AND 1440"),
        _check(table, "counted_from_one", "seq >= 1 AND day >= 1 AND half >= 1"),
        _to(table, "session_id", "teaching_session"),
        _to(table, "person_id", "person"),
        _to(table, "by", "person"),
        _to(table, "replaces", table),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("session_id", "seq", name=op.f(f"uq_{table}_session_id_seq")),
    )
    op.create_index(f"ix_{table}_person_id", table, ["person_id"])
    named = ["session_id", "request_key", "person_id", "day", "half", "what"]
    op.create_index(f"uq_{table}_key", table, named, unique=True, sqlite_where=KEYED, postgresql_where=KEYED)
    for statement in statements(table, op.get_context().dialect.name, ("update",)):
        op.execute(sa.text(statement))
    name = op.f("fk_attendance_detail_record_id_attendance_record")
    op.create_table(
        "attendance_detail",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("seat", sa.String(length=10), nullable=False),
        sa.Column("remark", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], [f"{table}.id"], name=name, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_attendance_detail")),
    )


def _choices() -> None:
    table = "attendance_choice"
    op.create_table(
        table,
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("by_join", sa.Boolean(), nullable=False),
        sa.Column("ask_seat", sa.Boolean(), nullable=False),
        sa.Column("check_out", sa.Boolean(), nullable=False),
        sa.Column("late_entry", sa.Integer(), nullable=False),
        _check(table, "late_entry_in_range", "late_entry BETWEEN 0 AND 240"),
        _to(table, "session_id", "teaching_session"),
        sa.PrimaryKeyConstraint("session_id", name=op.f(f"pk_{table}")),
    )
    table = "attendance_check_in"
    op.create_table(
        table,
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("half", sa.Integer(), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=True),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("heads", sa.Integer(), nullable=True),
        sa.Column("counted_at", UtcTime(), nullable=True),
        _check(table, "heads_in_range", "heads IS NULL OR heads BETWEEN 0 AND 1000"),
        _to(table, "session_id", "teaching_session"),
        sa.PrimaryKeyConstraint("session_id", "day", "half", name=op.f(f"pk_{table}")),
    )


def _sheets() -> None:
    table = "attendance_sheet"
    op.create_table(
        table,
        sa.Column("code", sa.String(length=7), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("half", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("of_pages", sa.Integer(), nullable=False),
        sa.Column("rows", Json, nullable=False),
        sa.Column("printed_at", UtcTime(), nullable=False),
        _to(table, "session_id", "teaching_session"),
        sa.PrimaryKeyConstraint("code", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_session_id", table, ["session_id"])


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete="RESTRICT")
