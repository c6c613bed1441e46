"""What an instructor confirms of a person: use at work, observed teaching, a reviewed piece, a critical error.

Only what no other record could say. There are no details of a case: what was done is one of a list.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.accounts.models import Person
from training.audit import service as audit
from training.errors import Conflict, NotThere, Refused
from training.labs.models import Assignment, Attempt
from training.learning.competence.table import BY_ID
from training.learning.models import Statement
from training.sentence import joined, phrase

CRITICAL = "critical"
TASKS: dict[str, dict[str, str]] = {
    "casework": {
        "authority": phrase("Checked or drafted an authority"),
        "scene": phrase("Worked at a scene"),
        "acquisition": phrase("Acquired data"),
        "custody": phrase("Kept custody and records"),
        "analysis": phrase("Examined an exhibit"),
        "request": phrase("Sent or answered a request"),
        "report": phrase("Wrote or read a report critically"),
        "hearing": phrase("Gave or tested evidence"),
        "decision": phrase("Decided or argued on evidence"),
    },
    "teaching": {
        "module": phrase("Taught a module under observation"),
        "team": phrase("Instructed a team under observation"),
        "moot": phrase("Led a moot"),
    },
    "review": {
        "report": phrase("Reviewed a report that was then used"),
        "file": phrase("Reviewed an order, a file, a request or a ruling that was then used"),
        "validation": phrase("Validated a tool, and the note was then used"),
        "introduced": phrase("Introduced an agreement or a checklist at work"),
    },
    CRITICAL: {
        "no-authority": phrase("Collected before recording a legal authority"),
        "switched-off": phrase("Switched off or restarted without a recorded reason"),
        "no-hash": phrase("Left without a hash of the acquired image"),
        "notes": phrase("Notes contradict the command record in a material point"),
        "certain": phrase("Stated as certain what the exhibit contradicts"),
        "partial": phrase("Rested a finding on a run that was partial without saying so"),
        "accused": phrase("Accused a harmless look-alike as certain"),
        "other-exhibit": phrase("Reported values of another exhibit as own"),
    },
}
"""What can be confirmed, by kind: the task, or the error, in words."""

SHORTEST, LONGEST = 10, 1_000
"""Characters of the reason of a critical error."""
OLDEST = timedelta(days=730)
"""How long ago something may have been done that is confirmed today."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What an instructor wants to confirm; `attempt` and `reason` are of a critical error, `competency` of all else."""

    kind: str
    task: str
    day: date
    competency: str = ""
    attempt: UUID | None = None
    reason: str = ""


def make(
    session: Session, actor: Actor, person: Person, wish: Wish, request_key: str, today: date, now: datetime
) -> Statement:
    """Confirm something of a person. A request key that was used gives that statement.

    Args:
        session: to write in.
        actor: an instructor of the person's organisation, and somebody else.
        person: about whom.
        wish: what to confirm.
        request_key: of the form.
        today: in the host's time zone.
        now: the instant.

    Raises:
        Refused: something is missing or does not fit; all of it is said.
        NotThere: the attempt is none of this person, or was no examination here.
        Conflict: the key was used for something else.
    """
    _sound(wish, today)
    attempt = _attempt(session, person, wish)
    made = Statement(
        person_id=person.id,
        organisation_id=person.home_id,
        kind=wish.kind,
        competency=wish.competency,
        attempt_id=attempt,
        task=wish.task,
        day=wish.day,
        reason=wish.reason,
        request_key=request_key,
        by_id=_id(actor),
        at=now,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        return _seen(session, made)
    details = {"kind": made.kind, "competency": made.competency, "task": made.task, "day": made.day.isoformat()}
    details |= {"attempt": str(attempt)} if attempt else {}
    details |= {"reason": audit.commit_to(session, person.id, made.reason)} if made.reason else {}
    _record(session, "statement.made", actor, made, details, now)
    return made


def withdraw(session: Session, actor: Actor, statement: Statement, now: datetime) -> None:
    """Take a statement back: it counts no more. Done twice, it changes nothing."""
    if statement.withdrawn_at is None:
        statement.withdrawn_at, statement.withdrawn_by = now, _id(actor)
        _record(session, "statement.withdrawn", actor, statement, {}, now)


def of_person(session: Session, person: UUID) -> list[Statement]:
    """Everything that was ever confirmed of a person, the newest first."""
    found = select(Statement).filter_by(person_id=person)
    return list(session.scalars(found.order_by(Statement.at.desc(), Statement.id.desc())))


def told(session: Session, person: UUID, attempts: Collection[str]) -> list[Statement]:
    """The same, as the person may see it: of critical errors those in attempts whose results they may know."""
    return [one for one in of_person(session, person) if one.attempt_id is None or str(one.attempt_id) in attempts]


def examinations(session: Session, person: Person) -> list[tuple[Attempt, str]]:
    """The examinations that a person took in the organisation where they work now, with their titles; newest first."""
    found = select(Attempt, Assignment.title).join(Assignment, Assignment.id == Attempt.assignment_id)
    found = found.where(Attempt.person_id == person.id, Attempt.organisation_id == person.home_id)
    found = found.where(Assignment.mode == "examination").order_by(Attempt.opened_at.desc())
    return [(attempt, title) for attempt, title in session.execute(found)]


def _sound(wish: Wish, today: date) -> None:
    faults: list[tuple[str, str]] = []
    if wish.task not in TASKS.get(wish.kind, {}):
        faults.append(("task", phrase("Choose what is confirmed from the list.")))
    if wish.kind != CRITICAL and wish.competency not in BY_ID:
        faults.append(("competency", phrase("Choose the competency that it is about.")))
    if not today - OLDEST <= wish.day <= today:
        days = {"day": wish.day.isoformat(), "first": (today - OLDEST).isoformat(), "last": today.isoformat()}
        faults.append(("day", phrase("%(day)s does not lie between %(first)s and %(last)s.", **days)))
    if wish.kind == CRITICAL and wish.attempt is None:
        faults.append(("attempt", phrase("Choose the examination in which it happened.")))
    if wish.kind == CRITICAL and not SHORTEST <= len(wish.reason) <= LONGEST:
        limits = {"least": SHORTEST, "most": LONGEST, "n": len(wish.reason)}
        faults.append(
            ("reason", phrase("Give a reason of %(least)s to %(most)s characters; this one has %(n)s.", **limits))
        )
    if faults:
        raise Refused(joined(*(text for _, text in faults)), field=faults[0][0])


def _attempt(session: Session, person: Person, wish: Wish) -> UUID | None:
    if wish.kind != CRITICAL:
        return None
    mine = select(Attempt.id).join(Assignment, Assignment.id == Attempt.assignment_id)
    mine = mine.where(Attempt.id == wish.attempt, Attempt.person_id == person.id, Assignment.mode == "examination")
    found = session.scalar(mine.where(Attempt.organisation_id == person.home_id))
    if found is None:
        raise NotThere(phrase("There is no such examination of this person here."), field="attempt")
    return found


def _seen(session: Session, made: Statement) -> Statement:
    found = session.scalars(select(Statement).filter_by(by_id=made.by_id, request_key=made.request_key)).one_or_none()
    names = ("person_id", "kind", "competency", "attempt_id", "task", "day", "reason")
    if found is None or any(getattr(found, name) != getattr(made, name) for name in names):
        raise Conflict(
            phrase("This form was sent before, with something else. Open the page again and fill it in there.")
        )
    return found


def _record(
    session: Session, act: str, actor: Actor, statement: Statement, details: dict[str, str], now: datetime
) -> None:
    about = {**details, "statement": str(statement.id)}
    subject = f"person:{statement.person_id}"
    audit.record(session, act=act, actor=actor.id, subject=subject, details=about, now=now)


def _id(actor: Actor) -> UUID:
    if actor.id is None:
        raise NotThere(phrase("nobody is signed in"))
    return actor.id
