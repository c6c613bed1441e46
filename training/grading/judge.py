"""From a finding to a verdict: a pure function of question, finding, sealed key, citations and history.

Credit = correctness x (0.75 x support + 0.25 x corroboration); without a corroboration part, correctness x support.
Cited look-alikes take their cost from it. The right answer is never a mistake; then accepted forms, then named mistakes
in the author's order, then the type's own measure. Feedback says what is right, what the data show, what to do next; it
never holds the right answer.

Whoever changes what this module says of the same finding raises `version.GRADER`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from training.grading import feedback, lost, matching
from training.grading.bearing import Bearing, bearings
from training.grading.citations import MOST_CITATIONS, Citation, Claim, corroborated, innocent, support
from training.grading.credit import History, Standing, Tried, standing
from training.grading.feedback import Grounds
from training.grading.matching import WHOLE, Match
from training.grading.question import Question
from training.grading.sealed import SealedKey
from training.grading.values.base import Canon, Scalar, Unreadable, Value, quoted
from training.grading.values.reading import kind_of, read
from training.grading.verdict import State, Verdict
from training.sentence import joined, phrase

__all__ = ["Confidence", "Finding", "StaleSeal", "State", "Verdict", "judge", "shares", "understand"]

SUPPORT_PART = 0.75
CORROBORATION_PART = 0.25


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


class StaleSeal(ValueError):
    """The sealed key was made from another version of the question: seal again before judging."""


def understand(question: Question, text: str, key: SealedKey | None = None) -> Value:
    """How a typed answer is understood, to be shown before it is submitted.

    Args:
        question: what is asked.
        text: what was typed; any text.
        key: needed for a chain whose processes may be named; never changes what is said of the answer itself.

    Raises:
        Unreadable: why, the form that is expected, an example.
    """
    if lost.said(question, text):
        return lost.value()
    try:
        value = read(text, question.spec)
        return _named(question, value, key) if question.spec.names else value
    except Unreadable as unreadable:
        kind = kind_of(question.spec)
        expected = question.expects.rstrip(".") or unreadable.expected or kind.expected
        raise Unreadable(unreadable.why, expected, unreadable.example or kind.example) from unreadable


def judge(
    question: Question,
    finding: Finding,
    key: SealedKey | None,
    citations: Sequence[Citation],
    history: History = History(),  # noqa: B008 - frozen and empty
    share: float = 1.0,
) -> Verdict:
    """Judge a finding.

    Args:
        question: the question, of the release that the attempt pins, and of its newest grading version.
        finding: what was submitted.
        key: the sealed key for this exhibit; None where it could not be proved there, and for free text.
        citations: what was cited; the first `MOST_CITATIONS` are looked at.
        history: earlier events of this question in this attempt, in order of time, without this finding.
        share: what lateness leaves of the gain, 0 to 1; see `late.share`.

    Raises:
        StaleSeal: the key was sealed from another version of the question.
    """
    if key is not None and key.material != question.material:
        raise StaleSeal(f"The key of {question.id} was sealed from another version of the question.")
    if key is not None and key.void:
        return _void(question, finding, key, history, share)
    try:
        value = understand(question, finding.text, key)
    except Unreadable as unreadable:
        now = standing(question.points, history, share)
        return _unspent(State.UNREADABLE, now, shows=unreadable.why, next=feedback.form(unreadable))
    if key is None:
        now = standing(question.points, history, share)
        free = (feedback.FREE_TEXT, feedback.READ_BY_PEOPLE)
        why, then = free if question.type == "written" else (feedback.NO_KEY, feedback.MARKER)
        return _unspent(State.UNJUDGED, now, understood=value.text, notes=value.notes, shows=why, next=then)
    if key.lost or lost.said(question, finding.text):
        return _of_loss(question, finding, value, key, citations[:MOST_CITATIONS], history, share)
    return _judged(question, value, key, citations, history, share)


def _of_loss(
    question: Question,
    finding: Finding,
    value: Value,
    key: SealedKey,
    cited: Sequence[Citation],
    history: History,
    share: float,
) -> Verdict:
    """The verdict where the thing is gone from the image, or is said to be."""
    said, pays = lost.said(question, finding.text), question.lost.share if question.lost else 0.0
    right = said and key.lost
    support_ = lost.shown(question, key, cited) if right else 0.0
    credit = pays * support_
    before, after = _standings(question, history, credit, share)
    solved = right and support_ >= WHOLE
    own = question.lost.say if question.lost and not said else question.lost.there if question.lost else ""
    wrong = (lost.THERE, lost.LOOK) if said else (lost.GONE, lost.ASK)
    return Verdict(
        state=State.JUDGED,
        lost=right,
        correctness=float(right),
        support=support_,
        credit=credit,
        understood=value.text,
        notes=value.notes,
        right=joined(lost.RIGHT, lost.paying(pays)) if right else "",
        shows="" if right else own or wrong[0],
        next=("" if solved else lost.SHOW) if right else wrong[1],
        mistake=lost.MISTAKE if said and not right else None,
        solved=solved,
        points=after.points,
        gained=after.points - before.points,
        worth=0.0 if solved else after.worth,
        tries_left=after.tries_left,
    )


def _judged(
    question: Question, value: Value, key: SealedKey, citations: Sequence[Citation], history: History, share: float
) -> Verdict:
    """The verdict on a value that was read, against a proved key."""
    match = matching.match(question, value.canon, key)
    grounds = _grounds(question, value.canon, key, match, citations[:MOST_CITATIONS])
    credit = match.correctness * shares(grounds.support, grounds.second) * (1.0 - grounds.cost)
    before, after = _standings(question, history, credit, share)
    spoken = feedback.speak(question, value.canon, match, grounds, after, history.hints)
    return Verdict(
        state=State.JUDGED,
        correctness=match.correctness,
        support=grounds.support,
        corroboration=None if grounds.second is None else float(grounds.second),
        cost=grounds.cost,
        credit=credit,
        understood=value.text,
        notes=(*value.notes, *feedback.of_citations(citations, grounds)),
        right=spoken.right,
        shows=spoken.shows,
        next=spoken.next,
        mistake=match.mistake.code if match.mistake else None,
        lookalikes=_codes(match, grounds),
        places=grounds.bearings,
        solved=credit >= WHOLE,
        points=after.points,
        gained=after.points - before.points,
        worth=after.worth,
        tries_left=after.tries_left,
    )


def _standings(question: Question, history: History, credit: float, share: float) -> tuple[Standing, Standing]:
    """Where the question stands before and after a finding of this credit."""
    after = history.and_then(Tried(credit, share))
    return standing(question.points, history, share), standing(question.points, after, share)


def _grounds(question: Question, value: Canon, key: SealedKey, match: Match, cited: Sequence[Citation]) -> Grounds:
    """What the finding rests on."""
    kind, spec = kind_of(question.spec), question.spec
    named = match.correctness > 0 and question.type != "pattern"  # a pattern is no value that a row could show
    forms = (value, key.answer) if named else (value,)
    claim = Claim(spec, value, forms, {**key.given, "key": kind.data(key.answer, spec)})
    right = _right(question, claim, key, match) if question.lookalikes else frozenset[Scalar]()
    found: tuple[Bearing, ...] = ()
    if match.correctness >= WHOLE:
        alike = [one for one in cited if innocent(question, [one], claim, right)] if question.lookalikes else []
        found = tuple(bearings(question, claim, cited, alike))
    return Grounds(
        cited,
        support(question.proof, question.needed, cited, claim),
        corroborated(question.proof, question.corroboration, cited, claim) if question.corroboration else None,
        innocent(question, cited, claim, right) if question.lookalikes else (),
        found,
    )


def _right(question: Question, claim: Claim, key: SealedKey, match: Match) -> frozenset[Scalar]:
    """The elements of a finding that belong in the answer: all of one that is right or accepted."""
    kind, spec = kind_of(question.spec), question.spec
    if match.correctness >= WHOLE or match.accepted:
        return claim.distinct
    return frozenset(one for one in claim.distinct if kind.many and kind.hits((one,), key.answer, spec))


def _codes(match: Match, grounds: Grounds) -> tuple[str, ...]:
    """Codes of the look-alikes that were named, then of those that were cited; each once."""
    alike = [*match.lookalikes, *(lookalike for lookalike, _ in grounds.innocent)]
    return tuple(dict.fromkeys(one.code for one in alike))


def _void(question: Question, finding: Finding, key: SealedKey, history: History, share: float) -> Verdict:
    """The verdict on a question that was withdrawn: full credit, whatever was typed and cited; no word on either."""
    try:
        value = understand(question, finding.text, key)
        read = {"understood": value.text, "notes": value.notes}
    except Unreadable:
        read = {}
    before, after = _standings(question, history, 1.0, share)
    return Verdict.model_validate(
        {
            "state": State.JUDGED,
            "void": True,
            "credit": 1.0,
            "shows": joined(feedback.ALL_EARN, key.void),
            "solved": True,
            "points": after.points,
            "gained": after.points - before.points,
            "worth": after.worth,
            "tries_left": after.tries_left,
            **read,
        }
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
            raise Unreadable(
                phrase("Several processes of this exhibit are named %(name)s: give the PID.", name=quoted(item))
            )
        if isinstance(item, str) and item not in key.names:
            raise Unreadable(phrase("No process of this exhibit is named %(name)s.", name=quoted(item)))
        chain.append(key.names[item] if isinstance(item, str) else item)
    canon = tuple(chain)
    text = kind_of(question.spec).write(canon, question.spec)
    return Value(value.type, canon, text, (*value.notes, phrase("Names were read as PIDs: %(pids)s.", pids=text)))


def _unspent(state: State, now: Standing, **more: object) -> Verdict:
    figures = {"points": now.points, "worth": now.worth, "tries_left": now.tries_left}
    return Verdict.model_validate({"state": state, **figures, **more})
