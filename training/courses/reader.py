"""Read a course: `course.yaml`, a folder for each module, and the keys of the questions. Nothing here knows a database.

`check` finds every mistake of an author at once, each with file and line; `load` gives the course of a frozen release,
rendered once. Keys are a thing of their own (`keys`): what pages get handed can't hold them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, partial
from pathlib import Path

from training.content import source
from training.content.markdown import Block, Rendered, inline, render
from training.content.source import ContentError, Mistake, Source
from training.courses import figure, output, questions
from training.courses.course import Course, LabWay, Module, Part
from training.courses.format import CourseFile, Key, Keys, ModuleFile, QuestionBlock
from training.courses.questions import Asked, Question

FILE, TEXT, KEYS = "course.yaml", "index.md", "keys.yaml"
DIGEST_CHARS = 64
MODULE_LINK = re.compile(r"^\.\./([\w-]+)/?(?:index\.md)?(#[\w-]+)?$")
FEWEST_WORDS, MOST_WORDS = 900, 2_000


@dataclass(slots=True)
class _Draft:
    """A course while it is read: what is there so far, and every mistake."""

    folder: Path
    exhibits: Mapping[str, str] | None = None
    course: Source[CourseFile] | None = None
    files: dict[str, tuple[Source[ModuleFile], str, int]] = field(default_factory=dict)  # with text and its first line
    modules: list[Module] = field(default_factory=list)
    asked: dict[str, Asked] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    remarks: list[Mistake] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)  # modules in which something can't be read: what follows isn't said

    def name(self, file: str) -> str:
        """A file as it is called in messages."""
        return f"courses/{course_of(self.folder)}/{file}"


def check(folder: Path, exhibits: Mapping[str, str] | None = None) -> list[Mistake]:
    """Every mistake in the files of a course, by file and line; none means that it can be published.

    `exhibits` (name of pack to SHA-256 of its image) lets it also find plugin output that belongs to another image.
    """
    return sorted(set(_read(folder, exhibits).mistakes))


def warnings(folder: Path, today: date) -> list[Mistake]:
    """What an author should look at although the course can be published: a passed review date and the like."""
    draft = _read(folder)
    found = list(draft.remarks)
    dated: list[Source[CourseFile] | Source[ModuleFile]] = [file for file, _, _ in draft.files.values()]
    dated += [draft.course] if draft.course else []
    found += [
        one.mistake(("review",), f"the review date {one.value.review} has passed")
        for one in dated
        if one.value.review < today
    ]
    for module in draft.modules:
        if not FEWEST_WORDS <= module.words <= MOST_WORDS:
            file = draft.name(f"{module.folder}/{TEXT}")
            found.append(Mistake(file, 1, f"{module.words} words; a module has {FEWEST_WORDS} to {MOST_WORDS}"))
    return sorted(set(found))


@lru_cache(maxsize=64)
def load(folder: Path) -> Course:
    """The course in a folder of a release, kept in memory since a release never changes. Raises ContentError."""
    draft = _read(folder)
    if draft.mistakes or draft.course is None:
        raise ContentError(draft.mistakes)
    return Course(draft.course.value, tuple(draft.modules))


@lru_cache(maxsize=64)
def keys(folder: Path) -> Mapping[str, Key]:
    """The keys of the questions in a folder of a release. For judging only."""
    if not (folder / KEYS).exists():
        return {}
    return source.read(folder / KEYS, Keys, f"courses/{course_of(folder)}/{KEYS}").value.root


def outputs(folder: Path) -> list[tuple[Path, Block, str]]:
    """The blocks of plugin output in a course, each with the folder of its module and the name of its file."""
    found: list[tuple[Path, Block, str]] = []
    for file in sorted(folder.glob(f"*/{TEXT}")):
        name = f"courses/{course_of(folder)}/{file.parent.name}/{TEXT}"
        text, line = _split(file, name)[1:]
        page = render(text, file=name, first_line=line, places={"output"})
        found += [(file.parent, part, name) for part in page.parts if isinstance(part, Block)]
    return found


def course_of(folder: Path) -> str:
    """The name of the course: a release lies in a folder named by its digest, below one that has the course's name."""
    return folder.parent.name if len(folder.name) == DIGEST_CHARS else folder.name


def _read(folder: Path, exhibits: Mapping[str, str] | None = None) -> _Draft:
    draft = _Draft(folder, exhibits)
    try:
        draft.course = source.read(folder / FILE, CourseFile, draft.name(FILE))
    except ContentError as bad:
        draft.mistakes += bad.mistakes
    listed = (
        draft.course.value.modules
        if draft.course
        else tuple(sorted(path.parent.name for path in folder.glob(f"*/{TEXT}")))
    )
    _check_course(draft, listed)
    for name in dict.fromkeys(listed):
        if (folder / name).is_dir():
            _read_file(draft, name)
    for name in draft.files:
        _read_module(draft, name)
    _check_keys(draft)
    return draft


def _check_course(draft: _Draft, listed: tuple[str, ...]) -> None:
    if draft.course is None:
        return
    wrong, course = draft.course.mistake, draft.course.value
    if course.id != course_of(draft.folder):
        draft.mistakes.append(wrong(("id",), f"id is {course.id}, but the folder is named {course_of(draft.folder)}"))
    for number, name in enumerate(listed):
        if name in listed[:number]:
            draft.mistakes.append(wrong(("modules", number), f"module {name} is listed twice"))
        elif not (draft.folder / name).is_dir():
            draft.mistakes.append(wrong(("modules", number), f"there is no folder {name}"))
    for path in sorted(draft.folder.glob(f"*/{TEXT}")):
        if path.parent.name not in listed:
            draft.mistakes.append(wrong(("modules",), f"the folder {path.parent.name} is not listed here"))


def _read_file(draft: _Draft, folder: str) -> None:
    name = draft.name(f"{folder}/{TEXT}")
    try:
        front, text, line = _split(draft.folder / folder / TEXT, name)
        found = source.parse(front, ModuleFile, name, 2)
    except ContentError as bad:
        draft.mistakes += bad.mistakes
        draft.unread.add(folder)
        return
    taken = {file.value.id: other for other, (file, _, _) in draft.files.items()}
    if found.value.id in taken:
        draft.mistakes.append(found.mistake(("id",), f"id {found.value.id} is that of {taken[found.value.id]} already"))
    objectives = [objective.id for objective in found.value.objectives]
    for number, one in enumerate(objectives):
        if one in objectives[:number]:
            draft.mistakes.append(found.mistake(("objectives", number), f"two objectives are named {one}"))
    draft.files[folder] = (found, text, line)


def _split(path: Path, name: str) -> tuple[str, str, int]:
    """Front matter, text, and the line on which the text begins."""
    try:
        whole = path.read_bytes()[: source.LIMIT].decode("utf-8").replace("\r\n", "\n")
    except OSError as bad:
        raise ContentError([Mistake(name, 1, f"can't be read: {bad.strerror}")]) from None
    except UnicodeDecodeError:
        raise ContentError([Mistake(name, 1, "not UTF-8 text; save the file as UTF-8")]) from None
    front, fence, text = whole.removeprefix("---\n").partition("\n---\n")
    if not whole.startswith("---\n") or not fence:
        raise ContentError([Mistake(name, 1, "no front matter; begin with a line ---, fields, and a line ---")])
    return front, text, front.count("\n") + 4


def _read_module(draft: _Draft, folder: str) -> None:
    file, text, line = draft.files[folder]
    name = file.file
    figures = iter(range(1, 1_000))

    def figure_html(block: Block) -> str:
        number = next(figures)
        address, alternative = block.arguments
        if not re.fullmatch(r"media/[\w.-]+\.svg", address):
            raise ContentError([Mistake(name, block.line, f"{address}: a figure is an SVG file in media/")])
        path = draft.folder / folder / address
        if not path.is_file():
            raise ContentError([Mistake(name, block.line, f"there is no file {address}")])
        shown = draft.name(f"{folder}/{address}")
        return figure.draw(path, shown, number, alternative, block.text, f"f{number}-")

    page = render(
        text,
        file=name,
        first_line=line,
        blocks={
            "figure": figure_html,
            "output": partial(output.draw, draft.folder / folder, file=name, exhibits=draft.exhibits),
        },
        places={"quiz", "lab"},
        link=partial(_link, draft),
    )
    draft.mistakes += page.mistakes
    draft.modules.append(
        Module(file.value, folder, _parts(draft, folder, file, page), page.headings, page.icons, page.words)
    )


def _link(draft: _Draft, address: str) -> str | None:
    """Links between modules go by folder in the files and by id in the pages; the two pages are neighbours."""
    match = MODULE_LINK.match(address)
    if match and match[1] in draft.unread:
        return "#"
    if match is None or match[1] not in draft.files:
        return None
    return draft.files[match[1]][0].value.id + (match[2] or "")


def _parts(draft: _Draft, folder: str, file: Source[ModuleFile], page: Rendered) -> tuple[Part, ...]:
    parts: list[Part] = []
    covered: set[str] = set()
    for part in page.parts:
        if isinstance(part, str):
            parts += [Part(html=part)] if part.strip() else []
        elif part.kind == "lab":
            parts.append(Part(lab=_lab(draft, file, part)))
        elif asked := _question(draft, file, part, number=len([one for one in parts if one.question]) + 1):
            covered.add(asked.objective)
            parts.append(Part(question=asked))
        else:
            draft.unread.add(folder)
    for number, objective in enumerate(file.value.objectives):
        if objective.id not in covered and folder not in draft.unread:
            draft.mistakes.append(file.mistake(("objectives", number), f"no question tests objective {objective.id}"))
    return tuple(parts)


def _lab(draft: _Draft, file: Source[ModuleFile], block: Block) -> LabWay:
    name, question = block.arguments
    if name not in file.value.labs:
        listed = ", ".join(file.value.labs) or "none"
        draft.mistakes.append(Mistake(file.file, block.line, f"lab {name} is not listed in the front matter: {listed}"))
    if not re.fullmatch(r"|q[1-9][0-9]?", question):
        draft.mistakes.append(Mistake(file.file, block.line, f"#{question} is not a question of a lab, such as #q1"))
    if not block.text:
        draft.mistakes.append(
            Mistake(file.file, block.line, "a way into a lab without a sentence that says what to do there")
        )
    return LabWay(name, question, inline(block.text))


def _question(draft: _Draft, file: Source[ModuleFile], block: Block, number: int) -> Question | None:
    try:
        found = source.parse(block.text, QuestionBlock, file.file, block.line)
    except ContentError as bad:
        draft.mistakes += bad.mistakes
        return None
    asked = Asked(found, questions.shown(found.value, number))
    if found.value.id in draft.asked:
        draft.mistakes.append(found.mistake(("id",), f"two questions have the id {found.value.id}"))
    draft.asked[found.value.id] = asked
    draft.mistakes += questions.check_question(asked, file.value.id, [one.id for one in file.value.objectives])
    return asked.shown


def _check_keys(draft: _Draft) -> None:
    if not draft.asked and not (draft.folder / KEYS).exists():
        return
    try:
        found = source.read(draft.folder / KEYS, Keys, draft.name(KEYS))
    except ContentError as bad:
        draft.mistakes += bad.mistakes
        return
    draft.mistakes += questions.without_key(found, draft.asked)
    if not draft.unread:
        draft.mistakes += questions.without_question(found, draft.asked)
    for name in found.value.root.keys() & draft.asked.keys():
        draft.mistakes += questions.check_key(draft.asked[name], found)
        draft.remarks += questions.remarks(draft.asked[name], found.value.root[name])
