"""The labs of a session as they are prepared: release, exhibits, what is set."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from training.content import service as content
from training.evidence import service as evidence
from training.evidence.models import Exhibit
from training.hosting.models import TeachingSession
from training.hosting.service import releases, timetable
from training.labs import reader
from training.labs.models import Assignment
from training.labs.reader import Lab
from training.labs.service import circles


@dataclass(frozen=True, slots=True)
class Work:
    """A lab on memory images that the timetable names.

    Attributes:
        lab: of the release that the session works with, or would.
        exhibits: those of its exhibits that are registered here, in the lab's order.
        unknown: names of those that are not.
        used: SHA-256 of the exhibits that the session needs: those kept for its trainees, or all.
        worked: whether it is set for the session's people, as practice or as an examination; else it is only shown.
        assignment: as what it is set, once the session is open.
    """

    lab: Lab
    exhibits: tuple[Exhibit, ...]
    unknown: tuple[str, ...]
    used: frozenset[str]
    worked: bool
    assignment: Assignment | None

    @property
    def name(self) -> str:
        """Name of the lab's folder."""
        return self.lab.id

    @property
    def needed(self) -> list[Exhibit]:
        """The exhibits that the session needs."""
        return [one for one in self.exhibits if one.sha256 in self.used]

    def called(self, number: int) -> str:
        """A variant in a few characters: the end of its exhibit's name, if that tells it from the others."""
        ends = [one.name.rpartition("-")[2].upper() for one in self.exhibits]
        return ends[number] if len(set(ends)) == len(ends) else str(number + 1)


def of(session: Session, instance: Path, teaching: TeachingSession) -> list[Work]:
    """The labs of a session that are installed, in the order of its timetable; exercises on papers are none."""
    pinned = {one.name: one.release for one in releases.of(session, teaching) if one.kind == "lab"}
    here = {one.name: one for one in evidence.every(session)}
    set_now = {one.lab: one for one in circles.of(session, teaching.id)}
    parts = timetable.parts(session, teaching)
    worked = {ref["name"] for part in parts for ref in part.refs if ref.get("mode")}
    named = [name for kind, name in releases.named(parts) if kind == "lab"]
    found = []
    for name in named:
        release = pinned.get(name) or content.latest(session, "lab", name)
        lab = reader.load(content.folder_of(instance, release)) if release else None
        if lab is not None and not lab.file.on_papers:
            exhibits = tuple(here[one] for one in lab.exhibits if one in here)
            unknown = tuple(one for one in lab.exhibits if one not in here)
            used = _used(session, teaching, exhibits, set_now.get(name))
            found.append(Work(lab, exhibits, unknown, used, name in worked, set_now.get(name)))
    return found


def _used(
    session: Session, teaching: TeachingSession, exhibits: Iterable[Exhibit], assignment: Assignment | None
) -> frozenset[str]:
    """Those kept for trainees; where one has none, any may be begun."""
    registered = frozenset(one.sha256 for one in exhibits)
    everyone = {one.person_id for one in teaching.members if one.active and one.role == "trainee"}
    kept = circles.members(session, assignment) if assignment else {}
    mine = {kept.get(one) for one in everyone}
    if not everyone or not mine <= registered:
        return registered
    return frozenset(one for one in mine if one)
