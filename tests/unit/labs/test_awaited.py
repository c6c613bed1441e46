"""Points that wait for markers: what the last finding can still earn, by its lateness and what was earned before."""

import pytest

from training.grading.credit import standing
from training.grading.question import Question
from training.labs.models import Finding, HintTaken, Judgement
from training.labs.service.progress import Progress, awaited, history
from training.labs.service.results import passed, undecided

ASKED = Question.model_validate(
    {
        "id": "q13",
        "type": "written",
        "by": "court",
        "text": "Who typed these lines?",
        "points": [10, 4],
        "after": "The rows name nobody.",
    }
)


def finding(step: int, *, share: float = 1.0, marked: float | None = None) -> Finding:
    """A text that nobody judged yet, or that markers gave this credit."""
    made = Finding(step=step, share=share, judged=False, credit=0.0, verdict={}, judgements=[])
    if marked is not None:
        made.judgements.append(Judgement(origin="mark", judged=True, credit=marked, verdict={}))
    return made


def stood(*findings: Finding, hints: tuple[HintTaken, ...] = ()) -> Progress:
    for number, one in enumerate(findings):
        one.id = number  # type: ignore[assignment]  # any name will do
    return Progress(ASKED, findings, hints, None, standing(ASKED.points, history(findings, hints)))


@pytest.mark.parametrize(
    ("made", "points"),
    [
        (stood(), 0),
        (stood(finding(1)), 10),
        (stood(finding(1, share=0.5)), 5),
        (stood(finding(1, share=0.0)), 0),
        (stood(finding(1), finding(2)), 10),
        (stood(finding(1, marked=0.5)), 0),
        (stood(finding(1, marked=0.5), finding(2)), 2),
        (stood(finding(1, marked=1.0), finding(2)), 0),
        (stood(finding(2), hints=(HintTaken(step=1, price=0.2),)), 8),
        (stood(finding(1), hints=(HintTaken(step=2, price=0.2),)), 10),
    ],
    ids=[
        "none",
        "one",
        "late",
        "too late",
        "the last enters",
        "marked",
        "second",
        "solved",
        "hint before",
        "hint after",
    ],
)
def test_what_the_last_finding_can_still_earn(made: Progress, points: float) -> None:
    assert made.awaited == pytest.approx(points)
    assert awaited({"q13": made, "q12": stood(finding(1, share=0.1))}) == pytest.approx(points + 1)


def test_an_attempt_is_undecided_only_where_the_marks_decide_whether_it_passes() -> None:
    assert not passed(56, 100, 60)
    assert undecided(56, 4, 100, 60)
    assert not undecided(56, 3.98, 100, 60), "not even all of it is enough"
    assert not undecided(60, 4, 100, 60), "it passes already"
