"""Lists for the pages of the editor: all courses and labs, and the files of one as a tree."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from training.authoring import checking, outline, paths, service, skeletons
from training.authoring.checking import FOLDERS, GLOSSARY, SCENARIO, Findings
from training.authoring.paths import Kind
from training.authoring.service import Copy, Entry
from training.content import ownership
from training.content import service as content
from training.content.models import Release
from training.content.ownership import Owned
from training.content.source import Mistake
from training.courses.manuscript import glossary
from training.courses.manuscript.reader import TEXT
from training.errors import NotThere
from training.learning.competence.table import COURSES
from training.sentence import phrase
from training.settings import Settings

FILES: dict[Kind, str] = {"course": "course.yaml", "lab": "lab.yaml"}


def file_of(copy: Copy) -> str:
    """The file without which there is no such course or lab."""
    return glossary.FILE if copy == GLOSSARY else FILES[copy.kind]


@dataclass(frozen=True, slots=True)
class Row:
    """A course or lab in the list: its title as far as it can be read, and where it stands.

    `scenario` says whether a new lab can begin with its shipped files.
    """

    copy: Copy
    title: str
    release: Release | None
    edited: bool
    shipped: bool
    changed: bool
    scenario: bool


@dataclass(slots=True)
class Leaf:
    """A file: what people call it, and how many mistakes and warnings it has."""

    entry: Entry
    label: str
    mistakes: int
    warnings: int

    @property
    def written(self) -> bool:
        """Whether people write it, and the program doesn't make it."""
        return paths.is_text(self.entry.path)


@dataclass(slots=True)
class Branch:
    """A folder of a working copy, such as a module: its name, its title, its files."""

    folder: str
    title: str
    leaves: list[Leaf] = field(default_factory=list)

    @property
    def module(self) -> bool:
        """Whether it is a module: a text belongs to it, and figures and translations can."""
        return any(leaf.entry.path == f"{self.folder}/{TEXT}" for leaf in self.leaves)

    @property
    def made(self) -> int:
        """How many files the program makes: rows of output blocks, sealed keys."""
        return sum(not leaf.written and not leaf.entry.path.endswith(".svg") for leaf in self.leaves)


def every(session: Session, settings: Settings, may: Callable[[Owned], bool]) -> list[Row]:
    """All courses, then all labs, that somebody may deal with: what is shipped, edited here, or offered."""
    copies = [Copy(kind, name) for kind in FILES for name in names(session, settings, kind)]
    owned = ownership.of_all(session, ((copy.kind, copy.name) for copy in copies))
    return [one(session, settings, copy) for copy in copies if may(owned[copy.kind, copy.name])]


def one(session: Session, settings: Settings, copy: Copy) -> Row:
    """One of them. Raises NotThere."""
    folder = checking.shipped(settings, copy)
    edited, release = service.begun(session, copy), content.latest(session, copy.kind, copy.name)
    file = file_of(copy)
    shipped = (folder / file).is_file()
    if not (edited or shipped or release):
        raise NotThere(phrase("There is no such course or lab."))
    data = service.contents(session, copy).get(file, b"") if edited else b""
    if not data and shipped:
        data = (folder / file).read_bytes()
    changed = edited and service.shipped_news(session, copy, folder)
    return Row(
        copy, _title(data) or copy.name, release, edited, shipped, changed, shipped and (folder / SCENARIO).is_file()
    )


def numbers(session: Session, settings: Settings) -> dict[int, str]:
    """The courses by their numbers: those of the catalogue, shipped or not, and all that are here."""
    found = {int(number): name for number, name in COURSES.items()}
    for name in names(session, settings, "course"):
        files = service.contents(session, Copy("course", name)) or outline.read(settings.courses / name)
        release = content.latest(session, "course", name)
        if not files and release:
            files = outline.read(content.folder_of(settings.instance, release))
        if number := skeletons.number_of(files):
            found.setdefault(number, name)
    return found


def names(session: Session, settings: Settings, kind: Kind) -> list[str]:
    """All courses or labs: those that are shipped, edited here, or offered."""
    parent = settings.courses if kind == "course" else settings.labs
    shipped = {path.parent.name for path in parent.glob(f"*/{FILES[kind]}")}
    edited = {name for name in service.names(session, kind) if Copy(kind, name) != GLOSSARY}
    return sorted(shipped | edited | {one.name for one in content.offered(session, kind)})


def terms(session: Session, settings: Settings) -> Row | None:
    """The glossary as `one`; None where there is none."""
    try:
        return one(session, settings, GLOSSARY)
    except NotThere:
        return None


def tree(copy: Copy, entries: list[Entry], files: Mapping[str, bytes], found: Findings) -> list[Branch]:
    """The files by folder, those of the course or lab itself first, modules in the order of the course."""
    branches: dict[str, Branch] = {"": Branch("", "")}
    for folder in outline.folders(files):
        branches[folder] = Branch(folder, outline.field_of(files.get(f"{folder}/index.md", b""), "title"))
    for entry in entries:
        folder, _, rest = entry.path.partition("/")
        folder = folder if rest else ""
        name = f"{FOLDERS[copy.kind]}/{copy.name}/{entry.path}"
        counts = [sum(one.file == name for one in all_) for all_ in (found.mistakes, found.warnings)]
        branches.setdefault(folder, Branch(folder, "")).leaves.append(Leaf(entry, rest or entry.path, *counts))
    return [branch for branch in branches.values() if branch.leaves]


def elsewhere(copy: Copy, branches: list[Branch], found: Findings) -> list[tuple[str, Mistake]]:
    """Findings that no file of the tree shows, each `bad` or `part`: of files that are made, missing, or elsewhere."""
    shown = {
        f"{FOLDERS[copy.kind]}/{copy.name}/{leaf.entry.path}"
        for branch in branches
        for leaf in branch.leaves
        if leaf.written
    }
    both = (("bad", found.mistakes), ("part", found.warnings))
    return [(kind, one) for kind, all_ in both for one in all_ if one.file not in shown]


def _title(data: bytes) -> str:
    """The title in a file, read from its own line: a list has many files, and theirs are long."""
    line = next((one for one in data.split(b"\n") if one.startswith(b"title:")), b"")
    return outline.field_of(line, "title")
