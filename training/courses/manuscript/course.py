"""A course as pages need it: modules, their pieces, the way between them. It knows nothing of keys."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from training.content.markdown import Heading
from training.courses.manuscript.format import CourseFile, ModuleFile
from training.courses.manuscript.questions import Question

SECTION_HEAD = re.compile(r'<h2 id="(s\d+)">.*?</h2>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class LabWay:
    """The way into a lab or an exercise: its name, the question that it leads to or '', a sentence as safe HTML."""

    name: str
    question: str
    sentence: str
    exercise: bool = False


@dataclass(frozen=True, slots=True)
class LocalPlace:
    """A place for the note of the reader's host: its key, and what the host should write there, as safe HTML."""

    key: str
    asks: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a module: safe HTML, or a question, or a way into a lab, or a place for a note of the host."""

    html: str = ""
    question: Question | None = None
    lab: LabWay | None = None
    local: LocalPlace | None = None


@dataclass(frozen=True, slots=True)
class Module:
    """A module, ready to be shown, in one language.

    A translation has the titles and objectives of its own in `file`; `stale` names its sections (s1, and `front` for
    title and objectives) whose original changed since.
    """

    file: ModuleFile
    folder: str
    parts: tuple[Part, ...]
    headings: tuple[Heading, ...]
    icons: tuple[str, ...]
    words: int
    language: str
    translators: tuple[str, ...] = ()
    stale: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """Its id, by which progress is kept."""
        return self.file.id

    @property
    def number(self) -> str:
        """Its number for readers: 3.1 for m3-1."""
        return self.file.id[1:].replace("-", ".")

    @property
    def title(self) -> str:
        """Its title."""
        return self.file.title

    @property
    def questions(self) -> tuple[Question, ...]:
        """Its questions, in order."""
        return tuple(part.question for part in self.parts if part.question)

    def question(self, name: str) -> Question | None:
        """The question with this id."""
        return next((one for one in self.questions if one.id == name), None)


@dataclass(frozen=True, slots=True)
class Course:
    """A course, ready to be shown: title and summary in `language`, each module in the one that it names."""

    file: CourseFile
    modules: tuple[Module, ...]
    language: str

    @property
    def id(self) -> str:
        """Its name, which is that of its folder."""
        return self.file.id

    @property
    def title(self) -> str:
        """Its title."""
        return self.file.title

    @property
    def labs(self) -> tuple[str, ...]:
        """Names of the labs that its modules lead to."""
        return tuple(dict.fromkeys(name for module in self.modules for name in module.file.labs))

    def module(self, name: str) -> Module | None:
        """The module with this id."""
        return next((one for one in self.modules if one.id == name), None)

    def beside(self, module: Module) -> tuple[Module | None, Module | None]:
        """The modules before and after one."""
        at = self.modules.index(module)
        return (self.modules[at - 1] if at else None), (self.modules[at + 1] if at + 1 < len(self.modules) else None)


def marked(html: str, stale: Collection[str], mark: str) -> str:
    """The HTML of a module with a mark under the heading of each section that is stale."""
    return SECTION_HEAD.sub(lambda head: head[0] + mark if head[1] in stale else head[0], html)
