"""Labs are set for organisations with dates and modes; findings know their late share and what was judged later."""

import sqlalchemy as sa
from alembic import op

from training.store.append_only import statements
from training.store.types import Json, UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _assignments()
    _versions()
    dialect = op.get_bind().dialect
    double = sa.Double().compile(dialect=dialect)
    with op.batch_alter_table("attempt") as attempt:
        attempt.add_column(sa.Column("assignment_id", sa.Uuid(), nullable=True))
        attempt.create_foreign_key(
            op.f("fk_attempt_assignment_id_assignment"), "assignment", ["assignment_id"], ["id"], ondelete="RESTRICT"
        )
        attempt.create_index("ix_attempt_assignment_id", ["assignment_id"])
    # A column with its constraint in one statement: SQLite then needs no new copy of the table.
    op.execute(
        f"ALTER TABLE finding ADD COLUMN share {double} DEFAULT 1 NOT NULL "
        "CONSTRAINT ck_finding_share_in_range CHECK (share BETWEEN 0 AND 1)"
    )
    for table in ("finding", "draft"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN reasoning TEXT DEFAULT '' NOT NULL")
    _judgements(dialect.name)


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    op.execute(sa.text("DROP TRIGGER finding_no_update" + (" ON finding" if postgresql else "")))
    op.drop_table("judgement")
    for table, column in (("draft", "reasoning"), ("finding", "reasoning"), ("finding", "share")):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    with op.batch_alter_table("attempt") as attempt:
        attempt.drop_index("ix_attempt_assignment_id")
        attempt.drop_constraint(op.f("fk_attempt_assignment_id_assignment"), type_="foreignkey")
        attempt.drop_column("assignment_id")
    for table in ("grading_version", "accommodation", "assignment"):
        op.drop_table(table)
    for table in ("finding", "judgement", "grading_version") if postgresql else ():
        op.execute(sa.text(f"DROP FUNCTION {table}_is_append_only()"))


def _assignments() -> None:
    op.create_table(
        "assignment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("lab", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("mode", sa.String(length=12), nullable=False),
        sa.Column("opens_at", UtcTime(), nullable=False),
        sa.Column("timeline", Json, nullable=False),
        sa.Column("after", sa.String(length=10), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("hints", sa.Boolean(), nullable=False),
        sa.Column("pass_percent", sa.Integer(), nullable=False),
        sa.Column("released_at", UtcTime(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("withdrawn_at", UtcTime(), nullable=True),
        sa.CheckConstraint("mode IN ('practice', 'examination')", name=op.f("ck_assignment_mode_known")),
        sa.CheckConstraint("after IN ('closed', 'practice')", name=op.f("ck_assignment_after_known")),
        sa.CheckConstraint(
            "minutes IS NULL OR minutes BETWEEN 1 AND 100000", name=op.f("ck_assignment_minutes_in_range")
        ),
        sa.CheckConstraint("pass_percent BETWEEN 0 AND 100", name=op.f("ck_assignment_pass_is_percent")),
        _refers("assignment", "organisation_id", "organisation"),
        _refers("assignment", "made_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    standing = sa.text("withdrawn_at IS NULL")
    op.create_index(
        "uq_assignment_one_open",
        "assignment",
        ["organisation_id", "lab"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )
    op.create_table(
        "accommodation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("extra_minutes", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.CheckConstraint("extra_minutes BETWEEN 0 AND 100000", name=op.f("ck_accommodation_minutes_in_range")),
        _refers("accommodation", "assignment_id", "assignment"),
        _refers("accommodation", "person_id", "person"),
        _refers("accommodation", "given_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accommodation")),
        sa.UniqueConstraint("assignment_id", "person_id", name=op.f("uq_accommodation_assignment_id_person_id")),
    )


def _versions() -> None:
    op.create_table(
        "grading_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amendments", Json, nullable=False),
        sa.Column("keys", sa.String(length=64), nullable=False),
        sa.Column("rules", sa.String(length=64), nullable=False),
        sa.Column("grader", sa.String(length=10), nullable=False),
        sa.Column("preview", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_grading_version_number_from_one")),
        _refers("grading_version", "release_id", "release"),
        _refers("grading_version", "organisation_id", "organisation"),
        _refers("grading_version", "made_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grading_version")),
        sa.UniqueConstraint(
            "release_id",
            "organisation_id",
            "number",
            name=op.f("uq_grading_version_release_id_organisation_id_number"),
        ),
    )


def _judgements(dialect: str) -> None:
    op.create_table(
        "judgement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("verdict", Json, nullable=False),
        sa.Column("judged", sa.Boolean(), nullable=False),
        sa.Column("credit", sa.Double(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_judgement_seq_from_one")),
        sa.CheckConstraint(
            "origin IN ('regrade', 'mark', 'override', 'appeal')", name=op.f("ck_judgement_origin_known")
        ),
        sa.CheckConstraint(
            "origin <> 'regrade' OR version_id IS NOT NULL", name=op.f("ck_judgement_regrade_has_version")
        ),
        sa.CheckConstraint("credit BETWEEN 0 AND 1", name=op.f("ck_judgement_credit_in_range")),
        _refers("judgement", "finding_id", "finding"),
        _refers("judgement", "version_id", "grading_version"),
        _refers("judgement", "by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judgement")),
        sa.UniqueConstraint("finding_id", "seq", name=op.f("uq_judgement_finding_id_seq")),
    )
    made = [one for table in ("grading_version", "judgement") for one in statements(table, dialect)]
    for statement in [*made, *statements("finding", dialect, ("update",))]:
        op.execute(sa.text(statement))


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete="RESTRICT")
