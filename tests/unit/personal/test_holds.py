"""What delays an erasure: each matter about the person that is open, none that has ended, and none about others."""

import pytest

from tests.unit.personal import matters
from tests.unit.personal.conftest import Held
from training.accounts import service as accounts
from training.hosting.models import SessionMember
from training.personal.service import asking
from training.personal.service.holds import holding

pytestmark = pytest.mark.any_database
MATTERS: dict[matters.Matter, str] = {
    matters.case: "A case about signs in the person's work is open.",
    matters.appeal: "An appeal is not decided.",
    matters.marking: "The person's work is being marked.",
    matters.examination: "The results of an examination are not released.",
    matters.error: "An appeal against a critical error is not answered.",
}


def holds(held: Held, name: str = "trainee") -> list[str]:
    with held.store.reading() as session:
        person = accounts.find(session, held.people[name])
        assert person
        return holding(session, person)


@pytest.mark.parametrize("matter", MATTERS)
def test_a_matter_that_has_ended_holds_nobody(held: Held, matter: matters.Matter) -> None:
    held.end()
    with held.store.writing() as session:
        matter(session, held, held.clock())
    assert holds(held) == []


@pytest.mark.parametrize("matter", MATTERS)
def test_a_matter_that_is_open_holds_the_person_whom_it_is_about_and_nobody_else(
    held: Held, matter: matters.Matter
) -> None:
    held.end()
    with held.store.writing() as session:
        matter(session, held, None)
    assert holds(held) == [MATTERS[matter]]
    assert holds(held, "colleague") == []


def test_an_open_session_does_not_hold_whom_it_has_let_go(held: Held) -> None:
    assert holds(held) == ["The session Friday group is not closed."]
    with held.store.writing() as session:
        session.get_one(SessionMember, (held.session, held.id)).withdrawn_at = held.clock()
    assert holds(held) == []


def test_what_waits_is_told_in_the_organisation_of_the_person_alone(held: Held) -> None:
    erasure = held.ask()
    with held.store.reading() as session:
        assert [(one.id, who.id) for one, who in asking.all_waiting(session, held.people.home)] == [(erasure, held.id)]
        assert asking.all_waiting(session, held.people.elsewhere) == []
