"""Hints that help towards a finding, each at its price."""

from datetime import datetime

from sqlalchemy.orm import Session

from training.audit import service as audit
from training.errors import Refused
from training.grading.question import Question
from training.labs.models import HintTaken
from training.labs.service import activity
from training.labs.service.activity import Act
from training.labs.service.attempts import Case, admit
from training.labs.service.progress import progress
from training.sentence import counted, phrase


def take_hint(session: Session, case: Case, question: Question, number: int, now: datetime) -> HintTaken:
    """Open a hint at the price that its button shows. Opening it again costs nothing; hints open in order.

    Raises:
        NotThere or Refused: the question has no such hint, or the one before it is still closed.
        Conflict: the attempt is closed, or nothing is accepted any more.
    """
    before = progress(session, case, question)
    if 1 <= number <= len(before.hints):
        return before.hints[number - 1]
    admit(case, now)
    if not case.terms.hints:
        raise Refused(phrase("No hint can be opened here: the instructor has set this lab without hints."))
    if not 1 <= number <= len(question.hints):
        raise Refused(
            counted(
                "Question %(id)s has %(num)s hint; there is no hint %(hint)s.",
                "Question %(id)s has %(num)s hints; there is no hint %(hint)s.",
                len(question.hints),
                id=question.id,
                hint=str(number),
            )
        )
    if number != len(before.hints) + 1:
        raise Refused(phrase("Hint %(n)s opens after hint %(before)s.", n=str(number), before=str(number - 1)))
    taken = HintTaken(
        attempt_id=case.attempt.id,
        question=question.id,
        number=number,
        step=before.step + 1,
        price=question.hints[number - 1].price,
        at=now,
    )
    session.add(taken)
    session.flush()
    details = {"question": question.id, "hint": number, "price": taken.price}
    subject = f"attempt:{case.attempt.id}"
    audit.record(session, act="hint.opened", actor=case.attempt.person_id, subject=subject, details=details, now=now)
    activity.told(session, case.terms.assignment, case.attempt.person_id, Act.OTHER, now)
    return taken
