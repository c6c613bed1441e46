"""What a posted note says, and what of it a page shows again."""

import re
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from training.courses.manuscript.marks import MARK
from training.errors import Refused
from training.reading.service.notes import LONGEST
from training.sentence import phrase

DIGITS = re.compile(r"^[0-9]{1,9}$")
KEPT = 10 * LONGEST  # characters of a note that was not taken


@dataclass(frozen=True, slots=True)
class Typed:
    """A note that was not taken: why, the field, what was typed and chosen."""

    message: str
    field: str
    text: str
    mark: str


def typed(form: MultiDict[str, str], message: str, field: str | None) -> Typed:
    """The form as it came."""
    return Typed(message, field or "text", form.get("text", "")[:KEPT], form.get("mark", "")[:20])


def mark(form: MultiDict[str, str]) -> str:
    """The mark of a paragraph. Raises Refused."""
    found = form.get("mark", "")
    if not MARK.match(found):
        raise Refused(phrase("Choose the paragraph that the note belongs to."), field="mark")
    return found


def version(form: MultiDict[str, str]) -> int:
    """The version of the note that was shown. Raises Refused."""
    found = form.get("version", "")
    if not DIGITS.match(found):
        raise Refused(phrase("This form has lost its version. Open the page again and send the note once more."))
    return int(found)
