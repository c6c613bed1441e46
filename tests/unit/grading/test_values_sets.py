from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from tests.unit.grading.scripts import SCRIPTS, in_script
from training.grading.values.base import Method, Spec, Unreadable
from training.grading.values.measures import score
from training.grading.values.reading import kind_of, read
from training.grading.values.sets import ELEMENTS

PIDS = Spec(type="set", element="pid")
OFFERED = {name: f"the {name}" for name in ("memfd", "cron", "unit", "ssh", "log", "timer", "udev", "cache")}
METHODS: tuple[Method, ...] = ("net", "coverage", "each", "all")
KEY, OTHERS = (1, 2, 3, 4), tuple(range(5, 50))


def measured(method: Method) -> Spec:
    return PIDS.model_copy(update={"method": method})


@given(st.sets(st.integers(1, 4_194_304), min_size=1, max_size=40), st.randoms(), SCRIPTS)
def test_sets_in_any_order_and_script_are_one_set(pids: set[int], chance: Any, script: int) -> None:
    order = list(pids)
    chance.shuffle(order)
    canon = tuple(sorted(pids))
    assert read(in_script(", ".join(map(str, order)), script), PIDS).canon == canon
    assert read("\n".join(map(hex, order + order)), PIDS).canon == canon


@pytest.mark.parametrize(
    ("element", "text", "canon"),
    [
        ("port", "443/tcp, 53/udp", (53, 443)),
        ("address", "0x20 7f21`c04d5000", (0x20, 0x7F21C04D5000)),
        ("ip", "192[.]0[.]2[.]1, 2001:DB8::1 ::ffff:192.0.2.1", ("192.0.2.1", "2001:db8::1")),
        ("registry", "HKLM\\B\nHKEY_LOCAL_MACHINE\\a", ("hklm\\a", "hklm\\b")),
        ("path", "C:\\X, c:/x, D:\\x", ("c:\\x", "d:\\x")),
        ("hash", f"{'A' * 32}, {'0' * 40}", ("0" * 40, "a" * 32)),
        ("text", "Cron\nsystemd  timer", ("cron", "systemd timer")),
        ("text", "OOT_MODULE,UNSIGNED_MODULE", ("oot_module", "unsigned_module")),
        ("text", "O, E", ("e", "o")),
    ],
)
def test_elements_are_read_as_their_type_does(element: str, text: str, canon: tuple[object, ...]) -> None:
    spec = Spec(type="set", element=element)
    value = read(text, spec)
    assert value.canon == canon
    assert read(value.text, spec).canon == canon
    assert kind_of(spec).data(value.canon, spec) == list(canon)


OTHER = {
    **dict.fromkeys(("pid", "count", "port"), "17"),
    "address": "0xffff1000",
    "ip": "192.0.2.99",
    "endpoint": "192.0.2.99:8080",
    "path": "/other",
    "hash": "0" * 64,
    "registry": "HKLM\\Other",
    "string": "other",
    "text": "other",
    "timestamp": "2026-01-01 00:00:00",
}


@pytest.mark.parametrize("element", ELEMENTS)
def test_values_typed_in_the_form_that_is_told_are_read_one_by_one(element: str) -> None:
    spec = Spec(type="set", element=element)
    between = ", " if "commas" in kind_of(spec).wanted(spec) else "\n"
    value = read(between.join((kind_of(Spec(type=element)).example, OTHER[element])), spec)
    assert isinstance(value.canon, tuple)
    assert len(value.canon) == 2


@pytest.mark.parametrize("element", ELEMENTS)
def test_the_example_of_each_element_type_is_a_set_of_one(element: str) -> None:
    spec = Spec(type="set", element=element)
    value = read(kind_of(Spec(type=element)).example, spec)
    assert isinstance(value.canon, tuple)
    assert len(value.canon) == 1


@given(
    st.sets(st.sampled_from(KEY)),
    st.sets(st.sampled_from(OTHERS)),
    st.dictionaries(st.sampled_from(OTHERS), st.floats(1, 5)),
)
@pytest.mark.parametrize("method", METHODS)
def test_scores_rise_with_right_and_fall_with_wrong_elements(
    method: Method, right: set[int], wrong: set[int], weights: dict[Any, float]
) -> None:
    spec = measured(method).model_copy(update={"options": {str(n): "" for n in (*KEY, *OTHERS)}})
    kind = kind_of(spec)
    found = kind.correctness((*right, *wrong), KEY, spec, weights)
    assert 0 <= found <= 1
    for more in set(KEY) - right:
        assert kind.correctness((*right, more, *wrong), KEY, spec, weights) >= found
    if right or wrong:  # an empty answer is 0 in every method, and no person can give one
        assert kind.correctness((*right, *wrong, 99), KEY, spec, weights) <= found
    assert (found == 1) == (right == set(KEY) and not wrong)
    assert kind.hits((*right, *wrong), KEY, spec) == len(right)


@pytest.mark.parametrize("method", ["net", "coverage", "all"])
@given(st.integers(1, 60), st.integers(1, 60))
def test_naming_everything_of_an_open_list_earns_less_than_half(method: Method, of: int, more: int) -> None:
    """From twice as many elements as the key has, naming all of them is worth less than naming half of the key."""
    everything = score(method, of, [1.0] * (of + more), of, 0)
    assert everything <= 0.5
    if more > 2:
        assert everything == 0


def test_the_table_of_the_four_methods() -> None:
    """N = 20 on offer, c = 4 in the key: all of them, nothing, 3 right and 1 wrong."""
    table = {
        method: [score(method, right, [1.0] * wrong, 4, 20) for right, wrong in ((4, 16), (0, 0), (3, 1))]
        for method in METHODS
    }
    assert table == {
        "all": [0, 0, 0],
        "net": [0, 0, 0.5],
        "coverage": [0, 0, 0.5625],  # 0.2 for all of them, were it not for the limit of 2 c + 2 elements
        "each": [0.2, 0, 0.9],  # 0.8 for nothing, were nothing an answer
    }


def test_coverage_ends_where_a_finding_holds_too_much() -> None:
    assert score("coverage", 4, [1.0] * 6, 4, 0) == 0.4
    assert score("coverage", 4, [1.0] * 7, 4, 0) == 0
    assert score("coverage", 4, [3.0], 4, 0) == pytest.approx(4 / 7)
    assert kind_of(PIDS).correctness((*KEY, *OTHERS), KEY, measured("coverage"), {}) == 0


def test_each_is_never_paid_on_an_open_list() -> None:
    for chosen in product((0, 1), repeat=4):
        right = sum(chosen)
        assert score("each", right, [], 4, 0) == 0
    assert score("each", 2, [], 2, 8) == 1
    assert score("each", 1, [1.0], 2, 8) == 0.75


def test_weights_of_named_elements_count() -> None:
    kind = kind_of(PIDS)
    assert kind.correctness((*KEY, *OTHERS), KEY, PIDS, {}) == 0
    assert kind.correctness((*KEY, 9), KEY, measured("all"), {}) == 0
    assert kind.correctness(KEY, KEY, measured("all"), {}) == 1
    assert kind.correctness((1, 2, 3, 9), KEY, PIDS, {}) == 0.5
    assert kind.correctness((1, 2, 3, 9), KEY, PIDS, {9: 2.0}) == 0.25


def test_a_closed_list_offers_what_it_names() -> None:
    spec = Spec(type="set", element="path", method="each", options={"/a/x": "A", "/b": "B", "/c": "C"})
    assert read("/b, /a//x", spec).canon == ("/a/x", "/b")
    assert kind_of(spec).correctness(("/a/x",), ("/a/x", "/b"), spec, {}) == pytest.approx(2 / 3)
    with pytest.raises(Unreadable, match=re.escape("'/d' is none of: /a/x, /b, /c.")):
        read("/a/x, /d", spec)


TIMES = Spec(type="set", element="timestamp", tolerance=1)


def at(second: int) -> str:
    return f"2026-03-10T12:{second // 60:02}:{second % 60:02}Z"


def test_elements_of_a_set_compare_as_their_type_does() -> None:
    kind = kind_of(TIMES)
    one, other = (at(0), at(5)), (at(1), at(5))
    assert kind.same(one, other, TIMES)
    assert kind.same(other, one, TIMES)
    assert not kind.same(one, one[:1], TIMES)
    assert kind.data(one[:1], TIMES) == [datetime(2026, 3, 10, 12, tzinfo=UTC)]


def most_pairs(left: list[int], right: list[int]) -> int:
    """The most pairs within one second, by trying all."""
    if not left:
        return 0
    head, rest = left[0], left[1:]
    best = most_pairs(rest, right)
    for index, other in enumerate(right):
        if abs(head - other) <= 1:
            best = max(best, 1 + most_pairs(rest, right[:index] + right[index + 1 :]))
    return best


@given(st.sets(st.integers(0, 9), max_size=5), st.sets(st.integers(0, 9), max_size=5))
@try_examples(150)
def test_times_are_paired_in_the_best_way(value: set[int], key: set[int]) -> None:
    found = kind_of(TIMES).hits(tuple(map(at, value)), tuple(map(at, key)), TIMES)
    assert found == most_pairs(sorted(value), sorted(key))
