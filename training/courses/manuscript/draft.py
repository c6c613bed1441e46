"""A course while it is read: what is there so far, and every mistake in it."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from training.content import source
from training.content.markdown import Block, Mark, Rendered
from training.content.source import ContentError, Entries, Mistake, Source
from training.courses.manuscript import glossary, known, lost, places, questions
from training.courses.manuscript.course import Module
from training.courses.manuscript.files import FILE, KEYS, TEXT, called, course_of, is_release, split
from training.courses.manuscript.format import CourseFile, Key, ModuleFile, QuestionBlock
from training.courses.manuscript.known import KnownCourse, KnownModule
from training.courses.manuscript.lost import Lost
from training.courses.manuscript.modules import Scene
from training.courses.manuscript.places import Pointer
from training.courses.manuscript.questions import Asked, Question

MODULE_LINK = re.compile(r"^\.\./([\w-]+)/?(?:index\.md)?(#[\w-]+)?$")
COURSE_LINK = re.compile(r"^\.\./\.\./([a-z0-9-]+)/([0-9]{2}-[a-z0-9-]+)/?(?:index\.md)?(#[\w-]+)?$")
TERM_LINK = re.compile(r"term:([a-z0-9][a-z0-9-]{0,60})")


@dataclass(slots=True, kw_only=True)
class Text:
    """The text of a module: what is known of its front matter, the line on which it begins, and the page of it.

    `lost` are the questions in it that can't be read.
    """

    head: Source[KnownModule]
    text: str
    line: int
    page: Rendered = field(default_factory=Rendered)
    lost: list[Lost] = field(default_factory=list)

    def marks(self, kind: str) -> tuple[Mark, ...]:
        """What gives the text its structure, of one kind."""
        return tuple(mark for mark in self.page.marks if mark.kind == kind)

    @property
    def silent(self) -> bool:
        """Whether nothing of it was read, since it is too much for a text."""
        return bool(self.page.mistakes) and not self.page.parts


@dataclass(slots=True, kw_only=True)
class Written(Text):
    """A module whose front matter is in order."""

    file: Source[ModuleFile]


@dataclass(slots=True)
class Draft:
    """A course so far. `exhibits` are the images that are known (name to SHA-256), `terms` those of the glossary."""

    folder: Path
    exhibits: Mapping[str, str] | None = None
    terms: Collection[str] | None = None  # None: not known here, as in a release
    course: Source[CourseFile] | None = None
    files: dict[str, Written] = field(default_factory=dict)
    modules: list[Module] = field(default_factory=list)
    asked: dict[str, Asked] = field(default_factory=dict)
    keys: Entries[Key] | None = None
    texts: dict[str, Text] = field(default_factory=dict)  # `files`, and those whose front matter can't be read
    pointers: list[Pointer] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)  # modules in which something can't be read
    unlisted: list[str] = field(default_factory=list)  # folders of modules that the course does not name
    aside: set[str] = field(default_factory=set)  # ids of the questions in them
    language: str = "en"

    def name(self, file: str) -> str:
        """A file as it is called in messages."""
        return called(self.folder, file)

    def link(self, address: str) -> str | None:
        """Where a relative link or a term leads to from the page of a module; None where it leads nowhere.

        Links between modules go by folder in the files and by id in the pages; the two pages are neighbours. Those to
        another course go by folder in both: its release, which is not ours to know, says which module that is.
        """
        if term := TERM_LINK.fullmatch(address):
            return f"../../glossary#{term[1]}" if self.terms is None or term[1] in self.terms else None
        if other := COURSE_LINK.match(address):
            course, folder, place = other.groups("")
            there = is_release(self.folder) or (self.folder.parent / course / folder / TEXT).is_file()
            return f"../{course}/{folder}{place}" if there else None
        match = MODULE_LINK.match(address)
        if match is None:
            return None
        if match[1] in self.files:
            return self.files[match[1]].file.value.id + (match[2] or "")
        return "#" if match[1] in {*self.unread, *self.unlisted} else None

    def scene(self, folder: str, file: str, language: str) -> Scene:
        """The place of a text of a module, original or translated."""
        labs = self.texts[folder].head.value.labs
        name = self.name(f"{folder}/{file}")
        return Scene(self.folder / folder, name, language, self.link, labs, self.exhibits)

    def note_links(self, page: Rendered, file: str, language: str) -> None:
        """Note for later what the links of a page point at in other pages."""
        for address, line in page.links:
            if match := COURSE_LINK.match(address) or MODULE_LINK.match(address):
                *at, place = match.groups("")
                if place:
                    course, module = at if len(at) > 1 else ("", at[0])
                    self.pointers.append(Pointer(Mistake(file, line, address), course, module, place[1:], language))


def read(folder: Path, exhibits: Mapping[str, str] | None = None) -> Draft:
    """Read a course in the language that it was written in. Never raises for what an author wrote."""
    draft = Draft(folder, exhibits, _terms(folder))
    for name in _listed(draft, _read_course(draft)):
        if (folder / name).is_dir():
            _read_file(draft, name)
    for name in draft.texts:
        _read_text(draft, name)
    _read_keys(draft)
    draft.mistakes += glossary.check(folder, draft.name(glossary.FILE))
    draft.mistakes += places.astray(draft.folder, draft.pointers, {name: one.page for name, one in draft.texts.items()})
    return draft


def _read_course(draft: Draft) -> Source[KnownCourse]:
    name = draft.name(FILE)
    try:
        draft.course = source.read(draft.folder / FILE, CourseFile, name)
        found = known.of(draft.course, KnownCourse)
    except ContentError as bad:
        draft.mistakes += bad.mistakes
        found = known.read_file(draft.folder / FILE, KnownCourse, name)
    draft.language = found.value.language or draft.language
    if found.value.id not in {None, course_of(draft.folder)}:
        message = f"id is {found.value.id}, but the folder is named {course_of(draft.folder)}"
        draft.mistakes.append(found.mistake(("id",), message))
    return found


def _listed(draft: Draft, course: Source[KnownCourse]) -> list[str]:
    """The modules of a course, each once: those listed; where the list can't be read, all that are there."""
    listed = course.value.modules or ()
    there = sorted(path.parent.name for path in draft.folder.glob(f"*/{TEXT}"))
    for number, name in enumerate(listed):
        if name and name in listed[:number]:
            draft.mistakes.append(course.mistake(("modules", number), f"module {name} is listed twice"))
        elif name and not (draft.folder / name).is_dir():
            draft.mistakes.append(course.mistake(("modules", number), f"there is no folder {name}"))
    names = list(dict.fromkeys(name for name in listed if name))
    if not course.value.whole:
        return [*names, *(name for name in there if name not in names)]
    for name in there:
        if name not in names:
            draft.mistakes.append(course.mistake(("modules",), f"the folder {name} is not listed here"))
            draft.unlisted.append(name)
            draft.aside |= _words(draft.folder / name / TEXT)
    return names


def _terms(folder: Path) -> Collection[str] | None:
    """The terms for a course in work. Those of a release were looked up when it was published."""
    try:
        found = None if is_release(folder) else glossary.load(glossary.shipped(folder.parent))
    except ContentError:
        return None  # said once, where the glossary is checked
    return {*found.names, *glossary.known(folder)} if found else None


def _words(path: Path) -> frozenset[str]:
    try:
        return Lost.of(split(path, path.name)[1]).words
    except ContentError:
        return frozenset()


def _read_file(draft: Draft, folder: str) -> None:
    name = draft.name(f"{folder}/{TEXT}")
    try:
        front, text, line = split(draft.folder / folder / TEXT, name)
    except ContentError as bad:
        draft.mistakes += bad.mistakes
        draft.unread.add(folder)
        return
    taken = {one.head.value.id: other for other, one in draft.texts.items()}
    try:
        file = source.parse(front, ModuleFile, name, 2)
        head = known.of(file, KnownModule)
        draft.texts[folder] = draft.files[folder] = Written(head=head, text=text, line=line, file=file)
    except ContentError as bad:
        draft.mistakes += bad.mistakes
        draft.unread.add(folder)
        head = known.read(front, KnownModule, name, 2)
        draft.texts[folder] = Text(head=head, text=text, line=line)
    if head.value.id and head.value.id in taken:
        draft.mistakes.append(head.mistake(("id",), f"id {head.value.id} is that of {taken[head.value.id]} already"))
    draft.mistakes += _check_objectives(head)


def _check_objectives(head: Source[KnownModule]) -> Iterator[Mistake]:
    named, changes = head.value.named, head.value.changes
    for number, one in enumerate(named):
        if one and one in named[:number]:
            yield head.mistake(("objectives", number), f"two objectives are named {one}")
    for number, one in enumerate((changes.objectives if changes else None) or ()):
        if one and head.value.whole and one not in named:
            yield head.mistake(("changes", "objectives", number), f"there is no objective {one}")


def _read_text(draft: Draft, folder: str) -> None:
    """Read the text of a module, also below a front matter that can't be read: then without what needs it."""
    text = draft.texts[folder]
    scene = draft.scene(folder, TEXT, draft.language)
    text.page = page = scene.render(text.text, text.line)
    draft.note_links(page, scene.file, draft.language)
    parts = scene.parts(page, partial(_question, draft, folder))
    text.lost += lost.in_fences(text.text, text.line, page.mistakes)
    draft.mistakes += scene.mistakes
    if isinstance(text, Written):
        module = (text.file.value, folder, parts, page.headings, page.icons, page.words, draft.language)
        draft.modules.append(Module(*module))
    if text.silent:
        return
    asked = [part.question for part in parts if part.question]
    draft.mistakes += questions.check_pools(text.head, asked, text.lost)
    draft.mistakes += questions.check_covered(text.head, asked, text.lost)


def _question(draft: Draft, folder: str, block: Block, number: int) -> Question | None:
    text = draft.texts[folder]
    found = _parsed(draft, text.head.file, block)
    if found is None:
        draft.unread.add(folder)
        text.lost.append(Lost.of(block.text))
        return None
    asked = Asked(found, questions.shown(found.value, number))
    if found.value.id in draft.asked:
        draft.mistakes.append(found.mistake(("id",), f"two questions have the id {found.value.id}"))
    draft.asked.setdefault(found.value.id, asked)
    draft.mistakes += questions.check_question(asked, text.head.value)
    return asked.shown


def _parsed(draft: Draft, file: str, block: Block) -> Source[QuestionBlock] | None:
    try:
        return source.parse(block.text, QuestionBlock, file, block.line)
    except ContentError as bad:
        draft.mistakes += bad.mistakes
        return None


def _read_keys(draft: Draft) -> None:
    if not draft.asked and not (draft.folder / KEYS).exists():
        return
    try:
        draft.keys = source.read_entries(draft.folder / KEYS, Key, draft.name(KEYS))
    except ContentError as bad:
        draft.mistakes += bad.mistakes
        return
    draft.mistakes += draft.keys.mistakes
    draft.mistakes += questions.without_key(draft.keys, draft.asked)
    draft.mistakes += questions.without_question(draft.keys, draft.asked, partial(_excused, draft))
    for name in draft.keys.value.keys() & draft.asked.keys():
        draft.mistakes += questions.check_key(draft.asked[name], draft.keys)


def _excused(draft: Draft, key: str) -> bool:
    """Whether a key may belong to a question that can't be read, or to one of a module that is not listed."""
    texts, module = draft.texts.values(), key.rpartition("-q")[0]
    if key in draft.aside or any(key in one.words for text in texts for one in text.lost):
        return True
    # A text of which nothing was read, and a question without id, may have any key but those of the other modules.
    silent = [text for text in texts if text.silent or any(not one.named for one in text.lost)]
    if any(text.head.value.id in {None, module} for text in silent):
        return True
    return bool(draft.unread - draft.texts.keys()) and module not in {text.head.value.id for text in texts}
