"""Notes at paragraphs. A note keeps the beginning of the text that it stood at: when that is gone, the note is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.courses.manuscript import marks
from training.courses.manuscript.course import Course, Module
from training.courses.manuscript.marks import Paragraph
from training.errors import Conflict, NotThere, Refused, TooMany
from training.reading.models import MarginNote
from training.sentence import phrase

LONGEST = 2_000  # characters of a note
QUOTE = 300  # characters of a paragraph that a note keeps
MOST = 1_000  # notes of one person in one course


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph as a page shows it: the notes at it, and the section that ends before it, None where none does."""

    html: str
    notes: tuple[MarginNote, ...]
    ends: int | None


@dataclass(frozen=True, slots=True)
class Margin:
    """The text of a module with one person's notes.

    `parts` go with those of the module. `last` is the section that ends with the text; `lost` are notes whose paragraph
    is not in this text.
    """

    parts: tuple[tuple[Piece, ...], ...]
    last: int
    lost: tuple[MarginNote, ...]


def margin(session: Session, actor: Actor, course: str, module: Module) -> Margin:
    """What stands beside the text of a module."""
    by_mark: dict[str, list[MarginNote]] = {}
    for note in of_module(session, actor, course, module.id):
        by_mark.setdefault(note.mark, []).append(note)
    parts: list[tuple[Piece, ...]] = []
    last = 0
    for part in marks.of(module):
        pieces = []
        for one in part:
            pieces.append(Piece(one.html, tuple(by_mark.pop(one.mark, ())), last if one.opens else None))
            last = one.section
        parts.append(tuple(pieces))
    return Margin(tuple(parts), last, tuple(note for notes in by_mark.values() for note in notes))


def of_module(session: Session, actor: Actor, course: str, module: str) -> Sequence[MarginNote]:
    """The actor's notes in a module, the oldest first."""
    mine = select(MarginNote).filter_by(person_id=actor.id, course=course, module=module)
    return session.scalars(mine.order_by(MarginNote.at, MarginNote.id)).all()


def of_course(session: Session, actor: Actor, course: Course) -> list[tuple[str, list[MarginNote]]]:
    """The actor's notes in a course by module, in the order of the text; those of modules that are gone come last."""
    rows = session.scalars(select(MarginNote).filter_by(person_id=actor.id, course=course.id)).all()
    order = {module.id: {one.mark: at for at, one in enumerate(marks.paragraphs(module))} for module in course.modules}
    names = [*order, *sorted({row.module for row in rows} - order.keys())]
    found = []
    for name in names:
        places = order.get(name, {})
        mine = [row for row in rows if row.module == name]
        found.append((name, sorted(mine, key=lambda row: (places.get(row.mark, len(places)), row.at, row.id))))
    return [(name, mine) for name, mine in found if mine]


def choices(module: Module, section: int) -> list[Paragraph]:
    """The paragraphs of a section, to choose one from."""
    return [one for one in marks.paragraphs(module) if one.section == section]


def section_of(module: Module, mark: str) -> int | None:
    """The section in which a paragraph stands."""
    return next((one.section for one in marks.paragraphs(module) if one.mark == mark), None)


def write(
    session: Session, actor: Actor, course: str, module: Module, mark: str, text: str, request_key: str, now: datetime
) -> MarginNote:
    """Keep a note at a paragraph. A request key that was used gives that note. Raises Refused, TooMany."""
    seen = session.scalars(select(MarginNote).filter_by(person_id=actor.id, request_key=request_key)).first()
    if seen is not None:
        return _same(seen, mark, cleaned(text))
    found = next((one for one in marks.paragraphs(module) if one.mark == mark), None)
    if found is None:
        raise Refused(phrase("Choose the paragraph that the note belongs to."), field="mark")
    told = cleaned(text)
    held = select(func.count()).select_from(MarginNote).filter_by(person_id=actor.id, course=course)
    if (session.scalar(held) or 0) >= MOST:
        raise TooMany(phrase("You have %(n)s notes in this course. Delete some to write more.", n=MOST))
    made = MarginNote(
        person_id=_id(actor), course=course, module=module.id, section=found.section, mark=mark,
        language=module.language, quote=found.text[:QUOTE], text=told, version=1, request_key=request_key, at=now,
        changed_at=now,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:  # the same form, sent twice at once
        return session.scalars(select(MarginNote).filter_by(person_id=actor.id, request_key=request_key)).one()
    return made


def change(note: MarginNote, text: str, version: int, now: datetime) -> None:
    """Give a note another text. Raises Refused, and Conflict where it was changed since it was shown."""
    told = cleaned(text)
    if note.text == told:
        return
    if note.version != version:
        raise Conflict(
            phrase("This note was changed meanwhile, in another window. Both texts are below."), field="text"
        )
    note.text, note.version, note.changed_at = told, note.version + 1, now


def cleaned(text: str) -> str:
    """A note as it is kept. Raises Refused."""
    told = text.replace("\r\n", "\n").strip()
    if not told:
        raise Refused(phrase("Write something, or delete the note."), field="text")
    if len(told) > LONGEST:
        given = {"n": len(told), "most": LONGEST}
        raise Refused(phrase("The note has %(n)s characters; at most %(most)s are kept.", **given), field="text")
    return told


def _same(seen: MarginNote, mark: str, told: str) -> MarginNote:
    if (seen.mark, seen.text) != (mark, told):
        raise Conflict(phrase("This form was sent before with another text. Open the page again for another note."))
    return seen


def _id(actor: Actor) -> UUID:
    if actor.id is None:
        raise NotThere(phrase("nobody is signed in"))
    return actor.id
