"""Which variant of a lab each seat of a room gets, so that nobody reads the answer off a neighbour's screen.

Pure: seats, people and variants in, a seating out. Three rules, the first two never broken where they can be kept:

1. nobody gets a variant that the person has had;
2. neighbours in front, behind, to the left and to the right differ. An aisle or a free seat between two of a row makes
   them no neighbours of a longer arm: only the next seat counts, and the seats on both sides of an aisle count as next
   to each other;
3. equal variants are far apart, at least two rows where there are enough of them.

With three variants to choose from for everybody, rule 2 can always be kept: taken row by row, a seat has at most two
neighbours that hold one already. Where somebody has fewer, a search that goes back looks for a way.
"""

from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

TRIES = 20_000
"""Seats that the search fills and empties again before it takes what breaks rule 2 least."""
ROUNDS = 30
"""Times that all seats are looked through for a better variant."""
NEXT, CORNER, NEAR = 1_000_000, 1_000, 12
"""What two people with the same variant cost: next to each other, at a corner, in one row or in rows that follow."""
APART = 2  # rows between equal variants from which on they don't see each other

Spot = tuple[int, int]
"""Row and place in it, from 0."""
Who = TypeVar("Who", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Plan:
    """A room: its seats in order, so many in a row; `aisle` is the number of seats before the aisle, 0 for none."""

    seats: tuple[str, ...]
    across: int
    aisle: int = 0

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The seats by row, the first next to the screen."""
        return [self.seats[start : start + self.across] for start in range(0, len(self.seats), self.across)]

    def spot(self, seat: str | None) -> Spot | None:
        """Where a seat is; None for one that the room doesn't have."""
        if seat is None or seat not in self.seats:
            return None
        return divmod(self.seats.index(seat), self.across)


@dataclass(frozen=True, slots=True)
class Seating(Generic[Who]):
    """Who gets which variant.

    Attributes:
        given: the number of a variant, by person.
        without: people for whom none is left: they have had all.
        beside: pairs of neighbours who hold the same one, first the one in front or to the left.
        near: pairs with the same one that are less than two rows apart, neighbours among them.
    """

    given: Mapping[Who, int]
    without: tuple[Who, ...]
    beside: tuple[tuple[Who, Who], ...]
    near: int


def arrange(
    spots: Mapping[Who, Spot],
    variants: int,
    had: Mapping[Who, Collection[int]] | None = None,
    kept: Mapping[Who, int] | None = None,
) -> Seating[Who]:
    """Give variants to people, the same for the same input.

    Args:
        spots: where each person sits; no two at one spot.
        variants: how many there are; they are numbered from 0.
        had: those that a person has worked on.
        kept: people who work on theirs already: they keep it, whatever the rules say.
    """
    kept = kept or {}
    choices = {who: _choices(who, variants, had or {}, kept) for who in spots}
    order = sorted((who for who in spots if choices[who]), key=lambda who: spots[who])
    room = _Room(spots, order)
    wish = _pattern([spots[who] for who in order], variants)
    given = _search(room, choices, wish)
    _improve(room, choices, given)
    pairs = [(a, b, room.cost(a, b)) for n, a in enumerate(order) for b in order[n + 1 :] if given[a] == given[b]]
    beside = tuple((a, b) for a, b, cost in pairs if cost >= NEXT)
    without = tuple(sorted((who for who in spots if not choices[who]), key=lambda who: spots[who]))
    return Seating(given, without, beside, sum(cost > 0 for _, _, cost in pairs))


def _choices(who: Who, variants: int, had: Mapping[Who, Collection[int]], kept: Mapping[Who, int]) -> tuple[int, ...]:
    if who in kept:
        return (kept[who],)
    return tuple(one for one in range(variants) if one not in had.get(who, ()))


class _Room(Generic[Who]):
    """Who sits near whom, and what it costs when two hold the same."""

    def __init__(self, spots: Mapping[Who, Spot], order: Sequence[Who]) -> None:
        self.order = order
        self.spots = spots
        self.near = {a: [(b, cost) for b in order if b != a and (cost := self.cost(a, b))] for a in order}

    def cost(self, one: Who, other: Who) -> int:
        (row, place), (row2, place2) = self.spots[one], self.spots[other]
        down, along = abs(row - row2), abs(place - place2)
        if down >= APART:
            return 0
        if down + along == 1:
            return NEXT
        if down == along == 1:
            return CORNER
        return max(1, NEAR // (down + along))

    def price(self, who: Who, variant: int, given: Mapping[Who, int]) -> int:
        """What a variant costs at a seat, given those of others."""
        return sum(cost for other, cost in self.near[who] if given.get(other) == variant)


def _pattern(spots: Sequence[Spot], variants: int) -> dict[Spot, int]:
    """The regular pattern that costs least in this room: variants run along a row, each row moved on by a step; or two
    rows take turns with a half of the variants each.
    """
    if not spots or variants < 1:
        return {}
    across = max(place for _, place in spots) + 1
    half = max(1, variants // 2)
    patterns = [{(r, c): (c + step * r) % variants for r, c in spots} for step in {*range(variants), across}]
    patterns.append({(r, c): (r % 2 * half + c % half) % variants for r, c in spots})
    room = _Room({spot: spot for spot in spots}, spots)
    return min(patterns, key=lambda each: sum(room.price(spot, each[spot], each) for spot in spots))


def _search(room: _Room[Who], choices: Mapping[Who, Sequence[int]], wish: Mapping[Spot, int]) -> dict[Who, int]:
    """Variants for all, row by row, going back where a seat is left without; after too many tries, the cheapest ones.

    Those with one choice are placed first: they can't give way.
    """
    given: dict[Who, int] = {who: choices[who][0] for who in room.order if len(choices[who]) == 1}
    order = [who for who in room.order if who not in given]
    left: list[list[int]] = []
    tries = 0
    while len(left) < len(order) and tries < TRIES:
        who, tries = order[len(left)], tries + 1
        left.append(_free(room, choices, wish, given, who))
        while left and not left[-1]:
            left.pop()
            if left:
                given.pop(order[len(left) - 1], None)
        if not left:
            break
        given[order[len(left) - 1]] = left[-1].pop()
    for who in order:
        if who not in given:
            given[who] = min(choices[who], key=lambda one: (room.price(who, one, given), one))
    return given


def _free(
    room: _Room[Who], choices: Mapping[Who, Sequence[int]], wish: Mapping[Spot, int], given: Mapping[Who, int], who: Who
) -> list[int]:
    """The variants that no neighbour holds, the best last."""
    used = Counter(given.values())
    prices = {one: room.price(who, one, given) for one in choices[who]}
    fit = [one for one, price in prices.items() if price < NEXT]
    wished = wish.get(room.spots[who])
    return sorted(fit, key=lambda one: (one == wished, -prices[one], -used[one], -one))


def _improve(room: _Room[Who], choices: Mapping[Who, Sequence[int]], given: dict[Who, int]) -> None:
    """Give single people better variants while that makes the whole room better."""
    for _ in range(ROUNDS):
        moved = False
        for who in room.order:
            best = min(choices[who], key=lambda one: (room.price(who, one, given), one != given[who], one))
            if best != given[who]:
                given[who], moved = best, True
        if not moved:
            return
