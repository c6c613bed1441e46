"""The end of a round: results are worked out once and kept. A correction works them out anew, and is shown only when
nobody can be found by comparing it with what was shown before.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.assessment.instrument.reader import instrument
from training.assessment.models import Outcome, Round
from training.assessment.scoring import corrected, document
from training.assessment.scoring.given import RULES, Given, merged
from training.assessment.scoring.result import Result, score
from training.assessment.service import answering, links
from training.assessment.service.rounds import LONG, asked, record
from training.errors import Conflict, Damaged, Refused
from training.sentence import listed, phrase

NOTHING = phrase("Nobody has answered yet: there is nothing to work out.")
OTHER = phrase("The indicators have changed since this round was opened; it can't be closed with this program.")


def close(session: Session, held: Round, actor: Actor, now: datetime) -> Outcome:
    """Work the results out, once. Raises Conflict where nothing is collected or nobody answered."""
    if held.closed_at is not None or not held.collecting:
        raise Conflict(phrase("This round takes no answers: it can't be closed."))
    made = _outcome(session, held, _given(session, held), 1, "", actor, now)
    held.closed_at = now
    record(session, "assessment.closed", actor, held, now, edition=1)
    return made


def reopen(session: Session, held: Round, why: str, actor: Actor, now: datetime) -> None:
    """Take answers again for a corrected result. Raises Conflict where it can't be, Refused without a reason."""
    if held.closed_at is None or held.correcting_at is not None or held.cleared_at is not None:
        raise Conflict(phrase("Only a closed round whose answers are still there can be corrected."))
    told = why.strip()
    if not told or len(told) > LONG:
        raise Refused(
            phrase("Say why the result is to be corrected, in at most %(n)s characters.", n=LONG), field="why"
        )
    held.correcting_at, held.why = now, told
    record(session, "assessment.correction-begun", actor, held, now)


def drop(session: Session, held: Round, actor: Actor, now: datetime) -> None:
    """End a correction without a new result."""
    _correcting(held)
    held.correcting_at, held.why = None, ""
    record(session, "assessment.correction-dropped", actor, held, now)


def correct(session: Session, held: Round, actor: Actor, now: datetime) -> Outcome:
    """Work the results out anew. Raises Conflict with the groups in which too few respondents differ."""
    _correcting(held)
    before, given = outcomes(session, held), _given(session, held)
    few = sorted({one for row in before for one in _too_few(row, given)})  # any two of them can be compared
    if few:
        raise Conflict(
            phrase(
                "In these groups some respondents differ from a result shown before, but fewer than %(n)s, in all or "
                "in one indicator: %(groups)s. Comparing the two would say what they answered. Wait for more answers, "
                "or drop the correction.",
                n=given.rules.min_cell,
                groups=listed(few),
            )
        )
    made = _outcome(session, held, given, before[-1].edition + 1, held.why, actor, now)
    held.correcting_at, held.why = None, ""
    record(session, "assessment.corrected", actor, held, now, edition=made.edition)
    return made


def outcomes(session: Session, held: Round) -> list[Outcome]:
    """All results of a round, the first one first."""
    query = select(Outcome).where(Outcome.round_id == held.id).order_by(Outcome.edition)
    return list(session.scalars(query))


def result(row: Outcome) -> Result:
    """What was worked out, as values. Raises Damaged where it does not follow from the levels beside it."""
    found = score(document.read(row.given))
    if document.result(found) != row.found:
        raise Damaged(phrase("The stored result does not follow from the stored levels: one of them was altered."))
    return found


def _outcome(
    session: Session, held: Round, given: Given, edition: int, why: str, actor: Actor, now: datetime
) -> Outcome:
    row = Outcome(
        round_id=held.id,
        edition=edition,
        at=now,
        made_by=actor.id,
        why=why,
        given=document.written(given),
        found=document.result(score(given)),
        invited=_invited(session, held),
    )
    session.add(row)
    session.flush()
    return row


def _given(session: Session, held: Round) -> Given:
    if held.version != instrument().version:
        raise Conflict(OTHER)
    people = answering.answers(session, held)
    if not people:
        raise Conflict(NOTHING)
    given = Given(RULES, asked(held), people)
    return merged(given, (held.pair[0], held.pair[1])) if held.pair else given


def _too_few(before: Outcome, given: Given) -> tuple[str, ...]:
    return corrected.too_few(document.read(before.given).answers, given.answers, given.rules.min_cell)


def _invited(session: Session, held: Round) -> Mapping[str, Any]:
    """Invitations and participants by group, for the page on how it was done."""
    there, began = links.invited(session, held), answering.began(session, held)
    return {group: {"invited": there[group], "began": began[group]} for group in ("S", "P", "I", "A")}


def _correcting(held: Round) -> None:
    if held.correcting_at is None or held.cleared_at is not None:
        raise Conflict(phrase("No correction is under way."))
