"""Words of the program that reach a page as data, in the language of the reader."""

from flask_babel import lazy_gettext

QUARTERS = {
    "How right is the finding?": lazy_gettext("How right is the finding?"),
    "0: wrong": lazy_gettext("0: wrong"),
    "¼: a small part is right": lazy_gettext("¼: a small part is right"),
    "½: half of it is right": lazy_gettext("½: half of it is right"),
    "¾: right but for a detail": lazy_gettext("¾: right but for a detail"),
    "1: right": lazy_gettext("1: right"),
}
"""What a marker judges where a question has no rubric, see `grading.rubric.CORRECTNESS`."""


def level_text(text: str) -> str:
    """A criterion or a level: the program's own in the language of the reader, an author's as it is written."""
    return str(QUARTERS.get(text, text))
