"""Releases that a person is held to, and assignments that are for some people of an organisation."""

import sqlalchemy as sa
from alembic import op

from training.store.types import UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STANDING = "withdrawn_at IS NULL"


def upgrade() -> None:
    """Bring the schema forward: what is set so far is for whole organisations."""
    op.create_table(
        "pinned",
        sa.Column("circle", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("set_at", UtcTime(), nullable=False),
        sa.CheckConstraint("kind IN ('course', 'lab')", name=op.f("ck_pinned_kind_known")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_pinned_person_id_person"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name=op.f("fk_pinned_release_id_release"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("circle", "person_id", "kind", "name", name=op.f("pk_pinned")),
    )
    op.create_index("ix_pinned_person_id_kind_name", "pinned", ["person_id", "kind", "name"])
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("circle", sa.Uuid(), nullable=True))
    op.drop_index("uq_assignment_one_open", table_name="assignment")
    _one("uq_assignment_one_open", ["organisation_id", "lab"], f"{STANDING} AND circle IS NULL")
    _one("uq_assignment_one_in_circle", ["organisation_id", "lab", "circle"], f"{STANDING} AND circle IS NOT NULL")
    op.create_table(
        "assignment_person",
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("exhibit", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "exhibit IS NULL OR length(exhibit) = 64", name=op.f("ck_assignment_person_exhibit_is_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignment.id"],
            name=op.f("fk_assignment_person_assignment_id_assignment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_assignment_person_person_id_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("assignment_id", "person_id", name=op.f("pk_assignment_person")),
    )
    op.create_index("ix_assignment_person_person_id", "assignment_person", ["person_id"])


def downgrade() -> None:
    """Take it back. The older program has no circles: what is set for one is withdrawn, else it would be for all."""
    op.execute(
        "UPDATE assignment SET withdrawn_at = CURRENT_TIMESTAMP WHERE circle IS NOT NULL AND withdrawn_at IS NULL"
    )
    op.drop_table("assignment_person")
    op.drop_index("uq_assignment_one_in_circle", table_name="assignment")
    op.drop_index("uq_assignment_one_open", table_name="assignment")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_column("circle")
    _one("uq_assignment_one_open", ["organisation_id", "lab"], STANDING)
    op.drop_table("pinned")


def _one(name: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, "assignment", columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
