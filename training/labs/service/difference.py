"""One command on two exhibits, side by side: which runs there are, and what differs between them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case as either
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.analysis import cards as plugin_cards
from training.analysis import command as commands
from training.analysis import service as analysis
from training.analysis.command import Command
from training.analysis.models import Run, State
from training.analysis.results import ResultRow
from training.analysis.views import Difference, Material, difference
from training.errors import Refused, TooMany
from training.evidence.models import Exhibit
from training.labs.service.crossing import KEPT, materials
from training.labs.service.notebook import OpenResult
from training.labs.service.runs import AT_ONCE, UNDER_WAY, Asked
from training.sentence import phrase

MOST_SHOWN = 100
"""Lines of each sort on a page."""


@dataclass(frozen=True, slots=True)
class Side:
    """An exhibit and the run on it that answers the command; None where nobody has asked yet."""

    exhibit: Exhibit
    run: Run | None

    @property
    def missing(self) -> bool:
        """Whether there are no rows, and none are under way."""
        return self.run is None or (self.run.state.ended and self.run.state not in KEPT)

    @property
    def under_way(self) -> bool:
        """Whether its run waits or runs."""
        return self.run is not None and not self.run.state.ended


@dataclass(frozen=True, slots=True)
class Pair:
    """A command and both sides."""

    command: Command
    left: Side
    right: Side

    @property
    def missing(self) -> int:
        """How many runs have to be asked for."""
        return self.left.missing + self.right.missing

    @property
    def under_way(self) -> int:
        """How many runs are not there yet, and will be."""
        return self.left.under_way + self.right.under_way


@dataclass(frozen=True, slots=True)
class Line:
    """A row as the page shows it: its number in its run, its texts by column."""

    n: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A difference as the page shows it: at most MOST_SHOWN lines of each sort, and how many there are in all.

    `totals` counts rows that only the left side has, only the right side, changed and same ones.
    """

    key: tuple[str, ...]
    compared: tuple[str, ...]
    left: tuple[Line, ...]
    right: tuple[Line, ...]
    changed: tuple[tuple[Line, Line, tuple[str, ...]], ...]
    totals: tuple[int, int, int, int]
    cautions: tuple[str, ...]


def pair(session: Session, text: str, left: Exhibit, right: Exhibit) -> Pair:
    """What is there of a command on two exhibits.

    Raises Refused when the command can't be understood or writes files, or when the exhibits don't compare.
    """
    if left.sha256 == right.sha256:
        raise Refused(phrase("Both sides are the same exhibit. Choose two."), field="right")
    if left.os != right.os:
        given = {"left": left.name, "left_os": left.os, "right": right.name, "right_os": right.os}
        why = phrase("%(left)s is %(left_os)s, %(right)s is %(right_os)s: their rows don't compare.", **given)
        raise Refused(why, field="right")
    command = commands.parse(text, os=left.os)
    if command.writes_files(plugin_cards.load()):
        why = phrase("%(command)s writes files, which are not compared. Leave that option out.", command=command.text)
        raise Refused(why, field="command")
    return Pair(command, Side(left, _run(session, left, command)), Side(right, _run(session, right, command)))


def _run(session: Session, exhibit: Exhibit, command: Command) -> Run | None:
    """The run that stands or is on its way, else the newest try."""
    cards = plugin_cards.load()
    key = analysis.key_of(exhibit, command, cards.get(command.plugin), cards)
    alive = either((Run.state.in_((*UNDER_WAY, State.COMPLETE)), 0), else_=1)
    return session.scalars(select(Run).where(Run.key == key).order_by(alive, Run.try_no.desc()).limit(1)).first()


def ask(session: Session, pair: Pair, asker: UUID, now: datetime) -> None:
    """Ask for the runs that are missing. After the commit the caller wakes the engine.

    Raises TooMany when the asker has as many runs under way as one person may.
    """
    mine = select(func.count()).select_from(Run).where(Run.asker == asker, Run.state.in_(UNDER_WAY))
    if (session.scalar(mine) or 0) + pair.missing > AT_ONCE:
        raise TooMany(
            phrase("%(n)s of your runs may be under way at once. Wait until one has ended, then ask again.", n=AT_ONCE)
        )
    for side in (pair.left, pair.right):
        if side.missing:
            analysis.ask(session, side.exhibit, pair.command, now, asker=asker)


def compared(pair: Pair, open_result: OpenResult, *, addresses: bool = False) -> Shown | None:
    """What differs, once both sides have rows. Raises Refused when there is too much to compare."""
    asked = [Asked(number, side.run) for number, side in enumerate((pair.left, pair.right)) if side.run]
    with materials(asked, open_result) as found:
        if len(found) < len((pair.left, pair.right)):
            return None
        left, right = found
        return _shown(difference(left, right, addresses=addresses), left, right)


def _shown(found: Difference, left: Material, right: Material) -> Shown:
    return Shown(
        found.key,
        found.compared,
        tuple(_line(row, left) for row in found.left[:MOST_SHOWN]),
        tuple(_line(row, right) for row in found.right[:MOST_SHOWN]),
        tuple((_line(one.left, left), _line(one.right, right), one.columns) for one in found.changed[:MOST_SHOWN]),
        found.totals,
        found.cautions,
    )


def _line(row: ResultRow, material: Material) -> Line:
    columns = material.result.columns
    return Line(row.n, dict(zip((column.name for column in columns), row.shown(columns), strict=True)))
