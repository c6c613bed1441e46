"""What respondents wrote, for the team: by question and indicator, in an order of its own each time, without numbers
or anything that joins two texts of one person.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.assessment.instrument.reader import instrument
from training.assessment.models import Answer, Respondent, Round

WRITTEN = {"line", "text"}


@dataclass(frozen=True, slots=True)
class Said:
    """Texts at one place: a question with its field, or an indicator."""

    question: str
    field: str
    texts: tuple[str, ...]


def texts(session: Session, held: Round) -> list[Said]:
    """All that was written, place by place."""
    query = select(Answer).join(Respondent, Respondent.id == Answer.respondent_id).where(Respondent.round_id == held.id)
    there = {(question, field): list[str]() for question, field in _places()}
    for row in session.scalars(query):
        for place, text in _of(row.question, row.data):
            if place in there:
                there[place].append(text)
    shuffle = secrets.SystemRandom().shuffle
    for found in there.values():
        shuffle(found)
    return [Said(question, field, tuple(found)) for (question, field), found in there.items() if found]


def _places() -> Iterator[tuple[str, str]]:
    """Where something may be written, in the order of the questionnaires; references stand under their indicator."""
    for paper in instrument().questionnaires:
        for question in paper.questions:
            yield from ((question.id, one.name) for one in question.fields if one.kind in WRITTEN)
    yield from ((one.code, "reference") for one in instrument().indicators)


def _of(question: str, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    for field, value in data.items():
        if isinstance(value, str) and value:
            yield (question, field), value
    for code, said in data.get("levels", {}).items():
        if said.get("reference"):
            yield (code, "reference"), said["reference"]
