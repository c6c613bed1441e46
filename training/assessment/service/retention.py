"""What is deleted 24 months after a round closed: texts, respondents and their numbers, links, contact details and the
key of these. Levels without numbers stay for the history.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from training.accounts.actor import ANONYMOUS
from training.assessment.models import Code, Outcome, Respondent, Round
from training.assessment.service import contacts
from training.assessment.service.rounds import record

MONTHS = 24


def limit(now: datetime) -> datetime:
    """What closed at this instant or before is due: the same day of the month two years ago."""
    day = min(now.day, 28) if (now.month, now.day) == (2, 29) else now.day
    return now.replace(year=now.year - MONTHS // 12, day=day)


def due(session: Session, now: datetime) -> list[Round]:
    """Rounds whose answers have to go. One that was never closed counts from when it was opened."""
    since = func.coalesce(Round.closed_at, Round.opened_at)
    query = select(Round).where(Round.cleared_at.is_(None), since <= limit(now)).order_by(Round.id)
    return list(session.scalars(query))


def clear(session: Session, instance: Path, now: datetime) -> Sequence[Round]:
    """Delete what is due; the rounds that it was deleted of."""
    found = due(session, now)
    for held in found:
        _clear(session, held, instance, now)
    return found


def _clear(session: Session, held: Round, instance: Path, now: datetime) -> None:
    contacts.forget(session, held, instance)
    for kind in (Code, Respondent):  # answers go with their respondents
        session.execute(delete(kind).where(kind.round_id == held.id))
    for row in session.scalars(select(Outcome).where(Outcome.round_id == held.id)):
        row.given = {**row.given, "answers": _without_numbers(row.given["answers"])}
    held.cleared_at, held.correcting_at, held.why = now, None, ""
    record(session, "assessment.cleared", ANONYMOUS, held, now)


def _without_numbers(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Levels in an order that says nothing of the respondents, counted anew."""
    bare = sorted(({"group": one["group"], "levels": one["levels"]} for one in answers), key=_text)
    return [{"who": str(n), **one} for n, one in enumerate(bare, 1)]


def _text(one: dict[str, Any]) -> str:
    return json.dumps(one, sort_keys=True)
