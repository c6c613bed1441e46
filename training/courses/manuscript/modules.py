"""The text of a module, original or translated, on its way to a page: figures, output, links, ways into labs."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from training.content.markdown import Block, Link, Rendered, inline, render
from training.content.markdown.words import words
from training.content.source import ContentError, Mistake
from training.courses.manuscript import figure, output
from training.courses.manuscript.course import LabWay, LocalPlace, Part
from training.courses.manuscript.files import FIGURE_FILE
from training.courses.manuscript.questions import Question

PLACES = ("quiz", "lab", "exercise", "local")
QUESTION = re.compile(r"|q[1-9][0-9]?")
LOCAL_KEY = re.compile(r"[a-z][a-z0-9-]{0,39}")
Ask = Callable[[Block, int], Question | None]
"""Reads a question that has this number on its page; None where it can't be read."""


@dataclass(slots=True)
class Scene:
    """Where a text stands: the folder of its module, its file as it is called, its language, what it may lead to.

    `originals` are the output blocks that a translated text translates, in order; None for an original.
    """

    folder: Path
    file: str
    language: str
    link: Link
    labs: tuple[str, ...] | None  # None: not known, since the front matter can't be read
    exhibits: Mapping[str, str] | None = None
    originals: Iterator[Block] | None = None
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    mistakes: list[Mistake] = field(default_factory=list)

    def render(self, text: str, line: int) -> Rendered:
        """The text as cleaned HTML, with questions, labs and local notes between it."""
        page = render(
            text,
            file=self.file,
            first_line=line,
            blocks={"figure": self._figure, "output": self._output},
            places=PLACES,
            link=self.link,
            language=self.language,
        )
        self.mistakes += page.mistakes
        return page

    def parts(self, page: Rendered, ask: Ask) -> tuple[Part, ...]:
        """The pieces of a rendered page."""
        parts: list[Part] = []
        for part in page.parts:
            if isinstance(part, str):
                parts += [Part(html=part)] if part.strip() else []
            elif part.kind == "local":
                parts.append(Part(local=self._local(part)))
            elif part.kind != "quiz":
                parts.append(Part(lab=self._lab(part)))
            elif asked := ask(part, sum(one.question is not None for one in parts) + 1):
                parts.append(Part(question=asked))
        return tuple(parts)

    def _figure(self, block: Block) -> str:
        address, alternative = block.arguments
        if not FIGURE_FILE.fullmatch(address):
            raise ContentError([Mistake(self.file, block.line, f"{address}: a figure is an SVG file in media/")])
        path = self.folder / address
        if not path.is_file():
            raise ContentError([Mistake(self.file, block.line, f"there is no file {address}")])
        number, shown = next(self.numbers), self.file.rpartition("/")[0] + f"/{address}"
        label = words(self.language).figure.format(number)
        return figure.draw(path, shown, label, alternative, block.text, f"f{number}-")

    def _output(self, block: Block) -> str:
        if self.originals is None:
            return output.draw(self.folder, block, self.file, self.exhibits, self.language)
        original = next(self.originals, None)
        if original is None:
            return ""  # one block too many: said where the structures are compared
        return output.draw(self.folder, block, self.file, self.exhibits, self.language, original)

    def _lab(self, block: Block) -> LabWay:
        (name, question), kind = block.arguments, block.kind
        if self.labs is not None and name not in self.labs:
            listed = ", ".join(self.labs) or "none"
            self._wrong(block, f"{kind} {name} is not listed in the front matter under labs: {listed}")
        if not QUESTION.fullmatch(question):
            self._wrong(block, f"#{question} is not a question of a lab, such as #q1")
        if not block.text:
            self._wrong(block, f"a way into {name} without a sentence that says what to do there")
        self._without_terms(block)
        return LabWay(name, question, inline(block.text), kind == "exercise")

    def _local(self, block: Block) -> LocalPlace:
        key, more = block.arguments
        if not LOCAL_KEY.fullmatch(key) or more:
            self._wrong(block, f"{key} is not a key of a local note: words-with-dashes, at most 40 characters")
        if not block.text:
            self._wrong(block, "a place for a local note without a sentence that says what belongs there")
        self._without_terms(block)
        return LocalPlace(key, inline(block.text))

    def _without_terms(self, block: Block) -> None:
        if "](term:" in block.text:
            self._wrong(block, "a link to a term stands in the text of a module, not here")

    def _wrong(self, block: Block, fault: str) -> None:
        self.mistakes.append(Mistake(self.file, block.line, fault))
