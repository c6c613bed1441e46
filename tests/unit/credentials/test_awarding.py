"""From the records of a session to facts: whose they are, which days, which changes, and what a second paper needs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from werkzeug.datastructures import MultiDict

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching
from training.accounts.actor import Actor
from training.accounts.models import OrganisationLook
from training.credentials import awarding, forms, results, service
from training.credentials.facts import Facts
from training.credentials.making import Award, Site
from training.credentials.models import Certificate
from training.credentials.overview import Overview, overview
from training.credentials.results import Wish
from training.errors import Conflict, NotThere
from training.hosting import ruling
from training.hosting.attendance.service import grid, records, standing
from training.hosting.attendance.service.grid import Filled
from training.hosting.attendance.service.records import Mark, Origin
from training.hosting.models import TeachingSession
from training.hosting.service import people as members
from training.hosting.service import rules
from training.settings import Settings
from training.store import Store


def require_half_days(store: Store, people: People, clock: Clock, key: UUID, count: int, why: str) -> None:
    """Ask for so many half-days from now on."""
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, key)
        now = ruling.of(teaching)
        attendance = now.rules.attendance.model_copy(update={"needed": count})
        wish = replace(now, rules=now.rules.model_copy(update={"attendance": attendance}))
        seen = len(rules.changes(session, teaching))
        rules.change(session, instructor(people), teaching, wish, why, seen=seen, settled=False, now=clock())


@pytest.fixture
def taught(store: Store, people: People, clock: Clock) -> UUID:
    """After the end of a session whose rules were changed before its opening; the trainee was there all the time."""
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=("trainee", "colleague"))
        key = made.id
    require_half_days(store, people, clock, key, 8, "Before anybody came.")
    with store.writing() as session:
        made = session.get_one(TeachingSession, key)
        made.opened_at = clock()
        for number, times in enumerate(standing.ledger(session, made).times):
            filled = Filled({people["trainee"]: Mark("present")}, "", records.last(session, made))
            grid.keep(session, instructor(people), made, times, filled, Origin("grid", f"half-{number}"), clock())
    clock.forward(days=4)
    return key


def seen(store: Store, key: UUID) -> Overview:
    with store.reading() as session:
        return overview(session, session.get_one(TeachingSession, key))


def record(store: Store, people: People, clock: Clock, key: UUID, name: str, *pieces: str) -> None:
    clock.forward(seconds=1)
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, key)
        wish = Wish(name, 1, pieces, "2026-11-26")
        results.record(session, instructor(people), teaching, people["trainee"], wish, clock())


@pytest.fixture
def facts(store: Store, settings: Settings, people: People, clock: Clock, taught: UUID) -> Callable[[], Facts]:
    def found() -> Facts:
        with store.reading() as session:
            all_of_it = overview(session, session.get_one(TeachingSession, taught))
            line = all_of_it.of(people["trainee"])
            assert line
            return awarding.award_of(session, settings.instance, all_of_it, line, str, clock()).facts

    return found


@pytest.fixture
def confirmed(store: Store, actor_of: Callable[..., Actor], clock: Clock, taught: UUID) -> Callable[[], None]:
    def done() -> None:
        with store.writing() as session:
            for name in ("instructor", "host"):
                digest = overview(session, session.get_one(TeachingSession, taught)).digest
                service.confirm(session, taught, digest, actor_of(session, name), clock())

    return done


@pytest.fixture
def issue(
    store: Store,
    people: People,
    clock: Clock,
    site: Site,
    taught: UUID,
    facts: Callable[[], Facts],
    actor_of: Callable[..., Actor],
) -> Callable[[], UUID]:
    """Issues to the trainee what the results give; the id."""

    def done() -> UUID:
        award = Award(people["trainee"], taught, people.home, facts())
        with store.writing() as session:
            return service.issue(session, site, award, actor_of(session, "host"), clock()).id

    return done


def test_facts_are_those_of_the_days_the_people_and_the_host_of_the_session(
    store: Store, people: People, clock: Clock, taught: UUID, facts: Callable[[], Facts]
) -> None:
    """An attendance says of no examination that it was passed, and names nobody as instructor who was taught."""
    with store.writing() as session:
        for place, address in ((people.elsewhere, "Another Street"), (people.home, "1\n \n2\n3\n4\n5")):
            given = {"short_name": "", "languages": [], "address": address, "changed_at": clock()}
            session.add(OrganisationLook(organisation_id=place, **given))
    record(store, people, clock, taught, "A", "80", "80", "80")
    clock.forward(hours=14, minutes=30)  # it is tomorrow in Paris
    require_half_days(store, people, clock, taught, 7, "A storm took Friday.")
    require_half_days(store, people, clock, taught, 6, "It took Thursday as well.")
    found = facts()
    assert (found.kind, found.examinations) == ("attendance", ())
    assert (found.starts, found.ends) == (date(2026, 11, 23), date(2026, 11, 27))
    assert len({*found.instructors} - {each.name for each in seen(store, taught).lines}) == 1
    assert len(found.instructors) == 1
    assert found.host.address == ("1", "2", "3", "4")
    told = [one.rsplit(": ", 1) for one in found.changes]
    assert [one[1].partition(" ")[0] for one in told] == ["7", "6"], "what was changed before the opening is no matter"
    assert {one[0][:10] for one in told} == {"2026-11-30"}


def test_another_one_is_made_for_confirmed_results_of_another_kind_alone(
    store: Store,
    settings: Settings,
    people: People,
    clock: Clock,
    taught: UUID,
    issue: Callable[[], UUID],
    confirmed: Callable[[], None],
) -> None:
    key = issue()

    def renewed() -> str:
        with store.reading() as session:
            found = overview(session, session.get_one(TeachingSession, taught))
            before = service.of_session(session, taught)[0]
            assert before.id == key
            return awarding.renewed(session, settings.instance, found, before, str, clock()).kind

    confirmed()
    with pytest.raises(Conflict, match="no other certificate"):
        renewed()
    record(store, people, clock, taught, "A", "80", "80", "80")
    record(store, people, clock, taught, "B", "80", "80")
    with pytest.raises(Conflict, match="Two instructors"):
        renewed()
    confirmed()
    assert renewed() == "achievement"
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, taught)
        members.withdraw(session, instructor(people), teaching, people["trainee"], clock())
    with pytest.raises(Conflict, match="Two instructors"):
        renewed()
    confirmed()
    with pytest.raises(Conflict, match="no other certificate"):
        renewed()


def test_what_was_confirmed_is_another_table_with_each_other_rule_person_and_sitting(
    store: Store, people: People, clock: Clock, taught: UUID
) -> None:
    """Two changes of the rules that change nobody's certificate, and somebody who was taken out."""
    said = [seen(store, taught).digest]
    for count in (7, 6):
        require_half_days(store, people, clock, taught, count, "A storm.")
        said.append(seen(store, taught).digest)
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, taught)
        members.withdraw(session, instructor(people), teaching, people["trainee"], clock())
    said.append(seen(store, taught).digest)
    assert len({*said}) == 4


def test_whoever_had_one_that_was_revoked_gets_another_by_name_alone(
    store: Store,
    people: People,
    clock: Clock,
    taught: UUID,
    issue: Callable[[], UUID],
    actor_of: Callable[..., Actor],
) -> None:
    def chosen(**form: str) -> list[UUID]:
        return [one.person_id for one in forms.chosen(seen(store, taught), MultiDict(form))]

    mine = people["trainee"]
    assert [chosen(), chosen(person=str(mine))] == [[mine], [mine]]
    for other in (people["colleague"], people["instructor"], people["stranger"], "nobody"):
        with pytest.raises(NotThere):
            chosen(person=str(other))
    key = issue()
    assert chosen() == []
    with pytest.raises(NotThere):
        chosen(person=str(mine))
    with store.writing() as session:
        service.revoke(session, session.get_one(Certificate, key), actor_of(session, "host"), "Wrong.", clock())
    assert [chosen(), chosen(person=str(mine))] == [[], [mine]]
