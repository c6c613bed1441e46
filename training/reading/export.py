"""Notes as a text file that any editor opens."""

from collections.abc import Sequence
from textwrap import indent

from flask_babel import gettext as _

from training.courses.manuscript.course import Course
from training.reading.models import MarginNote
from training.web.render import utc


def text(course: Course, found: Sequence[tuple[str, Sequence[MarginNote]]]) -> str:
    """The notes of a course by module, each under the text that it stands at."""
    lines = [course.title, _("My notes"), ""]
    for name, notes in found:
        module = course.module(name)
        lines += ["", f"{module.number} {module.title}" if module else name, ""]
        for note in notes:
            place = _("Section %(number)s", number=note.section) if note.section else ""
            lines += [" ".join(filter(None, (place, utc(note.changed_at, "minutes"))))]
            lines += [indent(note.quote, "> "), indent(note.text, "    "), ""]
    return "\n".join(lines) + "\n"
