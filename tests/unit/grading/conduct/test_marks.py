"""Marks put into verdicts that were kept: whatever such a verdict has and lacks, and however often they change."""

from __future__ import annotations

import pytest

from tests.unit.grading.conduct.sound import BOUNDS, HAPPENED, PLAN, RECORD, judged, silent
from training.grading.conduct import ACCOUNT, ConductVerdict, judge, marked
from training.grading.conduct.verdict import FootprintSaid, OrderSaid, Part, Weighed
from training.grading.rubric import Criterion

RUBRIC = (Criterion(id="risk", text="Is the risk named?", levels=("no", "yes")),)
READ = PLAN.model_copy(update={"forks": (PLAN.forks[0].model_copy(update={"rubric": RUBRIC}),)})


def unmeasured() -> ConductVerdict:
    """A verdict of which the footprint could not be measured at all."""
    none = FootprintSaid(share=None, dimensions=())
    return judged(happened=silent()).model_copy(update={"footprint": none})


def test_a_mark_that_is_changed_counts_as_if_it_had_been_given_at_once() -> None:
    for verdict in (judge(READ, BOUNDS, RECORD, silent()), judge(READ, BOUNDS, RECORD, HAPPENED)):
        found = verdict
        for mark in (0.25, 1.0, 0.0, 0.75):
            marks = {ACCOUNT: mark, "link": 1 - mark}
            found = marked(found, marks)
            assert found == marked(verdict, marks)
        assert marked(found, {}) == verdict


@pytest.mark.parametrize(("mark", "share"), [(None, None), (0.5, 0.5), (-1.0, 0.0), (7.0, 1.0)])
def test_where_no_line_says_anything_of_the_footprint_the_mark_alone_counts(
    mark: float | None, share: float | None
) -> None:
    found = marked(unmeasured(), {} if mark is None else {ACCOUNT: mark})
    assert found.footprint == FootprintSaid(share=share, dimensions=(), form=None, mark=share)
    weights = {one.part: one.weight for one in found.parts}
    whole = 1.0 if share is not None else 0.8
    expected = {Part.ORDER: 0.35, Part.FOOTPRINT: 0.2, Part.NOTES: 0.15, Part.DECISIONS: 0.1, Part.CARE: 0.2}
    assert weights == {part: pytest.approx(one / whole) for part, one in expected.items() if part in weights}
    assert (Part.FOOTPRINT in weights) is (share is not None)
    assert found.share == pytest.approx(sum(one.share * one.weight for one in found.parts))


@pytest.mark.parametrize(("steps", "far"), [(0, 0.0), (1, 1.0), (2, 1.0)])
def test_care_counts_as_far_as_the_steps_were_done(steps: int, far: float) -> None:
    verdict = judged()
    order = OrderSaid(share=1.0, steps=verdict.order.steps[:steps])
    found = marked(verdict.model_copy(update={"order": order}), {})
    assert found.parts[-1] == Weighed(part=Part.CARE, share=far, weight=0.2)
    assert found.parts[1] == Weighed(part=Part.FOOTPRINT, share=far, weight=0.2)
