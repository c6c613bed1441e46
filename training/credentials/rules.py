"""Who gets which certificate: a pure function over what was attended, examined and planned, in exact arithmetic.

The rules are those of the one-week workshop (curriculum 1.4); the figures come from the plan of a session. Scores are
fractions, minutes are whole, so that 59.99 % never becomes 60 %.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from training.sentence import Sentence, counted, phrase

ATTENDANCE, ACHIEVEMENT, DISTINCTION = "attendance", "achievement", "distinction"
KINDS = (ATTENDANCE, ACHIEVEMENT, DISTINCTION)


@dataclass(frozen=True, slots=True)
class Plan:
    """The figures of a plan; shares are fractions of one.

    `needed` half-days make a certificate of attendance, 0: none is given. `passed` holds each examination with its
    line. `needed_for_achievement` None: that certificate isn't given; `mean` or `least` None: no distinction.
    """

    needed: int
    needed_for_achievement: int | None = None
    passed: Mapping[str, Fraction] = field(default_factory=dict)
    present: Fraction = Fraction(3, 4)  # of the contact minutes of a half-day
    mean: Fraction | None = Fraction(17, 20)  # of all examinations
    least: Fraction | None = Fraction(3, 4)  # of each
    resits: int = 1
    resit_days: int = 60


@dataclass(frozen=True, slots=True)
class Half:
    """A half-day of the session: its number, its contact minutes, the names of its examinations."""

    number: int
    minutes: int
    examinations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Presence:
    """Minutes that a person was there in a half-day, and whether the person was admitted to its examinations."""

    half: int
    minutes: int
    admitted: bool = False


@dataclass(frozen=True, slots=True)
class Sitting:
    """One result of an examination: the score as a share of one, and the critical errors that stand."""

    examination: str
    score: Fraction
    on: date
    critical: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a person gets. `kind` is empty for none; `reasons` say why not the next higher one."""

    kind: str
    attended: int
    of: int
    hours: Decimal
    results: tuple[Sitting, ...]
    reasons: tuple[Sentence, ...]


def eligible(plan: Plan, halves: Sequence[Half], presences: Sequence[Presence], sittings: Sequence[Sitting]) -> Outcome:
    """The highest certificate that the rules give, with the reasons why it is not a higher one."""
    there = {one.half: one for one in presences}
    attended = [one for one in halves if _attended(plan, one, there.get(one.number))]
    standing = {name: _standing(plan, name, sittings) for name in plan.passed}
    results = tuple(one for one in standing.values() if one)
    kind, reasons = _kind(plan, halves, attended, standing)
    ignored = [reason for name in standing for reason in _ignored(plan, name, sittings)]
    minutes = sum(one.minutes for one in attended)
    return Outcome(kind, len(attended), len(halves), hours(minutes), results, (*reasons, *ignored))


def hours(minutes: int) -> Decimal:
    """Minutes as hours with one decimal, half up: 2,010 minutes are 33.5 hours."""
    return (Decimal((minutes + 3) // 6) / 10).quantize(Decimal("0.1"))


def _attended(plan: Plan, half: Half, presence: Presence | None) -> bool:
    if presence is None or half.minutes <= 0:
        return False
    enough = presence.minutes >= plan.present * half.minutes
    return enough and (presence.admitted or not half.examinations)


def _sat(name: str, sittings: Sequence[Sitting]) -> list[Sitting]:
    return sorted((one for one in sittings if one.examination == name), key=lambda one: one.on)


def _standing(plan: Plan, name: str, sittings: Sequence[Sitting]) -> Sitting | None:
    """The best of the first result and of the resits that count. One with a critical error is never the better one."""
    sat = _sat(name, sittings)
    if not sat:
        return None
    return max([sat[0], *_resit(plan, sat)], key=lambda one: (not one.critical, one.score))


def _resit(plan: Plan, sat: Sequence[Sitting]) -> list[Sitting]:
    last = sat[0].on + timedelta(days=plan.resit_days)
    return [one for one in sat[1:] if one.on <= last][: plan.resits]


def _ignored(plan: Plan, name: str, sittings: Sequence[Sitting]) -> Iterator[Sentence]:
    sat = _sat(name, sittings)
    if sat and len(sat) - 1 > len(_resit(plan, sat)):
        yield counted(
            "A sitting of %(name)s doesn't count: the rules allow %(num)s resit, %(within)s.",
            "A sitting of %(name)s doesn't count: the rules allow %(num)s resits, %(within)s.",
            plan.resits,
            name=name,
            within=counted(
                "within %(num)s day of the first sitting", "within %(num)s days of the first sitting", plan.resit_days
            ),
        )


def _kind(
    plan: Plan, halves: Sequence[Half], attended: Sequence[Half], standing: Mapping[str, Sitting | None]
) -> tuple[str, list[Sentence]]:
    why: list[Sentence] = []
    if plan.needed_for_achievement is not None:
        why = list(_not_achieved(plan, plan.needed_for_achievement, halves, attended, standing))
        if not why:
            return _achieved(plan, [one for one in standing.values() if one])
    if plan.needed and len(attended) >= plan.needed:
        return ATTENDANCE, why
    if not plan.needed:
        return "", [phrase("The rules of this session give no certificate of attendance.")]
    return "", [_missed(plan.needed, attended)]


def _missed(needed: int, attended: Sequence[Half]) -> Sentence:
    return counted(
        "%(num)s half-day attended, %(needed)s are needed.",
        "%(num)s half-days attended, %(needed)s are needed.",
        len(attended),
        needed=needed,
    )


def _not_achieved(
    plan: Plan, needed: int, halves: Sequence[Half], attended: Sequence[Half], standing: Mapping[str, Sitting | None]
) -> Iterator[Sentence]:
    if len(attended) < needed:
        yield _missed(needed, attended)
    here = {one.number for one in attended}
    for half in halves:
        for name in half.examinations if half.number not in here else ():
            yield phrase("The half-day of examination %(name)s was not attended.", name=name)
    for name, one in standing.items():
        if one is None:
            yield phrase("There is no result of examination %(name)s.", name=name)
            continue
        if one.score < plan.passed[name]:
            yield _below(name, one.score, plan.passed[name])
        for error in one.critical:
            yield phrase("A critical error stands in examination %(name)s: %(error)s", name=name, error=error)


def _achieved(plan: Plan, results: Sequence[Sitting]) -> tuple[str, list[Sentence]]:
    if plan.mean is None or plan.least is None or not results:
        return ACHIEVEMENT, []
    why = list(_not_distinguished(plan.mean, plan.least, results))
    return (ACHIEVEMENT, why) if why else (DISTINCTION, [])


def _not_distinguished(needed: Fraction, least: Fraction, results: Sequence[Sitting]) -> Iterator[Sentence]:
    mean = sum((one.score for one in results), Fraction(0)) / len(results)
    if mean < needed:
        yield phrase(
            "For distinction the mean has to be %(needed)s %%; it is %(mean)s %%.",
            needed=percent(needed),
            mean=percent(mean),
        )
    for one in results:
        if one.score < least:
            yield phrase(
                "For distinction %(name)s has to be at least %(needed)s %%; it is %(score)s %%.",
                name=one.examination,
                needed=percent(least),
                score=percent(one.score),
            )


def _below(name: str, score: Fraction, needed: Fraction) -> Sentence:
    return phrase(
        "Examination %(name)s: %(score)s %%, at least %(needed)s %% are needed.",
        name=name,
        score=percent(score),
        needed=percent(needed),
    )


def percent(share: Fraction) -> str:
    """A share in percent with at most two decimals, cut off and never rounded up: 59.99 below 60 stays below."""
    hundredths = int(share * 10_000)
    text = f"{hundredths // 100}.{hundredths % 100:02d}"
    return text.rstrip("0").rstrip(".")
