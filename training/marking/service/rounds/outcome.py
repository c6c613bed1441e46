"""What marks of one piece come to: the rule by which two markers and a third make one mark. No database here.

The mean of two marks is no mark. Two markers who differ by one level settle: one takes the other's level over, or they
leave it to a third. Two who are further apart on any criterion can't settle: a third marks the piece without seeing
theirs, and the third's level counts wherever the two differed. What the two agreed on stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Levels = Mapping[str, int]


class State(StrEnum):
    """Where a piece stands."""

    WAITING = "waiting"
    """A mark is missing."""
    AGREED = "agreed"
    """One mark was asked for and given, or two are the same, or were settled."""
    NEAR = "near"
    """Two differ by one level: they settle, or leave it to a third."""
    THIRD = "third"
    """A third marker decides and has not marked yet."""
    DECIDED = "decided"
    """A third marker has decided."""


@dataclass(frozen=True, slots=True)
class Given:
    """A finished mark: `levels` as they are now, `alone` as they were before another's mark could be seen."""

    levels: Levels
    alone: Levels


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a piece stands, its levels where that is settled, and the criteria on which two markers differ."""

    state: State
    levels: Levels | None = None
    differ: tuple[str, ...] = ()

    @property
    def final(self) -> bool:
        """Whether the piece has its mark."""
        return self.levels is not None


def outcome(firsts: Sequence[Given], wanted: int, third: Given | None, *, asked: bool) -> Outcome:
    """Where a piece stands.

    Args:
        firsts: finished marks of those who mark it first.
        wanted: how many of them were asked for, 1 or 2.
        third: the finished mark of the third marker, if there is one.
        asked: whether a third was asked for, or named, already: then the two can't settle any more.
    """
    if len(firsts) < wanted:
        return Outcome(State.WAITING)
    if wanted == 1:
        return Outcome(State.AGREED, firsts[0].levels)
    one, other = firsts
    differ = tuple(name for name in one.levels if one.levels[name] != other.levels[name])
    if not asked and not far(one, other):
        return Outcome(State.NEAR if differ else State.AGREED, None if differ else one.levels, differ)
    disputed = tuple(name for name in one.levels if name in differ or one.alone[name] != other.alone[name])
    if third is None:
        return Outcome(State.THIRD, None, disputed)
    decided = {name: third.levels[name] if name in disputed else level for name, level in one.levels.items()}
    return Outcome(State.DECIDED, decided, disputed)


def far(one: Given, other: Given) -> bool:
    """Whether two marks are further apart than one level on any criterion, as first given or as they are now.

    What was first given counts whatever becomes of it: who has seen the other's mark can't unsay the distance.
    """
    return any(
        abs(mine[name] - yours[name]) > 1
        for mine, yours in ((one.alone, other.alone), (one.levels, other.levels))
        for name in mine
    )
