"""What markers read of live work: handed to them with the image, and put into what grading says of the conduct."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.audit import service as audit
from training.evidence.models import OwnExhibit
from training.grading.conduct import ConductVerdict, marked
from training.grading.credit import History
from training.grading.judge import Finding as Claim
from training.grading.judge import judge
from training.grading.values.texts import LONGEST_WRITTEN
from training.labs import decided
from training.labs.models import Attempt, Finding
from training.labs.service import attempts


def hand(session: Session, instance: Path, attempt_id: UUID, texts: Mapping[str, str], now: datetime) -> None:
    """Hand texts to the markers of an attempt at a live lab; what was handed over before stays as it is.

    Args:
        session: of the unit.
        instance: folder of the installation.
        attempt_id: the attempt on the own image.
        texts: what is to be read, by the name of the mark that it makes.
        now: when.
    """
    case = attempts.case(session, instance, session.get_one(Attempt, attempt_id, with_for_update=True))
    live = case.lab.file.live
    names = decided.named([fork.id for fork in live.forks] if live else [])
    there = {one.question for one in of(session, attempt_id)}
    for question in decided.questions(case.lab.file):
        text = texts.get(names[question.id], "")[:LONGEST_WRITTEN]
        if not text.strip() or question.id in there:
            continue
        made = Finding(
            attempt_id=attempt_id,
            question=question.id,
            try_no=1,
            step=1,
            value=text,
            confidence=None,
            citations=[],
            request_key=question.id,
            understood="",
            verdict=judge(question, Claim(text), None, [], History()).model_dump(mode="json"),
            judged=False,
            credit=0.0,
            points=0.0,
            at=now,
        )
        session.add(made)
        session.flush()
        details = {"attempt": str(attempt_id), "question": question.id, "try": 1, "judged": False, "credit": 0.0}
        subject, actor = f"finding:{made.id}", case.attempt.person_id
        audit.record(session, act="finding.submitted", actor=actor, subject=subject, details=details, now=now)


def of(session: Session, attempt_id: UUID | None) -> Sequence[Finding]:
    """What was handed to the markers of an attempt."""
    if attempt_id is None:
        return []
    found = session.scalars(select(Finding).filter_by(attempt_id=attempt_id).order_by(Finding.question))
    return [one for one in found if decided.reserved(one.question)]


def read(session: Session, attempt_id: UUID | None, forks: Sequence[str]) -> dict[str, Finding]:
    """What markers have judged of it, by the name of the mark of conduct; `forks` are the ids of all decisions."""
    names = decided.named(forks)
    return {names[one.question]: one for one in of(session, attempt_id) if one.current.judged}


def marks(session: Session, attempt_id: UUID | None, forks: Sequence[str]) -> dict[str, float]:
    """Credit that markers gave, as grading of conduct takes it."""
    return {name: one.current.credit for name, one in read(session, attempt_id, forks).items()}


def remarked(session: Session, finding: Finding) -> None:
    """Put what stands of a finding now into what is said of the conduct, where it was a text of live work."""
    if not decided.reserved(finding.question):
        return
    attempt = session.get_one(Attempt, finding.attempt_id)
    whose = session.get(OwnExhibit, attempt.exhibit)
    if whose is None or whose.conduct is None:
        return
    said = ConductVerdict.model_validate(whose.conduct)
    forks = [one.id for one in said.decisions.forks]
    whose.conduct = marked(said, marks(session, attempt.id, forks)).model_dump(mode="json")
    session.flush()
