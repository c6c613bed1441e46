"""How right and wrong elements of a collection make a score. No method pays for naming everything."""

from __future__ import annotations

from collections.abc import Sequence

from training.grading.values.base import Method

MOST_OFFERED = 8
"""Elements on offer up to which `each` may be used: on a longer list an empty answer would be nearly right."""

_SPARE = 2


def score(method: Method, right: int, wrong: Sequence[float], of: int, offered: int) -> float:
    """The score of a collection, 0 to 1; 0 where the key is empty.

    Args:
        method: net: (right - wrong) / of. coverage: (right / of) x right / (right + wrong), and 0 where more than
            of + 2 elements are wrong, so that with all right ones an answer has at most 2 x of + 2. each: every
            element on offer is one decision. all: all or nothing.
        right: elements of the key that were named.
        wrong: what each other element that was named costs; 1 where the author says nothing else.
        of: elements of the key.
        offered: elements on offer; counts for `each` only.
    """
    if not of or not right + len(wrong):
        return 0.0
    cost = sum(wrong)
    if method == "all":
        return float(right == of and not wrong)
    if method == "coverage":
        return (right / of) * (right / (right + cost)) if right and len(wrong) <= of + _SPARE else 0.0
    if method == "each":
        return min(1.0, max(0.0, (right + offered - of - cost) / offered)) if offered else 0.0
    return max(0.0, (right - cost) / of)
