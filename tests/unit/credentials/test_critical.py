"""Critical errors: recorded with a reason, appealed against in time, answered by somebody else, followed at once."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching, somebody
from training.accounts.actor import Role
from training.accounts.models import Membership, Person
from training.audit import service as audit
from training.audit.models import Event
from training.courses.moving import signing
from training.credentials import critical, forms, results
from training.credentials.critical import Wish
from training.credentials.models import CriticalError
from training.credentials.overview import Line, overview
from training.errors import Conflict, NotThere, Refused
from training.hosting.carry import rows
from training.hosting.dossier import service as dossier
from training.hosting.dossier import standing, verify
from training.hosting.models import TeachingSession
from training.personal.service import holds
from training.settings import Settings
from training.store import Store
from training.store.migrate import downgrade, upgrade

LATE = datetime(2026, 11, 27, 22, 30, tzinfo=UTC)  # 23:30 in Paris, on Friday
WHY, ANSWER = "The run was partial, and the report doesn't say so.", "The report says so on page two, as appealed."
AGAINST = "Page two says that the run was partial.\nIt is in the second paragraph."


@pytest.fixture
def taught(store: Store, people: People, clock: Clock) -> UUID:
    """A session on its Friday night in which the trainee has 80 in both examinations."""
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=("trainee", "colleague"))
        made.opened_at = clock()
    clock.now = LATE
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, made.id)
        for name, count in (("A", 3), ("B", 2)):
            wish = results.Wish(name, 1, ("80",) * count, "2026-11-27")
            results.record(session, instructor(people), teaching, people["trainee"], wish, clock())
    return made.id


@pytest.fixture
def act(store: Store, people: People, clock: Clock, taught: UUID) -> Callable[..., Any]:
    """Does something within a unit that writes, with the session before the rest; an id of an error is its row."""

    def done(what: Any, by: Any, *given: Any) -> Any:
        with store.writing() as session:
            teaching = session.get_one(TeachingSession, taught)
            first, *rest = given
            row = first if first in people.ids.values() else critical.get(session, teaching, first)
            made = what(session, by, teaching, row, *rest, clock())
            return made.id if made is not None else None

    return done


def line(session: Session, people: People, key: UUID) -> tuple[str, Line]:
    found = overview(session, session.get_one(TeachingSession, key))
    mine = found.of(people["trainee"])
    assert mine
    return found.digest, mine


def said(mine: Line) -> str:
    """The critical errors that cap what counts."""
    return "; ".join(f"{one.examination}: {each}" for one in mine.outcome.results for each in one.critical)


BLANKS = ("\u2800", "\u200b", "\u200d", "\u2060", "\u3164", "\u00ad", "\ufe0f", "\u00a0")
GOOD: dict[str, Any] = {"examination": "B", "sitting": 1, "error": 1, "happened": WHY, "place": "Report, page 1"}


def test_what_is_not_recorded(people: People, act: Callable[..., Any]) -> None:
    by, person = instructor(people), people["trainee"]
    refused: list[tuple[dict[str, Any], str]] = [
        ({"happened": "short"}, "happened"), ({"happened": "x" * 2001}, "happened"),
        *[({"happened": one * 40 + "short"}, "happened") for one in BLANKS],
        ({"happened": WHY + "\0"}, "happened"), ({"place": " "}, "place"), ({"place": "a\u202eb"}, "place"),
        ({"error": 4}, "error"), ({"error": -1}, "error"), ({"examination": "Z"}, "examination"),
        ({"sitting": 2}, "sitting"), ({"sitting": 0}, "sitting"),
    ]  # fmt: skip
    for changed, field in refused:
        with pytest.raises(Refused) as bad:
            act(critical.record, by, person, Wish(**{**GOOD, **changed}))
        assert bad.value.field == field
    with pytest.raises(Refused, match="of their own"):
        act(critical.record, somebody(people, "trainee", Role.INSTRUCTOR), person, Wish(**GOOD))
    with pytest.raises(NotThere):
        act(critical.record, by, people["instructor"], Wish(**GOOD))


@pytest.mark.database
def test_from_recording_to_an_answer(store: Store, people: People, taught: UUID, act: Callable[..., Any]) -> None:
    by, person = instructor(people), people["trainee"]
    host, trainee = somebody(people, "host", Role.HOST), somebody(people, "trainee", Role.TRAINEE)
    with store.reading() as session:
        before, mine = line(session, people, taught)
        assert said(mine) == ""
    key = act(critical.record, by, person, Wish(**GOOD))
    with pytest.raises(Conflict, match="stands already"):
        act(critical.record, by, person, Wish(**GOOD))
    with store.reading() as session:
        after, mine = line(session, people, taught)
        assert after != before, "both are asked to confirm anew"
        assert said(mine) == "B: rests a finding on a run that was partial without saying so"
        assert [len(one.critical) for one in mine.sat] == [0, 1]
    with pytest.raises(Refused, match="Nobody has appealed"):
        act(critical.decide, host, key, "stands", ANSWER)
    with pytest.raises(NotThere):
        act(critical.appeal, somebody(people, "colleague", Role.TRAINEE), key, AGAINST)
    for nothing in ("No.", *(one * 40 for one in BLANKS)):
        with pytest.raises(Refused):
            act(critical.appeal, trainee, key, nothing)
    act(critical.appeal, trainee, key, AGAINST.replace("\n", "\r\n"))
    act(critical.appeal, trainee, key, AGAINST)  # a form that is sent twice
    with pytest.raises(Conflict, match="waits for an answer"):
        act(critical.appeal, trainee, key, "Something else entirely.")
    with store.reading() as session:
        teaching, row = session.get_one(TeachingSession, taught), session.get_one(CriticalError, key)
        assert (row.appeal, critical.waiting(session, teaching)) == (AGAINST, 1)
        assert line(session, people, taught)[1].waits
        assert critical.deciders(session, teaching, row) == ["Administrator", "Host"], "and not who recorded it"
        assert [str(one.text) for one in standing.still_open(session, teaching) if "critical" in one.text] == [
            "1 appeal against a critical error is not answered."
        ]
        assert "An appeal against a critical error is not answered." in holds.holding(session, _person(session, person))
    for who, outcome, note, told in (
        (by, "stands", ANSWER, "You recorded it"), (trainee, "withdrawn", ANSWER, "your own examination"),
        (host, "stands", "no", "at least"),
        (host, "stands", "\u2800" * 40, "at least"), (host, "", ANSWER, "Choose"), (host, "upheld", ANSWER, "Choose"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=told):
            act(critical.decide, who, key, outcome, note)
    act(critical.decide, host, key, "withdrawn", ANSWER)
    act(critical.decide, host, key, "withdrawn", ANSWER)  # a form that is sent twice
    with pytest.raises(Conflict, match="decided already"):
        act(critical.decide, somebody(people, "administrator", Role.ADMINISTRATOR), key, "stands", ANSWER)
    with store.reading() as session:
        digest, mine = line(session, people, taught)
        assert digest == before
        assert said(mine) == ""
        events = {one.act: one for one in session.scalars(select(Event).where(Event.act.startswith("critical.")))}
        assert sorted(events) == ["critical.appealed", "critical.decided", "critical.recorded"]
        told_all = str([one.details for one in events.values()])
        assert not any(one[:20] in told_all for one in (WHY, AGAINST, ANSWER, "page 1")), "only commitments"
        assert audit.matches(session, str(events["critical.appealed"].details["appeal"]), AGAINST)
    assert act(critical.record, by, person, Wish(**GOOD)) != key, "withdrawn, it can be recorded again"


def _person(session: Session, key: UUID) -> Any:
    from training.accounts import service as accounts  # noqa: PLC0415 - for this alone

    return accounts.find(session, key)


def test_an_appeal_is_in_time_by_the_days_of_the_session_s_zone(
    store: Store, people: People, clock: Clock, taught: UUID, act: Callable[..., Any]
) -> None:
    trainee = somebody(people, "trainee", Role.TRAINEE)
    keys = [
        act(critical.record, instructor(people), people["trainee"], Wish("B", 1, number, WHY, "Page 1"))
        for number in (0, 1)
    ]
    clock.now = datetime(2026, 12, 7, 22, 59, tzinfo=UTC)  # the tenth day, a minute to midnight in Paris
    act(critical.appeal, trainee, keys[0], AGAINST)
    clock.forward(minutes=2)
    with pytest.raises(Conflict, match="The last day of an appeal was 2026-12-07"):
        act(critical.appeal, trainee, keys[1], AGAINST)
    act(critical.decide, somebody(people, "host", Role.HOST), keys[0], "stands", ANSWER)
    with pytest.raises(Conflict, match="decided"):
        act(critical.appeal, trainee, keys[0], "Once more, for another reason.")
    with store.writing() as session:  # the host gives more days
        teaching = session.get_one(TeachingSession, taught)
        teaching.rules = {**teaching.rules, "appeal_days": 11}
    act(critical.appeal, trainee, keys[1], AGAINST)


def test_where_nobody_else_runs_it_the_appeal_waits_and_the_recorder_may_only_take_it_back(
    store: Store, people: People, taught: UUID, act: Callable[..., Any]
) -> None:
    by = instructor(people)
    key = act(critical.record, by, people["trainee"], Wish("A", 1, 0, WHY, "Command 3"))
    act(critical.appeal, somebody(people, "trainee", Role.TRAINEE), key, AGAINST)
    with store.writing() as session:
        others = [people["host"], people["administrator"]]
        session.execute(delete(Membership).where(Membership.person_id.in_(others)))
    with store.reading() as session:
        teaching = session.get_one(TeachingSession, taught)
        assert critical.deciders(session, teaching, session.get_one(CriticalError, key)) == []
        assert "collects before" in said(line(session, people, taught)[1])
    with pytest.raises(Refused, match="somebody else says"):
        act(critical.decide, by, key, "stands", ANSWER)
    act(critical.decide, by, key, "withdrawn", ANSWER)
    with pytest.raises(NotThere):
        act(critical.decide, by, uuid4(), "withdrawn", ANSWER)


def test_a_trainee_is_told_of_errors_that_stand_and_of_no_others(
    store: Store, people: People, clock: Clock, taught: UUID, act: Callable[..., Any]
) -> None:
    by, person = instructor(people), people["trainee"]
    kept, taken_back = (act(critical.record, by, person, Wish("B", 1, number, WHY, "Page 1")) for number in (0, 1))
    act(critical.decide, by, taken_back, "withdrawn", ANSWER)
    with store.reading() as session:
        teaching = session.get_one(TeachingSession, taught)
        told = critical.told(session, teaching, person, clock())
        assert told
        assert [one.row.id for one in told.errors] == [kept]
        assert critical.told(session, teaching, people["colleague"], clock()) is None
        assert critical.told(session, teaching, None, clock()) is None


def test_a_sitting_has_so_many_errors_with_those_that_were_taken_back(
    people: People, act: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(critical, "MOST", 2)
    by, person = instructor(people), people["trainee"]
    for number in (0, 1):
        act(critical.decide, by, act(critical.record, by, person, Wish("B", 1, number, WHY, "x")), "withdrawn", ANSWER)
    with pytest.raises(Conflict, match="At most 2 critical errors"):
        act(critical.record, by, person, Wish("B", 1, 2, WHY, "x"))
    act(critical.record, by, person, Wish("A", 1, 0, WHY, "x"))  # of another examination


def test_who_can_t_sign_in_is_not_named_as_one_who_decides(
    store: Store, people: People, clock: Clock, taught: UUID, act: Callable[..., Any]
) -> None:
    key = act(critical.record, instructor(people), people["trainee"], Wish(**GOOD))
    with store.writing() as session:
        session.get_one(Person, people["host"]).disabled_at = clock()
    with store.reading() as session:
        row = session.get_one(CriticalError, key)
        assert critical.deciders(session, session.get_one(TeachingSession, taught), row) == ["Administrator"]


@pytest.mark.any_database
def test_a_dossier_holds_it_for_reading_and_as_rows(
    store: Store, settings: Settings, people: People, clock: Clock, taught: UUID, act: Callable[..., Any]
) -> None:
    key = act(critical.record, instructor(people), people["trainee"], Wish("A", 1, 0, WHY, "<b>Command</b> 3"))
    act(critical.appeal, somebody(people, "trainee", Role.TRAINEE), key, AGAINST)
    signing.public_key(settings.instance)
    with store.reading() as session:
        assert list(rows.read(session, taught)["examination_critical"]) == [str(key)]
        teaching = session.get_one(TeachingSession, taught)
        files = verify.unpacked(dossier.seal(session, teaching, settings.instance, clock()))
    (row,) = verify.rows(files)["examination_critical"]
    assert (row["row"]["appeal"], row["row"]["happened"]) == (AGAINST, WHY)
    page = files["summary.html"].decode()
    for one in ("Critical errors of examinations", "collects before recording a legal authority", "&lt;b&gt;Command",
                "It is in the second paragraph.", "Stands (Open)"):  # fmt: skip
        assert one in page


@pytest.mark.own_database
@pytest.mark.database
def test_errors_of_before_there_were_reasons_stand_on(
    store: Store, settings: Settings, people: People, clock: Clock, taught: UUID
) -> None:
    """The newest result of each sitting has those that stood: an earlier one that named another is forgotten."""
    named = ("leaves without a hash of the acquired image", "collects before recording a legal authority")
    store.close()
    downgrade(settings.database, "0021")
    with store.writing() as session:
        for number, error in enumerate(named):
            session.execute(
                text(
                    "INSERT INTO examination_result SELECT :id, session_id, person_id, examination, sitting, pieces, "
                    "score, :critical, sat_on, by, :at FROM examination_result WHERE examination = 'A'"
                    " ORDER BY at LIMIT 1"
                ).bindparams(
                    _typed("id", uuid4()),
                    _typed("critical", [error]),
                    _typed("at", clock.now.replace(minute=40 + number)),
                )
            )
    store.close()
    upgrade(settings.database)
    with store.reading() as session:
        (row,) = session.scalars(select(CriticalError))
        assert (row.error, row.happened, row.examination, row.by) == (named[1], "-", "A", people["instructor"])
        teaching = session.get_one(TeachingSession, taught)
        assert not critical.seen(teaching, row, clock()).reasoned
        assert said(line(session, people, taught)[1]) == f"A: {named[1]}"
        assert critical.closed(teaching, row, clock()) == "", "it can be appealed against"


def _typed(name: str, value: Any) -> Any:
    from sqlalchemy import Uuid, bindparam  # noqa: PLC0415 - of this statement

    from training.store import Json, UtcTime  # noqa: PLC0415

    kinds: dict[str, Any] = {"id": Uuid(), "critical": Json, "at": UtcTime()}
    return bindparam(name, value, type_=kinds[name])


@pytest.mark.parametrize("typed", ["٣", "²", "-1", "+1", " 1", "1 ", "x", "", "001", "1.0"])
def test_only_what_the_form_offers_is_the_number_of_an_error(typed: str) -> None:
    given = {"examination": "B", "sitting": "1", "happened": WHY, "place": "p", "error": typed}
    assert forms.error(MultiDict(given)).error == -1
    assert forms.error(MultiDict({**given, "error": "3", "sitting": typed})).sitting == 0
    assert forms.error(MultiDict({**given, "error": "3"})).error == 3
