"""Evidence for tests of competencies, in few words."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

from training.learning.competence.evidence import (
    Answered,
    Attempted,
    Changed,
    Edition,
    Evidence,
    Marked,
    Quiz,
    Read,
    Refreshed,
    Stated,
)
from training.learning.competence.standing import Standing, standing
from training.learning.competence.table import BY_ID

NOON = 12


def at(day: date, hour: int = NOON, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def day(text: str) -> date:
    return date.fromisoformat(text)


def exam(when: date, lab: str = "first-response", percent: Any = 70, **more: Any) -> Attempted:
    """An examination that shows level 3, unless something else is said."""
    values: dict[str, Any] = {
        "ident": f"attempt:{lab}:{when}:{more.get('variant', 'a')}",
        "at": at(when),
        "lab": lab,
        "release": "r1",
        "variant": "a",
        "examination": True,
        "unseen": True,
        "hints": 0,
        "critical": False,
        "verified": True,
        "earned": Fraction(percent),
        "worth": Fraction(100),
        "part_at": at(when),
        "part_earned": Fraction(percent),
        "part_worth": Fraction(100),
        "part": 10,
        "questions": 10,
    }
    return Attempted(**{**values, **more})


def practice(when: date, lab: str = "first-response", percent: Any = 70, **more: Any) -> Attempted:
    return exam(when, lab, percent, **{"examination": False, "hints": 2, "ident": f"practice:{lab}:{when}", **more})


def stated(kind: Any, when: date, competency: str = "K3", written: date | None = None, number: int = 1) -> Stated:
    return Stated(f"statement:{kind}:{when}:{number}", at(written or when, 13), when, competency, kind, "", "host")


def refreshed(when: date, competency: str = "K3", earned: int = 10, asked: int = 10) -> Refreshed:
    return Refreshed(f"refresher:{when}", at(when), competency, Fraction(earned), asked)


def part(when: date, lab: str = "first-response", **more: Any) -> Attempted:
    """One part of an examination on an unseen variant: not enough for the whole."""
    few = {"part": 3, "part_earned": Fraction(6), "part_worth": Fraction(10), "ident": f"part:{when}"}
    return exam(when, lab, 6, **{**few, **more})


def marked(when: date, lab: str = "finance-workstation", *, acceptable: bool = True) -> Marked:
    return Marked(f"round:{when}", at(when), lab, acceptable)


def quiz(
    modules: Sequence[str], feeds: str, each: int = 5, release: str = "e1", published: str = "2026-01-01"
) -> dict[str, Any]:
    """Editions and offers of modules with one objective and some questions each."""
    made = {module: (Quiz("o1", (feeds,), tuple(f"{module}-q{n}" for n in range(1, each + 1))),) for module in modules}
    return {
        "editions": {release: Edition(at(day(published)), made)},
        "offered": dict.fromkeys(modules, release),
    }


def read(module: str, when: date, release: str = "e1") -> Read:
    return Read(f"read:{module}", at(when, 9), module, release)


def answer(question: str, when: date, share: Any = 1, minute: int = 0, release: str = "e1") -> Answered:
    module = question.rpartition("-q")[0]
    return Answered(
        f"answer:{question}:{when}:{minute}", at(when, 10, minute), module, question, release, Fraction(share)
    )


def answers(module: str, shares: Sequence[Any], when: date, release: str = "e1") -> tuple[Answered, ...]:
    return tuple(answer(f"{module}-q{n}", when, share, n, release) for n, share in enumerate(shares, 1))


def changed(when: date, feeds: str = "K3", module: str = "m2-4", kind: Any = "tool") -> Changed:
    return Changed(f"change:{when}", at(when), module, ("o1",), kind, "Another way to acquire memory.", (feeds,))


def stands(evidence: Evidence, today: date, competency: str = "K3", **more: Any) -> Standing:
    return standing(BY_ID[competency], evidence, today, more.pop("zone", UTC), **more)


def later(start: date, days: int) -> date:
    return start + timedelta(days=days)
