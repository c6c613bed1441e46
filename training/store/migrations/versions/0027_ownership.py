"""The organisation that runs the installation, owners of courses and labs, and courses that are withdrawn."""

import uuid

import sqlalchemy as sa
from alembic import op

from training.store.types import UtcTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

FOUNDING = sa.text("founding")
ORGANISATION = sa.table("organisation", sa.column("id", sa.Uuid()), sa.column("founding", sa.Boolean()))
OWNERSHIP = sa.table("ownership", *(sa.column(name) for name in ("kind", "name", "organisation_id", "since")))
FIRST = "SELECT subject FROM event WHERE act = 'organisation.made' ORDER BY seq LIMIT 1"
DRAFTS = """
SELECT file.kind, file.name, revision.message, person.home_id, revision.at FROM draft_file AS file
JOIN draft_revision AS revision ON revision.file_id = file.id AND revision.number = 1
LEFT JOIN person ON person.id = revision.by_id ORDER BY revision.at
"""
SHIPPED = "SELECT kind, name, published_at FROM release WHERE number = 1 AND published_by IS NULL"


def upgrade() -> None:
    """Bring the schema forward: what came with the program belongs to the first organisation, drafts to their authors."""
    op.create_table(
        "ownership",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.CheckConstraint("kind IN ('course', 'lab')", name=op.f("ck_ownership_kind_known")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_ownership_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_ownership")),
    )
    op.create_index(op.f("ix_ownership_organisation_id"), "ownership", ["organisation_id"])
    op.add_column("organisation", sa.Column("founding", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("hold", sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False))
    for table, column in (("organisation", "founding"), ("hold", "withdrawn")):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(column, server_default=None)
    op.create_index(
        "uq_organisation_founding",
        "organisation",
        ["founding"],
        unique=True,
        sqlite_where=FOUNDING,
        postgresql_where=FOUNDING,
    )
    _name_founding()
    _name_owners()


def downgrade() -> None:
    """Take it back: courses and labs belong to all organisations again; of a withdrawn one nothing is offered."""
    op.drop_column("hold", "withdrawn")
    op.drop_index("uq_organisation_founding", table_name="organisation")
    op.drop_column("organisation", "founding")
    op.drop_table("ownership")


def _name_founding() -> None:
    """The first one that was made here; one that came with a carried session has no act of making."""
    connection = op.get_bind()
    made = connection.execute(sa.text(FIRST)).scalar()
    oldest = connection.execute(sa.select(ORGANISATION.c.id).order_by(ORGANISATION.c.id).limit(1)).scalar()
    first = uuid.UUID(made.removeprefix("organisation:")) if made else oldest  # ids are in the order of time
    connection.execute(sa.update(ORGANISATION).values(founding=True).where(ORGANISATION.c.id == first))


def _name_owners() -> None:
    """A working copy that began neither as shipped files nor as a release of the program is its author's."""
    connection = op.get_bind()
    shipped = {(kind, name): at for kind, name, at in connection.execute(sa.text(SHIPPED))}
    named = set()
    for kind, name, message, home, at in connection.execute(sa.text(DRAFTS)).all():
        if (kind, name) in named:
            continue
        named.add((kind, name))
        before = (kind, name) in shipped and shipped[kind, name] < at
        if home is not None and message != "As shipped" and not before:
            owner = {"kind": kind, "name": name, "organisation_id": home, "since": at}
            connection.execute(sa.insert(OWNERSHIP).values(owner))
