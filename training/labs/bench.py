"""What the workbench shows, as values: built in one reading unit, rendered after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from training.analysis import cards as plugin_cards
from training.analysis import service as analysis
from training.analysis.cards import Card, Column
from training.analysis.models import Run, State
from training.analysis.results import Filter, Result, ResultRow
from training.errors import DomainError
from training.evidence import service as evidence
from training.evidence.models import Custody
from training.labs.forms import RECORD, Spot
from training.labs.models import Attempt, Citation
from training.labs.service import attempts, findings, notebook, runs
from training.labs.service.attempts import Case
from training.labs.service.findings import Progress
from training.labs.service.notebook import OpenResult, Place
from training.labs.service.runs import Asked

PAGE = 20
"""Rows on a page: with the pickers and the styles, a first view stays below 100 KiB."""

NUMBERS = frozenset({"int", "float", "hex"})


@dataclass(frozen=True, slots=True)
class Tab:
    """A run in the list of runs, with what to say of its state."""

    asked: Asked
    ahead: int
    typical: float
    elapsed: float

    @property
    def run(self) -> Run:
        """The run itself."""
        return self.asked.run

    @property
    def slow(self) -> bool:
        """Whether it takes longer than usual: beyond twice the typical time."""
        return self.elapsed > 2 * self.typical


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a page: its number in the run, its depth in a tree, its texts, its citation."""

    n: int
    depth: int
    cells: tuple[str, ...]
    citation: Citation | None


@dataclass(frozen=True, slots=True)
class Table:
    """A page of a result. `matching` rows pass the filter, of `total` in all; `first` counts from 1."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    matching: int
    total: int
    page: int
    pages: int

    @property
    def first(self) -> int:
        """Place of the first row shown among those that match."""
        return (self.page - 1) * PAGE + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Place of the last row shown."""
        return self.first + len(self.rows) - 1 if self.rows else 0

    @staticmethod
    def is_number(column: Column) -> bool:
        """Whether its cells line up at their end."""
        return column.type in NUMBERS


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that the page of an attempt needs."""

    case: Case
    spot: Spot
    progress: dict[str, Progress]
    tabs: tuple[Tab, ...]
    tab: Tab | None
    card: Card | None
    table: Table | None
    fault: str | None  # why the result of the current run can't be shown
    record: tuple[tuple[int, str, Citation | None], ...]
    notebook: tuple[Place, ...]
    cited_by: dict[UUID, tuple[str, ...]]
    custody: tuple[Custody, ...]

    @property
    def current(self) -> Progress:
        """The question that is being worked on."""
        return self.progress[self.spot.question]

    @property
    def score(self) -> float:
        """Points earned so far."""
        return findings.score(self.progress)

    @property
    def ticked(self) -> frozenset[int]:
        """Numbers of the citations that the form of the current question has ticked."""
        draft, last = self.current.draft, self.current.last
        ids = draft.citations if draft else last.citations if last and not self.current.solved else []
        return frozenset(place.citation.number for place in self.notebook if str(place.citation.id) in ids)


def build(
    session: Session, instance: Path, open_result: OpenResult, attempt: Attempt, spot: Spot, now: datetime
) -> Bench:
    """Gather the workbench of an attempt at a spot. What a spot names and isn't there falls back to a start."""
    case = attempts.case(session, instance, attempt)
    progress = findings.progress_of_all(session, case)
    tabs = tuple(tab_of(session, asked, now) for asked in runs.listed(session, attempt))
    spot = _settle(spot, case, progress, tabs)
    tab = next((one for one in tabs if one.asked.number == spot.number), None)
    lines = evidence.record(instance, case.exhibit)
    made = notebook.every(session, attempt)
    kept = [one for one in made if one.dropped_at is None]
    table, fault = _table(tab.run, spot, kept, open_result) if tab else (None, None)
    cards = plugin_cards.load()
    return Bench(
        case=case,
        spot=spot,
        progress=progress,
        tabs=tabs,
        tab=tab,
        card=cards.get(tab.run.plugin) if tab and tab.run.plugin in cards else None,
        table=table,
        fault=fault,
        record=_record(lines, kept) if spot.run == RECORD else (),
        notebook=tuple(notebook.places(session, kept, open_result, lines)),
        cited_by=_cited_by(made, progress),
        custody=tuple(evidence.custody(session, attempt.exhibit)),
    )


def cards() -> tuple[Card, ...]:
    """The plugins that can be run on an exhibit, in the order of their names."""
    return tuple(sorted(plugin_cards.load(), key=lambda card: card.name))


def mark_of(tab: Tab) -> str:
    """What changes when the entry of a run looks different: the entity tag of its fragment."""
    run = tab.run
    return f"{run.id.hex}-{run.state.value}-{run.rows}-{tab.ahead}-{int(tab.elapsed)}"


def tab_of(session: Session, asked: Asked, now: datetime) -> Tab:
    """A run with its place in the queue, its typical time, and how long it has been running, in seconds."""
    run = asked.run
    if run.state.ended:
        return Tab(asked, 0, 0.0, run.seconds or 0.0)
    elapsed = (now - run.started_at).total_seconds() if run.started_at else 0.0
    return Tab(asked, runs.ahead(session, run), analysis.typical_seconds(session, run.plugin), max(0.0, elapsed))


def _settle(spot: Spot, case: Case, progress: dict[str, Progress], tabs: Sequence[Tab]) -> Spot:
    if spot.question not in progress:
        unsolved = (name for name, one in progress.items() if not one.solved and one.standing.tries_left)
        spot = spot.at(question=next(unsolved, case.lab.questions[0].id))
    numbers = {one.asked.number for one in tabs}
    if spot.run != RECORD and spot.number not in numbers:
        spot = Spot(question=spot.question, run=str(max(numbers)) if numbers else RECORD)
    return spot


def _table(run: Run, spot: Spot, kept: Sequence[Citation], open_result: OpenResult) -> tuple[Table | None, str | None]:
    if run.state not in {State.COMPLETE, State.PARTIAL}:
        return None, None
    try:
        with open_result(run) as result:
            return _page(result, spot, {one.row: one for one in kept if one.run_id == run.id}), None
    except DomainError as bad:
        return None, bad.message


def _page(result: Result, spot: Spot, cited: dict[int | None, Citation]) -> Table:
    names = {column.name for column in result.columns}
    where = Filter(spot.text, spot.column if spot.column in names else None) if spot.text else None
    matching = result.count(where)
    pages = max(1, -(-matching // PAGE))
    page = min(max(1, spot.page), pages)
    found = result.page(
        sort=spot.sort if spot.sort in names else None,
        descending=bool(spot.desc),
        where=where,
        offset=(page - 1) * PAGE,
        limit=PAGE,
    )
    rows = tuple(_row(one, result, cited) for one in found)
    return Table(tuple(result.columns), rows, matching, result.rows, page, pages)


def _row(one: ResultRow, result: Result, cited: dict[int | None, Citation]) -> Row:
    return Row(one.n, one.depth, one.shown(result.columns), cited.get(one.n))


def _record(lines: Sequence[str], kept: Sequence[Citation]) -> tuple[tuple[int, str, Citation | None], ...]:
    cited = {one.line: one for one in kept if one.material == notebook.RECORD}
    return tuple((number, line, cited.get(number)) for number, line in enumerate(lines, 1))


def _cited_by(made: Sequence[Citation], progress: dict[str, Progress]) -> dict[UUID, tuple[str, ...]]:
    """The questions that have a finding which stands on a citation, by the citation's id."""
    return {
        one.id: tuple(
            name
            for name, each in progress.items()
            if any(str(one.id) in finding.citations for finding in each.findings)
        )
        for one in made
    }
