"""Where somebody stands in a competency on a day: level, state, the date on which it was last shown.

The records of a person are walked along in the order in which they were made. Each level has a date of its own, since
whoever shows a level shows those below it; what is displayed is the best that any of them gives on the day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from fractions import Fraction
from typing import Protocol, TypeVar

from training.learning.competence.evidence import Changed, Evidence, Refreshed, Stated
from training.learning.competence.showings import Quizzed, Showing, day_of, passed_part, quizzed, showings
from training.learning.competence.table import CASEWORK, LEVELS, QUIZ, Competency, Limits


class _At(Protocol):
    @property
    def at(self) -> datetime: ...


_Dated = TypeVar("_Dated", bound=_At)

SPREAD = 2
"""Days on which questions were answered right, for a level 1 that is current."""


class State(StrEnum):
    """How fresh a record is."""

    NONE = "none"
    CURRENT = "current"
    FADING = "fading"
    LAPSED = "lapsed"


ORDER = (State.LAPSED, State.FADING, State.CURRENT)
"""From the worst to the best."""


@dataclass(frozen=True, slots=True)
class Held:
    """One level of one person.

    Attributes:
        level: the level that was shown.
        first: the day on which it was first shown.
        tested: the day of the last test: the full evidence, or a refresher.
        shown: the date last shown, which is `tested`, or a later day of use at work.
        by: records behind the last full evidence; `moved_by` behind the date, where that is another.
        displayed, state: on the day that was asked about.
        limits: days; the last of them belongs to the better state.
        changes: of law or tool since, whose questions are not passed.
        one_day: whether it rests on questions that were answered on one day only.
    """

    level: int
    first: date
    tested: date
    shown: date
    by: tuple[str, ...]
    moved_by: tuple[str, ...]
    displayed: int
    state: State
    limits: Limits
    changes: tuple[Changed, ...] = ()
    one_day: bool = False

    @property
    def current_to(self) -> date:
        """The last day on which its age alone leaves it current."""
        return self.shown + timedelta(days=self.limits.current)

    @property
    def fading_to(self) -> date:
        """The last day before it lapses."""
        return self.shown + timedelta(days=self.limits.lapse)

    @property
    def falls_again(self) -> date:
        """The day from which it is displayed two levels lower."""
        return self.shown + timedelta(days=2 * self.limits.lapse + 1)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands in a competency.

    Attributes:
        level: displayed on the day; 0 where nothing was ever shown.
        state: of what is displayed.
        best: the level that gives it; None where nothing was shown.
        held: all levels that were ever shown, the highest first: they stay visible with their dates.
        quizzed: what the answers to its questions come to.
    """

    competency: Competency
    level: int
    state: State
    best: Held | None
    held: tuple[Held, ...]
    quizzed: Quizzed

    @property
    def reached(self) -> int:
        """The highest level ever shown."""
        return max((one.level for one in self.held), default=0)


@dataclass(slots=True)
class _Record:
    """A level while the records are walked along."""

    first: date
    shown: date
    tested: date
    full_at: datetime
    tested_at: datetime
    by: tuple[str, ...]
    texts: tuple[tuple[str, datetime], ...]
    moved_by: tuple[str, ...] = ()
    confirmed: bool = False
    questions: tuple[str, ...] = ()
    part: tuple[str, ...] = ()

    def test(self, at: datetime, day: date) -> None:
        """A test was taken: the date moves, and use at work can move it once more."""
        self.shown = self.tested = max(self.shown, day)
        self.tested_at, self.confirmed, self.questions, self.part = at, False, (), ()


def standing(
    competency: Competency, evidence: Evidence, today: date, zone: tzinfo, limits: Limits | None = None
) -> Standing:
    """Work out where somebody stands on a day. Evidence of later days is left out; its order does not matter.

    Args:
        competency: which one.
        evidence: all records of the person.
        today: the day that is asked about, in the host's time zone.
        zone: the host's time zone, in which days are counted.
        limits: a host's own, in days; longer ones than the curriculum's have no effect.
    """
    past = _until(evidence, today, zone)
    days = competency.limits if limits is None else limits.within(competency.limits)
    answers = quizzed(competency, past, zone)
    shown = showings(competency, past, answers, zone)
    held = [
        one
        for level in reversed(LEVELS)
        if (one := _held(competency, past, level, shown, answers, (today, zone, days))) is not None
    ]
    best = max(held, key=lambda one: (one.displayed, ORDER.index(one.state), one.level), default=None)
    level, state = (best.displayed, best.state) if best else (0, State.NONE)
    return Standing(competency, level, state, best, tuple(held), answers)


def _until(evidence: Evidence, today: date, zone: tzinfo) -> Evidence:
    """What had been recorded by the end of a day."""
    end = datetime.combine(today + timedelta(days=1), time(), zone)

    def by_then(items: tuple[_Dated, ...]) -> tuple[_Dated, ...]:
        return tuple(one for one in items if one.at < end)

    return replace(
        evidence,
        readings=by_then(evidence.readings),
        answers=by_then(evidence.answers),
        attempts=by_then(evidence.attempts),
        statements=by_then(evidence.statements),
        marks=by_then(evidence.marks),
        refreshers=by_then(evidence.refreshers),
        changes=by_then(evidence.changes),
    )


def _held(
    competency: Competency,
    evidence: Evidence,
    level: int,
    shown: Sequence[Showing],
    answers: Quizzed,
    asked: tuple[date, tzinfo, Limits],
) -> Held | None:
    today, zone, limits = asked
    record = _walk(competency, evidence, level, shown, zone, limits)
    if record is None:
        return None
    age = (today - record.shown).days
    fallen = 0 if age <= limits.lapse else 1 if age <= 2 * limits.lapse else 2
    state = State.CURRENT if age <= limits.current else State.LAPSED if fallen else State.FADING
    changes = tuple(_open_changes(competency, evidence, record))
    one_day = level == 1 and len(answers.days) < SPREAD
    if state is State.CURRENT and (changes or one_day):
        state = State.FADING
    return Held(
        *(level, record.first, record.tested, record.shown, record.by, record.moved_by),
        *(max(1, level - fallen), state, limits, changes, one_day),
    )


def _walk(
    competency: Competency, evidence: Evidence, level: int, shown: Sequence[Showing], zone: tzinfo, limits: Limits
) -> _Record | None:
    """Walk along the records in the order in which they were made."""
    record: _Record | None = None
    for at, event in _events(competency, evidence, level, shown):
        if isinstance(event, Showing):
            record = _full(record, event)
        elif record is None or (day_of(at, zone) - record.shown).days > limits.lapse:
            continue  # neither a refresher nor use at work revives what has lapsed, or stands for what was never shown
        elif isinstance(event, Stated):
            _confirm(record, event)
        else:
            _refresh(record, event, level, at, day_of(at, zone))
    return record


_Part = tuple[str]
"""The ident of an attempt of which a part was done well enough."""
_Event = Showing | Stated | Refreshed | _Part


def _events(
    competency: Competency, evidence: Evidence, level: int, shown: Sequence[Showing]
) -> list[tuple[datetime, _Event]]:
    found: list[tuple[datetime, int, str, _Event]] = [
        (one.at, -one.level, " ".join(one.by), one) for one in shown if one.level >= level
    ]
    found += [
        (one.at, 1, one.ident, one)
        for one in evidence.refreshers
        if one.competency == competency.id and one.asked > 0 and one.earned >= QUIZ * one.asked
    ]
    found += [
        (one.part_at, 2, one.ident, (one.ident,))
        for one in evidence.attempts
        if level > 1 and competency.linked(one.lab) and passed_part(one)
    ]
    found += [
        (one.at, 3, one.ident, one)
        for one in evidence.statements
        if one.competency == competency.id and one.kind == "casework"
    ]
    return [(at, event) for at, _, _, event in sorted(found, key=lambda one: one[:3])]


def _full(record: _Record | None, showing: Showing) -> _Record:
    """The full evidence of the level, or of a higher one."""
    if record is None:
        day = showing.day
        return _Record(day, day, day, showing.at, showing.at, showing.by, showing.texts)
    if showing.again:
        record.test(showing.at, showing.day)
        record.full_at, record.by, record.texts, record.moved_by = showing.at, showing.by, showing.texts, ()
    return record


def _confirm(record: _Record, stated: Stated) -> None:
    """Use at work moves the date once between two tests, to a day at most 180 days after the test."""
    since = (stated.day - record.tested).days
    if not record.confirmed and 0 < since <= CASEWORK:
        record.shown, record.moved_by, record.confirmed = stated.day, (stated.ident,), True


def _refresh(record: _Record, event: Refreshed | _Part, level: int, at: datetime, day: date) -> None:
    """Ten questions, and from level 2 on one part of a lab too: the two together are a test."""
    if isinstance(event, Refreshed):
        record.questions = (event.ident,)
    elif event[0] not in record.by:  # what showed the level is no refresher of it
        record.part = event
    if record.questions and (record.part or level == 1):
        by = (*record.questions, *record.part)
        record.test(at, day)
        record.moved_by = by


def _open_changes(competency: Competency, evidence: Evidence, record: _Record) -> Iterator[Changed]:
    """Changes of law or tool that the full evidence knows nothing of, and whose questions are not passed."""
    texts = dict(record.texts)
    for one in sorted(evidence.changes, key=lambda each: (each.at, each.ident)):
        news = one.at > texts.get(one.module, record.full_at)
        if competency.id in one.feeds and news and not _passed(one, evidence):
            yield one


def _passed(change: Changed, evidence: Evidence) -> bool:
    """Whether the latest answers ever gave 80 % of the points of the questions on a change, since it was published."""
    since = {name for name, edition in evidence.editions.items() if edition.published_at >= change.at}
    latest: dict[str, Fraction] = {}
    answers = (one for one in evidence.answers if one.module == change.module and one.release in since)
    for one in sorted(answers, key=lambda each: (each.at, each.ident)):
        latest[one.question] = one.share
        asked = {
            question
            for quiz in evidence.editions[one.release].modules.get(change.module, ())
            if quiz.objective in change.objectives
            for question in quiz.questions
        }
        if asked and sum((latest.get(name, Fraction(0)) for name in asked), Fraction(0)) >= QUIZ * len(asked):
            return True
    return False
