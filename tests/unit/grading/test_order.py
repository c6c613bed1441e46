from __future__ import annotations

from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from training.grading.partial_order import all_pairs, credit

PAIRS = [*all_pairs("ABCD"), *((step, "E") for step in "ABC")]


@pytest.mark.parametrize(
    ("answer", "share"),
    [("ABCED", 1.0), ("ABECD", 0.6), ("ABCD", 0.8), ("CDEx", 0.4), ("EDCBA", 0.0), ("", 0.0), ("AABCDE", 1.0)],
)
def test_examples_of_the_source(answer: str, share: float) -> None:
    assert credit(answer, "ABCDE", PAIRS) == pytest.approx(share)


def test_no_steps_no_credit() -> None:
    assert credit("A", "", []) == 0


def brute(answer: str, steps: str, before: set[tuple[str, str]]) -> float:
    """Best over all right orders: what is not in a longest common subsequence is deleted or inserted."""
    right = [order for order in permutations(steps) if all(order.index(a) < order.index(b) for a, b in before)]
    best = 0
    for size in range(len(answer), -1, -1):
        kept = set(combinations(answer, size))
        if any(tuple(step for step in order if step in part) == part for order in right for part in kept):
            best = size
            break
    distance = (len(answer) - best) + (len(steps) - best)
    return max(0.0, 1 - distance / len(steps))


@given(
    st.lists(st.sampled_from("ABCDEx"), unique=True),
    st.sets(st.sampled_from(list(combinations("ABCDE", 2)))),
)
@try_examples(150)
def test_equal_to_brute_force(answer: list[str], pairs: set[tuple[str, str]]) -> None:
    closed = set(pairs)
    for _ in "ABCDE":
        closed |= {(a, d) for a, b in closed for c, d in closed if b == c}
    assert credit(answer, "ABCDE", closed) == pytest.approx(brute("".join(answer), "ABCDE", closed))
