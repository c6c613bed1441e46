"""Where a person stands in the sixteen competencies, computed from the records whenever somebody asks."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.errors import NotThere, Refused
from training.learning.competence import document
from training.learning.competence.document import Document
from training.learning.competence.evidence import Evidence
from training.learning.competence.showings import day_of
from training.learning.competence.standing import Standing, State, standing
from training.learning.competence.table import ALL, ROLES
from training.learning.models import Career
from training.learning.service import records
from training.sentence import phrase


@dataclass(frozen=True)
class Profile:
    """A person's standings on a day, in the order of the table, with the role that they are seen against or ''."""

    person: UUID
    role: str
    evidence: Evidence
    day: date
    zone: ZoneInfo

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """Where the person stands in each."""
        return tuple(standing(one, self.evidence, self.day, self.zone) for one in ALL)

    @property
    def fading(self) -> tuple[Standing, ...]:
        """What a refresher would renew."""
        return tuple(one for one in self.standings if one.state is State.FADING)

    def document(self) -> Document:
        """The records with what was computed of them."""
        return document.document(str(self.person), self.evidence, self.day, self.zone)


def profile(session: Session, instance: Path, person: UUID, now: datetime, zone: ZoneInfo) -> Profile:
    """Everything of one person, whoever asks: the caller has seen to it that they may."""
    return Profile(person, role_of(session, person), records.of(session, instance, person), day_of(now, zone), zone)


def role_of(session: Session, person: UUID) -> str:
    """The role that a person chose; empty before."""
    found = session.get(Career, person)
    return found.role if found else ""


def choose_role(session: Session, actor: Actor, role: str, now: datetime) -> None:
    """Keep the role that the actor wants to be seen against. Raises Refused where there is no such role."""
    if role not in ROLES:
        raise Refused(phrase("Choose a role from the list."), field="role")
    if actor.id is None:
        raise NotThere(phrase("nobody is signed in"))
    try:
        with session.begin_nested():
            session.merge(Career(person_id=actor.id, role=role, chosen_at=now))
    except IntegrityError:  # a second click was quicker with the first choice ever
        session.merge(Career(person_id=actor.id, role=role, chosen_at=now))
