from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.grading.values.base import Misfit, Spec, Unreadable
from training.grading.values.reading import kind_of, read

OPTIONS = {"cron": "a line of cron", "memfd": "a file, in memory", "unit": "a unit", "env": "a variable"}
CHOICES = Spec(type="choices", options=OPTIONS)
EACH = CHOICES.model_copy(update={"method": "each"})
PAIRS = Spec(
    type="matching",
    items={"a": "linux.bash", "b": "linux.psscan", "c": "linux.lsof"},
    options={"1": "typed lines", "2": "ended processes", "3": "open files", "4": "the page cache"},
)
SAID = Spec(type="statement", reasons={"gone": "The process had ended", "held": "A file is held open"})
WHOLE = ("a=1", "b=2", "c=3")


@pytest.mark.parametrize(
    ("text", "spec", "canon", "note"),
    [
        ("unit, cron", CHOICES, ("cron", "unit"), None),
        ("UNIT;a  LINE of cron", CHOICES, ("cron", "unit"), None),
        ("a file, in memory", CHOICES, ("memfd",), None),
        ("a file, in memory\ncron", CHOICES, ("cron", "memfd"), None),
        ("cron, cron", CHOICES, ("cron",), "An option that was named more than once counts once."),
        ("b=2, a=1", PAIRS, ("a=1", "b=2"), None),
        ("a → 1\nLINUX.psscan: ended processes", PAIRS, ("a=1", "b=2"), None),
        ("a -> 2; b=2, a = 2", PAIRS, ("a=2", "b=2"), None),
        ("true: gone", SAID, ("true", "gone"), None),
        ("False, because the process had ended", SAID, ("false", "gone"), None),
        ("F held", SAID, ("false", "held"), None),
        ("no; a file is  HELD open", SAID, ("false", "held"), None),
        ("صحيح: gone", SAID, ("true", "gone"), None),
        ("خطأ: held", SAID, ("false", "held"), None),
    ],
)
def test_reads(text: str, spec: Spec, canon: object, note: str | None) -> None:
    value = read(text, spec)
    assert value.canon == canon
    assert value.notes == ((note,) if note else ())
    assert read(value.text, spec).canon == canon


@pytest.mark.parametrize(
    ("text", "spec", "why"),
    [
        ("cron, x", CHOICES, "'x' is none of: cron, memfd, unit, env."),
        (",;", CHOICES, "No option was chosen."),
        ("a=5", PAIRS, "'5' is none of: 1, 2, 3, 4."),
        ("d=1", PAIRS, "'d' is none of: a, b, c."),
        ("a", PAIRS, "'a' is not a pair."),
        ("a=1, a=2", PAIRS, "'a' has two right sides: give one."),
        (",", PAIRS, "No pair was given."),
        ("true", SAID, "The reason is missing. There are: gone, held."),
        ("true:", SAID, "The reason is missing."),
        ("perhaps: gone", SAID, "'perhaps' is neither true nor false."),
        ("true: x", SAID, "'x' is none of: gone, held."),
    ],
)
def test_refuses(text: str, spec: Spec, why: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(why)) as caught:
        read(text, spec)
    assert caught.value.expected
    assert caught.value.example


@pytest.mark.parametrize(
    ("data", "spec"),
    [
        ("cron", CHOICES), (["x"], CHOICES), ([1], CHOICES), ([], PAIRS), (["a"], PAIRS), (["a=9"], PAIRS),
        ([["a", "1"], ["a", "1"]], PAIRS), ([["a", "1", "2"]], PAIRS), ([True], SAID), ([True, "x"], SAID),
        ("perhaps: gone", SAID), (["yes", "gone"], SAID), (True, SAID),
    ],
)  # fmt: skip
def test_data_that_does_not_fit(data: object, spec: Spec) -> None:
    with pytest.raises(Misfit):
        kind_of(spec).of_data(data, spec)


def test_data_that_fits() -> None:
    assert kind_of(CHOICES).of_data(["unit", "cron"], CHOICES) == ("cron", "unit")
    assert kind_of(PAIRS).of_data([["b", "2"], "a=1"], PAIRS) == ("a=1", "b=2")
    assert kind_of(SAID).of_data([False, "gone"], SAID) == ("false", "gone")
    assert kind_of(SAID).of_data("true: held", SAID) == ("true", "held")


@given(st.permutations(list(OPTIONS)), st.integers(1, 4), st.booleans())
def test_options_in_any_order_and_by_any_name_are_one_answer(order: list[str], size: int, by_text: bool) -> None:  # noqa: FBT001
    chosen = order[:size]
    text = "\n".join(OPTIONS[one].upper() for one in chosen) if by_text else ", ".join(chosen)
    assert read(text, CHOICES).canon == tuple(one for one in OPTIONS if one in chosen)


@pytest.mark.parametrize(
    ("chosen", "net", "each", "coverage"),
    [
        (("cron", "unit"), 1, 1, 1),
        (("cron",), 0.5, 0.75, 0.5),
        (("cron", "memfd"), 0, 0.5, 0.25),
        (tuple(OPTIONS), 0, 0.5, 0.5),
        (("memfd", "env"), 0, 0, 0),
    ],
)
def test_methods_of_several_choices(chosen: tuple[str, ...], net: float, each: float, coverage: float) -> None:
    kind, key = kind_of(CHOICES), ("cron", "unit")
    found = [
        kind.correctness(chosen, key, CHOICES.model_copy(update={"method": method}), {})
        for method in ("net", "each", "coverage", "all")
    ]
    assert found == [net, each, coverage, float(net == 1)]
    assert kind.correctness(chosen, key, EACH, {"memfd": 2.0}) <= each


@given(st.dictionaries(st.sampled_from("abc"), st.sampled_from("1234")))
def test_a_matching_earns_its_share(pairs: dict[str, str]) -> None:
    kind = kind_of(PAIRS)
    value = tuple(f"{left}={pairs[left]}" for left in sorted(pairs))
    share = kind.correctness(value, WHOLE, PAIRS, {})
    assert share == pytest.approx(len(set(value) & set(WHOLE)) / 3)
    assert kind.same(value, WHOLE, PAIRS) == (share == 1)
    assert kind.hits(value, WHOLE, PAIRS) == len(set(value) & set(WHOLE))
    for left in set("abc") - set(pairs):
        more = (*value, *(pair for pair in WHOLE if pair.startswith(left)))
        assert kind.correctness(more, WHOLE, PAIRS, {}) > share


def test_a_left_side_that_belongs_to_nothing_costs_its_share() -> None:
    assert kind_of(PAIRS).correctness(WHOLE, WHOLE[:2], PAIRS, {}) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("value", "share"),
    [(("false", "gone"), 1), (("false", "held"), 0.5), (("true", "gone"), 0), (("true", "held"), 0)],
)
def test_a_statement_earns_half_without_its_reason(value: Any, share: float) -> None:
    key, kind = ("false", "gone"), kind_of(SAID)
    assert kind.correctness(value, key, SAID, {}) == share
    assert kind.hits(value, key, SAID) == (share == 1)
    assert kind.of_cells(["false: gone"], SAID) == ()
