"""What markers gave, put into a verdict: for the reasons of decisions, and for what no account of the machine shows.

Half of what a marker reads is what the program saw, and half the marker's credit. Until that is there the program's
half counts alone, and the verdict says what it waits for. A verdict keeps the program's halves, so that marks can be
put in again whenever one has changed, without the record.
"""

from __future__ import annotations

from collections.abc import Mapping

from training.grading.conduct.verdict import ConductVerdict, DecisionsSaid, FootprintSaid, ForkSaid, Part, Weighed
from training.sentence import Sentence, phrase

WEIGHTS = {Part.ORDER: 0.35, Part.FOOTPRINT: 0.20, Part.NOTES: 0.15, Part.DECISIONS: 0.10, Part.CARE: 0.20}
ACCOUNT = "(account)"
"""The name of the mark for the footprint where the machine's own account is missing; no decision has such a name."""
NO_ACCOUNT = phrase(
    "The machine's own account is missing. Until a marker has looked, the record alone says what was done."
)


def marked(verdict: ConductVerdict, marks: Mapping[str, float]) -> ConductVerdict:
    """A verdict with these marks, and no other ones.

    Args:
        verdict: with or without marks.
        marks: credit that markers gave, 0 to 1, by the id of the fork, or `ACCOUNT`. Those of forks that no marker
            reads are left out.
    """
    forks = tuple(_fork(one, marks.get(one.id)) for one in verdict.decisions.forks)
    decisions = DecisionsSaid(share=sum(one.share for one in forks) / len(forks) if forks else None, forks=forks)
    footprint = verdict.footprint if verdict.measured else _footprint(verdict.footprint, marks.get(ACCOUNT))
    parts = _parts(verdict, footprint, decisions)
    return verdict.model_copy(
        update={
            "share": sum(one.share * one.weight for one in parts),
            "parts": parts,
            "footprint": footprint,
            "decisions": decisions,
            "waiting": tuple(_waiting(verdict, footprint, decisions)),
        }
    )


def _fork(fork: ForkSaid, mark: float | None) -> ForkSaid:
    if not fork.waits and fork.mark is None:
        return fork
    form = fork.share if fork.mark is None else fork.form
    return fork.model_copy(update={**_halves(form, mark), "waits": mark is None})


def _footprint(said: FootprintSaid, mark: float | None) -> FootprintSaid:
    lines = said.share if said.mark is None else said.form
    return said.model_copy(update=_halves(lines, mark))


def _halves(form: float | None, mark: float | None) -> dict[str, float | None]:
    """The share that follows from both halves; either one alone where the other is missing."""
    given = None if mark is None else min(1.0, max(0.0, mark))
    known = [one for one in (form, given) if one is not None]
    return {"share": sum(known) / len(known) if known else None, "form": form, "mark": given}


def _parts(verdict: ConductVerdict, footprint: FootprintSaid, decisions: DecisionsSaid) -> tuple[Weighed, ...]:
    """The parts that could be judged, with weights that add up to 1."""
    steps = verdict.order.steps
    far = sum(one.place is not None for one in steps) / max(1, len(steps))
    shares = {
        Part.ORDER: verdict.order.share,
        Part.FOOTPRINT: None if footprint.share is None else footprint.share * far,
        Part.NOTES: verdict.notes.share,
        Part.DECISIONS: decisions.share,
        Part.CARE: verdict.care * far,
    }
    whole = sum(WEIGHTS[part] for part, share in shares.items() if share is not None)
    return tuple(
        Weighed(part=part, share=share, weight=WEIGHTS[part] / whole)
        for part, share in shares.items()
        if share is not None
    )


def _waiting(verdict: ConductVerdict, footprint: FootprintSaid, decisions: DecisionsSaid) -> list[Sentence]:
    found = [phrase("The reason for this decision: %(fork)s", fork=one.text) for one in decisions.forks if one.waits]
    return found if verdict.measured or footprint.mark is not None else [*found, NO_ACCOUNT]
