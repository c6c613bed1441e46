"""What comes of a row that both sides of a session have, or one of them: merging alone, without a database."""

from typing import Any

import pytest

from training.hosting.carry.merging import UNSURE, Clash, ancestor, compared, largest, merge
from training.hosting.carry.rows import Row, State
from training.hosting.carry.tables import BY_NAME

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


def test_a_value_that_one_side_lacked_counts_as_changed_by_both_where_nothing_says_what_both_had() -> None:
    ours, theirs = {**SLOT, "note": None}, {**SLOT, "note": "bring cables"}
    told = Clash("session_part", "key", "note", None, "bring cables")
    for base in (None, {}, SLOT):
        assert changed("session_part", ours, theirs, base) == ({}, [told])
    assert changed("session_part", ours, theirs, ours) == ({"note": "bring cables"}, [])
    here = having("session_part", slot=ours)
    assert merge(here, {}, having("session_part", slot=SLOT)).gone == []  # not known to be as it was
    assert merge(here, {}, here).gone == [("session_part", "slot")]


def test_what_was_unsure_is_told_whatever_either_side_says_of_it() -> None:
    rows = ({**SLOT, "minutes": 25}, {**SLOT, "minutes": 30}, SLOT)
    base = base_of(*(having("session_part", slot=row) for row in rows))
    assert not any(one == UNSURE for one in (25, UNSURE))
    for ours, theirs in ((25, 30), (30, 25), (25, 40), (40, 20)):
        here, there = (having("session_part", slot={**SLOT, "minutes": one}) for one in (ours, theirs))
        made = merge(here, there, base)
        assert (made.changed, made.clashes) == ([], [Clash("session_part", "slot", "minutes", ours, theirs)])


def test_all_that_is_to_be_done_is_told_with_its_table_and_its_key() -> None:
    base: State = {"session_part": {"a": SLOT, "b": SLOT, "c": SLOT}, "session_member": {"p": MEMBER}}
    ours: State = {
        "session_part": {"a": {**SLOT, "minutes": 1, "title": "One"}, "b": SLOT, "c": SLOT},
        "session_member": {"p": MEMBER},
        "hint_taken": {"h": {"attempt_id": "x", "price": 1}},
    }
    theirs: State = {
        "session_part": {
            "d": SLOT,
            "a": {**SLOT, "minutes": 2, "title": "Two"},
            "b": {**SLOT, "title": "B", "minutes": 9},
        },
        "session_member": {"p": {**MEMBER, "person_id": "q", "session_id": "t"}},
        "hint_taken": {"h": {"attempt_id": "x", "price": 2}},
        "attendance_sheet": {"s": SHEET},
    }
    made = merge(ours, theirs, base)
    assert made.new == [("session_part", "d", SLOT), ("attendance_sheet", "s", SHEET)]
    assert made.changed == [("session_part", "b", {"title": "B", "minutes": 9})]
    assert made.gone == [("session_part", "c")]
    assert made.clashes == [
        Clash("session_part", "a", "title", "One", "Two"),
        Clash("session_part", "a", "minutes", 1, 2),
        Clash("session_member", "p", "session_id", "s", "t"),
        Clash("session_member", "p", "person_id", "p", "q"),
    ]


def test_numbers_given_where_a_row_is_kept_and_what_never_leaves_are_not_compared() -> None:
    row = {"id": "r", "number": 1, "current": True, "published_by": "p", "name": "lab"}
    assert compared(BY_NAME["release"], row) == ["id", "name"]
    record = {"id": "m", "session_id": "s", "number": 4, "text": "Lunch"}
    assert changed("session_message", record, {**record, "number": 9, "text": "Dinner"}, record) == (
        {"text": "Dinner"},
        [],
    )


@pytest.mark.parametrize(
    ("one", "other", "larger"), [(1, 2, 2), (2, 1, 2), (None, 1, 1), (1, None, 1), (None, None, None), ("a", "b", "b")]
)
def test_nothing_is_less_than_anything(one: Any, other: Any, larger: Any) -> None:
    assert largest(one, other) == larger


def test_a_bundle_that_another_one_went_on_from_is_not_asked_again() -> None:
    asked: list[str] = []
    rows = {"b": having("session_member", p=MEMBER, q=MEMBER), "a": having("session_member", p=MEMBER)}

    def state(name: str) -> State:
        asked.append(name)
        return rows[name]

    assert ancestor(["b", "a"], {"b": frozenset(), "a": frozenset({"b"})}, state) == rows["a"]
    assert asked == ["a"]


def test_three_bundles_that_crossed_are_held_against_what_each_two_of_them_knew() -> None:
    first = having("session_part", slot=SLOT)
    states = {
        "p": first,
        "a": having("session_part", slot={**SLOT, "minutes": 25}),
        "b": having("session_part", slot={**SLOT, "minutes": 25}, more=SLOT),
        "c": having("session_part", slot={**SLOT, "title": "Opening"}),
    }
    knows = {
        "a": frozenset({"p"}),
        "b": frozenset({"p"}),
        "c": frozenset({"p", "of somebody else"}),
        "p": frozenset[str](),
    }
    found = ancestor(states, knows, states.__getitem__)["session_part"]
    assert found == {"slot": {**SLOT, "minutes": 25, "title": "Opening"}, "more": SLOT}
    knows |= {"b": frozenset[str]()}  # it doesn't know the first one; the third one still shares that with the other
    states["b"] = having("session_part", more=SLOT)
    found = ancestor(states, knows, states.__getitem__)["session_part"]
    assert found == {"slot": {**SLOT, "minutes": 25, "title": "Opening"}, "more": SLOT}


def test_crossed_bundles_keep_the_larger_count_and_are_unsure_of_what_neither_says_was_there() -> None:
    for left, right in ((9, 4), (4, 9)):
        boards = ({**BOARD, "version": left}, {**BOARD, "version": right}, BOARD)
        found = base_of(*(having("session_board", s=row) for row in boards))
        assert found["session_board"]["s"] == {**BOARD, "version": 9}
    rows = ({**SLOT, "note": None}, {**SLOT, "note": "x"})
    left_row, right_row = rows
    found = base_of(having("session_part", slot=left_row), having("session_part", slot=right_row), {})
    assert found["session_part"]["slot"]["note"] is UNSURE
    assert {name: value for name, value in found["session_part"]["slot"].items() if name != "note"} == SLOT
    members = having("session_member", p=MEMBER)
    assert base_of(members, {}, members)["session_member"] == {"p": MEMBER}  # people are never removed
