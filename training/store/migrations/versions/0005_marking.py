"""People mark findings in rounds, by rubric, one or two for each piece."""

import sqlalchemy as sa
from alembic import op

from training.store.types import Json, UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rounds()
    _pieces()
    _examples()


def downgrade() -> None:
    for table in ("example_mark", "example", "mark", "task", "piece", "marker", "round"):
        op.drop_table(f"marking_{table}")


def _rounds() -> None:
    op.create_table(
        "marking_round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("criteria", Json, nullable=False),
        sa.Column("scale", sa.String(length=12), nullable=False),
        sa.Column("per_piece", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.CheckConstraint("scale IN ('rubric', 'correctness')", name=op.f("ck_marking_round_scale_known")),
        sa.CheckConstraint("per_piece IN (1, 2)", name=op.f("ck_marking_round_one_or_two_markers")),
        sa.CheckConstraint("seed BETWEEN 0 AND 2147483647", name=op.f("ck_marking_round_seed_in_range")),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('released', 'withdrawn')", name=op.f("ck_marking_round_outcome_known")
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (closed_at IS NULL)", name=op.f("ck_marking_round_closed_with_outcome")
        ),
        _refers("marking_round", "organisation_id", "organisation"),
        _refers("marking_round", "release_id", "release"),
        _refers("marking_round", "owner_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marking_round")),
    )
    op.create_index("ix_marking_round_organisation_id", "marking_round", ["organisation_id"])
    still_open = sa.text("closed_at IS NULL")
    op.create_index(
        "uq_marking_round_one_open",
        "marking_round",
        ["organisation_id", "release_id", "question"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_table(
        "marking_marker",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        _belongs("marking_marker", "round_id", "marking_round"),
        _refers("marking_marker", "person_id", "person"),
        sa.PrimaryKeyConstraint("round_id", "person_id", name=op.f("pk_marking_marker")),
    )


def _pieces() -> None:
    op.create_table(
        "marking_piece",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("support", sa.Double(), nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_marking_piece_number_from_one")),
        sa.CheckConstraint(
            "support IS NULL OR support BETWEEN 0 AND 1", name=op.f("ck_marking_piece_support_in_range")
        ),
        _belongs("marking_piece", "round_id", "marking_round"),
        _refers("marking_piece", "finding_id", "finding"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marking_piece")),
        sa.UniqueConstraint("round_id", "finding_id", name=op.f("uq_marking_piece_round_id_finding_id")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_marking_piece_round_id_number")),
    )
    op.create_index("ix_marking_piece_finding_id", "marking_piece", ["finding_id"])
    op.create_table(
        "marking_task",
        sa.Column("piece_id", sa.Uuid(), nullable=False),
        sa.Column("marker_id", sa.Uuid(), nullable=False),
        sa.Column("third", sa.Boolean(), nullable=False),
        _belongs("marking_task", "piece_id", "marking_piece"),
        _refers("marking_task", "marker_id", "person"),
        sa.PrimaryKeyConstraint("piece_id", "marker_id", name=op.f("pk_marking_task")),
    )
    op.create_index("ix_marking_task_marker_id", "marking_task", ["marker_id"])
    op.create_table(
        "marking_mark",
        sa.Column("piece_id", sa.Uuid(), nullable=False),
        sa.Column("marker_id", sa.Uuid(), nullable=False),
        sa.Column("levels", Json, nullable=False),
        sa.Column("alone", Json, nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("done_at", UtcTime(), nullable=True),
        sa.Column("updated_at", UtcTime(), nullable=False),
        _belongs("marking_mark", "piece_id", "marking_piece"),
        _refers("marking_mark", "marker_id", "person"),
        sa.PrimaryKeyConstraint("piece_id", "marker_id", name=op.f("pk_marking_mark")),
    )


def _examples() -> None:
    op.create_table(
        "marking_example",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("levels", Json, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_marking_example_number_from_one")),
        _belongs("marking_example", "round_id", "marking_round"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marking_example")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_marking_example_round_id_number")),
    )
    op.create_table(
        "marking_example_mark",
        sa.Column("example_id", sa.Uuid(), nullable=False),
        sa.Column("marker_id", sa.Uuid(), nullable=False),
        sa.Column("levels", Json, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        _belongs("marking_example_mark", "example_id", "marking_example"),
        _refers("marking_example_mark", "marker_id", "person"),
        sa.PrimaryKeyConstraint("example_id", "marker_id", name=op.f("pk_marking_example_mark")),
    )


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return _key(table, column, other, "RESTRICT")


def _belongs(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return _key(table, column, other, "CASCADE")


def _key(table: str, column: str, other: str, then: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=then)
