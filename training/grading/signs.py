"""Signs that an answer may have been passed on. A sign is a reason to ask, and never says that anybody did anything.

Each sign comes with the number of times that it is expected in this session when everybody works alone, so far as that
can be worked out. Nothing is listed on one sign: it takes two that don't follow from each other.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate, combinations, pairwise

from pydantic import JsonValue

from training.grading.chance import Chance, foreign_by_chance, near_by_chance, rare_by_chance, spread, values_behind
from training.grading.question import Question
from training.grading.sealed import SealedKey
from training.grading.values.base import Canon
from training.grading.values.reading import kind_of

WINDOW = 120.0
"""Seconds within which two right answers are close in time."""
RARE = 0.05
"""Share of the wrong answers below which a wrong value is rare."""
LIKELY = 0.1
"""Chance from which on closeness in time is shown and does not count: in one class hour nearly all are close."""
COMMON, CROWD = 0.25, 8
"""Share of the people, of at least so many, from which on working without plugins, or fast, counts for nothing."""
WORDS_A_SECOND = 10.0
"""Nobody reads faster."""
SLOWEST = 0.01
"""Share of earlier first tries that were faster, below which a first try is fast; needs `EARLIER` of them."""
EARLIER = 100
PAUSE = 900.0
"""Seconds between two findings of a session beyond which nobody was at work."""
ENOUGH = 5
"""Right answers from which on they show themselves over what time a question was answered."""
NEEDED = 2
SPACES = {"pid": 500, "count": 200, "port": 65_536}
SPACE = 1_000
"""Values that a wrong answer is one of, by answer type; of the others so many: what the tables of an exhibit offer."""
CLOSED = frozenset({"choice", "choices", "statement", "matching", "sequence", "written"})
"""Answer types whose values are on offer, or are judged by people: an equal or a right value says nothing there."""


class Kind(StrEnum):
    """What was noticed."""

    FOREIGN = "foreign"
    """Wrong here, and the right answer on another exhibit of the question."""
    RARE = "rare"
    """The same wrong value as somebody else, and hardly anybody else's."""
    NEAR = "near"
    """Right within two minutes of somebody else's right answer. A sign beside another one only; `Chance` counts all."""
    NO_RUN = "no_run"
    """Right, and no plugin that shows it was ever asked in the attempt before."""
    FAST = "fast"
    """Answered faster than the question can be read, or than nearly everybody before."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What has to be known of a question.

    Attributes:
        words: words of its text.
        space: values that a wrong answer is one of.
        closed: the values are on offer, so that equal ones say nothing.
        others: other exhibits on which it has a key.
    """

    words: int
    space: int = SPACE
    closed: bool = False
    others: int = 0


@dataclass(frozen=True, slots=True)
class Tried:
    """One finding of a session, as it is judged now.

    Attributes:
        person: who, by any name that is unique in the session.
        question: which question.
        number: which try.
        value: how it was understood; equal values are equal texts.
        right: correctness 1.
        wrong: correctness 0.
        named: the author foresaw it: a named mistake or a look-alike.
        at: when, in seconds from anywhere.
        seconds: time since the finding before, of any question, or since the attempt was begun.
        variant: the exhibit that was worked on.
        foreign: other exhibits on which the value is right, see `foreign`.
        ran: whether a plugin that shows the answer had been asked; None where the question names none.
    """

    person: str
    question: str
    number: int
    value: str
    right: bool
    wrong: bool
    at: float
    named: bool = False
    seconds: float | None = None
    variant: str = ""
    foreign: tuple[str, ...] = ()
    ran: bool | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """What all sessions of a question show, this one included.

    Attributes:
        wrong: how many persons gave each wrong value, by question.
        seconds: times to the first try in earlier sessions, by question.
    """

    wrong: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    seconds: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that was noticed, at one try of one person, together with `other` where two are concerned.

    `seconds` is the time between both answers, or the time that the answer took.
    """

    kind: Kind
    person: str
    question: str
    number: int
    value: str
    other: str | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One person, or two, with all signs that concern them."""

    people: tuple[str, ...]
    signs: tuple[Sign, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a session shows: what is listed, and each sign with its base rate."""

    listed: tuple[Listed, ...]
    chances: Mapping[Kind, Chance]


def asked_of(question: Question, others: int) -> Asked:
    """What has to be known of a question that has a key on so many other exhibits."""
    space = SPACES.get(question.type, SPACE)
    return Asked(len(question.text.split()), space, question.type in CLOSED, others)


def foreign(
    question: Question, value: Canon, own: Mapping[str, SealedKey], others: Mapping[str, Mapping[str, SealedKey]]
) -> tuple[str, ...]:
    """The other exhibits on which a wrong value is right.

    None where the value also occurs among the keys, mistakes or facts of any question on the own exhibit: then it may
    just as well come from there.

    Args:
        question: the question that was answered.
        value: canonical form of the wrong value.
        own: keys of the own exhibit, by question.
        others: keys of other exhibits, by exhibit and question.
    """
    kind, spec = kind_of(question.spec), question.spec
    if any(
        value in _leaves(list(key.model_dump(mode="json", exclude={"material", "lost"}).values()))
        for key in own.values()
    ):
        return ()
    if (mine := own.get(question.id)) and kind.same(value, mine.answer, spec):
        return ()
    keys = ((name, keys[question.id]) for name, keys in others.items() if question.id in keys)
    return tuple(sorted(name for name, key in keys if kind.same(value, key.answer, spec)))


def _leaves(data: JsonValue) -> Iterator[Canon]:
    """Every number and text in JSON data, names of members too, and every list of such as one value."""
    if isinstance(data, dict):
        yield from data
        for each in data.values():
            yield from _leaves(each)
    elif isinstance(data, list):
        yield tuple(one for one in data if isinstance(one, int | str))
        for each in data:
            yield from _leaves(each)
    elif isinstance(data, int | str):
        yield data


def find(asked: Mapping[str, Asked], tried: Sequence[Tried], before: Before = Before()) -> Found:
    """What the findings of one session show, in order of people. Questions that are not in `asked` are left out."""
    tried = sorted((one for one in tried if one.question in asked), key=lambda one: (one.at, one.person))
    alone = [*_foreign(asked, tried), *_without_run(asked, tried), *_fast(asked, tried, before)]
    shared = [*_from_one(tried, alone), *_rare(asked, tried, before)]
    near = list(_near(tried, alone, shared))
    chances = _chances(asked, tried, before, [*alone, *shared, *near])
    return Found(tuple(_listed(alone, [*shared, *near], chances)), chances)


def _foreign(asked: Mapping[str, Asked], tried: Sequence[Tried]) -> Iterator[Sign]:
    for one in tried:
        if one.wrong and one.foreign and not one.named and not asked[one.question].closed:
            yield Sign(Kind.FOREIGN, one.person, one.question, one.number, one.value)


def _from_one(tried: Sequence[Tried], alone: Sequence[Sign]) -> Iterator[Sign]:
    """The foreign keys that only one other person of the session had found by then: these concern two."""
    by_try = {(one.person, one.question, one.number): one for one in tried}
    for sign in alone:
        if sign.kind is not Kind.FOREIGN:
            continue
        mine = by_try[sign.person, sign.question, sign.number]
        sources = {
            one.person
            for one in tried
            if one.right
            and (one.question, one.person != mine.person, one.at <= mine.at) == (mine.question, True, True)
            and one.variant in mine.foreign
        }
        if len(sources) == 1:
            yield Sign(Kind.FOREIGN, sign.person, sign.question, sign.number, sign.value, other=sources.pop())


def _without_run(asked: Mapping[str, Asked], tried: Sequence[Tried]) -> Iterator[Sign]:
    for one in _first_right(tried):
        if one.ran is False and not asked[one.question].closed:
            yield Sign(Kind.NO_RUN, one.person, one.question, one.number, one.value)


def _fast(asked: Mapping[str, Asked], tried: Sequence[Tried], before: Before) -> Iterator[Sign]:
    for one in tried:
        if one.number != 1 or one.seconds is None:
            continue
        earlier = before.seconds.get(one.question, ())
        limit = asked[one.question].words / WORDS_A_SECOND
        if len(earlier) >= EARLIER:
            limit = max(limit, statistics.quantiles(earlier, n=round(1 / SLOWEST), method="inclusive")[0])
        if one.seconds < limit:
            yield Sign(Kind.FAST, one.person, one.question, one.number, one.value, seconds=one.seconds)


def _rare(asked: Mapping[str, Asked], tried: Sequence[Tried], before: Before) -> Iterator[Sign]:
    held: dict[tuple[str, str], dict[str, Tried]] = {}
    for one in tried:
        if one.wrong and not one.named and not asked[one.question].closed:
            held.setdefault((one.question, one.value), {}).setdefault(one.person, one)
    for (question, value), holders in held.items():
        wrong = before.wrong.get(question, {})
        if len(holders) < 2 or wrong.get(value, len(holders)) >= RARE * sum(wrong.values()):  # noqa: PLR2004 - a pair
            continue
        for first, second in combinations(holders.values(), 2):
            gap = second.at - first.at
            yield Sign(Kind.RARE, second.person, question, second.number, value, other=first.person, seconds=gap)


def _near(tried: Sequence[Tried], alone: Sequence[Sign], shared: Sequence[Sign]) -> Iterator[Sign]:
    """Right answers within the window, of people with a sign in common or where another sign is at this very try."""
    pairs = {frozenset((sign.person, sign.other)) for sign in shared}
    at_try = {(sign.person, sign.question, sign.number) for sign in alone}
    for one, other in _close(tried):
        signed = (one.person, one.question, one.number) in at_try
        if signed or frozenset((one.person, other.person)) in pairs:
            gap = one.at - other.at
            yield Sign(Kind.NEAR, one.person, one.question, one.number, one.value, other=other.person, seconds=gap)


def _close(tried: Sequence[Tried]) -> Iterator[tuple[Tried, Tried]]:
    """A right answer and an earlier one by somebody else within the window; `tried` is in order of time."""
    recent: dict[str, list[Tried]] = {}
    for one in _first_right(tried):
        mine = [other for other in recent.get(one.question, ()) if one.at - other.at <= WINDOW]
        yield from ((one, other) for other in mine)
        recent[one.question] = [*mine, one]


def _first_right(tried: Sequence[Tried]) -> Iterator[Tried]:
    seen: set[tuple[str, str]] = set()
    for one in tried:
        if one.right and (one.person, one.question) not in seen:
            seen.add((one.person, one.question))
            yield one


def _chances(
    asked: Mapping[str, Asked], tried: Sequence[Tried], before: Before, signs: Sequence[Sign]
) -> dict[Kind, Chance]:
    """Each sign with what was seen and what is expected. What most people of a session show tells nobody apart.

    Closeness in time is counted wherever it is, beside another sign or not: that is what chance gives, too.
    """
    by_question = {name: [one for one in tried if one.question == name] for name in asked}
    open_ones = [(name, asked[name], mine) for name, mine in by_question.items() if mine and not asked[name].closed]
    foreign = sum(
        foreign_by_chance(sum(one.wrong for one in mine), one.others, one.space) for _, one, mine in open_ones
    )
    rare = sum(_rare_here(mine, before.wrong.get(name, {})) for name, _, mine in open_ones)
    near = list(_near_here(tried))
    close = {(one.person, one.question) for pair in _close(tried) for one in pair}
    timed = sum(one.number == 1 and one.seconds is not None for one in tried)
    seen = {kind: {(s.person, s.question, s.number) for s in signs if s.kind is kind} for kind in Kind}
    people = {one.person for one in tried}
    common = {
        kind: len(people) >= CROWD and len({person for person, _, _ in tries}) > COMMON * len(people)
        for kind, tries in seen.items()
    }
    likely = any(chance >= LIKELY for _, chance in near)
    return {
        Kind.FOREIGN: Chance(len(seen[Kind.FOREIGN]), foreign),
        Kind.RARE: Chance(sum(sign.kind is Kind.RARE for sign in signs), rare),
        Kind.NEAR: Chance(len(close), sum(count * chance for count, chance in near), counts=not likely),
        Kind.NO_RUN: Chance(len(seen[Kind.NO_RUN]), None, counts=not common[Kind.NO_RUN]),
        Kind.FAST: Chance(len(seen[Kind.FAST]), SLOWEST * timed, counts=not common[Kind.FAST]),
    }


def _near_here(tried: Sequence[Tried]) -> Iterator[tuple[int, float]]:
    """How many right answers each question has, and the chance that one of them is close to another.

    Those who begin together are at one question together, too: a question is answered over a part of the time worked.
    """
    gaps = (min(PAUSE, later.at - one.at) for one, later in pairwise(tried))
    worked = dict(zip((one.at for one in tried), accumulate(gaps, initial=0.0), strict=False))
    times: dict[str, list[float]] = {}
    for one in _first_right(tried):
        times.setdefault(one.question, []).append(worked[one.at])
    for mine in times.values():
        span = max(worked.values())
        if len(mine) >= ENOUGH:
            span = min(span, spread(mine))
        if len(mine) > 1:
            yield len(mine), near_by_chance(len(mine) - 1, span, WINDOW)


def _rare_here(mine: Sequence[Tried], wrong: Mapping[str, int]) -> float:
    """Pairs with a rare wrong value in common at one question, by the values that all sessions show."""
    people, erring = {one.person for one in mine}, {one.person for one in mine if one.wrong}
    total = sum(wrong.values())
    rare = [count for count in wrong.values() if count < RARE * total]
    if not rare:
        return 0.0
    values = values_behind(rare)
    return rare_by_chance(len(people), len(erring) / len(people), sum(rare) / total / values, values)


def _listed(alone: Sequence[Sign], shared: Sequence[Sign], chances: Mapping[Kind, Chance]) -> Iterator[Listed]:
    """Pairs first, then single people whose own signs are enough and who are in no pair."""
    pairs: dict[tuple[str, ...], list[Sign]] = {}
    for sign in shared:
        pairs.setdefault(tuple(sorted((sign.person, sign.other or ""))), []).append(sign)
    paired: set[str] = set()
    for people in sorted(pairs):
        mine = [*pairs[people], *(one for one in alone if one.person in people and not _told(one, pairs[people]))]
        # What concerns one of them is no reason to name the other: something must concern both.
        if _grounds(pairs[people], chances) and _grounds(mine, chances) >= NEEDED:
            paired.update(people)
            yield Listed(people, tuple(mine))
    for person in sorted({sign.person for sign in alone} - paired):
        mine = [one for one in alone if one.person == person]
        if _grounds(mine, chances) >= NEEDED:
            yield Listed((person,), tuple(mine))


def _told(sign: Sign, shared: Sequence[Sign]) -> bool:
    """Whether a foreign key is told already, as one that concerns two."""
    spot = (sign.kind, sign.person, sign.question, sign.number)
    return any(spot == (one.kind, one.person, one.question, one.number) for one in shared)


def _grounds(signs: Sequence[Sign], chances: Mapping[Kind, Chance]) -> int:
    """How many signs there are that don't follow from each other.

    Wrong values of different questions are independent; one value is one sign, whatever it is called. Someone who works
    without the plugins, or fast, does so at every question: that is one sign each, and so is closeness in time.
    """
    grounds = {
        ("value", sign.question) if sign.kind in {Kind.FOREIGN, Kind.RARE} else (sign.kind.value, "")
        for sign in signs
        if chances[sign.kind].counts
    }
    return len(grounds)
