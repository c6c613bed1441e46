"""Differences between two texts, and the merge of two texts that come from one: by lines, with the standard library.

Nothing here raises for what stands in a text. Texts that would take too long to compare, such as thousands of equal
lines, count as different from one end to the other.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

WORK = 2_000_000  # pairs of equal parts that are looked at; a text of some hundred lines has some thousand
WORDS = re.compile(r"\s+|\w+|[^\w\s]")

Op = tuple[str, int, int, int, int]
"""`equal`, `replace`, `insert` or `delete`, and from where to where in both, as difflib says it."""
Piece = tuple[str, str]
"""`same`, `out` or `in`, and its text."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a difference: its kind as in `Piece`, its number before and after (0: not there), its text."""

    kind: str
    before: int
    after: int
    text: str


@dataclass(frozen=True, slots=True)
class Clash:
    """A place that two authors changed differently: lines of what both began from, from where to where."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged text, and where it could not be merged; with clashes there is no text."""

    text: str | None
    clashes: tuple[Clash, ...] = ()


def operations(before: Sequence[str], after: Sequence[str]) -> list[Op]:
    """How to get from one sequence to the other, in order."""
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    found: list[Op] = [("equal", 0, head, 0, head)] if head else []
    found += [(tag, head + a, head + b, head + c, head + d) for tag, a, b, c, d in _middle(old, new)]
    if tail:
        found.append(("equal", len(before) - tail, len(before), len(after) - tail, len(after)))
    return found


def difference(before: str, after: str, around: int = 3, most: int = 400) -> list[list[Line]]:
    """The places where two texts differ, each with some lines around it: the first `most` lines of them."""
    old, new = before.splitlines(), after.splitlines()
    lines = [line for op in operations(old, new) for line in _lines(op, old, new)]
    changed = [at for at, line in enumerate(lines) if line.kind != "same"]
    near = {n for at in changed for n in range(max(0, at - around), min(len(lines), at + around + 1))}
    places: list[list[Line]] = []
    for at in sorted(near)[:most]:
        if at - 1 not in near:
            places.append([])
        places[-1].append(lines[at])
    return places


def words(before: str, after: str) -> tuple[Piece, ...]:
    """A sentence with the words that went and those that came."""
    old, new = WORDS.findall(before), WORDS.findall(after)
    pieces: list[Piece] = []
    for tag, a, b, c, d in operations(old, new):
        if tag == "equal":
            pieces.append(("same", "".join(old[a:b])))
            continue
        pieces += [("out", "".join(old[a:b]))] if b > a else []
        pieces += [("in", "".join(new[c:d]))] if d > c else []
    return tuple(pieces)


def alike(before: str, after: str) -> float:
    """How much two texts have in common, from 0 to 1: the share of their words."""
    old, new = Counter(before.split()), Counter(after.split())
    total = old.total() + new.total()
    return 2 * (old & new).total() / total if total else 1.0


def merge(base: str, mine: str, theirs: str) -> Merged:
    """One text with the changes of both, where these don't touch each other.

    Lines that both changed alike are taken once. Changes that stand side by side count as touching: whether two
    sentences in a row still fit together is for a person to say.
    """
    start, ours, other = (text.splitlines(keepends=True) for text in (base, mine, theirs))
    left = [op for op in operations(start, ours) if op[0] != "equal"]
    right = [op for op in operations(start, other) if op[0] != "equal"]
    out: list[str] = []
    clashes: list[Clash] = []
    at = 0
    while left or right:
        a, b, taken = _region(left, right)
        out += start[at:a]
        at = b
        one, two = (_replaced(start, ops, text, a, b) for ops, text in zip(taken, (ours, other), strict=True))
        if not taken[1] or one == two:
            out += one
        elif not taken[0]:
            out += two
        else:
            clashes.append(Clash(a + 1, b))
    text = "".join([*out, *start[at:]])
    return Merged(None, tuple(clashes)) if clashes else Merged(text)


def _middle(old: Sequence[str], new: Sequence[str]) -> list[Op]:
    if not old and not new:
        return []
    if not old or not new:
        return [("insert" if new else "delete", 0, len(old), 0, len(new))]
    mine, theirs = Counter(old), Counter(new)
    if sum(count * theirs[part] for part, count in mine.items()) > WORK:
        return [("replace", 0, len(old), 0, len(new))]
    return list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())


def _lines(op: Op, old: list[str], new: list[str]) -> list[Line]:
    tag, a, b, c, d = op
    if tag == "equal":
        return [Line("same", a + n + 1, c + n + 1, old[a + n]) for n in range(b - a)]
    gone = [Line("out", n + 1, 0, old[n]) for n in range(a, b)]
    return gone + [Line("in", 0, n + 1, new[n]) for n in range(c, d)]


def _region(left: list[Op], right: list[Op]) -> tuple[int, int, tuple[list[Op], list[Op]]]:
    """The next stretch of the base that somebody changed, with all changes that touch it; they leave the lists."""
    taken: tuple[list[Op], list[Op]] = ([], [])
    first = min((ops[0] for ops in (left, right) if ops), key=lambda op: (op[1], op[2]))
    a, b = first[1], first[2]
    grown = True
    while grown:
        grown = False
        for ops, mine in zip((left, right), taken, strict=True):
            while ops and ops[0][1] <= b:
                op = ops.pop(0)
                mine.append(op)
                b = max(b, op[2])
                grown = True
    return a, b, taken


def _replaced(start: list[str], ops: list[Op], text: list[str], a: int, b: int) -> list[str]:
    """What one of the authors has in place of the lines a to b of the base."""
    out: list[str] = []
    at = a
    for _, from_, to, c, d in ops:
        out += [*start[at:from_], *text[c:d]]
        at = to
    return out + start[at:b]
