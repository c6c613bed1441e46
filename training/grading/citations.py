"""Citations: where a person saw the value, and what such a place shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from training.grading.parts import Source
from training.grading.values.base import Canon, Scalar, Spec
from training.grading.values.reading import kind_of

MOST_CITATIONS = 40
"""Citations that a finding may have; more than these are not looked at."""

COMPLETE = "complete"
"""The only state of a run that supports anything."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A row of a run.

    Attributes:
        plugin: canonical name, as in the question's sources.
        state: state of the run; only a complete run supports anything.
        row: the whole row, column to cell (JSON scalars).
        column: the column that was pointed at, if one was; the row decides.
    """

    plugin: str
    state: str
    row: Mapping[str, object]
    column: str | None = None


@dataclass(frozen=True, slots=True)
class CitedLine:
    """A line of a material that was handed over with the exhibit: its name, the line's number from 1, the line."""

    material: str
    number: int
    text: str


Citation = Cited | CitedLine


def source_of(citation: Citation) -> str:
    """The plugin or material of a citation."""
    return citation.plugin if isinstance(citation, Cited) else citation.material


def usable(citation: Citation) -> bool:
    """Whether a citation can support anything: lines always, rows when their run is complete."""
    return isinstance(citation, CitedLine) or citation.state == COMPLETE


@dataclass(frozen=True)
class Claim:
    """What citations are held against.

    Attributes:
        spec: of the question.
        value: the finding, canonical.
        forms: canonical forms that a row may show for it: the finding, and the right answer where the finding is right.
        given: names for conditions: `key`, facts and earlier answers; `value` is added.
    """

    spec: Spec
    value: Canon
    forms: tuple[Canon, ...]
    given: Mapping[str, object]

    @property
    def elements(self) -> tuple[Scalar, ...]:
        """Elements of the finding; the finding itself where it is no collection."""
        return self.value if isinstance(self.value, tuple) else (self.value,)


def shown(source: Source, citation: Citation, claim: Claim) -> frozenset[Scalar]:
    """The elements of a claim that a citation shows in the sense of a source; empty where it is no such citation."""
    if isinstance(citation, Cited):
        if source.plugin != citation.plugin:
            return frozenset()
        row = citation.row
    else:
        if source.material != citation.material:
            return frozenset()
        row = {"text": citation.text, "number": citation.number}
    kind = kind_of(claim.spec)
    given = {**claim.given, "value": kind.data(claim.value, claim.spec)}
    if source.condition is not None and not source.condition.holds(given, row):
        return frozenset()
    if source.step is not None:
        return frozenset({source.step} & set(claim.elements))
    if not source.shows:
        return frozenset(claim.elements)
    cells = [row.get(column) for column in source.shows]
    return _elements(kind_of(claim.spec).of_cells(cells, claim.spec), claim)


def _elements(canons: Sequence[Canon], claim: Claim) -> frozenset[Scalar]:
    kind = kind_of(claim.spec)
    if kind.many:
        element = claim.spec.of_element()
        same = kind_of(element).same if claim.spec.element else kind.same
        return frozenset(item for item in claim.elements if any(same(item, canon, element) for canon in canons))
    if any(kind.same(form, canon, claim.spec) for form in claim.forms for canon in canons):
        return frozenset(claim.elements)
    return frozenset()


def support(sources: Sequence[Source], needed: int | str, citations: Iterable[Citation], claim: Claim) -> float:
    """How well citations support a claim, 0 to 1.

    Nothing cited: 0. Cited, but nothing that shows it: 0.5. All that is needed is shown: 1. Between, in equal steps:
    per element where each must be shown, else per cited row.
    """
    cited = [citation for citation in citations if usable(citation)]
    if not sources:
        return 1.0
    if not cited:
        return 0.0
    found = [frozenset().union(*(shown(source, citation, claim) for source in sources)) for citation in cited]
    if isinstance(needed, int):
        share = min(1.0, sum(bool(elements) for elements in found) / needed)
    else:
        all_elements = frozenset(claim.elements)
        share = len(all_elements & frozenset().union(*found)) / len(all_elements)
    return 0.5 + 0.5 * share


def corroborated(
    proof: Sequence[Source], independent: Sequence[Source], citations: Iterable[Citation], claim: Claim
) -> bool:
    """Whether a second citation, of another source than one that proves, shows the claim independently."""
    cited = [citation for citation in citations if usable(citation)]
    proving = {source_of(one) for one in cited if any(shown(source, one, claim) for source in proof)}
    second = {source_of(one) for one in cited if any(shown(source, one, claim) for source in independent)}
    return any(one != other for one in proving for other in second)
