"""Example pieces: markers practise on them before they mark, and then see what mark was agreed on, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.audit import service as audit
from training.errors import Conflict, Refused, TooMany
from training.grading import rubric
from training.grading.rubric import Levels, WrongLevels
from training.labs.wording import worded
from training.marking.models.rounds import Example, ExampleMark, Round
from training.marking.service.rounds import desk
from training.sentence import phrase

MOST, TEXT, WHY = 10, 8_000, 2_000
"""Examples of a round; characters of an example and of the reason for its mark."""


@dataclass(frozen=True, slots=True)
class Written:
    """An example as its author types it."""

    text: str
    levels: Mapping[str, int]
    why: str


def listed(session: Session, held: Round) -> list[Example]:
    """The examples of a round, in order."""
    return list(session.scalars(select(Example).filter_by(round_id=held.id).order_by(Example.number)))


def following(session: Session, held: Round, person: UUID | None) -> Example | None:
    """The next example that a marker has to do; None when all are done. The owner, who typed them, has none to do."""
    if person == held.owner_id:
        return None
    return next((one for one in listed(session, held) if mark_of(one, person) is None), None)


def mark_of(example: Example, person: UUID | None) -> ExampleMark | None:
    """What somebody gave an example."""
    return next((one for one in example.marks if one.marker_id == person), None)


def add(session: Session, held: Round, written: Written, by: UUID, now: datetime) -> Example:
    """Add an example with the mark that was agreed on. The same text again changes nothing.

    Raises:
        Conflict: the round has ended.
        Refused: a part is missing or too long, or the rubric does not have the levels.
        TooMany: the round has all the examples that it may have.
    """
    desk.still_open(held)
    text, why = _part(written.text, TEXT, "text"), _part(written.why, WHY, "why")
    levels = _complete(held, written.levels)
    before = listed(session, held)
    if same := next((one for one in before if (one.text, one.levels, one.why) == (text, levels, why)), None):
        return same
    if len(before) >= MOST:
        raise TooMany(phrase("A round has at most %(n)s examples.", n=MOST))
    made = Example(round_id=held.id, number=len(before) + 1, text=text, levels=levels, why=why)
    session.add(made)
    session.flush()
    details = {"round": str(held.id), "levels": levels}
    subject = f"marking-example:{made.id}"
    audit.record(session, act="marking-example.added", actor=by, subject=subject, details=details, now=now)
    return made


def give(session: Session, example: Example, person: UUID, levels: Levels, now: datetime) -> ExampleMark:
    """Keep what a marker gives an example. It is given once, since the agreed mark is shown afterwards.

    Raises:
        Conflict: the round has ended, or other levels were given before.
        Refused: a level is missing, or the rubric does not have it.
    """
    kept, own = _complete(example.round, levels), mark_of(example, person)
    if own is not None and own.levels == kept:
        return own
    desk.still_open(example.round)
    if own is not None:
        raise Conflict(phrase("You marked this example before and have seen the agreed mark: your first levels stand."))
    made = ExampleMark(example_id=example.id, marker_id=person, levels=kept, at=now)
    example.marks.append(made)
    session.flush()
    details = {"round": str(example.round_id), "levels": kept, "agreed": kept == example.levels}
    subject = f"marking-example:{example.id}"
    audit.record(session, act="marking-example.marked", actor=person, subject=subject, details=details, now=now)
    return made


def _complete(held: Round, levels: Levels) -> dict[str, int]:
    criteria = desk.criteria_of(held)
    try:
        kept = rubric.checked(criteria, levels)
    except WrongLevels as wrong:
        raise Refused(wrong.args[0], field="levels") from wrong
    if missing := rubric.missing(criteria, kept):
        raise Refused(
            phrase("A level is missing for '%(criterion)s'.", criterion=worded(missing[0].text)), field="levels"
        )
    return kept


def _part(text: str, longest: int, field: str) -> str:
    kept = text.replace("\r\n", "\n").strip()
    if not kept:
        raise Refused(phrase("An example needs its text and the reason for its mark."), field=field)
    if len(kept) > longest:
        message = phrase("The text has %(n)s characters; at most %(most)s are kept.", n=len(kept), most=longest)
        raise Refused(message, field=field)
    return kept
