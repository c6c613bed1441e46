"""How far an order is from the right orders of a partial order: the value of PrairieLearn's rule in polynomial time.

Two steps conflict when the answer has one before the other although the other must come first. The conflicts of an
answer are themselves a partial order, so the fewest steps whose removal leaves no conflict are, by Dilworth's theorem,
as many as a maximum matching of the bipartite graph of conflicts has edges.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

Step = TypeVar("Step", bound=Hashable)


class Cycle(ValueError):
    """Edges that lead in a circle, so that no order is right. `steps` are those of one circle, in order."""

    def __init__(self, steps: Sequence[Hashable]) -> None:
        super().__init__("these steps need each other in a circle: " + " → ".join(str(one) for one in steps))
        self.steps = tuple(steps)


def closure(edges: Iterable[tuple[Step, Step]]) -> frozenset[tuple[Step, Step]]:
    """All pairs (a, b) with a before b that follow from the given ones. Raises Cycle.

    Args:
        edges: pairs (a, b): a must precede b.
    """
    after: dict[Step, list[Step]] = {}
    for first, then in edges:
        after.setdefault(first, []).append(then)
        after.setdefault(then, [])
    reached: dict[Step, set[Step]] = {}
    for step in reversed(_sorted(after)):
        reached[step] = {further for then in after[step] for further in (then, *reached[then])}
    return frozenset((step, then) for step, all_after in reached.items() for then in all_after)


def distance(answer: Sequence[Step], steps: Iterable[Step], edges: Iterable[tuple[Step, Step]]) -> int:
    """The fewest deletions and insertions of single steps that turn an answer into some right order.

    Args:
        answer: the given order; a step that comes twice counts at its first place.
        steps: the n steps of a right order; everything else in the answer has to go.
        edges: pairs (a, b), a must precede b; closed under transitivity (see `closure`), without cycles.
    """
    wanted = set(steps)
    given = list(dict.fromkeys(answer))
    known = [step for step in given if step in wanted]
    kept = len(known) - _matching(_conflicts(known, edges))
    return (len(given) - kept) + (len(wanted) - kept)


def credit(answer: Sequence[Step], steps: Iterable[Step], edges: Iterable[tuple[Step, Step]]) -> float:
    """How right an order is, 0 to 1: max(0, 1 - distance / n); 0 where there are no steps. Arguments as `distance`."""
    wanted = set(steps)
    return max(0.0, 1.0 - distance(answer, wanted, edges) / len(wanted)) if wanted else 0.0


def first_unmet(
    answer: Sequence[Step], steps: Iterable[Step], edges: Iterable[tuple[Step, Step]]
) -> tuple[Step, Step] | None:
    """The first step of an answer that came before something it needs, as (what it needs, the step).

    Of several unmet needs the one is named that itself needs nothing unmet, by the order of `steps`: whoever does that
    first can go on. A need that never came counts as well. None where every need was met. Arguments as `distance`.
    """
    ordered = list(dict.fromkeys(steps))
    needs: dict[Step, set[Step]] = {step: set() for step in ordered}
    for first, then in edges:
        if first in needs and then in needs:
            needs[then].add(first)
    done: set[Step] = set()
    for step in dict.fromkeys(answer):
        unmet = needs.get(step, set()) - done
        if unmet:
            return next(need for need in ordered if need in unmet and not needs[need] & unmet), step
        done.add(step)
    return None


def all_pairs(order: Sequence[Step]) -> list[tuple[Step, Step]]:
    """The pairs of a total order, closed."""
    return [(first, then) for index, first in enumerate(order) for then in order[index + 1 :]]


def _sorted(after: Mapping[Step, Collection[Step]]) -> list[Step]:
    """The steps with each before all that follow it, found in depth without recursion. Raises Cycle."""
    made: list[Step] = []
    ended: set[Step] = set()
    for start in after:
        if start in ended:
            continue
        path: dict[Step, Iterator[Step]] = {start: iter(after[start])}
        while path:
            step = next(reversed(path))
            then = next((one for one in path[step] if one not in ended), None)
            if then is None:
                path.popitem()
                ended.add(step)
                made.append(step)
            elif then in path:
                way = list(path)
                raise Cycle([*way[way.index(then) :], then])
            else:
                path[then] = iter(after[then])
    return made[::-1]


def _conflicts(known: Sequence[Step], edges: Iterable[tuple[Step, Step]]) -> dict[Step, list[Step]]:
    """For each step, those that come later in the answer and should have come before it."""
    place = {step: index for index, step in enumerate(known)}
    conflicts: dict[Step, list[Step]] = {step: [] for step in known}
    for first, then in edges:
        if first in place and then in place and place[then] < place[first]:
            conflicts[then].append(first)
    return conflicts


def _matching(edges: Mapping[Step, Sequence[Step]]) -> int:
    """Size of a maximum bipartite matching, by augmenting paths (Kuhn), searched without recursion."""
    left_of: dict[Step, Step] = {}
    right_of: dict[Step, Step] = {}
    return sum(_augment(start, edges, left_of, right_of) for start in edges)


def _augment(
    start: Step, edges: Mapping[Step, Sequence[Step]], left_of: dict[Step, Step], right_of: dict[Step, Step]
) -> bool:
    came: dict[Step, Step] = {}  # a right side: the left side from which it was reached
    waiting = [start]
    while waiting:
        left = waiting.pop()
        for right in edges[left]:
            if right in came:
                continue
            came[right] = left
            if right in left_of:
                waiting.append(left_of[right])
                continue
            free: Step | None = right
            while free is not None:  # an end is reached: turn the path round, back to its start
                holder = came[free]
                previous = right_of.get(holder)
                left_of[free], right_of[holder] = holder, free
                free = previous
            return True
    return False
