"""Competencies: the role that somebody chose, what others confirm of them, the questions of refreshers."""

import sqlalchemy as sa
from alembic import op

from training.store.types import Json, UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "career",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("chosen_at", UtcTime(), nullable=False),
        sa.CheckConstraint(
            "role IN ('first-responder', 'investigator', 'examiner', 'prosecutor', 'judge')",
            name=op.f("ck_career_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_career_person_id_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_career")),
    )
    op.create_table(
        "refresher",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("competency", sa.String(length=3), nullable=False),
        sa.Column("questions", Json, nullable=False),
        sa.Column("begun_at", UtcTime(), nullable=False),
        sa.CheckConstraint("competency <> ''", name=op.f("ck_refresher_competency_named")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_refresher_person_id_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresher")),
    )
    op.create_table(
        "statement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("competency", sa.String(length=3), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("task", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", UtcTime(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('casework', 'teaching', 'review', 'critical')", name=op.f("ck_statement_kind_known")
        ),
        sa.CheckConstraint(
            "(kind = 'critical') = (attempt_id IS NOT NULL)", name=op.f("ck_statement_critical_has_attempt")
        ),
        sa.CheckConstraint("(kind = 'critical') = (competency = '')", name=op.f("ck_statement_others_have_competency")),
        sa.CheckConstraint("(kind = 'critical') = (reason <> '')", name=op.f("ck_statement_critical_has_reason")),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name=op.f("ck_statement_withdrawn_by_whom")
        ),
        sa.CheckConstraint("person_id <> by_id", name=op.f("ck_statement_of_somebody_else")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_statement_person_id_person"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_statement_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_statement_attempt_id_attempt"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_statement_by_id_person"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["person.id"], name=op.f("fk_statement_withdrawn_by_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint("by_id", "request_key", name=op.f("uq_statement_by_id_request_key")),
    )
    with op.batch_alter_table("refresher", schema=None) as batch_op:
        batch_op.create_index(
            "ix_refresher_person_id_competency_begun_at", ["person_id", "competency", "begun_at"], unique=False
        )
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.create_index("ix_statement_person_id", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_table("statement")
    op.drop_table("refresher")
    op.drop_table("career")
