"""Numbers of processes and threads: one ascending counter for both, with gaps, of which some are used again.

Windows gives the lowest free entry of one table, so that numbers grow with time while freed ones come back.
"""

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


def number(cast: Cast) -> None:
    """Give every process its number, and every thread of those that live its number and time."""
    counter = _Counter(cast)
    events: list[tuple[Filetime, int, int, Member]] = []
    for place, member in enumerate(cast.members):
        events.append((member.created, place, -1, member))
        times = _times(member, cast.frozen, cast.draw(f"thread times {member.name}"))
        events += [(time, place, which, member) for which, time in enumerate(times)]
    for time, _, which, member in sorted(events, key=lambda each: each[:3]):
        if which < 0:
            member.pid = member.pid or counter.of_process(member)
        elif member.pid == SYSTEM:
            member.tids.append((counter.early() or counter.next(), time))
        elif member.kept == "Registry":
            member.tids.append((counter.early() or counter.next(), time))
        else:
            member.tids.append((counter.next(), time))


class _Counter:
    def __init__(self, cast: Cast) -> None:
        self._draw = cast.draw("numbers")
        self._taken = {member.pid for member in cast.members if member.pid} | {0, SYSTEM}
        self._registry = self._draw.randrange(*REGISTRY, STEP)
        self._taken.add(self._registry)
        self._early = 2 * SYSTEM
        self._next = self._draw.randrange(*FIRST, STEP)
        self._end_of_early = self._next
        self._left: list[int] = []

    def of_process(self, member: Member) -> int:
        """The number of a process."""
        return self._registry if member.kept == "Registry" else self.next()

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


def _times(member: Member, frozen: Filetime, draw: Random) -> list[Filetime]:
    """When the threads of a process began: the first at once, many soon, the others at any time until the end."""
    if member.phantom or member.exited:
        return []
    found = [member.created + draw.randrange(_FIRST_THREAD // 2, 3 * _FIRST_THREAD)]
    left = frozen - member.created - SECOND
    for _ in range(member.threads - 1):
        soon = draw.random() < _EARLY
        span = min(left, 3 * SECOND) if soon else left
        share = draw.random() ** (1.7 if soon else 2.6)
        found.append(found[0] + 400 + int(max(span, 1000) * share))
    return sorted(found)
