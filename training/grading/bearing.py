"""What each cited place is to a finding that was found right: which of them prove it, which don't, and why.

It is said of right values only. Of a wrong one it would tell apart the rows that a condition of the author picks, and
with them what is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from training.grading.citations import Citation, Cited, Claim, source_of, usable
from training.grading.question import Question
from training.grading.values.reading import kind_of


class Bearing(StrEnum):
    """What a cited place is to the finding that stands on it."""

    PROVES = "proves"
    """It shows the value in the sense of a source of proof."""
    SECOND = "second"
    """It shows the value from an independent second source."""
    ALIKE = "alike"
    """It is innocent and only looks like the answer."""
    ELSEWHERE = "elsewhere"
    """It holds the value and does not show what is asked."""
    SILENT = "silent"
    """It does not hold the value."""
    UNUSABLE = "unusable"
    """Its run is not complete."""


def bearings(question: Question, claim: Claim, cited: Sequence[Citation], alike: Iterable[Citation]) -> list[Bearing]:
    """What each citation is to a right claim, in their order; nothing where the question asks for no proof.

    Args:
        question: what is asked, with its sources.
        claim: the finding.
        cited: what was cited.
        alike: those of them that a look-alike was named for.
    """
    if not question.proof:
        return []
    innocent = {id(one) for one in alike}
    proving = {source_of(one) for one in cited if usable(one) and claim.shown_by(question.proof, one)}
    return [_bearing(question, claim, one, proving, alike=id(one) in innocent) for one in cited]


def _bearing(question: Question, claim: Claim, one: Citation, proving: set[str], *, alike: bool) -> Bearing:
    if not usable(one):
        return Bearing.UNUSABLE
    if claim.shown_by(question.proof, one):
        return Bearing.PROVES
    if claim.shown_by(question.corroboration, one) and proving - {source_of(one)}:
        return Bearing.SECOND
    if alike:
        return Bearing.ALIKE
    return Bearing.ELSEWHERE if _holds(one, claim) else Bearing.SILENT


def _holds(citation: Citation, claim: Claim) -> bool:
    """Whether any cell of a place is the value, or an element of it."""
    kind = kind_of(claim.spec)
    single = kind_of(claim.spec.of_element()) if claim.spec.element else kind
    cells = list(citation.row.values()) if isinstance(citation, Cited) else list(citation.fields.values())
    wanted = {*claim.elements, *(form for form in claim.forms if not isinstance(form, tuple))}
    shown = (canon for cell in cells for canon in single.of_cells([cell], claim.spec))
    return any(single.same(one, canon, claim.spec) for canon in shown for one in wanted)
