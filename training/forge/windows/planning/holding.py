"""Handles that a scenario gives its processes, and what Windows itself gives whoever starts another."""

from collections.abc import Callable, Iterator
from typing import Final

from training.forge.scenario.windows.processes import Holds
from training.forge.windows.plan import Handle
from training.forge.windows.planning.casting import Cast, Member
from training.forge.windows.planning.habits import EVENT, KEY_READ, MUTANT

ALL_OF_A_PROCESS: Final = 0x1FFFFF
_USUAL: Final = {
    "process": 0x1FFFFF,
    "thread": 0x1FFFFF,
    "file": 0x120089,
    "pipe": 0x12019F,
    "key": KEY_READ,
    "mutant": MUTANT,
    "event": EVENT,
    "section": 0xF0007,
}


class Holding:
    """The handles of a scenario."""

    def __init__(self, cast: Cast, sid: Callable[[str], str]) -> None:
        self.cast = cast
        self._sid = sid

    def of(self, member: Member) -> tuple[Handle, ...]:
        """Those of a process that the story gives it, and those that follow from the story."""
        return tuple(self._given(member)) + tuple(self._following(member))

    def _given(self, member: Member) -> Iterator[Handle]:
        for each in member.program.handles if member.program else ():
            yield from (self._one(member, each),) * each.count

    def _following(self, member: Member) -> Iterator[Handle]:
        """To whom it really started under another parent, and to whom it keeps in the list by a handle."""
        given = {each.process for each in member.program.handles} if member.program else set()
        for other in self.cast.members:
            program = other.program
            if program is None:
                continue
            if program.creator and self.cast[program.creator] is member and not other.exited:
                if program.name not in given:
                    yield Handle(kind="Process", access=ALL_OF_A_PROCESS, pid=other.pid)
                yield Handle(kind="Thread", access=ALL_OF_A_PROCESS, pid=other.pid, tid=other.tids[0][0])
            if program.kept_by and self.cast[program.kept_by] is member:
                yield Handle(kind="Process", access=ALL_OF_A_PROCESS, pid=other.pid)

    def _one(self, member: Member, each: Holds) -> Handle:
        access = _USUAL[each.kind] if each.access is None else each.access
        if each.process:
            return Handle(kind="Process", access=access, pid=self.cast[each.process].pid)
        if each.thread:
            other = self.cast[each.thread]
            return Handle(kind="Thread", access=access, pid=other.pid, tid=other.tids[0][0])
        if each.file:
            return Handle(kind="File", access=access, name=each.file[2:], sharing=each.sharing)
        if each.pipe:
            name = "\\" + each.pipe.strip("\\")
            return Handle(kind="File", access=access, device="NamedPipe", name=name, sharing=each.sharing)
        if each.key:
            return Handle(kind="Key", access=access, name=self.key(each.key, member.user))
        kind = each.kind.capitalize()
        return Handle(kind=kind, access=access, name=each.mutant or each.section or each.event or "")

    def key(self, path: str, user: str) -> str:
        """The kernel's name of a key."""
        if path.startswith("HKCU"):
            return f"\\REGISTRY\\USER\\{self._sid(user)}{path[4:]}"
        below = path[5:]
        if below.upper().startswith("SYSTEM\\CURRENTCONTROLSET"):
            below = f"SYSTEM\\ControlSet001{below[24:]}"
        return f"\\REGISTRY\\MACHINE\\{below}"
