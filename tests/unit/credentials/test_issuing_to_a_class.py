"""Certificates of a whole class: what stands on each, how many one request issues, and what is asked before the end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.hosting_place import make_teaching
from tests.unit.credentials.conftest import logo
from tests.unit.credentials.test_awarding import record, require_half_days
from tests.unit.learning.records import day, exam, stands
from training.accounts.actor import Actor
from training.accounts.models import OrganisationLook
from training.audit.models import Event
from training.content.models import Release
from training.credentials import awarding, service
from training.credentials.facts import Facts
from training.credentials.making import Site
from training.credentials.models import Certificate
from training.credentials.overview import Overview, overview
from training.errors import Conflict, Refused
from training.hosting.attendance.service import grid, records, standing
from training.hosting.attendance.service.grid import Filled
from training.hosting.attendance.service.records import Mark, Origin
from training.hosting.models import PinnedRelease, TeachingSession
from training.learning.competence.evidence import Evidence
from training.learning.models import Enrolment
from training.learning.service.competence import Profile
from training.settings import Settings
from training.store import Store

LAST_END = datetime(2026, 11, 27, 16, 15, tzinfo=UTC)


def said(text: str) -> str:
    """What a session of another language would say: it is told from what is never translated."""
    return f"«{text}»"


@pytest.fixture
def class_of_two(store: Store, people: People, clock: Clock, actor_of: Callable[..., Actor]) -> UUID:
    """A session on its last night; both trainees were there all the time."""
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=("trainee", "colleague"), room="Room 7")
        made.opened_at = clock()
        key = made.id
        for number, times in enumerate(standing.ledger(session, made).times):
            here = {people[name]: Mark("present") for name in ("trainee", "colleague")}
            filled, origin = Filled(here, "", records.last(session, made)), Origin("grid", f"half-{number}")
            grid.keep(session, actor_of(session, "instructor"), made, times, filled, origin, clock())
    clock.now = datetime(2026, 11, 27, 22, 30, tzinfo=UTC)
    return key


@pytest.fixture
def confirmed(store: Store, actor_of: Callable[..., Actor], clock: Clock, class_of_two: UUID) -> Callable[[], None]:
    def done() -> None:
        with store.writing() as session:
            for name in ("instructor", "host"):
                digest = overview(session, session.get_one(TeachingSession, class_of_two)).digest
                service.confirm(session, class_of_two, digest, actor_of(session, name), clock())

    return done


def seen(store: Store, key: UUID) -> Overview:
    with store.reading() as session:
        found = overview(session, session.get_one(TeachingSession, key))
        _ = found.teaching.organisation_id
        return found


def facts(store: Store, settings: Settings, people: People, clock: Clock, key: UUID, **given: Any) -> Facts:
    with store.reading() as session:
        found = overview(session, session.get_one(TeachingSession, key))
        line = found.of(people["trainee"])
        assert line
        award = awarding.award_of(session, settings.instance, found, line, said, clock(), **given)
        assert (award.person_id, award.session_id, award.organisation_id) == (people["trainee"], key, people.home)
        return award.facts


def test_a_paper_says_all_that_is_recorded_of_its_holder_and_its_session(
    store: Store, settings: Settings, people: People, clock: Clock, class_of_two: UUID
) -> None:
    same: dict[str, Any] = {
        "holder": "Trainee", "title": "Autumn week", "starts": date(2026, 11, 23), "ends": date(2026, 11, 27),
        "zone": "Europe/Paris", "place": "Room 7", "language": "en", "hours": "33.5", "attended": 10, "half_days": 10,
        "competencies": (), "releases": (), "instructors": ("Instructor",), "present": 75, "demonstration": False,
    }  # fmt: skip
    found = facts(store, settings, people, clock, class_of_two)
    name = found.host.name
    wanted = {"kind": "attendance", "host": {"name": name, "address": (), "logo": b""}, "examinations": ()}
    assert found.model_dump() == {**same, **wanted, "changes": (), "early": False}
    with store.writing() as session:
        given: dict[str, Any] = {"short_name": "", "languages": [], "changed_at": clock(), "logo": logo()}
        given |= {"logo_sha256": "0" * 64, "logo_type": "image/png"}
        session.add(OrganisationLook(organisation_id=people.home, address="1\n \n2\n3\n4\n5", **given))
    require_half_days(store, people, clock, class_of_two, 8, "A storm.")
    record(store, people, clock, class_of_two, "A", "90", "90", "90")
    record(store, people, clock, class_of_two, "B", "60", "60")
    found = facts(store, settings, people, clock, class_of_two, early=True)
    (change,) = found.changes
    assert change == "2026-11-27: «Half-days for the certificate of attendance: 8 instead of 9.» A storm."
    assert found.model_dump() == {
        **same,
        "kind": "achievement",
        "host": {"name": name, "address": ("1", "2", "3", "4"), "logo": logo()},
        "examinations": (
            {"name": "«Examination A»", "result": "passed"},
            {"name": "«Examination B»", "result": "passed"},
        ),
        "changes": found.changes,
        "early": True,
    }


def test_before_the_end_somebody_has_to_say_that_it_is_meant(store: Store, clock: Clock, class_of_two: UUID) -> None:
    found = seen(store, class_of_two)
    last = max(found.ends)
    when = f"{last + timedelta(hours=1):%Y-%m-%d %H:%M}"  # in Paris
    one = "1 half-day of the session has not ended: the last one ends on"
    several = "half-days of the session have not ended: the last one ends on"
    for now, message in (
        (min(found.ends), f"9 {several} {when}. Tick that you do it before, if that is meant."),
        (
            last - timedelta(seconds=1),
            f"{one} {when}. Tick that you do it before, if that is meant.",
        ),
    ):
        with pytest.raises(Refused) as bad:
            awarding.in_time(found, now, early=False)
        assert (str(bad.value), bad.value.field) == (message, "early")
        assert awarding.in_time(found, now, early=True)
    assert [awarding.in_time(found, last, early=early) for early in (False, True)] == [False, False]


def test_a_class_gets_its_papers_in_as_many_requests_as_it_takes(
    store: Store,
    people: People,
    site: Site,
    clock: Clock,
    class_of_two: UUID,
    confirmed: Callable[[], None],
    actor_of: Callable[..., Actor],
) -> None:
    with store.reading() as session:
        host = actor_of(session, "host")

    def issue(**given: Any) -> int:
        found = seen(store, class_of_two)
        return awarding.issue(store, site, found, found.waiting, host, said, clock(), **given)

    with pytest.raises(Conflict) as bad:
        issue()
    assert str(bad.value) == "Two instructors have to confirm the results first."
    confirmed()
    clock.now = LAST_END - timedelta(days=3)
    with pytest.raises(Refused):
        issue()
    with store.reading() as session:
        assert service.of_session(session, class_of_two) == []
    assert issue(early=True, room=-1) == 1, "there is no time for a second one"
    clock.forward(days=9)
    assert [issue(early=True), issue()] == [1, 0]
    with store.reading() as session:
        made = service.of_session(session, class_of_two)
        assert {one.person_id for one in made} == {people["trainee"], people["colleague"]}
        assert [(one.kind, one.issued_by, one.issuer, one.issued_at) for one in made] == [
            ("attendance", people["host"], site.name, clock() - timedelta(days=9)),
            ("attendance", people["host"], site.name, clock()),
        ]
        assert [service.printed(session, one).facts.early for one in made] == [True, False]
        events = session.scalars(select(Event).filter_by(act="certificate.issued").order_by(Event.seq))
        assert [one.details.get("early") for one in events] == ["yes", None]


def test_a_whole_class_fits_into_one_request_that_has_the_time(
    store: Store,
    site: Site,
    clock: Clock,
    class_of_two: UUID,
    confirmed: Callable[[], None],
    actor_of: Callable[..., Actor],
) -> None:
    confirmed()
    with store.reading() as session:
        host = actor_of(session, "host")
    found = seen(store, class_of_two)
    assert awarding.issue(store, site, found, found.waiting, host, said, clock(), room=600) == 2
    with store.reading() as session:
        assert len(service.of_session(session, class_of_two)) == 2


def test_another_kind_is_offered_in_place_of_the_one_that_somebody_has(
    store: Store, settings: Settings, people: People, clock: Clock, class_of_two: UUID, confirmed: Callable[[], None]
) -> None:
    def renewed(kind: str, person: UUID) -> Facts:
        with store.reading() as session:
            found = overview(session, session.get_one(TeachingSession, class_of_two))
            before = Certificate(person_id=person, kind=kind)
            return awarding.renewed(session, settings.instance, found, before, said, clock())

    no_other = "The results give no other certificate than this one."
    mine = people["trainee"]
    with pytest.raises(Conflict) as bad:
        renewed("achievement", mine)
    assert str(bad.value) == "Two instructors have to confirm the results first."
    confirmed()
    for kind, person in (("attendance", mine), ("achievement", people["stranger"])):
        with pytest.raises(Conflict) as bad:
            renewed(kind, person)
        assert str(bad.value) == no_other
    assert renewed("achievement", mine) == facts(store, settings, people, clock, class_of_two)


def test_the_newest_two_records_behind_a_level_are_said_as_far_as_there_is_room() -> None:
    taken = tuple(exam(day(f"2026-0{month}-03"), percent=70 + month, variant=f"v{month}") for month in (1, 2, 3))
    evidence, today = Evidence(attempts=taken), day("2026-04-01")
    one = stands(evidence, today)
    profile = Profile(UUID(int=1), "", evidence, today, ZoneInfo("Europe/Paris"))
    assert one.best

    def told(records: int, name: str) -> str:
        best = replace(one.best, by=tuple(each.ident for each in taken[-records:]))  # type: ignore[type-var]
        return awarding._evidence(replace(one, best=best), profile, {"first-response": name}, said)

    words = "% in an examination, on a variant not seen before»"
    assert told(1, "R1") == f"«R1: 73 {words}"
    assert told(2, "R1") == told(3, "R1") == f"«R1: 73 {words}; «R1: 72 {words}"
    room = 400 - len(told(1, ""))
    assert told(1, "x" * room) == f"«{'x' * room}: 73 {words}"
    assert told(1, "x" * (room + 1)) == f"«{'x' * (room + 1)}: 73 {words}"[:399] + "…"


def test_releases_on_a_paper_are_those_of_the_session_that_its_holder_used(
    store: Store, settings: Settings, people: People, clock: Clock, class_of_two: UUID
) -> None:
    """What another trainee used, and what the holder used elsewhere, is none of them."""
    used = {"mine": "trainee", "other": "colleague", "elsewhere": "trainee"}
    with store.writing() as session:
        for number, (name, who) in enumerate(used.items(), 1):
            made = Release(kind="course", name=name, sha256=f"{number}" * 64, published_at=clock(), current=True,
                           number=number)  # fmt: skip
            session.add(made)
            session.flush()
            session.add(Enrolment(person_id=people[who], course=name, release_id=made.id, begun_at=clock()))
            if name != "elsewhere":
                session.add(PinnedRelease(session_id=class_of_two, kind="course", name=name, release_id=made.id))
    found = facts(store, settings, people, clock, class_of_two)
    assert [one.model_dump() for one in found.releases] == [
        {"kind": "course", "name": "mine", "number": 1, "sha256": "1" * 64}
    ]
