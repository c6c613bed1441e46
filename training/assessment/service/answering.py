"""Answers of respondents: kept page by page, changed as long as the round takes answers, deleted when they ask."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from training.assessment.instrument import routing
from training.assessment.instrument.reader import instrument
from training.assessment.instrument.routing import Kept
from training.assessment.models import Answer, Respondent, Round
from training.assessment.scoring.given import Answers
from training.assessment.service.links import CLOSED
from training.errors import Conflict


def kept(session: Session, respondent: Respondent) -> dict[str, dict[str, Any]]:
    """What a respondent answered, by question."""
    rows = session.scalars(select(Answer).where(Answer.respondent_id == respondent.id))
    return {row.question: row.data for row in rows}


def keep(session: Session, held: Round, respondent: Respondent, values: Mapping[str, dict[str, Any]]) -> None:
    """Keep the answers of a page. Raises Conflict where no answers are taken."""
    if not held.collecting:
        raise Conflict(CLOSED)
    for question, data in values.items():
        row = session.get(Answer, (respondent.id, question))
        if row is None:
            session.add(Answer(respondent_id=respondent.id, question=question, data=data))
        else:
            row.data = data


def forget(session: Session, held: Round, respondent: Respondent) -> None:
    """Delete all answers of a respondent; the link stays good. Raises Conflict where no answers are taken."""
    if not held.collecting:
        raise Conflict(CLOSED)
    session.execute(delete(Answer).where(Answer.respondent_id == respondent.id))


def answers(session: Session, held: Round) -> tuple[Answers, ...]:
    """Everybody who took part, as scoring takes them, in the order of their random numbers."""
    found = []
    for respondent, given in _everybody(session, held):
        paper = instrument().questionnaire(respondent.group)
        if routing.begun(paper, given):
            found.append(Answers(str(respondent.number), respondent.group, routing.levels(paper, given)))
    return tuple(sorted(found, key=lambda one: one.who))


def began(session: Session, held: Round) -> Counter[str]:
    """How many of each group took part."""
    return Counter(one.group for one in answers(session, held))


def _everybody(session: Session, held: Round) -> list[tuple[Respondent, Kept]]:
    query = select(Respondent, Answer).outerjoin(Answer).where(Respondent.round_id == held.id)
    rows: dict[Respondent, dict[str, dict[str, Any]]] = {}
    for respondent, answer in session.execute(query):
        there = rows.setdefault(respondent, {})
        if answer is not None:
            there[answer.question] = answer.data
    return list(rows.items())
