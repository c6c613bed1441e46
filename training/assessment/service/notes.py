"""What the team writes beside the figures: documents seen, a summary of each dimension without persons, what speaks
against a priority, and the training plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.assessment.instrument.reader import instrument
from training.assessment.models import Note, Round
from training.errors import NotThere, Refused, TooMany
from training.sentence import phrase
from training.store import locked

LINE, TEXT = 300, 4_000  # characters
MOST = 200  # documents of a round
PLAN = ("roles", "people", "sessions", "dates", "refreshers")
"""Fields of a training plan for a course."""


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes of a round: documents in the order in which they were entered, the rest by what it is about."""

    documents: tuple[Note, ...]
    summaries: Mapping[str, str]
    against: Mapping[str, str]
    plans: Mapping[str, Mapping[str, str]]

    def seen(self, code: str) -> tuple[Note, ...]:
        """The documents that an indicator rests on."""
        return tuple(one for one in self.documents if code in one.data["indicators"])


def of(session: Session, held: Round) -> Notes:
    """All notes of a round."""
    rows = session.scalars(select(Note).where(Note.round_id == held.id).order_by(Note.at, Note.id)).all()

    def by(kind: str) -> dict[str, Any]:
        return {one.about: one.data for one in rows if one.kind == kind}

    return Notes(
        tuple(one for one in rows if one.kind == "document"),
        {about: data["text"] for about, data in by("summary").items()},
        {about: data["text"] for about, data in by("against").items()},
        by("plan"),
    )


def write(
    session: Session, held: Round, kind: str, about: str, data: Mapping[str, str], actor: Actor, now: datetime
) -> None:
    """Keep a summary, what speaks against a priority, or the plan of a course; empty deletes it. Raises Refused."""
    _known(kind, about)
    names = PLAN if kind == "plan" else ("text",)
    told = {name: _checked(data.get(name, ""), name) for name in names}
    query = locked(select(Note).where(Note.round_id == held.id, Note.kind == kind, Note.about == about))
    row = session.scalar(query)
    if not any(told.values()):
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(Note(round_id=held.id, kind=kind, about=about, data=told, at=now, written_by=actor.id))
    else:
        row.data, row.at, row.written_by = told, now, actor.id


def add_document(
    session: Session, held: Round, title: str, dated: str, reference: str, codes: list[str], actor: Actor, now: datetime
) -> None:
    """Enter a document that the team has seen. Raises Refused with the field, TooMany."""
    told = {name: _checked(text, name) for name, text in (("title", title), ("dated", dated), ("reference", reference))}
    if not told["title"]:
        raise Refused(phrase("Give the title of the document."), field="title")
    if told["dated"]:
        _day(told["dated"])
    if wrong := [code for code in codes if instrument().indicator(code) is None]:
        raise Refused(phrase("There is no indicator %(code)s.", code=wrong[0][:10]), field="codes")
    documents = select(func.count()).select_from(Note).where(Note.round_id == held.id, Note.kind == "document")
    if (session.scalar(documents) or 0) >= MOST:
        raise TooMany(phrase("A round has at most %(n)s documents.", n=MOST))
    data = {**told, "indicators": list(dict.fromkeys(codes))}
    session.add(Note(round_id=held.id, kind="document", about="", data=data, at=now, written_by=actor.id))


def drop_document(session: Session, held: Round, ident: UUID) -> None:
    """Take a document off the list. Raises NotThere."""
    row = session.get(Note, ident)
    if row is None or row.round_id != held.id or row.kind != "document":
        raise NotThere(phrase("This document is not in the list."))
    session.delete(row)


def _known(kind: str, about: str) -> None:
    made = instrument()
    places = {
        "summary": set(made.dimensions),
        "against": {one.code for one in made.indicators},
        "plan": {str(number) for number in made.courses},
    }
    if about not in places.get(kind, set()):
        raise Refused(phrase("There is no place for this note."))


def _checked(text: str, field: str) -> str:
    told = text.replace("\r\n", "\n").strip()
    most = TEXT if field == "text" else LINE
    if len(told) > most:
        told_of = phrase("%(n)s characters are too many here; at most %(most)s are kept.", n=len(told), most=most)
        raise Refused(told_of, field=field)
    return told


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        said = phrase("'%(text)s' was not read as a day. Write year-month-day, such as 2026-07-30.", text=text[:40])
        raise Refused(said, field="dated") from None
