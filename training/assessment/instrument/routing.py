"""Which questions a respondent sees, and how the answers count.

Answers are kept by question and field, and stay when a later answer routes past them; they don't count then. A routing
question that is blank hides nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from training.assessment.instrument.schema import Condition, Question, Questionnaire

Kept = Mapping[str, Mapping[str, Any]]
"""Answers by question, then by field."""

BLANK, NOT_APPLICABLE, NO_BASIS = "-", "na", "n"


def visible(paper: Questionnaire, kept: Kept) -> tuple[Question, ...]:
    """The questions that are shown with these answers, in order."""
    seen: list[Question] = []
    for question in paper.questions:
        if all(_holds(one, paper, kept, seen) for one in question.when):
            seen.append(question)
    return tuple(seen)


def pages(paper: Questionnaire, kept: Kept) -> tuple[tuple[Question, ...], ...]:
    """The pages that are shown, each with its questions that are."""
    seen = {one.id: one for one in visible(paper, kept)}
    found = (tuple(seen[ident] for ident in page if ident in seen) for page in paper.pages)
    return tuple(page for page in found if page)


def begun(paper: Questionnaire, kept: Kept) -> bool:
    """Whether the one question that is needed is answered: before that nobody has taken part."""
    return bool(_chosen(kept, paper.questions[0].id))


def levels(paper: Questionnaire, kept: Kept) -> dict[str, str]:
    """Answers by indicator as scoring takes them: level with grade, dk, blank, or not applicable where the respondent
    said so or was routed past. A level without a grade has no basis given.
    """
    seen = {one.id for one in visible(paper, kept)}
    return {
        code: _level(rating(kept, question.id, code)) if question.id in seen else NOT_APPLICABLE
        for question in paper.questions
        for code in question.indicators
    }


def rating(kept: Kept, question: str, code: str) -> Mapping[str, str]:
    """What was said of an indicator: level, grade and reference, or nothing."""
    found = kept.get(question, {}).get("levels", {}).get(code, {})
    return found if isinstance(found, Mapping) else {}


def _level(said: Mapping[str, str]) -> str:
    level = said.get("level", "")
    if not level:
        return BLANK
    return f"{level}{said.get('grade') or NO_BASIS}" if level.isdigit() else level


def _holds(one: Condition, paper: Questionnaire, kept: Kept, seen: Iterable[Question]) -> bool:
    if one.dimension is not None:
        routes = [paper.routes.get(choice, ()) for choice in _chosen(kept, paper.questions[0].id)]
        return not routes or any(one.dimension in found for found in routes)
    if one.question is not None:
        chosen = _chosen(kept, one.question)
        return not chosen or (bool(chosen & set(one.among)) if one.among else not chosen & set(one.excluded))
    where = next((question.id for question in seen if one.indicator in question.indicators), None)
    if where is None or one.indicator is None or one.least is None:
        return False
    level = rating(kept, where, one.indicator).get("level", "")
    return not level or (level.isdigit() and int(level) >= one.least)


def _chosen(kept: Kept, question: str) -> set[str]:
    """Options that were chosen in a question."""
    values = kept.get(question, {})
    found = [values.get("choice"), *(values.get("choices") or ())]
    return {one for one in found if isinstance(one, str) and one}
