"""`python app.py check`: everything about the content that a machine can find, at once."""

from collections.abc import Collection
from dataclasses import dataclass, field

from training.content.source import Mistake
from training.courses import cli as courses
from training.errors import Damaged
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


def examine(settings: Settings, courses_named: Collection[str] = (), *, write: bool = False) -> Found:
    """Look at courses, labs and packs, or at the courses named alone.

    With `write`, output blocks of modules are made anew first. Raises Refused for a name that no course has.
    """
    found = Found()
    if courses_named:
        found.courses = len(set(courses_named))
        found.mistakes, found.warnings = courses.check(settings, courses_named, write=write)
        return found
    for setting in (settings.courses, settings.labs):
        if not setting.is_dir():
            found.mistakes.append(Mistake(f"{setting}", 1, "there is no such folder"))
    found.courses = len(list(settings.courses.glob("*/course.yaml")))
    course_mistakes, found.warnings = courses.check(settings, write=write)
    found.mistakes += course_mistakes
    for file in sorted(settings.labs.glob("*/lab.yaml")):
        found.labs += 1
        mistakes, drifted = labs.examine(file.parent)
        found.mistakes += mistakes
        found.warnings += drifted
    for folder in [*evidence.bases_in(settings.labs), *evidence.packs_in(settings.labs)]:
        found.exhibits += 1
        try:
            pack.check(folder, labs=settings.labs)
        except Damaged as bad:
            found.mistakes.append(Mistake(f"{folder / pack.MANIFEST}", 1, bad.message))
    found.mistakes.sort()
    return found
