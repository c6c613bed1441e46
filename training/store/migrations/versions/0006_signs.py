"""Signs that answers may have been passed on: the cases that instructors open and decide."""

import sqlalchemy as sa
from alembic import op

from training.store.types import Json, UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=True),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("signs", Json, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'explained', 'upheld', 'dismissed')", name=op.f("ck_sign_case_state_known")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
            name=op.f("ck_sign_case_decided_with_time"),
        ),
        sa.CheckConstraint("state = 'open' OR length(note) > 0", name=op.f("ck_sign_case_decided_with_note")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_sign_case_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name=op.f("fk_sign_case_release_id_release"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignment.id"],
            name=op.f("fk_sign_case_assignment_id_assignment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["person.id"], name=op.f("fk_sign_case_opened_by_person"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name=op.f("fk_sign_case_decided_by_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_case")),
        sa.UniqueConstraint("key", name=op.f("uq_sign_case_key")),
    )
    op.create_table(
        "sign_attempt",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["sign_case.id"], name=op.f("fk_sign_attempt_case_id_sign_case"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_sign_attempt_attempt_id_attempt"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("case_id", "attempt_id", name=op.f("pk_sign_attempt")),
    )
    with op.batch_alter_table("sign_case", schema=None) as batch_op:
        batch_op.create_index(
            "ix_sign_case_organisation_id_release_id", ["organisation_id", "release_id"], unique=False
        )
    with op.batch_alter_table("sign_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_sign_attempt_attempt_id", ["attempt_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("sign_attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_attempt_attempt_id")
    with op.batch_alter_table("sign_case", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_case_organisation_id_release_id")
    op.drop_table("sign_attempt")
    op.drop_table("sign_case")
