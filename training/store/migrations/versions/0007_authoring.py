"""Releases have numbers and notes; courses and labs are edited in the browser; hosts write notes on national law."""

import sqlalchemy as sa
from alembic import op

from training.store.append_only import statements
from training.store.types import Json, UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

GUARDED = ("draft_revision", "local_note")


def upgrade() -> None:
    _releases()
    _drafts()
    _notes()
    _proofs()
    dialect = op.get_bind().dialect.name
    for table in GUARDED:
        for statement in statements(table, dialect):
            op.execute(sa.text(statement))


def downgrade() -> None:
    for table in ("lab_proof", "local_note", "draft_revision", "draft_file", "hold"):
        op.drop_table(table)
    for table in GUARDED if op.get_bind().dialect.name == "postgresql" else ():
        op.execute(sa.text(f"DROP FUNCTION {table}_is_append_only()"))
    with op.batch_alter_table("release") as release:
        release.drop_constraint(op.f("uq_release_kind_name_number"), type_="unique")
        release.drop_constraint(op.f("ck_release_number_from_one"), type_="check")
        release.drop_constraint(op.f("fk_release_published_by_person"), type_="foreignkey")
        for column in ("note", "published_by", "number"):
            release.drop_column(column)


def _releases() -> None:
    op.add_column("release", sa.Column("number", sa.Integer(), nullable=True))
    # Numbered in the order of publication; ids of one instant are in order too.
    op.execute(
        "UPDATE release SET number = (SELECT count(*) FROM release AS other WHERE other.kind = release.kind"
        " AND other.name = release.name AND (other.published_at < release.published_at"
        " OR (other.published_at = release.published_at AND other.id <= release.id)))"
    )
    with op.batch_alter_table("release") as release:
        release.alter_column("number", existing_type=sa.Integer(), nullable=False)
        release.add_column(sa.Column("published_by", sa.Uuid(), nullable=True))
        release.add_column(sa.Column("note", sa.Text(), nullable=False, server_default=""))
        release.create_unique_constraint(op.f("uq_release_kind_name_number"), ["kind", "name", "number"])
        release.create_check_constraint(op.f("ck_release_number_from_one"), "number >= 1")
        release.create_foreign_key(
            op.f("fk_release_published_by_person"), "person", ["published_by"], ["id"], ondelete="RESTRICT"
        )
    op.create_table(
        "hold",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.CheckConstraint("kind IN ('course', 'lab')", name=op.f("ck_hold_kind_known")),
        _person("hold", "by_id"),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_hold")),
    )


def _drafts() -> None:
    op.create_table(
        "draft_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('course', 'lab')", name=op.f("ck_draft_file_kind_known")),
        sa.CheckConstraint("version >= 0", name=op.f("ck_draft_file_version_from_none")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_file")),
        sa.UniqueConstraint("kind", "name", "path", name=op.f("uq_draft_file_kind_name_path")),
    )
    op.create_table(
        "draft_revision",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("aside", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_draft_revision_number_from_one")),
        sa.CheckConstraint("base BETWEEN 0 AND number - 1", name=op.f("ck_draft_revision_base_is_earlier")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["draft_file.id"], name=op.f("fk_draft_revision_file_id_draft_file"), ondelete="RESTRICT"
        ),
        _person("draft_revision", "by_id"),
        sa.PrimaryKeyConstraint("file_id", "number", name=op.f("pk_draft_revision")),
    )


def _notes() -> None:
    op.create_table(
        "local_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("jurisdiction", sa.String(length=120), nullable=False),
        sa.Column("article", sa.String(length=200), nullable=False),
        sa.Column("dated", sa.String(length=40), nullable=False),
        sa.Column("checked_by", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_local_note_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        _person("local_note", "by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_note")),
    )
    op.create_index("ix_local_note_organisation_id_key", "local_note", ["organisation_id", "key"])


def _proofs() -> None:
    op.create_table(
        "lab_proof",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lab", sa.String(length=80), nullable=False),
        sa.Column("pack", sa.String(length=80), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("outcome", Json, nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("done_at", UtcTime(), nullable=True),
        sa.CheckConstraint("state IN ('running', 'sound', 'unsound', 'failed')", name=op.f("ck_lab_proof_state_known")),
        sa.CheckConstraint("(state = 'running') = (done_at IS NULL)", name=op.f("ck_lab_proof_done_has_time")),
        _person("lab_proof", "by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lab_proof")),
    )
    op.create_index("ix_lab_proof_lab", "lab_proof", ["lab"])


def _person(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_person")
    return sa.ForeignKeyConstraint([column], ["person.id"], name=name, ondelete="RESTRICT")
