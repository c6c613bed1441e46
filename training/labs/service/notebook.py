"""The evidence notebook: places of the evidence that a trainee holds on to, with notes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.analysis import cards as plugin_cards
from training.analysis.models import Run, State
from training.analysis.results import Mark, Result
from training.errors import DomainError, NotThere, Refused, TooMany
from training.labs.material import RECORD, Handed
from training.labs.models import Attempt, AttemptRun, Citation
from training.labs.service import activity
from training.labs.service.activity import Act
from training.labs.service.attempts import Case, still_open
from training.labs.service.runs import numbered
from training.labs.telling import telling
from training.sentence import phrase

MOST_CITATIONS = 300
NOTE_CHARS = 2_000
KEY_CHARS = 40  # characters of a cell that stands beside the number of its row
OpenResult = Callable[[Run], Result]


@dataclass(frozen=True, slots=True)
class Place:
    """A citation with the row or line that it names, as it stands in the evidence.

    `plugin` and `options` are of a row; `cells` (column name to value) of a row, or of a line that has fields; `text`
    is what a reader sees; `fault` says why the place can't be shown; `types` are those of the columns of a row;
    `constant` are columns that say the same in every row of the run.
    """

    citation: Citation
    run_number: int | None
    plugin: str
    options: dict[str, Any]
    cells: dict[str, Any]
    shown: tuple[tuple[str, str], ...]
    text: str
    fault: str | None = None
    types: Mapping[str, str] = field(default_factory=dict)
    constant: frozenset[str] = frozenset()

    @property
    def secret(self) -> frozenset[str]:
        """The columns that hold secrets, whether a cell is masked or has a constant that is known to all."""
        card = plugin_cards.load().cards.get(self.plugin)
        return frozenset(card.secret if card else ())

    @property
    def masked(self) -> frozenset[str]:
        """The columns of which the cell is masked."""
        return frozenset(name for name, cell in self.cells.items() if isinstance(cell, Mark))

    @property
    def marked(self) -> str:
        """The cell that is pointed at, as a reader sees it; '' where the whole row or line is."""
        return dict(self.shown).get(self.citation.column, "") if self.citation.column else ""

    @property
    def telling(self) -> tuple[tuple[str, str], ...]:
        """The cells that say what the row shows, with their columns; see `telling.telling`."""
        return telling(self.shown, self.citation.column, self.constant)

    @property
    def key(self) -> str:
        """What a reader knows the place again by: the cell that is pointed at, or the telling ones, clipped."""
        if self.citation.material and not self.citation.column:
            return self.text
        cells = [pair for pair in self.telling if self.citation.column in {"", pair[0]}]
        return ", ".join(f"{name} {text[:KEY_CHARS]}" for name, text in cells)


def cite(
    session: Session, case: Case, number: int, row: int, column: str, open_result: OpenResult, now: datetime
) -> Citation:
    """Hold on to a row of a run (or one column of it). The same place gives the same citation, with its old number.

    Raises:
        NotThere: the attempt has no such run, or the run no such row.
        Refused: the run is not complete, or the row has no such column.
        Conflict, TooMany: the attempt is closed or has ended, or has all the citations that it may have.
    """
    still_open(case, now)
    attempt = case.attempt
    run = numbered(session, attempt, number).run
    session.refresh(run, with_for_update={"read": True})  # its result is not removed while this is being kept
    if run.state is not State.COMPLETE:
        raise Refused(
            phrase(
                "Run %(run)s is %(state)s, and only a complete run can support a finding. Run the command again, "
                "with an option such as --pid where it took too long.",
                run=str(number),
                state=run.state.word,
            )
        )
    with open_result(run) as result:
        result.row(row)
        if column and column not in {one.name for one in result.columns}:
            raise Refused(
                phrase("Run %(run)s has no column %(column)s.", run=str(number), column=column), field="column"
            )
    seen = session.scalars(select(Citation).filter_by(attempt_id=attempt.id, run_id=run.id, row=row, column=column))
    made = Citation(attempt_id=attempt.id, run_id=run.id, row=row, column=column, made_at=now)
    return _keep(session, case, seen.first(), made)


def cite_line(
    session: Session,
    case: Case,
    line: int,
    record: Sequence[str],
    now: datetime,
    *,
    material: str = RECORD,
    column: str = "",
) -> Citation:
    """Hold on to a line of the record, or of another material, or to one field of it; errors as with `cite`.

    A line has one citation: whoever points at a second field of it holds on to the line as a whole.
    """
    still_open(case, now)
    attempt = case.attempt
    there = Handed.of(record).line(material, line)
    if there is None:
        raise NotThere(no_line(material, line))
    if column and column not in there.fields:
        given = {"line": str(line), "material": material, "field": column}
        raise Refused(phrase("Line %(line)s of %(material)s has no field %(field)s.", **given), field="column")
    seen = session.scalars(select(Citation).filter_by(attempt_id=attempt.id, material=material, line=line)).first()
    if seen is not None and seen.column != column:
        seen.column = ""
    made = Citation(attempt_id=attempt.id, material=material, line=line, column=column, made_at=now)
    return _keep(session, case, seen, made)


def no_line(material: str, line: int) -> str:
    """What is said of a line that a material, or the record, does not have."""
    return phrase("The %(material)s has no line %(line)s.", material=material, line=str(line))


def _keep(session: Session, case: Case, seen: Citation | None, made: Citation) -> Citation:
    attempt = case.attempt
    if seen is not None:
        seen.dropped_at = None
        return seen
    last = session.scalar(select(func.max(Citation.number)).filter_by(attempt_id=attempt.id)) or 0
    if last >= MOST_CITATIONS:
        raise TooMany(
            phrase("The notebook holds %(n)s citations, and no more fit. Use those that you have.", n=MOST_CITATIONS)
        )
    made.number, made.note, made.dropped_at = last + 1, "", None
    session.add(made)
    activity.told(session, case.terms.assignment, attempt.person_id, Act.MOVED, made.made_at)
    session.flush()
    return made


def drop(session: Session, case: Case, number: int, now: datetime) -> Citation:
    """Take a citation out of the notebook. Findings that stand on it keep it; citing the place again brings it back."""
    still_open(case, now)
    found = get(session, case.attempt, number)
    found.dropped_at = found.dropped_at or now
    return found


def note(session: Session, case: Case, number: int, text: str, now: datetime) -> Citation:
    """Write down what a citation means; the last text counts."""
    still_open(case, now)
    if len(text) > NOTE_CHARS:
        why = phrase("The note has %(n)s characters; at most %(most)s are kept.", n=len(text), most=NOTE_CHARS)
        raise Refused(why, field="note")
    found = get(session, case.attempt, number)
    found.note = text.strip()
    return found


def get(session: Session, attempt: Attempt, number: int) -> Citation:
    """The citation with this number; NotThere when the attempt has none."""
    found = session.scalars(select(Citation).filter_by(attempt_id=attempt.id, number=number)).first()
    if found is None:
        raise NotThere(phrase("This attempt has no citation C%(n)s.", n=str(number)))
    return found


def every(session: Session, attempt: Attempt) -> list[Citation]:
    """All citations that were ever made in an attempt, by number."""
    return list(session.scalars(select(Citation).filter_by(attempt_id=attempt.id).order_by(Citation.number)))


def by_row(session: Session, attempt: Attempt) -> dict[tuple[UUID, int], list[Citation]]:
    """What is cited of rows and stands in the notebook, by run and row."""
    found: dict[tuple[UUID, int], list[Citation]] = {}
    for one in every(session, attempt):
        if one.run_id and one.dropped_at is None:
            found.setdefault((one.run_id, one.row or 0), []).append(one)
    return found


def places(
    session: Session, citations: Iterable[Citation], open_result: OpenResult, record: Sequence[str]
) -> list[Place]:
    """The rows and lines behind citations, in the given order. What can't be read says so in its `fault`."""
    found = list(citations)
    handed = Handed.of(record)
    wanted = {one.run_id for one in found if one.run_id}
    runs = {run.id: run for run in session.scalars(select(Run).where(Run.id.in_(wanted)))}
    attempts = {one.attempt_id for one in found}
    numbers = {
        (asked.attempt_id, asked.run_id): asked.number
        for asked in session.scalars(select(AttemptRun).where(AttemptRun.attempt_id.in_(attempts)))
    }
    rows = _rows(found, runs, open_result)
    return [
        _row_place(one, runs[one.run_id], numbers.get((one.attempt_id, one.run_id)), rows)
        if one.run_id
        else _line_place(one, handed)
        for one in found
    ]


def look(run: Run, number: int, row: int, column: str, open_result: OpenResult) -> Place:
    """A row of a run, or a cell of it, that nobody has cited yet, as it would stand in the notebook."""
    one = Citation(number=0, run_id=run.id, row=row, column=column, note="")
    return _row_place(one, run, number, _rows([one], {run.id: run}, open_result))


def look_line(handed: Sequence[str], material: str, line: int, column: str = "") -> Place:
    """A line of a material, or a field of it, in the same way."""
    one = Citation(number=0, material=material, line=line, column=column, note="")
    return _line_place(one, Handed.of(handed))


Row = tuple[dict[str, Any], tuple[tuple[str, str], ...], dict[str, str], frozenset[str]]
Rows = dict[Any, Row | str]


def _rows(citations: Sequence[Citation], runs: dict[Any, Run], open_result: OpenResult) -> Rows:
    """Values, shown texts, types and constant columns of each cited row, by citation id; each result is opened once."""
    rows: Rows = {}
    for run in runs.values():
        mine = [one for one in citations if one.run_id == run.id]
        try:
            with open_result(run) as result:
                names, types = zip(*((column.name, column.type) for column in result.columns), strict=True)
                for one in mine:
                    row = result.row(one.row or 0)
                    cells = dict(zip(names, row.cells, strict=True))
                    shown = tuple(zip(names, row.shown(result.columns), strict=True))
                    rows[one.id] = (cells, shown, dict(zip(names, types, strict=True)), result.constant)
        except DomainError as bad:
            rows |= {one.id: bad.message for one in mine}
    return rows


def _row_place(one: Citation, run: Run, number: int | None, rows: Rows) -> Place:
    row = rows[one.id]
    options = dict(run.options)
    if isinstance(row, str):
        return Place(one, number, run.plugin, options, {}, (), "", fault=row)
    cells, shown, types, constant = row
    marked = [text for name, text in shown if one.column in {"", name}]
    return Place(one, number, run.plugin, options, cells, shown, "  ".join(marked), types=types, constant=constant)


def _line_place(one: Citation, handed: Handed) -> Place:
    name = one.material or RECORD
    there = handed.line(name, one.line or 0)
    if there is None:
        return Place(one, None, "", {}, {}, (), "", fault=no_line(name, one.line or 0))
    return Place(one, None, "", {}, dict(there.fields), tuple(there.fields.items()), there.text)
