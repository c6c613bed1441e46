"""Trainees appeal against verdicts."""

import sqlalchemy as sa
from alembic import op

from training.store.types import UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appeal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("against", sa.Integer(), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("judgement_id", sa.Uuid(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.CheckConstraint("kind IN ('complaint', 'question')", name=op.f("ck_appeal_kind_known")),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('upheld', 'dismissed', 'answered')", name=op.f("ck_appeal_outcome_known")
        ),
        sa.CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name=op.f("ck_appeal_decided_with_time")),
        sa.CheckConstraint(
            "kind = 'complaint' OR outcome IS NULL OR outcome = 'answered'",
            name=op.f("ck_appeal_question_is_answered"),
        ),
        sa.CheckConstraint(
            "kind = 'question' OR outcome IS NULL OR outcome <> 'answered'",
            name=op.f("ck_appeal_complaint_is_decided"),
        ),
        sa.CheckConstraint(
            "(outcome = 'upheld') = (judgement_id IS NOT NULL) OR outcome IS NULL",
            name=op.f("ck_appeal_upheld_judges"),
        ),
        sa.CheckConstraint("against >= 0", name=op.f("ck_appeal_against_not_negative")),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_appeal_attempt_id_attempt"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["finding.id"], name=op.f("fk_appeal_finding_id_finding"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["judgement_id"], ["judgement.id"], name=op.f("fk_appeal_judgement_id_judgement"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name=op.f("fk_appeal_decided_by_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint("attempt_id", "request_key", name=op.f("uq_appeal_attempt_id_request_key")),
    )
    with op.batch_alter_table("appeal", schema=None) as batch_op:
        batch_op.create_index("ix_appeal_attempt_id", ["attempt_id"], unique=False)
        batch_op.create_index(
            "uq_appeal_one_open",
            ["finding_id", "kind"],
            unique=True,
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("appeal", schema=None) as batch_op:
        batch_op.drop_index("uq_appeal_one_open")
        batch_op.drop_index("ix_appeal_attempt_id")
    op.drop_table("appeal")
