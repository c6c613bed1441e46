"""What a version did to points stays readable as it was, whatever happened afterwards."""

from collections.abc import Sequence
from uuid import UUID

from tests.unit.labs.conftest import Desk
from tests.unit.marking import regrades
from tests.unit.marking.regrades import DeskOf, Office, answer, proof, submit
from tests.unit.marking.test_overrides import hint, withdraw
from training.grading.amend import Accept, Void, Worth
from training.labs.models import Attempt, GradingVersion
from training.marking.service import applied, releases
from training.marking.service.applied import Turned
from training.marking.service.preview import Preview, Score

office = regrades.office  # fixture
VOID = Void(question="q1", reason="Two processes fit.")


def turned(office: Office, number: int, *desks: Desk, named: Sequence[str] = ()) -> list[Turned]:
    with office.store.reading() as session:
        version = releases.version_of(session, office.release, office.people.home, number)
        made = [session.get_one(Attempt, desk.attempt_id) for desk in desks]
        instance = office.rooms.settings.instance
        found = applied.turned(session, instance, version, made, lambda _session, ids: {ids[0]: named})
        return [found[desk.attempt_id] for desk in desks]


def shown(seen: Preview, *desks: Desk) -> list[tuple[Score, Score]]:
    people = {one.attempt.id: (one.old, one.new) for one in seen.people}
    return [people[desk.attempt_id] for desk in desks]


def scores(found: Sequence[Turned]) -> list[tuple[Score, Score]]:
    return [(one.old, one.new) for one in found]


def test_a_version_shows_the_points_that_its_preview_showed(desk: Desk, office: Office, desk_of: DeskOf) -> None:
    other = desk_of("colleague")
    submit(desk, "q1", "3", proof(desk))
    submit(other, "q1", answer(other, "q1"), proof(other))
    first = office.look(Accept(question="q1", value="3", credit=0.5), Worth(question="q2", points=(1,)))
    office.apply(first)
    second = office.look(VOID)
    office.apply(second)
    for number, seen in ((1, first), (2, second)):
        assert scores(turned(office, number, desk, other)) == shown(seen, desk, other)
    (mine, theirs) = turned(office, 1, desk, other, named=("Certificate 7",))
    assert (mine.certificates, theirs.certificates) == (("Certificate 7",), ())
    assert mine.old.points < mine.new.points
    assert theirs.old.points == theirs.new.points == 10
    assert theirs.changes, "its total alone changes"
    with office.store.reading() as session:
        version = releases.version_of(session, office.release, office.people.home, 1)
        assert applied.totals(session, office.rooms.settings.instance, version) == (mine.old.total, mine.new.total)


def test_what_comes_later_changes_nothing_of_it(desk: Desk, office: Office) -> None:
    finding = submit(desk, "q1", "3")
    office.apply(office.look(VOID))
    before = turned(office, 1, desk)
    assert [(one.old.points, one.new.points) for one in before] == [(0, 10)]
    office.clock.forward(minutes=1)  # type: ignore[attr-defined]
    submit(desk, "q2", "/nothing")
    office.override(desk, finding.id, 0.25, seen=1)
    assert turned(office, 1, desk) == before
    withdraw(office, desk, finding.id, 2)
    assert turned(office, 1, desk) == before
    assert brought(office) == [finding.id], "a withdrawal by the rules of a version did not come with it"


def test_tries_and_hints_of_later_earn_and_cost_nothing_in_it(desk: Desk, office: Office) -> None:
    submit(desk, "q1", "3", proof(desk))
    office.apply(office.look(Accept(question="q1", value="3", credit=0.5)))
    before = turned(office, 1, desk)
    office.clock.forward(minutes=1)  # type: ignore[attr-defined]
    hint(desk, "q1")
    submit(desk, "q1", answer(desk, "q1"), proof(desk))
    assert turned(office, 1, desk) == before
    assert office.look(Accept(question="q1", value="3", credit=0.5)).people[0].old != before[0].new, "they count today"


def brought(office: Office) -> list[UUID]:
    with office.store.reading() as session:
        version = releases.version_of(session, office.release, office.people.home, 1)
        assert isinstance(version, GradingVersion)
        listed = releases.rejudged(session, version)
        assert releases.counts(session, [version]) == {version.id: len(listed)}
        return [one.finding.id for one in listed]


def test_an_override_before_a_version_stood_before_and_after_it(desk: Desk, office: Office) -> None:
    finding = submit(desk, "q1", "3")
    office.override(desk, finding.id, 0.5)
    submit(desk, "q2", "/nothing")
    office.apply(office.look(VOID, Void(question="q2", reason="Two files fit.")))
    (found,) = turned(office, 1, desk)
    assert (found.old.points, found.new.points) == (5, 5 + desk.question("q2").points[0])
