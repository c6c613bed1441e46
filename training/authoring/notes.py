"""National notes of an organisation: what the law of its country says where a course leaves that to its host."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.models import Organisation
from training.audit import service as audit
from training.authoring.models import LocalNote
from training.content import markdown
from training.content import service as content
from training.courses.manuscript import reader
from training.errors import Conflict, DomainError, Refused
from training.sentence import phrase

KEY = re.compile(r"[a-z][a-z0-9-]{0,39}")
LIMITS = {"jurisdiction": 120, "article": 200, "dated": 40, "checked_by": 120, "text": 5_000}
NEEDED = ("jurisdiction", "article", "dated", "checked_by")
NAMED = re.compile(r"<[a-z][^<>]*\sid=")
"""An element that has an id: that of a note would be a second one of the page around it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a course that waits for a note: the course, the module by number and id, what it asks as safe HTML."""

    course: str
    module: str
    number: str
    asks: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A key with the places that ask for it, and the note that there is."""

    key: str
    places: tuple[Place, ...]
    note: LocalNote | None


def local_notes(session: Session, organisation: UUID | None) -> Mapping[str, LocalNote]:
    """The notes of an organisation by key, for the pages of courses; none without an organisation."""
    if organisation is None:
        return {}
    rows = select(LocalNote).filter_by(organisation_id=organisation).order_by(LocalNote.at, LocalNote.id)
    latest = {row.key: row for row in session.scalars(rows)}
    return {key: row for key, row in latest.items() if row.text}


def wanted(session: Session, instance: Path, organisation: UUID) -> list[Wanted]:
    """All keys that the offered courses ask for, and those that are filled though nothing asks for them any more."""
    notes = local_notes(session, organisation)
    places: dict[str, list[Place]] = {}
    for release in content.offered(session, "course"):
        try:
            course = reader.load(content.folder_of(instance, release))
        except DomainError:  # whoever opens the course is told
            continue
        for module in course.modules:
            for part in module.parts:
                if part.local:
                    place = Place(course.id, module.id, module.number, part.local.asks)
                    places.setdefault(part.local.key, []).append(place)
    keys = sorted(places.keys() | notes.keys())
    return [Wanted(key, tuple(places.get(key, ())), notes.get(key)) for key in keys]


def earlier(session: Session, organisation: UUID, key: str) -> list[LocalNote]:
    """All that was ever written under a key, the newest first; an empty text is a note that was taken back."""
    rows = select(LocalNote).filter_by(organisation_id=organisation, key=key)
    return list(session.scalars(rows.order_by(LocalNote.at.desc(), LocalNote.id.desc())))


def write(
    session: Session, organisation: UUID, key: str, given: Mapping[str, str], by: UUID, now: datetime
) -> LocalNote:
    """Keep a note; an empty text takes it back. The notes before it stay in the database.

    `base` among the fields is the id of the latest row that the writer has seen, empty for none. Raises Refused with
    the first field that can't be kept, Conflict where somebody else wrote meanwhile.
    """
    if not KEY.fullmatch(key):
        raise Refused(phrase("%(key)s is no key of a note.", key=key[:80]), field="key")
    values = {name: _value(name, given.get(name, "")) for name in LIMITS}
    for name in NEEDED if values["text"] else ():
        if not values[name]:
            raise Refused(
                phrase("Say whose law it is, the act and article, the state that you looked at, and who checked it."),
                field=name,
            )
    rendered = markdown.render(values["text"], file="note")
    if rendered.mistakes:
        faults = "; ".join(f"line {one.line}: {one.message}" for one in rendered.mistakes)
        raise Refused(phrase("The text can't be shown as it stands: %(faults)s", faults=faults), field="text")
    if NAMED.search(rendered.html):
        raise Refused(
            phrase("A note stands in the middle of a page: write it without headings, foot notes and terms."),
            field="text",
        )
    _unmoved(session, organisation, key, given.get("base", ""))
    note = LocalNote(organisation_id=organisation, key=key, by_id=by, at=now, **values)
    session.add(note)
    details = {"organisation": str(organisation), "key": key}
    audit.record(session, act="note.written", actor=by, subject=f"note:{key}", details=details, now=now)
    return note


def shown(note: LocalNote) -> str:
    """The text of a note as safe HTML."""
    return markdown.render(note.text, file="note").html


def _unmoved(session: Session, organisation: UUID, key: str, base: str) -> None:
    """Raise Conflict where the latest row is not the one that was seen. Writers of an organisation wait in a row."""
    session.execute(select(Organisation.id).filter_by(id=organisation).with_for_update())
    rows = earlier(session, organisation, key)
    if (str(rows[0].id) if rows else "") != base:
        raise Conflict(
            phrase(
                "Somebody else wrote this note while you did. Above stands what it says now, below what you typed. "
                "Look at both, and keep yours once more."
            ),
            field="text",
        )


def _value(name: str, text: str) -> str:
    value = text.replace("\r\n", "\n").strip()
    value = value if name == "text" else " ".join(value.split())
    if len(value) > LIMITS[name]:
        raise Refused(
            phrase("This field has %(n)s characters; at most %(most)s are kept.", n=len(value), most=LIMITS[name]),
            field=name,
        )
    return value
