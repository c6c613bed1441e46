"""The processes of a plan, put together from who is on the machine and what each of them has."""

from dataclasses import dataclass
from random import Random
from typing import Final

from training.forge.windows.plan import Console, Library, Process, Spot, Thread
from training.forge.windows.planning import regions
from training.forge.windows.planning.casting import Cast, Member
from training.forge.windows.planning.habits import Habits
from training.forge.windows.planning.holding import Holding
from training.forge.windows.planning.images import Images
from training.forge.windows.planning.people import People

KERNEL: Final = "ntoskrnl.exe"
_PROMPT_ROWS: Final = ("Microsoft Windows [Version 10.0.{}]", "(c) Microsoft Corporation. All rights reserved.", "")
_WORKER: Final = 0.62
_KERNEL_STARTS: Final = (0x2A4C0, 0x2B910, 0x31DE0, 0x4F2B0, 0x210040, 0x2233A0)
_ENTRY: Final = 0x1100


@dataclass(slots=True)
class Processes:
    """Makes them."""

    cast: Cast
    people: People
    images: Images
    habits: Habits
    holding: Holding
    version: str

    def all(self) -> tuple[Process, ...]:
        """All that leave something, in the order of their times; System stands first, as in the kernel's list."""
        made = [(self._one(each), each) for each in self.cast.written]
        made.sort(key=lambda pair: (pair[1].pid != 4, pair[0].created))  # noqa: PLR2004 - System
        return tuple(process for process, _ in made)

    def _one(self, member: Member) -> Process:
        program = member.program
        parent = self.cast.parent_of(member)
        if member.path:
            self.images.path(member.path, 32 if program and program.wow64 else 64)
        libraries = () if member.minimal or member.exited else self.images.libraries(member)
        wow64 = program is not None and program.wow64
        narrow = self.images.narrow(member, libraries[-1].loaded) if wow64 else ()
        return Process(
            pid=member.pid,
            ppid=parent.pid if parent else 0,
            name=member.kept,
            created=member.created,
            token=self.people.token(member),
            path=member.path,
            shown=program.shown or "" if program else "",
            command_line=member.command,
            directory=self._directory(member),
            environment=() if member.minimal or member.exited else self.people.environment(member),
            session=member.session,
            exited=member.exited,
            exit_status=(program.exit_status if program else 0) if member.exited else 0x103,
            threads=self._threads(member, libraries),
            libraries=libraries,
            areas=() if member.exited else (*regions.by_habit(self.cast, member), *regions.of_story(member)),
            handles=() if member.exited else (*self.habits.of(member), *self.holding.of(member)),
            strings=program.strings if program else (),
            minimal=member.minimal,
            listed=self._listed(member),
            hollow=program is not None and program.hollow,
            ghosted=program is not None and program.ghosted,
            wow64=narrow,
            console=self._console(member),
            labels=(member.name, *member.aliases),
        )

    def _listed(self, member: Member) -> bool:
        if member.program and member.program.hidden:
            return False
        return not member.exited or bool(member.program and member.program.kept_by)

    def _directory(self, member: Member) -> str:
        given = member.program.directory if member.program else None
        if given:
            return given.rstrip("\\") + "\\"
        if member.program and member.user in self.cast.scenario.users:
            return f"C:\\Users\\{self.cast.scenario.users[member.user].name}\\"
        return "C:\\Windows\\system32\\"

    def _threads(self, member: Member, libraries: tuple[Library, ...]) -> tuple[Thread, ...]:
        draw = self.cast.numbers(member)(f"starts {member.name}")
        found = []
        own = list(member.program.runs) if member.program else []
        for number, (tid, created) in enumerate(member.tids):
            left = len(member.tids) - number
            if own and left <= len(own):
                start = _spot(own[len(own) - left])
            else:
                start = self._start(member, number, libraries, draw)
            waits = draw.choices((6, 15, 16, 5, 0), (40, 25, 10, 5, 10))[0]
            found.append(Thread(tid=tid, created=created, start=start, wait_reason=waits))
        return tuple(found)

    def _start(self, member: Member, number: int, libraries: tuple[Library, ...], draw: Random) -> Spot:
        """Where a thread begins: the first in the program, most others in the pool of threads, some in a library."""
        if member.minimal:
            return Spot(image=KERNEL, offset=draw.choice(_KERNEL_STARTS))
        if number == 0 or len(libraries) < 4:  # noqa: PLR2004 - a program with few libraries
            return Spot(image=member.file.lower(), offset=_ENTRY)
        if draw.random() < _WORKER:
            return Spot(image="ntdll.dll", offset=0x22590)
        library = draw.choice(libraries[1:12])
        name = library.path.rpartition("\\")[2]
        size = self.images.files[library.path].size
        return Spot(image=name.lower(), offset=_ENTRY + (sum(name.encode()) * 0x40) % max(0x40, size // 3 - 0x1200))

    def _console(self, member: Member) -> Console | None:
        """What a console host keeps for its client."""
        client = self.cast.parent_of(member) if member.name.endswith("_console") else None
        if client is None or client.program is None or member.kept != "conhost.exe":
            return None
        wanted = client.program.console
        directory = self._directory(client).rstrip("\\")
        prompt = f"{directory}>" if client.file.lower() == "cmd.exe" else f"PS {directory}> "
        rows = tuple(each.format(self.version) for each in _PROMPT_ROWS)
        screen = (*rows, prompt) if wanted is None or not wanted.screen else wanted.screen
        return Console(
            client=client.pid,
            application=client.file,
            title=(wanted.title if wanted else "") or client.path,
            commands=wanted.commands if wanted else (),
            screen=screen,
        )


def _spot(text: str) -> Spot:
    image, _, offset = text.partition("+")
    return Spot(image=image.lower() if offset else image, offset=int(offset, 16) if offset else 0)
