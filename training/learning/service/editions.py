"""What competencies need to know of courses: objectives with their questions, and what a release changed."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.content import service as content
from training.content import source
from training.content.models import Release
from training.content.source import ContentError
from training.courses.manuscript import drawing, files, reader
from training.courses.manuscript.course import Module
from training.courses.manuscript.format import Change, ModuleFile
from training.learning.competence.evidence import Changed, Edition, Quiz
from training.learning.competence.table import COURSES, MODULES, course_of

MOST_KEPT = 512


@dataclass(frozen=True, slots=True)
class Editions:
    """Releases by their id, the one that is offered for each module, and all changes of law or tool."""

    known: dict[str, Edition]
    offered: dict[str, str]
    changes: tuple[Changed, ...]


def of(session: Session, instance: Path, person: UUID, used: Collection[UUID]) -> Editions:
    """The releases of the catalogue's courses that are offered or were used, as this person gets them.

    A change is dated by the first release that has it: later ones repeat it without being news.
    """
    found = select(Release).where(Release.kind == "course", Release.name.in_(COURSES.values()))
    known: dict[str, Edition] = {}
    offered: dict[str, str] = {}
    changes: dict[tuple[object, ...], Changed] = {}
    for release in session.scalars(found.order_by(Release.published_at, Release.id)):
        folder = content.folder_of(instance, release)
        if release.current or release.id in used:
            known[str(release.id)] = edition(release, folder, person)
        if release.current:
            offered |= dict.fromkeys(known[str(release.id)].modules, str(release.id))
        for module, change, feeds in _changes(folder) if folder.is_dir() else ():
            news = Changed(
                *(f"change:{release.id}:{module}", release.published_at, module, change.objectives),
                *(change.kind, change.what, feeds),
            )
            changes.setdefault((module, change.kind, change.objectives, change.what), news)
    return Editions(known, offered, tuple(changes.values()))


def edition(release: Release, folder: Path, person: UUID) -> Edition:
    """The objectives of a release with the questions that a person is asked."""
    course = drawing.for_person(reader.load(folder), person, release.sha256)
    modules = [one for one in course.modules if one.id in MODULES and course_of(one.id) == release.name]
    return Edition(release.published_at, {one.id: _quizzes(one) for one in modules})


def _quizzes(module: Module) -> tuple[Quiz, ...]:
    return tuple(
        Quiz(one.id, one.feeds, tuple(each.id for each in module.questions if each.objective == one.id))
        for one in module.file.objectives
    )


@lru_cache(maxsize=MOST_KEPT)
def _changes(folder: Path) -> tuple[tuple[str, Change, tuple[str, ...]], ...]:
    """What the last review of each module changed, with the competencies that it feeds. A release never changes.

    Only what stands before the text is read: a whole course takes a second, and there may be many releases.
    """
    found = (_front_matter(file) for file in sorted(folder.glob(f"*/{files.TEXT}")))
    return tuple(
        (one.id, one.changes, _feeds(one, one.changes)) for one in found if one and isinstance(one.changes, Change)
    )


def _front_matter(file: Path) -> ModuleFile | None:
    """What stands before a text; None for a release of a time when other things stood there, which nobody uses."""
    try:
        text, _, _ = files.split(file, file.name)
        return source.parse(text, ModuleFile, file.name).value
    except ContentError:
        return None


def _feeds(module: ModuleFile, change: Change) -> tuple[str, ...]:
    found = (name for one in module.objectives if one.id in change.objectives for name in one.feeds)
    return tuple(dict.fromkeys(found))
