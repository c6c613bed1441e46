"""Attempts: begin one or go on with it, and close it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.audit import service as audit
from training.content import service as content
from training.content.models import Release
from training.errors import Conflict, NotThere, Refused
from training.evidence import service as evidence
from training.evidence.models import Exhibit
from training.grading.question import Question
from training.labs import reader
from training.labs.models import Attempt
from training.labs.reader import Lab


@dataclass(frozen=True, slots=True)
class Case:
    """An attempt with what it works on: the release that it pins, that release's lab, and the exhibit."""

    attempt: Attempt
    release: Release
    lab: Lab
    exhibit: Exhibit


def case(session: Session, instance: Path, attempt: Attempt) -> Case:
    """What an attempt works on. Raises ContentError when the frozen files can't be read any more."""
    release = session.get_one(Release, attempt.release_id)
    lab = reader.load(content.folder_of(instance, release))
    return Case(attempt, release, lab, evidence.get(session, attempt.exhibit))


def current(session: Session, person: UUID, name: str) -> Attempt | None:
    """A person's open attempt at any release of a lab: who began on an older release goes on with that one."""
    found = (
        select(Attempt)
        .join(Release, Release.id == Attempt.release_id)
        .where(Attempt.person_id == person, Attempt.closed_at.is_(None), Release.kind == "lab", Release.name == name)
        .order_by(Attempt.opened_at.desc())
    )
    return session.scalars(found).first()


def begin(session: Session, instance: Path, actor: Actor, name: str, now: datetime) -> Attempt:
    """Open an attempt at the lab of this name, or find the one that the person has open.

    Raises:
        NotThere: no such lab is offered, or its exhibit is not registered here.
        Refused: the actor belongs to no organisation.
    """
    if actor.id is None or actor.home is None:
        raise Refused("Only a member of an organisation can begin a lab. Ask whoever invited you to add you to one.")
    if open_one := current(session, actor.id, name):
        return open_one
    release = content.get(session, "lab", name)
    lab = reader.load(content.folder_of(instance, release))
    exhibit = evidence.by_name(session, lab.exhibits[0])
    attempt = Attempt(
        person_id=actor.id,
        organisation_id=actor.home,
        release_id=release.id,
        exhibit=exhibit.sha256,
        opened_at=now,
        closed_at=None,
    )
    try:
        with session.begin_nested():
            session.add(attempt)
    except IntegrityError:  # the same person was quicker in another window
        found = current(session, actor.id, name)
        if found is None:
            raise
        return found
    details = {"release": release.sha256, "exhibit": exhibit.sha256}
    subject = f"attempt:{attempt.id}"
    audit.record(session, act="attempt.opened", actor=actor.id, subject=subject, details=details, now=now)
    return attempt


def close(session: Session, attempt: Attempt, now: datetime) -> None:
    """End an attempt: nothing can be added to it afterwards. Closing twice changes nothing."""
    if attempt.closed_at is not None:
        return
    attempt.closed_at = now
    audit.record(
        session, act="attempt.closed", actor=attempt.person_id, subject=f"attempt:{attempt.id}", details={}, now=now
    )


def still_open(attempt: Attempt) -> None:
    """Raises Conflict when the attempt is closed."""
    if attempt.closed_at is not None:
        raise Conflict("This attempt is closed, so nothing can be added. You can still read it, or begin the lab anew.")


def question_of(lab: Lab, name: str) -> Question:
    """The question of this name; NotThere when the lab has none."""
    found = lab.question(name)
    if found is None:
        raise NotThere(f"This lab has no question {name}.")
    return found
