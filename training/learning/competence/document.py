"""The records of one person with what was computed of them, as one JSON document, and the same calculation made anew.

Whoever holds the document can recompute it without the installation: the states must follow from the records in it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import TypeAdapter, ValidationError

from training.errors import Refused
from training.learning.competence.evidence import Answered, Evidence, Exact, Read
from training.learning.competence.standing import Standing, standing
from training.learning.competence.table import ALL, LIMITS
from training.sentence import phrase

FORM: Literal["engram-competence-1"] = "engram-competence-1"
LARGEST = 1_500_000
"""Bytes of a document: some ten years of one person."""
MOST = {
    "answers": 8_000,
    "readings": 1_000,
    "attempts": 500,
    "statements": 500,
    "marks": 500,
    "refreshers": 500,
    "changes": 500,
    "editions": 200,
    "offered": 200,
}
"""Records of each kind that a document may have."""
MOST_QUESTIONS = 60
"""Questions of one module in one release."""
YEARS = range(2000, 2101)
"""Years of days and instants: near the ends of the calendar no day comes before or after."""
MOST_SHOWN = 8
"""Mistakes that are named."""


@dataclass(frozen=True, slots=True)
class Line:
    """What was computed of one competency: the level displayed, the state, the highest level, the date last shown."""

    competency: str
    level: int
    state: str
    reached: int
    shown: date | None
    current_to: date | None
    fading_to: date | None
    points: Exact
    questions: int


@dataclass(frozen=True, slots=True)
class Document:
    """The records of a person, what was computed of them, and on which day in which time zone.

    `limits` are the days by kind as they were then: current, and before it lapses.
    """

    form: Literal["engram-competence-1"]
    person: str
    day: date
    time_zone: str
    limits: dict[str, tuple[int, int]]
    computed: tuple[Line, ...]
    records: Evidence


_DOCUMENT = TypeAdapter(Document)


def lines(standings: Iterable[Standing]) -> tuple[Line, ...]:
    """What was computed, as the document has it."""
    return tuple(map(_line, standings))


def _line(one: Standing) -> Line:
    best, quizzed = one.best, one.quizzed
    return Line(
        competency=one.competency.id,
        level=one.level,
        state=str(one.state),
        reached=one.reached,
        shown=best.shown if best else None,
        current_to=best.current_to if best else None,
        fading_to=best.fading_to if best else None,
        points=quizzed.points,
        questions=quizzed.questions,
    )


def document(person: str, evidence: Evidence, day: date, zone: ZoneInfo) -> Document:
    """Compute all competencies of a person on a day."""
    found = lines(standing(one, evidence, day, zone) for one in ALL)
    limits = {str(kind): (days.current, days.lapse) for kind, days in LIMITS.items()}
    return Document(FORM, person, day, zone.key, limits, found, evidence)


def written(made: Document) -> bytes:
    """The document as JSON."""
    return _DOCUMENT.dump_json(made, indent=1)


def read(data: bytes) -> Document:
    """A document out of a file. Raises Refused with where it can't be read."""
    if len(data) > LARGEST:
        raise Refused(phrase("The file has more than %(n)s bytes, and no more are read.", n=LARGEST), field="file")
    try:
        made = _DOCUMENT.validate_json(data)
        ZoneInfo(made.time_zone)
        _sound(made)
    except ValidationError as bad:
        places = "; ".join(
            f"{'.'.join(map(str, error['loc'][:6])) or 'the file'}: {error['msg']}"[:200]
            for error in bad.errors()[:MOST_SHOWN]
        )
        raise Refused(phrase("This is no record of competencies: %(places)s.", places=places), field="file") from None
    except (ZoneInfoNotFoundError, ValueError, OSError, KeyError) as bad:
        what = str(bad)[:200]
        raise Refused(phrase("This record can't be computed anew: %(what)s.", what=what), field="file") from None
    return made


def _sound(made: Document) -> None:
    """What the calculation relies on: instants with a zone, releases of what was read, no more than it can take."""
    _in_reach(made, "")
    records = made.records
    for name, most in MOST.items():
        if len(getattr(records, name)) > most:
            raise ValueError(f"more than {most} {name}")
    for edition in records.editions.values():
        if any(sum(len(one.questions) for one in quizzes) > MOST_QUESTIONS for quizzes in edition.modules.values()):
            raise ValueError(f"more than {MOST_QUESTIONS} questions in a module")
    texts: tuple[Read | Answered, ...] = (*records.readings, *records.answers)
    for each in texts:
        if each.release not in records.editions:
            raise ValueError(f"{each.ident} belongs to a release that is not in the file")
    if missing := sorted(set(records.offered.values()) - records.editions.keys()):
        raise ValueError(f"release {missing[0]} is offered and not in the file")


def _in_reach(value: object, place: str) -> None:
    """Raises ValueError with the place of a day or an instant that no calculation reaches, in whatever holds it."""
    if isinstance(value, date):
        if value.year not in YEARS:
            raise ValueError(f"{place} is not of the years {YEARS[0]} to {YEARS[-1]}")
        if isinstance(value, datetime) and value.tzinfo is None:
            raise ValueError(f"{place} is a time without a zone")
    elif is_dataclass(value):
        for one in fields(value):
            _in_reach(getattr(value, one.name), f"{place}.{one.name}".lstrip("."))
    elif isinstance(value, tuple | Mapping):
        for key, each in value.items() if isinstance(value, Mapping) else enumerate(value):
            _in_reach(each, f"{place}.{key}"[:200])


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of a competency that does not follow from the records: what the document says, and what they give."""

    competency: str
    field: str
    said: str
    computed: str


def differences(made: Document) -> tuple[Difference, ...]:
    """Compute a document anew from its own records; empty where all that it says follows from them."""
    again = document(made.person, made.records, made.day, ZoneInfo(made.time_zone))
    return tuple(_differences(made.computed, again.computed))


def _differences(said: Iterable[Line], computed: Iterable[Line]) -> Iterator[Difference]:
    there = {one.competency: one for one in said}
    for one in computed:
        other = there.pop(one.competency, None)
        if other is None:
            yield Difference(one.competency, "competency", "-", one.competency)
            continue
        for name in Line.__slots__:
            before, now = getattr(other, name), getattr(one, name)
            if before != now:
                yield Difference(one.competency, name, str(before), str(now))
    for name in there:
        yield Difference(name, "competency", name, "-")


def apart(made: Document, here: Evidence) -> tuple[str, ...]:
    """Idents of records that are in the document and not in this installation, or other ones here, up to its day."""
    names = ("readings", "answers", "attempts", "statements", "marks", "refreshers")
    mine = {one.ident: one for name in names for one in getattr(here, name)}
    theirs = {one.ident: one for name in names for one in getattr(made.records, name)}
    return tuple(sorted(name for name, one in theirs.items() if mine.get(name) != one))
