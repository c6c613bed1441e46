"""Masked values that were shown: each time is an act of an attempt, or of somebody who looks at it, and is recorded."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from training.audit import service as audit
from training.errors import Conflict
from training.labs.models import Attempt, AttemptCommand
from training.labs.service import history
from training.labs.service.notebook import Place
from training.sentence import phrase

ACT = "values.shown"
WORD = "values"
"""What such an act begins with in the history of an attempt, where it stands with its run. It is no command: typed, it
gives no run, and so no entry with one."""

Rows = Mapping[int, Sequence[int]]
"""The rows whose values are shown, by number of their run in the attempt."""


def note(session: Session, attempt: Attempt, rows: Rows, actor: UUID | None, now: datetime) -> None:
    """Record that somebody is shown the values of rows, before they are shown. What the person of the attempt looks at
    stands in its history, too.

    Raises:
        Conflict: no row has a masked value.
        TooMany: the history of the attempt takes no more.
    """
    if not any(rows.values()):
        raise Conflict(phrase("There is no masked value on this page."))
    for number, shown in sorted(rows.items()):
        if actor == attempt.person_id:
            history.keep(session, attempt, f"{WORD} {number} --rows {spans(shown)}", now, number=number)
        details = {"attempt": str(attempt.id), "run": number, "rows": spans(shown)}
        audit.record(session, act=ACT, actor=actor, subject=f"attempt:{attempt.id}", details=details, now=now)


def rows_of(places: Iterable[Place]) -> Rows:
    """The rows behind citations that have masked cells."""
    found: dict[int, list[int]] = {}
    for one in places:
        if one.masked and one.run_number is not None and one.citation.row is not None:
            found.setdefault(one.run_number, []).append(one.citation.row)
    return {number: sorted(set(rows)) for number, rows in found.items()}


def spans(rows: Sequence[int]) -> str:
    """Numbers of rows in short: '0-4,7'."""
    made: list[list[int]] = []
    for n in sorted(set(rows)):
        if made and made[-1][1] == n - 1:
            made[-1][1] = n
        else:
            made.append([n, n])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in made)


def is_shown(command: AttemptCommand) -> bool:
    """Whether an entry of the history says that values were shown."""
    return command.number is not None and command.typed.startswith(f"{WORD} ")
