"""Numbers of processes and threads: one ascending counter for both, with gaps, of which some are used again.

Windows gives the lowest free entry of one table, so that numbers grow with time while freed ones come back.
"""

import hashlib
from itertools import count
from random import Random
from typing import Final

from training.forge.windows.plan import Filetime
from training.forge.windows.planning.casting import Cast, Member
from training.forge.windows.planning.moments import SECOND

STEP: Final = 4
SYSTEM: Final = 4
REGISTRY: Final = (92, 148)
FIRST: Final = (300, 420)
"""Where smss.exe may begin: what lies below is of the kernel's own threads."""

_AGAIN: Final = 0.14
_FIRST_THREAD: Final = 3_100
_EARLY: Final = 0.55
_DAY: Final = 4 * 3600 * SECOND
"""How long a usual machine has been up."""
_BELOW: Final = 400
_ABOVE: Final = 320
_CLASSES: Final = 16


def number(cast: Cast) -> None:
    """Give every process its number, and every thread of those that live its number and time.

    The baseline is numbered first, in the order of a day that is always as long: its numbers follow from build and role
    alone. The story gets numbers that were left free about the time when its processes began.
    """
    counter = _Counter(cast)
    for _, _, which, time, member in sorted(_events(cast, own=False), key=lambda each: each[:3]):
        if which < 0:
            member.pid = member.pid or counter.of_process(member)
        elif member.pid == SYSTEM or member.kept == "Registry":
            member.tids.append((counter.early() or counter.next(), time))
        else:
            member.tids.append((counter.next(), time))
        counter.passed(time if which >= 0 else member.created, member.pid if which < 0 else member.tids[-1][0])
    for _, _, which, time, member in sorted(_events(cast, own=True), key=lambda each: each[:3]):
        if which < 0:
            member.pid = member.pid or counter.of_story(time, process=True)
        else:
            member.tids.append((counter.of_story(time), time))


_Event = tuple[Filetime, int, int, Filetime, Member]


def _events(cast: Cast, *, own: bool) -> list[_Event]:
    """What gets a number, of the story or of the baseline: when by a usual day, place, which thread, when, whose."""
    found: list[_Event] = []
    for place, member in enumerate(each for each in cast.members if each.own is own):
        usual = member.created if own else member.created - member.since
        found.append((usual, place, -1, member.created, member))
        part = f"thread times {member.name}"
        times = _times(member, cast.frozen - member.created, cast.numbers(member)(part))
        ranks = times if own else [
            usual + each - member.created for each in _times(member, _DAY - usual, cast.base(part))
        ]  # fmt: skip
        found += [
            (rank, place, which, time, member) for which, (rank, time) in enumerate(zip(ranks, times, strict=True))
        ]
    return found


class _Counter:
    def __init__(self, cast: Cast) -> None:
        self._draw = cast.base("numbers")
        self._story = cast.draw("numbers of the story")
        self._class = cast.base.key, cast.scenario.number % _CLASSES
        self._taken = {member.pid for member in cast.members if member.pid} | {0, SYSTEM}
        self._registry = self._draw.randrange(*REGISTRY, STEP)
        self._taken.add(self._registry)
        self._early = 2 * SYSTEM
        self._next = self._draw.randrange(*FIRST, STEP)
        self._end_of_early = self._next
        self._left: list[int] = []
        self._passed: list[tuple[Filetime, int]] = []

    def passed(self, time: Filetime, number: int) -> None:
        """Note what was given at a time."""
        self._passed.append((time, number))

    def of_process(self, member: Member) -> int:
        """The number of a process."""
        return self._registry if member.kept == "Registry" else self.next()

    def of_story(self, time: Filetime, *, process: bool = False) -> int:
        """A number that the baseline leaves free, near the highest that it has given by a time.

        No process of the story has one that a process has in another variant: each variant has a class of its own.
        """
        high = max((number for when, number in self._passed if when <= time), default=self._next)
        around = range(max(self._end_of_early, high - _BELOW), high + _ABOVE, STEP)
        free = set(self._left)
        found = [each for each in around if each in free or (each > self._next and each not in self._taken)]
        mine = [each for each in found if not process or self._of_class(each)]
        if not mine:
            later = (each for each in count(max(high, self._next) + _ABOVE, STEP) if each not in self._taken)
            mine = [next(each for each in later if self._of_class(each))]
        number = self._story.choice(mine)
        self._taken.add(number)
        if number in free:
            self._left.remove(number)
        return number

    def _of_class(self, number: int) -> bool:
        base, mine = self._class
        return hashlib.sha256(f"{base} {number}".encode()).digest()[0] % _CLASSES == mine

    def early(self) -> int:
        """A number below those of all programs; 0 where there are no more."""
        while self._early in self._taken:
            self._early += STEP
        if self._early >= self._end_of_early:
            return 0
        self._taken.add(self._early)
        return self._early

    def next(self) -> int:
        """The next free number, or now and then one that was left free before."""
        draw = self._draw
        if self._left and draw.random() < _AGAIN:
            return self._left.pop(draw.randrange(len(self._left)))
        for _ in range(_gap(draw)):
            self._advance()
            self._left.append(self._next)
        self._advance()
        return self._next

    def _advance(self) -> None:
        self._next += STEP
        while self._next in self._taken:
            self._next += STEP
        self._taken.add(self._next)


def _gap(draw: Random) -> int:
    """How many numbers are left free before the next one: mostly none, sometimes many that were used and freed."""
    chance = draw.random()
    return 0 if chance < 0.62 else draw.randrange(1, 4) if chance < 0.93 else draw.randrange(4, 12)  # noqa: PLR2004


def _times(member: Member, uptime: Filetime, draw: Random) -> list[Filetime]:
    """When the threads of a process began: the first at once, many soon, the others at any time while it is up."""
    if member.phantom or member.exited:
        return []
    found = [member.created + draw.randrange(_FIRST_THREAD // 2, 3 * _FIRST_THREAD)]
    left = uptime - SECOND
    for _ in range(member.threads - 1):
        soon = draw.random() < _EARLY
        span = min(left, 3 * SECOND) if soon else left
        share = draw.random() ** (1.7 if soon else 2.6)
        found.append(found[0] + 400 + int(max(span, 1000) * share))
    return found
