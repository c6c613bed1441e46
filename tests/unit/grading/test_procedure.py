from __future__ import annotations

from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.examples import try_examples
from training.grading import partial_order
from training.grading.partial_order import Cycle
from training.grading.procedure import Act, Breadth, Done, Kind, Procedure, Score, Yield, observed, score

STEPS = "ABCDE"
NEEDS = partial_order.closure([("A", "B"), ("B", "C"), ("C", "D"), ("C", "E")])
edges = st.sets(st.tuples(st.sampled_from(STEPS), st.sampled_from(STEPS)).filter(lambda pair: pair[0] < pair[1]))


def brute_distance(answer: str, before: frozenset[tuple[str, str]]) -> int:
    """Least over all right orders: what is not in a longest common subsequence is deleted or inserted."""
    right = [order for order in permutations(STEPS) if all(order.index(a) < order.index(b) for a, b in before)]
    return min(len(answer) + len(STEPS) - 2 * common(answer, order) for order in right)


def common(one: str, other: tuple[str, ...]) -> int:
    lengths = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one, 1):
        for j, b in enumerate(other, 1):
            best = max(lengths[i - 1][j], lengths[i][j - 1])
            lengths[i][j] = lengths[i - 1][j - 1] + 1 if a == b else best
    return lengths[-1][-1]


@given(st.lists(st.sampled_from("ABCDEx"), unique=True).map("".join), edges)
@try_examples(200)
def test_the_distance_is_that_of_all_right_orders_tried_out(answer: str, pairs: set[tuple[str, str]]) -> None:
    before = partial_order.closure(pairs)
    assert partial_order.distance(answer, STEPS, before) == brute_distance(answer, before)


@given(edges)
def test_the_closure_is_what_repeated_joining_gives(pairs: set[tuple[str, str]]) -> None:
    joined = set(pairs)
    for _ in STEPS:
        joined |= {(a, d) for a, b in joined for c, d in joined if b == c}
    assert partial_order.closure(pairs) == joined


@pytest.mark.parametrize(
    "pairs", [[("A", "A")], [("A", "B"), ("B", "C"), ("C", "A")], [("x", "A"), ("A", "B"), ("B", "A")]]
)
def test_a_circle_is_named_step_by_step(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(Cycle) as caught:
        partial_order.closure(pairs)
    steps = caught.value.steps
    assert str(caught.value) == f"these steps need each other in a circle: {' → '.join(map(str, steps))}"
    assert steps[0] == steps[-1]
    assert set(pairwise(steps)) <= set(pairs)


def test_two_hundred_steps_in_the_reverse_order_lose_all_but_one() -> None:
    order = list(range(200))
    pairs = partial_order.closure(pairwise(order))
    assert len(pairs) == 200 * 199 // 2
    assert partial_order.distance(order, order, pairs) == 0
    assert partial_order.distance(order[::-1], order, pairs) == 2 * 199
    assert partial_order.credit(order[::-1], order, pairs) == 0


@pytest.mark.parametrize(
    ("answer", "unmet"),
    [("ABCED", None), ("ABECD", ("C", "E")), ("CDE", ("A", "C")), ("", None), ("xE", ("A", "E")), ("AABCDE", None)],
)
def test_the_first_unmet_need_is_one_that_can_be_done_at_once(answer: str, unmet: tuple[str, str] | None) -> None:
    assert partial_order.first_unmet(answer, STEPS, NEEDS) == unmet
    assert partial_order.first_unmet(answer, STEPS[::-1], NEEDS) == unmet, "in whatever order the author names them"


def test_a_need_of_a_step_that_is_not_asked_for_is_none() -> None:
    pairs = [("A", "B"), ("B", "C"), ("C", "D")]
    assert partial_order.first_unmet("CB", "BC", pairs) == ("B", "C")
    assert partial_order.first_unmet("BC", "BC", pairs) is None
    assert partial_order.distance("CB", "BC", pairs) == 2


@given(st.permutations(STEPS), edges)
def test_there_is_an_unmet_need_exactly_where_something_is_lost(answer: list[str], pairs: set[tuple[str, str]]) -> None:
    before = partial_order.closure(pairs)
    whole = partial_order.credit(answer, STEPS, before) == 1
    assert (partial_order.first_unmet(answer, STEPS, before) is None) == whole


PROCEDURE = Procedure.model_validate(
    {
        "steps": [
            {"id": "verify", "text": "The hash was verified", "seen": [{"verified": True}]},
            {
                "id": "identify",
                "text": "The system was identified",
                "seen": [{"run": ["banners"]}],
                "needs": ["verify"],
            },
            {
                "id": "list",
                "text": "Processes were listed",
                "seen": [{"run": ["linux.pslist", "linux.pstree"]}, {"cited": ["linux.psaux"]}],
                "needs": ["identify"],
                "unmet": "Identify before you list.",
            },
            {"id": "conclude", "text": "A finding was submitted", "seen": [{"finding": ["any"]}], "needs": ["list"]},
            {"id": "second", "text": "It was corroborated", "seen": [{"corroborated": ["q1"]}], "needs": ["list"]},
        ]
    }
)
VERIFIED, BANNERS, PSLIST = Act(Kind.VERIFIED), Act(Kind.RUN, "banners"), Act(Kind.RUN, "linux.pslist")
FOUND, SECOND = Act(Kind.FINDING, "q4"), Act(Kind.CORROBORATED, "q1")


def share(*acts: Act) -> float:
    return score(PROCEDURE, acts, [], []).share


def test_all_steps_in_any_right_order_make_the_whole_score() -> None:
    assert share(VERIFIED, BANNERS, PSLIST, FOUND, SECOND) == 1
    assert share(VERIFIED, BANNERS, PSLIST, SECOND, FOUND) == 1
    assert share() == 0


def test_a_step_counts_where_it_was_first_done_and_other_acts_do_not_count() -> None:
    again = (VERIFIED, Act(Kind.RUN, "linux.lsof"), BANNERS, PSLIST, BANNERS, FOUND, VERIFIED, SECOND, PSLIST)
    assert observed(PROCEDURE, again) == ("verify", "identify", "list", "conclude", "second")
    assert share(*again) == 1
    late = (BANNERS, PSLIST, FOUND, SECOND, VERIFIED)
    assert share(*late) == pytest.approx(1 - 2 / 5), "one deletion and one insertion"
    assert share(*late, VERIFIED, *late) == share(*late), "doing it all again repairs nothing"


def test_what_was_left_out_costs_one_step() -> None:
    assert share(BANNERS, PSLIST, FOUND, SECOND) == pytest.approx(0.8)
    assert share(VERIFIED, BANNERS, PSLIST) == pytest.approx(0.6)


def test_the_sentence_names_the_first_need_that_was_not_met() -> None:
    assert score(PROCEDURE, (VERIFIED, BANNERS, PSLIST), [], []).sentence == ""
    hurried = score(PROCEDURE, (BANNERS, VERIFIED, PSLIST), [], [])
    assert hurried.first is not None
    assert [step.id for step in hurried.first] == ["verify", "identify"]
    assert hurried.sentence == "The hash was verified belongs before this: The system was identified"
    assert score(PROCEDURE, (VERIFIED, PSLIST), [], []).sentence == "Identify before you list."


def test_each_step_is_told_with_its_place_and_what_should_have_come_before() -> None:
    verify, identify, listing, conclude, second = PROCEDURE.steps
    assert score(PROCEDURE, (FOUND, VERIFIED, SECOND), [], []) == Score(
        share=1 - 4 / 5,  # of three steps one is out of place, and three are missing
        done=(
            Done(verify, 2),
            Done(identify, None),
            Done(listing, None),
            Done(conclude, 1, (verify, identify, listing)),
            Done(second, 3, (identify, listing)),
        ),
        first=(verify, conclude),
        breadth=Breadth(0, 0, 0),
        yielded=Yield(0, 0),
    )


@pytest.mark.parametrize("turned", [1, -1])
def test_one_act_that_shows_two_steps_shows_them_in_a_right_order(turned: int) -> None:
    steps = [
        {"id": "late", "text": "b", "seen": [{"run": ["banners"]}], "needs": ["soon"]},
        {"id": "soon", "text": "a", "seen": [{"run": ["banners"]}]},
    ]
    both = Procedure.model_validate({"steps": steps[::turned]})
    assert observed(both, [BANNERS]) == ("soon", "late")
    assert score(both, [BANNERS], [], []).share == 1


def test_breadth_and_yield_stand_beside_the_score_and_change_nothing_in_it() -> None:
    acts = (VERIFIED, BANNERS)
    bare = score(PROCEDURE, acts, [], [])
    busy = score(
        PROCEDURE,
        acts,
        [("banners", False), ("linux.pslist", True), ("linux.lsof", True)],
        ["linux.pslist", "linux.bash"],
    )
    assert busy.share == bare.share
    assert (busy.breadth.used, busy.breadth.relevant, busy.breadth.others) == (1, 2, 2)
    assert (busy.yielded.cited, busy.yielded.runs) == (2, 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"needs": ["nothing"]}, "'nothing', which is no step"),
        ({"id": "list"}, "two steps are named 'list'"),
        ({"seen": []}, "at least 1 item"),
        ({"seen": [{}]}, "exactly one of"),
        ({"seen": [{"run": ["banners"], "verified": True}]}, "exactly one of"),
        ({"seen": [{"verified": False}]}, "Input should be True"),
    ],
)
def test_a_procedure_that_makes_no_sense_is_refused(change: dict[str, object], message: str) -> None:
    steps = [step.model_dump(exclude_defaults=True) for step in PROCEDURE.steps]
    with pytest.raises(ValidationError, match=message):
        Procedure.model_validate({"steps": [{**steps[0], **change}, *steps[1:]]})


def test_steps_that_need_each_other_in_a_circle_have_no_order() -> None:
    steps = [step.model_dump(exclude_defaults=True) for step in PROCEDURE.steps]
    made = Procedure.model_validate({"steps": [{**steps[0], "needs": ["list"]}, *steps[1:]]})
    with pytest.raises(Cycle, match="in a circle: "):
        _ = made.order
