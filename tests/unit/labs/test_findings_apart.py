"""What belongs to one question of one attempt and to nothing else: requests, citations, drafts, hints, acts."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import answer, prove
from training.audit.models import Event
from training.errors import Conflict, NotThere, TooMany
from training.grading.question import Question
from training.labs.models import Assignment, Attempt, Draft, HintTaken
from training.labs.service import activity, findings, history
from training.labs.service.findings import Claimed
from training.store import new_id

Desks = Callable[[str], Desk]


def open_hint(desk: Desk, question: Question, number: int = 1) -> HintTaken:
    with desk.rooms.store.writing() as session:
        return findings.take_hint(session, desk.case(session, lock=True), question, number, desk.rooms.clock())


@pytest.mark.parametrize("changed", ["question", "confidence", "reasoning", "cited"])
def test_a_request_is_the_same_only_with_all_of_its_content(desk: Desk, changed: str) -> None:
    cited = [desk.cite("linux.psaux", row) for row in (1, 2)]
    first = {"value": "3", "confidence": "probable", "cited": (cited[0],), "reasoning": "seen there"}
    other = {"confidence": "certain", "cited": tuple(cited), "reasoning": "seen elsewhere"}
    assert submitted(desk, "q1", Claimed(**first)) == 1  # type: ignore[arg-type] # fields of a form
    asked = "q2" if changed == "question" else "q1"
    again = {name: other[name] if name == changed else value for name, value in first.items()}
    with pytest.raises(Conflict, match="This form was sent before with other content"):
        submitted(desk, asked, Claimed(**again))  # type: ignore[arg-type] # fields of a form
    assert submitted(desk, "q1", Claimed(**first)) == 1, "sent twice it is one finding"  # type: ignore[arg-type]


def submitted(desk: Desk, name: str, claimed: Claimed) -> int:
    """Number of the try that a claim made, always under one request key."""
    with desk.rooms.store.writing() as session:
        case, sources, now = desk.case(session), (desk.rooms.engine.result, list[str]()), desk.rooms.clock()
        done = findings.submit(session, case, desk.question(name), claimed, "one-request-key", sources, now)
    assert done.finding is not None
    return done.finding.try_no


def test_nothing_of_another_attempt_counts_for_a_finding(desk_of: Desks) -> None:
    desk, colleague = desk_of("trainee"), desk_of("colleague")
    mine, theirs = desk.cite("linux.psaux", 3), [colleague.cite("linux.psaux", row) for row in (4, 5)]
    assert (mine, theirs) == (1, [1, 2])
    colleague.submit("q1", "3", [1], key="one-request-key")
    done = desk.submit("q1", "3", [1], key="one-request-key")
    assert done.finding is not None
    assert (done.repeated, done.finding.try_no, done.finding.step) == (False, 1, 1)
    with desk.rooms.store.reading() as session:
        kept = findings.progress(session, desk.case(session), desk.question("q1")).findings
    assert [len(one.citations) for one in kept] == [1]
    assert kept[0].citations != colleague.progress("q1").findings[0].citations
    with pytest.raises(NotThere, match="no citation C2"):
        desk.submit("q1", "4", [2])


def test_a_finding_takes_the_place_of_the_draft_of_its_question_and_of_no_other(desk_of: Desks) -> None:
    desk, colleague = desk_of("trainee"), desk_of("colleague")
    with desk.rooms.store.writing() as session:
        for one, name in ((desk, "q1"), (desk, "q2"), (colleague, "q1")):
            findings.keep_draft(session, one.case(session), one.question(name), Claimed("20"), desk.rooms.clock())
    desk.submit("q1", "20")
    with desk.rooms.store.reading() as session:
        left = {(one.attempt_id, one.question) for one in session.scalars(select(Draft))}
    assert left == {(desk.attempt_id, "q2"), (colleague.attempt_id, "q1")}


def test_a_hint_costs_what_it_is_worth_at_its_own_question_alone_and_is_recorded(desk: Desk) -> None:
    question = desk.question("q2")
    first, second = question.hints
    unequal = question.model_copy(update={"hints": (first, second.model_copy(update={"price": 0.3}))})
    assert [open_hint(desk, unequal, number).price for number in (1, 2)] == [first.price, 0.3]
    done = desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))
    assert done.finding is not None
    assert done.finding.points == desk.question("q1").points[0]
    with desk.rooms.store.reading() as session:
        found = session.scalars(select(Event).filter_by(act="hint.opened").order_by(Event.seq)).all()
        assert {(one.actor, one.subject) for one in found} == {
            (desk.case(session).attempt.person_id, f"attempt:{desk.attempt_id}")
        }
    assert [one.details for one in found] == [
        {"question": "q2", "hint": 1, "price": first.price},
        {"question": "q2", "hint": 2, "price": 0.3},
    ]


def test_a_hint_that_is_opened_afterwards_takes_nothing_of_what_was_earned(desk: Desk) -> None:
    desk.submit("q1", "3")
    right = desk.submit("q1", answer(desk, "q1"), prove(desk, "q1")).finding
    assert right is not None
    assert open_hint(desk, desk.question("q1")).step == 3
    assert desk.progress("q1").standing.points == right.points == desk.question("q1").points[1]


def test_the_next_hint_never_costs_more_than_the_question_is_still_worth(desk: Desk) -> None:
    question = desk.question("q1")
    assert desk.progress("q1").hint_costs == question.hints[0].price * question.points[0]
    desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))
    assert desk.progress("q1").hint_costs == 0


def test_an_exhibit_is_verified_in_the_attempt_in_which_it_was_hashed(desk_of: Desks) -> None:
    desk, colleague = desk_of("trainee"), desk_of("colleague")
    with desk.rooms.store.writing() as session:
        mine, other = desk.case(session).attempt, colleague.case(session).attempt
        history.keep(session, mine, " Verify ", desk.rooms.clock(), answer="SHA-256 …")
        assert history.verified_at(session, mine) == desk.rooms.clock()
        assert history.verified_at(session, other) is None


def test_the_exhibit_is_verified_when_it_was_hashed_last(desk: Desk) -> None:
    with desk.rooms.store.writing() as session:
        attempt, now = desk.case(session).attempt, desk.rooms.clock()
        for at in (now, now + timedelta(minutes=5)):
            history.keep(session, attempt, "verify", at, answer="SHA-256 …")
        assert history.verified_at(session, attempt) == now + timedelta(minutes=5)


def test_the_history_of_an_attempt_is_its_own_and_begins_with_the_newest_command(desk_of: Desks) -> None:
    desk, colleague = desk_of("trainee"), desk_of("colleague")
    with desk.rooms.store.writing() as session:
        mine, other, now = desk.case(session).attempt, colleague.case(session).attempt, desk.rooms.clock()
        for attempt, typed, minutes in ((mine, "first", 0), (other, "theirs", 1), (mine, "second", 2)):
            history.keep(session, attempt, typed, now + timedelta(minutes=minutes), answer="There is no such plugin.")
        assert [one.typed for one in history.listed(session, mine)] == ["second", "first"]
        assert [one.typed for one in history.listed(session, mine, 1)] == ["second"]
        assert [one.typed for one in history.listed(session, other)] == ["theirs"]


def test_the_history_of_an_attempt_takes_as_many_commands_as_are_said_whatever_others_send(
    desk_of: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_COMMANDS", 2)
    desk, colleague = desk_of("trainee"), desk_of("colleague")
    with desk.rooms.store.writing() as session:
        mine, other, now = desk.case(session).attempt, colleague.case(session).attempt, desk.rooms.clock()
        for attempt in (other, other, mine, mine):
            history.keep(session, attempt, "x" * (history.LONGEST + 1), now, answer="There is no such plugin.")
        with pytest.raises(TooMany, match="has sent 2 commands"):
            history.keep(session, mine, "linux.pslist", now, answer="There is no such plugin.")
        assert [len(one.typed) for one in history.listed(session, mine)] == [history.LONGEST] * 2


def test_whoever_watches_a_circle_sees_wrong_answers_in_a_row_and_when_somebody_got_further(desk: Desk) -> None:
    now, circle = desk.rooms.clock(), new_id()
    with desk.rooms.store.writing() as session:
        attempt = session.get_one(Attempt, desk.attempt_id)
        given = {"organisation_id": attempt.organisation_id, "lab": "finance-workstation", "title": "Session"}
        given |= {"mode": "practice", "timeline": [], "hints": True, "after": "closed", "pass_percent": 60}
        given |= {"made_by": attempt.person_id, "made_at": now, "opens_at": now}
        session.add(it := Assignment(circle=circle, **given))
        session.flush()
        attempt.assignment_id = it.id

    def seen() -> tuple[int, int, bool]:
        return acts_of(desk, circle)

    for value in ("3", "4"):
        desk.submit("q1", value)
    assert seen() == (2, 2, False)
    proving = desk.cite("linux.psaux", desk.answered.find("linux.psaux", PID=int(answer(desk, "q1"))))
    assert seen() == (4, 2, True), "a run and a citation"
    desk.rooms.clock.forward(minutes=1)  # type: ignore[attr-defined] # the clock of tests
    desk.submit("q1", answer(desk, "q1"), [proving])
    assert seen() == (5, 0, False), "right in part: the row is broken, and nobody got further"
    desk.submit("q2", "/a")
    desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))
    assert seen()[1:] == (0, True)


def acts_of(desk: Desk, circle: UUID) -> tuple[int, int, bool]:
    """How many acts a circle saw, how many wrong answers in a row, and whether the person got further just now."""
    with desk.rooms.store.reading() as session:
        assert activity.of(session, new_id()) == {}
        [one] = activity.of(session, circle).values()
        return one.acts, one.wrong, one.progress_at == desk.rooms.clock()
