"""How far a rule of retention reaches: not to what is still needed, nor to other organisations, nor to who is here."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.conftest import SEALED
from tests.unit.personal import matters
from tests.unit.personal.conftest import Held
from tests.unit.personal.test_retention import administrator, alone, count, keep, swept
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.accounts.models import Invitation, Organisation, Person
from training.assessment.models import Contact, Round
from training.audit.models import Event
from training.errors import Refused
from training.labs.models import AttemptCommand
from training.personal.models import RetentionDue
from training.personal.registry import Term
from training.personal.service import asking, retention, rules

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize("matter", [matters.case, matters.marking])
def test_texts_stay_while_a_matter_that_needs_them_is_open(held: Held, matter: matters.Matter) -> None:
    alone(held)
    with held.store.writing() as session:
        matter(session, held, None)
    keep(held, work=6)
    held.clock.forward(days=200)
    swept(held)
    held.clock.forward(days=31)
    done = swept(held)
    assert (done.removed, len(done.stopped), count(held, AttemptCommand)) == (0, 1, 1)


def test_practice_sign_ins_and_contacts_of_another_organisation_stay(held: Held) -> None:
    alone(held)
    for _ in range(2):
        held.clock.forward(days=1)
        with held.store.writing() as session:
            accounts.start(session, held.id, now=held.clock())
    with held.store.writing() as session:
        closed = session.scalars(select(Round).where(Round.closed_at.is_not(None))).first()
        assert closed
        assert closed.organisation_id == held.people.home
        session.add(Contact(round_id=closed.id, sealed=b"sealed"))
        there = session.get_one(Organisation, held.people.elsewhere)
        wanted = {Term.WORK: 12, Term.TRACES: 12, Term.CONTACTS: 12}
        rules.keep(session, administrator(held), there, wanted, held.clock())
    held.clock.forward(days=3000)
    with held.store.writing() as session:
        assert retention.find(session, 30, held.clock()) == 0
        here = session.get_one(Organisation, held.people.home)
        rules.keep(session, administrator(held), here, wanted, held.clock())
        assert retention.find(session, 30, held.clock()) == 3
        assert retention.listed(session, held.people.elsewhere) == []
        assert {one.term for one, _title in retention.listed(session, held.people.home)} == set(wanted)


def test_an_invitation_keeps_its_name_for_as_long_as_it_is_good(held: Held) -> None:
    with held.store.writing() as session:
        host = accounts.find(session, held.people["host"])
        assert host
        place = session.get_one(Organisation, held.people.home)
        actor, suggested = accounts.actor_of(host), accounts.Suggested("Kofi Annor", "kofi.annor")
        accounts.invite(session, place, Role.TRAINEE, actor=actor, now=held.clock(), suggested=suggested, days=60)
    keep(held, traces=1)
    held.clock.forward(days=50)
    swept(held)
    held.clock.forward(days=31)
    swept(held)
    with held.store.reading() as session:
        assert session.scalars(select(Invitation.login).where(Invitation.login != "")).all() == ["kofi.annor"]


def test_an_account_that_is_new_or_of_two_organisations_is_not_unused(held: Held) -> None:
    held.clock.forward(days=390)
    with held.store.writing() as session:
        for name in ("colleague", "stranger"):
            person = accounts.find(session, held.people[name])
            assert person
            other = held.people.elsewhere if name == "colleague" else held.people.home
            accounts.give_role(session, person, other, Role.TRAINEE, actor=None, now=held.clock())
        accounts.make_person(
            session, login="newcomer", name="New Comer", sealed=SEALED, home=held.people.home, role=Role.TRAINEE,
            now=held.clock(),
        )  # fmt: skip
    cutoff = held.clock() - timedelta(days=365)
    with held.store.reading() as session:
        assert [one.id for one in rules.unused(session, held.people.home, cutoff)] == [held.id]
        assert rules.unused(session, held.people.elsewhere, cutoff) == []
    with held.store.writing() as session:
        session.get_one(Person, held.id).erased_at = held.clock()
    with held.store.reading() as session:
        assert rules.unused(session, held.people.home, cutoff) == [], "who is erased is not asked to be erased again"


@pytest.mark.parametrize(
    ("term", "months", "taken"), [("work", 5, False), ("work", 6, True), ("talk", 240, True), ("talk", 241, False)]
)
def test_months_have_a_least_and_a_most(held: Held, term: str, months: int, *, taken: bool) -> None:
    if taken:
        keep(held, **{term: months})
    else:
        with pytest.raises(Refused):
            keep(held, **{term: months})
    with held.store.reading() as session:
        assert len(rules.standing(session, held.people.home)) == taken


def test_who_decided_what_about_something_that_was_found_stands_in_the_log(held: Held) -> None:
    held.end()
    keep(held, presence=1)
    held.clock.forward(days=40)
    swept(held)
    with held.store.writing() as session:
        due = session.scalars(select(RetentionDue)).one()
        retention.decide(session, administrator(held), due, "hold", (30, "An inquiry is under way"), held.clock())
    with held.store.reading() as session:
        event = session.scalars(select(Event).where(Event.act == "retention.decided")).one()
    assert (event.actor, event.details["act"]) == (held.people["administrator"], "hold")


def test_who_asked_for_an_erasure_and_who_took_it_back_stands_in_the_log(held: Held) -> None:
    by = held.people["administrator"]
    with held.store.writing() as session:
        asking.ask(session, held.id, by, asking.Wish("has left the agency for good"), held.clock())
        asking.withdraw(session, held.id, held.id, held.clock())
    with held.store.reading() as session:
        events = session.scalars(select(Event).where(Event.act.startswith("personal.erasure_")).order_by(Event.seq))
        assert [(one.act, one.actor, one.subject) for one in events] == [
            ("personal.erasure_asked", by, f"person:{held.id}"),
            ("personal.erasure_withdrawn", held.id, f"person:{held.id}"),
        ]
