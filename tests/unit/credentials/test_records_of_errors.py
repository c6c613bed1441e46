"""Critical errors as they are kept, told, appealed against and decided: whole rows, and the log's words for each."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching, somebody
from training.accounts.actor import Role
from training.audit import service as audit
from training.audit.models import Event
from training.credentials import critical, results
from training.credentials.critical import Wish
from training.credentials.models import CriticalError
from training.errors import Conflict, DomainError, NotThere, Refused
from training.hosting.models import TeachingSession
from training.store import Store

LATE = datetime(2026, 11, 27, 22, 30, tzinfo=UTC)  # 23:30 in Paris, on Friday
WHY, ANSWER, AGAINST = "The run was partial.", "The report says so.", "Page two says that."
ERROR = "rests a finding on a run that was partial without saying so"
GOOD: dict[str, Any] = {"examination": "B", "sitting": 1, "error": 1, "happened": WHY, "place": "Report, page 1"}


@pytest.fixture
def taught(store: Store, people: People, clock: Clock) -> UUID:
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=("trainee", "colleague"))
    clock.now = LATE
    return made.id


@pytest.fixture
def act(store: Store, people: People, clock: Clock, taught: UUID) -> Callable[..., Any]:
    """Does something a second later; an id of an error is its row."""

    def done(what: Any, by: Any, first: UUID, *rest: Any) -> Any:
        clock.forward(seconds=1)
        with store.writing() as session:
            teaching = session.get_one(TeachingSession, taught)
            row = first if first in people.ids.values() else critical.get(session, teaching, first)
            made = what(session, by, teaching, row, *rest, clock())
            return made.id if made is not None else None

    return done


def kept(store: Store, key: UUID) -> dict[str, Any]:
    with store.reading() as session:
        row = session.get_one(CriticalError, key)
        return {one.key: getattr(row, one.key) for one in CriticalError.__mapper__.column_attrs}


def said(bad: DomainError) -> tuple[str, str | None]:
    return str(bad), bad.field


def test_an_error_is_kept_with_what_happened_and_the_log_says_it_without_the_words(
    store: Store, people: People, taught: UUID, act: Callable[..., Any]
) -> None:
    by, host = instructor(people), somebody(people, "host", Role.HOST)
    key = act(critical.record, by, people["trainee"], Wish(**{**GOOD, "happened": f" {WHY}\r\nTwice. "}))
    row = {
        "id": key, "session_id": taught, "person_id": people["trainee"], "examination": "B", "sitting": 1,
        "error": ERROR, "happened": f"{WHY}\nTwice.", "place": "Report, page 1", "by": people["instructor"],
        "at": LATE + timedelta(seconds=1), "appeal": "", "appealed_at": None, "outcome": None, "note": "",
        "decided_by": None, "decided_at": None,
    }  # fmt: skip
    assert kept(store, key) == row
    act(critical.appeal, somebody(people, "trainee", Role.TRAINEE), key, f" {AGAINST} ")
    row |= {"appeal": AGAINST, "appealed_at": LATE + timedelta(seconds=2)}
    assert kept(store, key) == row
    act(critical.decide, host, key, "stands", f" {ANSWER} ")
    decided = {"outcome": "stands", "note": ANSWER, "decided_by": people["host"]}
    row |= {**decided, "decided_at": LATE + timedelta(seconds=3)}
    assert kept(store, key) == row
    act(critical.decide, host, key, "stands", ANSWER)
    assert kept(store, key) == row, "said again, it changes nothing"
    other = act(critical.record, by, people["trainee"], Wish(**{**GOOD, "error": 0}))
    act(critical.decide, by, other, "withdrawn", ANSWER)
    with store.reading() as session:
        events = session.scalars(select(Event).where(Event.act.like("critical.%")).order_by(Event.seq)).all()
        of = {"critical": str(key), "person": str(people["trainee"]), "examination": "B", "sitting": 1}
        wanted: list[tuple[str, str, dict[str, Any], tuple[str, str]]] = [
            ("instructor", "recorded", {**of, "error": ERROR}, ("reason", f"{WHY}\nTwice.\nReport, page 1")),
            ("trainee", "appealed", of, ("appeal", AGAINST)),
            ("host", "decided", {**of, "outcome": "stands", "appealed": True}, ("reason", ANSWER)),
        ]
        for event, (who, what, details, (name, words)) in zip(events, wanted, strict=False):
            assert (event.act, event.subject, event.actor) == (f"critical.{what}", f"session:{taught}", people[who])
            assert audit.matches(session, str(event.details[name]), words)
            assert {each: one for each, one in event.details.items() if each != name} == details
        assert len(events) == 5
        told = {**of, "critical": str(other), "outcome": "withdrawn", "appealed": False}
        assert {name: one for name, one in events[-1].details.items() if name != "reason"} == told
        assert audit.matches(session, str(events[-1].details["reason"]), ANSWER)
    with store.writing() as session:
        audit.forget(session, people["trainee"])
    with store.reading() as session:
        assert audit.matches(session, str(events[0].details["reason"]), "") is None, "it says nothing any more"


def test_what_can_not_be_recorded_is_refused_in_these_words(people: People, act: Callable[..., Any]) -> None:
    by, mine = instructor(people), people["trainee"]
    act(critical.record, by, mine, Wish(**GOOD))
    short = "Say why in at least 10 characters: others will read it."
    stands = "This critical error stands already. What you typed stands below."
    resit = "Nobody granted this resit. Grant it first, on another variant."
    no_trainee = "There is no such trainee in this session."
    for who, person, changed, told in (
        (by, people["instructor"], {}, (no_trainee, None)),
        (by, people["stranger"], {}, (no_trainee, None)),
        (somebody(people, "trainee", Role.INSTRUCTOR), mine, {}, ("Nobody records results of their own.", None)),
        (by, mine, {"examination": "Z"}, ("The rules of this session know no such examination.", "examination")),
        (by, mine, {"sitting": 0}, (resit, "sitting")),
        (by, mine, {"sitting": 2}, (resit, "sitting")),
        (by, mine, {"error": 4}, ("Choose one of the critical errors of the plan.", "error")),
        (by, mine, {"error": -1}, ("Choose one of the critical errors of the plan.", "error")),
        (by, mine, {"happened": "123456789"}, (short, "happened")),
        (by, mine, {"place": ""}, ("Between 1 and 200 characters fit here.", "place")),
        (by, mine, {"place": "x" * 201}, ("Between 1 and 200 characters fit here.", "place")),
        (by, mine, {}, (stands, "error")),
    ):
        with pytest.raises(DomainError) as bad:
            act(critical.record, who, person, Wish(**{**GOOD, **changed}))
        assert said(bad.value) == told, changed
    for more in ({"error": 0}, {"error": 3, "place": "x" * 200}, {"examination": "A"}):
        act(critical.record, by, mine, Wish(**{**GOOD, **more}))
    act(critical.record, by, people["colleague"], Wish(**GOOD))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("1234 56789", ("Say why in at least 10 characters: others will read it.", "why")),
        ("x" * 2_001, ("The text has 2,001 characters; at most 2,000 are kept.", "why")),
        ("12345\x1f67890", ("It holds a control character. Take it out.", "why")),
        ("12345\r67890", ("It holds a control character. Take it out.", "why")),
    ],
)
def test_a_text_that_says_too_little_too_much_or_hides_something_is_refused(typed: str, told: tuple[str, str]) -> None:
    with pytest.raises(Refused) as bad:
        critical.text_of(typed, "why")
    assert said(bad.value) == told


def test_a_text_is_kept_with_its_lines() -> None:
    for typed, text in ((" 1234567890\n", "1234567890"), ("x" * 2_000, "x" * 2_000), ("a\tb\r\nc d 23456789",) * 2):
        assert critical.text_of(typed, "why") == text.replace("\r\n", "\n")


def error(**given: Any) -> CriticalError:
    row: dict[str, Any] = {"error": ERROR, "happened": WHY, "at": LATE, "appealed_at": None, "outcome": None}
    return CriticalError(**{**row, **given})


def test_a_page_says_of_an_error_how_it_stands_and_until_when_one_can_appeal(store: Store, taught: UUID) -> None:
    with store.reading() as session:
        teaching = session.get_one(TeachingSession, taught)
    last = "The last day of an appeal was 2026-12-07."
    for row, now, state, closed in (
        (error(), LATE, "stands", ""),
        (error(), datetime(2026, 12, 7, 22, 59, tzinfo=UTC), "stands", ""),
        (error(), datetime(2026, 12, 7, 23, 0, tzinfo=UTC), "stands", last),
        (error(appealed_at=LATE), LATE, "waits", "Your appeal is here and waits for an answer."),
        (error(appealed_at=LATE, outcome="stands"), LATE, "upheld", "It is decided."),
        (error(appealed_at=LATE, outcome="withdrawn"), LATE, "withdrawn", "It is decided."),
    ):
        found = critical.seen(teaching, row, now)
        assert found == critical.Seen(row, ERROR, date(2026, 12, 7), closed)
        assert (found.state, found.reasoned) == (state, True)
    assert not critical.seen(teaching, error(happened="-"), LATE).reasoned


def test_who_may_say_what_of_an_error(people: People) -> None:
    mine = error(person_id=people["trainee"], by=people["instructor"])
    nobody = "Nobody has appealed: it stands without a decision, and can be taken back."
    recorded = "You recorded it. You may take it back; that it stands, somebody else says."
    own = "This is your own examination: somebody else decides about it."
    assert [critical.barred(mine, people[one]) for one in ("trainee", "instructor")] == [own, ""]
    assert [critical.only_back(mine, people[one]) for one in ("host", "instructor")] == [nobody] * 2
    mine.appealed_at = LATE
    assert [critical.only_back(mine, people[one]) for one in ("host", "instructor")] == ["", recorded]


def test_what_is_not_decided_is_told_in_these_words(people: People, act: Callable[..., Any]) -> None:
    by, host = instructor(people), somebody(people, "host", Role.HOST)
    trainee = somebody(people, "trainee", Role.TRAINEE)
    key = act(critical.record, by, people["trainee"], Wish(**GOOD))
    short = "Say why in at least 10 characters: others will read it."

    def refused(kind: type[DomainError], what: Any, *given: Any) -> tuple[str, str | None]:
        with pytest.raises(kind) as bad:
            act(what, *given)
        return said(bad.value)

    meant = ("No critical error of this session is meant.", None)
    assert refused(NotThere, critical.appeal, by, key, AGAINST) == meant
    assert refused(NotThere, critical.decide, by, uuid4(), "stands", ANSWER) == meant
    assert refused(Refused, critical.appeal, trainee, key, "No.") == (short, "text")
    chosen = ("Choose what becomes of the critical error.", "outcome")
    assert refused(Refused, critical.decide, host, key, "", ANSWER) == chosen
    assert refused(Refused, critical.decide, host, key, "withdrawn", "No.") == (short, "note")
    assert refused(Refused, critical.decide, trainee, key, "withdrawn", ANSWER)[1] == "outcome"
    assert refused(Refused, critical.decide, host, key, "stands", ANSWER)[1] == "outcome"
    act(critical.appeal, trainee, key, AGAINST)
    waits = ("Your appeal is here and waits for an answer.", "text")
    assert refused(Conflict, critical.appeal, trainee, key, AGAINST + " Twice.") == waits
    act(critical.decide, host, key, "stands", ANSWER)
    act(critical.appeal, trainee, key, AGAINST)  # a form that is sent twice
    decided = ("This critical error is decided already. What you typed stands below.", "note")
    for who, outcome, note in ((by, "stands", ANSWER), (host, "withdrawn", ANSWER), (host, "stands", ANSWER + "!")):
        assert refused(Conflict, critical.decide, who, key, outcome, note) == decided


def test_sessions_with_something_on_record_come_newest_first(
    store: Store, people: People, clock: Clock, taught: UUID, act: Callable[..., Any]
) -> None:
    act(critical.record, instructor(people), people["trainee"], Wish(**GOOD))
    with store.writing() as session:
        make_teaching(session, people, clock(), title="Empty")
        other = make_teaching(session, people, clock(), title="Later", starts_on=date(2026, 11, 24))
        twin = make_teaching(session, people, clock(), title="Winter week", starts_on=date(2026, 11, 23))
        for one in (other, twin):
            wish = results.Wish("A", 1, ("80", "", ""), "2026-11-27")
            results.record(session, instructor(people), one, people["trainee"], wish, clock())
        session.flush()
        found = critical.sessions_of(session, people["trainee"])
        assert [one.title for one in found] == ["Later", "Winter week", "Autumn week"]
        told = critical.told(session, other, people["trainee"], clock())
        assert told == critical.Told(()), "something is recorded, and no error"
