"""What comes of a row that both sides of a session have, or one of them: merging alone, without a database."""

from typing import Any

import pytest

from training.hosting.carry.merging import UNSURE, Clash, ancestor, merge
from training.hosting.carry.rows import Row, State

SLOT = {"id": "slot", "session_id": "s", "title": "Warm-up", "minutes": 20}
BOARD = {"session_id": "s", "version": 3}
SHEET = {"code": "SHEET", "session_id": "s", "number": 1}
MEMBER = {"session_id": "s", "person_id": "p", "seat": "01"}
PINNED = {"session_id": "s", "kind": "lab", "name": "l", "release_id": "r1"}


def having(table: str, **rows: Row) -> State:
    return {table: rows}


def changed(table: str, ours: Row, theirs: Row, base: Row | None) -> tuple[dict[str, Any], list[Clash]]:
    """The columns that change here, and what can't be made one."""
    before = having(table, key=base) if base is not None else {}
    made = merge(having(table, key=ours), having(table, key=theirs), before)
    assert (made.new, made.gone) == ([], [])
    return {column: value for _, _, values in made.changed for column, value in values.items()}, made.clashes


def test_a_row_never_moves_to_another_session_or_person() -> None:
    theirs = {**MEMBER, "person_id": "q", "seat": "02"}
    values, clashes = changed("session_member", MEMBER, theirs, MEMBER)
    assert values == {"seat": "02"}
    assert [(one.column, one.here, one.there) for one in clashes] == [("person_id", "p", "q")]
    held_to, clashes = changed("session_release", PINNED, {**PINNED, "release_id": "r2"}, PINNED)
    assert (held_to, clashes) == ({"release_id": "r2"}, [])  # a session may be held to another release


def test_what_the_other_side_removed_goes_unless_it_was_worked_on_here_or_never_was_there() -> None:
    other = {**SLOT, "id": "new"}
    ours = having("session_part", slot=SLOT, new=other)
    assert merge(ours, {}, having("session_part", slot=SLOT)).gone == [("session_part", "slot")]
    worked = having("session_part", slot={**SLOT, "minutes": 25})
    assert merge(worked, {}, having("session_part", slot=SLOT)).gone == []
    members = having("session_member", p=MEMBER)
    assert merge(members, {}, members).gone == []  # people are taken out, and never removed


def test_what_was_removed_here_stays_removed_unless_the_other_side_worked_on_it() -> None:
    there, base = having("session_part", slot=SLOT), having("session_part", slot=SLOT)
    assert merge({}, there, base).new == []
    worked = {**SLOT, "title": "Longer warm-up"}
    assert merge({}, having("session_part", slot=worked), base).new == [("session_part", "slot", worked)]
    assert merge({}, there, {}).new == [("session_part", "slot", SLOT)]


def test_the_larger_count_holds_where_both_sides_went_on_counting() -> None:
    for ours, theirs, values in ((5, 7, {"version": 7}), (7, 5, {})):
        here, there = {**BOARD, "version": ours}, {**BOARD, "version": theirs}
        assert changed("session_board", here, there, BOARD) == (values, [])


def test_a_record_that_never_changes_is_told_where_the_other_side_has_another_one() -> None:
    other = {**SHEET, "number": 2}
    assert changed("attendance_sheet", SHEET, other, SHEET) == (
        {},
        [Clash("attendance_sheet", "key", "", SHEET, other)],
    )
    assert changed("attendance_sheet", SHEET, other, other) == ({}, [])  # told when it came


@pytest.mark.parametrize(
    ("ours", "theirs", "values", "clash"),
    [(20, 25, {"minutes": 25}, False), (25, 20, {}, False), (25, 25, {}, False), (25, 30, {}, True)],
)
def test_what_one_side_changed_counts_on_both(ours: int, theirs: int, values: dict[str, int], *, clash: bool) -> None:
    found, clashes = changed("session_part", {**SLOT, "minutes": ours}, {**SLOT, "minutes": theirs}, SLOT)
    assert (found, [one.column for one in clashes]) == (values, ["minutes"] if clash else [])


def base_of(one: State, other: State, first: State) -> State:
    """What both sides once had where two bundles crossed that both went on from a first one."""
    states = {"one": one, "other": other, "first": first}
    knows = {"one": frozenset({"first"}), "other": frozenset({"first"}), "first": frozenset[str]()}
    return ancestor(states, knows, states.__getitem__)


def test_bundles_that_crossed_are_made_one_before_they_count_as_what_both_had() -> None:
    longer, named = {**SLOT, "minutes": 25}, {**SLOT, "title": "Opening"}
    found = base_of(*(having("session_part", slot=row) for row in (longer, named, SLOT)))
    assert found["session_part"]["slot"] == {**SLOT, "minutes": 25, "title": "Opening"}
    found = base_of(having("session_part"), having("session_part", slot=SLOT), having("session_part", slot=SLOT))
    assert found["session_part"] == {}  # removed on one side
    found = base_of(having("session_part"), having("session_part", slot=longer), having("session_part", slot=SLOT))
    assert found["session_part"] == {"slot": longer}  # removed on one side, worked on at the other


def test_a_value_that_two_crossed_bundles_changed_each_in_its_own_way_is_nobodys() -> None:
    rows = ({**SLOT, "minutes": 25}, {**SLOT, "minutes": 30}, SLOT)
    found = base_of(*(having("session_part", slot=row) for row in rows))
    assert found["session_part"]["slot"]["minutes"] is UNSURE
    boards = ({**BOARD, "version": 9}, {**BOARD, "version": 4}, BOARD)
    found = base_of(*(having("session_board", s=row) for row in boards))
    assert found["session_board"]["s"] == {**BOARD, "version": 9}


def test_without_a_bundle_that_both_know_nothing_was_had_by_both() -> None:
    assert ancestor([], {}, dict[str, State]().__getitem__) == {}
