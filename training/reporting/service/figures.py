"""Figures of a report: which of them its author takes, and how they are drawn from the runs of the attempt."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.analysis import views as analysis
from training.analysis.models import State
from training.analysis.views import axis
from training.errors import Conflict, NotThere, Refused
from training.labs.service import crossing, seeing
from training.labs.service.attempts import Case
from training.labs.service.notebook import OpenResult
from training.labs.service.runs import Asked
from training.reporting.document import Drawn
from training.reporting.figures import NAMES, Given, of_matrix, of_network, of_timeline, of_tree
from training.reporting.models import ReportFigure
from training.reporting.wording import elsewhere, too_long
from training.sentence import phrase
from training.store import locked

LONGEST_CAPTION = 300
LONGEST_GIVEN = 40
_PID = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wish:
    """What an author wants of a figure. `given` are texts as typed: `pid`, `from` and `to`, `view`."""

    name: str
    kept: bool
    given: Mapping[str, str]
    caption: str
    version: int


def chosen(session: Session, case: Case) -> Mapping[str, ReportFigure]:
    """What the author said of each figure, by its name."""
    found = session.scalars(select(ReportFigure).filter_by(attempt_id=case.attempt.id))
    return {one.name: one for one in found}


def choose(session: Session, case: Case, wish: Wish, now: datetime) -> ReportFigure | None:
    """Take a figure into the report, change it, or leave it out. The row, or None where there is still nothing.

    The attempt's row is locked by the caller.

    Raises:
        NotThere: there is no such figure, or the lab is worked on papers.
        Refused: what it is to be drawn of can't be read, or the caption is too long.
        Conflict: it was changed in another window; nothing is written.
    """
    seeing.on_an_image(case)
    if wish.name not in NAMES:
        raise NotThere(phrase("There is no such figure."))
    given, caption = _read(wish, case.exhibit.os), wish.caption.replace("\r\n", "\n").strip()
    if len(caption) > LONGEST_CAPTION:
        raise Refused(too_long(phrase("The words below the figure"), len(caption), LONGEST_CAPTION), field="caption")
    key = {"attempt_id": case.attempt.id, "name": wish.name}
    found = session.scalars(locked(select(ReportFigure).filter_by(**key))).first()
    said = (wish.kept, given, caption)
    if said == ((found.kept, found.given, found.caption) if found else (False, {}, "")):
        return found
    if (found.version if found else 0) != wish.version:
        raise Conflict(elsewhere())
    if found is None:
        found = ReportFigure(**key, version=0)
        session.add(found)
    found.kept, found.given, found.caption = said
    found.version, found.updated_at = found.version + 1, now
    session.flush()
    return found


def _read(wish: Wish, os: str) -> Given:
    """What a figure is drawn of, as it is kept. Raises Refused for what can't be read."""
    typed = {name: text.strip()[:LONGEST_GIVEN] for name, text in wish.given.items() if text.strip()}
    if wish.name == "tree" and "pid" in typed:
        if not _PID.fullmatch(typed["pid"]):
            raise Refused(phrase("A PID is a number from 1 on."), field="pid")
        return {"pid": typed["pid"]}
    if wish.name == "timeline" and (typed.keys() & {"from", "to"}):
        begin, end = axis.moment(typed.get("from")), axis.moment(typed.get("to"))
        if begin is None or end is None or begin >= end:
            raise Refused(
                phrase("Type both ends of the window as 2026-03-11 09:14:33, the earlier first."), field="from"
            )
        return {"from": axis.told(begin), "to": axis.told(end)}
    if wish.name == "matrix" and typed.get("view", seeing.PROCESSES) != seeing.PROCESSES:
        if typed["view"] not in {one.name for one in analysis.views_of(os)}:
            raise Refused(phrase("There is no such cross-view."), field="view")
        return {"view": typed["view"]}
    return {}


def drawn(session: Session, case: Case, listed: Sequence[Asked], open_result: OpenResult) -> tuple[Drawn, ...]:
    """The figures that the author took, drawn from complete runs and numbered from 1; what can't be drawn is left out.

    `listed` are the runs of the attempt, the newest first.
    """
    if case.lab.file.on_papers:
        return ()
    taken = {name: one for name, one in chosen(session, case).items() if one.kept}
    complete = [one for one in listed if one.run.state is State.COMPLETE]
    numbers = seeing.numbers(session, case.attempt, listed) if taken else {}
    made = [
        _draw(name, taken[name], case.exhibit.os, complete, numbers, open_result) for name in NAMES if name in taken
    ]
    there = (one for one in made if one is not None)
    return tuple(one.model_copy(update={"number": number}) for number, one in enumerate(there, 1))


def _draw(
    name: str, row: ReportFigure, os: str, listed: Sequence[Asked], numbers: seeing.Numbers, open_result: OpenResult
) -> Drawn | None:
    given, caption = dict(row.given), row.caption
    cited = partial(seeing.cited, numbers)
    if name == "matrix":
        view = analysis.view(os, given.get("view", seeing.PROCESSES))
        wanted = [one for one in reversed(listed) if one.run.plugin in view.plugins][-crossing.MOST_RESULTS :]
        with crossing.materials(wanted, open_result) as found:
            return of_matrix(analysis.cross(view, found), given, caption)
    plugins = {
        "tree": analysis.view(os, seeing.PROCESSES).plugins,
        "network": seeing.wanted("network", os),
        "timeline": None,
    }[name]
    with seeing.materials(listed, plugins, open_result) as found:
        if name == "tree":
            return of_tree(found, os, cited, given, caption)
        if name == "network":
            return of_network(found, os, cited, given, caption)
        return of_timeline(found, cited, partial(seeing.held, numbers), given, caption)


def missing(session: Session, case: Case, made: Sequence[Drawn]) -> tuple[str, ...]:
    """Names of figures that were taken and can't be drawn: their runs are not there or not complete."""
    there = {one.name for one in made}
    return tuple(name for name, one in chosen(session, case).items() if one.kept and name not in there)
