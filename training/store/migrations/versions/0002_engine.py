"""Runs know whose turn they take, what is being done, in which sandbox they ran; attempts keep what was typed."""

import sqlalchemy as sa
from alembic import op

from training.store.types import Json, UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asker", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("stage", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("layers", Json, nullable=True))
        batch_op.add_column(sa.Column("peak", sa.BigInteger(), nullable=True))
    op.create_table(
        "attempt_command",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("typed", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint("(number IS NULL) = (answer IS NOT NULL)", name=op.f("ck_attempt_command_answered")),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_attempt_command_attempt_id_attempt"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt_command")),
    )
    with op.batch_alter_table("attempt_command", schema=None) as batch_op:
        batch_op.create_index("ix_attempt_command_attempt_id", ["attempt_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("attempt_command", schema=None) as batch_op:
        batch_op.drop_index("ix_attempt_command_attempt_id")
    op.drop_table("attempt_command")
    with op.batch_alter_table("run", schema=None) as batch_op:
        for name in ("peak", "layers", "stage", "asker"):
            batch_op.drop_column(name)
