"""The seven steps: the worked example comes out exactly, and what is suppressed can't be worked out."""

import json
from fractions import Fraction
from statistics import quantiles
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.assessment_place import example
from training.assessment.scoring import document
from training.assessment.scoring.cells import quantile
from training.assessment.scoring.corrected import too_few
from training.assessment.scoring.exact import fraction, shown
from training.assessment.scoring.given import RULES, Answers, Asked, Given, merged, natural
from training.assessment.scoring.public import public
from training.assessment.scoring.result import Result, score

LEVELS = st.one_of(
    st.builds(lambda level, grade: f"{level}{grade}", st.integers(0, 4), st.sampled_from("dovn")),
    st.sampled_from(["dk", "-", "na"]),
)
CODES = ("D1.1", "D2.4", "D4.3")


@st.composite
def rounds(draw: st.DrawFn, fewest: int = 0) -> Given:
    groups = ("S", "P", "A")
    targets = st.integers(0, 8).map(lambda n: Fraction(n, 2))
    shares = st.sampled_from([Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(1)])
    asked = tuple(Asked(code, groups, draw(st.integers(1, 3)), draw(shares), draw(targets), (1, 2)) for code in CODES)
    people = draw(st.lists(st.tuples(st.sampled_from(groups), *[LEVELS] * len(CODES)), min_size=fewest, max_size=30))
    answers = tuple(
        Answers(str(n), group, dict(zip(CODES, said, strict=True))) for n, (group, *said) in enumerate(people)
    )
    return Given(RULES, asked, answers)


def test_the_worked_example_comes_out_exactly() -> None:
    found = document.result(score(document.read(example("given"))))
    assert found == example("result")
    assert json.dumps(found) == json.dumps(example("result"))


def test_the_worked_example_is_written_as_it_was_read() -> None:
    assert document.written(document.read(example("given"))) == example("given")


@pytest.mark.parametrize(
    ("value", "text"),
    [("1/2", "0.50"), ("1/200", "0.01"), ("5/8", "0.63"), ("13/24", "0.54"), ("77/46", "1.67"), ("9035/5244", "1.72")],
)
def test_numbers_are_shown_with_halves_away_from_zero(value: str, text: str) -> None:
    assert shown(Fraction(value)) == text
    assert shown(-Fraction(value)) == f"-{text}"


def test_a_number_that_rounds_to_nothing_has_no_sign() -> None:
    assert shown(Fraction(-1, 1000)) == "0.00"


@pytest.mark.parametrize("text", ["1.5", "1/0", "", "-1", "1e9", "1/2/3", "٣"])
def test_what_is_no_fraction_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no fraction"):
        fraction(text)


@given(st.lists(st.integers(0, 4), min_size=5, max_size=40))
def test_quartiles_are_those_of_the_standard_library(values: list[int]) -> None:
    held = sorted(values)
    ours = [quantile(held, Fraction(n, 4)) for n in (1, 2, 3)]
    assert [float(one) for one in ours] == quantiles(held, n=4, method="inclusive")


@given(rounds(), st.data())
def test_what_a_suppressed_cell_holds_changes_nothing_that_is_shown(held: Given, data: st.DataObject) -> None:
    before = score(held)
    hidden = {(cell.indicator, cell.group) for one in before.indicators for cell in one.cells if cell.shown is None}

    def other(group: str, code: str, answer: str, left: dict[tuple[str, str], int]) -> str:
        place = (code, group)
        if place not in hidden or answer == "na":
            return answer
        left[place] = left.get(place, RULES.min_cell - 1)
        drawn = data.draw(LEVELS.filter(lambda one: one != "na"))
        if drawn[0].isdigit() and not left[place]:
            return "dk"
        left[place] -= drawn[0].isdigit()
        return drawn

    left: dict[tuple[str, str], int] = {}
    changed = tuple(
        Answers(one.who, one.group, {code: other(one.group, code, said, left) for code, said in one.levels.items()})
        for one in held.answers
    )
    after = score(Given(held.rules, held.indicators, changed))
    assert document.result(after) == document.result(before)
    assert public(after) == public(before)


@given(rounds())
def test_a_cell_is_shown_from_five_answers_and_not_before(held: Given) -> None:
    for one in score(held).indicators:
        for cell in one.cells:
            said = [each.levels[cell.indicator] for each in held.answers if each.group == cell.group]
            n = sum(answer[0].isdigit() for answer in said)
            assert (cell.shown is None) == (n < 5)
            assert cell.shown is None or cell.shown.n == n
            assert cell.asked == sum(answer != "na" for answer in said)


@given(rounds())
def test_scores_lie_between_the_medians_and_every_number_is_exact(held: Given) -> None:
    found = score(held)
    for one in found.indicators:
        medians = [cell.shown.median for cell in one.cells if cell.shown]
        if one.scored:
            assert min(medians) <= one.scored.score <= max(medians)
            assert isinstance(one.scored.score, Fraction)
            assert one.coverage >= RULES.min_coverage
            assert 0 <= one.priority <= 12
            # the shown level is the nearest one, halves down
            assert Fraction(-1, 2) < one.scored.level - one.scored.score + 1 <= Fraction(3, 2)
    order = [(-one.priority, -one.gap, -one.given.weight, natural(one.given.code)) for one in found.ranking]
    assert order == sorted(order)
    assert all(one.gap > 0 for one in found.ranking)
    assert sum(one.points for one in found.courses) == 2 * sum(one.priority for one in found.ranking)


@given(rounds())
def test_the_order_of_respondents_changes_nothing(held: Given) -> None:
    turned = Given(held.rules, held.indicators, held.answers[::-1])
    assert document.result(score(turned)) == document.result(score(held))


@given(rounds())
def test_a_public_result_has_no_counts_no_quartiles_and_no_spread_of_small_cells(held: Given) -> None:
    found = score(held)
    there = {(one["indicator"], one["group"]): one for one in public(found)["cells"]}
    for one in found.indicators:
        for cell in one.cells:
            told = there[cell.indicator, cell.group]
            assert not told.keys() & {"n", "asked", "q1", "q3", "evidence"}
            assert ("iqr" in told) == (cell.shown is not None and cell.shown.n >= 10)
            assert ("median" in told) == (cell.shown is not None)


def people(n: int, level: str, code: str = "D1.1", group: str = "S", start: int = 0) -> list[Answers]:
    return [Answers(f"{group}{start + k}", group, {code: level}) for k in range(n)]


def asked(code: str = "D1.1", groups: tuple[str, ...] = ("S", "P")) -> Asked:
    return Asked(code, groups, 2, Fraction(1), Fraction(3), (1,))


def scored(answers: list[Answers], *indicators: Asked) -> Result:
    return score(Given(RULES, indicators or (asked(),), tuple(answers)))


@pytest.mark.parametrize(("n", "spread"), [(4, None), (5, False), (9, False), (10, True)])
def test_a_spread_is_public_from_ten_answers_on(n: int, spread: bool | None) -> None:  # noqa: FBT001 - what is expected
    (cell, _) = public(scored(people(n, "2d")))["cells"]
    assert ("iqr" in cell, cell["suppressed"]) == (bool(spread), spread is None)


def test_coverage_of_exactly_three_fifths_is_published_and_less_is_not() -> None:
    enough = scored([*people(6, "2d"), *people(4, "dk", start=10)])
    short = scored([*people(6, "2d"), *people(5, "-", start=10)])
    assert enough.indicators[0].scored is not None
    assert short.indicators[0].scored is None
    assert short.indicators[0].used == 6


def test_two_thirds_of_the_indicators_publish_a_dimension_and_fewer_do_not() -> None:
    one, two, three = (asked(f"D1.{n}", ("S",)) for n in (1, 2, 3))
    answers = [Answers(f"S{k}", "S", {"D1.1": "2d", "D1.2": "1d", "D1.3": "na"}) for k in range(5)]
    assert scored(answers, one, two, three).dimensions[0].level is not None
    assert scored(answers, one, three, asked("D1.4", ("S",))).dimensions[0].level is None


def test_groups_two_levels_apart_are_split_and_a_claim_needs_weak_evidence() -> None:
    found = scored([*people(5, "4n"), *people(5, "2d", group="P")]).indicators[0]
    assert found.scored is not None
    assert found.scored.split
    assert found.flags == ("split", "claim")
    assert scored(people(5, "4v")).indicators[0].flags == ()  # W is 1/2, not below


def test_a_score_of_exactly_a_half_is_shown_as_the_lower_level() -> None:
    found = scored([*people(5, "1d"), *people(5, "2d", group="P")]).indicators[0]
    assert found.scored is not None
    assert (found.scored.score, found.scored.level) == (Fraction(3, 2), 1)


@pytest.mark.parametrize(
    ("grade", "blank", "confidence"), [("d", 1, "strong"), ("d", 2, "fair"), ("v", 0, "fair"), ("n", 0, "weak")]
)
def test_confidence_follows_coverage_and_evidence(grade: str, blank: int, confidence: str) -> None:
    found = scored([*people(5, f"2{grade}"), *people(blank, "-", start=10)]).indicators[0]
    assert found.scored is not None
    assert found.scored.confidence == confidence


def test_codes_are_in_natural_order_where_all_else_is_equal() -> None:
    answers = [Answers(f"S{k}", "S", {"D10.1": "1d", "D2.1": "1d", "D2.10": "1d", "D2.9": "1d"}) for k in range(5)]
    found = scored(answers, *(asked(code, ("S",)) for code in ("D10.1", "D2.10", "D2.9", "D2.1")))
    assert [one.given.code for one in found.ranking] == ["D2.1", "D2.9", "D2.10", "D10.1"]


def test_two_small_groups_that_are_merged_are_shown_under_both_names() -> None:
    held = Given(RULES, (asked(),), (*people(3, "1d"), *people(3, "2d", group="P")))
    assert all(cell.shown is None for cell in score(held).indicators[0].cells)
    (cell,) = score(merged(held, ("S", "P"))).indicators[0].cells
    assert (cell.group, cell.shown and cell.shown.n) == ("S+P", 6)


def test_equal_weights_give_another_ranking() -> None:
    light, heavy = asked("D1.1", ("S",)), Asked("D1.2", ("S",), 3, Fraction(1), Fraction(3), (1,))
    found = scored([Answers(f"S{k}", "S", {"D1.1": "1d", "D1.2": "2d"}) for k in range(5)], light, heavy)
    assert [one.given.code for one in found.alike] == ["D1.1", "D1.2"]
    assert [one.given.code for one in found.ranking] == ["D1.1", "D1.2"]  # 4 against 3
    assert [float(one.priority) for one in found.ranking] == [4.0, 3.0]


@pytest.mark.parametrize("wrong", ["5d", "2x", "d2", "2", "", "\uff12d", "dkk"])
def test_an_answer_that_is_none_is_named_with_its_respondent(wrong: str) -> None:
    given: dict[str, Any] = example("given")
    given["answers"][3]["levels"]["D4.1"] = wrong
    with pytest.raises(ValueError, match=r"respondent S4, D4\.1"):
        document.read(given)


def test_a_correction_by_none_or_by_five_of_a_group_is_shown_and_by_fewer_is_not() -> None:
    before = people(8, "1d")
    assert too_few(before, before, 5) == ()
    assert too_few(before, [*before, *people(5, "2d", start=20)], 5) == ()
    assert too_few(before, [*before, *people(4, "2d", start=20)], 5) == ("S",)
    assert too_few(before, before[1:], 5) == ("S",)
    assert too_few(before, [*before[:-1], Answers("S7", "S", {"D1.1": "4d"})], 5) == ("S",)


def test_five_new_respondents_of_whom_one_answered_an_indicator_would_give_that_one_away() -> None:
    before = [Answers(f"S{k}", "S", {"D1.1": "1d", "D1.2": "1d"}) for k in range(8)]
    new = [Answers(f"S{20 + k}", "S", {"D1.1": "2d", "D1.2": "2d" if not k else "na"}) for k in range(5)]
    assert too_few(before, [*before, *new], 5) == ("S",)


def test_a_respondent_who_changed_groups_differs_in_both() -> None:
    before = [*people(6, "1d"), *people(6, "1d", group="P")]
    after = [Answers("S0", "P", {"D1.1": "1d"}), *before[1:]]
    assert too_few(before, after, 5) == ("P", "S")
