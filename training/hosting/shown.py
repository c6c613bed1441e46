"""What the pages of a session show: days with their slots, links to what is worked on, the steps of its staff."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from training.hosting import plan as plans
from training.hosting.models import Part, TeachingSession
from training.hosting.service import timetable, works
from training.hosting.service.releases import Key
from training.sentence import phrase

KINDS = {
    "A": phrase("Organising"),
    "L": phrase("Lesson"),
    "W": phrase("Worked example"),
    "P": phrase("Practice"),
    "D": phrase("Debrief"),
    "Q": phrase("Quiz and retrieval"),
    "E": phrase("Examination"),
    "break": phrase("Break"),
}
STATES = {
    "planned": ("wait", phrase("Being prepared")),
    "open": ("work", phrase("Open")),
    "paused": ("part", phrase("Paused")),
    "closed": ("lock", phrase("Closed")),
}
ROLES = {"trainee": phrase("Trainee"), "instructor": phrase("Instructor"), "lead": phrase("Lead")}


@dataclass(frozen=True, slots=True)
class Link:
    """Something that a slot works on: how it is called, its kind, and whether it is in this installation."""

    kind: str
    name: str
    module: str
    title: str
    installed: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A slot as a page shows it; times of day in the session's zone; `phase` is 'now', 'next', 'done' or empty."""

    part: Part
    starts: str
    ends: str
    links: tuple[Link, ...]
    phase: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the timetable, with its contact minutes."""

    number: int
    date: date
    rows: tuple[Row, ...]
    minutes: int
    today: bool


def days(
    teaching: TeachingSession,
    parts: Sequence[Part],
    titles: Mapping[tuple[str, str], str],
    missing: Collection[Key],
    moment: datetime,
) -> list[Day]:
    """The timetable by day. `titles` are those of what is installed, by name and module, see `titles_of`."""
    now = timetable.now(parts, moment)
    shown: list[Day] = []
    today = timetable.local(teaching, moment).date()
    for number, found in groupby(parts, key=lambda one: one.day):
        rows = tuple(row(teaching, one, titles, missing, phase(one, now, moment)) for one in found)
        minutes = sum(one.part.minutes for one in rows if one.part.contact)
        day = teaching.starts_on + timedelta(days=number - 1)
        shown.append(Day(number, day, rows, minutes, day == today))
    return shown


def phase(part: Part, now: timetable.Now, moment: datetime) -> str:
    """Whether a slot is what goes on, what follows, or over."""
    if part is now.current:
        return "now"
    if part is now.following:
        return "next"
    return "done" if part.ended_at is not None or part.ends_at <= moment else ""


def row(
    teaching: TeachingSession,
    part: Part,
    titles: Mapping[tuple[str, str], str],
    missing: Collection[Key],
    phase: str = "",
) -> Row:
    """One slot."""
    starts, ends = (timetable.local(teaching, one) for one in (part.starts_at, part.ends_at))
    links = tuple(_link(teaching, ref, titles, missing) for ref in part.refs)
    return Row(part, f"{starts:%H:%M}", f"{ends:%H:%M}", links, phase)


def _link(
    teaching: TeachingSession,
    ref: Mapping[str, str],
    titles: Mapping[tuple[str, str], str],
    missing: Collection[Key],
) -> Link:
    kind, name, module = ref["kind"], ref["name"], ref.get("module", "")
    gone = ("course" if kind == "course" else "lab", name) in missing
    at = (name if kind == "course" else works.of_lab(name), module)
    title = titles.get(at) or plans.called(teaching.plan, name)
    return Link(kind, name, module, title, installed=not gone and at in titles)
