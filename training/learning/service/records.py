"""All that the installation holds of one person that has to do with competencies, as the calculation takes it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from training.content.models import Release
from training.grading.agreement import FEWEST, TENTATIVE, Metric, alpha, differences
from training.labs.service import evidence as labs
from training.labs.service.evidence import Taken, exact
from training.learning.competence.evidence import (
    Answered,
    Attempted,
    Evidence,
    Marked,
    Read,
    Refreshed,
    Stated,
)
from training.learning.competence.table import COURSES, LAB, course_of
from training.learning.models import Answer, Reading, Refresher, Statement
from training.learning.service import editions
from training.marking.models.rounds import Mark, Piece, Round
from training.marking.service.rounds import desk

CATALOGUE = tuple(COURSES.values())
ANSWERS = select(
    *(Answer.id, Answer.at, Answer.course, Answer.module, Answer.question),
    *(Answer.release_id, Answer.score, Answer.request_key),
)
READINGS = select(Reading.id, Reading.read_at, Reading.module, Reading.release_id, Reading.course)

AnyRow = Row[*tuple[Any, ...]]


def of(session: Session, instance: Path, person: UUID) -> Evidence:
    """Everything, whoever asks: the caller has seen to it that they may."""
    rows = session.execute(ANSWERS.where(Answer.person_id == person, Answer.course.in_(CATALOGUE))).all()
    read = session.execute(READINGS.where(Reading.person_id == person, Reading.course.in_(CATALOGUE))).all()
    used = {one.release_id for one in (*rows, *read)}
    books = editions.of(session, instance, person, used)
    statements = standing_statements(session, person)
    critical = {one.attempt_id for one in statements if one.kind == "critical"}
    return Evidence(
        readings=tuple(_read(one) for one in read if course_of(one.module) == one.course),
        answers=tuple(_answered(one) for one in rows if course_of(one.module) == one.course),
        attempts=tuple(_attempted(one, critical) for one in labs.of_person(session, instance, person, LAB)),
        statements=tuple(_stated(one) for one in statements if one.kind != "critical"),
        marks=tuple(_marks(session, person)),
        refreshers=tuple(_refreshers(session, person, rows)),
        changes=books.changes,
        editions=books.known,
        offered=books.offered,
    )


def standing_statements(session: Session, person: UUID) -> list[Statement]:
    """What is confirmed of a person and was not withdrawn, the oldest first."""
    found = select(Statement).filter_by(person_id=person, withdrawn_at=None)
    return list(session.scalars(found.order_by(Statement.at, Statement.id)))


def answer_key(refresher: Refresher, number: int) -> str:
    """The request key of the answer to a question of a refresher, by its place from 0: the first answer stays."""
    return f"{refresher.id.hex}-{number:02d}"


def answers_to(refresher: Refresher, by_key: dict[str, AnyRow]) -> list[AnyRow]:
    """The answers that were given in a refresher, in its order; those to other questions under its keys don't count."""
    found = ((by_key.get(answer_key(refresher, number)), one) for number, one in enumerate(refresher.questions))
    return [row for row, (course, _, question) in found if row and (row.course, row.question) == (course, question)]


def _read(row: AnyRow) -> Read:
    return Read(f"reading:{row.id}", row.read_at, row.module, str(row.release_id))


def _answered(row: AnyRow) -> Answered:
    share = exact(row.score or 0.0)
    return Answered(f"answer:{row.id}", row.at, row.module, row.question, str(row.release_id), share)


def _attempted(one: Taken, critical: set[UUID | None]) -> Attempted:
    attempt = one.case.attempt
    return Attempted(
        ident=f"attempt:{attempt.id}",
        at=one.at,
        lab=one.case.release.name,
        release=one.case.release.sha256,
        variant=one.case.exhibit.sha256,
        examination=one.case.terms.examination,
        unseen=one.unseen,
        hints=one.hints,
        critical=attempt.id in critical,
        verified=one.verified,
        earned=one.earned,
        worth=one.worth,
        part_at=one.last,
        part_earned=one.part_earned,
        part_worth=one.part_worth,
        part=one.part,
        questions=one.questions,
        judged_by=tuple(sorted(map(str, one.judges))),
    )


def _stated(one: Statement) -> Stated:
    ident, by = f"statement:{one.id}", str(one.by_id)
    return Stated(ident, one.at, one.day, one.competency, one.kind, one.task, by)  # type: ignore[arg-type]


def _refreshers(session: Session, person: UUID, rows: Sequence[AnyRow]) -> Iterator[Refreshed]:
    """Refreshers whose questions are all answered."""
    by_key = {row.request_key: row for row in rows}
    for one in session.scalars(select(Refresher).filter_by(person_id=person)):
        given = answers_to(one, by_key)
        if given and len(given) == len(one.questions):
            earned = sum((exact(row.score or 0.0) for row in given), Fraction(0))
            last = max(row.at for row in given)
            yield Refreshed(f"refresher:{one.id}", last, one.competency, earned, len(given))


def _marks(session: Session, person: UUID) -> Iterator[Marked]:
    """Rounds that were released and that the person marked in, with whether the markers agree."""
    mine = select(Piece.round_id).join(Mark, Mark.piece_id == Piece.id)
    mine = mine.where(Mark.marker_id == person, Mark.done_at.is_not(None))
    found = select(Round, Release.name).join(Release, Release.id == Round.release_id)
    found = found.where(Round.outcome == "released", Round.id.in_(mine)).order_by(Round.closed_at, Round.id)
    for held, lab in session.execute(found):
        if held.closed_at is not None:
            yield Marked(f"round:{held.id}", held.closed_at, lab, acceptable(session, held, person))


def acceptable(session: Session, held: Round, person: UUID) -> bool:
    """Whether a marker agrees well enough with the others: in each criterion an ordinal alpha from 0.667 on.

    Counted are the pieces that the person and another one marked without seeing each other, ten or more. Where all of
    their marks are equal there is no alpha, and nothing to improve.
    """
    marks = [desk.finished(piece, third=False) for piece in desk.pieces_of(session, held)]
    mine = [pair for pair in marks if len(pair) > 1 and any(one.marker_id == person for one in pair)]
    by_criterion: dict[str, list[list[int | None]]] = defaultdict(list)
    for pair in mine:
        for one in desk.criteria_of(held):
            by_criterion[one.id].append([mark.alone.get(one.id) for mark in pair])
    return bool(by_criterion) and all(map(_agree, by_criterion.values()))


def _agree(units: list[list[int | None]]) -> bool:
    apart = differences(units)
    found = alpha(units, Metric.ORDINAL)
    if apart.units < FEWEST:
        return False
    return apart.equal == apart.units if found is None else found >= TENTATIVE
