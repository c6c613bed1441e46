"""Places where people stopped reading, notes at paragraphs, and from what the search index was made."""

import sqlalchemy as sa
from alembic import op

from training.store.types import UtcTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "last_place",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("course", sa.String(length=80), nullable=False),
        sa.Column("module", sa.String(length=40), nullable=False),
        sa.Column("section", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=20), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.CheckConstraint("section >= 0", name=op.f("ck_last_place_section_from_none")),
        _person("last_place"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_last_place")),
        sa.UniqueConstraint("person_id", "course", "module", name=op.f("uq_last_place_person_id_course_module")),
    )
    op.create_table(
        "margin_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("course", sa.String(length=80), nullable=False),
        sa.Column("module", sa.String(length=40), nullable=False),
        sa.Column("section", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_margin_note_text_present")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_margin_note_version_from_one")),
        _person("margin_note"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_margin_note")),
        sa.UniqueConstraint("person_id", "request_key", name=op.f("uq_margin_note_person_id_request_key")),
    )
    op.create_index("ix_margin_note_person_id_course_module", "margin_note", ["person_id", "course", "module"])
    op.create_table(
        "search_source",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.CheckConstraint("state <> ''", name=op.f("ck_search_source_state_known")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_search_source")),
    )


def downgrade() -> None:
    words = "MATERIALIZED VIEW" if op.get_bind().dialect.name == "postgresql" else "TABLE"
    op.execute(f"DROP {words} IF EXISTS search_index_words")
    op.execute("DROP TABLE IF EXISTS search_index")  # made by the room of search when it is first needed
    for table in ("search_source", "margin_note", "last_place"):
        op.drop_table(table)


def _person(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_person_id_person")
    return sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=name, ondelete="RESTRICT")
