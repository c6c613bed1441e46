"""Assignments for a circle of people: who is in it, which exhibit each gets, and what stands for one person."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.accounts.actor import Role
from training.errors import Conflict
from training.labs.models import Accommodation, Assignment, AssignmentPerson
from training.labs.service.terms import Terms
from training.sentence import phrase


def standing_for(
    session: Session, organisation: UUID | None, person: UUID | None, lab: str | None = None
) -> list[Terms]:
    """What is set for a person now, of one lab or of all, with the person's own extra time; what counts first.

    That is what circles of the person have set, the newest first, and then what the organisation has set for all. A
    circle of another organisation counts as well: its people have put the person there.
    """
    mine = (AssignmentPerson.assignment_id == Assignment.id) & (AssignmentPerson.person_id == person)
    more = (Accommodation.assignment_id == Assignment.id) & (Accommodation.person_id == person)
    found = select(Assignment, func.coalesce(Accommodation.extra_minutes, 0)).outerjoin(AssignmentPerson, mine)
    found = found.outerjoin(Accommodation, more).where(Assignment.withdrawn_at.is_(None))
    for_all = Assignment.circle.is_(None) & (Assignment.organisation_id == organisation)
    found = found.where(for_all | AssignmentPerson.person_id.is_not(None))
    if lab is not None:
        found = found.where(Assignment.lab == lab)
    ordered = found.order_by(Assignment.circle.is_(None), Assignment.made_at.desc(), Assignment.id.desc())
    return [Terms(one, timedelta(minutes=extra)) for one, extra in session.execute(ordered)]


def members(session: Session, assignment: Assignment) -> dict[UUID, str | None]:
    """The people of an assignment's circle, and the SHA-256 of the exhibit that each gets, where that is said."""
    return {one.person_id: one.exhibit for one in _of(session, assignment)}


def counted(session: Session, assignments: Collection[UUID]) -> dict[UUID, int]:
    """How many people each assignment's circle has; those without people are left out."""
    found = select(AssignmentPerson.assignment_id, func.count())
    found = found.where(AssignmentPerson.assignment_id.in_(assignments)).group_by(AssignmentPerson.assignment_id)
    return {one: number for one, number in session.execute(found)}  # noqa: C416 - a row is no pair to the type checker


def set_members(session: Session, assignment: Assignment, people: Collection[UUID]) -> None:
    """Let an assignment of a circle be for these people and nobody else; the exhibits that are said stay."""
    here = {one.person_id: one for one in _of(session, assignment)}
    for person in here.keys() - set(people):
        session.delete(here[person])
    new = sorted(set(people) - here.keys())
    session.add_all(AssignmentPerson(assignment_id=assignment.id, person_id=one) for one in new)
    session.flush()


def set_exhibits(session: Session, assignment: Assignment, exhibits: Mapping[UUID, str | None]) -> None:
    """Say which exhibit people of the circle get when they begin; None: as without a circle. Others are passed over."""
    for one in _of(session, assignment):
        if one.person_id in exhibits:
            one.exhibit = exhibits[one.person_id]
    session.flush()


def exhibit_of(session: Session, assignment: Assignment | None, person: UUID | None) -> str | None:
    """The SHA-256 of the exhibit that a person gets in an assignment, where that is said."""
    if assignment is None or assignment.circle is None or person is None:
        return None
    found = session.get(AssignmentPerson, (assignment.id, person))
    return found.exhibit if found else None


def reserved(session: Session, lab: str, person: UUID | None) -> set[str]:
    """The exhibits that wait for a person in examinations of a lab: unseen until then."""
    found = select(AssignmentPerson.exhibit).join(Assignment, Assignment.id == AssignmentPerson.assignment_id)
    found = found.where(AssignmentPerson.person_id == person, AssignmentPerson.exhibit.is_not(None))
    found = found.where(Assignment.lab == lab, Assignment.mode == "examination", Assignment.withdrawn_at.is_(None))
    return {one for one in session.scalars(found.where(Assignment.released_at.is_(None))) if one}


def none_beside(session: Session, lab: str, organisations: Collection[UUID | None], now: datetime) -> None:
    """Practice can't be begun while an examination of the lab is open to others of the organisation.

    Raises:
        Conflict: one is; who takes it is not told.
    """
    most = func.coalesce(func.max(Accommodation.extra_minutes), 0)
    found = select(Assignment, most).outerjoin(Accommodation, Accommodation.assignment_id == Assignment.id)
    found = found.where(Assignment.organisation_id.in_([one for one in organisations if one]), Assignment.lab == lab)
    found = found.where(Assignment.mode == "examination", Assignment.withdrawn_at.is_(None), Assignment.opens_at <= now)
    for one, extra in session.execute(found.group_by(Assignment.id)):
        if Terms(one, timedelta(minutes=extra)).share(now) is not None:
            raise Conflict(
                phrase("An examination of this lab is under way. The lab can be begun anew when that has ended.")
            )


def of(session: Session, circle: UUID) -> list[Assignment]:
    """What stands for a circle, by its opening; without what one person of it takes again."""
    found = select(Assignment).filter_by(circle=circle, person_id=None, withdrawn_at=None)
    return list(session.scalars(found.order_by(Assignment.opens_at, Assignment.id)))


def again(session: Session, circle: UUID) -> list[Assignment]:
    """What single people of a circle take again, as far as it stands."""
    found = select(Assignment).filter_by(circle=circle, withdrawn_at=None)
    return list(session.scalars(found.where(Assignment.person_id.is_not(None)).order_by(Assignment.id)))


def to_come(session: Session, assignment: Assignment, now: datetime) -> bool:
    """Whether somebody of a circle has still to take an examination of a lab again: until then nothing is told."""
    if assignment.circle is None:
        return False
    more = func.coalesce(func.max(Accommodation.extra_minutes), 0)
    found = select(Assignment, more).outerjoin(Accommodation, Accommodation.assignment_id == Assignment.id)
    found = found.filter_by(circle=assignment.circle, lab=assignment.lab, withdrawn_at=None, released_at=None)
    found = found.where(Assignment.person_id.is_not(None), Assignment.id != assignment.id).group_by(Assignment.id)
    return any(Terms(one, timedelta(minutes=extra)).share(now) is not None for one, extra in session.execute(found))


def trainees(session: Session, assignment: Assignment) -> list[tuple[UUID, str]]:
    """Id and name of everybody who can be given time: those of the circle, or all trainees who can sign in."""
    circle = members(session, assignment)
    return [
        (person.id, person.name)
        for person in accounts.members(session, assignment.organisation_id)
        if person.disabled_at is None
        and (assignment.circle is None or person.id in circle)
        and any(
            (one.organisation_id, one.role) == (assignment.organisation_id, Role.TRAINEE) for one in person.memberships
        )
    ]


def _of(session: Session, assignment: Assignment) -> list[AssignmentPerson]:
    return list(session.scalars(select(AssignmentPerson).filter_by(assignment_id=assignment.id)))
