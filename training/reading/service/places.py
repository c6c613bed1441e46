"""Where somebody stopped: one row for a person and a module, written again as the person goes on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.courses.manuscript import marks
from training.courses.manuscript.course import Module
from training.errors import NotThere
from training.learning.models import Reading
from training.reading.models import LastPlace
from training.sentence import phrase

PAUSE = timedelta(seconds=2)
"""A place that comes sooner after the one before is not written: nobody reads that fast, and others wait to write."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Where to go on in a course: the id of the module and the number of the section, 0 before the first one."""

    course: str
    module: str
    section: int
    at: datetime

    @property
    def number(self) -> str:
        """The number of the module for readers."""
        return self.module[1:].replace("-", ".")


def stops(session: Session, actor: Actor) -> dict[str, Stop]:
    """The latest place in each course, in a module that is not marked as read."""
    if actor.id is None:
        return {}
    same = and_(
        Reading.person_id == LastPlace.person_id,
        Reading.course == LastPlace.course,
        Reading.module == LastPlace.module,
    )
    unread = select(LastPlace).outerjoin(Reading, same).where(LastPlace.person_id == actor.id, Reading.id.is_(None))
    rows = session.scalars(unread.order_by(LastPlace.at, LastPlace.id))
    return {row.course: Stop(row.course, row.module, row.section, row.at) for row in rows}


def due(session: Session, actor: Actor, course: str, module: Module, mark: str, now: datetime) -> bool:
    """Whether a place is to be written: another one than before, and not at once after it."""
    row = _row(session, actor, course, module.id)
    return row is None or (row.mark != mark and now - row.at >= PAUSE)


def keep(session: Session, actor: Actor, course: str, module: Module, mark: str, now: datetime) -> None:
    """Keep a paragraph as the place. Raises NotThere where the module has no such paragraph."""
    found = next((one for one in marks.paragraphs(module) if one.mark == mark), None)
    if found is None:
        raise NotThere(phrase("This module has no such paragraph in the release that you work with."))
    _put(session, actor, course, module.id, found.section, mark, now)


def keep_section(session: Session, actor: Actor, course: str, module: Module, section: int, now: datetime) -> None:
    """Keep the beginning of a section as the place. Raises NotThere where the module has no such section."""
    if section not in {heading.number for heading in module.headings}:
        raise NotThere(phrase("This module has no section %(number)s.", number=str(section)))
    _put(session, actor, course, module.id, section, "", now)


def anchor(session: Session, actor: Actor, course: str, module: Module) -> str | None:
    """The id to jump to: of the paragraph, else of its section where the text changed since, else none."""
    row = _row(session, actor, course, module.id)
    if row is None:
        return None
    if row.mark and any(one.mark == row.mark for one in marks.paragraphs(module)):
        return f"p-{row.mark}"
    return next((heading.id for heading in module.headings if heading.number == row.section), None)


def _row(session: Session, actor: Actor, course: str, module: str) -> LastPlace | None:
    return session.scalars(select(LastPlace).filter_by(person_id=actor.id, course=course, module=module)).first()


def _put(session: Session, actor: Actor, course: str, module: str, section: int, mark: str, now: datetime) -> None:
    row = _row(session, actor, course, module)
    if row is not None:
        row.section, row.mark, row.at = section, mark, now
        return
    made = LastPlace(person_id=_id(actor), course=course, module=module, section=section, mark=mark, at=now)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:  # another request of the same person was quicker, by a moment
        return


def _id(actor: Actor) -> UUID:
    if actor.id is None:
        raise NotThere(phrase("nobody is signed in"))
    return actor.id
