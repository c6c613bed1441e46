"""Capacity self-assessment: rounds, links, respondents, answers, contact details, results, notes of the team."""

import sqlalchemy as sa
from alembic import op

from training.store.types import Json, UtcTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = ("round", "code", "contact", "note", "outcome", "respondent", "answer")


def upgrade() -> None:
    op.create_table(
        "assessment_round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("subject_key", sa.String(length=320), nullable=False),
        sa.Column("body", sa.String(length=160), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("controller", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("retention", sa.Text(), nullable=False),
        sa.Column("rights", sa.Text(), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("choices", Json, nullable=False),
        sa.Column("pair", Json, nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=True),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("correcting_at", UtcTime(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("cleared_at", UtcTime(), nullable=True),
        sa.CheckConstraint("subject <> ''", name=op.f("ck_assessment_round_subject_given")),
        sa.CheckConstraint(
            "closed_at IS NULL OR opened_at IS NOT NULL", name=op.f("ck_assessment_round_closed_after_opened")
        ),
        sa.CheckConstraint(
            "correcting_at IS NULL OR closed_at IS NOT NULL", name=op.f("ck_assessment_round_corrected_after_closed")
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["person.id"], name=op.f("fk_assessment_round_made_by_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_assessment_round_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_round")),
    )
    op.create_index(op.f("ix_assessment_round_organisation_id"), "assessment_round", ["organisation_id"], unique=False)
    op.create_table(
        "assessment_code",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("respondent_group", sa.String(length=1), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.CheckConstraint("respondent_group IN ('S', 'P', 'I', 'A')", name=op.f("ck_assessment_code_group_known")),
        sa.CheckConstraint("used BETWEEN 0 AND most", name=op.f("ck_assessment_code_used_up_to_most")),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["assessment_round.id"],
            name=op.f("fk_assessment_code_round_id_assessment_round"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_assessment_code")),
    )
    op.create_index(op.f("ix_assessment_code_round_id"), "assessment_code", ["round_id"], unique=False)
    op.create_table(
        "assessment_contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["assessment_round.id"],
            name=op.f("fk_assessment_contact_round_id_assessment_round"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_contact")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_assessment_contact_round_id"), "assessment_contact", ["round_id"], unique=False)
    op.create_table(
        "assessment_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("about", sa.String(length=10), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('document', 'summary', 'against', 'plan')", name=op.f("ck_assessment_note_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["written_by"], ["person.id"], name=op.f("fk_assessment_note_written_by_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["assessment_round.id"],
            name=op.f("fk_assessment_note_round_id_assessment_round"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_note")),
    )
    op.create_index(
        op.f("ix_assessment_note_round_id_kind_about"), "assessment_note", ["round_id", "kind", "about"], unique=False
    )
    op.create_index(
        "uq_assessment_note_one",
        "assessment_note",
        ["round_id", "kind", "about"],
        unique=True,
        sqlite_where=sa.text("kind <> 'document'"),
        postgresql_where=sa.text("kind <> 'document'"),
    )
    op.create_table(
        "assessment_outcome",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("given", Json, nullable=False),
        sa.Column("found", Json, nullable=False),
        sa.Column("invited", Json, nullable=False),
        sa.CheckConstraint("edition >= 1", name=op.f("ck_assessment_outcome_edition_from_one")),
        sa.ForeignKeyConstraint(
            ["made_by"], ["person.id"], name=op.f("fk_assessment_outcome_made_by_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["assessment_round.id"],
            name=op.f("fk_assessment_outcome_round_id_assessment_round"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_outcome")),
        sa.UniqueConstraint("round_id", "edition", name=op.f("uq_assessment_outcome_round_id_edition")),
    )
    op.create_table(
        "assessment_respondent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("respondent_group", sa.String(length=1), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint(
            "respondent_group IN ('S', 'P', 'I', 'A')", name=op.f("ck_assessment_respondent_group_known")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["assessment_round.id"],
            name=op.f("fk_assessment_respondent_round_id_assessment_round"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_respondent")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_assessment_respondent_round_id_number")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_assessment_respondent_token_hash")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "assessment_answer",
        sa.Column("respondent_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.String(length=4), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["respondent_id"],
            ["assessment_respondent.id"],
            name=op.f("fk_assessment_answer_respondent_id_assessment_respondent"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("respondent_id", "question", name=op.f("pk_assessment_answer")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(f"assessment_{table}")
