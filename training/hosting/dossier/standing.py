"""What is still open in a session that is sealed, and the seals so far. Nothing of it forbids a seal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from training.audit.models import Event
from training.credentials import critical, overview
from training.hosting.models import TeachingSession
from training.labs.models import Assignment, Attempt, Finding, Judgement
from training.marking.models.appeals import Appeal
from training.sentence import Sentence, counted, phrase

SEALED = "session.sealed"


@dataclass(frozen=True, slots=True)
class Open:
    """Something that is not done: in words, and the endpoint where it is done; `marking`: only instructors do it."""

    text: Sentence
    endpoint: str
    marking: bool = False


@dataclass(frozen=True, slots=True)
class Seal:
    """A dossier that was sealed: when, by whom (None: by command), and the SHA-256 of the file."""

    at: datetime
    by: UUID | None
    sha256: str


def seals(session: Session, teaching: TeachingSession) -> list[Seal]:
    """The dossiers of a session that were sealed here, the newest first."""
    found = select(Event).where(Event.subject == f"session:{teaching.id}", Event.act == SEALED)
    rows = session.scalars(found.order_by(Event.seq.desc()))
    return [Seal(one.at, one.actor, str(one.details["sha256"])) for one in rows]


def still_open(session: Session, teaching: TeachingSession) -> list[Open]:
    """What is not done yet, in the order in which it is done."""
    return list(_open(session, teaching))


def _open(session: Session, teaching: TeachingSession) -> Iterator[Open]:
    if teaching.closed_at is None:
        said = phrase("The session is not closed: what comes after the seal is not in the dossier.")
        yield Open(said, "hosting.session")
    if at_work := session.scalar(_mine(select(func.count(Attempt.id)), teaching).where(Attempt.closed_at.is_(None))):
        yield Open(counted("%(num)s attempt is not ended.", "%(num)s attempts are not ended.", at_work), "")
    if unmarked := _unmarked(session, teaching):
        said = counted("%(num)s finding waits for a marker.", "%(num)s findings wait for a marker.", unmarked)
        yield Open(said, "marking.rounds", marking=True)
    mine = _mine(select(func.count(Appeal.id)).join(Attempt, Attempt.id == Appeal.attempt_id), teaching)
    if appeals := session.scalar(mine.where(Appeal.outcome.is_(None))):
        said = counted("%(num)s appeal is not decided.", "%(num)s appeals are not decided.", appeals)
        yield Open(said, "marking.appeals", marking=True)
    if waiting := critical.waiting(session, teaching):
        said = counted(
            "%(num)s appeal against a critical error is not answered.",
            "%(num)s appeals against critical errors are not answered.",
            waiting,
        )
        yield Open(said, "credentials.of_session")
    found = overview.overview(session, teaching)
    if found.lines and not found.ready:
        yield Open(phrase("Two instructors have not confirmed the results."), "credentials.of_session")
    elif found.waiting:
        wait = len(found.waiting)
        said = counted("%(num)s certificate is not issued.", "%(num)s certificates are not issued.", wait)
        yield Open(said, "credentials.of_session")
    if found.misfits:
        said = counted(
            "%(num)s certificate is not the one that the results give now.",
            "%(num)s certificates are not those that the results give now.",
            len(found.misfits),
        )
        yield Open(said, "credentials.of_session")


def _mine(asked: Select[int], teaching: TeachingSession) -> Select[int]:
    return asked.join(Assignment, Assignment.id == Attempt.assignment_id).where(Assignment.circle == teaching.id)


def _unmarked(session: Session, teaching: TeachingSession) -> int:
    """Questions of attempts whose last finding nobody has judged."""
    of_session = select(Attempt.id).join(Assignment, Assignment.id == Attempt.assignment_id)
    of_session = of_session.where(Assignment.circle == teaching.id)
    columns = (Finding.id, Finding.attempt_id, Finding.question, Finding.judged)
    tried = select(*columns).where(Finding.attempt_id.in_(of_session)).order_by(Finding.try_no)
    last = {(one.attempt_id, one.question): one for one in session.execute(tried)}
    said = select(Judgement.finding_id, Judgement.judged).join(Finding, Finding.id == Judgement.finding_id)
    rows = session.execute(said.where(Finding.attempt_id.in_(of_session)).order_by(Judgement.seq))
    judged = {one.finding_id: one.judged for one in rows}
    return sum(not judged.get(one.id, one.judged) for one in last.values())


def same(found: Sequence[Seal], sha256: str) -> Seal | None:
    """The seal of a file that was sealed here."""
    return next((one for one in found if one.sha256 == sha256), None)
