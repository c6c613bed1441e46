"""What a handout holds: briefings of the labs of a slot, papers of its exercises, the host's notes on its own law."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from training.authoring import notes
from training.authoring.models import LocalNote
from training.content import service as content
from training.courses.manuscript import reader as courses
from training.hosting.models import Part, TeachingSession
from training.hosting.service import releases
from training.labs import reader as labs
from training.labs.material import Material
from training.labs.reader import Lab

CUSTODY = "custody-form"
"""Key of the note that says which custody form a country requires."""


@dataclass(frozen=True, slots=True)
class Law:
    """A note of the host on its law, with its text as safe HTML."""

    note: LocalNote
    html: str


@dataclass(frozen=True, slots=True)
class Handout:
    """Briefings with what belongs to them, papers by lab, notes on the law, and the one on custody forms if any."""

    labs: tuple[Lab, ...]
    law: tuple[Law, ...]
    custody: Law | None

    def papers(self, lab: Lab) -> Sequence[Material]:
        """The papers of an exercise; a lab on an image has none that are the same for everybody."""
        return tuple(lab.handed(lab.id).values()) if lab.file.on_papers else ()


def labs_of(session: Session, instance: Path, teaching: TeachingSession, part: Part) -> list[Lab]:
    """The labs and exercises of a slot that are installed, of the releases that the session works with."""
    pinned = {one.name: one.release for one in releases.of(session, teaching) if one.kind == "lab"}
    named = [name for kind, name in releases.named([part]) if kind == "lab"]
    found = [pinned.get(name) or content.latest(session, "lab", name) for name in named]
    return [lab for _, lab in content.read_each(instance, filter(None, found), labs.load)]


def of(session: Session, instance: Path, teaching: TeachingSession, part: Part) -> Handout:
    """The handout of a slot. With modules of courses come the notes that these ask for, else all of the host."""
    written = notes.local_notes(session, teaching.organisation_id)
    asked = _asked(session, instance, part)
    law = {key: Law(one, notes.shown(one)) for key, one in sorted(written.items()) if not asked or key in asked}
    custody = written.get(CUSTODY)
    law.pop(CUSTODY, None)
    shown = Law(custody, notes.shown(custody)) if custody else None
    return Handout(tuple(labs_of(session, instance, teaching, part)), tuple(law.values()), shown)


def _asked(session: Session, instance: Path, part: Part) -> set[str]:
    """Keys of the notes that the modules of a slot ask for."""
    found: set[str] = set()
    for ref in part.refs:
        release = content.latest(session, "course", ref["name"]) if ref["kind"] == "course" else None
        course = courses.load(content.folder_of(instance, release)) if release else None
        module = course.module(ref.get("module", "")) if course else None
        found |= {each.local.key for each in (module.parts if module else ()) if each.local}
    return found
