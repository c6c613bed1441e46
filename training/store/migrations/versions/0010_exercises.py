"""Case files of papers are exhibits too: an exercise is worked on one."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NAME = "ck_exhibit_os_known"


def upgrade() -> None:
    """Bring the schema forward."""
    _known("'linux', 'windows', 'papers'")


def downgrade() -> None:
    """Take it back. Where an exercise was begun, its case file stands in the way: nothing is dropped silently."""
    _known("'linux', 'windows'")


def _known(kinds: str) -> None:
    with op.batch_alter_table("exhibit", schema=None) as batch_op:
        batch_op.drop_constraint(op.f(NAME), type_="check")
        batch_op.create_check_constraint(op.f(NAME), f"os IN ({kinds})")
