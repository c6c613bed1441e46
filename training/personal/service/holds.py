"""What delays an erasure: matters that need the person's name, or the person, to come to an end."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from training.accounts.models import Person
from training.accounts.organisations import service as organisations
from training.credentials.models import CriticalError
from training.errors import Refused
from training.hosting.models import SessionMember, TeachingSession
from training.labs.models import Assignment, Attempt, Finding
from training.marking.models.appeals import Appeal
from training.marking.models.rounds import Piece, Round
from training.marking.models.signs import SignAttempt, SignCase
from training.sentence import phrase


def holding(session: Session, person: Person) -> list[str]:
    """Why this person can't be erased now, each a sentence; nothing where nothing holds. Memberships are loaded."""
    found: list[str] = [
        phrase("The session %(title)s is not closed.", title=title) for title in _sessions(session, person.id)
    ]
    checks = (
        (_appeals(person.id), phrase("An appeal is not decided.")),
        (_of_errors(person.id), phrase("An appeal against a critical error is not answered.")),
        (_cases(person.id), phrase("A case about signs in the person's work is open.")),
        (_rounds(person.id), phrase("The person's work is being marked.")),
        (_examinations(person.id), phrase("The results of an examination are not released.")),
    )
    found += [why for query, why in checks if session.scalar(query.limit(1)) is not None]
    try:
        organisations.spare(session, person)
    except Refused as bad:
        found.append(bad.message)
    return found


def _sessions(session: Session, person: UUID) -> list[str]:
    mine = select(SessionMember.session_id).where(
        SessionMember.person_id == person, SessionMember.withdrawn_at.is_(None)
    )
    titles = select(TeachingSession.title).where(TeachingSession.id.in_(mine), TeachingSession.closed_at.is_(None))
    return list(session.scalars(titles.order_by(TeachingSession.starts_on)))


def _appeals(person: UUID) -> Select[UUID]:
    return (
        select(Appeal.id)
        .join(Attempt, Attempt.id == Appeal.attempt_id)
        .where(Attempt.person_id == person, Appeal.outcome.is_(None))
    )


def _of_errors(person: UUID) -> Select[UUID]:
    open_ones = select(CriticalError.id).where(CriticalError.person_id == person, CriticalError.outcome.is_(None))
    return open_ones.where(CriticalError.appealed_at.is_not(None))


def _cases(person: UUID) -> Select[UUID]:
    mine = select(SignAttempt.case_id).join(Attempt, Attempt.id == SignAttempt.attempt_id)
    return select(SignCase.id).where(SignCase.id.in_(mine.where(Attempt.person_id == person)), SignCase.state == "open")


def _rounds(person: UUID) -> Select[UUID]:
    return (
        select(Piece.id)
        .join(Round, Round.id == Piece.round_id)
        .join(Finding, Finding.id == Piece.finding_id)
        .join(Attempt, Attempt.id == Finding.attempt_id)
        .where(Attempt.person_id == person, Round.closed_at.is_(None))
    )


def _examinations(person: UUID) -> Select[UUID]:
    return (
        select(Attempt.id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .where(Attempt.person_id == person, Assignment.mode == "examination", Assignment.released_at.is_(None))
    )
