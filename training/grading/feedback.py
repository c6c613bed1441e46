"""The sentences of a verdict, in their order: what is right, what the data show, what to do next.

None of them holds the right answer: they are built from counts, from the author's words and from what was cited.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.grading.citations import MOST_CITATIONS, Citation, Cited, source_of, usable
from training.grading.credit import Standing
from training.grading.matching import WHOLE, Match
from training.grading.parts import Lookalike
from training.grading.question import Question
from training.grading.values.base import Canon, Unreadable
from training.grading.values.groups import unmet
from training.grading.values.reading import kind_of
from training.grading.verdict import State, Verdict

NO_KEY = "The key of this question could not be proved on this exhibit."
FREE_TEXT = "This answer is free text, which no program judges."
HINT = "A hint is available."
MARKER = "A marker decides. No try was spent."
ALL_RIGHT = "Every finding on this question earns full credit."
_PARTS = {0.25: "a quarter", 0.5: "half", 0.75: "three quarters", 1.0: "all"}


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a finding rests on.

    Attributes:
        cited: the citations that were looked at.
        support: 0 to 1.
        second: whether it is corroborated; None where that is not asked for.
        innocent: look-alikes among the cited rows, each with its plugin.
    """

    cited: Sequence[Citation]
    support: float
    second: bool | None = None
    innocent: tuple[tuple[Lookalike, str], ...] = ()

    @property
    def cost(self) -> float:
        """What the cited look-alikes take together, as a share of the credit; never more than all of it."""
        return min(1.0, sum(lookalike.cost for lookalike, _ in self.innocent))


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


def of_citations(citations: Sequence[Citation], grounds: Grounds) -> tuple[str, ...]:
    """Notes on citations that could not count, and on look-alikes that cost something. Their order changes nothing."""
    notes = {
        f"The cited run of {citation.plugin} is {citation.state}: only a complete run supports a finding."
        for citation in grounds.cited
        if isinstance(citation, Cited) and not usable(citation)
    }
    costs = [
        f"The cited row of {plugin} is a look-alike and costs {_part(lookalike.cost)} of the credit."
        for lookalike, plugin in grounds.innocent
        if lookalike.cost
    ]
    more = [f"Only the first {MOST_CITATIONS} citations were looked at."] if len(citations) > MOST_CITATIONS else []
    return (*sorted(notes), *costs, *more)


def _part(cost: float) -> str:
    return _PARTS.get(cost, f"{cost * 100:.4g} %")


def speak(question: Question, value: Canon, match: Match, grounds: Grounds, after: Standing, hints: int) -> Spoken:
    """The feedback of a judged finding.

    Args:
        question: what was asked.
        value: what was claimed, canonical.
        match: what the value was found to be.
        grounds: what it rests on.
        after: where the question stands after this finding.
        hints: how many hints are open.
    """
    shows = [match.mistake.say] if match.mistake else []
    shows += [one.say for one in match.lookalikes]
    shows += [one.say for one, _ in grounds.innocent]
    if match.correctness > 0 or match.hits:
        shows += _of_support(question, grounds)
        if match.correctness > 0 and grounds.second is False and grounds.support >= WHOLE:
            shows.append(_alone(question, grounds.cited))
    if match.correctness < WHOLE and not shows:
        shows.append("The data show something else.")
    steps = _next(question, value, match, grounds)
    if match.correctness < WHOLE and hints < len(question.hints):
        steps.append(HINT)
    if steps and not after.tries_left:
        steps = ["No try is left on this question."]
    return Spoken(_right(question, match), " ".join(dict.fromkeys(shows)), " ".join(steps))


def _right(question: Question, match: Match) -> str:
    if match.correctness >= WHOLE:
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
    ordered = question.type in {"chain", "sequence"}
    missing = "the order or the completeness is not right" if ordered else "it is not complete"
    return f"All that you named belongs in the answer; {missing}."


def _of_support(question: Question, grounds: Grounds) -> list[str]:
    if not question.proof or grounds.support >= WHOLE:
        return []
    if not grounds.cited:
        return ["Nothing is cited for it."]
    if not any(usable(citation) for citation in grounds.cited):
        return ["No complete run is cited for it."]
    if grounds.support > 0.5:  # noqa: PLR2004 - half support is what a row earns that does not show the value
        return ["The cited places show a part of it."]
    return ["No cited place shows it, so its proof earns half."]


def _alone(question: Question, cited: Sequence[Citation]) -> str:
    """Why a proven finding is not corroborated. Sources that prove it too, and don't corroborate, share a structure."""
    names = {source_of(one) for one in cited if usable(one)}
    if len(names) == 1:
        return "It rests on one source."
    if names <= {one.name for one in question.proof} - {one.name for one in question.corroboration}:
        return "The second source is not independent: two views of one structure confirm the tool, not the fact."
    return "The second source does not show what this question needs."


def _next(question: Question, value: Canon, match: Match, grounds: Grounds) -> list[str]:
    """What would make the finding better; nothing where it is wholly right, proven and clean."""
    steps: list[str] = []
    if match.mistake and match.mistake.next:
        steps.append(match.mistake.next)
    elif match.correctness < WHOLE:
        steps.append(_unmet(question, value) or "Compare the question with the rows and columns that you used.")
    if match.correctness > 0 and grounds.support < WHOLE and question.proof:
        each = question.needed == "each"
        steps.append("Cite a row of a complete run for each element." if each else "Cite the row that shows it.")
    elif match.correctness > 0 and grounds.second is False:
        steps.append("Cite an independent second source as well.")
    if match.correctness > 0 and grounds.cost:
        steps.append("Leave out the cited row that looks alike.")
    return steps


def _unmet(question: Question, value: Canon) -> str:
    """What a sequence lacks first: a step stands before one that it needs. It follows from the question's `before`."""
    found = unmet(value, question.spec) if question.before else None
    if found is None:
        return ""
    need, step = (question.steps.get(one, one) for one in found)
    return f"'{step}' needs '{need}' before it."


def for_examination(verdict: Verdict) -> Verdict:
    """What a person may read of a verdict in an examination: what the data show, never what is right or how far.

    State, reading, notes, `shows` and the tries that are left stay; all else is emptied, every figure is 0.
    """
    return Verdict(
        state=verdict.state,
        understood=verdict.understood,
        notes=verdict.notes,
        shows=verdict.shows,
        points=0.0,
        worth=0.0,
        tries_left=verdict.tries_left,
    )


def before_release(verdict: Verdict) -> Verdict:
    """What a person may read before an examination is released: that the finding was received, and as what."""
    return Verdict(
        state=State.RECEIVED, understood=verdict.understood, points=0.0, worth=0.0, tries_left=verdict.tries_left
    )


def without_hint(said: str) -> str:
    """What to do next, for somebody who can open no hint any more: a verdict is kept as it was said."""
    return said.replace(HINT, "").strip()
