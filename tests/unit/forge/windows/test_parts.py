import pytest

from training.forge.windows.parts import FullError, Parts, Slots


def test_turns_end_and_the_one_before_goes_on() -> None:
    parts = Parts("x")
    first = parts.name
    with parts.turn("one"):
        with parts.turn("two"):
            assert parts.name == "two"
        assert parts.name == "one"
    assert parts.name == first


def test_a_turn_ends_with_an_error_too() -> None:
    parts = Parts("x")
    first = parts.name
    with pytest.raises(KeyError), parts.turn("one"):
        raise KeyError("one")
    assert parts.name == first


def test_places_follow_from_seed_part_and_number_alone() -> None:
    def taken(seed: str, part: str) -> list[int]:
        parts = Parts(seed)
        with parts.turn(part):
            slots = Slots(parts, "places", 1000)
            return [slots.take() for _ in range(5)]

    assert taken("a", "one") == taken("a", "one")
    assert taken("a", "one") != taken("b", "one")
    assert taken("a", "one") != taken("a", "two")


def test_no_place_is_taken_twice_and_the_last_is_found() -> None:
    slots = Slots(Parts("x"), "places", 100)
    found = [slots.take() for _ in range(90)]
    found += [slots.take(1) for _ in range(10)]
    assert sorted(found) == list(range(100))
    with pytest.raises(FullError):
        slots.take()


def test_rows_of_places_are_free_together() -> None:
    slots = Slots(Parts("x"), "places", 64)
    taken: set[int] = set()
    for length in (1, 7, 16, 2, 9):
        first = slots.take(length)
        row = set(range(first, first + length))
        assert taken.isdisjoint(row)
        assert max(row) < 64
        taken |= row
