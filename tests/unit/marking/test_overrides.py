"""An instructor's word over that of grading: with a reason, on top of regrades, and back again."""

from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.conftest import People
from tests.examples import try_examples
from tests.unit.labs.conftest import Desk
from tests.unit.marking.regrades import Office, proof, submit
from training.audit.models import Event
from training.errors import Conflict, Refused
from training.grading.amend import Accept, Void, Worth
from training.grading.judge import State, Verdict
from training.labs.models import Finding, Judgement
from training.labs.service import findings, progress, rules
from training.marking.service import judgements, overrides

DeskOf = Callable[[str], Desk]
VOID = Void(question="q1", reason="Two processes fit.")


@pytest.fixture
def office(desk: Desk, people: People) -> Office:
    return Office(desk, people)


def withdraw(office: Office, desk: Desk, finding: UUID, seen: int, reason: str = "It was the wrong row.") -> Judgement:
    with office.store.writing() as session:
        here = session.get_one(Finding, finding)
        case, by = desk.case(session), office.people["instructor"]
        return overrides.withdraw(session, case, here, reason, seen, by, office.sources, office.clock())


def test_an_override_counts_with_its_reason_and_spends_the_try_as_before(desk: Desk, office: Office) -> None:
    finding = submit(desk, "q1", "3")
    made = office.override(desk, finding.id, 0.5)
    with office.store.reading() as session:
        stands = progress.progress_of_all(session, desk.case(session))["q1"]
        event = session.scalars(select(Event).filter_by(act="override.made")).one()
    assert (made.origin, made.seq, made.judged, made.credit) == ("override", 1, True, 0.5)
    assert made.verdict["shows"] == "It is what the row shows."
    assert made.verdict["understood"] == "3"
    assert (made.verdict["points"], made.verdict["solved"]) == (5, False)
    assert (stands.standing.points, stands.standing.tries) == (5, 1)
    assert (event.details["from"], event.details["to"]) == (0, 0.5)
    assert "row shows" not in str(event.details)


def test_the_same_request_again_changes_nothing_and_an_older_page_is_refused(desk: Desk, office: Office) -> None:
    finding = submit(desk, "q1", "3")
    first = office.override(desk, finding.id, 0.5)
    assert office.override(desk, finding.id, 0.5).id == first.id
    with pytest.raises(Conflict, match="since you opened the page"):
        office.override(desk, finding.id, 0.75, seen=0)
    with pytest.raises(Conflict, match="since you opened the page"):
        office.override(desk, finding.id, 0.5, by=office.people["host"])
    assert office.override(desk, finding.id, 0.75, seen=1).seq == 2


@pytest.mark.parametrize("credit", [-0.1, 1.01, float("nan"), float("inf")])
def test_a_credit_out_of_range_is_refused(desk: Desk, office: Office, credit: float) -> None:
    finding = submit(desk, "q1", "3")
    with pytest.raises(Refused, match="from 0 to 1"):
        office.override(desk, finding.id, credit)
    assert office.credits() == {finding.id: (True, 0.0)}


def test_nobody_overrides_their_own_work(desk_of: DeskOf, people: People) -> None:
    desk = desk_of("instructor")
    office = Office(desk, people)
    finding = submit(desk, "q1", "3")
    with pytest.raises(Refused, match="your own work"):
        office.override(desk, finding.id, 1.0)
    assert office.credits() == {finding.id: (True, 0.0)}


def test_withdrawing_gives_back_what_stood_and_a_regrade_may_touch_it_again(desk: Desk, office: Office) -> None:
    finding = submit(desk, "q1", "3")
    office.override(desk, finding.id, 0.5)
    back = withdraw(office, desk, finding.id, 1)
    assert Verdict.model_validate(back.verdict) == Verdict.model_validate(finding.verdict)
    assert withdraw(office, desk, finding.id, 1).id == back.id
    with pytest.raises(Conflict, match="no override"):
        withdraw(office, desk, finding.id, 2, "Once more, by mistake.")
    seen = office.look(VOID)
    assert seen.held == ()
    assert [one.finding.id for one in seen.moved] == [finding.id]


def test_withdrawing_one_of_two_overrides_gives_the_first_back(desk: Desk, office: Office) -> None:
    finding = submit(desk, "q1", "3")
    office.override(desk, finding.id, 0.5)
    office.override(desk, finding.id, 0.75, seen=1)
    assert withdraw(office, desk, finding.id, 2).credit == 0.5
    assert [one.id for _, _, one in office.look(VOID).held] == [finding.id]


def test_after_a_regrade_in_between_the_rules_in_force_decide(desk: Desk, office: Office) -> None:
    finding = submit(desk, "q1", "3")
    office.override(desk, finding.id, 0.5)
    office.apply(office.look(VOID))
    assert office.credits() == {finding.id: (True, 0.5)}
    back = withdraw(office, desk, finding.id, 1)
    assert (back.origin, back.credit, back.by) == ("regrade", 1.0, office.people["instructor"])
    assert office.look(VOID).empty
    with office.store.reading() as session:
        chain = judgements.chain(session.get_one(Finding, finding.id))
    assert [one.by_hand for one in chain] == [False, True, False]


def test_withdrawals_take_one_override_after_the_other_off(desk: Desk, office: Office) -> None:
    finding = submit(desk, "q1", "3")
    office.override(desk, finding.id, 0.5)
    office.override(desk, finding.id, 0.75, seen=1)
    office.override(desk, finding.id, 0.25, seen=2)
    given = [withdraw(office, desk, finding.id, seen).credit for seen in (3, 4, 5)]
    assert given == [0.75, 0.5, 0.0]
    with pytest.raises(Conflict, match="no override"):
        withdraw(office, desk, finding.id, 6, "Once more, by mistake.")
    office.override(desk, finding.id, 0.5, seen=6)
    assert withdraw(office, desk, finding.id, 7).credit == 0.0


def test_an_override_that_says_again_what_stood_before_is_no_withdrawal(desk: Desk, office: Office) -> None:
    finding = submit(desk, "q1", "3")
    office.override(desk, finding.id, 0.5)
    office.override(desk, finding.id, 0.75, seen=1)
    office.override(desk, finding.id, 0.5, seen=2)
    assert [withdraw(office, desk, finding.id, seen).credit for seen in (3, 4, 5)] == [0.75, 0.5, 0.0]


def test_a_withdrawal_with_the_words_of_the_override_is_not_taken_for_it(desk: Desk, office: Office) -> None:
    finding = submit(desk, "q1", "3")
    made = office.override(desk, finding.id, 0.5)
    assert withdraw(office, desk, finding.id, 1, made.reason).credit == 0.0
    assert office.override(desk, finding.id, 0.5, seen=2).seq == 3


CREDITS = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
STEPS = st.lists(st.tuples(st.sampled_from(["override", "mark", "appeal", "regrade", "ticked"]), CREDITS), max_size=4)
REGRADES = (Accept(question="q1", value="3", credit=0.5), Accept(question="q1", value="3", credit=1.0))


def test_as_many_withdrawals_as_overrides_give_back_what_stood_before(desk: Desk, office: Office) -> None:
    finding = submit(desk, "q1", "3", proof(desk)).id

    @try_examples(12)
    @given(STEPS, st.lists(CREDITS, min_size=1, max_size=4), st.integers(0, 4))
    def any_history(steps: list[tuple[str, float]], overrides_made: list[float], withdrawn: int) -> None:
        for act, credit in steps:
            _stepped(office, desk, finding, act, credit)
        stood = [_stands(office, finding)]
        for number, credit in enumerate(overrides_made):
            _said(office, desk, finding, "override", credit, f"Row {number} shows it.")
            stood.append(_stands(office, finding))
        for number in range(len(overrides_made)):
            if number == withdrawn:
                office.apply(office.look(*office_amendments(office)))  # a regrade passes an override by
            _taken_off(office, desk, finding)
            stood.pop()
            assert _stands(office, finding) == stood[-1]

    any_history()


def office_amendments(office: Office) -> tuple[Accept, ...]:
    """The amendments in force, so that a regrade comes in between and says nothing else."""
    present = office.look().scope.version
    return tuple(Accept.model_validate(one) for one in present.amendments) if present else ()


def _stepped(office: Office, desk: Desk, finding: UUID, act: str, credit: float) -> None:
    if act in {"regrade", "ticked"}:
        office.apply(office.look(REGRADES[credit > 0.5], ticked=[finding] if act == "ticked" else []))
    else:
        _said(office, desk, finding, act, credit, f"It is worth {credit}.")


def _said(office: Office, desk: Desk, finding: UUID, origin: str, credit: float, why: str) -> None:
    with office.store.writing() as session:
        one, by, now = session.get_one(Finding, finding), office.people["instructor"], office.clock()
        past = judgements.before(session, one)
        verdict = judgements.decided(desk.question("q1"), one, past, credit, why)
        judgements.write(one, origin, verdict, why, by, None, now)


def _taken_off(office: Office, desk: Desk, finding: UUID) -> None:
    with office.store.reading() as session:
        seen = len(session.get_one(Finding, finding).judgements)
    withdraw(office, desk, finding, seen)


def _stands(office: Office, finding: UUID) -> tuple[float, bool, bool]:
    """Credit, whether a person decided it, and whether an override stands."""
    with office.store.reading() as session:
        newest = judgements.chain(session.get_one(Finding, finding))[-1]
        return Verdict.model_validate(newest.verdict).credit, newest.by_hand, overrides.overridden(newest)


def test_an_override_goes_by_the_points_that_are_in_force(desk: Desk, office: Office) -> None:
    finding = submit(desk, "q1", "3")
    office.apply(office.look(Worth(question="q1", points=(100.0, 50.0))))
    with office.store.reading() as session:
        seen = len(session.get_one(Finding, finding.id).judgements)
    made = office.override(desk, finding.id, 1.0, seen)
    with office.store.reading() as session:
        stands = progress.progress_of_all(session, desk.case(session))["q1"].standing
    assert (made.verdict["points"], made.verdict["tries_left"]) == (100, 1) == (stands.points, stands.tries_left)


def test_a_question_that_the_rules_in_force_do_not_have_is_not_judged(
    desk: Desk, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = submit(desk, "q1", "3")
    monkeypatch.setattr(rules, "of", lambda *_: rules.Rules(1, (), {}))
    with pytest.raises(Conflict, match="no question q1"):
        office.override(desk, finding.id, 1.0)
    assert office.credits() == {finding.id: (True, 0.0)}


def test_a_finding_that_was_never_judged_does_not_push_back_a_try_that_paid(desk: Desk, office: Office) -> None:
    first, second = submit(desk, "q1", "4"), submit(desk, "q1", "3")
    _doubted(office, first.id)
    office.override(desk, second.id, 1.0)
    with pytest.raises(Refused, match="Try 2 of this question is judged already"):
        office.override(desk, first.id, 0.0, seen=1)
    with office.store.reading() as session:
        assert progress.progress_of_all(session, desk.case(session))["q1"].standing.points == 10
    other = submit(desk, "q2", "/nothing")
    assert office.override(desk, other.id, 0.5).credit == 0.5


def _doubted(office: Office, finding: UUID) -> None:
    with office.store.writing() as session:
        one, by = session.get_one(Finding, finding), office.people["host"]
        doubted = Verdict.model_validate(one.verdict).model_copy(update={"state": State.UNJUDGED})
        judgements.write(one, "mark", doubted, "Nobody can tell.", by, None, office.clock())


def test_later_tries_of_other_questions_and_people_push_nothing_back(
    desk: Desk, desk_of: DeskOf, office: Office
) -> None:
    first, colleague = submit(desk, "q1", "4"), desk_of("colleague")
    _doubted(office, first.id)
    for at, name, values in ((desk, "q2", ("/nothing", "/more")), (colleague, "q1", ("3", "5"))):
        for value in values:
            submit(at, name, value)
    assert office.override(desk, first.id, 0.5, seen=1).credit == 0.5


def test_before_a_finding_lies_what_was_done_on_its_question_in_its_attempt(
    desk: Desk, desk_of: DeskOf, office: Office
) -> None:
    colleague = desk_of("colleague")
    submit(colleague, "q1", "3")
    hint(colleague, "q1")
    for name in ("q1", "q2"):
        submit(desk, name, "3" if name == "q1" else "/nothing")
        hint(desk, name)
    submit(colleague, "q1", "4")
    late = submit(desk, "q1", "5")
    hint(desk, "q1", 2)
    with office.store.reading() as session:
        past = judgements.before(session, session.get_one(Finding, late.id))
    assert [type(one).__name__ for one in past.events] == ["Tried", "Hinted"]


def hint(desk: Desk, name: str, number: int = 1) -> None:
    with desk.rooms.store.writing() as session:
        findings.take_hint(session, desk.case(session, lock=True), desk.question(name), number, desk.rooms.clock())
