"""How the variants of a lab differ in their answers, and what two forms of a key rested on where they differ.

A lab has several exhibits so that nobody gets far with somebody else's answers. An answer that is the same on all of
them is refused, unless its question is one of understanding whose key is fixed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from training.grading.keys.expression import Expression, RowSets
from training.grading.keys.syntax import Filter, KeyProblem, Node, Rows, children
from training.grading.question import Question
from training.grading.sealed import Proved
from training.grading.values.base import Canon
from training.grading.values.reading import kind_of
from training.labs.reader import Seal

FEW_ANSWERS = frozenset({"choice", "choices", "matching", "sequence", "statement"})
"""Answer types with so few answers that two variants must share one."""
MOST_ROWS = 8
LONGEST_CELL = 60

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Used:
    """Rows of a run, or lines of a material, that an expression picked: the first few, how many, of how many."""

    source: str
    rows: tuple[Row, ...]
    picked: int
    there: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A key whose two forms differ on an exhibit: each as text, '' where it has no value, and the rows it rested on."""

    question: str
    truth: str
    rows: str
    truth_form: str
    rows_form: str
    used: tuple[Used, ...]


def differences(
    questions: Sequence[Question], proved: Sequence[Proved], truth: Mapping[str, object], rows: RowSets
) -> Iterator[Difference]:
    """Every key whose forms differ or of which one has no value, with what its rows form saw. One that rests on a key
    which isn't proved is not worked out, and not told here.
    """
    given: dict[str, object] = {"truth": truth}
    for question, one in zip(questions, proved, strict=True):
        kind, key = kind_of(question.spec), question.key
        if one.agree and one.rows is not None:
            given[question.id] = kind.data(one.rows, question.spec)
        elif (one.truth, one.rows) != (None, None) and not one.agree and key and key.truth and key.rows:
            written = [kind.write(form, question.spec) if form is not None else "" for form in (one.truth, one.rows)]
            used = tuple(_used(Expression.parse(key.rows).tree, given, rows))
            yield Difference(question.id, written[0], written[1], key.truth, key.rows, used)


def _used(tree: Node, given: Mapping[str, object], rows: RowSets) -> Iterator[Used]:
    """What each selection of rows in an expression picks; a selection that has no value picks nothing."""
    source = _source(tree)
    if source is None:
        for child in children(tree):
            yield from _used(child, given, rows)
        return
    try:
        found = Expression("", tree).evaluate(given, rows)
    except KeyProblem:
        found = []
    picked = [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []
    there = len(rows.get(source.query, ()))
    yield Used(str(source.query), tuple(picked[:MOST_ROWS]), len(picked), there)


def _source(tree: Node) -> Rows | None:
    """The rows that a selection is made from."""
    while isinstance(tree, Filter):
        tree = tree.base
    return tree if isinstance(tree, Rows) else None


def told(one: Difference) -> Iterator[str]:
    """A difference in lines, both forms side by side."""
    width = max(len(one.truth or "no value"), len(one.rows or "no value"))
    yield f"truth {one.truth or 'no value':<{width}}  {one.truth_form}"
    yield f"rows  {one.rows or 'no value':<{width}}  {one.rows_form}"
    for used in one.used:
        more = f", the first {len(used.rows)} of them:" if len(used.rows) < used.picked else ":" if used.rows else ""
        yield f"{used.source}: {used.picked} of {used.there} rows were used{more}"
        for row in used.rows:
            yield "  " + "  ".join(f"{name}={_cell(value)}" for name, value in row.items())


def _cell(value: object) -> str:
    text = str(value).replace("\n", " ")
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


@dataclass(frozen=True, slots=True)
class Variety:
    """What comparing the variants of a lab came to: what is refused, and what deserves a look."""

    faults: tuple[str, ...]
    warnings: tuple[str, ...]


def compare(questions: Sequence[Question], seals: Mapping[str, Seal]) -> Variety:
    """Compare the sealed answers of a lab's exhibits, by name of the pack; of one exhibit there is nothing to say."""
    faults: list[str] = []
    warnings: list[str] = []
    for question in questions:
        answers = {
            pack: seal.sealed.keys[question.id].answer
            for pack, seal in seals.items()
            if question.id in seal.sealed.keys
        }
        meant = question.fixed is not None or (question.key is not None and question.key.same)
        if meant or len(answers) < 2:  # noqa: PLR2004 - a comparison
            continue
        equal = [pair for pair in combinations(answers, 2) if _same(question, answers[pair[0]], answers[pair[1]])]
        if len(equal) == len(list(combinations(answers, 2))):
            faults.append(
                f"{question.id}: the answer is the same on all {len(answers)} exhibits: let the scenario draw what it "
                "rests on, say that it is meant so (key.same), or give it a fixed key (key.constant) if it asks for "
                "understanding"
            )
        elif equal and question.type not in FEW_ANSWERS:
            pairs = ", ".join(" and ".join(pair) for pair in equal)
            warnings.append(f"{question.id}: the same answer is right on {pairs}")
    return Variety(tuple(faults), tuple(warnings))


def _same(question: Question, one: Canon, other: Canon) -> bool:
    return kind_of(question.spec).same(one, other, question.spec)
