"""Variants by seat: rooms of every shape, with gaps, people who have had some, and people at work."""

import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from training.hosting.preparation.seating import Plan, Seating, Spot, arrange

LETTERS = 26


def room(rows: int, across: int) -> dict[Spot, Spot]:
    return {(row, place): (row, place) for row in range(rows) for place in range(across)}


def neighbours(spots: dict[Spot, Spot]) -> list[tuple[Spot, Spot]]:
    beside = [((r, c), other) for r, c in spots for other in ((r, c + 1), (r + 1, c))]
    return [(one, other) for one, other in beside if other in spots]


def clashes(found: Seating[Spot], spots: dict[Spot, Spot]) -> list[tuple[Spot, Spot]]:
    return [
        (one, other)
        for one, other in neighbours(spots)
        if one in found.given and other in found.given and found.given[one] == found.given[other]
    ]


@st.composite
def rooms(draw: st.DrawFn, least: int) -> tuple[dict[Spot, Spot], int, dict[Spot, set[int]]]:
    """A room with free seats, and people who have had some variants; everybody has at least so many to choose from."""
    spots = room(draw(st.integers(1, 8)), draw(st.integers(1, 8)))
    free = draw(st.sets(st.sampled_from(sorted(spots)), max_size=len(spots) - 1))
    spots = {who: spot for who, spot in spots.items() if who not in free}
    variants = draw(st.integers(max(least, 1), 8))
    numbers = st.sets(st.integers(0, variants - 1), max_size=variants - least)
    return spots, variants, {who: draw(numbers) for who in spots}


@given(rooms(least=3))
@try_examples(200)
def test_with_three_to_choose_from_neighbours_always_differ_and_nobody_gets_one_again(
    case: tuple[dict[Spot, Spot], int, dict[Spot, set[int]]],
) -> None:
    spots, variants, had = case
    found = arrange(spots, variants, had)
    assert clashes(found, spots) == []
    assert (found.beside, found.without) == ((), ())
    assert set(found.given) == set(spots)
    assert all(found.given[who] not in had[who] and 0 <= found.given[who] < variants for who in spots)


@given(rooms(least=0))
@try_examples(200)
def test_what_can_not_be_met_is_said_and_nothing_else(
    case: tuple[dict[Spot, Spot], int, dict[Spot, set[int]]],
) -> None:
    spots, variants, had = case
    found = arrange(spots, variants, had)
    assert sorted(found.beside) == sorted(clashes(found, spots))
    assert set(found.without) == {who for who in spots if len(had[who]) == variants}
    assert set(found.given) == set(spots) - set(found.without)
    assert all(number not in had[who] for who, number in found.given.items())
    assert arrange(spots, variants, had) == found


@pytest.mark.parametrize(("rows", "across"), [(5, 6), (1, 9), (9, 1), (10, 6), (3, 7)])
def test_two_variants_are_enough_for_neighbours_and_four_for_corners_too(rows: int, across: int) -> None:
    spots = room(rows, across)
    assert arrange(spots, 2).beside == ()
    found = arrange(spots, 4)
    corners = [
        (one, other)
        for one in spots
        for other in ((one[0] + 1, one[1] + 1), (one[0] + 1, one[1] - 1))
        if other in spots and found.given[one] == found.given[other]
    ]
    assert corners == clashes(found, spots) == []


@pytest.mark.parametrize("variants", [12, 15, LETTERS])
def test_with_two_variants_for_each_seat_of_a_row_equal_ones_are_two_rows_apart(variants: int) -> None:
    found = arrange(room(5, 6), variants)
    assert found.near == 0
    shares = Counter(found.given.values())
    assert max(shares.values()) <= 30 // 12 + 1


def test_the_usual_room_of_thirty_with_four_variants_has_equal_ones_only_in_one_row() -> None:
    found = arrange(room(5, 6), 4)
    same = [(a, b) for a in found.given for b in found.given if a < b and found.given[a] == found.given[b]]
    assert all(a[0] == b[0] and abs(a[1] - b[1]) >= 2 for a, b in same if abs(a[0] - b[0]) < 2)
    assert found.near == len([1 for a, b in same if abs(a[0] - b[0]) < 2])


def test_who_is_at_work_keeps_the_variant_and_others_give_way() -> None:
    spots = room(2, 3)
    kept = {(0, 0): 1, (0, 2): 1}
    found = arrange(spots, 3, {(0, 0): {1}}, kept)
    assert found.given[0, 0] == found.given[0, 2] == 1
    assert found.given[0, 1] != 1
    assert found.beside == ()
    beside = arrange(spots, 3, kept={(0, 0): 1, (0, 1): 1})
    assert beside.beside == (((0, 0), (0, 1)),)


def test_a_way_is_found_where_only_going_back_finds_it() -> None:
    spots = room(1, 4)
    had = {(0, 1): {2}, (0, 2): {0, 2}, (0, 3): {1, 2}}
    found = arrange(spots, 3, had)
    assert found.beside == ()
    assert [found.given[0, place] for place in (1, 2, 3)] == [0, 1, 0]


def test_a_room_of_sixty_that_can_not_be_solved_is_told_soon() -> None:
    spots = room(10, 6)
    had = {who: {2, 3} for who in spots} | {(0, 0): {1, 2, 3}, (9, 5): {0, 2, 3}}  # corners of one colour
    began = time.process_time()
    found = arrange(spots, 4, had)
    assert time.process_time() - began < 5
    assert found.beside
    assert sorted(found.beside) == sorted(clashes(found, spots))


def test_a_plan_knows_its_rows_and_where_a_seat_is() -> None:
    plan = Plan(("01", "02", "03", "04", "05"), 2, 1)
    assert plan.rows == [("01", "02"), ("03", "04"), ("05",)]
    assert (plan.spot("04"), plan.spot("9"), plan.spot(None)) == ((1, 1), None, None)


def test_an_empty_room_has_nothing_to_assign() -> None:
    assert arrange({}, 4) == Seating({}, (), (), 0)
