"""What arrives from a page of a questionnaire. Values keep the form in which they were typed, so that a page that is
refused shows them again; `mistakes` says all that is wrong at once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from training.assessment.instrument.reader import GRADES, instrument
from training.assessment.instrument.schema import Input, Question
from training.sentence import phrase

LINE, TEXT, REFERENCE, DIGITS = 300, 4_000, 300, 9
KEPT = 20_000  # characters of one field that are looked at
RATINGS = ("0", "1", "2", "3", "4", "dk", "na")
DONT_KNOW = "dk"
Values = dict[str, dict[str, Any]]
Form = MultiDict[str, str]


def typed(questions: Iterable[Question], form: Form) -> Values:
    """The values of a page, by question and field; fields that were left empty are missing."""
    return {question.id: _question(question, form) for question in questions}


def mistakes(questions: Iterable[Question], values: Values) -> dict[str, str]:
    """What is wrong, in words, by the name of the field in the page."""
    found: dict[str, str] = {}
    for question in questions:
        given = values[question.id]
        for field in question.fields:
            name = f"{question.id}-{field.name}"
            found.update({f"{name}{where}": said for where, said in _wrong(field, given.get(field.name))})
            if question.needed and field.name not in given:
                found[name] = phrase(
                    "Choose one: this decides what you are asked. It is the only question that needs it."
                )
    return found


def _question(question: Question, form: Form) -> dict[str, Any]:
    found = {field.name: _read(field, f"{question.id}-{field.name}", form) for field in question.fields}
    if question.dont_know and form.get(f"{question.id}-{DONT_KNOW}"):
        found[DONT_KNOW] = True
    return {name: value for name, value in found.items() if value}


def _read(field: Input, name: str, form: Form) -> Any:
    if field.kind == "several":
        return _chosen(form, name)
    if field.kind == "levels":
        said = {code: _rating(form, f"{name}-{code}") for code in field.indicators}
        return {code: one for code, one in said.items() if one}
    if field.kind == "rank":
        places = [form.get(f"{name}-{n}", "")[:KEPT] for n in range(1, (field.most or 1) + 1)]
        return places if any(places) else []
    if field.kind == "offers":
        return {one: found for one in field.options if (found := _chosen(form, f"{name}-{one}"))}
    return "" if field.kind == "contact" else form.get(name, "")[:KEPT].replace("\r\n", "\n").strip()


def _chosen(form: Form, name: str) -> list[str]:
    return list(dict.fromkeys(one[:LINE] for one in form.getlist(name)[:LINE] if one))


def _rating(form: Form, name: str) -> dict[str, str]:
    said = {part: form.get(f"{name}-{part}", "")[:KEPT].strip() for part in ("level", "grade", "reference")}
    return {part: value for part, value in said.items() if value}


def _wrong(field: Input, value: Any) -> Iterator[tuple[str, str]]:
    """What is wrong with a value, each with the rest of the name of the field that it stands in."""
    if value:
        yield from CHECKS.get(field.kind, _nothing)(field, value)


def _nothing(_field: Input, _value: Any) -> Iterator[tuple[str, str]]:
    yield from ()


STRANGE = phrase("What was chosen does not belong to this question. Open the page again.")


def _one(field: Input, value: str) -> Iterator[tuple[str, str]]:
    if value not in field.options:
        yield "", STRANGE


def _several(field: Input, value: list[str]) -> Iterator[tuple[str, str]]:
    if set(value) - set(field.options):
        yield "", STRANGE
    if field.most and len(value) > field.most:
        yield "", phrase("%(n)s are chosen; choose at most %(most)s.", n=len(value), most=field.most)
    if len(value) > 1 and set(value) & set(field.alone):
        yield "", phrase("'None' and 'Don't know' can't stand beside other choices. Take one or the other away.")


def _text(most: int) -> Callable[[Input, str], Iterator[tuple[str, str]]]:
    def check(_field: Input, value: str) -> Iterator[tuple[str, str]]:
        if len(value) > most:
            yield "", phrase("%(n)s characters are too many here; at most %(most)s are kept.", n=len(value), most=most)

    return check


def _number(_field: Input, value: str) -> Iterator[tuple[str, str]]:
    if not (value.isascii() and value.isdigit() and len(value) <= DIGITS):
        yield "", phrase("'%(text)s' is not a whole number from 0. Write figures only.", text=value[:40])


def _date(_field: Input, value: str) -> Iterator[tuple[str, str]]:
    try:
        date.fromisoformat(value)
    except ValueError:
        given = {"text": value[:40]}
        yield "", phrase("'%(text)s' was not read as a day. Write year-month-day, such as 2026-07-30.", **given)


def _levels(_field: Input, value: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    for code, said in value.items():
        if said.get("level", "0") not in RATINGS or said.get("grade", "n") not in GRADES:
            yield f"-{code}", STRANGE
        if len(said.get("reference", "")) > REFERENCE:
            given = {"n": len(said["reference"]), "most": REFERENCE}
            yield f"-{code}", phrase("%(n)s characters are too many here; at most %(most)s are kept.", **given)


def _rank(_field: Input, value: list[str]) -> Iterator[tuple[str, str]]:
    named = [one for one in value if one]
    if set(named) - set(needs()):
        yield "", STRANGE
    if len(set(named)) != len(named):
        yield "", phrase("One need stands in two places. Choose three different ones.")


def _offers(_field: Input, value: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    if {one for found in value.values() for one in found} - set(instrument().modules):
        yield "", STRANGE


def needs() -> tuple[str, ...]:
    """What can be ranked as a training need: all modules, and the labs."""
    return (*instrument().modules, "labs")


CHECKS: dict[str, Callable[[Input, Any], Iterator[tuple[str, str]]]] = {
    "one": _one,
    "several": _several,
    "line": _text(LINE),
    "text": _text(TEXT),
    "number": _number,
    "date": _date,
    "levels": _levels,
    "rank": _rank,
    "offers": _offers,
}
