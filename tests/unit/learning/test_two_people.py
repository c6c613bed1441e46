"""Two people who learn the same: the evidence of one is none of the other."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import Clock, People
from tests.unit.learning import small_course
from training.accounts.actor import Actor
from training.accounts.models import Person
from training.audit.models import Event
from training.content.models import Release
from training.errors import Conflict, NotThere, Refused
from training.evidence.models import Exhibit
from training.labs.models import Assignment, Attempt
from training.learning.models import Answer, Refresher
from training.learning.service import competence, records, refreshing, statements
from training.learning.service.statements import Wish
from training.settings import Settings
from training.store import Store

ZONE = ZoneInfo("Europe/Paris")
Actors = Callable[[str], Actor]


@pytest.fixture
def actor(people: People) -> Actors:
    return lambda name: Actor(people[name], name.title(), people.home)


@pytest.fixture
def studied(store: Store, settings: Settings, clock: Clock, actor: Actors, tmp_path: Path) -> Store:
    """The trainee has answered ten questions, two of them wrong; the colleague one, right."""
    small_course.publish(store, settings, clock, small_course.write(tmp_path))
    small_course.answer(store, settings, clock, actor("trainee"), 8, 2)
    small_course.answer(store, settings, clock, actor("colleague"), 1)
    return store


def test_answers_and_readings_are_those_of_each(studied: Store, settings: Settings, people: People) -> None:
    with studied.reading() as session:
        found = [records.of(session, settings.instance, people[name]) for name in ("trainee", "colleague", "stranger")]
    assert [(len(one.answers), len(one.readings)) for one in found] == [(10, 1), (1, 1), (0, 0)]


def test_what_returns_is_what_the_person_missed(
    studied: Store, settings: Settings, clock: Clock, actor: Actors
) -> None:
    clock.forward(days=1)
    with studied.reading() as session:
        counts = [
            (
                refreshing.waiting(session, one, clock(), ZONE),
                len(refreshing.returning(session, settings.instance, one, clock(), ZONE)),
            )
            for one in map(actor, ("trainee", "colleague"))
        ]
    assert counts == [(2, 2), (0, 0)]


def test_a_refresher_counts_for_whose_it_is(studied: Store, settings: Settings, clock: Clock, people: People) -> None:
    """With all its questions answered under its keys, as by whoever takes it."""
    with studied.writing() as session:
        first = session.scalars(select(Answer).filter_by(person_id=people["trainee"]).limit(1)).one()
        asked = [[first.course, first.module, first.question]]
        made = Refresher(person_id=people["trainee"], competency="K6", questions=asked, begun_at=clock())
        session.add(made)
        session.flush()
        answered = {"course": first.course, "module": first.module, "question": first.question, "score": 1.0}
        answered |= {"release_id": first.release_id, "value": ["a"], "at": clock() + timedelta(minutes=1)}
        for name in ("trainee", "colleague"):
            session.add(Answer(person_id=people[name], request_key=records.answer_key(made, 0), **answered))
    with studied.reading() as session:
        found = [records.of(session, settings.instance, people[name]) for name in ("trainee", "colleague")]
    assert [[one.ident for one in each.refreshers] for each in found] == [[f"refresher:{made.id}"], []]


def answer_under_key(
    session: Session, made: Refresher, number: int, person: UUID, at: datetime, score: float = 1.0
) -> Answer:
    """An answer that was sent under the key of a question of a refresher."""
    course, module, question = made.questions[number]
    release = session.scalars(select(Release).filter_by(kind="course", name=course)).one().id
    given = {"course": course, "module": module, "question": question, "release_id": release, "value": ["a"]}
    return Answer(
        person_id=person,
        request_key=records.answer_key(made, number),
        score=score,
        at=at + timedelta(minutes=1),
        **given,
    )


def test_a_refresher_is_gone_on_with_until_its_person_has_answered_all_of_it(
    store: Store, settings: Settings, clock: Clock, people: People, actor: Actors, tmp_path: Path
) -> None:
    """Neither what another one sends under its keys, nor one right answer of ten, is a refresher."""
    small_course.publish(store, settings, clock, small_course.write(tmp_path))
    trainee, instance = actor("trainee"), settings.instance
    small_course.answer(store, settings, clock, trainee, 10)
    clock.forward(days=200)

    def begin(session: Session) -> Refresher:
        profile = competence.profile(session, instance, people["trainee"], clock(), ZONE)
        return refreshing.begin(session, instance, trainee, profile, "K6", clock())

    with store.writing() as session:
        first = begin(session)
        session.add(answer_under_key(session, first, 0, people["trainee"], clock()))
        session.add(answer_under_key(session, first, 1, people["colleague"], clock()))
        session.flush()
        steps = refreshing.opened(session, instance, trainee, first).steps
        assert [one.answered for one in steps] == [True] + [False] * 9
        assert records.of(session, instance, people["trainee"]).refreshers == ()
        assert begin(session) is first
        for number in range(1, 10):
            session.add(answer_under_key(session, first, number, people["trainee"], clock()))
        session.flush()
        assert [one.asked for one in records.of(session, instance, people["trainee"]).refreshers] == [10]
        clock.forward(minutes=5)
        second = begin(session)
        clock.forward(minutes=5)
        assert second is not first
        assert begin(session) is second, "the newest one counts, not the first that is done"


def test_a_critical_error_is_told_of_an_examination_of_the_person_here(
    store: Store, people: People, clock: Clock, actor: Actors
) -> None:
    """Not of practice, not of another one's examination, and not of one that was taken elsewhere."""
    now, by = clock(), people["instructor"]
    given = {"title": "A", "opens_at": now, "timeline": [], "after": "closed", "hints": False}
    given |= {"pass_percent": 60, "made_by": by, "made_at": now}
    rows = [
        *(("trainee", people.home, "examination"), ("trainee", people.home, "practice")),
        *(("colleague", people.home, "examination"), ("trainee", people.elsewhere, "examination")),
    ]
    with store.writing() as session:
        release = Release(kind="lab", name="a", sha256="a" * 64, published_at=now, current=True, number=1, note="")
        session.add(release)
        image: dict[str, Any] = dict.fromkeys(("symbols_sha256", "record_sha256", "truth_sha256"), "d" * 64)
        image |= dict.fromkeys(("name", "title", "banner", "origin"), "a") | {"os": "papers", "size": 1}
        session.add(Exhibit(sha256="e" * 64, captured_at=now, registered_at=now, **image))
        session.flush()
        made = []
        for number, (who, place, mode) in enumerate(rows):
            session.add(it := Assignment(organisation_id=place, lab=f"lab-{number}", mode=mode, **given))
            session.flush()
            made.append(attempt := Attempt(person_id=people[who], organisation_id=place, release_id=release.id))
            attempt.exhibit, attempt.assignment_id, attempt.opened_at, attempt.closed_at = "e" * 64, it.id, now, now
            session.add(attempt)
            session.flush()
        person = session.get_one(Person, people["trainee"])
        assert [one.id for one, _ in statements.examinations(session, person)] == [made[0].id]
        wishes = [Wish("critical", "notes", now.date(), attempt=one.id, reason="x" * 10) for one in made]
        for number, wish in enumerate(wishes[1:]):
            with pytest.raises(NotThere):
                statements.make(session, actor("instructor"), person, wish, f"no-{number}", now.date(), now)
        assert statements.make(session, actor("instructor"), person, wishes[0], "yes", now.date(), now).attempt_id


def test_a_statement_is_withdrawn_once_by_whom_and_recorded(
    store: Store, people: People, clock: Clock, actor: Actors
) -> None:
    today = clock().date()
    with store.writing() as session:
        who, wish = session.get_one(Person, people["trainee"]), Wish("casework", "scene", today, "K3")
        made = statements.make(session, actor("instructor"), who, wish, "key", today, clock())
        for name in ("host", "instructor"):
            clock.forward(minutes=1)
            statements.withdraw(session, actor(name), made, clock())
        told = session.scalars(select(Event).filter_by(act="statement.withdrawn")).all()
    assert made.withdrawn_by == people["host"]
    assert [(one.actor, one.details) for one in told] == [(people["host"], {"statement": str(made.id)})]


def test_statements_are_about_one_person_and_count_until_they_are_withdrawn(
    store: Store, people: People, clock: Clock, actor: Actors
) -> None:
    wish, today = Wish("casework", "scene", clock().date(), "K3"), clock().date()
    with store.writing() as session:
        who = session.get_one(Person, people["trainee"])
        made = statements.make(session, actor("instructor"), who, wish, "key-1", today, clock())
        assert statements.make(session, actor("instructor"), who, wish, "key-1", today, clock()) is made
        other = session.get_one(Person, people["colleague"])
        with pytest.raises(Conflict):
            statements.make(session, actor("instructor"), other, wish, "key-1", today, clock())
        assert statements.make(session, actor("host"), other, wish, "key-1", today, clock()) is not made
        statements.make(session, actor("host"), other, wish, "key-2", today, clock())
        session.flush()
        assert [len(statements.of_person(session, one.id)) for one in (who, other)] == [1, 2]
        assert [len(records.standing_statements(session, one.id)) for one in (who, other)] == [1, 2]
        statements.withdraw(session, actor("host"), made, clock())
        session.flush()
        assert [len(statements.of_person(session, one.id)) for one in (who, other)] == [1, 2], "it stays to be read"
        assert [len(records.standing_statements(session, one.id)) for one in (who, other)] == [0, 2]


@pytest.mark.parametrize(("back", "taken"), [(0, True), (730, True), (731, False), (-1, False)])
def test_a_day_lies_within_two_years_and_not_ahead(
    store: Store, people: People, clock: Clock, actor: Actors, back: int, *, taken: bool
) -> None:
    today = clock().date()
    wish = Wish("casework", "scene", today - timedelta(days=back), "K3")
    with store.writing() as session:
        who = session.get_one(Person, people["trainee"])
        if taken:
            statements.make(session, actor("instructor"), who, wish, "key", today, clock())
            return
        with pytest.raises(Refused) as refused:
            statements.make(session, actor("instructor"), who, wish, "key", today, clock())
        assert refused.value.field == "day"


def test_a_critical_error_needs_an_examination_of_the_person(
    store: Store, people: People, clock: Clock, actor: Actors
) -> None:
    today, nobody = clock().date(), people["trainee"]
    with store.writing() as session:
        who = session.get_one(Person, people["trainee"])
        with pytest.raises(Refused):
            statements.make(
                session,
                actor("instructor"),
                who,
                Wish("critical", "notes", today, reason="Ten letters"),
                "k",
                today,
                clock(),
            )
        for length, error in ((9, Refused), (10, NotThere), (1_000, NotThere), (1_001, Refused)):
            wish = Wish("critical", "notes", today, attempt=nobody, reason="x" * length)
            with pytest.raises(error):
                statements.make(session, actor("instructor"), who, wish, "key", today, clock())
