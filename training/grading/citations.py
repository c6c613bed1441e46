"""Citations: where a person saw the value, and what such a place shows."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from training.grading.keys.data import Names
from training.grading.parts import Lookalike, Source
from training.grading.question import Question
from training.grading.sealed import SealedKey
from training.grading.values.base import AnswerType, Canon, Scalar, Spec, Unreadable
from training.grading.values.reading import kind_of, read

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
    """A line of a material that was handed over with the exhibit.

    Attributes:
        material: name of the record, log, flow record or form.
        number: number of the line, from 1.
        text: the whole line.
        fields: named fields of the line as texts, as the material's form gives them: a flow's address, a form's entry.
        column: the field that was pointed at, if one was; the line decides.
    """

    material: str
    number: int
    text: str
    fields: Mapping[str, str] = field(default_factory=dict)
    column: str | None = None

    @property
    def row(self) -> Mapping[str, object]:
        """The line as conditions see it: its fields, and always `text` and `number`."""
        return {**self.fields, "text": self.text, "number": self.number}


Citation = Cited | CitedLine


def source_of(citation: Citation) -> str:
    """The plugin or material of a citation."""
    return citation.plugin if isinstance(citation, Cited) else citation.material


def usable(citation: Citation) -> bool:
    """Whether a citation counts at all: lines always, rows when their run is complete."""
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

    @cached_property
    def distinct(self) -> frozenset[Scalar]:
        """The elements, each once."""
        return frozenset(self.elements)

    @cached_property
    def names(self) -> Names:
        """All names for conditions."""
        return Names({**self.given, "value": kind_of(self.spec).data(self.value, self.spec)})

    @cached_property
    def _seen(self) -> dict[tuple[int, int], tuple[Source, Citation, frozenset[Scalar]]]:
        """What was looked up, by identity; source and citation are kept, so that no other takes their place."""
        return {}

    def shown_by(self, sources: Sequence[Source], citation: Citation) -> frozenset[Scalar]:
        """The elements that a citation shows in the sense of any of the sources; each pair is looked at once."""
        found: set[Scalar] = set()
        for source in sources:
            at = (id(source), id(citation))
            if at not in self._seen:
                self._seen[at] = (source, citation, shown(source, citation, self))
            found |= self._seen[at][2]
        return frozenset(found)


def claim_of(question: Question, key: SealedKey) -> Claim:
    """The right answer as a claim: what a model finding would be held against."""
    kind, spec = kind_of(question.spec), question.spec
    given = {**key.given, "key": kind.data(key.answer, spec)}
    return Claim(spec, key.answer, (key.answer,), given)


def shown(source: Source, citation: Citation, claim: Claim) -> frozenset[Scalar]:
    """The elements of a claim that a citation shows in the sense of a source; empty where it is no such citation."""
    if source_of(citation) != source.name or isinstance(citation, Cited) is (source.plugin is None):
        return frozenset()
    row = citation.row
    if source.condition is not None and not source.condition.holds(claim.names, row):
        return frozenset()
    if source.step is not None:
        return claim.distinct & {source.step}
    if not source.shows:
        return claim.distinct
    cells = [row.get(column) for column in source.shows]
    canons = kind_of(claim.spec).of_cells(cells, claim.spec)
    if isinstance(citation, CitedLine):
        canons = (*canons, *_typed(cells, claim.spec))
    return _elements(canons, claim)


def _typed(cells: Sequence[object], spec: Spec) -> tuple[Canon, ...]:
    """What fields of a line say: people wrote them, so each is read as a typed answer, or an element of one.

    Answers that are made of ids are not read: a word that equals an id shows nothing.
    """
    element = spec.of_element() if spec.element else spec
    if element.options or element.items or element.reasons or element.steps:
        return ()
    found: list[Canon] = []
    for cell in cells:
        try:
            canon = read(cell, element).canon if isinstance(cell, str) else ()
        except Unreadable:
            continue
        found += canon if isinstance(canon, tuple) else (canon,)
    return tuple(found)


def _elements(canons: Sequence[Canon], claim: Claim) -> frozenset[Scalar]:
    kind = kind_of(claim.spec)
    if kind.many:
        element = claim.spec.of_element()
        of_one = kind_of(element) if claim.spec.element else kind
        exact = claim.distinct.intersection(one for one in canons if not isinstance(one, tuple))
        if type(of_one).same is AnswerType.same:
            return exact
        same = of_one.same
        return exact | {one for one in claim.distinct - exact if any(same(one, canon, element) for canon in canons)}
    if any(kind.same(form, canon, claim.spec) for form in claim.forms for canon in canons):
        return claim.distinct
    return frozenset()


def support(sources: Sequence[Source], needed: int | str, citations: Iterable[Citation], claim: Claim) -> float:
    """How well citations support a claim, 0 to 1.

    Nothing cited: 0. Cited, but nothing that shows it: 0.5. All that is needed is shown: 1. Between, in equal steps:
    per element where each must be shown, else per cited row. Two cells of a row are one row, and so is what two runs of
    a plugin say alike.
    """
    cited = [citation for citation in citations if usable(citation)]
    if not sources:
        return 1.0
    if not cited:
        return 0.0
    found = [claim.shown_by(sources, citation) for citation in cited]
    if isinstance(needed, int):
        showing = {_place(one) for one, elements in zip(cited, found, strict=True) if elements}
        share = min(1.0, len(showing) / needed)
    else:
        share = len(frozenset[Scalar]().union(*found)) / len(claim.distinct)
    return 0.5 + 0.5 * share


def _place(citation: Citation) -> Hashable:
    """Alike for citations of the same row or line."""
    if isinstance(citation, CitedLine):
        return citation.material, citation.number
    return citation.plugin, frozenset(citation.row.items())


def corroborated(
    proof: Sequence[Source], independent: Sequence[Source], citations: Iterable[Citation], claim: Claim
) -> bool:
    """Whether a second citation, of another source than one that proves, shows the claim independently."""
    cited = [citation for citation in citations if usable(citation)]
    proving = {source_of(one) for one in cited if claim.shown_by(proof, one)}
    second = {source_of(one) for one in cited if claim.shown_by(independent, one)}
    return any(one != other for one in proving for other in second)


def pairs(question: Question) -> tuple[tuple[Source, Source], ...]:
    """Every (proof, corroboration) of a question that earns the corroboration part when both are cited.

    Whether the two are independent is known to whoever knows what structure a plugin reads; here only names differ.
    """
    return tuple((one, other) for one in question.proof for other in question.corroboration if one.name != other.name)


def innocent(
    question: Question, citations: Iterable[Citation], claim: Claim, right: frozenset[Scalar]
) -> tuple[tuple[Lookalike, str], ...]:
    """The look-alikes among the cited rows, in the author's order, each once with the plugin that was cited.

    A row that shows a right element of the claim in the sense of one of the question's sources is proof, whatever a
    look-alike's condition says of it. A row of a run that is not complete counts neither for nor against.

    Args:
        question: with its sources and look-alikes.
        citations: what was cited.
        claim: what was claimed.
        right: the elements of the claim that belong in the answer.
    """
    sources = (*question.proof, *question.corroboration)
    rows = [one for one in citations if isinstance(one, Cited) and usable(one)]
    rows = [row for row in rows if not claim.shown_by(sources, row) & right]
    found: list[tuple[Lookalike, str]] = []
    for lookalike in question.lookalikes:
        plugin, condition = lookalike.plugin, lookalike.condition
        if plugin is None or condition is None:
            continue
        if any(row.plugin == plugin and condition.holds(claim.names, row.row) for row in rows):
            found.append((lookalike, plugin))
    return tuple(found)
