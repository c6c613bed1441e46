"""Programs and libraries: which a process has mapped, in what order and when, and what their files are like."""

import hashlib
from collections.abc import Iterable, Iterator
from random import Random
from typing import Final

from training.forge.windows.plan import Filetime, ImageFile, Library
from training.forge.windows.planning import facts
from training.forge.windows.planning.casting import Cast, Member
from training.forge.windows.planning.moments import SECOND

PAGE: Final = 0x1000

_FIRST_BUILT: Final = 1_260_000_000
_BUILT_WITHIN: Final = 420_000_000
_AT_ONCE: Final = 6
_LATE: Final = 0.3
_SHORTEST: Final = SECOND // 25
_TIMES: Final = 900


class Images:
    """The images of a machine, which come to be known as processes name them.

    Attributes:
        files: what is known, by path.
    """

    def __init__(self, cast: Cast, version: tuple[int, int, int, int]) -> None:
        self.cast = cast
        self.version = version
        self.files: dict[str, ImageFile] = {}
        self._paths: dict[str, str] = {}

    def path(self, path: str, bits: int = 64) -> str:
        """The path of an image as it is written everywhere, however it is given."""
        key = path.lower()
        if key not in self._paths:
            self._paths[key] = path
            self.files[path] = self._file(path, bits)
        return self._paths[key]

    def libraries(self, member: Member) -> tuple[Library, ...]:
        """What a process has mapped beside its program."""
        names = list(dict.fromkeys(_wanted(member)))
        own = member.program.libraries if member.program else ()
        late = self._of_services(member)
        draw = self.cast.numbers(member)(f"libraries {member.name}")
        time = member.created + draw.randrange(2_000, 9_000)
        found = []
        for place, name in enumerate(names):
            time += _later(draw) if place > _AT_ONCE and draw.random() < _LATE else draw.randrange(300, 9_000)
            found.append(Library(path=self.path(located(name)), loaded=self._until(time, place)))
        for place, name in enumerate(late, start=len(found)):
            time += draw.randrange(9_000, 400_000)
            found.append(Library(path=self.path(located(name)), loaded=self._until(time, place)))
        for each in own:
            time += draw.randrange(50_000, 2 * SECOND)
            loaded = self.cast.draw.within(each.loaded, f"loaded {member.name} {each.path}") if each.loaded else time
            found.append(
                Library(
                    path=self.path(located(each.path)),
                    loaded=self._until(loaded, len(found)),
                    in_load="load" in each.lists,
                    in_memory="memory" in each.lists,
                    in_init="init" in each.lists,
                )
            )
        return tuple(found)

    def _until(self, time: Filetime, place: int) -> Filetime:
        """A time that lies before the end; those that would not are in order even so."""
        return min(time, self.cast.frozen - 50_000 + 97 * place)

    def narrow(self, member: Member, first: Filetime) -> tuple[Library, ...]:
        """The libraries of a 32-bit program."""
        draw, time, found = self.cast.numbers(member)(f"narrow {member.name}"), first, []
        for name in facts.libraries().wow64:
            time += draw.randrange(1_000, 30_000)
            found.append(Library(path=self.path(facts.SYSTEM_WOW + name, 32), loaded=time))
        return tuple(found)

    def _of_services(self, member: Member) -> list[str]:
        known = {each.name: each for each in facts.services(self.cast.scenario.machine.role)}
        return [
            known[name].library for name in member.services if name in known and known[name].library and member.group
        ]

    def _file(self, path: str, bits: int) -> ImageFile:
        sizes, name = _sizes(), path.rpartition("\\")[2].lower()
        number = int.from_bytes(hashlib.sha256(path.lower().encode()).digest()[:8], "big")
        pages = sizes.get(name) or _plausible(name, number)
        of_system = path.lower().startswith("c:\\windows\\")
        version = self.version if of_system else (number % 17 + 1, number // 17 % 10, number // 170 % 4000, 0)
        return ImageFile(
            path=path,
            size=(pages if bits == 64 else max(8, pages * 4 // 5)) * PAGE,  # noqa: PLR2004 - the width itself
            timestamp=_FIRST_BUILT + number // 7 % _BUILT_WITHIN,
            version=version,
            bits=bits,
            resident=0,
        )


def _later(draw: Random) -> int:
    """How long it takes until a library is loaded that a program needs only for something: mostly short, up to 36 s."""
    return int(_SHORTEST * _TIMES ** (draw.random() ** 1.5))


def mapped(cast: Cast, member: Member) -> dict[str, int]:
    """The images in which threads of a process may begin, by file name in small letters, with their sizes in bytes."""
    images = Images(cast, (10, 0, 0, 0))
    wow64 = member.program is not None and member.program.wow64
    images.path(member.path, 32 if wow64 else 64)
    images.libraries(member)
    return {path.rpartition("\\")[2].lower(): image.size for path, image in images.files.items()}


def located(name: str) -> str:
    """The path of a library that may be named without its folder."""
    return name if name[1:2] == ":" else facts.SYSTEM_32 + name


def _wanted(member: Member) -> Iterator[str]:
    """Names of libraries by the sort of a program, in load order."""
    known = facts.libraries()
    if member.program and member.program.wow64:
        yield from (*known.sets["first"][:1], *known.sets["wow"])
        return
    yield from known.sets["first"][:1] if member.file.lower() in ("smss.exe", "csrss.exe") else known.sets["first"]
    mine = known.programs.get(known.small.get(member.file.lower(), ""), known.others)
    yield from _flat(mine, known.sets)
    if member.group:
        yield from _flat(known.groups.get(member.group, known.groups["wider"]), known.sets)
    if member.managed:
        yield from known.sets["runtime"]


def _flat(names: Iterable[str], sets: dict[str, list[str]]) -> Iterator[str]:
    for name in names:
        yield from sets.get(name, (name,))


def _sizes() -> dict[str, int]:
    return {name.lower(): pages for name, pages in facts.libraries().sizes.items()}


def _plausible(name: str, number: int) -> int:
    """A size for an image of which none is known: small ones are many, large ones few."""
    share = (number % 9973) / 9973
    return 11 + int(share**3 * 420) + number % 7 + (0x20 if name.endswith(".exe") else 0)
