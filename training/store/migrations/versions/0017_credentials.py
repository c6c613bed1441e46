"""Certificates as issued, their logos, revocations, and results that two instructors confirmed."""

import sqlalchemy as sa
from alembic import op

from training.store.append_only import statements
from training.store.types import Json, UtcTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = ("printed_logo", "certificate", "certificate_revocation", "result_confirmation", "examination_result")


def upgrade() -> None:
    op.create_table(
        "printed_logo",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_printed_logo")),
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("facts_sha256", sa.String(length=64), nullable=False),
        sa.Column("logo_sha256", sa.String(length=64), nullable=True),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=False),
        sa.Column("signed", sa.Text(), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("issuer", sa.String(length=80), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("list_index", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("issued_at", UtcTime(), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('attendance', 'achievement', 'distinction')", name=op.f("ck_certificate_kind_known")
        ),
        sa.CheckConstraint("language IN ('en', 'fr', 'ar')", name=op.f("ck_certificate_language_known")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_certificate_number_from_one")),
        _to("certificate", "organisation_id", "organisation"),
        _to("certificate", "person_id", "person"),
        _to("certificate", "issued_by", "person"),
        _to("certificate", "replaces_id", "certificate"),
        _to("certificate", "logo_sha256", "printed_logo", "sha256"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("code", name=op.f("uq_certificate_code")),
        sa.UniqueConstraint("pdf_sha256", name=op.f("uq_certificate_pdf_sha256")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_certificate_replaces_id")),
        sa.UniqueConstraint("listed", "list_index", name=op.f("uq_certificate_listed_list_index")),
        sa.UniqueConstraint(
            "session_id", "person_id", "number", name=op.f("uq_certificate_session_id_person_id_number")
        ),
    )
    op.create_index("ix_certificate_organisation_id", "certificate", ["organisation_id"])
    op.create_index("ix_certificate_person_id", "certificate", ["person_id"])
    op.create_table(
        "certificate_revocation",
        sa.Column("certificate_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("replaced_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_certificate_revocation_reason_given")),
        _to("certificate_revocation", "certificate_id", "certificate", ondelete="CASCADE"),
        _to("certificate_revocation", "by", "person"),
        _to("certificate_revocation", "replaced_by_id", "certificate"),
        sa.PrimaryKeyConstraint("certificate_id", name=op.f("pk_certificate_revocation")),
    )
    op.create_table(
        "result_confirmation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("results_sha256", sa.String(length=64), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        _to("result_confirmation", "by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_confirmation")),
        sa.UniqueConstraint(
            "session_id", "results_sha256", "by", name=op.f("uq_result_confirmation_session_id_results_sha256_by")
        ),
    )
    op.create_table(
        "examination_result",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("examination", sa.String(length=10), nullable=False),
        sa.Column("sitting", sa.Integer(), nullable=False),
        sa.Column("pieces", Json, nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("critical", Json, nullable=False),
        sa.Column("sat_on", sa.Date(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.CheckConstraint("score BETWEEN 0 AND 1000000", name=op.f("ck_examination_result_score_in_range")),
        sa.CheckConstraint("sitting BETWEEN 1 AND 9", name=op.f("ck_examination_result_sitting_in_range")),
        _to("examination_result", "person_id", "person"),
        _to("examination_result", "by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_examination_result")),
    )
    op.create_index("ix_examination_result_session_id_person_id", "examination_result", ["session_id", "person_id"])
    op.create_index("ix_examination_result_person_id", "examination_result", ["person_id"])
    for table in TABLES:
        for statement in statements(table, op.get_context().dialect.name, ("update",)):
            op.execute(sa.text(statement))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
        if op.get_context().dialect.name == "postgresql":
            op.execute(sa.text(f"DROP FUNCTION {table}_is_append_only()"))


def _to(table: str, column: str, other: str, key: str = "id", ondelete: str = "RESTRICT") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.{key}"], name=name, ondelete=ondelete)
