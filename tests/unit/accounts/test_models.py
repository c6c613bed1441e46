from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from tests.conftest import SEALED, People
from training.accounts.models import Invitation, Membership, Organisation, Person
from training.store import Store

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def _add(store: Store, row: object) -> None:
    with store.writing() as session:
        session.add(row)


def _person(people: People, **other: Any) -> Person:
    values = {"login": "new", "login_key": "new", "name": "New", "home_id": people.home, "made_at": NOW}
    return Person(**values | {"password_hash": SEALED} | other)


def test_a_person_that_keeps_the_rules_is_stored(store: Store, people: People) -> None:
    person = _person(people, language="ar", theme="dark")
    _add(store, person)
    with store.reading() as session:
        kept = session.get_one(Person, person.id)
    assert (kept.language, kept.theme, kept.made_at) == ("ar", "dark", NOW)


@pytest.mark.database
@pytest.mark.parametrize(
    "other",
    [{"login_key": "trainee"}, {"login_key": ""}, {"name": ""}, {"language": "xx"}, {"theme": "pink"}],
    ids=lambda other: next(iter(other.items())),
)
def test_the_database_itself_refuses_a_person_that_breaks_a_rule(
    store: Store, people: People, other: dict[str, str]
) -> None:
    with pytest.raises(IntegrityError):
        _add(store, _person(people, **other))


def test_the_database_itself_refuses_unknown_roles_and_kinds(store: Store, people: People) -> None:
    wrong = (
        Membership(person_id=people["trainee"], organisation_id=people.home, role="king"),
        Membership(person_id=people["trainee"], organisation_id=people.home, role="trainee"),
        Organisation(name="Guild of Port Selby", kind="guild"),
        Organisation(name="Academy of Port Selby", kind="agency"),
        Invitation(
            token_hash=bytes(32), organisation_id=people.home, role="king", name="", login="", made_at=NOW,
            expires_at=NOW + timedelta(days=1),
        ),
    )  # fmt: skip
    refused = 0
    for row in wrong:
        with pytest.raises(IntegrityError):
            _add(store, row)
        refused += 1
    assert refused == len(wrong)


def test_an_organisation_with_people_can_not_be_removed(store: Store, people: People) -> None:
    with pytest.raises(IntegrityError), store.writing() as session:
        session.delete(session.get_one(Organisation, people.home))
    with store.reading() as session:
        assert session.get(Organisation, people.home) is not None
