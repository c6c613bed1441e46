"""Appeals: tokens, questions, who may decide, what a decision does."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import pytest
from sqlalchemy import func, select

from tests.conftest import SEALED, Clock, People
from tests.labs_place import make_assignment
from tests.unit.labs.conftest import Desk
from tests.unit.marking.regrades import Office, submit
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.audit.models import Event
from training.errors import Conflict, Refused, TooMany
from training.grading.amend import Worth
from training.labs.models import Assignment, Attempt, Finding, Judgement
from training.labs.service.attempts import Case
from training.marking.models.appeals import Appeal, Kind, Outcome
from training.marking.models.rounds import Mark, Piece, Round
from training.marking.service import appeals, judgements, overrides
from training.marking.service.appeals import Decision
from training.store import new_id

DeskOf = Callable[[str], Desk]
TEXT = "Row 12 shows this process as the parent."
NOTE = "The row shows it; the key was too narrow."


class Bar:
    """A trainee who appeals, and instructors who decide."""

    def __init__(self, desk: Desk, office: Office) -> None:
        self.desk, self.office, self.store, self.clock = desk, office, office.store, office.clock
        self.people = office.people
        with self.store.writing() as session:
            self.second = accounts.make_person(
                session,
                login="second",
                name="Second",
                sealed=SEALED,
                home=self.people.home,
                role=Role.INSTRUCTOR,
                now=self.clock(),
            ).id

    def appeal(self, finding: UUID, kind: Kind = Kind.COMPLAINT, text: str = TEXT, key: str = "") -> Appeal:
        with self.store.writing() as session:
            case, one = self.desk.case(session, lock=True), session.get_one(Finding, finding)
            return appeals.appeal(session, case, one, kind, text, key or str(new_id()), self.clock())

    def decide(
        self, appeal: Appeal, outcome: Outcome, credit: float | None = None, note: str = NOTE, by: UUID | None = None
    ) -> Appeal:
        with self.store.writing() as session:
            case, one = self.desk.case(session, lock=True), session.get_one(Appeal, appeal.id)
            finding = session.get_one(Finding, one.finding_id)
            decision, decider = Decision(outcome, note, credit), by or self.people["instructor"]
            return appeals.decide(session, case, one, finding, decision, decider, self.clock())

    def shown(self) -> appeals.Desk:
        with self.store.reading() as session:
            return appeals.desk(session, self.desk.case(session), self.clock())

    def count(self) -> int:
        with self.store.reading() as session:
            return session.scalar(select(func.count()).select_from(Appeal)) or 0


@pytest.fixture
def bar(desk: Desk, people: People) -> Bar:
    return Bar(desk, Office(desk, people))


def test_a_complaint_that_is_upheld_raises_the_credit_and_gives_the_token_back(bar: Bar) -> None:
    finding = submit(bar.desk, "q1", "3")
    made = bar.appeal(finding.id)
    assert bar.shown().tokens == 1
    done = bar.decide(made, Outcome.UPHELD, 0.5)
    assert (done.outcome, done.note, done.decided_by) == ("upheld", NOTE, bar.people["instructor"])
    assert bar.shown().tokens == 2
    with bar.store.reading() as session:
        judged = session.scalars(select(Judgement)).one()
        acts = [one.act for one in session.scalars(select(Event).where(Event.act.like("appeal.%")).order_by(Event.seq))]
        events = str([one.details for one in session.scalars(select(Event))])
    assert (judged.id, judged.origin, judged.credit, judged.by) == (
        done.judgement_id,
        "appeal",
        0.5,
        bar.people["instructor"],
    )
    assert judged.verdict["shows"] == NOTE
    assert acts == ["appeal.made", "appeal.decided"]
    assert TEXT not in events
    assert NOTE not in events


def test_a_dismissed_complaint_spends_its_token_and_changes_no_credit(bar: Bar) -> None:
    first, second = submit(bar.desk, "q1", "3"), submit(bar.desk, "q2", "/nothing")
    bar.decide(bar.appeal(first.id), Outcome.DISMISSED)
    bar.appeal(second.id)
    assert bar.shown().tokens == 0
    with pytest.raises(TooMany, match="Both of your 2 complaints"):
        bar.appeal(first.id)
    assert bar.appeal(first.id, Kind.QUESTION).kind == "question"
    assert bar.office.credits() == {first.id: (True, 0.0), second.id: (True, 0.0)}


def test_questions_are_free_and_five_may_wait(bar: Bar) -> None:
    found = [submit(bar.desk, "q1", str(number)) for number in (3, 4, 5)]
    found += [submit(bar.desk, "q2", f"/nothing/{number}") for number in range(3)]
    asked = [bar.appeal(one.id, Kind.QUESTION) for one in found[:5]]
    with pytest.raises(TooMany, match="5 of your questions wait"):
        bar.appeal(found[5].id, Kind.QUESTION)
    bar.decide(asked[0], Outcome.ANSWERED)
    assert (bar.shown().tokens, bar.shown().questions) == (2, 1)
    assert bar.appeal(found[5].id, Kind.QUESTION).outcome is None
    with bar.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Judgement)) == 0


def test_the_same_request_again_gives_the_same_appeal_and_other_content_none(bar: Bar) -> None:
    finding = submit(bar.desk, "q1", "3")
    first = bar.appeal(finding.id, key="a-key-of-a-form")
    assert bar.appeal(finding.id, key="a-key-of-a-form").id == first.id
    with pytest.raises(Conflict, match="other content"):
        bar.appeal(finding.id, key="a-key-of-a-form", text=TEXT + " And more.")
    with pytest.raises(Conflict, match="is open"):
        bar.appeal(finding.id)
    assert (bar.count(), bar.shown().tokens) == (1, 1)


def test_two_tokens_are_two_whoever_presses_at_once(bar: Bar) -> None:
    found = [submit(bar.desk, name, value) for name, value in (("q1", "3"), ("q1", "4"), ("q2", "/a"), ("q2", "/b"))]
    ended: list[str] = []

    def press(finding: UUID) -> None:
        try:
            bar.appeal(finding)
        except TooMany:
            ended.append("refused")
        else:
            ended.append("made")

    threads = [threading.Thread(target=press, args=(one.id,)) for one in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["made", "made", "refused", "refused"]
    assert (bar.count(), bar.shown().tokens) == (2, 0)


@pytest.mark.parametrize("text", ["too short", "", " " * 30, "x" * 2_001])
def test_a_text_out_of_range_is_refused(bar: Bar, text: str) -> None:
    finding = submit(bar.desk, "q1", "3")
    with pytest.raises(Refused) as refused:
        bar.appeal(finding.id, text=text)
    assert refused.value.field == "text"
    assert bar.count() == 0


def test_full_credit_leaves_nothing_to_complain_about(bar: Bar) -> None:
    finding = submit(bar.desk, "q1", "3")
    bar.office.override(bar.desk, finding.id, 1.0)
    with pytest.raises(Refused, match="full credit"):
        bar.appeal(finding.id)
    assert bar.appeal(finding.id, Kind.QUESTION).against == 1


def test_whoever_judged_last_by_hand_never_decides(bar: Bar) -> None:
    finding = submit(bar.desk, "q1", "3")
    bar.office.override(bar.desk, finding.id, 0.25)
    made = bar.appeal(finding.id)
    assert made.against == 1
    with pytest.raises(Refused, match="another instructor decides"):
        bar.decide(made, Outcome.DISMISSED)
    assert bar.decide(made, Outcome.UPHELD, 0.5, by=bar.second).outcome == "upheld"
    again = bar.appeal(finding.id)
    with pytest.raises(Refused, match="another instructor decides"):
        bar.decide(again, Outcome.DISMISSED, by=bar.second)
    assert bar.decide(again, Outcome.DISMISSED).outcome == "dismissed"


def test_whoever_marked_the_piece_never_decides_about_the_mark(bar: Bar) -> None:
    finding = submit(bar.desk, "q1", "3")
    with bar.store.writing() as session:
        case, one = bar.desk.case(session), session.get_one(Finding, finding.id)
        question, past = bar.desk.question("q1"), judgements.before(session, one)
        verdict = judgements.decided(question, one, past, 0.5, "Half of it.")
        owner, now = bar.people["host"], bar.clock()
        judgements.write(one, "mark", verdict, "Half of it.", owner, None, now)
        session.add(held := marking_round(case, owner, now))
        session.flush()
        session.add(piece := Piece(round_id=held.id, finding_id=one.id, number=1, asked=False, support=None))
        session.flush()
        given = {"levels": {}, "alone": {}, "comment": "", "done_at": now, "updated_at": now}
        session.add(Mark(piece_id=piece.id, marker_id=bar.people["instructor"], **given))
    made = bar.appeal(finding.id)
    with pytest.raises(Refused, match="another instructor decides"):
        bar.decide(made, Outcome.DISMISSED)
    with bar.store.reading() as session:
        attempt, one = session.get_one(Attempt, bar.desk.attempt_id), session.get_one(Finding, finding.id)
        assert appeals.barred(session, attempt, one, owner) == "", "who releases a round has marked nothing"
    assert bar.decide(made, Outcome.DISMISSED, by=bar.second).outcome == "dismissed"
    bar.office.override(bar.desk, finding.id, 0.75, seen=1, by=bar.second)
    with bar.store.writing() as session:
        case, one = bar.desk.case(session), session.get_one(Finding, finding.id)
        why = "The mark was right."
        overrides.withdraw(session, case, one, why, 2, bar.second, bar.office.sources, bar.clock())
    again = bar.appeal(finding.id)
    with pytest.raises(Refused, match="another instructor decides"):
        bar.decide(again, Outcome.DISMISSED, by=bar.second)
    assert bar.decide(again, Outcome.DISMISSED).outcome == "dismissed", "who took the override back stands for the mark"


def marking_round(case: Case, owner: UUID, now: datetime) -> Round:
    return Round(
        organisation_id=case.attempt.organisation_id,
        release_id=case.release.id,
        question="q1",
        criteria=[],
        scale="rubric",
        per_piece=1,
        seed=1,
        owner_id=owner,
        opened_at=now,
        closed_at=None,
        outcome=None,
    )


def test_nobody_decides_about_their_own_work(desk_of: DeskOf, people: People) -> None:
    desk = desk_of("instructor")
    bar = Bar(desk, Office(desk, people))
    made = bar.appeal(submit(desk, "q1", "3").id)
    with pytest.raises(Refused, match="your own work"):
        bar.decide(made, Outcome.UPHELD, 1.0)
    assert bar.decide(made, Outcome.UPHELD, 1.0, by=bar.second).outcome == "upheld"


def test_a_complaint_is_upheld_by_the_points_that_are_in_force(bar: Bar) -> None:
    finding = submit(bar.desk, "q1", "3")
    bar.office.apply(bar.office.look(Worth(question="q1", points=(100.0, 50.0))))
    decided = bar.decide(bar.appeal(finding.id), Outcome.UPHELD, 1.0)
    with bar.store.reading() as session:
        verdict = session.get_one(Judgement, decided.judgement_id).verdict
    assert (verdict["points"], verdict["tries_left"]) == (100, 1)


def test_a_decision_stands_and_the_same_request_again_changes_nothing(bar: Bar) -> None:
    made = bar.appeal(submit(bar.desk, "q1", "3").id)
    bar.decide(made, Outcome.UPHELD, 0.5)
    assert bar.decide(made, Outcome.UPHELD, 0.5).outcome == "upheld"
    with pytest.raises(Conflict, match="decided already"):
        bar.decide(made, Outcome.DISMISSED)
    with pytest.raises(Conflict, match="decided already"):
        bar.decide(made, Outcome.UPHELD, 0.5, by=bar.second)
    with bar.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Judgement)) == 1


@pytest.mark.parametrize(
    ("kind", "outcome", "credit", "why"),
    [
        (Kind.QUESTION, Outcome.UPHELD, 1.0, "A question is answered"),
        (Kind.QUESTION, Outcome.DISMISSED, None, "A question is answered"),
        (Kind.COMPLAINT, Outcome.ANSWERED, None, "upheld or dismissed"),
        (Kind.COMPLAINT, Outcome.UPHELD, None, "Give the credit"),
        (Kind.COMPLAINT, Outcome.UPHELD, 0.0, "raises the credit"),
        (Kind.COMPLAINT, Outcome.UPHELD, 1.5, "from 0 to 1"),
    ],
)
def test_a_decision_that_does_not_fit_is_refused(
    bar: Bar, kind: Kind, outcome: Outcome, credit: float | None, why: str
) -> None:
    made = bar.appeal(submit(bar.desk, "q1", "3").id, kind)
    with pytest.raises(Refused, match=why):
        bar.decide(made, outcome, credit)
    with pytest.raises(Refused, match="at least 10 characters"):
        bar.decide(made, outcome, credit, note="no")
    assert bar.shown().appeals[0].outcome is None


def test_before_the_results_of_an_examination_are_released_there_is_nothing_to_appeal_against(bar: Bar) -> None:
    finding = submit(bar.desk, "q1", "3")
    with bar.store.writing() as session:
        session.add(examination := as_examination(bar))
        session.flush()
        session.get_one(Attempt, bar.desk.attempt_id).assignment_id = examination.id
    shown = bar.shown()
    assert (shown.concealed, shown.findings, shown.appeals, shown.tokens) == (True, (), (), 0)
    with pytest.raises(Refused, match="not released"):
        bar.appeal(finding.id)
    with bar.store.writing() as session:
        session.get_one(Assignment, examination.id).released_at = bar.clock()
    assert [one.id for one in bar.shown().findings] == [finding.id]
    assert bar.appeal(finding.id).outcome is None


def as_examination(bar: Bar) -> Assignment:
    now = bar.clock()
    by, begun = bar.people["instructor"], now - timedelta(days=1)
    return make_assignment(bar.people.home, bar.desk.lab.id, by, now, opens_at=begun)


def beside(bar: Bar, desk: Desk) -> Bar:
    """The same instructors, and the attempt of somebody else."""
    other = Bar.__new__(Bar)
    other.__dict__ |= bar.__dict__ | {"desk": desk}
    return other


def test_each_attempt_has_its_own_appeals_tokens_and_findings(bar: Bar, desk_of: DeskOf) -> None:
    finding, other = submit(bar.desk, "q1", "3"), beside(bar, desk_of("colleague"))
    theirs = [submit(other.desk, name, value) for name, value in (("q1", "3"), ("q2", "/nothing"))]
    for number, one in enumerate(theirs):
        other.appeal(one.id, key=f"form {number}")
    shown = bar.shown()
    assert (shown.tokens, shown.appeals, [one.id for one in shown.findings]) == (2, (), [finding.id])
    assert bar.appeal(finding.id, key="form 0").finding_id == finding.id
    assert [bar.shown().tokens, other.shown().tokens] == [1, 0]


def test_instructors_see_the_appeals_of_their_organisation_open_ones_first(
    bar: Bar, desk_of: DeskOf, people: People
) -> None:
    first = bar.appeal(submit(bar.desk, "q1", "3").id)
    cast("Clock", bar.clock).forward(minutes=1)
    second = bar.appeal(submit(bar.desk, "q2", "/nothing").id, Kind.QUESTION)
    bar.decide(first, Outcome.DISMISSED)
    elsewhere = beside(bar, desk_of("stranger"))
    theirs = elsewhere.appeal(submit(elsewhere.desk, "q1", "3").id)
    with bar.store.reading() as session:
        home = [one.id for one, _, _ in appeals.listed(session, {people.home})]
        other = [one.id for one, _, _ in appeals.listed(session, {people.elsewhere})]
    assert (home, other) == ([second.id, first.id], [theirs.id])


def test_of_many_decided_appeals_the_newest_are_listed_and_of_open_ones_the_oldest(
    bar: Bar, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for question, value in (("q1", "3"), ("q2", "/nothing"), ("q3", "1"), ("q4", "1")):
        cast("Clock", bar.clock).forward(minutes=1)
        made.append(bar.appeal(submit(bar.desk, question, value).id, Kind.QUESTION))
    for one in made[:2]:
        cast("Clock", bar.clock).forward(minutes=1)
        bar.decide(one, Outcome.ANSWERED)
    monkeypatch.setattr(appeals, "MOST_LISTED", 1)
    with bar.store.reading() as session:
        assert [one.id for one, _, _ in appeals.listed(session, {people.home})] == [made[2].id, made[1].id]
