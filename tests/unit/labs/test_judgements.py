"""Grading versions and later judgements: what findings are judged by, what counts, what stays visible."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.conftest import People
from tests.listening import statements
from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import answer, prove
from training.errors import Damaged, TooMany
from training.labs.models import Finding, GradingVersion, Judgement
from training.labs.service import findings, rules
from training.store import new_id


def version(desk: Desk, people: People, number: int, *amendments: dict[str, Any], home: UUID | None = None) -> UUID:
    """Put a grading version in force."""
    with desk.rooms.store.writing() as session:
        made = GradingVersion(
            release_id=desk.case(session).release.id,
            organisation_id=home or people.home,
            number=number,
            reason="As discussed",
            amendments=list(amendments),
            keys="0" * 64,
            rules="0" * 64,
            grader="2",
            preview="0" * 64,
            made_by=people["instructor"],
            made_at=desk.rooms.clock(),
        )
        session.add(made)
        session.flush()
        return made.id


def judged(desk: Desk, finding: Finding, seq: int, credit: float, **more: Any) -> None:
    """Add a judgement to a finding."""
    values = {"origin": "override", "judged": True, "reason": "The row shows it.", "by": None, **more}
    said = {**finding.verdict, "state": "judged", "credit": credit, "correctness": credit, "solved": credit >= 1}
    with desk.rooms.store.writing() as session:
        at = desk.rooms.clock()
        session.add(Judgement(finding_id=finding.id, seq=seq, verdict=said, credit=credit, at=at, **values))


def made(desk: Desk, name: str, value: str, cited: list[int] | None = None) -> Finding:
    finding = desk.submit(name, value, cited or []).finding
    assert finding is not None
    return finding


def test_the_newest_judgement_counts_and_the_verdict_at_submission_stays(desk: Desk) -> None:
    first = made(desk, "q1", "3")
    assert first.current is first
    judged(desk, first, 1, 1.0)
    judged(desk, first, 2, 0.5, reason="Half of it.")
    now = desk.progress("q1")
    (kept,) = now.findings
    assert [one.seq for one in kept.judgements] == [1, 2]
    assert (kept.current.credit, kept.credit, kept.points) == (0.5, 0.0, 0.0)
    assert now.standing.points == desk.question("q1").points[0] / 2
    assert not now.solved


def test_a_repeated_request_is_told_what_counts_now(desk: Desk) -> None:
    first = desk.submit("q1", "3", key="the-same-request").finding
    assert first is not None
    judged(desk, first, 1, 0.5)
    judged(desk, first, 2, 1.0)
    again = desk.submit("q1", "3", key="the-same-request")
    assert again.repeated
    assert again.finding is not None
    assert (again.finding.id, again.finding.credit, again.finding.current.credit) == (first.id, 0.0, 1.0)
    assert [one.seq for one in again.finding.judgements] == [1, 2]


def test_later_tries_build_on_what_counts_now(desk: Desk) -> None:
    judged(desk, made(desk, "q1", "3"), 1, 0.5)
    second = made(desk, "q1", answer(desk, "q1"), prove(desk, "q1"))
    worth = desk.question("q1").points
    assert second.points == worth[0] / 2 + worth[1] / 2
    assert desk.progress("q1").standing.points == second.points


def test_judgements_are_never_changed_or_removed(desk: Desk) -> None:
    judged(desk, made(desk, "q1", "3"), 1, 1.0)
    for act in ("UPDATE judgement SET credit = 0", "DELETE FROM judgement"):
        with pytest.raises(DBAPIError, match="append-only"), desk.rooms.store.writing() as session:
            session.execute(text(act))
    assert desk.progress("q1").solved


@pytest.mark.parametrize("act", ["UPDATE grading_version SET amendments = '[]'", "DELETE FROM grading_version"])
def test_grading_versions_are_never_changed_or_removed(desk: Desk, people: People, act: str) -> None:
    version(desk, people, 1, {"do": "void", "question": "q1", "reason": "Two fit."})
    with pytest.raises(DBAPIError, match="append-only"), desk.rooms.store.writing() as session:
        session.execute(text(act))


@pytest.mark.database
@pytest.mark.parametrize(
    "change", ["value = '4'", "verdict = '{}'", "judged = false", "credit = 1", "citations = '[]'"]
)
def test_what_was_submitted_is_never_changed_or_removed(desk: Desk, change: str) -> None:
    made(desk, "q1", "3")
    with pytest.raises(DBAPIError, match="append-only"), desk.rooms.store.writing() as session:
        session.execute(text(f"UPDATE finding SET {change}"))  # noqa: S608 - of this test
    for table in ("finding", "attempt"):  # which would take its findings along
        with pytest.raises(DBAPIError, match="append-only"), desk.rooms.store.writing() as session:
            session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - of this test
    with desk.rooms.store.reading() as session:
        assert session.scalars(text("SELECT count(*) FROM finding")).all() == [1]


def test_progress_of_many_findings_asks_three_times(desk: Desk) -> None:
    for name, value in (("q1", "3"), ("q1", "4"), ("q8", "7")):
        judged(desk, made(desk, name, value), 1, 0.25)
    with desk.rooms.store.writing() as session:
        case = desk.case(session)
        with statements(desk.rooms.store.engine) as asked:
            found = findings.progress_of_all(session, case)
        counted = [one.current.credit for name in ("q1", "q8") for one in found[name].findings]
    assert counted == [0.25, 0.25, 0.25]
    assert len(asked) == 3


def test_findings_are_judged_by_the_newest_version_of_their_organisation(desk: Desk, people: People) -> None:
    version(desk, people, 1, {"do": "accept", "question": "q1", "value": "3", "credit": 0.5, "say": "Near."})
    version(desk, people, 2, {"do": "accept", "question": "q1", "value": "3", "say": "It is right as well."})
    version(desk, people, 3, {"do": "void", "question": "q1", "reason": "Elsewhere."}, home=people.elsewhere)
    cited = [desk.cite("linux.psaux", desk.answered.find("linux.psaux", PID=3))]
    right, wrong = made(desk, "q1", "3", cited), made(desk, "q1", "4")
    assert right.verdict["correctness"] == 1.0
    assert "It is right as well." in str(right.verdict)
    assert wrong.credit == 0.0
    with desk.rooms.store.reading() as session:
        assert rules.of(session, desk.case(session)).number == 2


def test_a_void_question_earns_full_credit_whatever_is_typed(desk: Desk, people: People) -> None:
    version(desk, people, 1, {"do": "void", "question": "q1", "reason": "The question was wrong."})
    assert made(desk, "q1", "3").credit == 1.0
    assert desk.progress("q1").solved


def test_what_questions_are_worth_now_is_what_is_shown(desk: Desk, people: People) -> None:
    version(desk, people, 1, {"do": "worth", "question": "q1", "points": [30, 10]})
    with desk.rooms.store.reading() as session:
        found = findings.progress_of_all(session, desk.case(session))
    assert findings.total(found) == desk.lab.total + 20
    assert found["q1"].standing.tries_left == 2
    for value in ("3", "4"):
        made(desk, "q1", value)
    with pytest.raises(TooMany, match="All 2 tries"):
        desk.submit("q1", "5")


def test_rules_of_a_release_that_is_not_here_judge_nothing(desk: Desk, people: People) -> None:
    version(desk, people, 1, {"do": "rules", "release": "a" * 64})
    with pytest.raises(Damaged, match="aaaaaaaaaaaa are not here"):
        desk.submit("q1", "3")


def test_rules_of_the_same_release_change_nothing(desk: Desk, people: People) -> None:
    with desk.rooms.store.reading() as session:
        sha256 = desk.case(session).release.sha256
    version(desk, people, 1, {"do": "rules", "release": sha256})
    assert made(desk, "q1", answer(desk, "q1"), prove(desk, "q1")).verdict["solved"]


def test_a_version_that_was_never_committed_is_not_kept_in_memory(desk: Desk, people: People) -> None:
    class Undone(Exception):
        """Whatever went wrong after it was made."""

    def tried(points: int, *, kept: bool) -> float:
        with desk.rooms.store.writing() as session:
            case = desk.case(session)
            amendments = [{"do": "worth", "question": "q1", "points": [points]}]
            values: dict[str, Any] = {"keys": "0" * 64, "rules": "0" * 64, "grader": "2", "preview": "0" * 64}
            session.add(
                GradingVersion(
                    id=new_id(),
                    release_id=case.release.id,
                    organisation_id=people.home,
                    number=1,
                    reason="As discussed",
                    amendments=amendments,
                    made_by=people["instructor"],
                    made_at=desk.rooms.clock(),
                    **values,
                )
            )
            session.flush()
            found = rules.of(session, desk.case(session)).questions[0].points[0]
            if not kept:
                raise Undone
            return found

    with pytest.raises(Undone):
        tried(50, kept=False)
    assert tried(40, kept=True) == 40


def test_findings_that_wait_for_a_marker_take_tries_too(desk: Desk) -> None:
    tries = len(desk.question("q1").points)
    unproved(desk)
    for number in range(tries):
        assert not made(desk, "q1", str(number + 2)).judged
    with pytest.raises(TooMany, match="a marker has still to look at"):
        desk.submit("q1", "99")
    first = desk.progress("q1").findings[0]
    judged(desk, first, 1, 0.0, origin="mark", by=None)
    assert desk.progress("q1").standing.tries == 1
    with pytest.raises(TooMany):
        desk.submit("q1", "99")


def unproved(desk: Desk) -> None:
    """As if no key had been sealed for the image of the attempt."""
    with desk.rooms.store.reading() as session:
        rules._kept.clear()
        case = desk.case(session)
        rules._kept[case.release.id, None, case.exhibit.sha256] = rules.Rules(0, case.lab.questions, {})
