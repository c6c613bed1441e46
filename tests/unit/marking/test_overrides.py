"""An instructor's word over that of grading: with a reason, on top of regrades, and back again."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.conftest import People
from tests.unit.labs.conftest import Desk
from tests.unit.marking.regrades import Office, submit
from training.audit.models import Event
from training.errors import Conflict, Refused
from training.grading.amend import Void
from training.labs.models import Finding, Judgement
from training.labs.service import progress
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
    assert back.verdict == finding.verdict
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
