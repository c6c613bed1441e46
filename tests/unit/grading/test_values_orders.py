from __future__ import annotations

import time
from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from training.grading.partial_order import Cycle
from training.grading.values.base import Spec
from training.grading.values.groups import edges, unmet
from training.grading.values.reading import kind_of, read

STEPS = {name: f"The step {name}" for name in "ABCDEx"}
WORK = Spec(type="sequence", steps=STEPS, before={"B": ("A",), "C": ("B",), "D": ("C",), "E": ("C",)})
TOTAL = WORK.model_copy(update={"before": {}})
KEY = tuple("ABCDE")


@pytest.mark.parametrize(
    ("answer", "share"),
    [("ABCED", 1.0), ("ABCDE", 1.0), ("ABECD", 0.6), ("ABCD", 0.8), ("CDEx", 0.4), ("EDCBA", 0.0), ("ABCDEx", 0.8)],
)
def test_examples_of_a_partial_order(answer: str, share: float) -> None:
    value = read(" > ".join(answer), WORK).canon
    kind = kind_of(WORK)
    assert kind.correctness(value, KEY, WORK, {}) == pytest.approx(share)
    assert kind.same(value, KEY, WORK) == (share == 1)


def test_without_needs_the_order_of_the_key_is_the_only_right_one() -> None:
    kind = kind_of(TOTAL)
    assert kind.same(KEY, KEY, TOTAL)
    assert not kind.same(tuple("ABCED"), KEY, TOTAL)
    assert kind.correctness(tuple("ABCED"), KEY, TOTAL, {}) == pytest.approx(0.6)


def test_another_route_is_an_accepted_form_with_steps_of_its_own() -> None:
    assert kind_of(WORK).same(tuple("AxC"), tuple("xAC"), WORK)
    assert not kind_of(WORK).same(tuple("CxA"), tuple("xAC"), WORK), "A comes before C, even where B is no part of it"


@pytest.mark.parametrize(
    ("answer", "first"),
    [("ABCDE", None), ("ABCED", None), ("BACDE", ("A", "B")), ("ACBDE", ("B", "C")), ("E", ("A", "E")), ("xAB", None)],
)
def test_the_first_unmet_need_is_named(answer: str, first: tuple[str, str] | None) -> None:
    assert unmet(tuple(answer), WORK) == first
    assert unmet(tuple(answer), TOTAL) is None


def test_needs_that_lead_in_a_circle_have_no_order() -> None:
    with pytest.raises(Cycle, match="in a circle"):
        edges(WORK.model_copy(update={"before": {"A": ("B",), "B": ("C",), "C": ("A",)}}))


def brute(answer: list[str], key: str, before: set[tuple[str, str]]) -> float:
    """Best over all right orders: what is not in a longest common subsequence is deleted or inserted."""
    right = [order for order in permutations(key) if all(order.index(a) < order.index(b) for a, b in before)]
    for size in range(len(answer), -1, -1):
        kept = set(combinations(answer, size))
        if any(tuple(step for step in order if step in part) == part for order in right for part in kept):
            return max(0.0, 1 - ((len(answer) - size) + (len(key) - size)) / len(key))
    return 0.0


@given(
    st.lists(st.sampled_from("ABCDEx"), unique=True, min_size=1),
    st.dictionaries(st.sampled_from("BCDE"), st.sets(st.sampled_from("ABCD"), max_size=3), max_size=4),
)
@try_examples(150)
def test_equal_to_brute_force(answer: list[str], needs: dict[str, set[str]]) -> None:
    before = {step: tuple(sorted(need for need in all_ if need < step)) for step, all_ in needs.items()}
    pairs = {(need, step) for step, all_ in before.items() for need in all_}
    if not before:  # then the key's order is the only one
        pairs = set(combinations("ABCDE", 2))
    spec = WORK.model_copy(update={"before": before})
    found = kind_of(spec).correctness(tuple(answer), KEY, spec, {})
    assert found == pytest.approx(brute(answer, "ABCDE", pairs))
    assert kind_of(spec).same(tuple(answer), KEY, spec) == (found == 1)


def test_two_hundred_steps_take_less_than_50_milliseconds() -> None:
    names = [f"s{index}" for index in range(200)]
    before = {name: tuple(names[max(0, index - 3) : index]) for index, name in enumerate(names) if index}
    spec = Spec(type="sequence", steps=dict.fromkeys(names, "x"), before=before)
    assert len(edges(spec)) == 199 * 200 // 2
    best = 1.0
    for _ in range(3):
        start = time.process_time()
        share = kind_of(spec).correctness(tuple(reversed(names)), tuple(names), spec, {})
        best = min(best, time.process_time() - start)
        assert share == pytest.approx(0)
    assert best < 0.05


@given(st.lists(st.sampled_from("ABCDE"), unique=True), st.sampled_from("ABCDE"), st.sampled_from([WORK, TOTAL]))
def test_a_right_step_in_some_place_never_lowers_the_score(answer: list[str], more: str, spec: Spec) -> None:
    kind = kind_of(spec)
    before = kind.correctness(tuple(answer), KEY, spec, {})
    longer = [(*answer[:place], more, *answer[place:]) for place in range(len(answer) + 1)]
    best = max(kind.correctness(one, KEY, spec, {}) for one in longer)
    assert best >= before
