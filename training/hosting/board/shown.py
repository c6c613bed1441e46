"""What the pages of the board show: words and shapes of states, slots with planned and real times."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from training.hosting.board.service import parts as service
from training.hosting.models import Part, TeachingSession
from training.hosting.service import timetable
from training.sentence import phrase

CELLS = {
    "right": ("ok", phrase("Right")),
    "partly": ("part", phrase("Partly")),
    "wrong": ("bad", phrase("Not right")),
    "tried": ("wait", phrase("With a marker")),
    "submitted": ("sent", phrase("Was submitted")),
    "hint": ("hint", phrase("Hint")),
    "working": ("work", phrase("Working")),
    "open": ("open", phrase("Open")),
    "left": ("done", phrase("Finished")),
    "none": ("none", phrase("Not begun")),
}
"""Class and word of a cell; the class gives colour and shape."""
ATTENDANCE = {
    "present": ("ok", phrase("Present")),
    "late": ("part", phrase("Late")),
    "excused": ("hint", phrase("Excused")),
    "absent": ("bad", phrase("Absent")),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot with its times of day in the session's zone, as planned and as it was, and how late it runs."""

    part: Part
    starts: str
    ends: str
    began: str
    ended: str
    late: int


def days(teaching: TeachingSession, parts: Sequence[Part], now: datetime) -> list[tuple[int, list[Slot]]]:
    """All slots by day."""
    grouped = groupby(parts, key=lambda one: one.day)
    return [(day, [slot(teaching, one, now) for one in found]) for day, found in grouped]


def slot(teaching: TeachingSession, part: Part, now: datetime) -> Slot:
    """One slot."""
    planned = (_clock(teaching, part.starts_at), _clock(teaching, part.ends_at))
    return Slot(
        part, *planned, _clock(teaching, part.began_at), _clock(teaching, part.ended_at), service.late(part, now)
    )


def _clock(teaching: TeachingSession, moment: datetime | None) -> str:
    return f"{timetable.local(teaching, moment):%H:%M}" if moment else ""
