"""What is recorded of examinations, row by row and word by word: percent, days, who, when, and what the log says."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching, somebody
from training.accounts.actor import Role
from training.audit.models import Event
from training.credentials import grid, results
from training.credentials.grid import Change, Entry, Sheet
from training.credentials.models import CriticalError, Resit, Result
from training.credentials.results import Wish
from training.credentials.rules import Sitting
from training.errors import NotThere, Refused
from training.hosting import plan as plans
from training.hosting.models import TeachingSession
from training.hosting.service.record import Faulty
from training.store import Store

LATE = datetime(2026, 11, 27, 22, 30, tzinfo=UTC)  # 23:30 in Paris, on Friday, the last day
NO_SUCH = "The rules of this session know no such examination."


@pytest.fixture
def taught(store: Store, people: People, clock: Clock) -> UUID:
    """A session on its Friday night; nothing is recorded of its two trainees."""
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=("trainee", "colleague"))
        made.opened_at = clock()
    clock.now = LATE
    return made.id


@pytest.fixture
def record(store: Store, people: People, clock: Clock, taught: UUID) -> Callable[..., dict[str, Any]]:
    """Records a sitting of the trainee a second later; its row."""

    def done(name: str, *pieces: str, sitting: int = 1, day: str = "2026-11-27", **given: Any) -> dict[str, Any]:
        clock.forward(seconds=1)
        with store.writing() as session:
            teaching = session.get_one(TeachingSession, taught)
            by, person = given.pop("by", instructor(people)), given.pop("person", people["trainee"])
            wish = Wish(name, sitting, pieces, day, **given)
            made = results.record(session, by, teaching, person, wish, clock())
            session.flush()
            return {one.key: getattr(made, one.key) for one in Result.__mapper__.column_attrs}

    return done


def grant(store: Store, people: People, clock: Clock, taught: UUID, **changed: Any) -> None:
    """A resit of examination A for nine minutes of Friday night, that goes on until Saturday."""
    row: dict[str, Any] = {
        "session_id": taught,
        "person_id": people["trainee"],
        "examination": "A",
        "sitting": 2,
        "opens_at": clock(),
        "ends_at": clock() + timedelta(hours=1),
        "variant": "B",
        "works": [],
        "reason": "Ill on the day.",
        "granted_by": people["instructor"],
        "granted_at": clock(),
        "withdrawn_why": "",
    }
    with store.writing() as session:
        session.add(Resit(**{**row, **changed}))


def test_a_result_is_kept_with_all_that_it_rests_on_and_the_log_says_it(
    store: Store, people: People, clock: Clock, taught: UUID, record: Callable[..., dict[str, Any]]
) -> None:
    first = record("A", "80", "\u0667\u0660\u066b\u0665 %", " 99,99 ")
    attempts = {1: uuid4(), 0: uuid4()}
    second = record("B", "100.0", "", day="2026-11-23", attempts=attempts)
    same = {
        "session_id": taught,
        "person_id": people["trainee"],
        "sitting": 1,
        "critical": [],
        "by": people["instructor"],
    }
    with store.reading() as session:
        rules = plans.rules_of(session.get_one(TeachingSession, taught).rules)
        weights = {one.name: [each.weight for each in one.pieces] for one in rules.examinations}
        events = session.scalars(select(Event).filter_by(act="result.recorded").order_by(Event.seq)).all()
    scores = [sum(w * p for w, p in zip(weights["A"], (8000, 7050, 9999), strict=True)), weights["B"][0] * 10_000]
    assert first == {
        **same, "id": first["id"], "examination": "A", "pieces": ["80", "70.5", "99.99"], "score": scores[0],
        "sat_on": date(2026, 11, 27), "at": LATE + timedelta(seconds=1),
    }  # fmt: skip
    assert second == {
        **same, "id": second["id"], "examination": "B", "pieces": ["100.0", ""], "score": scores[1],
        "sat_on": date(2026, 11, 23), "at": LATE + timedelta(seconds=2),
    }  # fmt: skip
    told = {"person": str(people["trainee"]), "sitting": 1}
    assert [(one.actor, one.subject, one.at, one.details) for one in events] == [
        (people["instructor"], f"session:{taught}", first["at"], {**told, "examination": "A", "score": scores[0]}),
        (
            people["instructor"],
            f"session:{taught}",
            second["at"],
            {**told, "examination": "B", "score": scores[1], "attempts": {str(n): str(attempts[n]) for n in (0, 1)}},
        ),
    ]


def test_what_cannot_be_recorded_is_refused_by_its_field_in_these_words(
    people: People, record: Callable[..., dict[str, Any]]
) -> None:
    record("B", "80", "")
    title = "give percent from 0 to 100 with at most two decimals."
    day = "The day lies between the first day of the session and today."
    for name, pieces, given, told in (
        ("Z", ("1",), {}, (Refused, NO_SUCH, "examination")),
        ("A", ("1", "2"), {}, (Refused, "Give the percent of every piece.", "pieces")),
        ("A", ("1", "2", "3", "4"), {}, (Refused, "Give the percent of every piece.", "pieces")),
        ("A", ("", " ", ""), {}, (Refused, "Give the percent of at least one piece.", "pieces")),
        ("A", ("1", "2", "100.01"), {}, (Refused, title, "pieces")),
        (
            "B",
            ("", "5"),
            {},
            (Refused, "it has a percent already. Type another one; 0 stands for an empty paper.", "pieces"),
        ),
        ("A", ("1", "2", "3"), {"day": "2026-11-22"}, (Refused, day, "sat_on")),
        ("A", ("1", "2", "3"), {"day": "2026-11-28"}, (Refused, day, "sat_on")),
        ("A", ("1", "2", "3"), {"day": "27.11."}, (Refused, "Give the day such as 2026-11-06.", "sat_on")),
        ("A", ("1", "2", "3"), {"sitting": 0}, (Refused, "The rules of this session allow no such resit.", "sitting")),
        ("A", ("1", "2", "3"), {"sitting": 3}, (Refused, "The rules of this session allow no such resit.", "sitting")),
        (
            "A",
            ("1", "2", "3"),
            {"sitting": 2},
            (Refused, "Record the result of the sitting before first.", "sitting"),
        ),
        ("B", ("1", "2"), {"sitting": 2}, (Refused, "Record the result of the sitting before first.", "sitting")),
        (
            "A",
            ("1", "2", "3"),
            {"person": people["instructor"]},
            (NotThere, "There is no such trainee in this session.", None),
        ),
        (
            "A",
            ("1", "2", "3"),
            {"by": somebody(people, "trainee", Role.INSTRUCTOR)},
            (Refused, "Nobody records results of their own.", None),
        ),
    ):
        kind, message, field = told
        with pytest.raises(kind) as bad:
            record(name, *pieces, **given)
        assert bad.value.message.rpartition(": ")[2] == message, (name, pieces, given)
        assert bad.value.field == field, (name, pieces, given)


def test_a_resit_is_recorded_on_any_day_that_it_was_granted_for_and_after_the_first_sitting(
    store: Store, people: People, clock: Clock, taught: UUID, record: Callable[..., dict[str, Any]]
) -> None:
    record("B", "10", "10")
    record("A", "10", "10", "10")
    with pytest.raises(Refused) as bad:
        record("A", "1", "2", "3", sitting=2)
    assert (bad.value.message, bad.value.field) == (
        "Nobody granted this resit. Grant it first, on another variant.", "sitting",
    )  # fmt: skip
    grant(store, people, clock, taught)
    clock.forward(days=2)
    for day in ("2026-11-26", "2026-11-29"):
        with pytest.raises(Refused) as bad:
            record("A", "1", "2", "3", sitting=2, day=day)
        assert (bad.value.message, bad.value.field) == ("This resit was granted for 2026-11-27.", "sat_on")
    for day in ("2026-11-27", "2026-11-28"):
        assert record("A", "1", "2", "3", sitting=2, day=day)["sat_on"].isoformat() == day


@pytest.mark.parametrize(
    ("typed", "kept", "hundredths"),
    [
        ("0", "0", 0),
        ("00", "00", 0),
        ("7", "7", 700),
        ("7.5", "7.5", 750),
        ("7.05", "7.05", 705),
        ("99.99", "99.99", 9999),
        ("100", "100", 10_000),
        ("100.00", "100.00", 10_000),
        (" 12,5 % ", "12.5", 1250),
        ("\u0661\u0662\u066b\u0665\u066a", "12.5", 1250),
    ],
)
def test_percent_is_read_as_it_is_typed_anywhere_and_counted_exactly(typed: str, kept: str, hundredths: int) -> None:
    assert (results.percent_of(typed), results.hundredths(kept)) == (kept, hundredths)
    assert results.fault("Report", typed, had=True) == ""


@pytest.mark.parametrize("typed", ["100.01", "101", "7.", ".5", "7.555", "-1", "1e1", "x", "7 5.5.5", "100.000"])
def test_what_is_no_percent_is_told_with_the_piece(typed: str) -> None:
    with pytest.raises(ValueError, match=typed):
        results.percent_of(typed)
    for had in (True, False):
        assert results.fault("Report", typed, had=had) == (
            "Report: give percent from 0 to 100 with at most two decimals."
        )
    assert results.fault("Report", "", had=False) == ""
    assert results.fault("Report", " ", had=True) == (
        "Report: it has a percent already. Type another one; 0 stands for an empty paper."
    )


def test_errors_that_stand_in_a_sitting_are_said_in_the_order_of_the_rules(store: Store, taught: UUID) -> None:
    def error(what: str, name: str = "B", sitting: int = 1, outcome: str | None = None) -> CriticalError:
        return CriticalError(examination=name, sitting=sitting, error=what, outcome=outcome)

    with store.reading() as session:
        rules = plans.rules_of(session.get_one(TeachingSession, taught).rules)
    known = rules.examinations[1].critical
    found = [
        error("of an earlier plan"),
        error(known[1]),
        error(known[0]),
        error(known[0]),
        error(known[2], "A"),
        error(known[2], sitting=2),
        error(known[2], outcome="withdrawn"),
        error(known[3], outcome="stands"),
    ]
    assert results.critical_of(rules, found, "B", 1) == (known[0], known[1], known[3], "of an earlier plan")
    assert results.critical_of(rules, found, "B", 2) == (known[2],)
    assert results.critical_of(rules, [error("x", "Z")], "Z", 1) == ("x",)
    row = Result(examination="B", score=595_001, sat_on=date(2026, 11, 27), pieces=["1", ""])
    assert results.sitting(row, ["x"]) == Sitting("B", Fraction(595_001, 1_000_000), date(2026, 11, 27), ("x",))
    assert [results.whole(Result(pieces=one)) for one in (["0", "1"], ["1", ""], [])] == [True, False, True]


def test_the_newest_row_of_a_sitting_counts_and_what_lacks_a_piece_is_no_result(
    store: Store, people: People, taught: UUID, record: Callable[..., dict[str, Any]]
) -> None:
    record("B", "80", "80")
    record("A", "10", "10", "")
    record("B", "70", "70")
    record("B", "60", "60", person=people["colleague"])
    with store.reading() as session:
        teaching = session.get_one(TeachingSession, taught)

        def said(person: UUID | None = None) -> dict[Any, list[str]]:
            return {key: row.pieces for key, row in results.newest(session, teaching, person).items()}

        mine, other = people["trainee"], people["colleague"]
        of_mine = {(mine, "A", 1): ["10", "10", ""], (mine, "B", 1): ["70", "70"]}
        assert said(mine) == of_mine
        assert said() == {**of_mine, (other, "B", 1): ["60", "60"]}
        assert [one.pieces for one in results.standing(session, teaching, mine)] == [["70", "70"]]
    record("A", "10", "10", "0")
    with store.reading() as session:
        teaching = session.get_one(TeachingSession, taught)
        assert [one.examination for one in results.standing(session, teaching, mine)] == ["A", "B"]


def sheet(
    store: Store, people: People, clock: Clock, taught: UUID, name: str = "B", sitting: int = 1, **more: Any
) -> Sheet:
    with store.reading() as session:
        teaching = session.get_one(TeachingSession, taught)
        return grid.sheet(session, more.pop("by", instructor(people)), teaching, name, sitting, clock(), **more)


def test_a_sheet_lists_each_trainee_with_what_is_recorded_and_the_rest_beside_it(
    store: Store, people: People, clock: Clock, taught: UUID, record: Callable[..., dict[str, Any]]
) -> None:
    made = record("B", "80", "", day="2026-11-24")
    it = sheet(store, people, clock, taught)
    assert (it.examination.name, it.sitting, it.sittings, it.by) == ("B", 1, 2, people["instructor"])
    rows = {one.person_id: one for one in it.rows}
    assert [*rows] == [people["trainee"], people["colleague"]]
    mine, other = rows.values()
    assert (mine.name, mine.login, mine.seat, mine.pieces, mine.day, mine.closed, mine.seen) == (
        "Trainee", "trainee", "01", ("80", ""), "2026-11-24", "", str(made["id"]),
    )  # fmt: skip
    assert (other.name, other.login, other.seat, other.pieces, other.day, other.closed, other.seen) == (
        "Colleague", "colleague", "02", ("", ""), "2026-11-27", "", "",
    )  # fmt: skip
    assert [one.person for one in it.others] == [people["instructor"]]
    assert (it.of(people["colleague"]), it.of(people["stranger"])) == (other, None)
    own = sheet(store, people, clock, taught, by=somebody(people, "trainee", Role.INSTRUCTOR), person=people["trainee"])
    assert [(one.person_id, one.closed) for one in own.rows] == [
        (people["trainee"], "Nobody records results of their own.")
    ]
    assert sheet(store, people, clock, taught, "A").rows[0].pieces == ("", "", "")
    assert own.digest != it.digest
    assert it.digest == sheet(store, people, clock, taught).digest
    assert sheet(store, people, clock, taught, "A", 2).rows == (), "nobody was granted one"
    for name, sitting in (("Z", 1), ("A", 0), ("A", 3)):
        with pytest.raises(NotThere) as bad:
            sheet(store, people, clock, taught, name, sitting)
        assert bad.value.message == NO_SUCH


def test_before_its_day_an_examination_is_dated_today(store: Store, people: People, clock: Clock, taught: UUID) -> None:
    clock.now = LATE - timedelta(days=2)
    assert {one.day for one in sheet(store, people, clock, taught).rows} == {"2026-11-25"}


def test_only_what_differs_is_a_change_and_everything_wrong_is_told_at_once(
    store: Store, people: People, clock: Clock, taught: UUID, record: Callable[..., dict[str, Any]]
) -> None:
    made = record("B", "80", "", day="2026-11-24")
    it = sheet(store, people, clock, taught)
    mine, other = it.rows
    first, second = (one.title for one in it.examination.pieces)
    seen, no_percent = str(made["id"]), "give percent from 0 to 100 with at most two decimals."

    def looked(person: UUID, cells: dict[str, str], was: str | None = None) -> Any:
        return grid.compare(it, [Entry(person, cells, was)], clock())

    def change(row: Any, before: tuple[str, ...], after: tuple[str, ...]) -> Any:
        names = ("1", "2", "day")
        wish = Wish("B", 1, after[:2], after[2])
        return [Change(row, dict(zip(names, before, strict=True)), dict(zip(names, after, strict=True)), wish)], {}

    had = ("80", "", "2026-11-24")
    emptied = f"{first}: it has a percent already. Type another one; 0 stands for an empty paper."
    for cells in ({}, {"1": "80.0"}, {"1": "80", "2": " "}, {"day": "2026-11-24"}, {"day": " "}):
        assert looked(mine.person_id, cells, seen) == ([], {}), cells
    assert looked(mine.person_id, {"1": "", "2": " "}, seen) == ([], {(mine.person_id, "1"): emptied})
    assert looked(mine.person_id, {"1": "80.01"}, seen) == change(mine, had, ("80.01", "", "2026-11-24"))
    assert looked(mine.person_id, {"1": "80.0", "2": "5"}) == change(mine, had, ("80", "5", "2026-11-24"))
    assert looked(mine.person_id, {"day": " 2026-11-23"}, seen) == change(mine, had, ("80", "", "2026-11-23"))
    assert looked(other.person_id, {"day": "2026-11-23"}, "") == ([], {})
    assert looked(other.person_id, {"2": "0"}, "") == change(other, ("", "", ""), ("", "0", "2026-11-27"))
    assert looked(people["stranger"], {"1": "5"}) == ([], {})
    assert looked(mine.person_id, {"1": "5"}, "") == ([], {
        (mine.person_id, "1"): str(grid.STALE)
    })  # fmt: skip
    assert looked(mine.person_id, {}, "") == ([], {}), "who typed nothing has nothing to look at again"
    assert looked(other.person_id, {"1": "101", "2": "x", "day": "2026-11-28"}) == ([], {
        (other.person_id, "1"): f"{first}: {no_percent}",
        (other.person_id, "2"): f"{second}: {no_percent}",
        (other.person_id, "day"): "The day lies between the first day of the session and today.",
    })  # fmt: skip
    closed = sheet(store, people, clock, taught, by=somebody(people, "colleague", Role.INSTRUCTOR))
    assert grid.compare(closed, [Entry(other.person_id, {"1": "5"})], clock()) == ([], {
        (other.person_id, "1"): "Nobody records results of their own."
    })  # fmt: skip


def test_a_grid_is_kept_whole_or_not_at_all(
    store: Store, people: People, clock: Clock, taught: UUID, record: Callable[..., dict[str, Any]]
) -> None:
    record("B", "80", "")
    it = sheet(store, people, clock, taught)
    mine, other = it.rows

    def kept(*entries: Entry) -> int:
        clock.forward(seconds=1)
        with store.writing() as session:
            teaching = session.get_one(TeachingSession, taught)
            now = grid.sheet(session, instructor(people), teaching, "B", 1, clock())
            return grid.keep(
                session, instructor(people), now, entries, clock(), lambda who, column: f"{column} of {who}"
            )

    with pytest.raises(Faulty) as bad:
        kept(Entry(mine.person_id, {"2": "70"}, mine.seen), Entry(other.person_id, {"1": "x"}))
    assert list(bad.value.fields) == [f"1 of {other.person_id}"]
    assert sheet(store, people, clock, taught).digest == it.digest
    assert kept(Entry(mine.person_id, {"2": "70"}, mine.seen), Entry(other.person_id, {"1": "5"}, "")) == 2
    assert [one.pieces for one in sheet(store, people, clock, taught).rows] == [("80", "70"), ("5", "")]
    assert kept(Entry(other.person_id, {"1": "5"}), Entry(mine.person_id, {})) == 0


def test_what_was_typed_is_told_from_what_stood_there(
    store: Store, people: People, clock: Clock, taught: UUID, record: Callable[..., dict[str, Any]]
) -> None:
    old = record("B", "80", "", day="2026-11-24")
    new = record("B", "70", "60", day="2026-11-25")
    of_other = record("B", "1", "", person=people["colleague"])
    mine = people["trainee"]
    with store.reading() as session:
        teaching = session.get_one(TeachingSession, taught)
        it = grid.sheet(session, instructor(people), teaching, "B", 1, clock())

        def typed(cells: dict[str, str], seen: Any, person: UUID = mine) -> bool:
            entry = Entry(person, cells, None if seen is None else str(seen))
            return bool(grid.touched(session, it, [entry]))

        now, before = {"1": "70", "2": "60", "day": "2026-11-25"}, {"1": "80", "2": "", "day": "2026-11-24"}
        assert [typed(now, new["id"]), typed({}, new["id"]), typed({"1": " 70 "}, new["id"])] == [False] * 3
        assert [typed({**now, name: "5"}, new["id"]) for name in now] == [True] * 3
        assert [typed(before, old["id"]), typed({**before, "day": "2026-11-23"}, old["id"])] == [False, True]
        assert [typed({**before, "2": "1"}, old["id"]), typed(now, old["id"])] == [True, True]
        assert [typed(now, one) for one in (of_other["id"], uuid4(), "nobody's")] == [True] * 3
        assert [typed({"1": "", "2": "", "day": "2026-11-01"}, one) for one in ("", None)] == [False] * 2
        assert [typed({"2": "5"}, one) for one in ("", None)] == [True] * 2
        assert not typed({"1": "5"}, None, people["stranger"])
