"""What can be worked on in a session: courses with their modules and labs, as they are called here."""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.orm import Session

from training.content import service as content
from training.content.models import Release
from training.courses.manuscript import reader as courses
from training.courses.manuscript.course import Course
from training.labs import reader as labs

Titles = Mapping[tuple[str, str], str]
"""Titles by the name of the folder and the id of the module, empty for labs and whole courses."""


def titles(session: Session, instance: Path, language: str = "") -> Titles:
    """The titles of all that is offered, in the language where it is there: of a lab by `of_lab`."""
    found: dict[tuple[str, str], str] = {}
    for release, course in _courses(session, instance, language):
        found[release.name, ""] = course.title
        found |= {(release.name, one.id): one.title for one in course.modules}
    for release, lab in content.read_each(instance, content.offered(session, "lab"), labs.load):
        found[of_lab(release.name), ""] = lab.title
    return found


def _courses(session: Session, instance: Path, language: str) -> list[tuple[Release, Course]]:
    offered = content.offered(session, "course")
    return content.read_each(instance, offered, lambda folder: courses.load(folder, language))


def of_lab(name: str) -> str:
    """How a lab is called among titles: a course may have the same name."""
    return f"lab/{name}"


def choices(session: Session, instance: Path, language: str = "") -> dict[str, list[tuple[str, str]]]:
    """What a slot can work on, as `plan.REF` writes it, with its title; labs, exercises, and modules of each course."""
    found: dict[str, list[tuple[str, str]]] = {"lab": [], "exercise": []}
    loaded = content.read_each(instance, content.offered(session, "lab"), labs.load)
    for lab in sorted((lab for _, lab in loaded), key=lambda one: one.file.place):
        kind = "exercise" if lab.file.on_papers else "lab"
        found[kind].append((f"{kind}/{lab.id}", lab.title))
    for release, course in _courses(session, instance, language):
        listed = [(f"course/{release.name}/{one.id}", one.title) for one in course.modules]
        found[course.title] = listed
    return found
