"""What is typed and ticked for a question, and not submitted: whose it is, and what a press may put in its place."""

from collections.abc import Callable

import pytest

from tests.unit.labs.conftest import Desk
from training.labs.service import findings, notebook, seeing
from training.labs.service.findings import AtHand, Claimed, mark_of
from training.labs.service.runs import listed

Desks = Callable[[str], Desk]


def keep(desk: Desk, value: str, *cited: int) -> None:
    with desk.rooms.store.writing() as session:
        claimed = Claimed(value, None, cited)
        findings.keep_draft(session, desk.case(session), desk.question("q1"), claimed, desk.rooms.clock())


def fill(desk: Desk, text: str, instead: str = "") -> AtHand:
    with desk.rooms.store.writing() as session:
        return findings.fill(session, desk.case(session), "q1", text, desk.rooms.clock(), instead=instead)


def held(desk: Desk) -> Claimed:
    with desk.rooms.store.reading() as session:
        return findings.held(session, desk.case(session), desk.question("q1"))


def drop(desk: Desk, number: int) -> None:
    with desk.rooms.store.writing() as session:
        notebook.drop(session, desk.case(session), number, desk.rooms.clock())


def cited_rows(desk: Desk) -> list[tuple[tuple[int, int], int]]:
    """Rows that figures mark as cited, with the numbers of their citations."""
    with desk.rooms.store.reading() as session:
        attempt = desk.case(session).attempt
        return sorted(seeing.numbers(session, attempt, listed(session, attempt)).items())


def test_what_was_taken_out_of_the_notebook_is_ticked_no_more(desk: Desk) -> None:
    first, second = desk.cite("linux.psaux", 3), desk.cite("linux.psaux", 4)
    keep(desk, "308", first, second)
    assert held(desk).cited == (first, second)
    drop(desk, first)
    assert held(desk).cited == (second,)


@pytest.mark.parametrize("instead", ["", "00000000", mark_of("309")])
def test_a_press_overwrites_no_value_but_the_one_that_its_page_showed(desk: Desk, instead: str) -> None:
    keep(desk, "308")
    assert fill(desk, "310", instead).typed == "308"
    assert held(desk).value == "308"
    assert fill(desk, "310", mark_of("308")).typed == "310"
    assert held(desk).value == "310"


def test_figures_mark_the_rows_that_somebody_cites_now_and_nobody_elses(desk_of: Desks) -> None:
    desk, colleague = desk_of("trainee"), desk_of("colleague")
    for one, row in ((desk, 3), (desk, 4), (colleague, 3), (colleague, 7)):
        one.cite("linux.psaux", row)
    assert cited_rows(desk) == [((1, 3), 1), ((1, 4), 2)]
    drop(desk, 1)
    assert cited_rows(desk) == [((1, 4), 2)]
    assert cited_rows(colleague) == [((1, 3), 1), ((1, 7), 2)]
