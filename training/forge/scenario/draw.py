"""The values of each variant, as a pure function of the lab's name, the seed and the number of the variant.

The first four variants of seed 1 are a lab's own: their packs are kept with it. All other variants, of any seed, draw
what is left, so that none has an answer of those packs; `Kind.others` gives them further values.

The places of a kind's values are shuffled by SHA-256 of lab, seed and name, in rounds: each round has every place once.
Variant after variant takes the next place that isn't left out and whose value no earlier variant excludes. So variant 2
is the same whether three variants are made or twenty, choices that may repeat come equally often, and the work has a
bound.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from training.forge.scenario.kinds import Kind, OtherHost

Values = dict[str, int | str | datetime]

TRIES = 4096
"""Places that are looked at for one value of one variant before it is said that none is left."""

OWN_SEED, OWN = 1, 4
"""The seed of a lab's own variants, and how many they are."""

OTHERS = 12
"""Variants that every scenario can be made into beside its own, with each seed."""


@dataclass(frozen=True)
class Rules:
    """What may be equal: ``same`` names may have one value twice, names of one group of ``unlike`` never share one (nor
    a mark inside one variant). Addresses that are ``written`` out in the scenario are nobody else's.
    """

    same: frozenset[str]
    unlike: tuple[tuple[str, ...], ...]
    written: frozenset[str] = frozenset()


class UsedUp(Exception):
    """No value of a name is left for the variant of a number (counted from 0)."""

    def __init__(self, name: str, number: int) -> None:
        super().__init__(name, number)
        self.name = name
        self.number = number


def deal(kinds: Mapping[str, Kind], rules: Rules, lab: str, seed: int, count: int) -> Iterator[Values]:
    """The values of the first ``count`` variants, in order. Raises `UsedUp` where too few values are there.

    Args:
        kinds: what is drawn, by name.
        rules: which values may meet.
        lab: its name.
        seed: another one gives other values.
        count: of variants.
    """
    own = []
    for values in _Dealing(kinds, rules, f"{lab}/{OWN_SEED}").deal(min(OWN, count) if seed == OWN_SEED else OWN):
        own.append(values)
        if seed == OWN_SEED:
            yield values
    done = len(own) if seed == OWN_SEED else 0
    dealing = _Dealing({name: kind.others for name, kind in kinds.items()}, rules, f"{lab}/{seed}/others")
    for values in own:
        dealing.exclude(values)
    try:
        yield from dealing.deal(count - done)
    except UsedUp as end:
        raise UsedUp(end.name, end.number + done) from end


class _Dealing:
    """Values that are dealt under one key, and what those that are given out exclude."""

    def __init__(self, kinds: Mapping[str, Kind], rules: Rules, key: str) -> None:
        self._kinds = kinds
        self._rules = rules
        self._places = {name: _places(f"{key}/{name}", kind.size) for name, kind in kinds.items()}
        self._signs = {name: _places(f"{key}/{name}/sign", 2) for name, kind in kinds.items() if kind.signed}
        self._groups = {name: [n for n, group in enumerate(rules.unlike) if name in group] for name in kinds}
        self._marks: defaultdict[str, set[str]] = defaultdict(set)
        self._taken: list[dict[str, str]] = [{} for _ in rules.unlike]

    def exclude(self, values: Values) -> None:
        """Deal nothing that may not stand beside these values of an earlier variant."""
        for name, value in values.items():
            self._give(name, -value if self._kinds[name].signed and isinstance(value, int) and value < 0 else value)

    def deal(self, count: int) -> Iterator[Values]:
        """The values of so many variants."""
        for number in range(count):
            near: list[set[str]] = [set() for _ in self._rules.unlike]
            values: Values = {}
            for name in self._kinds:
                value = self._value(name, number, near)
                sign = -1 if name in self._signs and next(self._signs[name]) else 1
                values[name] = sign * value if isinstance(value, int) else value
            yield values

    def _value(self, name: str, number: int, near: list[set[str]]) -> int | str | datetime:
        kind, groups = self._kinds[name], self._groups[name]
        for place in _first_of(self._places[name], name, number):
            if place in kind.left_out:
                continue
            value = kind.at(place)
            own = kind.marks(value)
            if name not in self._rules.same and self._marks[name] & own:
                continue
            if isinstance(kind, OtherHost) and value in self._rules.written:
                continue
            if all(self._taken[n].get(str(value), name) == name and not near[n] & own for n in groups):
                break
        self._give(name, value)
        for group in groups:
            near[group] |= own
        return value

    def _give(self, name: str, value: int | str | datetime) -> None:
        self._marks[name] |= self._kinds[name].marks(value)
        for group in self._groups[name]:
            self._taken[group][str(value)] = name


def _first_of(places: Iterator[int], name: str, number: int) -> Iterator[int]:
    """Some of the next places; `UsedUp` at their end."""
    for _ in range(TRIES):
        yield next(places)
    raise UsedUp(name, number)


def _places(key: str, size: int) -> Iterator[int]:
    """All places below ``size`` in shuffled order, and again in another order, without end (Fisher and Yates, of which
    only the moved places are kept).
    """
    turn = 0
    while True:
        moved: dict[int, int] = {}
        for left in range(size, 0, -1):
            turn += 1
            picked = int.from_bytes(hashlib.sha256(f"{key}/{turn}".encode()).digest()) % left
            yield moved.get(picked, picked)
            moved[picked] = moved.pop(left - 1, left - 1)


def examples(kinds: Mapping[str, Kind]) -> Iterator[Values]:
    """Values that show each choice and both ends of each range at least once, whatever may meet in a variant."""
    others = {name: kind.others for name, kind in kinds.items()}
    alike = all(_ends(kind) == _ends(others[name]) for name, kind in kinds.items())
    for shown in (kinds,) if alike else (kinds, others):
        for turn in range(max(2, *(_shown(each) for each in shown.values())) if shown else 1):
            yield {name: _example(kind, turn) for name, kind in shown.items()}


def _ends(kind: Kind) -> tuple[int, object, object]:
    return kind.size, kind.at(0), kind.at(kind.size - 1)


def _shown(kind: Kind) -> int:
    return kind.size if kind.size <= 32 else 2  # noqa: PLR2004 - as many choices as there may be


def _example(kind: Kind, turn: int) -> int | str | datetime:
    place = turn % kind.size if _shown(kind) == kind.size else (kind.size - 1) * (turn % 2)
    value = kind.at(place)
    return -value if kind.signed and turn % 2 and isinstance(value, int) else value
