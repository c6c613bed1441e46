"""From a finding to a verdict: a pure function of question, finding, sealed key, citations and history.

Credit = correctness x (0.75 x support + 0.25 x corroboration); without a corroboration part, correctness x support.
The right answer is never a mistake; then accepted forms, then named mistakes in the author's order, then the type's own
measure. Feedback says what is right, what the data show, what to do next; it never holds the right answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from training.grading import feedback, matching
from training.grading.citations import MOST_CITATIONS, Citation, Claim, corroborated, support
from training.grading.credit import History, Standing, Tried, standing
from training.grading.question import Question
from training.grading.sealed import SealedKey
from training.grading.values.base import Scalar, Unreadable, Value, quoted
from training.grading.values.reading import kind_of, read

SUPPORT_PART = 0.75
CORROBORATION_PART = 0.25
_WHOLE = 1.0 - 1e-9


class Confidence(StrEnum):
    """How sure a person is. It is kept and shown; it never changes the credit."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was submitted: the text as it was typed, and how sure the person is."""

    text: str
    confidence: Confidence | None = None


class State(StrEnum):
    """What became of a finding. Only a judged one spends a try."""

    JUDGED = "judged"
    UNREADABLE = "unreadable"
    UNJUDGED = "unjudged"
    """There is no proved key for this exhibit: a marker decides."""


class StaleSeal(ValueError):
    """The sealed key was made from another version of the question: seal again before judging."""


class Verdict(BaseModel):
    """What grading says of a finding.

    Attributes:
        state: see `State`; all figures are 0 unless judged, except `points` and `worth`.
        correctness: how right the value is, 0 to 1.
        support: how well the cited places show it, 0 to 1.
        corroboration: 1 where an independent second source is cited, else 0; None where the question has no such part.
        credit: the product, 0 to 1.
        understood: how the value was read, for a person; empty where it was not.
        notes: what reading did, and what was said of citations.
        right: what is right; may be empty.
        shows: what the data show; may be empty.
        next: what to do next; may be empty.
        mistake: code of the named mistake that matched.
        solved: full credit.
        points: earned on this question after this finding.
        gained: what this finding added to it.
        worth: what a finding of full credit would still add at the next try.
        tries_left: tries that are left after this finding.
    """

    model_config = ConfigDict(frozen=True)

    state: State
    correctness: float = 0.0
    support: float = 0.0
    corroboration: float | None = None
    credit: float = 0.0
    understood: str = ""
    notes: tuple[str, ...] = ()
    right: str = ""
    shows: str = ""
    next: str = ""
    mistake: str | None = None
    solved: bool = False
    points: float
    gained: float = 0.0
    worth: float
    tries_left: int


def understand(question: Question, text: str, key: SealedKey | None = None) -> Value:
    """How a typed answer is understood, to be shown before it is submitted.

    Args:
        question: what is asked.
        text: what was typed; any text.
        key: needed for a chain whose processes may be named; never changes what is said of the answer itself.

    Raises:
        Unreadable: why, the form that is expected, an example.
    """
    try:
        value = read(text, question.spec)
        return _named(question, value, key) if question.spec.names else value
    except Unreadable as unreadable:
        kind = kind_of(question.spec)
        expected = question.expects or unreadable.expected or kind.expected
        raise Unreadable(unreadable.why, expected, unreadable.example or kind.example) from unreadable


def judge(
    question: Question,
    finding: Finding,
    key: SealedKey | None,
    citations: Sequence[Citation],
    history: History = History(),  # noqa: B008 - frozen and empty
) -> Verdict:
    """Judge a finding.

    Args:
        question: the question, of the release that the attempt pins.
        finding: what was submitted.
        key: the sealed key for this exhibit; None where it could not be proved there.
        citations: what was cited; the first `MOST_CITATIONS` are looked at.
        history: earlier events of this question in this attempt, in order of time, without this finding.

    Raises:
        StaleSeal: the key was sealed from another version of the question.
    """
    now = standing(question.points, history)
    if key is not None and key.material != question.material:
        raise StaleSeal(f"The key of {question.id} was sealed from another version of the question.")
    try:
        value = understand(question, finding.text, key)
    except Unreadable as unreadable:
        return _unspent(State.UNREADABLE, now, shows=unreadable.why, next=feedback.form(unreadable))
    if key is None:
        return _unspent(
            State.UNJUDGED, now, understood=value.text, notes=value.notes, shows=feedback.NO_KEY, next=feedback.MARKER
        )
    match = matching.match(question, value.canon, key)
    cited = citations[:MOST_CITATIONS]
    forms = (value.canon, key.answer) if match.correctness > 0 else (value.canon,)
    data = kind_of(question.spec).data(key.answer, question.spec)
    claim = Claim(question.spec, value.canon, forms, {**key.given, "key": data})
    supported = support(question.proof, question.needed, cited, claim)
    second = corroborated(question.proof, question.corroboration, cited, claim) if question.corroboration else None
    credit = match.correctness * shares(supported, second)
    after = standing(question.points, history.and_then(Tried(credit)))
    spoken = feedback.speak(question, match, supported, second, cited, after, history.hints)
    return Verdict(
        state=State.JUDGED,
        correctness=match.correctness,
        support=supported,
        corroboration=None if second is None else float(second),
        credit=credit,
        understood=value.text,
        notes=(*value.notes, *feedback.of_citations(citations)),
        right=spoken.right,
        shows=spoken.shows,
        next=spoken.next,
        mistake=match.mistake.code if match.mistake else None,
        solved=credit >= _WHOLE,
        points=after.points,
        gained=after.points - now.points,
        worth=after.worth,
        tries_left=after.tries_left,
    )


def shares(supported: float, second: bool | None) -> float:  # noqa: FBT001 - three answers, not a switch
    """The part of correctness that citations earn; `second` is None where the question asks for no corroboration."""
    return supported if second is None else SUPPORT_PART * supported + CORROBORATION_PART * second


def _named(question: Question, value: Value, key: SealedKey | None) -> Value:
    """A chain whose names are PIDs. Raises `Unreadable` for a name that stands for no process, or for several."""
    names = value.canon if isinstance(value.canon, tuple) else ()
    if key is None or all(isinstance(item, int) for item in names):
        return value
    chain: list[Scalar] = []
    for item in names:
        if isinstance(item, str) and item in key.shared:
            raise Unreadable(f"Several processes of this exhibit are named {quoted(item)}: give the PID.")
        if isinstance(item, str) and item not in key.names:
            raise Unreadable(f"No process of this exhibit is named {quoted(item)}.")
        chain.append(key.names[item] if isinstance(item, str) else item)
    canon = tuple(chain)
    text = kind_of(question.spec).write(canon, question.spec)
    return Value(value.type, canon, text, (*value.notes, f"Names were read as PIDs: {text}."))


def _unspent(state: State, now: Standing, **more: object) -> Verdict:
    figures = {"points": now.points, "worth": now.worth, "tries_left": now.tries_left}
    return Verdict.model_validate({"state": state, **figures, **more})
