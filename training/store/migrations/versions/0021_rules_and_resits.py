"""Changed rules of sessions, examinations that are taken again, and feedback."""

import sqlalchemy as sa
from alembic import op

from training.store.append_only import statements
from training.store.types import Json, UtcTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

STANDING = "withdrawn_at IS NULL"
IN_CIRCLE = f"{STANDING} AND circle IS NOT NULL"


def upgrade() -> None:
    """Bring the schema forward: no rule was changed yet, and no resit granted."""
    _changes()
    _resits()
    _feedback()
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("person_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_assignment_person_id_person"), "person", ["person_id"], ["id"], ondelete="RESTRICT"
        )
        batch_op.create_check_constraint(
            op.f("ck_assignment_person_in_circle"), "person_id IS NULL OR circle IS NOT NULL"
        )
    op.drop_index("uq_assignment_one_in_circle", table_name="assignment")
    in_circle = ["organisation_id", "lab", "circle"]
    _one("uq_assignment_one_in_circle", in_circle, f"{IN_CIRCLE} AND person_id IS NULL")
    _one("uq_assignment_one_for_person", [*in_circle, "person_id"], f"{STANDING} AND person_id IS NOT NULL")


def downgrade() -> None:
    """Take it back. The rules of each session stay as they are; why they were changed is lost.

    The older program knows no resits: what is set for one is withdrawn, else it would be for all of the session.
    """
    op.execute(
        "UPDATE assignment SET withdrawn_at = CURRENT_TIMESTAMP WHERE person_id IS NOT NULL AND withdrawn_at IS NULL"
    )
    op.drop_index("uq_assignment_one_for_person", table_name="assignment")
    op.drop_index("uq_assignment_one_in_circle", table_name="assignment")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_assignment_person_in_circle"), type_="check")
        batch_op.drop_constraint(op.f("fk_assignment_person_id_person"), type_="foreignkey")
        batch_op.drop_column("person_id")
    _one("uq_assignment_one_in_circle", ["organisation_id", "lab", "circle"], IN_CIRCLE)
    for table in ("feedback_answers", "feedback_answered", "feedback_survey"):
        op.drop_table(table)
    op.drop_table("examination_resit")
    op.drop_table("session_rule_change")
    if op.get_context().dialect.name == "postgresql":
        op.execute(sa.text("DROP FUNCTION session_rule_change_is_append_only()"))


def _changes() -> None:
    table = "session_rule_change"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("before", Json, nullable=False),
        sa.Column("after", Json, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("begun", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        _check(table, "number_from_one", "number >= 1"),
        _check(table, "reason_given", "reason <> ''"),
        _to(table, "session_id", "teaching_session"),
        _to(table, "by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("session_id", "number", name=op.f(f"uq_{table}_session_id_number")),
    )
    for statement in statements(table, op.get_context().dialect.name, ("update",)):
        op.execute(sa.text(statement))


def _resits() -> None:
    table = "examination_resit"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("examination", sa.String(length=10), nullable=False),
        sa.Column("sitting", sa.Integer(), nullable=False),
        sa.Column("opens_at", UtcTime(), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.Column("variant", sa.String(length=120), nullable=False),
        sa.Column("works", Json, nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("granted_by", sa.Uuid(), nullable=False),
        sa.Column("granted_at", UtcTime(), nullable=False),
        sa.Column("withdrawn_at", UtcTime(), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_why", sa.String(length=300), nullable=False),
        _check(table, "sitting_in_range", "sitting BETWEEN 2 AND 9"),
        _check(table, "ends_after_opening", "ends_at > opens_at"),
        _check(table, "reason_given", "reason <> ''"),
        _check(table, "withdrawn_with_reason", "withdrawn_at IS NULL OR withdrawn_why <> ''"),
        *(_to(table, column, "person") for column in ("person_id", "granted_by", "withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_person_id", table, ["person_id"])
    named = ["session_id", "person_id", "examination", "sitting"]
    _one(f"uq_{table}_standing", named, STANDING, table)


def _feedback() -> None:
    table = "feedback_survey"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("opens_at", UtcTime(), nullable=False),
        sa.Column("closes_at", UtcTime(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", UtcTime(), nullable=False),
        _check(table, "kind_known", "kind IN ('form', 'quarter', 'year')"),
        _check(table, "closes_after_opening", "closes_at >= opens_at"),
        _check(table, "asked_counted", "asked >= 0"),
        _to(table, "session_id", "teaching_session"),
        _to(table, "made_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("session_id", "kind", name=op.f(f"uq_{table}_session_id_kind")),
    )
    table = "feedback_answered"
    op.create_table(
        table,
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        _to(table, "survey_id", "feedback_survey", "CASCADE"),
        _to(table, "person_id", "person"),
        sa.PrimaryKeyConstraint("survey_id", "person_id", name=op.f(f"pk_{table}")),
        sqlite_with_rowid=False,
    )
    op.create_index(f"ix_{table}_person_id", table, ["person_id"])
    table = "feedback_answers"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("data", Json, nullable=False),
        _to(table, "survey_id", "feedback_survey", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sqlite_with_rowid=False,
    )
    op.create_index(f"ix_{table}_survey_id", table, ["survey_id"])


def _one(name: str, columns: list[str], where: str, table: str = "assignment") -> None:
    op.create_index(name, table, columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _to(table: str, column: str, other: str, ondelete: str = "RESTRICT") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=ondelete)
