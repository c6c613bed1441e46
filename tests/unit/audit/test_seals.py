"""What the chain says of rows: sealed when they are kept, and nothing of what was only tried."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from tests.conftest import People
from tests.sealed import demand_seals
from training.accounts.models import Organisation, Person
from training.audit import seals
from training.audit import service as audit
from training.audit.models import Salt
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


def test_rows_that_statements_and_objects_change_or_remove_are_sealed(store: Store) -> None:
    with store.writing() as session, seals.held(session):  # put off to the end, and not for good
        ids = [founded(session, name).id for name in ("One", "Two", "Three", "Four")]
    demand_seals(store)
    with store.writing() as session:
        session.execute(update(Organisation).where(Organisation.id == ids[0]).values(name="Other", name_key="other"))
        session.execute(delete(Organisation).where(Organisation.id == ids[1]))
        session.get_one(Organisation, ids[2]).closed_at = NOW
        session.delete(session.get_one(Organisation, ids[3]))
    last = seals_of(store)[-1]
    assert {name: bool(seal) for name, seal in last.items()} == {
        f"organisation:{id_}": stays for id_, stays in zip(ids, (True, False, True, False), strict=True)
    }
    demand_seals(store)


def test_an_event_of_what_is_only_tried_takes_no_seal_along(store: Store) -> None:
    with store.writing() as session:
        kept = founded(session, "Kept")
        with session.begin_nested() as point:
            audit.record(session, act="test.tried", actor=None, subject="thing:1", details={}, now=NOW)
            point.rollback()
    assert [list(each) for each in seals_of(store)] == [[f"organisation:{kept.id}"]]


def test_what_names_a_person_is_sealed_under_a_salt_until_the_person_is_forgotten(store: Store, people: People) -> None:
    name = f"person:{people['colleague']}"  # not the first of whom there is a salt

    def sealed() -> str:
        return [each[name] for each in seals_of(store) if name in each][-1]

    with store.writing() as session:
        session.get_one(Person, people["colleague"]).name = "Amina Diallo"
    salt_id, _, digest = sealed().partition(":")
    with store.reading() as session:
        salt = session.get_one(Salt, UUID(salt_id))
    assert (salt.person, len(digest)) == (people["colleague"], 64)
    with store.writing() as session:
        audit.forget(session, people["colleague"])
        session.get_one(Person, people["colleague"]).name = "Erased person 1"
    assert ":" not in sealed()
    demand_seals(store)


def test_rows_of_before_there_were_seals_are_sealed_once(store: Store) -> None:
    with store.writing() as session:
        founded(session, "Sealed already")
    with store.writing() as session:
        session.connection().execute(
            insert(Organisation).values(id=new_id(), name="Old", name_key="old", kind="agency", founding=False)
        )
    with store.writing() as session:
        assert audit.begin_seals(session, NOW) == 1
    with store.writing() as session:
        assert audit.begin_seals(session, NOW) == 0
    demand_seals(store)
