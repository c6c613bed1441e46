"""The row, line or cell that a page points at, as values: what it is, whether it is cited, what it could answer.

It is made beside the workbench (or the page of a material), which says where its reader is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from training.analysis import cards as plugin_cards
from training.analysis.models import State
from training.errors import NotThere
from training.grading.values.offering import Asked
from training.labs.bench import Bench
from training.labs.material import Handed
from training.labs.service import findings, materials
from training.labs.service.findings import Claimed, Offered, Progress, Spotted, Support
from training.labs.service.notebook import OpenResult, Place
from training.labs.spot import RECORD


@dataclass(frozen=True, slots=True)
class Picked:
    """What is pointed at.

    Attributes:
        at: the place as buttons name it, without the column: '3:17', 'record:4', 'log:4'.
        place: the row or line.
        columns: its columns, or the fields of a line, of which one can be pointed at.
        cited: number of the citation of exactly this; 0 for none.
        whole: whether it can be cited: a line always, a row where its run is complete.
        offers: what the cell could be for each open question.
    """

    at: str
    place: Place
    columns: tuple[str, ...]
    cited: int
    whole: bool
    offers: tuple[Offered, ...] = ()

    @property
    def column(self) -> str:
        """The column that is pointed at."""
        return self.place.citation.column

    @property
    def fitting(self) -> tuple[Offered, ...]:
        """The questions that the cell could answer."""
        return tuple(one for one in self.offers if one.offer.text)

    @property
    def named(self) -> str:
        """The cell as a button names it."""
        return f"{self.at}:{self.column}" if self.column else self.at


def of(
    place: Place,
    at: str,
    kept: Sequence[Place],
    asked: Mapping[str, Progress],
    *,
    whole: bool = True,
    closed: bool = False,
) -> Picked:
    """What is pointed at, beside what is cited already."""
    one = place.citation
    where = (one.run_id, one.row, one.material, one.line, one.column)
    same = (each.citation for each in kept)
    cited = next((c.number for c in same if (c.run_id, c.row, c.material, c.line, c.column) == where), 0)
    columns = tuple(name for name, _ in place.shown)
    able = whole and not closed and bool(one.column or (one.material and not columns))
    return Picked(at, place, columns, cited, whole, findings.offers(asked, place) if able else ())


def on_bench(session: Session, built: Bench, open_result: OpenResult) -> Picked | None:
    """What the address of a workbench points at; None for nothing, and for a row that is not there."""
    spot = built.spot
    if spot.marked is None or (spot.run != RECORD and not built.table):
        return None
    record = spot.run == RECORD
    spotted = Spotted(None, spot.marked) if record else Spotted(spot.number, spot.marked, spot.cell)
    try:
        handed = Handed.of(materials.of(built.case))
        place = findings.place_of(session, built.case, spotted, open_result, handed)
    except NotThere:
        return None
    if place.fault:
        return None
    if spot.cell and not record and spot.cell not in place.cells:
        return None
    whole = record or (built.tab is not None and built.tab.run.state is State.COMPLETE)
    stopped = built.over or bool(built.stopped)
    at = f"{spot.run}:{spot.marked}"
    return of(place, at, built.notebook, built.progress, whole=whole, closed=stopped)


def support(built: Bench, claimed: Claimed | None, typed: str, ticked: Sequence[int]) -> Support | None:
    """What stands in the form of the finding stands on; None where the form is not there."""
    question = built.current.question
    if not built.typing:
        return None
    typed = claimed.value if claimed else typed
    places = [one for one in built.notebook if one.citation.number in ticked]
    wanted = bool(question.proof or question.rubric)
    cards = plugin_cards.load()
    said = findings.stands_on(Asked.of(question), typed, places, cards, wanted=wanted)
    return said or (None if typed.strip() else findings.rests_on(places, cards))


def cells_cited(built: Bench) -> dict[int, list[Place]]:
    """What is cited of the run that is shown, by row."""
    found: dict[int, list[Place]] = {}
    for one in built.notebook:
        if built.tab and one.citation.run_id == built.tab.run.id:
            found.setdefault(one.citation.row or 0, []).append(one)
    return found


def bearings(built: Bench) -> dict[str, dict[str, str]]:
    """What verdicts say of each citation, by its id and the question; only of those that may be told."""
    found: dict[str, dict[str, str]] = {}
    for name, one in built.progress.items():
        for finding in one.findings if one.told else ():
            for cited, said in findings.bearings_of(finding.citations, finding.current.verdict).items():
                found.setdefault(cited, {})[name] = said
    return found
