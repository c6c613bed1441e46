"""What a rule found and what becomes of it: how long it waits, what stops it, and what is not its to stop."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, inspect, select, update
from sqlalchemy.orm import Session

from tests.unit.personal import matters
from tests.unit.personal.conftest import NAME, Held
from tests.unit.personal.test_retention import administrator, alone, count, keep, standing, swept
from training.accounts import service as accounts
from training.accounts.models import SignIn
from training.assessment.models import Contact, Round
from training.audit.models import Event
from training.hosting.board.models import Incident
from training.hosting.roster.models import RosterImport
from training.labs.models import Attempt, AttemptCommand, Finding
from training.marking.models.appeals import Appeal
from training.marking.models.rounds import Piece
from training.marking.models.signs import SignCase
from training.personal.models import RetentionDue, RetentionRule
from training.personal.service import asking, copies, retention, rules

pytestmark = pytest.mark.any_database
REASON = "An inquiry is under way"


def attempt_elsewhere(session: Session, held: Held) -> UUID:
    """One in another organisation."""
    mine = session.get_one(Attempt, held.attempt)
    given = {one: getattr(mine, one) for one in ("release_id", "exhibit", "opened_at")}
    other = Attempt(**given, organisation_id=held.people.elsewhere, person_id=held.people["stranger"])
    session.add(other)
    session.flush()
    return other.id


def open_appeal_elsewhere(held: Held) -> None:
    with held.store.writing() as session:
        other = attempt_elsewhere(session, held)
        session.execute(update(Appeal).values(attempt_id=other, outcome=None, decided_by=None, decided_at=None))


def open_round_elsewhere(held: Held) -> None:
    with held.store.writing() as session:
        matters.marking(session, held, None)
        mine = session.scalars(select(Finding)).one()
        given = {one.name: getattr(mine, one.name) for one in inspect(Finding).columns if one.name != "id"}
        theirs = Finding(**given | {"attempt_id": attempt_elsewhere(session, held)})
        session.add(theirs)
        session.flush()
        session.execute(update(Piece).values(finding_id=theirs.id))


def open_case_elsewhere(held: Held) -> None:
    with held.store.writing() as session:
        matters.case(session, held, None)
        session.execute(update(SignCase).values(organisation_id=held.people.elsewhere))


def ended_round(held: Held) -> None:
    with held.store.writing() as session:
        matters.marking(session, held, held.clock())


@pytest.mark.parametrize("matter", [open_appeal_elsewhere, open_case_elsewhere, open_round_elsewhere, ended_round])
def test_what_has_ended_or_is_another_organisations_stops_no_rule(held: Held, matter: Any) -> None:
    alone(held)
    matter(held)
    keep(held, work=6)
    held.clock.forward(days=200)
    swept(held)
    held.clock.forward(days=31)
    done = swept(held)
    assert (done.stopped, done.removed, count(held, AttemptCommand)) == ([], 1, 0)


@pytest.mark.parametrize(
    ("due", "act", "days", "left"),
    [
        (-5, "release", 30, 30),
        (10, "release", 30, 30),
        (90, "release", 30, 90),
        (-5, "postpone", 30, 30),
        (10, "postpone", 90, 100),
        (-5, "hold", 30, -5),
        (10, "hold", 365, 10),
    ],
)
def test_how_long_it_waits_after_a_decision(held: Held, due: int, act: str, days: int, left: int) -> None:
    now = held.clock()
    with held.store.writing() as session:
        entry = RetentionDue(
            organisation_id=held.people.home, term="presence", session_id=held.session, counts={}, found_at=now,
            due_at=now + timedelta(days=due), state="waiting", reason="",
        )  # fmt: skip
        session.add(entry)
        session.flush()
        retention.decide(session, administrator(held), entry, act, (days, REASON), now)
    (found,) = standing(held)
    assert found.due_at == now + timedelta(days=left)
    state = "held" if act == "hold" else "waiting"
    assert (found.state, found.reason) == (state, "" if act == "release" else REASON)
    assert (found.decided_by, found.decided_at) == (held.people["administrator"], now)


def test_a_rule_that_is_changed_counts_from_then_on(held: Held) -> None:
    keep(held, presence=12, talk=3)
    held.clock.forward(days=1)
    keep(held, presence=6, talk=3)
    with held.store.reading() as session:
        told = {one.term: (one.months, one.set_at) for one in session.scalars(select(RetentionRule))}
        events = session.scalars(select(Event).where(Event.act == "retention.rule_set").order_by(Event.seq)).all()
    now = held.clock()
    assert told == {"presence": (6, now), "talk": (3, now - timedelta(days=1))}
    assert events[-1].details == {"term": "presence", "months": 6, "before": 12}
    assert len(events) == 3, "what stays as it was is no change"


def test_the_last_sign_in_of_somebody_stays_whoever_came_later(held: Held) -> None:
    with held.store.writing() as session:
        kept = accounts.hash_token(accounts.start(session, held.id, now=held.clock() + timedelta(hours=1)))
        accounts.start(session, held.people["colleague"], now=held.clock() + timedelta(days=2))
    keep(held, traces=1)
    held.clock.forward(days=40)
    swept(held)
    held.clock.forward(days=31)
    swept(held)
    with held.store.reading() as session:
        assert session.scalars(select(SignIn.token_hash).where(SignIn.person_id == held.id)).all() == [kept]


def test_contact_details_of_a_round_that_was_closed_lately_stay(held: Held) -> None:
    def closed(at: datetime | None) -> None:
        with held.store.writing() as session:
            session.execute(update(Round).where(Round.id == of).values(closed_at=at))

    with held.store.writing() as session:
        of = session.scalars(select(Round.id).where(Round.closed_at.is_not(None))).first()
        session.add(Contact(round_id=of, sealed=b"sealed"))
    held.clock.forward(days=100)
    keep(held, contacts=1)
    closed(held.clock() - timedelta(days=10))
    swept(held)
    assert "contacts" not in {one.term for one in standing(held)}
    closed(held.clock() - timedelta(days=rules.MONTH.days + 1))
    swept(held)
    assert "contacts" in {one.term for one in standing(held)}


def test_what_concerns_the_whole_room_stays(held: Held) -> None:
    with held.store.writing() as session:
        session.add(
            Incident(session_id=held.session, number=2, kind="pause", person_id=None, minutes=5,
                     by=held.people["instructor"], began_at=held.clock(), reason="The power failed",
                     request_key="inc-2")
        )  # fmt: skip
    held.end()
    keep(held, presence=1)
    held.clock.forward(days=40)
    swept(held)
    held.clock.forward(days=31)
    assert swept(held).removed == 1
    with held.store.reading() as session:
        assert session.scalars(select(Incident.reason).where(Incident.number == 2)).one() == "The power failed"


def test_lists_that_wait_go_with_their_rule(held: Held) -> None:
    held.end()
    keep(held, lists=1)
    with held.store.reading() as session:
        assert any(NAME.encode("utf-16-le") in one for one in session.scalars(select(RosterImport.source)) if one)
    held.clock.forward(days=40)
    swept(held)
    held.clock.forward(days=31)
    assert swept(held).removed == 1
    with held.store.reading() as session:
        assert set(session.scalars(select(RosterImport.source))) == {None}


def test_an_account_in_which_nobody_ever_signed_in_is_unused_too(held: Held) -> None:
    with held.store.writing() as session:
        session.execute(delete(SignIn))
    held.clock.forward(days=400)
    with held.store.reading() as session:
        unused = rules.unused(session, held.people.home, held.clock() - timedelta(days=365))
        assert {held.id, held.people["colleague"]} <= {one.id for one in unused}


def test_who_is_asked_to_be_erased_already_is_neither_counted_nor_asked_again(held: Held) -> None:
    keep(held, account=12)
    held.clock.forward(days=400)
    held.ask(days=90)
    swept(held)
    (entry,) = standing(held)
    assert entry.counts == {"person": 1}, "the colleague alone"
    held.clock.forward(days=31)
    done = swept(held)
    assert (done.removed, done.stopped) == (1, [])
    with held.store.reading() as session:
        mine = asking.waiting(session, held.id)
        theirs = asking.waiting(session, held.people["colleague"])
        assert mine
        assert theirs
        assert (mine.own, theirs.own, theirs.asked_by, theirs.reason) == (True, False, None, retention.BY_RULE)


def test_a_removal_after_which_the_file_could_not_be_written_anew_is_told(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "overwrite", lambda _settings: False)
    held.end()
    keep(held, presence=1)
    held.clock.forward(days=40)
    assert swept(held).unwritten == 0
    held.clock.forward(days=31)
    done = swept(held)
    assert (done.removed, done.unwritten) == (1, 1)
