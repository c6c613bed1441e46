"""What a class will answer: for each question of a lab the right value, wrong ones, and the places that prove it.

Nothing is written down here: the values come from the sealed keys, and the places are those rows and lines with which
grading itself gives more credit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.grading.citations import Citation, Cited, CitedLine
from training.grading.judge import Finding, State, judge
from training.grading.question import Question
from training.grading.sealed import SealedKey
from training.grading.values.base import Canon
from training.grading.values.reading import kind_of
from training.labs.reader import Lab

MOST_WRONG = 2  # wrong values for one question, before the right one
UNTOLD = Cited("-", "complete", {})
"""A citation that shows nothing: what others are measured against."""

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows by plugin, each with its number under `n`."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A question with the values that are submitted for it, in order, and the places cited with each.

    `places` are (plugin, row), or ('', line) for the acquisition record; `right` is the value that is wholly right.
    """

    question: str
    wrong: tuple[str, ...]
    right: str
    places: tuple[tuple[str, int], ...]

    @property
    def values(self) -> tuple[str, ...]:
        """All values, the right one last."""
        return (*self.wrong, self.right)


def sheets(lab: Lab, keys: Mapping[str, SealedKey], rows: Rows, record: Sequence[str]) -> list[Sheet]:
    """A sheet for each question whose key is sealed and whose right value can be proven with these rows."""
    made = [_sheet(one, keys[one.id], rows, record) for one in lab.questions if one.id in keys]
    return [one for one in made if one is not None]


def _sheet(question: Question, key: SealedKey, rows: Rows, record: Sequence[str]) -> Sheet | None:
    right = kind_of(question.spec).write(key.answer, question.spec)
    chosen: dict[tuple[str, int], Citation] = {}
    best = _credit(question, right, key, [UNTOLD])
    for place, cited in _candidates(question, rows, record):
        if best >= 1:
            break
        credit = _credit(question, right, key, [*chosen.values(), cited])
        if credit > best:
            chosen[place], best = cited, credit
    if best < 1:
        return None
    wrong = [text for text in _mistaken(question, key) if 0 <= _credit(question, text, key, [*chosen.values()]) < 1]
    return Sheet(question.id, tuple(dict.fromkeys(wrong))[:MOST_WRONG], right, tuple(chosen))


def _credit(question: Question, text: str, key: SealedKey, cited: Sequence[Citation]) -> float:
    """Credit of a first finding; below 0 where it can't be read."""
    verdict = judge(question, Finding(text), key, cited)
    return verdict.credit if verdict.state is State.JUDGED else -1.0


def _candidates(question: Question, rows: Rows, record: Sequence[str]) -> Iterator[tuple[tuple[str, int], Citation]]:
    """Every row and line that may count for a question, those of its proof first."""
    for source in (*question.proof, *question.corroboration):
        if source.plugin is None:
            yield from ((("", n), CitedLine(source.name, n, text)) for n, text in enumerate(record, 1))
        else:
            yield from (
                ((source.plugin, row["n"]), Cited(source.plugin, "complete", row)) for row in rows[source.plugin]
            )


def _mistaken(question: Question, key: SealedKey) -> Iterator[str]:
    """Wrong values as they would be typed: the named mistakes, and elements that stand alone."""
    kind = kind_of(question.spec)
    for values in key.mistakes:
        for value in values:
            forms: tuple[Canon, ...] = (value, (value,)) if kind.many and not isinstance(value, tuple) else (value,)
            for form in forms:
                try:
                    yield kind.write(form, question.spec)
                except (TypeError, KeyError, ValueError):  # an element is no whole value
                    continue
