"""Read the table of a Windows build: what all builds share, then what is its own.

Each file says where its facts come from. A table is checked when it is read: nothing overlaps but in a union, nothing
passes the size of its type, and every name leads somewhere. Mistakes name their file and line.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from training.forge.windows.builds.grammar import BASES, POINTER, BadWords, Form, Member, member

FOLDER = Path(__file__).parent
BASE = "base"
NAMES = ("19041", "22000", "20348")
"""The builds that there are, the oldest first."""


class BadTable(ValueError):
    """A table holds a mistake; the text says in which file and line."""


class UnknownType(LookupError):
    """There is no type of that name in the build."""


class UnknownMember(LookupError):
    """The type has no such member in the build."""


@dataclass(frozen=True, slots=True)
class Type:
    """A structure, or a union where all members begin at will; ``size`` in bytes."""

    size: int
    members: dict[str, Member]
    union: bool = False


@dataclass(frozen=True, slots=True)
class Enum:
    """An enumeration: its size in bytes, and its names with their numbers."""

    size: int
    constants: dict[str, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path leads: bytes from the start of the outermost type, how it is kept, and how many bytes that takes."""

    offset: int
    form: Form
    size: int


@dataclass(slots=True, eq=False)
class Build:
    """What is known of one build.

    Attributes:
        name: by which the table is asked for.
        title: for people.
        kernel: the number of the build that its debugger block gives.
        shown: the number that Windows shows, which an update may have raised.
        revision: the fourth part of its version.
        lab: text that the kernel keeps of where it was built.
        size: of the loaded kernel image in bytes.
        types: structures by name.
        enums: enumerations by name.
        symbols: names of the kernel, in bytes from its base; routines of system calls among them.
        syscalls: number of each system call by the name of its routine.
        tcpip: names of the network driver, in bytes from its base.
    """

    name: str
    title: str
    kernel: int
    shown: int
    revision: int
    lab: str
    size: int
    types: dict[str, Type]
    enums: dict[str, Enum]
    symbols: dict[str, int]
    syscalls: dict[str, int]
    tcpip: dict[str, int]
    _places: dict[tuple[str, str], Place] = field(default_factory=dict, repr=False)

    @property
    def version(self) -> tuple[int, int, int, int]:
        """The version that files of this build carry."""
        return (10, 0, self.kernel, self.revision)

    def sizeof(self, name: str) -> int:
        """Bytes of a type. Raises UnknownType."""
        if name not in self.types:
            raise UnknownType(f"build {self.name} has no type {name}")
        return self.types[name].size

    def measure(self, form: Form) -> int:
        """Bytes that a member of that form takes. Raises UnknownType."""
        count = 1
        for each in form.counts:
            count *= each
        if form.role == "base":
            return count * BASES[form.name][0]
        if form.role == "ptr":
            return count * POINTER
        if form.role == "enum":
            return count * self.enums[form.name].size
        return count * self.sizeof(form.name)

    def place(self, name: str, path: str) -> Place:
        """Where ``Hive.Storage[0].Length`` lies in a type. Raises UnknownType, UnknownMember."""
        known = self._places.get((name, path))
        if known is None:
            known = self._places[name, path] = self._find(name, path)
        return known

    def _find(self, name: str, path: str) -> Place:
        at, form = 0, Form("type", name)
        for step in re.findall(r"\w+|\[[0-9]+\]", path):
            if step.startswith("["):
                index = int(step[1:-1])
                if not form.counts or index >= form.counts[0]:
                    raise UnknownMember(f"{name}.{path} of build {self.name} has no {step}")
                form = form.element
                at += index * self.measure(form)
                continue
            if form.role != "type" or form.counts:
                raise UnknownMember(f"{name}.{path} of build {self.name}: nothing lies below {step}")
            self.sizeof(form.name)
            found = self.types[form.name].members.get(step)
            if found is None:
                raise UnknownMember(f"{form.name} of build {self.name} has no member {step}")
            at, form = at + found.offset, found.form
        return Place(at, form, self.measure(form))

    def offset(self, name: str, path: str) -> int:
        """Bytes from the start of a type to a member. Raises UnknownType, UnknownMember."""
        return self.place(name, path).offset

    def has(self, name: str, path: str) -> bool:
        """Whether the build has that type with that member."""
        try:
            self.place(name, path)
        except (UnknownType, UnknownMember):
            return False
        return True


@cache
def build(name: str) -> Build:
    """The build of that name, read once. Raises LookupError for one that there is no table of."""
    if name not in NAMES:
        raise LookupError(f"there is no table of Windows build {name}; there are {', '.join(NAMES)}")
    return read([*sorted((FOLDER / BASE).glob("*.toml")), FOLDER / f"{name}.toml"])


def read(files: list[Path]) -> Build:
    """Read files of a table, later ones changing what earlier ones say. Raises BadTable."""
    reader = _Reader()
    for file in files:
        reader.take(file)
    return reader.build()


class _Reader:
    """Gathers files, remembering where each thing was written."""

    def __init__(self) -> None:
        self.head: dict[str, Any] = {}
        self.sizes: dict[str, tuple[int | None, bool]] = {}
        self.members: dict[str, dict[str, Member]] = {}
        self.enums: dict[str, Enum] = {}
        self.symbols: dict[str, int] = {}
        self.calls: dict[str, int] = {}
        self.tcpip: dict[str, int] = {}
        self.written: dict[tuple[str, str], str] = {}

    def take(self, file: Path) -> None:
        """Read one file. Raises BadTable."""
        text = file.read_text("utf-8")
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise BadTable(f"{file.name}: {error}") from None
        for path, line in _lines(text):
            self.written[path] = f"{file.name}:{line}"
        self.head.update(data.get("build", {}))
        for name, written in data.get("types", {}).items():
            self._type(name, dict(written))
        for name, written in data.get("enums", {}).items():
            constants = dict(written)
            self.enums[name] = Enum(constants.pop("size"), constants)
        self.symbols.update(data.get("symbols", {}))
        self.tcpip.update(data.get("tcpip", {}))
        self._calls(file, data.get("calls", {}).get("routines", ""))

    def _type(self, name: str, written: dict[str, Any]) -> None:
        size, union = self.sizes.get(name, (None, False))
        self.sizes[name] = (written.pop("size", size), written.pop("union", union))
        for each, words in written.items():
            try:
                self.members.setdefault(name, {})[each] = member(words)
            except (BadWords, TypeError) as error:
                self._fail(name, each, str(error))

    def _calls(self, file: Path, text: str) -> None:
        """``NtAccessCheck:0x3F2E10`` in the order of the numbers, a lone number where numbering goes on from it."""
        number = 0
        for word in text.split():
            name, colon, address = word.partition(":")
            if not colon and name.isdecimal():
                number = int(name)
                continue
            if not re.fullmatch(r"Nt[A-Z]\w*:0x[0-9A-F]+", word) or name in self.calls:
                raise BadTable(
                    f"{file.name}: '{word}' is no system call with the address of its routine, or a second one"
                )
            self.calls[name], self.symbols[name] = number, int(address, 16)
            number += 1

    def _fail(self, name: str, each: str, what: str) -> NoReturn:
        """Raises BadTable with where that was written."""
        where = self.written.get((name, each)) or self.written.get((name, ""), "")
        raise BadTable(f"{where}: {name}{'.' * bool(each)}{each}: {what}")

    def build(self) -> Build:
        """Check and hand over. Raises BadTable."""
        types = {}
        for name, (size, union) in self.sizes.items():
            if not isinstance(size, int):
                self._fail(name, "", "has no size")
            types[name] = Type(size, self.members.get(name, {}), union)
        try:
            made = Build(
                **self.head, types=types, enums=self.enums, symbols=self.symbols, syscalls=self.calls, tcpip=self.tcpip
            )
        except TypeError as error:
            raise BadTable(f"the table of a build lacks a word of its head: {error}") from None
        for name, each in types.items():
            self._check(made, name, each)
        if self.symbols and max(self.symbols.values()) >= made.size:
            raise BadTable(f"build {made.name}: a symbol lies behind the end of the kernel's image")
        return made

    def _check(self, made: Build, name: str, checked: Type) -> None:
        reach: list[tuple[int, int, str]] = []
        for each, at in checked.members.items():
            if not _known(made, at.form):
                self._fail(name, each, f"there is no {at.form.name}")
            if at.form.role == "type" and at.form.name == name:
                self._fail(name, each, "holds itself")
            start = 8 * at.offset + at.form.bit
            end = start + (at.form.length or 8 * made.measure(at.form))
            if end > 8 * checked.size:
                self._fail(name, each, f"ends behind the {checked.size:#x} bytes of its type")
            reach.append((start, end, each))
        if checked.union:
            return
        reach.sort()
        for (_, end, before), (start, _, each) in pairwise(reach):
            if start < end:
                self._fail(name, each, f"overlaps {before}")


def _known(made: Build, form: Form) -> bool:
    """Whether the build has what a form names."""
    if form.role == "ptr":
        return not form.name or form.name in made.types or form.name in BASES
    return form.name in {"type": made.types.keys(), "enum": made.enums.keys(), "base": BASES.keys()}[form.role]


def _lines(text: str) -> Iterator[tuple[tuple[str, str], int]]:
    """Each type, and each member with a line of its own, with its line."""
    section, within = "", False
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\[(types)(?:\.(\w+))?\]|\[", line):
            within, section = header[1] == "types", header[2] or ""
            if section:
                yield (section, ""), number
        elif within and (entry := re.match(r"(\w+)\s*=", line)):
            yield ((section, entry[1]) if section else (entry[1], "")), number
