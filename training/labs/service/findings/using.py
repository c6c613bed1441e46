"""From a cell to an answer: the questions whose field it could fill, and filling it with the cell cited beside it.

Nothing is submitted here, nothing that stands in a field is overwritten unasked, and no key is looked at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from training.analysis.cards import Column
from training.analysis.results import Mark, ResultRow
from training.errors import Conflict, Refused
from training.grading.question import Question
from training.grading.values.offering import LINE, Asked, Offer, offer, offer_of_line, standing_with
from training.labs.material import RECORD, Handed
from training.labs.models import Citation
from training.labs.service import notebook
from training.labs.service.attempts import Case, still_open
from training.labs.service.findings.claims import Claimed
from training.labs.service.findings.drafts import AtHand, held, keep_draft, mark_of
from training.labs.service.notebook import OpenResult, Place
from training.labs.service.progress import Progress, progress
from training.labs.service.runs import numbered
from training.sentence import phrase


@dataclass(frozen=True, slots=True)
class Spotted:
    """A place that is pointed at and perhaps not cited yet: row `row` of run `run`, or line `row` of a material."""

    run: int | None
    row: int
    column: str = ""
    material: str = RECORD


@dataclass(frozen=True, slots=True)
class Offered:
    """What a cell could be for one question.

    Attributes:
        number: of the question, as the page counts, from 1.
        question: what is asked.
        offer: how the cell would be typed, or why it can't be.
        standing: what stands in the field now.
        put: what would stand there with the offer; None where another value stands in its way.
    """

    number: int
    question: Question
    offer: Offer
    standing: str
    put: str | None

    @property
    def mark(self) -> str:
        """A short mark of what stands in the field, by which a person gives up that value and no other."""
        return mark_of(self.standing)


@dataclass(frozen=True, slots=True)
class Used:
    """What came of using a cell: its citation, or none where another value stands in the field (`offered`)."""

    citation: Citation | None
    offered: Offered


def place_of(session: Session, case: Case, spotted: Spotted, open_result: OpenResult, handed: Handed) -> Place:
    """The row or line that is pointed at. NotThere when the attempt has no such run; a `fault` says what is missing."""
    if spotted.run is None:
        return notebook.look_line(handed, spotted.material, spotted.row, spotted.column)
    run = numbered(session, case.attempt, spotted.run).run
    return notebook.look(run, spotted.run, spotted.row, spotted.column, open_result)


def offers(asked: Mapping[str, Progress], place: Place) -> tuple[Offered, ...]:
    """What the cell that is pointed at could be for each question that still takes a finding, in order."""
    return tuple(
        _offered(number, one, place)
        for number, one in enumerate(asked.values(), 1)
        if not one.settled and one.tries_left
    )


def _offered(number: int, one: Progress, place: Place) -> Offered:
    source = one.draft or one.last
    standing = source.value if source else ""
    return _made(number, one.question, place, standing)


def _made(number: int, question: Question, place: Place, standing: str) -> Offered:
    asked, made = Asked.of(question), of_place(question, place)
    return Offered(number, question, made, standing, standing_with(asked, standing, made.text) if made.text else None)


MASKED = phrase("This value is masked: a secret can't be used as an answer. The cell can be cited.")
MOST_FITTING = 4
"""Cells of a table that a page beside the workbench offers as an answer."""


def fitting(hand: AtHand, columns: Sequence[Column], rows: Sequence[ResultRow]) -> tuple[tuple[str, Offered], ...]:
    """The cells of some rows that the question at hand would take, each value once: where each stands, as 'row:column',
    and what it would be. None for a process: whose page it is stands there already.
    """
    asked, found = Asked.of(hand.question), dict[str, tuple[str, Offered]]()
    if not hand.takes or asked.single.type == "pid":
        return ()
    for row in rows:
        cells = {column.name: cell for column, cell in zip(columns, row.cells, strict=True)}
        for column in columns:
            if isinstance(cells[column.name], Mark):
                continue
            made = offer(asked, column, cells[column.name], cells)
            if made.text and made.text not in found:
                put = standing_with(asked, hand.typed, made.text)
                found[made.text] = (
                    f"{row.n}:{column.name}",
                    Offered(hand.number, hand.question, made, hand.typed, put),
                )
    return tuple(found.values())[:MOST_FITTING]


def of_place(question: Question, place: Place) -> Offer:
    """How the cell that is pointed at would be typed; of a line without fields, the one value of that kind in it."""
    asked, column = Asked.of(question), place.citation.column
    if place.fault:
        return Offer(why=place.fault)
    if column in place.masked:
        return Offer(why=MASKED)
    if column:
        made = Column(column, place.types.get(column, "str"))
        return offer(asked, made, place.cells.get(column), place.cells)
    if place.citation.material:
        return offer_of_line(asked, place.text)
    return offer(asked, LINE, None, {})


def use(
    session: Session,
    case: Case,
    question: Question,
    spotted: Spotted,
    evidence: tuple[OpenResult, Handed],
    now: datetime,
    *,
    instead: str = "",
) -> Used:
    """Put a cell into the field of a question and cite it there. Nothing is submitted.

    Where another value stands in the field nothing happens, unless `instead` is the mark of that value.

    Raises:
        Conflict: the attempt has ended, or the question takes no finding any more.
        Refused: the cell can't be typed as its answer, or its run is not complete.
    """
    still_open(case, now)
    at = progress(session, case, question)
    if at.settled or not at.tries_left:
        raise Conflict(phrase("This question takes no finding any more. Nothing was changed."))
    place = place_of(session, case, spotted, *evidence)
    there = held(session, case, question)
    number = next((n for n, one in enumerate(case.lab.questions, 1) if one.id == question.id), 0)
    made = _made(number, question, place, there.value)
    if made.offer.why:
        raise Refused(made.offer.why)
    put = made.put if made.put is not None else made.offer.text if instead == made.mark else None
    if put is None:
        return Used(None, made)
    citation = _cite(session, case, spotted, evidence, now)
    cited = tuple(dict.fromkeys((*there.cited, citation.number)))
    keep_draft(session, case, question, _with(there, put, cited), now)
    return Used(citation, made)


def _with(there: Claimed, value: str, cited: tuple[int, ...]) -> Claimed:
    return replace(there, value=value, cited=cited)


def _cite(
    session: Session, case: Case, spotted: Spotted, evidence: tuple[OpenResult, Handed], now: datetime
) -> Citation:
    open_result, handed = evidence
    if spotted.run is None:
        line, column = spotted.row, spotted.column
        return notebook.cite_line(session, case, line, handed, now, material=spotted.material, column=column)
    return notebook.cite(session, case, spotted.run, spotted.row, spotted.column, open_result, now)
