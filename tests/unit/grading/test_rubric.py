"""Rubrics: from chosen levels to a credit, and what is refused on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from training.grading import rubric
from training.grading.rubric import CORRECTNESS, Criterion, WrongLevels

COURT = Criterion(
    id="court",
    text="Claim, limits, alternative",
    levels=("wrong or not supported", "correct but overstated", "correct, one missing", "claim, limits, alternative"),
)
STYLE = Criterion(id="style", text="Plain words", levels=("no", "yes"), weight=0.5)


def test_the_score_is_the_weighted_share_of_the_best_levels() -> None:
    assert rubric.score([COURT], {"court": 2}) == pytest.approx(2 / 3)
    assert rubric.score([COURT, STYLE], {"court": 2, "style": 0}) == pytest.approx((2 / 3) / 1.5)
    assert rubric.score([COURT, STYLE], {"court": 3, "style": 1}) == 1.0
    assert rubric.score([COURT, STYLE], {"court": 0, "style": 0}) == 0.0


def test_correctness_goes_in_quarters() -> None:
    assert [rubric.score([CORRECTNESS], {"correctness": level}) for level in range(5)] == [0, 0.25, 0.5, 0.75, 1]


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ({"court": 4, "style": 1}, "has levels 0 to 3, not 4"),
        ({"court": -1, "style": 1}, "has levels 0 to 3, not -1"),
        ({"court": True, "style": 1}, "has levels 0 to 3, not True"),
        ({"court": 1, "length": 1}, "has no criterion 'length'"),
        ({"court": 1}, "Every criterion needs a level"),
    ],
)
def test_levels_that_the_rubric_does_not_have_are_refused(levels: dict[str, int], message: str) -> None:
    with pytest.raises(WrongLevels, match=message):
        rubric.score([COURT, STYLE], levels)


def test_a_rubric_without_criteria_and_one_with_twins_make_no_score() -> None:
    with pytest.raises(WrongLevels, match="needs a level"):
        rubric.score([], {})
    with pytest.raises(WrongLevels, match="same name"):
        rubric.score([COURT, COURT], {"court": 1})


def test_a_draft_may_miss_levels_and_is_kept_in_the_order_of_the_rubric() -> None:
    assert list(rubric.checked([COURT, STYLE], {"style": 1, "court": 2})) == ["court", "style"]
    assert rubric.checked([COURT, STYLE], {"style": 1}) == {"style": 1}
    assert rubric.missing([COURT, STYLE], {"style": 1}) == (COURT,)


def test_a_page_is_given_each_criterion_with_the_text_of_its_level() -> None:
    first, second = rubric.lines([COURT, STYLE], {"court": 1})
    assert (first.level, first.text) == (1, "correct but overstated")
    assert (second.level, second.text) == (None, "")


@pytest.mark.parametrize(
    "wrong", [{"levels": ["one"]}, {"weight": 0}, {"weight": 101}, {"id": "Court"}, {"text": ""}, {"more": 1}]
)
def test_a_criterion_that_can_not_be_marked_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Criterion.model_validate({"id": "court", "text": "Claim", "levels": ["no", "yes"], **wrong})


RUBRICS = st.lists(st.tuples(st.integers(2, 10), st.floats(0.1, 100)), min_size=1, max_size=6)


@given(RUBRICS, st.data())
def test_a_better_level_never_costs_and_the_score_stays_within_its_bounds(
    sizes: list[tuple[int, float]], data: st.DataObject
) -> None:
    criteria = [
        Criterion(id=f"c{number}", text="x", levels=tuple("x" * size), weight=weight)
        for number, (size, weight) in enumerate(sizes)
    ]
    levels = {one.id: data.draw(st.integers(0, one.best)) for one in criteria}
    before = rubric.score(criteria, levels)
    assert 0 <= before <= 1
    assert rubric.score(criteria, {one.id: one.best for one in criteria}) == 1.0
    for one in criteria:
        if levels[one.id] < one.best:
            assert rubric.score(criteria, {**levels, one.id: levels[one.id] + 1}) > before
