"""The people of a session as CSV: sent back as it is, it changes nothing."""

import csv
import io
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.models import Person
from training.analysis.results.export import MARK, harmless
from training.hosting.models import TeachingSession
from training.hosting.roster.models import RosterNote
from training.hosting.service import people

HEAD = ("Number", "Name", "Sign-in name", "Role", "Seat", "Language", "Group", "Extra time in percent")
EXAMPLE = ("00123", "Awa Diop", "awa.diop", "trainee", "01", "fr", "Unit 3", "25")


def as_csv(session: Session, teaching: TeachingSession) -> str:
    """Everybody who is in it, in the order of the page; UTF-8 with a mark, and no cell that a spreadsheet would run."""
    notes = select(RosterNote.person_id, RosterNote.note).filter_by(session_id=teaching.id)
    noted = {who: said for who, said in session.execute(notes)}  # noqa: C416 - a row is no pair to the type checker
    listed = people.of(session, teaching)
    spoken = select(Person.id, Person.language).where(Person.id.in_([one.member.person_id for one in listed]))
    languages = {who: code for who, code in session.execute(spoken)}  # noqa: C416 - as above
    rows = [
        (
            *(one.member.number, one.name, one.login, one.member.role, one.member.seat or ""),
            *(languages.get(one.member.person_id) or "", noted.get(one.member.person_id, "")),
            str(one.member.extra_percent),
        )
        for one in listed
    ]
    return table([HEAD, *rows])


def table(rows: list[tuple[str, ...]]) -> str:
    """Rows as CSV."""
    made = io.StringIO()
    csv.writer(made, lineterminator="\r\n").writerows([[harmless(cell) for cell in row] for row in rows])
    return MARK + made.getvalue()


def file_name(now: datetime) -> str:
    """What the file is called."""
    return f"people-{now:%Y-%m-%d}.csv"
