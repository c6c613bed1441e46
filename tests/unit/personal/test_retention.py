"""Rules of retention: what they find, that it waits, what holds it, what is removed, and what never is."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from tests.unit.personal.conftest import NAME, TYPED, Held
from tests.unit.personal.test_erasing import found
from training.accounts import service as accounts
from training.accounts.actor import Actor
from training.accounts.models import Organisation, Person, SignIn
from training.assessment.models import Contact, Round
from training.audit import service as audit
from training.audit.models import Event
from training.errors import Conflict, Refused
from training.hosting.attendance.models import Detail, Record
from training.hosting.board.models import HelpRequest, Message
from training.hosting.models import TeachingSession
from training.labs.models import Attempt, AttemptCommand, Finding
from training.marking.models.appeals import Appeal
from training.personal.models import Erasing, RetentionDue
from training.personal.registry import Term
from training.personal.service import asking, retention, rules, sweep

pytestmark = pytest.mark.any_database


def administrator(held: Held) -> Actor:
    with held.store.reading() as session:
        who = accounts.find(session, held.people["administrator"])
        assert who
        return accounts.actor_of(who)


def keep(held: Held, **months: int | None) -> None:
    with held.store.writing() as session:
        place = session.get_one(Organisation, held.people.home)
        rules.keep(session, administrator(held), place, {Term(k): v for k, v in months.items()}, held.clock())


def swept(held: Held) -> sweep.Pass:
    return sweep.once(held.store, held.settings, held.clock())


def standing(held: Held) -> list[RetentionDue]:
    with held.store.reading() as session:
        return [one for one, _title in retention.listed(session, held.people.home)]


def count(held: Held, kind: Any) -> int:
    with held.store.reading() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


@pytest.mark.any_database
def test_without_a_rule_nothing_is_found(held: Held) -> None:
    held.end()
    held.clock.forward(days=4000)
    done = swept(held)
    assert (done.found, done.removed, done.rows) == (0, 0, 0)


@pytest.mark.any_database
@pytest.mark.parametrize("term", [one for one, kind in rules.KINDS.items() if kind.sessions])
def test_every_table_of_a_rule_leads_to_a_session(held: Held, term: Term) -> None:
    with held.store.reading() as session:
        counts = [
            session.execute(select(func.count()).where(rules.of_session(one, held.session))).scalar_one()
            for one in rules.tables_of(term)
        ]
    assert counts
    assert sum(counts) > 0


@pytest.mark.database
def test_it_is_found_waits_and_is_removed_and_the_rest_stays(held: Held) -> None:
    held.end()
    keep(held, presence=12, talk=12)
    assert swept(held).found == 0
    held.clock.forward(days=364)
    assert swept(held).found == 0
    held.clock.forward(days=3)
    assert swept(held).found == 2
    entries = {one.term: one for one in standing(held)}
    assert entries["presence"].counts["attendance_detail"] == count(held, Detail)
    assert entries["talk"].session_id == held.session
    assert (swept(held).found, swept(held).removed) == (0, 0)
    held.clock.forward(days=30)  # to the very end of the waiting time
    before, said = count(held, Record), count(held, Message)
    done = swept(held)
    assert (done.removed, done.stopped) == (2, [])
    assert count(held, Detail) == 0
    assert (count(held, Record), count(held, Message)) == (before, said)
    assert (
        found(held, (TYPED["did"], TYPED["sees"], TYPED["incident"], "Ten minutes left", "The bus was late")) == set()
    )
    with held.store.reading() as session:
        assert session.scalars(select(HelpRequest.did)).all() == [""]
        assert audit.check(session).fault is None
        events = session.scalars(select(Event).where(Event.act.startswith("retention."))).all()
        assert sorted(one.act for one in events) == [
            *["retention.found"] * 2,
            *["retention.removed"] * 2,
            *["retention.rule_set"] * 2,
        ]
        assert TYPED["did"] not in str([one.details for one in events])
        assert session.scalars(select(Erasing)).all() == []
    assert standing(held) == []
    assert swept(held).found == 0


def alone(held: Held) -> None:
    """Make the work practice, of no session."""
    with held.store.writing() as session:
        session.execute(update(Attempt).values(assignment_id=None))


@pytest.mark.parametrize("practice", [True, False])
def test_texts_of_work_go_by_the_age_of_session_or_practice_and_verdicts_stay(
    held: Held,
    practice: bool,  # noqa: FBT001 - a case of the test
) -> None:
    if practice:
        alone(held)
    else:
        held.end()
    keep(held, work=6)
    held.clock.forward(days=200)
    assert swept(held).found >= 1
    entries = {one.session_id: one.counts for one in standing(held)}
    assert entries[None if practice else held.session]["finding"] == 1
    held.clock.forward(days=31)
    assert swept(held).removed == len(entries)
    texts = ("command", "citation", "draft", "finding", "reasoning", "appeal", "decision", "judgement", "case")
    assert found(held, tuple(TYPED[one] for one in texts)) == set()
    assert count(held, AttemptCommand) == 0
    with held.store.reading() as session:
        finding = session.scalars(select(Finding).where(Finding.attempt_id == held.attempt)).one()
        assert finding.erased
        assert finding.current.credit == 1.0
        assert session.get_one(Person, held.id).name == NAME
    assert found(held, (TYPED["margin"],)) == {"margin_note.text"}


@pytest.mark.any_database
def test_an_open_appeal_stops_it_and_is_told(held: Held) -> None:
    alone(held)
    keep(held, work=6)
    with held.store.writing() as session:
        session.execute(update(Appeal).values(outcome=None, decided_at=None, decided_by=None))
    held.clock.forward(days=200)
    swept(held)
    held.clock.forward(days=31)
    done = swept(held)
    assert done.removed == 0
    assert "still open" in done.stopped[0]
    assert count(held, AttemptCommand) == 1


@pytest.mark.any_database
def test_it_can_be_postponed_held_and_let_go_on(held: Held) -> None:
    held.end()
    keep(held, presence=1)
    held.clock.forward(days=40)
    swept(held)
    (entry,) = standing(held)

    def decide(act: str, days: int = 30, reason: str = "An inquiry is under way") -> None:
        with held.store.writing() as session:
            due = session.get_one(RetentionDue, entry.id)
            retention.decide(session, administrator(held), due, act, (days, reason), held.clock())

    for act, days, reason in (("hold", 30, "short"), ("postpone", 31, "A reason that is long"), ("drop", 30, "")):
        with pytest.raises(Refused):
            decide(act, days, reason)
    decide("hold")
    held.clock.forward(days=300)
    assert swept(held).removed == 0
    with pytest.raises(Conflict), held.store.writing() as session:  # a pass that found it before it was held
        retention.remove(session, entry.id, 30, held.clock())
    decide("postpone")
    assert swept(held).removed == 0, "the days are counted from now where its time has come"
    decide("release")
    held.clock.forward(days=29)
    assert swept(held).removed == 0
    decide("postpone", 90)
    held.clock.forward(days=60)
    assert swept(held).removed == 0
    held.clock.forward(days=60)
    assert swept(held).removed == 1
    with pytest.raises(Conflict):
        decide("hold")


@pytest.mark.any_database
def test_a_rule_that_is_taken_back_removes_nothing(held: Held) -> None:
    held.end()
    keep(held, presence=1)
    held.clock.forward(days=40)
    swept(held)
    keep(held, presence=None)
    held.clock.forward(days=40)
    before = count(held, Detail)
    assert swept(held).rows == 0
    assert count(held, Detail) == before
    assert standing(held) == []


def test_accounts_that_nobody_uses_are_asked_for_and_wait_again(held: Held) -> None:
    keep(held, account=12)
    held.clock.forward(days=300)
    with held.store.writing() as session:
        accounts.start(session, held.people["colleague"], now=held.clock())
    held.clock.forward(days=100)
    assert swept(held).found == 1
    held.clock.forward(days=31)
    assert swept(held).removed == 1
    with held.store.reading() as session:
        assert asking.waiting(session, held.id)
        for name in ("colleague", "instructor", "host", "administrator", "stranger", "other_instructor"):
            assert asking.waiting(session, held.people[name]) is None
        assert session.get_one(Person, held.id).erased_at is None


def test_traces_go_but_the_last_sign_in_of_each(held: Held) -> None:
    keep(held, traces=1)
    for _ in range(3):
        held.clock.forward(days=1)
        with held.store.writing() as session:
            accounts.start(session, held.id, now=held.clock())
    held.clock.forward(days=40)
    swept(held)
    before = standing(held)[0].counts["sign_in"]
    with held.store.writing() as session:
        accounts.start(session, held.id, now=held.clock())
    swept(held)
    assert standing(held)[0].counts["sign_in"] == before + 1, "what is told is what there is now"
    held.clock.forward(days=31)
    assert swept(held).removed == 1
    with held.store.reading() as session:
        left = session.scalars(select(SignIn).where(SignIn.person_id == held.id)).all()
        assert len(left) == 1
        assert held.clock() - left[0].seen_at < timedelta(days=72)
    assert "invitation.login" not in found(held)


def test_contact_details_go_when_their_round_was_closed_long_ago(held: Held) -> None:
    with held.store.writing() as session:
        closed = session.scalars(select(Round).where(Round.closed_at.is_not(None))).first()
        assert closed
        session.add(Contact(round_id=closed.id, sealed=b"sealed"))
    keep(held, contacts=1)
    before = count(held, Contact)
    assert before
    held.clock.forward(days=40)
    swept(held)
    held.clock.forward(days=31)
    assert swept(held).removed == 1
    with held.store.reading() as session:
        assert session.scalars(select(Contact).where(Contact.round_id == closed.id)).all() == []


@pytest.mark.any_database
def test_another_organisation_is_not_touched(held: Held) -> None:
    """Its rule finds nothing of a session that is not its own."""
    held.end()
    with held.store.writing() as session:
        there = session.get_one(Organisation, held.people.elsewhere)
        rules.keep(session, administrator(held), there, dict.fromkeys(rules.KINDS, 12), held.clock())
    held.clock.forward(days=3000)
    with held.store.writing() as session:
        retention.find(session, 30, held.clock())
        terms = {one.term for one in session.scalars(select(RetentionDue))}
        assert terms <= {"account"}  # its own trainee, who has never signed in
        assert session.scalars(select(TeachingSession.organisation_id)).all() == [held.people.home]
        assert session.get_one(Attempt, held.attempt).organisation_id == held.people.home
