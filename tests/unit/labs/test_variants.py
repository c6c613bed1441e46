"""Which exhibit of a lab an attempt gets: one that the person has not had, is whole, and that fewest others work on."""

from collections.abc import Callable
from uuid import UUID

import pytest

from tests.conftest import People
from tests.unit.labs.conftest import Desk
from tests.unit.labs.setting import DeskOf, close
from tests.unit.labs.test_circles import second_exhibit
from training.accounts.actor import Actor, Role
from training.evidence.models import Custody
from training.labs.models import Attempt
from training.labs.service import variants

Chosen = Callable[[Actor], str]


@pytest.fixture
def other(desk_of: DeskOf, exhibit: str, desk: Desk) -> str:
    """A second exhibit; the trainee has had the first one."""
    close(desk)
    return second_exhibit(desk.rooms, exhibit)


@pytest.fixture
def chosen(desk: Desk) -> Chosen:
    """The exhibit that an attempt begun now would get."""

    def of(actor: Actor) -> str:
        with desk.rooms.store.reading() as session:
            return variants.of(session, desk.lab, actor, desk.rooms.clock()).sha256

    return of


def somebody(number: int, home: UUID) -> Actor:
    return Actor(UUID(int=number), f"No {number}", home, frozenset({(home, Role.TRAINEE)}))


def test_whoever_begins_again_gets_an_exhibit_that_they_have_not_had(
    desk: Desk, desk_of: DeskOf, other: str, exhibit: str, people: People, chosen: Chosen
) -> None:
    for name in ("colleague", "colleague"):
        close(desk_of(name))
    with desk.rooms.store.writing() as session:
        attempts = session.query(Attempt).filter(Attempt.person_id == people["colleague"])
        assert {one.exhibit for one in attempts} == {exhibit, other}
        for one in attempts:
            one.exhibit = other
    assert chosen(desk.actor) == other, "although others of the organisation have begun on it more often"


def test_others_get_the_exhibit_on_which_fewest_of_their_organisation_began(
    other: str, exhibit: str, people: People, chosen: Chosen
) -> None:
    assert {chosen(somebody(number, people.home)) for number in range(12)} == {other}
    assert {chosen(somebody(number, people.elsewhere)) for number in range(12)} == {other, exhibit}, "by lot"


def test_a_damaged_exhibit_is_given_to_nobody_while_there_is_another(
    desk: Desk, other: str, exhibit: str, people: People, chosen: Chosen
) -> None:
    def found(sha256: str, act: str) -> None:
        with desk.rooms.store.writing() as session:
            desk.rooms.clock.forward(seconds=1)  # type: ignore[attr-defined] # the clock of tests
            session.add(Custody(exhibit=sha256, at=desk.rooms.clock(), act=act, text="for the test"))

    found(other, "damaged")
    assert chosen(somebody(1, people.home)) == exhibit
    found(exhibit, "damaged")
    assert chosen(somebody(1, people.home)) == other, "where all are damaged one of them is given all the same"
    found(exhibit, "verified")
    assert chosen(somebody(1, people.home)) == exhibit
