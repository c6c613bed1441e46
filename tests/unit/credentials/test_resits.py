"""Examinations that are taken again: who, when, on which variant, and what it comes to."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching, open_teaching, somebody
from training.accounts.actor import Role
from training.audit.models import Event
from training.content import service as content
from training.content.models import Pinned
from training.courses.moving import signing
from training.credentials import resits, results
from training.credentials.models import Resit
from training.credentials.overview import overview
from training.credentials.resits import Wish
from training.credentials.results import Wish as Found
from training.errors import Conflict, NotThere, Refused
from training.evidence.models import Exhibit
from training.forge import pack
from training.hosting.carry import rows
from training.hosting.dossier import service as dossier
from training.hosting.models import TeachingSession
from training.hosting.service import people as members
from training.hosting.service import sessions, slots, timetable
from training.hosting.service.people import Place
from training.labs.models import Accommodation, Assignment
from training.labs.service import assignments, attempts, circles
from training.settings import ROOT, Settings
from training.store import Store

LAB = "one-case"
FRIDAY = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)  # within examination B
LATER = datetime(2026, 12, 11, 8, 0, tzinfo=UTC)
Grant = Callable[..., UUID]


@pytest.fixture
def four(store: Store, exhibit: str, clock: Clock) -> list[str]:
    """All four exhibits of the lab of examination B are registered, without their files; their digests."""
    found = []
    with store.writing() as session:
        first = session.get_one(Exhibit, exhibit)
        for letter in "abcd":
            manifest = pack.read(ROOT / "labs" / "exhibits" / f"{LAB}-{letter}")
            given: dict[str, Any] = {name: getattr(first, name) for name in ("os", "size", "banner", "origin")}
            given |= dict.fromkeys(("symbols_sha256", "record_sha256", "truth_sha256"), f"{first.symbols_sha256}")
            at = {"captured_at": clock(), "registered_at": clock()}
            session.add(Exhibit(sha256=manifest.sha256, name=manifest.name, title=manifest.title, **given, **at))
            found.append(manifest.sha256)
    return found


@pytest.fixture
def week(store: Store, settings: Settings, people: People, clock: Clock, published: str, four: list[str]) -> UUID:
    """An open session; the trainee, with a quarter more time, has taken examination B on the first variant."""
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=("trainee", "colleague"))
        members.change(
            session, instructor(people), made, people["trainee"], Place(seat="01", extra_percent=25), clock()
        )
        key = open_teaching(session, people, made, clock()).id
        exam = session.scalars(select(Assignment).filter_by(circle=key, lab=LAB)).one()
        circles.set_exhibits(session, exam, {people["trainee"]: four[0], people["colleague"]: four[1]})
    clock.now = FRIDAY
    for name in ("trainee", "colleague"):
        begun(store, settings, people, clock, name)
    clock.now = FRIDAY + timedelta(hours=9)
    return key


def begun(store: Store, settings: Settings, people: People, clock: Clock, name: str, *, close: bool = True) -> Any:
    who = somebody(people, name, Role.TRAINEE)
    with store.writing() as session:
        made = attempts.begin(session, settings.instance, who, LAB, clock())
        if close:
            attempts.close(session, made, clock())
        return made


def record(
    store: Store, people: People, clock: Clock, week: UUID, percent: str, *, sitting: int = 1, day: str = "2026-11-27"
) -> None:
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, week)
        wish = Found("B", sitting, (percent, percent), day)
        results.record(session, instructor(people), teaching, people["trainee"], wish, clock())


@pytest.fixture
def failed(store: Store, people: People, clock: Clock, week: UUID) -> UUID:
    """The same; the trainee has failed."""
    record(store, people, clock, week, "40")
    return week


@pytest.fixture
def granted(store: Store, settings: Settings, people: People, clock: Clock, four: list[str]) -> Grant:
    """Grants the trainee a resit of examination B; its id."""

    def make(key: UUID, *, by: Any = None, person: UUID | None = None, name: str = "B", **changed: Any) -> UUID:
        given = {"opens_at": LATER, "minutes": 210, "variants": {LAB: four[2]}, "paper": "Report 2", "reason": "Failed"}
        with store.writing() as session:
            teaching = session.get_one(TeachingSession, key)
            wish, who = Wish(**{**given, **changed}), by or instructor(people)
            found = resits.grant(
                session, settings.instance, who, teaching, person or people["trainee"], name, wish, clock()
            )
            return found.id

    return make


def offer(store: Store, settings: Settings, people: People, clock: Clock, week: UUID) -> resits.Offer:
    with store.reading() as session:
        teaching = session.get_one(TeachingSession, week)
        return resits.offer(session, settings.instance, teaching, people["trainee"], "B", clock())


def score(store: Store, people: People, week: UUID) -> float:
    with store.reading() as session:
        line = overview(session, session.get_one(TeachingSession, week)).of(people["trainee"])
    assert line
    return float(line.outcome.results[0].score)


def of_lab(session: Session, week: UUID) -> list[Assignment]:
    found = select(Assignment).filter_by(circle=week, lab=LAB, withdrawn_at=None)
    return list(session.scalars(found.order_by(Assignment.made_at)))


def test_before_the_first_sitting_has_a_result_there_is_none(
    store: Store, settings: Settings, people: People, clock: Clock, week: UUID, granted: Grant
) -> None:
    assert "no result of the first sitting" in offer(store, settings, people, clock, week).why_not
    with pytest.raises(Conflict, match="first sitting"):
        granted(week)


def test_what_is_offered_leaves_out_what_the_person_has_had(
    store: Store, settings: Settings, people: People, clock: Clock, failed: UUID, four: list[str]
) -> None:
    found = offer(store, settings, people, clock, failed)
    assert (found.sitting, found.until, found.why_not) == (2, (FRIDAY + timedelta(days=60)).date(), "")
    assert (found.minutes, found.on_paper) == (210, True)
    (choice,) = found.choices
    assert [(one.exhibit.sha256, one.called, one.shown) for one in choice.variants] == [
        (four[1], "B", False),
        (four[2], "C", False),
        (four[3], "D", False),
    ]


@pytest.mark.database
def test_the_person_gets_an_assignment_of_its_own_in_the_same_circle(
    store: Store, settings: Settings, people: People, clock: Clock, failed: UUID, granted: Grant, four: list[str]
) -> None:
    key = granted(failed)
    with store.reading() as session:
        of_all, again = of_lab(session, failed)
        made = session.get_one(Resit, key)
        assert (of_all.person_id, again.person_id) == (None, people["trainee"])
        assert circles.members(session, again) == {people["trainee"]: four[2]}
        assert circles.members(session, of_all) == {people["trainee"]: four[0], people["colleague"]: four[1]}
        assert (again.examination, again.hints, again.pass_percent, again.opens_at) == (True, False, 60, LATER)
        more = session.scalars(select(Accommodation).filter_by(assignment_id=again.id)).one()
        assert more.extra_minutes == 53, "a quarter of 210 minutes, rounded up"
        assert made.works == [{"lab": LAB, "exhibit": four[2], "assignment": str(again.id), "shown": False}]
        assert (made.sitting, made.ends_at, made.variant) == (2, LATER + timedelta(minutes=210), "Report 2")
        event = session.scalars(select(Event).filter_by(act="resit.granted")).one()
    assert event.details["works"] == made.works
    assert "Failed" not in str(event.details)


def test_the_person_begins_it_on_the_variant_and_release_of_the_session_even_after_the_close(
    store: Store, settings: Settings, people: People, clock: Clock, failed: UUID, granted: Grant, four: list[str]
) -> None:
    granted(failed)
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, failed)
        sessions.close(session, instructor(people), teaching, clock())
        release = content.release_for(session, "lab", LAB, people["trainee"])
        assert [one.name for one in session.scalars(select(Pinned).filter_by(person_id=people["trainee"]))] == [LAB]
    clock.now = LATER + timedelta(minutes=5)
    made = begun(store, settings, people, clock, "trainee", close=False)
    assert (made.exhibit, made.release_id) == (four[2], release.id)
    with store.reading() as session:
        assert session.get_one(Assignment, made.assignment_id).person_id == people["trainee"]
    with pytest.raises(Conflict):  # an examination of the lab is under way, and the colleague has no resit
        begun(store, settings, people, clock, "colleague")


def test_it_opens_and_ends_when_it_was_granted_for(
    store: Store, settings: Settings, people: People, clock: Clock, failed: UUID, granted: Grant
) -> None:
    granted(failed)
    clock.now = LATER - timedelta(minutes=1)
    with pytest.raises(Conflict):
        begun(store, settings, people, clock, "trainee")
    clock.now = LATER + timedelta(minutes=264)  # with the extra time of the person
    with pytest.raises(Conflict, match="can't be begun any more"):
        begun(store, settings, people, clock, "trainee")


def test_edits_of_the_timetable_and_of_people_leave_it_alone(
    store: Store, people: People, clock: Clock, failed: UUID, granted: Grant
) -> None:
    granted(failed)
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, failed)
        last = timetable.parts(session, teaching)[-1]
        slots.drop(session, instructor(people), teaching, last, clock())
        members.withdraw(session, instructor(people), teaching, people["colleague"], clock())
        again = of_lab(session, failed)[1]
        assert list(circles.members(session, again)) == [people["trainee"]]
        assert again.withdrawn_at is None


def test_whoever_is_taken_out_begins_none_any_more(
    store: Store, settings: Settings, people: People, clock: Clock, failed: UUID, granted: Grant
) -> None:
    key = granted(failed)
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, failed)
        members.withdraw(session, instructor(people), teaching, people["trainee"], clock())
        assert [one.person_id for one in of_lab(session, failed)] == [None]
    clock.now = LATER + timedelta(minutes=1)
    with pytest.raises(Conflict):  # the first sitting is not released, and there is no resit
        begun(store, settings, people, clock, "trainee")
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, failed)
        resits.withdraw(session, instructor(people), teaching, session.get_one(Resit, key), "Left", clock())


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"variants": {}}, f"variant-{LAB}"),
        ({"variants": {LAB: "0" * 64}}, f"variant-{LAB}"),
        ({"variants": {LAB: "first"}}, f"variant-{LAB}"),  # the one that was taken
        ({"paper": " "}, "paper"),
        ({"paper": "x" * 121}, "paper"),
        ({"reason": ""}, "reason"),
        ({"reason": "a\u202eb"}, "reason"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 721}, "minutes"),
        ({"opens_at": FRIDAY}, "day"),
        ({"opens_at": datetime(2027, 1, 27, 8, tzinfo=UTC)}, "day"),  # the 61st day
    ],
)
def test_what_cant_be_granted_is_refused_at_its_field_and_nothing_is_set(
    store: Store, failed: UUID, granted: Grant, four: list[str], changed: dict[str, Any], field: str
) -> None:
    if changed.get("variants") == {LAB: "first"}:
        changed = {"variants": {LAB: four[0]}}
    with pytest.raises(Refused) as bad:
        granted(failed, **changed)
    assert bad.value.field == field
    with store.reading() as session:
        assert session.scalars(select(Resit)).all() == []
        assert len(of_lab(session, failed)) == 1


def test_the_sixtieth_day_counts(failed: UUID, granted: Grant) -> None:
    assert granted(failed, opens_at=datetime(2027, 1, 26, 8, tzinfo=UTC)).version == 7


def test_one_that_begins_now_may_have_opened_ten_minutes_ago_and_ends_ahead(
    clock: Clock, failed: UUID, granted: Grant
) -> None:
    for minutes, seconds, long in ((10, 1, 60), (10, 0, 10), (60, 0, 120)):
        with pytest.raises(Refused, match="lies ahead"):
            granted(failed, opens_at=clock() - timedelta(minutes=minutes, seconds=seconds), minutes=long)
    granted(failed, opens_at=clock() - timedelta(minutes=10), minutes=11)


def test_on_the_last_day_of_a_resit_one_is_granted_by_the_clock_of_the_session(
    store: Store, settings: Settings, people: People, clock: Clock, failed: UUID
) -> None:
    for hour, why in ((22, ""), (23, "The last day of a resit was 2027-01-26.")):
        clock.now = datetime(2027, 1, 26, hour, 30, tzinfo=UTC)
        assert offer(store, settings, people, clock, failed).why_not == why


def test_who_can_get_one(people: People, failed: UUID, granted: Grant) -> None:
    for person in (people["instructor"], people["stranger"], uuid4()):
        with pytest.raises(NotThere):
            granted(failed, person=person)
    with pytest.raises(NotThere):
        granted(failed, name="Z")
    with pytest.raises(Refused, match="themselves"):
        granted(failed, by=somebody(people, "trainee", Role.INSTRUCTOR))


@pytest.mark.database
def test_one_is_granted_at_a_time_and_taken_back_before_it_is_begun(
    store: Store, people: People, clock: Clock, failed: UUID, granted: Grant, four: list[str]
) -> None:
    first = granted(failed)
    with pytest.raises(Conflict, match="granted"):
        granted(failed, variants={LAB: four[3]})
    with store.writing() as session:
        teaching, made = session.get_one(TeachingSession, failed), session.get_one(Resit, first)
        with pytest.raises(Refused):
            resits.withdraw(session, instructor(people), teaching, made, " ", clock())
        resits.withdraw(session, instructor(people), teaching, made, "Ill on that day", clock())
        assert (made.withdrawn_at, made.withdrawn_why) == (clock(), "Ill on that day")
        assert len(of_lab(session, failed)) == 1
        assert session.scalars(select(Pinned).filter_by(circle=first)).all() == []
        with pytest.raises(Conflict, match="already"):
            resits.withdraw(session, instructor(people), teaching, made, "Again", clock())
    second = granted(failed)
    assert second != first
    with pytest.raises(IntegrityError), store.writing() as session:
        made = session.get_one(Resit, second)
        columns = {one.name: getattr(made, one.name) for one in Resit.__table__.columns if one.name != "id"}
        session.add(Resit(**columns))


def test_what_was_begun_is_not_taken_back(
    store: Store, settings: Settings, people: People, clock: Clock, failed: UUID, granted: Grant
) -> None:
    key = granted(failed)
    clock.now = LATER + timedelta(minutes=1)
    begun(store, settings, people, clock, "trainee")
    with store.writing() as session, pytest.raises(Conflict, match="begun"):
        teaching = session.get_one(TeachingSession, failed)
        resits.withdraw(session, instructor(people), teaching, session.get_one(Resit, key), "Why", clock())


def test_a_result_needs_the_grant_and_its_day_and_the_better_one_stands(
    store: Store, people: People, clock: Clock, failed: UUID, granted: Grant
) -> None:
    with pytest.raises(Refused, match="Nobody granted"):
        record(store, people, clock, failed, "90", sitting=2)
    key = granted(failed)
    clock.now = LATER + timedelta(hours=8)
    with pytest.raises(Refused, match="2026-12-11"):
        record(store, people, clock, failed, "90", sitting=2, day="2026-12-10")
    assert score(store, people, failed) == 0.4
    record(store, people, clock, failed, "90", sitting=2, day="2026-12-11")
    assert score(store, people, failed) == 0.9
    record(store, people, clock, failed, "30", sitting=2, day="2026-12-11")  # corrected: the first one is better
    assert score(store, people, failed) == 0.4
    with store.reading() as session:
        assert session.scalars(select(Pinned).filter_by(circle=key)).all() == []


def test_the_rules_say_how_often(
    store: Store, settings: Settings, people: People, clock: Clock, failed: UUID, granted: Grant, four: list[str]
) -> None:
    granted(failed)
    clock.now = LATER + timedelta(hours=8)
    record(store, people, clock, failed, "50", sitting=2, day="2026-12-11")
    assert "no further resit" in offer(store, settings, people, clock, failed).why_not
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, failed)
        teaching.rules = {**teaching.rules, "resit": {"times": 2, "days": 60}}
    with pytest.raises(Refused, match="taken before"):
        granted(failed, opens_at=LATER + timedelta(days=3), variants={LAB: four[3]}, paper="report 2")
    again = granted(failed, opens_at=LATER + timedelta(days=3), variants={LAB: four[3]}, paper="Report 3")
    with store.reading() as session:
        assert session.get_one(Resit, again).sitting == 3
        assert [one.person_id for one in of_lab(session, failed)] == [None, people["trainee"]]


def test_whoever_has_had_every_variant_gets_none(
    store: Store, settings: Settings, people: People, clock: Clock, failed: UUID, four: list[str]
) -> None:
    with store.writing() as session:
        for sha256 in four[1:]:
            session.get_one(Exhibit, sha256).name += "-of-another-lab"
    assert "has had every variant of 'One case'" in offer(store, settings, people, clock, failed).why_not


def test_nothing_is_told_while_somebody_has_still_to_take_it_again(
    store: Store, people: People, clock: Clock, failed: UUID, granted: Grant
) -> None:
    granted(failed)

    def release(number: int) -> None:
        with store.writing() as session:
            assignments.release(session, instructor(people), of_lab(session, failed)[number], clock())

    for moment in (clock.now, LATER + timedelta(hours=4)):  # before it, and in the person's extra time
        clock.now = moment
        with pytest.raises(Refused, match="still to take"):
            release(0)
    clock.now = LATER + timedelta(hours=5)
    release(0)
    release(1)


def test_variants_whose_answers_others_have_seen_come_last_and_are_marked(
    store: Store, settings: Settings, people: People, clock: Clock, failed: UUID, granted: Grant, four: list[str]
) -> None:
    with store.writing() as session:
        assignments.release(session, instructor(people), of_lab(session, failed)[0], clock())
    (choice,) = offer(store, settings, people, clock, failed).choices
    assert [one.exhibit.sha256 for one in choice.variants] == four[2:]
    with store.writing() as session:
        for sha256 in four[2:]:
            session.get_one(Exhibit, sha256).name += "-of-another-lab"
    (choice,) = offer(store, settings, people, clock, failed).choices
    assert [(one.exhibit.sha256, one.shown) for one in choice.variants] == [(four[1], True)]
    key = granted(failed, variants={LAB: four[1]})
    with store.reading() as session:
        assert session.get_one(Resit, key).works[0]["shown"] is True


def test_the_records_of_a_dossier_hold_it(
    store: Store, settings: Settings, people: People, clock: Clock, failed: UUID, granted: Grant
) -> None:
    key = granted(failed)
    with store.reading() as session:
        held = rows.read(session, failed)
        assert list(held["examination_resit"]) == [str(key)]
        assert [one["person_id"] for one in held["assignment"].values() if one["person_id"]] == [str(people["trainee"])]
        signing.public_key(settings.instance)
        sealed = dossier.seal(session, session.get_one(TeachingSession, failed), settings.instance, clock())
    assert sealed
