"""A resit as it is kept and taken back: whole rows, the log's words, and what is refused in which words."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching, somebody
from training.accounts.actor import Actor, Role
from training.audit import service as audit
from training.audit.models import Event
from training.credentials import resits, results
from training.credentials.models import Resit
from training.credentials.resits import Offer, Wish
from training.credentials.results import Wish as Found
from training.errors import Conflict, DomainError, NotThere, Refused
from training.hosting.models import TeachingSession
from training.hosting.service import people as members
from training.settings import Settings
from training.store import Store

LATER = datetime(2026, 12, 11, 8, 0, tzinfo=UTC)
GOOD = Wish(LATER, 210, {}, "Report 2", " Ill  on the day. ")


class Office:
    """A session after its end, of an installation without labs: the parts of its examinations are on paper."""

    def __init__(self, store: Store, settings: Settings, people: People, clock: Clock) -> None:
        self.store, self.settings, self.people, self.clock = store, settings, people, clock
        with store.writing() as session:
            made = make_teaching(session, people, clock(), trainees=("trainee", "colleague"))
            self.key = made.id
        clock.now = datetime(2026, 11, 27, 22, 30, tzinfo=UTC)

    def open(self) -> None:
        with self.store.writing() as session:
            session.get_one(TeachingSession, self.key).opened_at = self.clock()

    def record(self, *pieces: str, sitting: int = 1, day: str = "2026-11-27") -> None:
        self.clock.forward(seconds=1)
        with self.store.writing() as session:
            teaching = session.get_one(TeachingSession, self.key)
            wish = Found("B", sitting, pieces, day)
            results.record(session, instructor(self.people), teaching, self.people["trainee"], wish, self.clock())

    def offer(self, name: str = "B") -> Offer:
        with self.store.reading() as session:
            teaching = session.get_one(TeachingSession, self.key)
            who = self.people["trainee"]
            return resits.offer(session, self.settings.instance, teaching, who, name, self.clock())

    def grant(self, wish: Wish = GOOD, *, by: Actor | None = None, person: UUID | None = None) -> UUID:
        with self.store.writing() as session:
            teaching, who = session.get_one(TeachingSession, self.key), by or instructor(self.people)
            whom = person or self.people["trainee"]
            return resits.grant(session, self.settings.instance, who, teaching, whom, "B", wish, self.clock()).id

    def withdraw(self, key: UUID, why: str, *, by: Actor | None = None) -> None:
        with self.store.writing() as session:
            teaching, made = session.get_one(TeachingSession, self.key), session.get_one(Resit, key)
            resits.withdraw(session, by or instructor(self.people), teaching, made, why, self.clock())

    def row(self, key: UUID) -> dict[str, Any]:
        with self.store.reading() as session:
            made = session.get_one(Resit, key)
            return {one.key: getattr(made, one.key) for one in Resit.__mapper__.column_attrs}

    def refused(self, kind: type[DomainError], what: Any, *given: Any, **more: Any) -> tuple[str, str | None]:
        with pytest.raises(kind) as bad:
            what(*given, **more)
        return str(bad.value), bad.value.field


@pytest.fixture
def office(store: Store, settings: Settings, people: People, clock: Clock) -> Office:
    return Office(store, settings, people, clock)


def test_why_none_can_be_granted_is_said_first_thing_first(office: Office, people: People, clock: Clock) -> None:
    assert office.offer().why_not == "The session was never opened."
    office.open()
    found = office.offer()
    assert (found.sitting, found.until, found.choices, found.on_paper, found.why_not) == (
        1, None, (), True, "There is no result of the first sitting yet.",
    )  # fmt: skip
    office.record("40", "")
    assert office.offer().until is None, "half a result is none"
    office.record("40", "40")
    found = office.offer()
    assert (found.sitting, found.until, found.why_not, found.minutes) == (2, date(2027, 1, 26), "", 210)
    assert office.offer("A").why_not == "There is no result of the first sitting yet."
    told = office.refused(NotThere, office.offer, "Z")
    assert told == ("The rules of this session know no such examination.", None)
    office.grant()
    assert office.offer().why_not == "A resit is granted, and has no result yet."
    clock.now = LATER + timedelta(hours=8)
    office.record("50", "50", sitting=2, day="2026-12-11")
    assert office.offer().why_not == "The rules of this session allow no further resit."
    with office.store.writing() as session:
        teaching = session.get_one(TeachingSession, office.key)
        teaching.rules = {**teaching.rules, "resit": {"times": 2, "days": 14}}
    assert (office.offer().sitting, office.offer().until, office.offer().why_not) == (3, date(2026, 12, 11), "")
    clock.now = datetime(2026, 12, 11, 23, 0, tzinfo=UTC)
    assert office.offer().why_not == "The last day of a resit was 2026-12-11."
    with office.store.writing() as session:
        teaching = session.get_one(TeachingSession, office.key)
        members.withdraw(session, instructor(people), teaching, people["trainee"], clock())
    assert office.offer().why_not == "Taken out of the session."


def test_a_resit_is_kept_and_taken_back_with_reasons_that_the_log_says_without_their_words(
    office: Office, people: People, clock: Clock
) -> None:
    office.open()
    office.record("40", "40")
    key = office.grant()
    row = {
        "id": key, "session_id": office.key, "person_id": people["trainee"], "examination": "B", "sitting": 2,
        "opens_at": LATER, "ends_at": LATER + timedelta(minutes=210), "variant": "Report 2", "works": [],
        "reason": "Ill on the day.", "granted_by": people["instructor"], "granted_at": clock(), "withdrawn_at": None,
        "withdrawn_by": None, "withdrawn_why": "",
    }  # fmt: skip
    assert office.row(key) == row
    clock.forward(hours=1)
    host = somebody(people, "host", Role.HOST)
    assert office.refused(Refused, office.withdraw, key, " ") == ("Between 1 and 300 characters fit here.", "why")
    own = somebody(people, "trainee", Role.INSTRUCTOR)
    assert office.refused(Refused, office.withdraw, key, "Why.", by=own) == (
        "Nobody takes back a resit of their own.", None,
    )  # fmt: skip
    office.withdraw(key, " Not  needed. ", by=host)
    back = {"withdrawn_at": clock(), "withdrawn_by": people["host"], "withdrawn_why": "Not needed."}
    assert office.row(key) == {**row, **back}
    assert office.refused(Conflict, office.withdraw, key, "Again.") == ("This resit was taken back already.", None)
    with office.store.reading() as session:
        events = session.scalars(select(Event).where(Event.act.like("resit.%")).order_by(Event.seq)).all()
        assert [(one.act, one.subject, one.actor) for one in events] == [
            ("resit.granted", f"session:{office.key}", people["instructor"]),
            ("resit.withdrawn", f"session:{office.key}", people["host"]),
        ]
        of = {"resit": str(key), "person": str(people["trainee"]), "examination": "B"}
        details = dict(events[0].details)
        assert audit.matches(session, str(details.pop("reason")), "Ill on the day.")
        times = {"opens_at": "2026-12-11T08:00:00+00:00", "ends_at": "2026-12-11T11:30:00+00:00"}
        assert details == {**of, **times, "sitting": 2, "works": []}
        assert events[1].details == of


def test_what_is_not_granted_is_told_in_these_words(office: Office, people: People, clock: Clock) -> None:
    office.open()
    no_trainee = ("There is no such trainee in this session.", None)
    none_yet = ("There is no result of the first sitting yet.", None)
    assert office.refused(Conflict, office.grant) == none_yet
    office.record("40", "40")
    for person in (people["instructor"], people["stranger"], uuid4()):
        assert office.refused(NotThere, office.grant, person=person) == no_trainee
    own = somebody(people, "trainee", Role.INSTRUCTOR)
    assert office.refused(Refused, office.grant, by=own) == ("Nobody grants a resit to themselves.", None)
    ahead = ("A resit lies ahead. Choose a later day or time.", "day")
    too_late = ("A resit counts until 2027-01-26. Choose an earlier day.", "day")
    minutes = ("A whole number from 1 to 720.", "minutes")
    last = datetime(2027, 1, 26, 22, 59, tzinfo=UTC)
    for wish, told in (
        (Wish(LATER, 0, {}, "P", "R"), minutes),
        (Wish(LATER, 721, {}, "P", "R"), minutes),
        (Wish(clock() - timedelta(minutes=10, seconds=1), 60, {}, "P", "R"), ahead),
        (Wish(clock() - timedelta(minutes=10), 10, {}, "P", "R"), ahead),
        (Wish(last, 1, {}, "P", "R"), too_late),
        (Wish(LATER, 60, {}, " ", "R"), ("Between 1 and 120 characters fit here.", "paper")),
        (Wish(LATER, 60, {}, "P" * 121, "R"), ("Between 1 and 120 characters fit here.", "paper")),
        (Wish(LATER, 60, {}, "P", ""), ("Between 1 and 300 characters fit here.", "reason")),
        (Wish(LATER, 60, {}, "P", "R" * 301), ("Between 1 and 300 characters fit here.", "reason")),
    ):
        assert office.refused(Refused, office.grant, wish) == told, wish
    for wish in (
        Wish(last - timedelta(minutes=1), 1, {}, "P" * 120, "R" * 300),
        Wish(clock() - timedelta(minutes=10), 11, {}, "P", "R"),
        Wish(LATER, 720, {}, "P", "R"),
    ):
        key = office.grant(wish)
        assert (office.row(key)["opens_at"], office.row(key)["variant"]) == (wish.opens_at, wish.paper)
        office.withdraw(key, "Not needed.")
    with office.store.reading() as session:
        teaching = session.get_one(TeachingSession, office.key)
        meant = office.refused(NotThere, resits.get, session, teaching, uuid4())
    assert meant == ("No resit of this session is meant.", None)


def test_a_variant_on_paper_that_was_taken_before_is_named_by_nobody_again(office: Office, clock: Clock) -> None:
    with office.store.writing() as session:
        teaching = session.get_one(TeachingSession, office.key)
        teaching.rules = {**teaching.rules, "resit": {"times": 2, "days": 60}}
    office.open()
    office.record("40", "40")
    first = office.grant()
    clock.now = LATER + timedelta(hours=8)
    office.record("50", "", sitting=2, day="2026-12-11")
    begun = ("This resit was begun, so it stays.", None)
    assert office.refused(Conflict, office.withdraw, first, "Why.") == begun
    office.record("50", "50", sitting=2, day="2026-12-11")
    later = clock() + timedelta(days=1)
    taken = ("This variant was taken before. Name another one.", "paper")
    assert office.refused(Refused, office.grant, Wish(later, 60, {}, " REPORT  2 ", "R")) == taken
    assert office.row(office.grant(Wish(later, 60, {}, "Report 3", "R")))["sitting"] == 3
