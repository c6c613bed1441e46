"""Live work on running machines: responses, their records, media and images."""

import sqlalchemy as sa
from alembic import op

from training.store.append_only import statements
from training.store.types import Json, UtcTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

GUARDED = ("response_remark", "response_form", "response_decision")
TABLES = (
    *("response_acquisition", "response_medium", "response_event", "response_decision", "response_form"),
    *("response_remark", "response_entry", "response"),
)


def upgrade() -> None:
    """Bring the schema forward: nobody has worked on a running machine yet."""
    op.create_table(
        "response",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=True),
        sa.Column("variant", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("range_offset", sa.Double(), nullable=False),
        sa.Column("guest_offset", sa.Double(), nullable=False),
        sa.Column("begun_at", UtcTime(), nullable=False),
        sa.Column("confirmed_at", UtcTime(), nullable=True),
        sa.Column("watched_at", UtcTime(), nullable=True),
        sa.Column("gone_at", UtcTime(), nullable=True),
        sa.Column("handed_over_at", UtcTime(), nullable=True),
        sa.Column("image", sa.Integer(), nullable=True),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.Column("acts", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (state IN ('starting', 'live'))", name=op.f("ck_response_ended_by_state")
        ),
        sa.CheckConstraint("(state = 'handed') = (seal <> '')", name=op.f("ck_response_sealed_when_handed")),
        sa.CheckConstraint("state IN ('starting', 'live', 'handed', 'ended')", name=op.f("ck_response_state_known")),
        sa.CheckConstraint("settled >= 0 AND acts >= 0", name=op.f("ck_response_counts")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_response_assignment_id_assignment"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_response_attempt_id_attempt"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_response_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_response_person_id_person"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name=op.f("fk_response_release_id_release"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
    )
    op.create_index(op.f("ix_response_assignment_id"), "response", ["assignment_id"], unique=False)
    op.create_index(op.f("ix_response_attempt_id"), "response", ["attempt_id"], unique=False)
    op.create_index(op.f("ix_response_organisation_id"), "response", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_response_release_id"), "response", ["release_id"], unique=False)
    op.create_index(
        "uq_response_one_open",
        "response",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "response_entry",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("stop", sa.Integer(), nullable=True),
        sa.Column("exit", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.CheckConstraint("kind IN ('command', 'input', 'key')", name=op.f("ck_response_entry_kind_known")),
        sa.CheckConstraint("(stop IS NULL) = (sha256 IS NULL)", name=op.f("ck_response_entry_closed_with_digest")),
        sa.CheckConstraint(
            "number >= 1 AND start >= 0 AND (stop IS NULL OR stop >= start)", name=op.f("ck_response_entry_counts")
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_response_entry_response_id_response"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", "number", name=op.f("pk_response_entry")),
        sa.UniqueConstraint("response_id", "request_key", name=op.f("uq_response_entry_response_id_request_key")),
    )
    op.create_table(
        "response_remark",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_response_remark_number_from_one")),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_response_remark_response_id_response"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", "number", name=op.f("pk_response_remark")),
    )
    op.create_table(
        "response_form",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("content", Json, nullable=False),
        sa.Column("clock_offset", sa.Double(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.CheckConstraint("kind IN ('scene', 'custody', 'handover')", name=op.f("ck_response_form_kind_known")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_response_form_number_from_one")),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_response_form_response_id_response"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", "number", name=op.f("pk_response_form")),
    )
    op.create_table(
        "response_decision",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fork", sa.String(length=40), nullable=False),
        sa.Column("choice", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_response_decision_number_from_one")),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_response_decision_response_id_response"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", "number", name=op.f("pk_response_decision")),
    )
    op.create_table(
        "response_event",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("wish", sa.String(length=80), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("done_at", UtcTime(), nullable=True),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "kind IN ('arrival', 'decision', 'plug', 'unplug', 'hint', 'event', 'skip', 'watch', 'image', 'stop')",
            name=op.f("ck_response_event_kind_known"),
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_response_event_number_from_one")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_response_event_by_person"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_response_event_response_id_response"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", "number", name=op.f("pk_response_event")),
    )
    op.create_index(op.f("ix_response_event_by"), "response_event", ["by"], unique=False)
    op.create_index("ix_response_event_waiting", "response_event", ["response_id", "done_at"], unique=False)
    op.create_table(
        "response_medium",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("serial", sa.String(length=20), nullable=False),
        sa.Column("failing", sa.Boolean(), nullable=False),
        sa.Column("plugged_at", UtcTime(), nullable=True),
        sa.Column("unplugged_at", UtcTime(), nullable=True),
        sa.CheckConstraint("kind IN ('kit', 'evidence')", name=op.f("ck_response_medium_kind_known")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_response_medium_number_from_one")),
        sa.CheckConstraint(
            "unplugged_at IS NULL OR plugged_at IS NOT NULL", name=op.f("ck_response_medium_plugged_before")
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_response_medium_response_id_response"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", "number", name=op.f("pk_response_medium")),
    )
    op.create_table(
        "response_acquisition",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=True),
        sa.Column("medium", sa.Integer(), nullable=True),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.Column("began_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("paused", sa.Double(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("received", sa.String(length=64), nullable=False),
        sa.Column("truth", sa.Boolean(), nullable=True),
        sa.Column("exhibit", sa.String(length=64), nullable=False),
        sa.Column("fault", sa.String(length=300), nullable=False),
        sa.CheckConstraint("way IN ('inside', 'outside')", name=op.f("ck_response_acquisition_way_known")),
        sa.CheckConstraint("number >= 1 AND size >= 0 AND paused >= 0", name=op.f("ck_response_acquisition_counts")),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["response.id"],
            name=op.f("fk_response_acquisition_response_id_response"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("response_id", "number", name=op.f("pk_response_acquisition")),
    )
    # ### end Alembic commands ###
    for table in GUARDED:
        for statement in statements(table, op.get_context().dialect.name, ("update",), erasable=True):
            op.execute(sa.text(statement))


def downgrade() -> None:
    """Take it back. All records of live work are lost; exhibits and attempts stay."""
    for table in TABLES:
        op.drop_table(table)
    if op.get_context().dialect.name == "postgresql":
        for table in GUARDED:
            op.execute(sa.text(f"DROP FUNCTION {table}_is_append_only()"))
