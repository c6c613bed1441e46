"""What somebody who learns with one release would see change in another.

Modules go by their ids, texts by section, questions by their ids. A changed key is named and never shown: the same
pages are for learners.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from training.authoring.lines import Piece, alike, operations, words
from training.authoring.outline import Asked, Outline, Section, Shown, Text

BEGINNING = "introduction, before the first section"
SAME_PLACE = 0.4  # share of common words from which a paragraph or section counts as the old one, changed
MOST_ROWS = 20  # rows of an output block that are listed on each side

T = TypeVar("T")
Pieces = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A section, objective or figure that changed: `kind` is new, gone or changed."""

    kind: str
    title: str
    pieces: tuple[Pieces, ...] = ()
    was: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question that changed; `key` says whether other answers are right now, `said` whether its feedback changed."""

    kind: str
    id: str
    stem: Pieces
    options: tuple[Pieces, ...] = ()
    key: bool = False
    said: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a plugin that changed."""

    kind: str
    command: str
    caption: Pieces
    gone: tuple[str, ...]
    come: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """A module that changed, in one language. `was` is its old title where that changed."""

    kind: str
    text: Text
    was: str = ""
    objectives: tuple[Part, ...] = ()
    sections: tuple[Part, ...] = ()
    questions: tuple[Question, ...] = ()
    outputs: tuple[Rows, ...] = ()
    figures: tuple[Part, ...] = ()
    moved: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything did."""
        parts = (self.objectives, self.sections, self.questions, self.outputs, self.figures)
        return self.kind != "changed" or bool(self.was) or self.moved or any(parts)


@dataclass(frozen=True, slots=True)
class Changes:
    """All that changed in a course."""

    course: tuple[Part, ...]
    modules: tuple[Module, ...]
    terms: tuple[Part, ...] = ()

    def __bool__(self) -> bool:
        """Whether a reader would see any of it."""
        return bool(self.course or self.modules or self.terms)


def between(before: Outline, after: Outline) -> Changes:
    """What changed from one to the other, in the order of the new one; what is gone comes last."""
    fields = ((name, getattr(before, name), getattr(after, name)) for name in ("title", "summary"))
    course = tuple(Part("changed", name, (words(old, new),)) for name, old, new in fields if old != new)
    old = {(text.id, text.language): text for text in before.texts}
    new = {(text.id, text.language): text for text in after.texts}
    moved = _moved([key for key in old if key in new], [key for key in new if key in old])
    modules = [
        _module(old[key], text, moved=key in moved) if key in old else Module("new", text) for key, text in new.items()
    ]
    modules += [Module("gone", text) for key, text in old.items() if key not in new]
    return Changes(course, tuple(one for one in modules if one.changed), tuple(_terms(before.terms, after.terms)))


def told(changes: Changes) -> Iterator[str]:
    """The changes as lines of plain text, with [-words that went-] and {+words that came+}."""
    for part in changes.course:
        yield f"{part.title}: {plain(part.pieces[0])}"
    for part in changes.terms:
        yield f"{part.kind}: term {part.title}"
        yield from (f"  {plain(one)}" for one in part.pieces)
    for module in changes.modules:
        language = f" ({module.text.language})" if module.text.language else ""
        yield f"{module.kind}: module {module.text.id}{language} {module.text.title}"
        yield from (f"  title was: {module.was}" for _ in [1] if module.was)
        yield from ("  at another place in the course" for _ in [1] if module.moved)
        for kind, parts in (("objective", module.objectives), ("section", module.sections), ("figure", module.figures)):
            for part in parts:
                named = f"{kind} {part.title}" if part.title else BEGINNING
                yield f"  {part.kind}: {named}" + (f" (was: {part.was})" if part.was else "")
                yield from (f"    {plain(one)}" for one in part.pieces)
        for question in module.questions:
            yield from _told_of(question)
        for rows in module.outputs:
            yield f"  {rows.kind}: rows of {rows.command}: {plain(rows.caption)}"
            yield from (f"    - {row}" for row in rows.gone)
            yield from (f"    + {row}" for row in rows.come)


def plain(pieces: Pieces) -> str:
    """A sentence with what went and what came, as text."""
    marks = {"same": "{}", "out": "[-{}-]", "in": "{{+{}+}}"}
    return "".join(marks[kind].format(text) for kind, text in pieces).replace("\n", " ")


def _told_of(question: Question) -> Iterator[str]:
    yield f"  {question.kind}: question {question.id}: {plain(question.stem)}"
    yield from (f"    option: {plain(one)}" for one in question.options)
    yield from ("    its key changed" for _ in [1] if question.key)
    yield from ("    what is said about answers changed" for _ in [1] if question.said)


def _moved(old: Sequence[object], new: Sequence[object]) -> set[object]:
    """Those that stand elsewhere among the modules that are in both."""
    before, after = [str(one) for one in old], list(new)
    kept = {
        n for tag, _, _, c, d in operations(before, [str(one) for one in after]) if tag == "equal" for n in range(c, d)
    }
    return {one for n, one in enumerate(after) if n not in kept}


def _module(old: Text, new: Text, *, moved: bool) -> Module:
    return Module(
        "changed",
        new,
        was=old.title if old.title != new.title else "",
        objectives=tuple(_objectives(old.objectives, new.objectives)),
        sections=tuple(_sections(old.sections, new.sections)),
        questions=tuple(_questions(old.questions, new.questions)),
        outputs=tuple(_outputs(old.outputs, new.outputs)),
        figures=tuple(_figures(old.figures, new.figures)),
        moved=moved,
    )


def _objectives(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Part]:
    for name in dict.fromkeys((*new, *old)):
        if old.get(name) != new.get(name):
            yield Part(_kind(name, old, new), name, (words(old.get(name, ""), new.get(name, "")),))


def _sections(old: Sequence[Section], new: Sequence[Section]) -> Iterator[Part]:
    pairs = _pairs(old, new, lambda one: one.title, lambda one: f"{one.title} {' '.join(one.paragraphs)}")
    for before, after in pairs:
        if before and after:
            pieces = tuple(_paragraphs(before.paragraphs, after.paragraphs))
            was = before.title if before.title != after.title else ""
            if pieces or was:
                yield Part("changed", after.title, pieces, was)
        elif after:
            yield Part("new", after.title, tuple((("in", text),) for text in after.paragraphs))
        elif before:
            yield Part("gone", before.title, tuple((("out", text),) for text in before.paragraphs))


def _paragraphs(old: Sequence[str], new: Sequence[str]) -> Iterator[Pieces]:
    """Paragraphs that changed, word by word where they are still the same one."""
    for tag, a, b, c, d in operations(old, new):
        if tag == "equal":
            continue
        gone, come = list(old[a:b]), list(new[c:d])
        while gone and come:
            before, after = gone.pop(0), come.pop(0)
            if alike(before, after) >= SAME_PLACE:
                yield words(before, after)
            else:
                yield (("out", before),)
                yield (("in", after),)
        yield from ((("out", text),) for text in gone)
        yield from ((("in", text),) for text in come)


def _questions(old: Mapping[str, Asked], new: Mapping[str, Asked]) -> Iterator[Question]:
    for name in dict.fromkeys((*new, *old)):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if before and after:
            options = tuple(_options(dict(before.options), dict(after.options)))
            changed = (before.key != after.key, before.said != after.said)
            yield Question("changed", name, words(before.stem, after.stem), options, *changed)
        elif one := before or after:
            side = "in" if after else "out"
            options = tuple(((side, text),) for _, text in one.options)
            yield Question(_kind(name, old, new), name, ((side, one.stem),), options)


def _options(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Pieces]:
    for name in dict.fromkeys((*new, *old)):
        if old.get(name) != new.get(name):
            yield words(old.get(name, ""), new.get(name, ""))


def _outputs(old: Sequence[Shown], new: Sequence[Shown]) -> Iterator[Rows]:
    for before, after in _pairs(old, new, lambda one: f"{one.command} {one.caption}", lambda one: one.command):
        one = after or before
        if one is None or before == after:
            continue
        gone, come = (tuple(side.rows if side else ()) for side in (before, after))
        kind = "changed" if before and after else "new" if after else "gone"
        caption = words(before.caption if before else "", after.caption if after else "")
        left = tuple(row for row in gone if row not in come)[:MOST_ROWS]
        yield Rows(kind, one.command, caption, left, tuple(row for row in come if row not in gone)[:MOST_ROWS])


def _figures(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Part]:
    for name in dict.fromkeys((*new, *old)):
        if old.get(name) != new.get(name):
            yield Part(_kind(name, old, new), name.rpartition("/")[2])


def _terms(old: Mapping[str, Mapping[str, str]] | None, new: Mapping[str, Mapping[str, str]] | None) -> Iterator[Part]:
    """Terms that changed. Of a release that holds none nobody can say what its readers read."""
    if old is None or new is None:
        return
    for name in dict.fromkeys((*new, *old)):
        before, after = old.get(name, {}), new.get(name, {})
        pieces = tuple(
            words(before.get(language, ""), after.get(language, ""))
            for language in dict.fromkeys((*after, *before))
            if before.get(language) != after.get(language)
        )
        if pieces:
            yield Part(_kind(name, old, new), name, pieces)


def _kind(name: str, old: Mapping[str, object], new: Mapping[str, object]) -> str:
    return "changed" if name in old and name in new else "new" if name in new else "gone"


def _pairs(
    old: Sequence[T], new: Sequence[T], name: Callable[[T], str], text: Callable[[T], str]
) -> list[tuple[T | None, T | None]]:
    """Things that belong together: those with one name, then those whose texts have enough in common."""
    left = list(old)
    found: list[tuple[T | None, T | None]] = [(None, one) for one in new]
    tests: tuple[Callable[[T, T], bool], ...] = (
        lambda one, other: name(one) == name(other),
        lambda one, other: alike(text(one), text(other)) >= SAME_PLACE,
    )
    for fits in tests:
        for at, (before, after) in enumerate(found):
            match = next((one for one in left if before is None and after is not None and fits(one, after)), None)
            if match is not None:
                left.remove(match)
                found[at] = (match, after)
    return found + [(one, None) for one in left]
