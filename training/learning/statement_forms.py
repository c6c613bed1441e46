"""What arrives from the forms about competencies: values out, limits checked."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from training.errors import Refused
from training.learning.service.statements import Wish
from training.sentence import phrase

MOST = 40
REASON = 4_000
"""Characters of a field that are looked at."""


def wish(form: Mapping[str, str]) -> Wish:
    """What somebody wants to confirm; the kind and the task stand in one field, as kind:task."""
    kind, _, task = form.get("task", "")[:MOST].partition(":")
    text = form.get("day", "").strip()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refused(
            phrase("'%(text)s' was not read as a day. Write year-month-day, such as 2026-07-30.", text=text[:MOST]),
            field="day",
        ) from None
    competency = form.get("competency", "")[:MOST]
    return Wish(kind, task, day, competency, _attempt(form), form.get("reason", "").strip()[:REASON])


def _attempt(form: Mapping[str, str]) -> UUID | None:
    try:
        return UUID(form["attempt"]) if form.get("attempt") else None
    except ValueError:
        raise Refused(phrase("Choose the examination from the list."), field="attempt") from None
