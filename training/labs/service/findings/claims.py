"""What a trainee claims: what is typed for a question, how it is read, and the citations that it stands on."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from training.errors import Refused
from training.grading.judge import Confidence, understand
from training.grading.question import Question
from training.grading.values.base import Unreadable, Value
from training.grading.values.reading import kind_of
from training.labs.models import Citation
from training.labs.service import notebook, rules
from training.labs.service.attempts import Case
from training.labs.service.rules import Rules
from training.sentence import phrase
from training.store import Plain

LONGEST_REASONING = 4_000
MOST_CITED = 40
CONFIDENCES = tuple(str(one) for one in Confidence)

_CITATION = Plain(Citation)
_citation = _CITATION.table.c
_CITED = select(*_CITATION.columns).where(
    _citation.attempt_id == bindparam("attempt"), _citation.number.in_(bindparam("numbers", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a trainee typed for a question: the value, how sure they are, numbers of the citations that prove it.

    `bare` says that it is to be submitted although nothing is cited; `seen` is the step of the question that the page
    showed, None where it is not known; `reasoning` is kept for whoever marks or reads it, and never graded.
    """

    value: str
    confidence: str | None = None
    cited: tuple[int, ...] = ()
    bare: bool = False
    seen: int | None = None
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """How a typed value was read: as a value with notes, or not at all, with the form that is expected."""

    value: Value | None
    why: str = ""
    expected: str = ""
    example: str = ""


def read(session: Session, case: Case, question: Question, text: str) -> Read:
    """How a text would be read, before anything is submitted. Says nothing about whether it is right."""
    return understood(rules.of(session, case), question, text)


def understood(ruled: Rules, question: Question, text: str) -> Read:
    """The same under known rules."""
    try:
        return Read(understand(question, text, ruled.key(question.id)))
    except Unreadable as bad:
        return Read(None, bad.why, bad.expected, bad.example)


def within_limits(question: Question, claimed: Claimed) -> None:
    """Raises Refused for what is longer than is kept, cites too much, or is sure in a way that there is none of."""
    longest = kind_of(question.spec).longest
    if len(claimed.value) > longest:
        why = phrase("The finding has %(n)s characters; at most %(most)s fit.", n=len(claimed.value), most=longest)
        raise Refused(why, field="value")
    if len(claimed.reasoning) > LONGEST_REASONING:
        n = len(claimed.reasoning)
        why = phrase("The reasoning has %(n)s characters; at most %(most)s fit.", n=n, most=LONGEST_REASONING)
        raise Refused(why, field="reasoning")
    if len(claimed.cited) > MOST_CITED:
        why = phrase("%(n)s places are cited; choose at most %(most)s.", n=len(claimed.cited), most=MOST_CITED)
        raise Refused(why, field="cited")
    if claimed.confidence not in {None, *CONFIDENCES}:
        raise Refused(unsure(), field="confidence")


def citations(session: Session, case: Case, claimed: Claimed) -> Sequence[Citation]:
    """The citations that are claimed, by their numbers. Raises NotThere for one that the notebook doesn't hold."""
    numbers = sorted(set(claimed.cited))
    if not numbers:
        return []
    found = session.connection().execute(_CITED, {"attempt": case.attempt.id, "numbers": numbers})
    rows = {one.number: one for one in (_CITATION.take(iter(row)) for row in found)}
    return [rows.get(number) or notebook.get(session, case.attempt, number) for number in numbers]


def unsure() -> str:
    """What is said where a confidence is none that there is."""
    return phrase("How sure you are is one of %(known)s.", known=", ".join(CONFIDENCES))
