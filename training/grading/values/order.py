"""Partial credit for an order, the value of PrairieLearn's rule in polynomial time.

Two steps conflict when the answer has one before the other although the other must come first. The conflicts of an
answer are themselves a partial order, so the fewest steps whose removal leaves no conflict are, by Dilworth's theorem,
as many as a maximum matching of the bipartite graph of conflicts has edges.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

Step = TypeVar("Step", bound=Hashable)


def order_credit(answer: Sequence[Step], steps: Iterable[Step], before: Iterable[tuple[Step, Step]]) -> float:
    """How right an order is: max(0, 1 - d/n), d the deletions and insertions that lead to some right order.

    Args:
        answer: the given order; a step that comes twice counts at its first place.
        steps: the n steps of a right answer.
        before: pairs (a, b), a must precede b; closed under transitivity, without cycles.
    """
    wanted = set(steps)
    given = list(dict.fromkeys(answer))
    known = [step for step in given if step in wanted]
    place = {step: index for index, step in enumerate(known)}
    conflicts: dict[Step, list[Step]] = {step: [] for step in known}
    for first, then in before:
        if first in place and then in place and place[then] < place[first]:
            conflicts[then].append(first)
    removed = _matching(conflicts)
    distance = (len(given) - len(known)) + removed + (len(wanted) - (len(known) - removed))
    return max(0.0, 1.0 - distance / len(wanted)) if wanted else 0.0


def all_pairs(order: Sequence[Step]) -> list[tuple[Step, Step]]:
    """The pairs of a total order."""
    return [(first, then) for index, first in enumerate(order) for then in order[index + 1 :]]


def _matching(edges: dict[Step, list[Step]]) -> int:
    """Size of a maximum bipartite matching, by augmenting paths (Kuhn), searched without recursion."""
    left_of: dict[Step, Step] = {}
    right_of: dict[Step, Step] = {}
    return sum(_augment(start, edges, left_of, right_of) for start in edges)


def _augment(start: Step, edges: dict[Step, list[Step]], left_of: dict[Step, Step], right_of: dict[Step, Step]) -> bool:
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
