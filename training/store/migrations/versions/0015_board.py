"""The live board: what moves in labs, messages, help queue, disturbances."""

import sqlalchemy as sa
from alembic import op

from training.store.types import UtcTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = ("session_incident", "session_help", "session_follower", "session_message", "session_board", "activity")


def upgrade() -> None:
    """Bring the schema forward."""
    _activity()
    _board()
    _messages()
    _help()
    _incidents()


def downgrade() -> None:
    """Take it back."""
    for table in TABLES:
        op.drop_table(table)


def _activity() -> None:
    table = "activity"
    op.create_table(
        table,
        sa.Column("circle", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("acts", sa.Integer(), nullable=False),
        sa.Column("progress_at", UtcTime(), nullable=True),
        sa.Column("wrong", sa.Integer(), nullable=False),
        _check(table, "counts", "acts >= 1 AND wrong >= 0"),
        _to(table, "person_id", "person"),
        sa.PrimaryKeyConstraint("circle", "person_id", name=op.f("pk_activity")),
    )


def _board() -> None:
    table = "session_board"
    op.create_table(
        table,
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _to(table, "session_id", "teaching_session"),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session_board")),
    )
    table = "session_follower"
    op.create_table(
        table,
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("read_to", sa.Integer(), nullable=False),
        _to(table, "session_id", "teaching_session"),
        _to(table, "person_id", "person"),
        sa.PrimaryKeyConstraint("session_id", "person_id", name=op.f("pk_session_follower")),
    )
    op.create_index("ix_session_follower_person_id", table, ["person_id"])


def _messages() -> None:
    table = "session_message"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("withdrawn_at", UtcTime(), nullable=True),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        _check(table, "text_given", "text <> ''"),
        _to(table, "session_id", "teaching_session"),
        _to(table, "by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_message")),
        sa.UniqueConstraint("session_id", "number", name=op.f("uq_session_message_session_id_number")),
        sa.UniqueConstraint("session_id", "request_key", name=op.f("uq_session_message_session_id_request_key")),
    )


def _help() -> None:
    table = "session_help"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("did", sa.String(length=300), nullable=False),
        sa.Column("sees", sa.String(length=300), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("taken_at", UtcTime(), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("word", sa.String(length=10), nullable=False),
        sa.Column("withdrawn_at", UtcTime(), nullable=True),
        _check(table, "kind_known", "kind IN ('machine', 'wording', 'work')"),
        _check(table, "word_known", "word IN ('', 'idea', 'tool', 'data', 'question', 'machine')"),
        _check(table, "closed_with_a_word", "(closed_at IS NULL) = (word = '')"),
        _to(table, "session_id", "teaching_session"),
        *(_to(table, column, "person") for column in ("person_id", "taken_by", "closed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_help")),
        sa.UniqueConstraint("session_id", "number", name=op.f("uq_session_help_session_id_number")),
    )
    op.create_index("ix_session_help_person_id", table, ["person_id"])
    waiting = "closed_at IS NULL AND withdrawn_at IS NULL"
    _one("uq_session_help_one_waiting", table, ["session_id", "person_id"], waiting)


def _incidents() -> None:
    table = "session_incident"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("part_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("began_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        _check(table, "kind_known", "kind IN ('pause', 'extension', 'times')"),
        _check(table, "minutes_not_negative", "minutes IS NULL OR minutes >= 0"),
        _to(table, "session_id", "teaching_session"),
        _to(table, "part_id", "session_part", "SET NULL"),
        *(_to(table, column, "person") for column in ("person_id", "by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_incident")),
        sa.UniqueConstraint("session_id", "number", name=op.f("uq_session_incident_session_id_number")),
    )
    _one("uq_session_incident_one_pause", table, ["session_id"], "kind = 'pause' AND ended_at IS NULL")
    _one("uq_session_incident_key", table, ["session_id", "request_key"], "request_key <> ''")


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _to(table: str, column: str, other: str, gone: str = "RESTRICT") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=gone)


def _one(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
