"""Which organisation a course or lab belongs to: its staff alone write and publish it and see its keys."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.accounts.models import Organisation
from training.audit import service as audit
from training.content.models import Ownership


@dataclass(frozen=True, slots=True)
class Owned:
    """A course or lab with the organisation that it belongs to; None where no organisation runs the installation."""

    kind: str
    name: str
    owner: UUID | None


def of(session: Session, kind: str, name: str) -> Owned:
    """A course or lab with its owner, whether or not there is such a course or lab."""
    row = session.get(Ownership, (kind, name))
    return Owned(kind, name, row.organisation_id if row else accounts.founding(session))


def of_all(session: Session, things: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], Owned]:
    """The same for several by kind and name."""
    default = accounts.founding(session)
    rows = {(row.kind, row.name): row.organisation_id for row in session.scalars(select(Ownership))}
    return {(kind, name): Owned(kind, name, rows.get((kind, name), default)) for kind, name in things}


def give(session: Session, kind: str, name: str, organisation: UUID, by: UUID | None, now: datetime) -> None:
    """Let a course or lab belong to an organisation from now on; None stands for the command line."""
    row = session.get(Ownership, (kind, name)) or Ownership(kind=kind, name=name)
    row.organisation_id, row.since = organisation, now
    session.add(row)
    _record(session, f"{kind}:{name}", organisation, by, now)


def hand_over(session: Session, organisation: UUID, now: datetime) -> None:
    """Let another organisation run the installation, and own whatever belongs to no other one."""
    session.execute(update(Organisation).values(founding=False).where(Organisation.founding))
    session.execute(update(Organisation).values(founding=True).where(Organisation.id == organisation))
    _record(session, "installation", organisation, None, now)


def _record(session: Session, subject: str, organisation: UUID, by: UUID | None, now: datetime) -> None:
    details = {"organisation": str(organisation)}
    audit.record(session, act="owner.set", actor=by, subject=subject, details=details, now=now)
