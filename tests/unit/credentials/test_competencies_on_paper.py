"""What a paper says of competencies: which of them, how well, since when, and by which records of its holder."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.hosting_place import somebody
from tests.unit.credentials.test_graded import found_in
from tests.unit.credentials.test_resits import LAB, four, week
from training.accounts.actor import Role
from training.content.models import Release
from training.credentials import awarding, service
from training.credentials.making import Site
from training.credentials.models import Certificate
from training.credentials.overview import overview
from training.hosting.models import PinnedRelease, TeachingSession
from training.labs import reader
from training.labs.models import Assignment, Attempt
from training.learning.models import Enrolment
from training.settings import ROOT, Settings
from training.store import Store

__all__ = ["four", "week"]  # fixtures
SHOWN = {
    "K6": "«Processes and history»",
    "K7": "«Network evidence»",
    "K8": "«Hidden and injected code»",
    "K10": "«Timeline, corroboration, limits»",
    "K14": "«Report: writing it, reading it critically»",
}


def said(text: str) -> str:
    """What a session of another language would say: it is told from what is never translated."""
    return f"«{text}»"


@pytest.fixture
def examined(store: Store, people: People, clock: Clock, week: UUID) -> UUID:
    """The results of examination B are told, and the trainee's answers were right; the colleague gave none."""
    names = [one.id for one in reader.draft(ROOT / "labs" / LAB).questions]
    with store.writing() as session:
        session.scalars(select(Assignment).filter_by(circle=week, lab=LAB)).one().released_at = clock()
        works = {one.person_id: one for one in session.scalars(select(Attempt))}
        session.add_all([found_in(works[people["trainee"]], name, 1.0) for name in names])
    clock.now = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)  # Saturday in Paris
    return week


def test_competencies_and_releases_on_a_paper_are_those_of_its_holder(
    store: Store, settings: Settings, people: People, clock: Clock, examined: UUID
) -> None:
    """A course of the session that the trainee is enrolled in is used as well as the lab."""
    with store.writing() as session:
        course = session.scalars(select(PinnedRelease).filter_by(session_id=examined, kind="course")).first()
        assert course
        enrolled = {"course": course.name, "release_id": course.release_id, "begun_at": clock()}
        session.add(Enrolment(person_id=people["trainee"], **enrolled))
        release = session.get_one(Release, course.release_id)
        learned = {"kind": "course", "name": course.name, "number": 1, "sha256": release.sha256}
        teaching = session.get_one(TeachingSession, examined)
        attendance = {**teaching.rules["attendance"], "percent": 60}
        teaching.rules = {**teaching.rules, "attendance": attendance}
    told = [
        {
            "id": key, "name": name, "level": 3, "shown": date(2026, 11, 27),
            "evidence": "«One case: 100 % in an examination, on a variant not seen before»",
        }
        for key, name in SHOWN.items()
    ]  # fmt: skip
    with store.reading() as session:
        found = overview(session, session.get_one(TeachingSession, examined))
        mine, other = found.of(people["trainee"]), found.of(people["colleague"])
        assert mine
        assert other
        given = (session, settings.instance, found.teaching)
        profile, standings = awarding.competencies(*given, mine, clock())
        assert (profile.person, profile.day, profile.zone.key) == (
            people["trainee"],
            date(2026, 11, 28),
            "Europe/Paris",
        )
        assert [one.competency.id for one in standings] == [*SHOWN]
        assert len(profile.standings) == 16
        assert awarding.competencies(*given, other, clock())[1] == ()
        assert awarding._competencies(*given, mine, said, clock()) == told
        assert awarding._competencies(*given, other, said, clock()) == []
        release = session.scalars(select(Release).filter_by(kind="lab", name=LAB)).one()
        facts = []
        for line in (mine, other):
            gets = replace(line, outcome=replace(line.outcome, kind="attendance"))
            facts.append(awarding.award_of(session, settings.instance, found, gets, said, clock()).facts)
    assert [one.model_dump() for one in facts[0].competencies] == told
    assert facts[1].competencies == ()
    used = {"kind": "lab", "name": LAB, "number": 1, "sha256": release.sha256}
    mine_used, other_used = ([one.model_dump() for one in each.releases] for each in facts)
    assert sorted(mine_used, key=str) == [learned, used]
    assert other_used == [used]
    assert [one.present for one in facts] == [60, 60]


def test_a_paper_that_is_issued_or_made_anew_says_the_same(
    store: Store, site: Site, people: People, clock: Clock, examined: UUID
) -> None:
    with store.reading() as session:
        found = overview(session, session.get_one(TeachingSession, examined))
        lines = [replace(one, outcome=replace(one.outcome, kind="attendance")) for one in found.lines]
        found = replace(found, lines=tuple(lines), confirmed=(people["host"], people["instructor"]))
        before = Certificate(person_id=people["trainee"], kind="achievement")
        again = awarding.renewed(session, site.instance, found, before, said, clock())
    host = somebody(people, "host", Role.HOST)
    assert awarding.issue(store, site, found, found.lines[:1], host, said, clock()) == 1
    with store.reading() as session:
        (made,) = service.of_session(session, examined)
        assert service.printed(session, made).facts == again
    assert [one.id for one in again.competencies] == [*SHOWN]


def test_labs_are_called_by_their_titles(store: Store, settings: Settings, examined: UUID) -> None:
    with store.reading() as session:
        found = awarding._titles(session, settings.instance)
        assert set(found) == {*session.scalars(select(Release.name).filter_by(kind="lab", current=True))}
    assert {name: found[name] for name in (LAB, "open-container")} == {
        LAB: "One case", "open-container": "The encrypted laptop about to be switched off",
    }  # fmt: skip
