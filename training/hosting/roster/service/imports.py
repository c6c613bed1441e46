"""A list: kept as it came, shown as what it would do, read otherwise, applied once.

What is shown is worked out anew each time from the bytes that were sent, the host's choices and the session as it
stands. Applying names the mark of what was seen; when anything of it has changed meanwhile, nothing is applied.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.accounts.actor import Actor, Role
from training.accounts.models import Person
from training.accounts.service.passwords import NOBODY
from training.audit import service as audit
from training.errors import Conflict, NotThere, Refused
from training.hosting.models import TeachingSession
from training.hosting.roster.models import RosterImport, RosterNote
from training.hosting.roster.reading.table import FIELDS, IGNORED, Choices, Table, read
from training.hosting.roster.service.compare import ADDED, CHANGED, Entry, difference
from training.hosting.service import labs, people
from training.hosting.service.people import TRAINEE, Place
from training.hosting.service.record import not_closed, note
from training.sentence import phrase
from training.store import locked, new_id

NAME = 120
KEPT = timedelta(days=14)
"""How long the bytes of a list that nobody applies are kept."""
SEEN_OTHERWISE = phrase(
    "The session or its people changed since you looked. Nothing was applied. Below is what the list would do now: "
    "look at it and apply it again."
)


def keep(
    session: Session, actor: Actor, teaching: TeachingSession, data: bytes, name: str, now: datetime
) -> RosterImport:
    """Keep a list that somebody sent. Raises Refused for what is no list, Conflict for a closed session."""
    not_closed(teaching)
    read(data)
    old = update(RosterImport).where(RosterImport.session_id == teaching.id, RosterImport.made_at < now - KEPT)
    session.execute(old.values(source=None))
    digest = hashlib.sha256(data).hexdigest()
    shown = "".join(one for one in name if one.isprintable())[:NAME]
    row = RosterImport(id=new_id(), session_id=teaching.id, name=shown, digest=digest, source=data, choices={})
    row.made_by, row.made_at = _by(actor), now
    session.add(row)
    note(session, "roster.sent", actor, teaching, {"digest": digest}, now)
    return row


def get(session: Session, teaching: TeachingSession, key: UUID, *, lock: bool = False) -> RosterImport:
    """A list of this session. Raises NotThere."""
    query = select(RosterImport).where(RosterImport.id == key, RosterImport.session_id == teaching.id)
    row = session.scalar(locked(query) if lock else query)
    if row is None:
        raise NotThere(phrase("There is no such list in this session."))
    return row


def of(session: Session, teaching: TeachingSession) -> list[RosterImport]:
    """The lists of a session that can be applied, or were, the newest first."""
    found = select(RosterImport).where(RosterImport.session_id == teaching.id)
    found = found.where(RosterImport.source.is_not(None) | RosterImport.applied_at.is_not(None))
    return list(session.scalars(found.order_by(RosterImport.made_at.desc(), RosterImport.id.desc()).limit(20)))


def choose(session: Session, teaching: TeachingSession, key: UUID, choices: Choices) -> None:
    """Read a list otherwise. Raises Refused where that can't be, Conflict once it is applied."""
    row = get(session, teaching, key, lock=True)
    read(_source(row), choices)
    columns = {str(at): name for at, name in choices.columns.items() if name in {*FIELDS, IGNORED}}
    row.choices = {"encoding": choices.encoding, "separator": choices.separator, "head": choices.head}
    row.choices |= {"columns": columns}


def choices_of(row: RosterImport) -> Choices:
    """What the host chose."""
    said = row.choices
    columns = {int(at): name for at, name in said.get("columns", {}).items()}
    return Choices(said.get("encoding", ""), said.get("separator", ""), said.get("head"), columns)


def table_of(row: RosterImport) -> Table:
    """The list as the host wants it read. Raises Conflict once its bytes are gone."""
    return read(_source(row), choices_of(row))


def apply(
    session: Session, actor: Actor, teaching: TeachingSession, key: UUID, mark: str, now: datetime
) -> dict[str, Any]:
    """Do what the dry run showed; how many of each kind. A second time changes nothing and says the same.

    Nobody is taken out. The session's row must be locked.

    Raises:
        Conflict: what was seen is not what would be done now, or the session is closed.
        Refused: the session would have more trainees than seats, or nobody has said where names are.
    """
    row = get(session, teaching, key, lock=True)
    if row.outcome is not None:
        return row.outcome
    not_closed(teaching)
    table = table_of(row)
    found = difference(session, actor, teaching, table)
    if found.mark != mark:
        raise Conflict(SEEN_OTHERWISE)
    if table.faults or found.blocked:
        raise Refused(found.blocked or table.faults[0])
    _put(session, actor, teaching, [one for one in found.entries if one.kind in {ADDED, CHANGED}], now)
    row.outcome, row.applied_by, row.applied_at, row.source = found.counts, _by(actor), now, None
    note(session, "roster.applied", actor, teaching, {"digest": row.digest, **found.counts}, now)
    return row.outcome


def _put(session: Session, actor: Actor, teaching: TeachingSession, entries: list[Entry], now: datetime) -> None:
    members = {one.person_id: one for one in teaching.members}
    before = {who: one.extra_percent for who, one in members.items()}
    for one in entries:  # seats and numbers may go round in a circle
        member = members.get(one.person) if one.person else None
        if member and member.seat != one.place.seat:
            member.seat = None
        if member and member.number != one.place.number:
            member.number = ""
    session.flush()
    places: dict[UUID, Place] = {}
    for one in entries:
        who = one.person or _account(session, actor, teaching, one, now)
        places[who] = one.place
        _personal(session, actor, teaching, who, one, now)
    for member in people.add_all(session, actor, teaching, places, now):
        had = before.get(member.person_id, member.extra_percent)
        if had != member.extra_percent:
            labs.change_time(session, actor, teaching, member, had, now)


def _account(session: Session, actor: Actor, teaching: TeachingSession, entry: Entry, now: datetime) -> UUID:
    """An account that nobody can sign in to with a password: its owner comes in by a slip and may choose one then."""
    role = Role.TRAINEE if entry.place.role == TRAINEE else Role.INSTRUCTOR
    home = teaching.organisation_id
    made = accounts.make_person(
        session, login=entry.login, name=entry.name, sealed=NOBODY, home=home, role=role, actor=actor.id, now=now
    )
    return made.id


def _personal(
    session: Session, actor: Actor, teaching: TeachingSession, who: UUID, entry: Entry, now: datetime
) -> None:
    """Name, language and note."""
    person = session.get_one(Person, who)
    if any(change.field == "name" for change in entry.changes):
        person.name = entry.name
        details = {"name": audit.commit_to(session, who, entry.name)}
        audit.record(session, act="person.renamed", actor=actor.id, subject=f"person:{who}", details=details, now=now)
    if entry.language:
        accounts.prefer(session, who, language=entry.language)
    if entry.note is not None:
        row = session.get(RosterNote, (teaching.id, who))
        if row is not None and not entry.note:
            session.delete(row)
        elif row is not None:
            row.note = entry.note
        elif entry.note:
            session.add(RosterNote(session_id=teaching.id, person_id=who, note=entry.note))


def _source(row: RosterImport) -> bytes:
    if row.source is None:
        raise Conflict(phrase("This list was applied, or is too old. Send it again to compare it with the session."))
    return row.source


def _by(actor: Actor) -> UUID:
    assert actor.id is not None  # noqa: S101 - only people who are signed in send lists
    return actor.id
