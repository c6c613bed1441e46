"""What the chain says of rows: sealed when they are kept, and nothing of what was only tried."""

from datetime import UTC, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tests.sealed import demand_seals
from training.accounts.models import Organisation
from training.audit import service as audit
from training.audit.models import Event
from training.store import Store, new_id

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def founded(session: Session, name: str) -> Organisation:
    """An organisation without the act that its service records."""
    made = Organisation(id=new_id(), name=name, name_key=name.lower(), kind="agency")
    session.add(made)
    session.flush()
    return made


def seals_of(store: Store) -> list[dict[str, str]]:
    with store.reading() as session:
        return [each for _, _, each in audit.sealed(session)]


def test_what_was_only_tried_leaves_no_seal(store: Store) -> None:
    with store.writing() as session:
        kept = founded(session, "Kept")
        with session.begin_nested() as point:
            tried = founded(session, "Tried")
            point.rollback()
    assert [list(each) for each in seals_of(store)] == [[f"organisation:{kept.id}"]]
    assert str(tried.id) not in str(seals_of(store))
    demand_seals(store)
