"""Questions on their way: those of our courses, and what is left of them in another format; and the way back.

An `Item` is a question together with its key, in our types. A `Loss` is what a format can't carry, in words, for one
question: nothing is left out in silence.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from training.content.source import ContentError
from training.courses.manuscript import draft
from training.courses.manuscript.format import Judgement, Key, QuestionBlock
from training.sentence import Sentence, phrase

LARGEST = 2_000_000  # bytes of a file of questions
MOST = 1_000  # questions of a file
FORMULA = re.compile(r"\$`([^`\n]+)`\$")
TEX = re.compile(r"\$\$([^$`\n]+)\$\$")

Texts = tuple[tuple[str, str], ...]
"""Ids and texts of options or items."""

Answer = int | float | str | tuple[str, ...] | Mapping[str, str] | Judgement | None


@dataclass(frozen=True, slots=True)
class Item:
    """A question and its key. Fields are as in `QuestionBlock` and `Key`; empty where elsewhere there is no such thing.

    `name` is the id here, or what it is called elsewhere; `folder` that of its module; `line` where it begins in a file
    from elsewhere.
    """

    name: str
    type: str
    stem: str
    answer: Answer
    options: Texts = ()
    items: Texts = ()
    tolerance: float = 0
    accept: tuple[str, ...] = ()
    explanation: str = ""
    feedback: Mapping[str, str] = field(default_factory=dict)
    objective: str = ""
    mark: str = ""
    source: str = ""
    bank: tuple[str, ...] = ()
    pool: str = ""
    folder: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Loss:
    """What can't be carried of a question, in words; its line in a file from elsewhere, else 0."""

    name: str
    what: Sentence
    line: int = 0

    def __str__(self) -> str:
        place = f"line {self.line}, " if self.line else ""
        return f"{place}{self.name}: {self.what}"


@dataclass(frozen=True, slots=True)
class Brought:
    """What was read from a file: questions, and what could not be carried of them."""

    items: tuple[Item, ...]
    losses: tuple[Loss, ...]


def of_course(folder: Path) -> list[Item]:
    """All questions of a course with their keys, in the order of its modules. Raises ContentError."""
    found = draft.read(folder)
    if found.keys is None or found.unread:
        raise ContentError(found.mistakes)
    keys = found.keys.value
    return [
        _item(found.asked[question.id].source.value, keys[question.id], module.folder)
        for module in found.modules
        for question in module.questions
        if question.id in keys
    ]


def _item(block: QuestionBlock, key: Key, folder: str) -> Item:
    return Item(
        name=block.id,
        type=block.type,
        stem=block.stem.strip(),
        answer=key.answer,
        options=tuple((one.id, one.text.strip()) for one in block.options),
        items=tuple((one.id, one.text.strip()) for one in block.items),
        tolerance=key.tolerance,
        accept=tuple(text.strip() for text in key.accept),
        explanation=key.explanation.strip(),
        feedback={name: text.strip() for name, text in key.feedback.items()},
        objective=block.objective,
        mark=key.mark,
        source=" ".join(key.source.split()),
        bank=key.bank,
        pool=block.pool or "",
        folder=folder,
    )


def right(item: Item) -> frozenset[str]:
    """Ids of the options that are right, of a choice or a multiple."""
    return frozenset(item.answer if isinstance(item.answer, tuple) else (str(item.answer),))


def ordered(item: Item) -> list[str]:
    """The texts of an order in the right order."""
    texts = dict(item.items)
    return [texts[name] for name in item.answer] if isinstance(item.answer, tuple) else []


def pairs(item: Item) -> Iterator[tuple[str, str]]:
    """The pairs of texts of a matching, then options that belong to no item, each with an empty item."""
    texts, answer = dict(item.options), item.answer
    assert isinstance(answer, Mapping)  # noqa: S101 - by its type, which the check of a course looks at
    for name, text in item.items:
        yield text, texts[answer[name]]
    for name, text in item.options:
        if name not in answer.values():
            yield "", text


def weights(item: Item) -> dict[str, float]:
    """How much each option of a multiple is worth, in percent: a wrong one takes one right one away, as here."""
    share = 100 / len(right(item))
    return {name: share if name in right(item) else -share for name, _ in item.options}


def tags(item: Item) -> list[str]:
    """What other systems have no field for and keep as words beside the question."""
    pairs_ = [("objective", item.objective), ("mark", item.mark), *(("bank", one) for one in item.bank)]
    return [f"{name} {value}" for name, value in pairs_ if value]


def with_tags(found: Sequence[str], source: str = "") -> dict[str, object]:
    """The fields of an item that such words give."""
    words = [tuple(one.strip().split(" ", 1)) for one in found if " " in one.strip()]
    known = {name: value for name, value in words if name in {"objective", "mark"}}
    bank = tuple(value for name, value in words if name == "bank")
    return {**known, "bank": bank, "source": " ".join(source.split())}


def outward(text: str) -> str:
    """Our Markdown as others read it: a formula between two dollar signs."""
    return FORMULA.sub(lambda formula: f"$${formula[1]}$$", text)


def inward(text: str) -> str:
    """The way back."""
    return TEX.sub(lambda formula: f"$`{formula[1]}`$", text)


def losses(item: Item) -> Iterator[Loss]:
    """What neither GIFT nor Moodle XML can carry of a question."""
    said: list[Sentence] = []
    if item.pool:
        said.append(
            phrase("that it stands for others of the pool %(pool)s; it becomes one question more", pool=item.pool)
        )
    if item.type == "statement" and isinstance(item.answer, Judgement):
        said.append(phrase("the reasons: readers say true or false alone, and what is said about reasons is left out"))
    if item.type == "time":
        said.append(phrase("that it is a time: it becomes a short answer, which takes one spelling alone"))
    if item.type == "time" and item.tolerance:
        said.append(phrase("its tolerance of %(n)s seconds", n=item.tolerance))
    if item.type == "address":
        said.append(phrase("that it is an address: it becomes a short answer, which takes one spelling alone"))
    if item.type == "matching" and item.feedback:
        said.append(phrase("what is said about each wrong pair"))
    if item.type == "matching" and any(set(text) & set("`*_$") for _, text in item.options):
        said.append(phrase("marks in the right sides, such as `code`: they are shown as they are typed"))
    if item.type == "order":
        said.append(phrase("how much a line in a wrong place costs: that system counts in its own way"))
    yield from (Loss(item.name, one) for one in said)
