"""What an organisation wrote on the law of its country: the state of each place, and the sheet of a course."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from training.authoring import notes
from training.content import service as content
from training.courses.manuscript import reader
from training.errors import NotThere
from training.sentence import phrase

AGAIN = timedelta(days=365)
"""After this time a note is read again, as are the modules of the courses."""


@dataclass(frozen=True, slots=True)
class Box:
    """A place of the courses for the host's law: what it asks as safe HTML, the note if any, when to look again."""

    wanted: notes.Wanted
    again: datetime | None
    due: bool

    @property
    def html(self) -> str:
        """The note as safe HTML; empty for none."""
        return notes.shown(self.wanted.note) if self.wanted.note else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The notes that a course asks for, the places without one, and what the course is called."""

    title: str
    written: tuple[Box, ...]
    empty: tuple[Box, ...]


def boxes(session: Session, instance: Path, organisation: UUID, now: datetime) -> list[Box]:
    """Every place of the offered courses that waits for a note, by key."""
    return [_box(one, now) for one in notes.wanted(session, instance, organisation)]


def sheet(session: Session, instance: Path, organisation: UUID, course: str, now: datetime) -> Sheet:
    """What stands on paper for a course. Raises NotThere for one that is absent or asks for no law."""
    found = [
        one
        for one in boxes(session, instance, organisation, now)
        if any(place.course == course for place in one.wanted.places)
    ]
    if not found:
        raise NotThere(phrase("No course of this name asks for the law of its host's country."))
    release = content.get(session, "course", course)
    title = reader.load(content.folder_of(instance, release)).title
    written = tuple(one for one in found if one.wanted.note)
    return Sheet(title, written, tuple(one for one in found if not one.wanted.note))


def courses(found: list[Box]) -> list[str]:
    """The names of the courses that ask for notes."""
    return sorted({place.course for one in found for place in one.wanted.places})


def _box(wanted: notes.Wanted, now: datetime) -> Box:
    again = wanted.note.at + AGAIN if wanted.note else None
    return Box(wanted, again, again is not None and again <= now)
