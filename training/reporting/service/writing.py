"""Write a report: parts, what is said of findings, lines that are offered and taken.

Whoever writes in two windows loses nothing: a text that was changed elsewhere meanwhile is not written over, and both
are shown.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.errors import Conflict, NotThere, Refused
from training.labs.service.attempts import Case
from training.reporting.models import ReportChoice, ReportPart
from training.reporting.parts import BY_NAME, LONGEST, Part
from training.reporting.service.projection import FREE, writing
from training.reporting.wording import elsewhere, too_long
from training.sentence import phrase
from training.store import locked

LONGEST_CLAIM, LONGEST_ALTERNATIVES = 600, 1_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be said of a question. `finding_id` None: the newest; `version` 0: there was no row yet."""

    question: str
    kept: bool
    finding_id: UUID | None
    claim: str
    alternatives: str
    version: int


def part_of(name: str) -> Part:
    """The part of this name; NotThere when no report has it."""
    if name not in BY_NAME:
        raise NotThere(phrase("A report has no part %(part)s.", part=name[:40]))
    return BY_NAME[name]


def write(session: Session, case: Case, name: str, text: str, version: int, now: datetime) -> ReportPart | None:
    """Keep a part. `version` is that which the page showed, 0 for none. The row, or None where there is still nothing.

    The attempt's row is locked by the caller. The same text again changes nothing, whichever version it came from.

    Raises:
        NotThere: no report has such a part.
        Refused: the text is too long.
        Conflict: it was changed in another window; nothing is written.
    """
    part, said = part_of(name), text.replace("\r\n", "\n").strip()
    if len(said) > LONGEST:
        raise Refused(too_long(part.title, len(said), LONGEST), field="text")
    key = {"attempt_id": case.attempt.id, "part": part.name}
    found = session.scalars(locked(select(ReportPart).filter_by(**key))).first()
    if (found.text if found else "") == said:
        return found
    if (found.version if found else 0) != version:
        raise Conflict(elsewhere())
    if found is None:
        found = ReportPart(**key, text=said, version=1, updated_at=now)
        session.add(found)
    else:
        found.text, found.version, found.updated_at = said, found.version + 1, now
    session.flush()
    return found


def choose(session: Session, case: Case, wish: Wish, now: datetime) -> ReportChoice | None:
    """Keep what the report says of a question. Errors as `write`; NotThere also for a finding of another question."""
    tries = writing(session, case).tries.get(wish.question, ())
    asked = next((one for one in case.lab.questions if one.id == wish.question and one.type != FREE), None)
    if asked is None or not tries or (wish.finding_id and wish.finding_id not in {one.id for one in tries}):
        raise NotThere(phrase("This attempt has no such finding."))
    claim, rivals = (text.replace("\r\n", "\n").strip() for text in (wish.claim, wish.alternatives))
    if len(claim) > LONGEST_CLAIM:
        raise Refused(too_long(phrase("The claim"), len(claim), LONGEST_CLAIM), field="claim")
    if len(rivals) > LONGEST_ALTERNATIVES:
        raise Refused(too_long(phrase("The alternatives"), len(rivals), LONGEST_ALTERNATIVES), field="alternatives")
    finding = wish.finding_id if wish.finding_id != tries[-1].id else None
    said = (wish.kept, finding, claim, rivals)
    key = {"attempt_id": case.attempt.id, "question": wish.question}
    found = session.scalars(locked(select(ReportChoice).filter_by(**key))).first()
    now_there = (found.kept, found.finding_id, found.claim, found.alternatives) if found else (True, None, "", "")
    if said == now_there:
        return found
    if (found.version if found else 0) != wish.version:
        raise Conflict(elsewhere())
    if found is None:
        found = ReportChoice(**key, version=0)
        session.add(found)
    found.kept, found.finding_id, found.claim, found.alternatives = said
    found.version, found.updated_at = found.version + 1, now
    session.flush()
    return found
