"""File a report: it is frozen as it stands, with its digest, and never changes again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from training.audit import service as audit
from training.errors import Damaged, NotThere, Refused, TooMany
from training.labs.models import Attempt
from training.labs.service.attempts import Case
from training.labs.service.notebook import OpenResult
from training.reporting import checks
from training.reporting.document import Document, digest, read, written
from training.reporting.models import ReportFiled
from training.reporting.service import projection
from training.sentence import phrase

MOST = 20
"""Reports that are filed in one attempt."""
LARGEST = 200_000
"""Bytes of a document."""


def file(session: Session, case: Case, open_result: OpenResult, language: str, now: datetime) -> ReportFiled:
    """Freeze the report as it stands. What is frozen already, word for word, is not filed again: that one is returned.

    The attempt's row is locked by the caller.

    Raises:
        Refused: it has no finding and not a word, or is larger than a report may be.
        TooMany: as many were filed as one attempt may have.
        Damaged: the record that came with the exhibit is not what was registered.
    """
    made = projection.draft(session, case, open_result, language, now, digests=True, drawn=True)
    if not made.findings and not made.parts:
        raise Refused(phrase("There is nothing to file yet: submit a finding, or write a part."))
    last = session.scalar(select(func.max(ReportFiled.number)).filter_by(attempt_id=case.attempt.id)) or 0
    before = get(session, case.attempt, last) if last else None
    if before is not None and _same(document_of(before), made):
        return before
    if last >= MOST:
        raise TooMany(phrase("This attempt has filed %(n)s reports, and no more are taken.", n=MOST))
    numbered = made.model_copy(update={"number": last + 1})
    text = written(numbered)
    if len(text) > LARGEST:
        raise Refused(
            phrase(
                "The report would have %(n)s bytes; at most %(most)s are kept. Leave findings, citations or figures "
                "out.",
                n=len(text),
                most=LARGEST,
            )
        )
    filed = ReportFiled(
        attempt_id=case.attempt.id,
        number=numbered.number,
        at=now,
        document=text,
        sha256=digest(text),
        warnings=len(checks.of(numbered)),
    )
    session.add(filed)
    session.flush()
    details = {"number": filed.number, "sha256": filed.sha256}
    subject = f"attempt:{case.attempt.id}"
    audit.record(session, act="report.filed", actor=case.attempt.person_id, subject=subject, details=details, now=now)
    return filed


def listed(session: Session, attempt: Attempt) -> Sequence[ReportFiled]:
    """What was filed in an attempt, the newest first; the documents themselves are read when they are asked for."""
    found = select(ReportFiled).filter_by(attempt_id=attempt.id).order_by(ReportFiled.number.desc())
    return list(session.scalars(found.options(defer(ReportFiled.document))))


def get(session: Session, attempt: Attempt, number: int) -> ReportFiled:
    """The report of this number; NotThere when none was filed."""
    found = session.scalars(select(ReportFiled).filter_by(attempt_id=attempt.id, number=number)).first()
    if found is None:
        raise NotThere(phrase("No report %(n)s was filed in this attempt.", n=str(number)))
    return found


def document_of(filed: ReportFiled) -> Document:
    """The document that was frozen. Raises Damaged where it is not what its digest is of."""
    if digest(filed.document) != filed.sha256:
        about = {"wanted": filed.sha256, "found": digest(filed.document)}
        raise Damaged(phrase("The filed report has SHA-256 %(found)s, and %(wanted)s was noted.", **about))
    return read(filed.document)


def shown(filed: ReportFiled) -> Document:
    """The same with the number that it has here: a session that is carried may give it another one."""
    return document_of(filed).model_copy(update={"number": filed.number})


def _same(before: Document, now: Document) -> bool:
    """Whether nothing but number, time, language and format differs."""
    kept = ("format", "number", "at", "language", "closed_at")
    return before == now.model_copy(update={name: getattr(before, name) for name in kept})
