"""The cross-examination drill: questions on the weakest claims of one's own report, and answers that are kept.

It reads the author's report and the plugins' cards. Nothing here is marked, and nobody else reads it before its author
shares it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.analysis import cards as plugin_cards
from training.audit import service as audit
from training.errors import Conflict, NotThere, Refused, TooMany
from training.labs.models import Attempt
from training.labs.service.attempts import Case
from training.reporting import weakness
from training.reporting.document import Document
from training.reporting.models import DrillAnswer, DrillShare
from training.reporting.weakness import Claim
from training.reporting.wording import elsewhere, too_long
from training.sentence import phrase
from training.store import locked

LONGEST = 2_000
"""Characters of an answer."""
VERSIONS = 20
"""Answers to one question."""
CLAIMS, EACH = 6, 3
"""Claims that are asked about, and questions to each of them."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the drill with its answers, the newest first. `mended`: the report has this weakness no more."""

    number: int
    code: str
    asks: str
    reason: str = ""
    claim: Claim | None = None
    cited: int | None = None
    answers: tuple[DrillAnswer, ...] = ()

    @property
    def key(self) -> str:
        """How an address names it."""
        return f"F{self.number}.{self.code}"

    @property
    def mended(self) -> bool:
        """Whether the report has this weakness no more."""
        return self.claim is None

    @property
    def version(self) -> int:
        """That of the newest answer; 0 where there is none."""
        return self.answers[0].version if self.answers else 0


@dataclass(frozen=True, slots=True)
class Drill:
    """All questions, the weakest claim first, then those that were answered and are mended; `claims` are all claims."""

    claims: tuple[Claim, ...]
    questions: tuple[Question, ...]
    shared: bool

    def question(self, key: str) -> Question | None:
        """The question of this name."""
        return next((one for one in self.questions if one.key == key), None)

    @property
    def next(self) -> Question | None:
        """The first question without an answer."""
        return next((one for one in self.questions if not one.answers), None)


def permitted(case: Case, now: datetime) -> None:
    """Raises Conflict while an examination of the lab binds the person, or its results are not released."""
    if not case.told(now):
        raise Conflict(
            phrase(
                "An examination of this lab is under way, or its results are not released yet. The drill opens then; "
                "your report can be written meanwhile."
            )
        )


def of(session: Session, case: Case, document: Document, now: datetime) -> Drill:
    """The drill on a report as it stands. Raises Conflict as `permitted`."""
    permitted(case, now)
    claims = weakness.of(document, plugin_cards.load())
    given = _answers(session, case.attempt)
    asked = [
        Question(
            one.found.number,
            weak.code,
            weak.question,
            weak.reason,
            one,
            weak.cited,
            given.pop(_key(one, weak.code), ()),
        )
        for one in claims[:CLAIMS]
        for weak in one.weaknesses[:EACH]
    ]
    mended = [Question(number, code, each[0].question, answers=each) for (number, code), each in sorted(given.items())]
    return Drill(claims, (*asked, *mended), is_shared(session, case.attempt))


def _key(claim: Claim, code: str) -> tuple[int, str]:
    return claim.found.number, code


def _answers(session: Session, attempt: Attempt) -> dict[tuple[int, str], tuple[DrillAnswer, ...]]:
    """What was answered, by finding and weakness, the newest first."""
    found = select(DrillAnswer).filter_by(attempt_id=attempt.id).order_by(DrillAnswer.version.desc())
    made: dict[tuple[int, str], list[DrillAnswer]] = {}
    for one in session.scalars(found):
        made.setdefault((one.number, one.weakness), []).append(one)
    return {key: tuple(each) for key, each in made.items()}


def answer(
    session: Session, case: Case, document: Document, given: Mapping[str, str], seen: int, now: datetime
) -> DrillAnswer:
    """Keep an answer; `given` has the name of the question `q` and the `text`. The same words again are not kept twice.

    The attempt's row is locked by the caller.

    Raises:
        NotThere: the drill has no such question.
        Refused: nothing was written, or too much.
        Conflict: as `permitted`, or it was answered in another window.
        TooMany: as many answers were kept as one question may have.
    """
    asked = of(session, case, document, now).question(given.get("q", ""))
    if asked is None:
        raise NotThere(phrase("The drill has no such question: the report was changed meanwhile."))
    text = given.get("text", "").replace("\r\n", "\n").strip()
    if not text:
        raise Refused(phrase("Write your answer first: what a good one addresses is shown after that."), field="text")
    if len(text) > LONGEST:
        raise Refused(too_long(phrase("The answer"), len(text), LONGEST), field="text")
    if asked.answers and asked.answers[0].said == text:
        return asked.answers[0]
    if asked.version != seen:
        raise Conflict(elsewhere())
    if asked.version >= VERSIONS:
        raise TooMany(phrase("This question has %(n)s answers, and no more are kept.", n=VERSIONS))
    made = DrillAnswer(
        attempt_id=case.attempt.id,
        number=asked.number,
        weakness=asked.code,
        version=asked.version + 1,
        question=asked.asks,
        said=text,
        at=now,
    )
    session.add(made)
    session.flush()
    return made


def share(session: Session, case: Case, *, shared: bool, now: datetime) -> None:
    """Let instructors of the organisation read the drill, or take that back. Raises Conflict as `permitted`.

    The attempt's row is locked by the caller.
    """
    permitted(case, now)
    attempt = case.attempt
    found = session.scalars(locked(select(DrillShare).filter_by(attempt_id=attempt.id))).first()
    if (found.shared if found else False) == shared:
        return
    if found is None:
        found = DrillShare(attempt_id=attempt.id)
        session.add(found)
    found.shared, found.updated_at = shared, now
    details = {"shared": shared}
    subject = f"attempt:{attempt.id}"
    audit.record(session, act="drill.shared", actor=attempt.person_id, subject=subject, details=details, now=now)


def shared(session: Session, attempt: Attempt) -> Sequence[tuple[DrillAnswer, ...]]:
    """The answers of a drill that its author shares, by question. Raises NotThere where it is not shared."""
    if not is_shared(session, attempt):
        raise NotThere(phrase("This drill is its author's alone."))
    return [each for _, each in sorted(_answers(session, attempt).items())]


def is_shared(session: Session, attempt: Attempt) -> bool:
    """Whether instructors may read the drill of an attempt."""
    found = session.get(DrillShare, attempt.id)
    return found is not None and found.shared
