"""What is scored: rules, indicators and answers, as they were fixed before the first answer came in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

CODE = re.compile(r"D([1-9][0-9]?)\.([1-9][0-9]?)")
TOP = 4
"""The highest level."""

DONT_KNOW, BLANK, NOT_APPLICABLE = "dk", "-", "na"
GRADES = ("d", "o", "v", "n")
"""Document seen, official statement, respondent's view, none."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Thresholds: answers of a cell, coverage of what is published, share of published indicators in a dimension."""

    min_cell: int = 5
    min_coverage: Fraction = Fraction(3, 5)
    min_share: Fraction = Fraction(2, 3)
    weights: Mapping[str, Fraction] = field(
        default_factory=lambda: {"d": Fraction(1), "o": Fraction(3, 4), "v": Fraction(1, 2), "n": Fraction(1, 4)}
    )


RULES = Rules()


@dataclass(frozen=True, slots=True)
class Asked:
    """An indicator: the groups that answer it, weight 1 to 3, feasibility up to 1, target 0 to 4, courses by number."""

    code: str
    groups: tuple[str, ...]
    weight: int
    feasibility: Fraction
    target: Fraction
    courses: tuple[int, ...]

    @property
    def dimension(self) -> str:
        """The dimension that it belongs to, such as D4."""
        return self.code.split(".")[0]


@dataclass(frozen=True, slots=True)
class Answers:
    """What one respondent answered, by indicator: `2d` for a level with its grade, `dk`, `-` for blank, `na` for not
    applicable or routed past. An indicator that is missing was not asked of this respondent.
    """

    who: str
    group: str
    levels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Given:
    """A whole round, ready to be scored."""

    rules: Rules
    indicators: tuple[Asked, ...]
    answers: tuple[Answers, ...]


def natural(code: str) -> tuple[int, int]:
    """Codes in natural order: D2 before D10."""
    found = CODE.fullmatch(code)
    if found is None:
        msg = f"{code[:20]!r} is no code of an indicator, such as D4.3"
        raise ValueError(msg)
    return int(found[1]), int(found[2])


def level(answer: str) -> tuple[int, str] | None:
    """The level and the grade of an answer; None for an answer that gives none. Raises ValueError for no answer."""
    if answer in {DONT_KNOW, BLANK, NOT_APPLICABLE}:
        return None
    if len(answer) != len("2d") or answer[0] not in "01234" or answer[1] not in GRADES:
        msg = f"{answer[:20]!r} is no answer such as 2d, dk, - or na"
        raise ValueError(msg)
    return int(answer[0]), answer[1]


def merged(given: Given, pair: tuple[str, str]) -> Given:
    """Two groups counted as one, named after both: what protects two small groups from being left out alike."""
    name = "+".join(pair)

    def group(one: str) -> str:
        return name if one in pair else one

    indicators = tuple(
        Asked(
            one.code, tuple(dict.fromkeys(map(group, one.groups))), one.weight, one.feasibility, one.target, one.courses
        )
        for one in given.indicators
    )
    answers = tuple(Answers(one.who, group(one.group), one.levels) for one in given.answers)
    return Given(given.rules, indicators, answers)
