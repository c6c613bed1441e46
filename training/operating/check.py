"""`python app.py check`: everything about the content that a machine can find, at once."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from training.content.source import Mistake
from training.courses import cli as courses
from training.errors import UNREADABLE, describe
from training.evidence import service as evidence
from training.forge import pack
from training.labs import reader as labs
from training.settings import Settings


@dataclass(slots=True)
class Found:
    """What was looked at, what is wrong, and what deserves a look."""

    courses: int = 0
    labs: int = 0
    exhibits: int = 0
    mistakes: list[Mistake] = field(default_factory=list)
    warnings: list[Mistake] = field(default_factory=list)


def examine(settings: Settings, names: Collection[str] = (), *, write: bool = False) -> Found:
    """Look at courses, labs and packs, or only at those with some names: of a lab its exhibits too.

    With `write`, output blocks of modules are made anew first. Raises Refused for a name that none has.
    """
    found = Found()
    if names:
        labs_named = [name for name in sorted(set(names)) if (settings.labs / name / labs.FILE).exists()]
        written = {name for name in names if (settings.courses / name / "course.yaml").exists()}
        if written or set(names) - set(labs_named):
            others = written | (set(names) - set(labs_named))
            found.courses = len(others)
            found.mistakes, found.warnings = courses.check(settings, others, write=write)
        _look(settings, found, [settings.labs / name for name in labs_named], _packs_of(settings, labs_named))
        return found
    for setting in (settings.courses, settings.labs):
        if not setting.is_dir():
            found.mistakes.append(Mistake(f"{setting}", 1, "there is no such folder"))
    found.courses = len(list(settings.courses.glob("*/course.yaml")))
    course_mistakes, found.warnings = courses.check(settings, write=write)
    found.mistakes += course_mistakes
    folders = [file.parent for file in sorted(settings.labs.glob("*/lab.yaml"))]
    _look(settings, found, folders, [*evidence.bases_in(settings.labs), *evidence.packs_in(settings.labs)])
    return found


def _look(settings: Settings, found: Found, folders: Iterable[Path], packs: Iterable[Path]) -> None:
    """Look at labs and packs, each by itself whatever is wrong with another."""
    for folder in folders:
        found.labs += 1
        try:
            mistakes, drifted = labs.examine(folder)
            found.mistakes += mistakes
            found.warnings += drifted
        except UNREADABLE as bad:
            found.mistakes.append(Mistake(f"labs/{folder.name}", 1, describe(bad)))
    references = pack.References()
    for folder in packs:
        found.exhibits += 1
        try:
            pack.check(folder, labs=settings.labs, references=references)
        except UNREADABLE as bad:
            found.mistakes.append(Mistake(f"{folder / pack.MANIFEST}", 1, describe(bad)))
    found.mistakes.sort()


def _packs_of(settings: Settings, names: Iterable[str]) -> list[Path]:
    """The packs that labs name and that are there."""
    wanted: set[str] = set()
    for name in names:
        try:
            wanted.update(labs.unchecked(settings.labs / name).exhibits)
        except UNREADABLE:  # said where the lab itself is looked at
            continue
    return [folder for folder in evidence.packs_in(settings.labs) if folder.name in wanted]
