"""Words of the index near one that it has not: slips of a hand that types.

The distance is that of Damerau (A technique for computer detection and correction of spelling errors, 1964): letters
that are left out, added, replaced, or changed places with their neighbour, each place counted once.
"""

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

SHORTEST = 4  # letters from which a word may hold a slip
LONG = 8  # letters from which it may hold two
FAR = 99


def slips(word: str) -> int:
    """How many slips are looked for in a word; none in short ones, and none in numbers and names with digits."""
    if len(word) < SHORTEST or not word.isalpha():
        return 0
    return 2 if len(word) >= LONG else 1


def near(word: str, known: Mapping[str, int]) -> list[str]:
    """The known words (each with how many passages hold it) with the fewest slips between, the likeliest first.

    Most slips are not in the first letter; of words as near as each other the one in more passages is likelier.
    """
    most, word = slips(word), _as_typed(word)
    letters, mask = Counter(word), _mask(word)
    found: list[tuple[int, bool, int, str]] = []
    for other, passages in known.items():
        # A slip changes the letters of a word by two at most, which is far cheaper to see than where it is.
        if abs(len(other) - len(word)) > most or (mask ^ _mask(other)).bit_count() > 2 * most or not other.isalpha():
            continue
        there = _as_typed(other)
        if (letters - Counter(there)).total() <= most and (far := distance(word, there, most)) <= most:
            found.append((far, there[0] != word[0], -passages, other))
    found.sort()
    return [one[-1] for one in found if one[0] == found[0][0]]


def distance(word: str, other: str, most: int) -> int:
    """How many slips lie between two words, as long as they are not more than `most`; FAR then."""
    before, row = list[int](), list(range(len(other) + 1))
    for n, letter in enumerate(word, 1):
        earlier, before, row = before, row, [n]
        for m, there in enumerate(other, 1):
            best = min(before[m] + 1, row[m - 1] + 1, before[m - 1] + (letter != there))
            if n > 1 and m > 1 and letter == other[m - 2] and word[n - 2] == there:
                best = min(best, earlier[m - 2] + 1)
            row.append(best)
        if min(row) > most:
            return FAR
    return row[-1]


@lru_cache(maxsize=65_536)
def _as_typed(stem: str) -> str:
    """A stem writes the y at the end of a word as i, and a slip may have moved it from there: both count as one."""
    return stem.replace("y", "i")


@lru_cache(maxsize=65_536)
def _mask(word: str) -> int:
    """The letters of a word as bits. Some letters share one, so that words look nearer than they are, never farther."""
    mask = 0
    for letter in _as_typed(word):
        mask |= 1 << (ord(letter) & 63)
    return mask
