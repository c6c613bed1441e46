"""Exhibits that trainees acquire, and the keys that are worked out on each."""

import sqlalchemy as sa
from alembic import op

from training.store.types import Json, UtcTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward: nobody has acquired anything yet."""
    op.create_table(
        "own_exhibit",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("person_id", "organisation_id", "release_id")),
        sa.Column("assignment_id", sa.Uuid(), nullable=True),
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("variant", sa.String(length=1), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("base", sa.String(length=61), nullable=False),
        sa.Column("truth", sa.Boolean(), nullable=False),
        sa.Column("materials", Json, nullable=False),
        sa.Column("conduct", Json, nullable=True),
        sa.Column("dropped_at", UtcTime(), nullable=True),
        sa.CheckConstraint("way IN ('inside', 'outside')", name=op.f("ck_own_exhibit_way_known")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_own_exhibit_number_from_one")),
        *(_to(column, table, name) for column, table, name in OTHERS),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_own_exhibit")),
    )
    op.create_index(op.f("ix_own_exhibit_person_id"), "own_exhibit", ["person_id"])
    op.create_index("ix_own_exhibit_response", "own_exhibit", ["response_id", "number"], unique=True)
    op.create_table(
        "own_keys",
        sa.Column("exhibit", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("done", "total", "proved", "unproved", "lost")),
        sa.Column("sealed", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.CheckConstraint("state IN ('working', 'sealed', 'failed')", name=op.f("ck_own_keys_state_known")),
        sa.ForeignKeyConstraint(
            ["exhibit"],
            ["own_exhibit.sha256"],
            name=op.f("fk_own_keys_exhibit_own_exhibit"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("exhibit", name=op.f("pk_own_keys")),
    )


def downgrade() -> None:
    """Take it back. The images stay registered as exhibits, and nothing says any more whose they are."""
    op.drop_table("own_keys")
    op.drop_table("own_exhibit")


OTHERS = (
    ("sha256", "exhibit", "sha256"),
    ("person_id", "person", "id"),
    ("organisation_id", "organisation", "id"),
    ("release_id", "release", "id"),
    ("assignment_id", "assignment", "id"),
)


def _to(column: str, table: str, name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{table}.{name}"], name=op.f(f"fk_own_exhibit_{column}_{table}"), ondelete="RESTRICT"
    )
