"""What the workbench shows, as values: built in one reading unit, rendered after it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from training.analysis import cards as plugin_cards
from training.analysis import service as analysis
from training.analysis.cards import Card
from training.analysis.models import Run
from training.evidence import service as evidence
from training.evidence.models import Custody
from training.grading import calibration
from training.grading.calibration import Calibration
from training.grading.matching import WHOLE
from training.labs import table as tables
from training.labs.material import Material
from training.labs.models import Attempt, AttemptCommand, Citation, Finding, Judgement, OwnKeys
from training.labs.service import (
    attempts,
    dumps,
    findings,
    history,
    materials,
    notebook,
    own_keys,
    results,
    rules,
    runs,
)
from training.labs.service.attempts import Case
from training.labs.service.combined import Points, points
from training.labs.service.dumps import Dumped
from training.labs.service.findings import Progress
from training.labs.service.notebook import OpenResult, Place
from training.labs.service.runs import Asked
from training.labs.service.terms import Terms
from training.labs.spot import RECORD, Spot
from training.labs.table import Table
from training.labs.why import Why, parted

NEAR = 8
"""Runs that stand on the workbench, beside the one that is shown; the others have a page of their own."""

LATEST = 6
"""Commands of the history that stand on the workbench; the others have a page of their own."""

CLEARLY = 5.0
"""Seconds beyond its typical time before a run is called slow: a run of one second varies by as much."""


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
        """Whether it clearly takes longer than usual: beyond twice the typical time, and by some seconds."""
        return self.elapsed > max(2 * self.typical, self.typical + CLEARLY)

    @property
    def share(self) -> int:
        """How much of the typical time has gone by, in percent; never all of it while it runs."""
        return min(95, round(100 * self.elapsed / max(self.typical, 1)))


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
    others: int  # other open attempts that asked for the current run
    dumped: tuple[Dumped, ...]  # files that the current run wrote
    typed: tuple[AttemptCommand, ...]
    record: tuple[tuple[int, str, Citation | None], ...]
    handed: tuple[Material, ...]  # what was handed over beside the record
    notebook: tuple[Place, ...]
    cited_by: dict[UUID, tuple[str, ...]]
    custody: tuple[Custody, ...]
    stopped: str  # why nothing is accepted any more although the attempt is not closed; empty where findings are
    ended: str  # why the attempt is over although nobody closed it, such as its time being up; empty where it is not
    told: bool  # whether its person may see feedback, points and explanations
    bound: bool  # whether another examination of the lab hides what explains
    voids: dict[str, str]  # why questions were withdrawn after the lab was published, by question
    verified_at: datetime | None  # when its person last had the exhibit hashed
    keys: OwnKeys | None  # how far the keys of an own image are
    calibration: Calibration | None  # what the confidence of a closed attempt came to, for its person

    @property
    def near(self) -> tuple[Tab, ...]:
        """The runs that the workbench lists: the newest, those under way, and the one that is shown."""
        return tuple(one for at, one in enumerate(self.tabs) if at < NEAR or one is self.tab or not one.run.state.ended)

    @property
    def current(self) -> Progress:
        """The question that is being worked on."""
        return self.progress[self.spot.question]

    @property
    def closed(self) -> bool:
        """Whether the attempt has ended: then the page can only be read."""
        return self.case.attempt.closed_at is not None

    @property
    def terms(self) -> Terms:
        """What applies to the attempt."""
        return self.case.terms

    @property
    def over(self) -> bool:
        """Whether nothing more will come: the attempt was closed, or has ended by itself."""
        return self.closed or bool(self.ended)

    @property
    def spent(self) -> bool:
        """Whether no try of the current question is left."""
        return self.current.tries_left == 0

    @property
    def typing(self) -> bool:
        """Whether a finding can be typed for the current question."""
        return not (self.closed or self.stopped or self.spent or self.current.settled)

    @property
    def onward(self) -> Progress | None:
        """The question to go on with once nothing more can be typed for the current one: the first after it, else the
        first of all, that can still be worked on.
        """
        if self.typing or self.over or self.stopped:
            return None
        every = list(self.progress.values())
        at = every.index(self.current) + 1
        return next((one for one in (*every[at:], *every[:at]) if not one.settled and one.tries_left), None)

    @property
    def why(self) -> Why:
        """Why the answer of the current question holds, by what has been asked of the exhibit."""
        papers = self.case.lab.file.on_papers
        known = () if papers else [one.name for one in plugin_cards.load().for_os(self.case.exhibit.os)]
        return parted(self.current.question.after or "", known, {one.run.plugin for one in self.tabs})

    @property
    def baseline(self) -> str | None:
        """Name of the exhibit that the lab offers to compare with."""
        return self.case.lab.file.baseline

    @property
    def score(self) -> float:
        """Points earned so far."""
        return self.points.score

    @property
    def points(self) -> Points:
        """What counts of the points: of a live lab half for the conduct."""
        found = self.progress
        return points(self.case.own, findings.score(found), findings.total(found), findings.awaited(found))

    @property
    def total(self) -> float:
        """Points that all questions together are worth at first."""
        return findings.total(self.progress)

    @property
    def passed(self) -> bool:
        """Whether the points reach what is needed to pass."""
        return results.passed(self.score, self.total, self.terms.pass_percent)

    @property
    def awaited(self) -> float:
        """Points that wait for markers, at most."""
        return self.points.awaited

    @property
    def undecided(self) -> bool:
        """Whether it depends on markers if the points reach what is needed to pass."""
        return results.undecided(self.score, self.awaited, self.total, self.terms.pass_percent)

    @property
    def ticked(self) -> frozenset[int]:
        """Numbers of the citations that the form of the current question has ticked."""
        draft, last = self.current.draft, self.current.last
        ids = draft.citations if draft else last.citations if last and not self.current.settled else []
        return frozenset(place.citation.number for place in self.notebook if str(place.citation.id) in ids)


def build(
    session: Session,
    instance: Path,
    open_result: OpenResult,
    attempt: Attempt,
    spot: Spot,
    now: datetime,
    lifted: OpenResult | None = None,
) -> Bench:
    """Gather the workbench of an attempt at a spot. What a spot names and isn't there falls back to a start. With
    `lifted` the table shows what is masked, see `table.of`.
    """
    case = attempts.case(session, instance, attempt)
    progress = findings.progress_of_all(session, case, now)
    tabs = tabs_of(session, runs.listed(session, attempt), now)
    spot = _settle(spot, progress, tabs)
    tab = next((one for one in tabs if one.asked.number == spot.number), None)
    lines = materials.of(case)
    made = notebook.every(session, attempt)
    kept = [one for one in made if one.dropped_at is None]
    cited = {one.row: one for one in kept if tab and one.run_id == tab.run.id}
    table, fault = tables.of(tab.run, spot, cited, open_result, lifted) if tab else (None, None)
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
        others=runs.others(session, attempt, tab.run) if tab and not tab.run.state.ended else 0,
        dumped=tuple(dumps.of(tab.run, open_result)) if tab else (),
        typed=tuple(history.listed(session, attempt, LATEST)),
        record=_record(lines, kept) if spot.run == RECORD else (),
        handed=tuple(lines.others.values()),
        notebook=tuple(notebook.places(session, kept, open_result, lines)),
        cited_by=_cited_by(made, progress),
        custody=tuple(evidence.custody(session, attempt.exhibit)),
        stopped=attempts.stopped(case, now),
        ended="" if attempt.closed_at else case.terms.ended(now),
        told=case.told(now),
        bound=case.bound(now),
        voids={name: key.void for name, key in rules.of(session, case).keys.items() if key.void},
        verified_at=history.verified_at(session, attempt),
        keys=own_keys.of(session, attempt.exhibit) if case.own else None,
        calibration=calibrated(progress) if case.over(now) and case.told(now) else None,
    )


def calibrated(progress: dict[str, Progress]) -> Calibration:
    """What the confidence of an attempt's findings came to. Private to its person: advice, never a mark."""
    made = (finding for one in progress.values() for finding in one.findings if finding.current.judged)
    said = (one for one in made if not one.current.verdict.get("void"))  # nobody said whether that held
    return calibration.of((one.confidence, _held(one.current)) for one in said)


def _held(current: Finding | Judgement) -> bool:
    """Whether the value was right, whatever was cited for it. A mark has no such part: its credit decides."""
    return float(current.verdict.get("correctness", current.credit)) >= WHOLE


def mark_of(tab: Tab) -> str:
    """What changes when the entry of a run looks different: the entity tag of its fragment."""
    run = tab.run
    return f"{run.id.hex}-{run.state.value}-{run.stage}-{run.rows}-{tab.ahead}-{int(tab.elapsed)}"


def tabs_of(session: Session, listed: Iterable[Asked], now: datetime) -> tuple[Tab, ...]:
    """Runs as they stand in the list of runs."""
    return tuple(tab_of(session, asked, now) for asked in listed)


def tab_of(session: Session, asked: Asked, now: datetime) -> Tab:
    """A run with its place in the queue, its typical time, and how long it has been running, in seconds."""
    run = asked.run
    if run.state.ended:
        return Tab(asked, 0, 0.0, run.seconds or 0.0)
    elapsed = (now - run.started_at).total_seconds() if run.started_at else 0.0
    typical = analysis.typical_seconds(session, run.plugin, run.exhibit)
    return Tab(asked, runs.ahead(session, run), typical, max(0.0, elapsed))


def _settle(spot: Spot, progress: dict[str, Progress], tabs: Sequence[Tab]) -> Spot:
    if spot.question not in progress:
        spot = spot.at(question=findings.at_hand(progress))
    numbers = {one.asked.number for one in tabs}
    if spot.run != RECORD and spot.number not in numbers:
        spot = Spot(question=spot.question, run=str(max(numbers)) if numbers else RECORD)
    return spot


def _record(lines: Sequence[str], kept: Sequence[Citation]) -> tuple[tuple[int, str, Citation | None], ...]:
    cited = {one.line: one for one in kept if one.material == RECORD}
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
