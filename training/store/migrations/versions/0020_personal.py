"""Personal data: erasures in two phases, rules of retention, and tables that let go of what a person typed."""

import sqlalchemy as sa
from alembic import op

from training.store.append_only import statements
from training.store.types import Json, UtcTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ERASABLE = {
    "finding": ("update",),
    "judgement": ("update", "delete"),
    "certificate": ("update",),
    "certificate_revocation": ("update",),
}
WAITS = sa.text("withdrawn_at IS NULL AND done_at IS NULL")
OF_SESSION = sa.text("done_at IS NULL AND session_id IS NOT NULL")
OF_PLACE = sa.text("done_at IS NULL AND session_id IS NULL")


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("person", sa.Column("erased_at", UtcTime(), nullable=True))
    op.create_table("erasing", sa.Column("id", sa.Uuid(), nullable=False), _key("erasing", "id"))
    _erasures()
    _rules()
    _due()
    _guard(erasable=True)


def downgrade() -> None:
    """Take it back. People who were erased stay as they are: accounts that are disabled, under a name of nobody."""
    _guard(erasable=False)
    for table in ("retention_due", "retention_rule", "erasure", "erasing"):
        op.drop_table(table)
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("erased_at")


def _guard(*, erasable: bool) -> None:
    dialect = op.get_context().dialect.name
    for table, acts in ERASABLE.items():
        if dialect == "sqlite":
            op.execute(sa.text(f"DROP TRIGGER {table}_no_update"))
            made = statements(table, dialect, ("update",), erasable=erasable)
        else:  # the function is put in place of the one that the triggers call
            made = statements(table, dialect, acts, erasable=erasable)[:1]
        for statement in made:
            op.execute(sa.text(statement.replace(":", r"\:")))


def _erasures() -> None:
    table = "erasure"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("keeps_certificates", sa.Boolean(), nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", UtcTime(), nullable=True),
        sa.Column("done_at", UtcTime(), nullable=True),
        sa.Column("files_done_at", UtcTime(), nullable=True),
        sa.Column("outcome", Json, nullable=True),
        _check(table, "withdrawn_or_done", "withdrawn_at IS NULL OR done_at IS NULL"),
        _check(table, "outcome_of_done", "(done_at IS NULL) = (outcome IS NULL)"),
        _check(table, "files_after_rows", "files_done_at IS NULL OR done_at IS NOT NULL"),
        _check(table, "due_after_asked", "due_at >= asked_at"),
        _to(table, "person_id", "person"),
        _to(table, "asked_by", "person"),
        _to(table, "withdrawn_by", "person"),
        _key(table, "id"),
    )
    op.create_index("ix_erasure_person_id", table, ["person_id"])
    op.create_index(
        "uq_erasure_one_waiting", table, ["person_id"], unique=True, sqlite_where=WAITS, postgresql_where=WAITS
    )


def _rules() -> None:
    table = "retention_rule"
    op.create_table(
        table,
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("term", sa.String(length=20), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", UtcTime(), nullable=False),
        _check(table, "months_in_range", "months BETWEEN 1 AND 240"),
        _to(table, "organisation_id", "organisation"),
        _to(table, "set_by", "person"),
        _key(table, "organisation_id", "term"),
    )


def _due() -> None:
    table = "retention_due"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("term", sa.String(length=20), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("counts", Json, nullable=False),
        sa.Column("found_at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("done_at", UtcTime(), nullable=True),
        _check(table, "state_known", "state IN ('waiting', 'held', 'done')"),
        _check(table, "done_has_time", "(state = 'done') = (done_at IS NOT NULL)"),
        _check(table, "held_with_reason", "state <> 'held' OR reason <> ''"),
        _to(table, "organisation_id", "organisation"),
        _to(table, "session_id", "teaching_session"),
        _to(table, "decided_by", "person"),
        _key(table, "id"),
    )
    op.create_index("ix_retention_due_organisation_id", table, ["organisation_id"])
    of_session, of_place = ["organisation_id", "term", "session_id"], ["organisation_id", "term"]
    for name, columns, where in (("session", of_session, OF_SESSION), ("place", of_place, OF_PLACE)):
        op.create_index(
            f"uq_retention_due_one_of_{name}",
            table,
            columns,
            unique=True,
            sqlite_where=where,
            postgresql_where=where,
        )


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete="RESTRICT")


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))
