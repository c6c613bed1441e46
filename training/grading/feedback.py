"""The sentences of a verdict, in their order: what is right, what the data show, what to do next.

None of them holds the right answer: they are built from counts, from the author's words and from what was cited.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.grading.citations import MOST_CITATIONS, Citation, Cited, source_of, usable
from training.grading.credit import Standing
from training.grading.matching import Match
from training.grading.question import Question
from training.grading.values.base import Unreadable
from training.grading.values.reading import kind_of

NO_KEY = "The key of this question could not be proved on this exhibit."
MARKER = "A marker will look at the finding. No try was spent."
_WHOLE = 1.0 - 1e-9


@dataclass(frozen=True, slots=True)
class Spoken:
    """The three parts of a feedback; each may be empty."""

    right: str
    shows: str
    next: str


def form(unreadable: Unreadable) -> str:
    """What form is expected, after an answer that could not be read."""
    expected = f"Expected is {unreadable.expected}" if unreadable.expected else "Another form is expected"
    example = f", for example: {unreadable.example}" if unreadable.example else ""
    return f"{expected}{example}. No try was spent."


def of_citations(citations: Sequence[Citation]) -> tuple[str, ...]:
    """Notes on citations that could not count."""
    notes = [
        f"The cited run of {citation.plugin} is {citation.state}: only a complete run supports a finding."
        for citation in citations[:MOST_CITATIONS]
        if isinstance(citation, Cited) and not usable(citation)
    ]
    if len(citations) > MOST_CITATIONS:
        notes.append(f"Only the first {MOST_CITATIONS} citations were looked at.")
    return tuple(dict.fromkeys(notes))


def speak(
    question: Question,
    match: Match,
    supported: float,
    second: bool | None,  # noqa: FBT001 - three answers, not a switch
    cited: Sequence[Citation],
    after: Standing,
    hints: int,
) -> Spoken:
    """The feedback of a judged finding.

    Args:
        question: what was asked.
        match: what the value was found to be.
        supported: support, 0 to 1.
        second: whether it is corroborated; None where that is not asked for.
        cited: the citations that were looked at.
        after: where the question stands after this finding.
        hints: how many hints are open.
    """
    shows = [match.mistake.say] if match.mistake else []
    if match.correctness > 0 or match.hits:
        shows += _of_support(question, supported, cited)
        if match.correctness > 0 and second is False and supported >= _WHOLE:
            shows.append(_alone(question, cited))
    if match.correctness < _WHOLE and not shows:
        shows.append("The data show something else.")
    return Spoken(_right(question, match), " ".join(shows), _next(question, match, supported, second, after, hints))


def _right(question: Question, match: Match) -> str:
    if match.correctness >= _WHOLE:
        return f"The value is right. {match.said}".strip()
    if match.said:
        return f"The value is right in part. {match.said}"
    if not kind_of(question.spec).many:
        return "The value is right in part." if match.correctness > 0 else ""
    if not match.hits:
        return ""
    if match.hits < match.elements:
        belong = "belongs" if match.hits == 1 else "belong"
        return f"{match.hits} of your {match.elements} elements {belong} in the answer."
    missing = "it is not complete" if question.type == "set" else "the order or the completeness is not right"
    return f"All that you named belongs in the answer; {missing}."


def _of_support(question: Question, supported: float, cited: Sequence[Citation]) -> list[str]:
    if not question.proof or supported >= _WHOLE:
        return []
    if not cited:
        return ["Nothing is cited for it."]
    if not any(usable(citation) for citation in cited):
        return ["No complete run is cited for it."]
    if supported > 0.5:  # noqa: PLR2004 - half support is what a row earns that does not show the value
        return ["The cited places show a part of it."]
    return ["No cited place shows it."]


def _alone(question: Question, cited: Sequence[Citation]) -> str:
    """Why a proven finding is not corroborated. Sources that prove it too, and don't corroborate, share a structure."""
    names = {source_of(one) for one in cited if usable(one)}
    if len(names) == 1:
        return "It rests on one source."
    if names <= {one.name for one in question.proof} - {one.name for one in question.corroboration}:
        return "The second source is not independent: two views of one structure confirm the tool, not the fact."
    return "The second source does not show what this question needs."


def _next(
    question: Question,
    match: Match,
    supported: float,
    second: bool | None,  # noqa: FBT001 - three answers, not a switch
    after: Standing,
    hints: int,
) -> str:
    if match.correctness >= _WHOLE and supported >= _WHOLE and second is not False:
        return ""
    if not after.tries_left:
        return "No try is left on this question."
    steps: list[str] = []
    if match.mistake and match.mistake.next:
        steps.append(match.mistake.next)
    elif match.correctness < _WHOLE:
        steps.append("Compare the question with the rows and columns that you used.")
    if match.correctness > 0 and supported < _WHOLE and question.proof:
        each = question.needed == "each"
        steps.append("Cite a row of a complete run for each element." if each else "Cite the row that shows it.")
    elif match.correctness > 0 and second is False:
        steps.append("Cite an independent second source as well.")
    if match.correctness < _WHOLE and hints < len(question.hints):
        steps.append("A hint is available.")
    return " ".join(steps)
