"""Sessions of partner institutions: timetable, people, pinned releases; the look of organisations."""

import sqlalchemy as sa
from alembic import op

from training.store.types import Json, UtcTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    _sessions()
    _parts()
    _members()
    _releases()
    _looks()


def downgrade() -> None:
    """Take it back."""
    tables = ("organisation_look", "session_release", "session_member", "session_part", "teaching_session")
    for table in tables:
        op.drop_table(table)


def _sessions() -> None:
    table = "teaching_session"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("plan", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("room", sa.String(length=120), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("rules", Json, nullable=False),
        sa.Column("late_minutes", sa.Integer(), nullable=False),
        sa.Column("hints", sa.Boolean(), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=True),
        sa.Column("paused_at", UtcTime(), nullable=True),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", UtcTime(), nullable=False),
        _check(table, "title_given", "title <> ''"),
        _check(table, "seats_in_range", "seats BETWEEN 1 AND 500"),
        _check(table, "days_in_range", "days BETWEEN 1 AND 60"),
        _check(table, "late_in_range", "late_minutes BETWEEN 0 AND 240"),
        _check(table, "closed_after_opened", "closed_at IS NULL OR opened_at IS NOT NULL"),
        _to(table, "organisation_id", "organisation"),
        _to(table, "made_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teaching_session")),
    )
    op.create_index("ix_teaching_session_organisation_id_starts_on", table, ["organisation_id", "starts_on"])


def _parts() -> None:
    table = "session_part"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("half", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("starts_at", UtcTime(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=5), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("refs", Json, nullable=False),
        sa.Column("exam", sa.String(length=10), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("began_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        _check(table, "kind_known", "kind IN ('L', 'W', 'P', 'D', 'Q', 'E', 'A', 'break')"),
        _check(table, "minutes_in_range", "minutes BETWEEN 1 AND 720"),
        _check(table, "counted_from_one", "day >= 1 AND half >= 1 AND number >= 1"),
        _check(table, "ended_after_begun", "ended_at IS NULL OR began_at IS NOT NULL"),
        _to(table, "session_id", "teaching_session"),
        _to(table, "lead_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_part")),
    )
    op.create_index("ix_session_part_session_id_starts_at", table, ["session_id", "starts_at"])


def _members() -> None:
    table = "session_member"
    op.create_table(
        table,
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("seat", sa.String(length=10), nullable=True),
        sa.Column("number", sa.String(length=40), server_default="", nullable=False),
        sa.Column("extra_percent", sa.Integer(), server_default="0", nullable=False),
        sa.Column("added_at", UtcTime(), nullable=False),
        sa.Column("joined_at", UtcTime(), nullable=True),
        sa.Column("withdrawn_at", UtcTime(), nullable=True),
        _check(table, "role_known", "role IN ('trainee', 'instructor', 'lead')"),
        _check(table, "extra_in_range", "extra_percent BETWEEN 0 AND 300"),
        _to(table, "session_id", "teaching_session"),
        _to(table, "person_id", "person"),
        sa.PrimaryKeyConstraint("session_id", "person_id", name=op.f("pk_session_member")),
    )
    op.create_index("ix_session_member_person_id", table, ["person_id"])
    for column, where in (("seat", sa.text("seat IS NOT NULL")), ("number", sa.text("number <> ''"))):
        name = f"uq_session_member_{column}"
        op.create_index(name, table, ["session_id", column], unique=True, sqlite_where=where, postgresql_where=where)


def _releases() -> None:
    table = "session_release"
    op.create_table(
        table,
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        _check(table, "kind_known", "kind IN ('course', 'lab')"),
        _to(table, "session_id", "teaching_session"),
        _to(table, "release_id", "release"),
        sa.PrimaryKeyConstraint("session_id", "kind", "name", name=op.f("pk_session_release")),
    )


def _looks() -> None:
    table = "organisation_look"
    op.create_table(
        table,
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("short_name", sa.String(length=40), nullable=False),
        sa.Column("languages", Json, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("logo_sha256", sa.String(length=64), nullable=True),
        sa.Column("logo_type", sa.String(length=20), nullable=True),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        _check(table, "logo_whole", "(logo IS NULL) = (logo_sha256 IS NULL) AND (logo IS NULL) = (logo_type IS NULL)"),
        _check(table, "logo_type_known", "logo_type IS NULL OR logo_type IN ('image/png', 'image/svg+xml')"),
        _to(table, "organisation_id", "organisation"),
        _to(table, "changed_by", "person"),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_organisation_look")),
    )


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete="RESTRICT")
