"""Processes of a Windows scenario and what each of them has."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from training.forge.scenario.steps import Frozen
from training.forge.scenario.windows.words import (
    Access,
    KeyPath,
    LibraryName,
    ObjectName,
    PrivilegeName,
    Protection,
    ScreenRow,
    Sharing,
    SpotName,
    Text,
    Typed,
    VariableName,
    When,
    WindowsPath,
)
from training.forge.scenario.words import DrawName, Written

PAGE = 0x1000
MOST_HANDLES = 8_000
"""Handles that one process may have: more make readers slow and teach nothing."""
MOST_AREA = 4 << 20
KEPT_NAME = 14
"""Characters of a process's name that the kernel keeps."""


class Lists(Frozen):
    """A library beyond those of a program's sort. ``lists`` are those of the loader in which it stands; empty: none."""

    path: LibraryName
    loaded: When | None = None
    lists: tuple[Literal["load", "memory", "init"], ...] = ("load", "memory", "init")


def _as_library(given: Any) -> Any:
    return {"path": given} if isinstance(given, str) else given


class Area(Frozen):
    """Memory that a process has beside images, heaps and stacks.

    ``begins`` says what its first bytes look like: no-operation bytes, the head of a program file without any code, the
    first bytes of a function, or nothing of the kind. ``text`` stands from the offset ``at`` on.
    """

    name: DrawName
    size: Annotated[int, Field(ge=PAGE, le=MOST_AREA, multiple_of=PAGE)]
    protection: Protection
    begins: Literal["nops", "program", "function", "nothing"] = "nothing"
    text: Text = ""
    at: Annotated[int, Field(ge=0, lt=PAGE)] = 16
    file: WindowsPath | None = None
    mapped: bool = False


class Holds(Frozen):
    """A handle: exactly one of the kinds names what it leads to; ``count`` makes several without a name of events."""

    process: DrawName | None = None
    thread: DrawName | None = None
    file: WindowsPath | None = None
    pipe: ObjectName | None = None
    key: KeyPath | None = None
    mutant: ObjectName | None = None
    event: Annotated[str, Field(max_length=255)] | None = None
    section: ObjectName | None = None
    access: Access | None = None
    sharing: Sharing = "R--rwd"
    count: Annotated[int, Field(ge=1, le=MOST_HANDLES)] = 1

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = ("process", "thread", "file", "pipe", "key", "mutant", "event", "section")
        if sum(getattr(self, each) is not None for each in kinds) != 1:
            raise ValueError(f"say exactly one of {', '.join(kinds)}")
        if self.count > 1 and self.event != "":
            raise ValueError('count goes with event: "", and only with it')
        return self

    @property
    def kind(self) -> str:
        """The field that is given."""
        kinds = ("process", "thread", "file", "pipe", "key", "mutant", "event", "section")
        return next(each for each in kinds if getattr(self, each) is not None)


class Screen(Frozen):
    """A console of a process: the lines typed there, and the rows that its window shows."""

    commands: Annotated[tuple[Typed, ...], Field(max_length=40)]
    screen: Annotated[tuple[ScreenRow, ...], Field(max_length=120)] = ()
    title: Text = ""


class Program(Frozen):
    """A process of the story.

    Attributes:
        name: yours for it, the same in all variants.
        program: where its file lies; the kernel's name is its last part, cut at 14 characters.
        parent: another process of the story or of the baseline, or ``gone``.
        creator: who really started it, where the parent is forged.
        shown: the path that its own memory gives.
        ended: it has ended; only a scan finds it, unless ``kept_by`` names who holds a handle to it.
        runs: where further threads begin: in an area of it, or at a place in an image.
    """

    name: DrawName
    program: WindowsPath
    parent: DrawName
    started: When
    command: Text | None = None
    shown: WindowsPath | None = None
    directory: WindowsPath | None = None
    user: DrawName | None = None
    session: Annotated[int, Field(ge=0, le=9)] | None = None
    pid: Annotated[int, Field(ge=8, le=65_532, multiple_of=4)] | None = None
    ended: When | None = None
    exit_status: Annotated[int, Field(ge=0, lt=1 << 32)] = 0
    kept_by: DrawName | None = None
    creator: DrawName | None = None
    integrity: Literal["untrusted", "low", "medium", "high", "system"] | None = None
    elevated: bool = False
    privileges: Annotated[tuple[PrivilegeName, ...], Field(max_length=36)] = ()
    libraries: Annotated[tuple[Annotated[Lists, BeforeValidator(_as_library)], ...], Field(max_length=64)] = ()
    areas: Annotated[tuple[Area, ...], Field(max_length=32)] = ()
    threads: Annotated[int, Field(ge=1, le=200)] | None = None
    runs: Annotated[tuple[SpotName, ...], Field(max_length=16)] = ()
    handles: Annotated[tuple[Holds, ...], Field(max_length=256)] = ()
    console: Screen | None = None
    environment: Annotated[dict[VariableName, Text], Field(max_length=64)] = Field(default_factory=dict)
    strings: Annotated[tuple[Written, ...], Field(max_length=32)] = ()
    hidden: bool = False
    hollow: bool = False
    ghosted: bool = False
    wow64: bool = False

    @model_validator(mode="after")
    def _ended_has_nothing(self) -> Self:
        rest = (self.libraries, self.areas, self.handles, self.console, self.runs, self.strings, self.threads)
        if self.ended and any(rest):
            raise ValueError("has ended: it has no threads, libraries, areas, handles, console or strings any more")
        if self.ended and (self.hidden or self.hollow or self.ghosted or self.wow64):
            raise ValueError("has ended: it can't be hidden, hollow, ghosted or wow64")
        if self.kept_by and not self.ended:
            raise ValueError("kept_by names who keeps a process that has ended")
        if self.hollow and self.wow64:
            raise ValueError("can't be hollow and wow64")
        return self

    @property
    def file(self) -> str:
        """The last part of its program's path."""
        return self.program.rpartition("\\")[2]

    @property
    def kept_name(self) -> str:
        """The name that the kernel keeps."""
        return self.file[:KEPT_NAME]
