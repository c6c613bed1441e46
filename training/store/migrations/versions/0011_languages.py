"""An account may ask for French."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NAME = "ck_person_language_known"


def upgrade() -> None:
    """Bring the schema forward."""
    _known("'en', 'fr', 'ar'")


def downgrade() -> None:
    """Take it back. The older program has no French: whoever chose it gets what the browser asks for."""
    op.execute("UPDATE person SET language = NULL WHERE language = 'fr'")
    _known("'en', 'ar'")


def _known(languages: str) -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_constraint(op.f(NAME), type_="check")
        batch_op.create_check_constraint(op.f(NAME), f"language IN ({languages})")
