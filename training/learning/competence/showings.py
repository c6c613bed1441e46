"""When a level of a competency was shown, by the evidence alone: what counts as a test, and on which day it was."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from fractions import Fraction

from training.learning.competence.evidence import Answered, Attempted, Evidence, Read, Stated
from training.learning.competence.table import FEWEST, LAB, MONTHS, PART, QUIZ, Competency


@dataclass(frozen=True, slots=True)
class Showing:
    """A level that was shown in full.

    Attributes:
        level: 1 to 4.
        at: when what shows it was complete; `day` is that in the host's time zone.
        by: idents of the records that show it.
        again: whether it can renew a record that there is already: not by a variant that the person had before.
        texts: for questions, when the text that each module was read in was published: a later change is not in it.
    """

    level: int
    at: datetime
    day: date
    by: tuple[str, ...]
    again: bool = True
    texts: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Quizzed:
    """What the answers to the questions of a competency come to.

    Attributes:
        showings: each is 80 % of the points, by answers of later days than the one before and that have not lapsed,
            all modules being read.
        days: on which an answer earned something.
        points: by the latest answers, of how many `questions` that stand in the releases in use.
        unread: modules that are not marked as read; `absent` those that no release here has.
    """

    showings: tuple[Showing, ...]
    days: frozenset[date]
    points: Fraction
    questions: int
    unread: tuple[str, ...]
    absent: tuple[str, ...]


def day_of(at: datetime, zone: tzinfo) -> date:
    """The day of an instant in the host's time zone."""
    return at.astimezone(zone).date()


def showings(competency: Competency, evidence: Evidence, answers: Quizzed, zone: tzinfo) -> tuple[Showing, ...]:
    """All times at which a level was shown, in order; `answers` is what its questions come to."""
    independent = _independent(competency, evidence, zone)
    found = [
        *answers.showings,
        *_assisted(competency, evidence, zone),
        *(one for one, _ in independent),
        *_leading(competency, evidence, independent, zone),
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.level, one.by)))


def quizzed(competency: Competency, evidence: Evidence, zone: tzinfo) -> Quizzed:
    """Walk along the answers and readings: the latest answer to a question counts, in the release last worked with."""
    in_use = {name: evidence.offered[name] for name in competency.quiz if name in evidence.offered}
    read: set[str] = set()
    fresh = _Fresh()
    latest: dict[str, Answered] = {}
    made: list[Showing] = []
    days: set[date] = set()
    known: dict[tuple[str, ...], frozenset[str]] = {}
    for one in _in_order(competency, evidence):
        in_use[one.module] = one.release
        asked, day = _pool(known, competency, evidence, in_use), day_of(one.at, zone)
        if isinstance(one, Read):
            read.add(one.module)
        elif one.question in asked:
            latest[one.question] = one
            days |= {day} if one.share else set()
            if not made or day > made[-1].day:
                fresh.add(one)
        if read.issuperset(competency.quiz) and fresh.enough(asked, one.at - timedelta(competency.limits.lapse)):
            texts = tuple((name, evidence.editions[release].published_at) for name, release in in_use.items())
            made.append(Showing(1, one.at, day, fresh.idents(asked), texts=texts))
            fresh = _Fresh()
    asked = _pool(known, competency, evidence, in_use)
    points = sum((latest[name].share for name in asked if name in latest), Fraction(0))
    unread = tuple(name for name in competency.quiz if name not in read)
    absent = tuple(name for name in competency.quiz if name not in in_use)
    return Quizzed(tuple(made), frozenset(days), points, len(asked), unread, absent)


@dataclass(slots=True)
class _Fresh:
    """Answers that no showing was made of yet, the latest to each question, with what they give at most."""

    answers: dict[str, Answered] = field(default_factory=dict)
    most: Fraction = Fraction(0)

    def add(self, one: Answered) -> None:
        """Take an answer in the place of an earlier one to the same question."""
        before = self.answers.get(one.question)
        self.most += one.share - (before.share if before else 0)
        self.answers[one.question] = one

    def enough(self, asked: frozenset[str], oldest: datetime) -> bool:
        """Whether those to these questions, and since then, give 80 % of the points."""
        needed = QUIZ * len(asked)
        if len(asked) < FEWEST or self.most < needed:
            return False
        shares = (one.share for name, one in self.answers.items() if name in asked and one.at >= oldest)
        return sum(shares, Fraction(0)) >= needed

    def idents(self, asked: frozenset[str]) -> tuple[str, ...]:
        """The records that they are."""
        return tuple(sorted(one.ident for name, one in self.answers.items() if name in asked))


def _in_order(competency: Competency, evidence: Evidence) -> list[Read | Answered]:
    both: tuple[Read | Answered, ...] = (*evidence.readings, *evidence.answers)
    return sorted((one for one in both if one.module in competency.quiz), key=lambda one: (one.at, one.ident))


def _pool(
    known: dict[tuple[str, ...], frozenset[str]],
    competency: Competency,
    evidence: Evidence,
    in_use: Mapping[str, str],
) -> frozenset[str]:
    """The questions on the objectives of these modules that feed the competency."""
    key = tuple(in_use.get(name, "") for name in competency.quiz)
    if key not in known:
        known[key] = frozenset(
            question
            for name, release in in_use.items()
            for quiz in evidence.editions[release].modules.get(name, ())
            if competency.id in quiz.feeds
            for question in quiz.questions
        )
    return known[key]


def passed_lab(one: Attempted) -> bool:
    """Whether the points of an attempt are enough, and no critical error stands against it."""
    return one.worth > 0 and one.earned >= LAB * one.worth and not one.critical


def passed_part(one: Attempted) -> bool:
    """Whether one part of a lab was done well enough for a refresher: in an examination, on an unseen variant."""
    if not one.examination or not one.unseen or one.critical or not one.part_worth:
        return False
    return one.part >= min(PART, one.questions) and one.part_earned >= LAB * one.part_worth


def _assisted(competency: Competency, evidence: Evidence, zone: tzinfo) -> Iterator[Showing]:
    for one in evidence.attempts:
        if one.lab in competency.practice and passed_lab(one):
            yield Showing(2, one.at, day_of(one.at, zone), (one.ident,), one.unseen)


def _independent(competency: Competency, evidence: Evidence, zone: tzinfo) -> list[tuple[Showing, Attempted]]:
    return [
        (Showing(3, one.at, day_of(one.at, zone), (one.ident,)), one)
        for one in evidence.attempts
        if one.examination
        and one.unseen
        and not one.hints
        and passed_lab(one)
        and competency.examines(one.lab, verified=one.verified)
    ]


@dataclass(frozen=True, slots=True)
class _Piece:
    """One half of level 4: two labs, or what a leading person does."""

    at: datetime
    day: date
    by: tuple[str, ...]


def _leading(
    competency: Competency, evidence: Evidence, independent: Sequence[tuple[Showing, Attempted]], zone: tzinfo
) -> Iterator[Showing]:
    """Two labs within 24 months, and an act of a leading person; what has lapsed can't complete the other half.

    Where only one lab is named, another variant of it is a second one.
    """
    labs = list(_pairs(competency, independent))
    acts = list(_acts(competency, evidence, zone))
    for late, others in ((labs, acts), (acts, labs)):
        for one in late:
            before = [each for each in others if each.at <= one.at and _near(each, one, competency.limits.lapse)]
            if before:
                last = max(before, key=lambda each: (each.at, each.by))
                by = tuple(sorted({*last.by, *one.by}))
                yield Showing(4, one.at, max(last.day, one.day), by)


def _near(one: _Piece, other: _Piece, days: int) -> bool:
    return abs((one.day - other.day).days) <= days


def _pairs(competency: Competency, independent: Sequence[tuple[Showing, Attempted]]) -> Iterator[_Piece]:
    """Each lab that was a second one, with the last of those that it is second to."""
    several = competency.any_lab or len(competency.examination) > 1
    for late, second in independent:
        firsts = [
            early
            for early, first in independent
            if early.at <= late.at
            and late.day <= months_after(early.day, MONTHS)
            and (first.lab != second.lab if several else first.variant != second.variant)
        ]
        if firsts:
            early = max(firsts, key=lambda each: (each.at, each.by))
            yield _Piece(late.at, late.day, (*early.by, *late.by))


def _acts(competency: Competency, evidence: Evidence, zone: tzinfo) -> Iterator[_Piece]:
    for mark in evidence.marks:
        if mark.acceptable and competency.linked(mark.lab):
            yield _Piece(mark.at, day_of(mark.at, zone), (mark.ident,))
    mine = [one for one in evidence.statements if one.competency == competency.id]
    for one in mine:
        if one.kind == "teaching":
            yield _Piece(one.at, one.day, (one.ident,))
    reviews = sorted((one for one in mine if one.kind == "review"), key=lambda one: (one.day, one.at, one.ident))
    for several in _in_a_row(reviews, competency.reviews):
        if several[-1].day <= months_after(several[0].day, MONTHS):
            yield _Piece(max(one.at for one in several), several[-1].day, tuple(one.ident for one in several))


def _in_a_row(items: Sequence[Stated], length: int) -> Iterable[Sequence[Stated]]:
    return (items[start : start + length] for start in range(len(items) - length + 1))


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later, or the last one of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + years, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError
