"""The sentences of a verdict, in their order: what is right, what the data show, what to do next.

None of them holds the right answer: they are built from counts, from the author's words and from what was cited.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.grading.bearing import Bearing
from training.grading.citations import MOST_CITATIONS, Citation, Cited, source_of, usable
from training.grading.credit import Standing
from training.grading.matching import WHOLE, Match
from training.grading.parts import Lookalike
from training.grading.question import Question
from training.grading.values.base import Canon, Unreadable
from training.grading.values.groups import unmet
from training.grading.values.reading import kind_of
from training.sentence import Sentence, counted, joined, parts, phrase

NO_KEY = phrase("The key of this question could not be proved on this exhibit.")
FREE_TEXT = phrase("This answer is free text, which no program judges.")
HINT = phrase("A hint is available.")
MARKER = phrase("A marker decides. No try was spent.")
READ_BY_PEOPLE = phrase(
    "People read it, without your name, and give it a level. Until then it is neither right nor wrong."
)
ALL_EARN = phrase("Every finding on this question earns full credit.")
_ONLY_THE_FIRST = phrase("Only the first %(most)s citations were looked at.", most=MOST_CITATIONS)
_NOT_RIGHT = phrase("The data show something else.")
_NO_TRY = phrase("No try is left on this question.")
_RIGHT = phrase("The value is right.")
_RIGHT_IN_PART = phrase("The value is right in part.")
_NOT_COMPLETE = phrase("All that you named belongs in the answer; it is not complete.")
_NO_SUCH_ORDER = phrase("All that you named belongs in the answer; the order or the completeness is not right.")
_UNCITED = phrase("Nothing is cited for it.")
_NO_RUN = phrase("No complete run is cited for it.")
_SHOWN_IN_PART = phrase("The cited places show a part of it.")
_NOT_SHOWN = phrase("No cited place shows it, so its proof earns half.")
_NOT_SHOWN_EITHER = phrase("No cited place shows it.")
_ONE_SOURCE = phrase("It rests on one source.")
_ONE_STRUCTURE = phrase(
    "The second source is not independent: two views of one structure confirm the tool, not the fact."
)
_NOT_WHAT_IS_NEEDED = phrase("The second source does not show what this question needs.")
_COMPARE = phrase("Compare the question with the rows and columns that you used.")
_CITE_EACH = phrase("Cite a row of a complete run for each element.")
_CITE = phrase("Cite the row or the line that shows it.")
_CITE_SECOND = phrase("Cite an independent second source as well.")
_LEAVE_OUT = phrase("Leave out the cited row that looks alike.")
_STATES = {
    "queued": phrase("queued"),
    "running": phrase("running"),
    "partial": phrase("partial"),
    "failed": phrase("failed"),
    "killed": phrase("killed"),
}
_PARTS = {0.25: phrase("a quarter"), 0.5: phrase("half"), 0.75: phrase("three quarters"), 1.0: phrase("all")}


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a finding rests on.

    Attributes:
        cited: the citations that were looked at.
        support: 0 to 1.
        second: whether it is corroborated; None where that is not asked for.
        innocent: look-alikes among the cited rows, each with its plugin.
        bearings: of a right value what each citation is to it.
    """

    cited: Sequence[Citation]
    support: float
    second: bool | None = None
    innocent: tuple[tuple[Lookalike, str], ...] = ()
    bearings: tuple[Bearing, ...] = ()

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
    expected, example = unreadable.expected, unreadable.example
    if expected and example:
        return phrase(
            "Expected is %(form)s, for example: %(example)s. No try was spent.", form=expected, example=example
        )
    if example:
        return phrase("Another form is expected, for example: %(example)s. No try was spent.", example=example)
    if expected:
        return phrase("Expected is %(form)s. No try was spent.", form=expected)
    return phrase("Another form is expected. No try was spent.")


def of_citations(citations: Sequence[Citation], grounds: Grounds) -> tuple[str, ...]:
    """Notes on citations that could not count, and on look-alikes that cost something. Their order changes nothing."""
    notes = {
        phrase(
            "The cited run of %(plugin)s is %(state)s: only a complete run supports a finding.",
            plugin=citation.plugin,
            state=_STATES.get(citation.state, citation.state),
        )
        for citation in grounds.cited
        if isinstance(citation, Cited) and not usable(citation)
    }
    costs = [
        phrase(
            "The cited row of %(plugin)s is a look-alike and costs %(part)s of the credit.",
            plugin=plugin,
            part=_part(lookalike.cost),
        )
        for lookalike, plugin in grounds.innocent
        if lookalike.cost
    ]
    more = [_ONLY_THE_FIRST] if len(citations) > MOST_CITATIONS else []
    return (*sorted(notes), *costs, *more)


def _part(cost: float) -> str:
    return _PARTS.get(cost) or phrase("%(n)s %%", n=cost * 100)


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
        shows += _of_support(question, match, grounds)
        if match.correctness > 0 and grounds.second is False and grounds.support >= WHOLE:
            shows.append(_alone(question, grounds.cited))
    if match.correctness < WHOLE and not shows:
        shows.append(_NOT_RIGHT)
    steps = _next(question, value, match, grounds)
    if match.correctness < WHOLE and hints < len(question.hints):
        steps.append(HINT)
    if steps and not after.tries_left:
        steps = [_NO_TRY]
    return Spoken(_right(question, match), joined(*shows), joined(*steps))


def _right(question: Question, match: Match) -> str:
    if match.correctness >= WHOLE:
        return joined(_RIGHT, match.said.strip())
    if match.said:
        return joined(_RIGHT_IN_PART, match.said)
    if not kind_of(question.spec).many:
        return _RIGHT_IN_PART if match.correctness > 0 else ""
    if not match.hits:
        return ""
    if match.hits < match.elements:
        return counted(
            "%(num)s of your %(of)s elements belongs in the answer.",
            "%(num)s of your %(of)s elements belong in the answer.",
            match.hits,
            of=match.elements,
        )
    return _NO_SUCH_ORDER if question.type in {"chain", "sequence"} else _NOT_COMPLETE


def _of_support(question: Question, match: Match, grounds: Grounds) -> list[str]:
    if not question.proof or grounds.support >= WHOLE:
        return []
    if not grounds.cited:
        return [_UNCITED]
    if not any(usable(citation) for citation in grounds.cited):
        return [_NO_RUN]
    if grounds.support > 0.5:  # noqa: PLR2004 - half support is what a row earns that does not show the value
        return [_SHOWN_IN_PART]
    return [_NOT_SHOWN if match.correctness > 0 else _NOT_SHOWN_EITHER]


def _alone(question: Question, cited: Sequence[Citation]) -> str:
    """Why a proven finding is not corroborated. Sources that prove it too, and don't corroborate, share a structure."""
    names = {source_of(one) for one in cited if usable(one)}
    if len(names) == 1:
        return _ONE_SOURCE
    if names <= {one.name for one in question.proof} - {one.name for one in question.corroboration}:
        return _ONE_STRUCTURE
    return _NOT_WHAT_IS_NEEDED


def _next(question: Question, value: Canon, match: Match, grounds: Grounds) -> list[str]:
    """What would make the finding better; nothing where it is wholly right, proven and clean."""
    steps: list[str] = []
    if match.mistake and match.mistake.next:
        steps.append(match.mistake.next)
    elif match.correctness < WHOLE:
        steps.append(_unmet(question, value) or _COMPARE)
    if match.correctness > 0 and grounds.support < WHOLE and question.proof:
        steps.append(_CITE_EACH if question.needed == "each" else _CITE)
    elif match.correctness > 0 and grounds.second is False:
        steps.append(_CITE_SECOND)
    if match.correctness > 0 and grounds.cost:
        steps.append(_LEAVE_OUT)
    return steps


def _unmet(question: Question, value: Canon) -> str:
    """What a sequence lacks first: a step stands before one that it needs. It follows from the question's `before`."""
    found = unmet(value, question.spec) if question.before else None
    if found is None:
        return ""
    need, step = (question.steps.get(one, one) for one in found)
    return phrase("'%(step)s' needs '%(need)s' before it.", step=step, need=need)


def without_hint(said: str) -> str:
    """What to do next, for somebody who can open no hint any more: a verdict is kept as it was said."""
    if not isinstance(said, Sentence):  # kept before verdicts knew of other languages
        return said.replace(HINT, "").strip()
    found = parts(said)
    return joined(*(one for one in found if one != HINT)) if HINT in found else said
