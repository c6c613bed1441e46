"""What a finding is judged on: the cited rows and lines in grading's terms, without what only a page needs of them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, inspect, select
from sqlalchemy.orm import Session

from training.analysis.models import Run
from training.errors import Damaged, DomainError
from training.grading.citations import Cited, CitedLine
from training.labs.material import RECORD, Handed
from training.labs.models import Citation
from training.labs.service.notebook import OpenResult
from training.sentence import phrase

MOST_KEPT = 500
_kept: dict[UUID, Run] = {}
_COLUMNS = tuple(one.key for one in inspect(Run).column_attrs)
_RUNS = select(Run).where(Run.id.in_(bindparam("ids", expanding=True)))


def cited(
    session: Session, citations: Sequence[Citation], open_result: OpenResult, record: Sequence[str]
) -> list[Cited | CitedLine]:
    """Citations as `judge` takes them, in their order. Only complete runs can be cited.

    Raises:
        Damaged: a place that was there when it was cited can't be read now. It says which, and why.
    """
    found = by_citation(session, citations, open_result, record)
    for why in (one for one in found.values() if isinstance(one, str)):
        raise _unreadable([one for one in citations if found[one.id] == why], why)
    return [place for one in citations if not isinstance(place := found[one.id], str)]


def by_citation(
    session: Session, citations: Sequence[Citation], open_result: OpenResult, record: Sequence[str]
) -> dict[UUID, Cited | CitedLine | str]:
    """What each citation stands for, by its id; a text says why it can't be read. Each result is opened once."""
    handed = Handed.of(record)
    found: dict[UUID, Cited | CitedLine | str] = {one.id: _line(one, handed) for one in citations if not one.run_id}
    for run in _runs(session, {one.run_id for one in citations if one.run_id}):
        found |= _rows(run, [one for one in citations if one.run_id == run.id], open_result)
    return found


def _runs(session: Session, ids: set[UUID]) -> list[Run]:
    """Runs that are cited. They are complete, and a complete run never changes: a copy of each stays in memory."""
    found = {one: _kept[one] for one in ids if one in _kept}
    unknown = list(ids - found.keys())
    for run in session.scalars(_RUNS, {"ids": unknown}) if unknown else ():
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        found[run.id] = _kept[run.id] = Run(**{name: getattr(run, name) for name in _COLUMNS})
    return list(found.values())


def _rows(run: Run, citations: Sequence[Citation], open_result: OpenResult) -> dict[UUID, Cited | str]:
    """Rows of one run by citation, or for all of them why its result can't be read."""
    try:
        with open_result(run) as result:
            names = [column.name for column in result.columns]
            cells = {one.id: dict(zip(names, result.row(one.row or 0).cells, strict=True)) for one in citations}
    except DomainError as bad:
        return {one.id: bad.message for one in citations}
    return {one.id: Cited(run.plugin, "complete", cells[one.id], one.column or None) for one in citations}


def _line(one: Citation, handed: Handed) -> CitedLine | str:
    name, number = one.material or RECORD, one.line or 0
    there = handed.line(name, number)
    if there is None:
        return phrase("the %(material)s has no line %(line)s", material=name, line=str(number))
    return CitedLine(name, number, there.text, dict(there.fields), one.column or None)


def _unreadable(citations: Sequence[Citation], why: str) -> Damaged:
    names = ", ".join(f"C{one.number}" for one in citations)
    return Damaged(
        phrase(
            "What %(citations)s cites can't be read now: %(why)s. Nothing was submitted, and no try was spent.",
            citations=names,
            why=why,
        )
    )
