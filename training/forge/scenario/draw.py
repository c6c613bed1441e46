"""The values of each variant, as a pure function of the lab's name, the seed and the number of the variant.

The places of a kind's values are shuffled by SHA-256 of lab, seed and name, in rounds: each round has every place once.
Variant after variant takes the next place whose value no earlier variant excludes. So variant 2 is the same whether
three variants are made or twenty, choices that may repeat come equally often, and the work has a bound.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from training.forge.scenario.kinds import Kind

Values = dict[str, int | str | datetime]

TRIES = 4096
"""Places that are looked at for one value of one variant before it is said that none is left."""


@dataclass(frozen=True)
class Rules:
    """What may be equal: ``same`` names may have one value twice, names of one group of ``unlike`` never share one (nor
    a mark inside one variant).
    """

    same: frozenset[str]
    unlike: tuple[tuple[str, ...], ...]


class UsedUp(Exception):
    """No value of a name is left for the variant of a number (counted from 0)."""

    def __init__(self, name: str, number: int) -> None:
        super().__init__(name, number)
        self.name = name
        self.number = number


def deal(kinds: Mapping[str, Kind], rules: Rules, key: str, count: int) -> Iterator[Values]:
    """The values of the first ``count`` variants, in order. Raises `UsedUp` where too few values are there.

    Args:
        kinds: what is drawn, by name.
        rules: which values may meet.
        key: text of lab and seed; another key gives other values.
        count: of variants.
    """
    places = {name: _places(f"{key}/{name}", kind.size) for name, kind in kinds.items()}
    signs = {name: _places(f"{key}/{name}/sign", 2) for name, kind in kinds.items() if kind.signed}
    groups = {name: [number for number, group in enumerate(rules.unlike) if name in group] for name in kinds}
    marks: defaultdict[str, set[str]] = defaultdict(set)
    taken: list[dict[str, str]] = [{} for _ in rules.unlike]
    for number in range(count):
        values: Values = {}
        near: list[set[str]] = [set() for _ in rules.unlike]
        for name, kind in kinds.items():
            for place in _first_of(places[name], name, number):
                value, own = kind.at(place), kind.marks(kind.at(place))
                if name not in rules.same and marks[name] & own:
                    continue
                if all(taken[group].get(str(value), name) == name and not near[group] & own for group in groups[name]):
                    break
            marks[name] |= own
            for group in groups[name]:
                taken[group][str(value)] = name
                near[group] |= own
            values[name] = -value if name in signs and next(signs[name]) and isinstance(value, int) else value
        yield values


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
    for turn in range(max(2, *(_shown(each) for each in kinds.values())) if kinds else 1):
        yield {name: _example(kind, turn) for name, kind in kinds.items()}


def _shown(kind: Kind) -> int:
    return kind.size if kind.size <= 32 else 2  # noqa: PLR2004 - as many choices as there may be


def _example(kind: Kind, turn: int) -> int | str | datetime:
    place = turn % kind.size if _shown(kind) == kind.size else (kind.size - 1) * (turn % 2)
    value = kind.at(place)
    return -value if kind.signed and turn % 2 and isinstance(value, int) else value
