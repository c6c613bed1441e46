"""Questions from elsewhere as files beside a module: fences to move into its text, keys to move into keys.yaml.

Nothing that is there is overwritten, and nothing is published: an author looks at each question, and `check` says what
is missing. Ids are new ones of the module.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import get_args

import yaml

from training.authoring import outline
from training.courses.manuscript.format import Judgement, Mark
from training.courses.manuscript.reader import TEXT
from training.courses.moving.asked import Item, Loss
from training.errors import NotThere, Refused
from training.sentence import phrase

MOST_NUMBER = 99
NO_SOURCE = phrase("mark and source: write what its key rests on")
NO_WORDS = phrase("an explanation: write it")
NUMBERED = {"number", "time"}
MODULE = re.compile(r"m[1-9][0-9]?-[1-9][0-9]?")


def files(present: Mapping[str, bytes], folder: str, items: Sequence[Item], origin: str) -> dict[str, bytes]:
    """The files for questions that come to a module: by their path in the course, all of them new.

    `present` are the files of the course, `origin` is what the file was called. Raises NotThere for no such module,
    Refused where its numbers are used up.
    """
    index = present.get(f"{folder}/{TEXT}")
    if index is None:
        known = ", ".join(outline.folders(present)) or "-"
        raise NotThere(phrase("There is no module %(name)s; there are %(known)s.", name=folder[:80], known=known))
    module = outline.field_of(index, "id")
    if not MODULE.fullmatch(module):
        raise Refused(phrase("%(name)s has no id such as m3-1 in its front matter.", name=folder))
    objectives = _objectives(present, folder)
    first = _last(present, module) + 1
    if first + len(items) - 1 > MOST_NUMBER:
        raise Refused(phrase("A module has at most %(most)s questions; this would be more.", most=MOST_NUMBER))
    fences, keys = [], []
    for number, item in enumerate(items, first):
        name = f"{module}-q{number}"
        fences.append("\n".join(_fence(name, item, objectives)))
        keys.append("\n".join(_key(name, item, origin)))
    free = next(n for n in range(1, 1_000) if not any(path in present for path in _paths(folder, n)))
    text, key = _paths(folder, free)
    head = f"Questions from {_line(origin)}. Move each into index.md, and its key from {key} into keys.yaml."
    return {text: "\n\n".join([head, *fences, ""]).encode(), key: "\n\n".join([*keys, ""]).encode()}


def report(items: Sequence[Item], losses: Sequence[Loss]) -> list[Loss]:
    """What an author has to look at, by line: losses, and what every question here needs and these have not."""
    needed = [
        *(Loss(one.name, NO_SOURCE, one.line) for one in items if not (one.mark and one.source)),
        *(Loss(one.name, NO_WORDS, one.line) for one in items if not one.explanation),
    ]
    return sorted([*losses, *needed], key=lambda loss: loss.line)


def _paths(folder: str, number: int) -> tuple[str, str]:
    """Keys lie where only those who may see keys open them."""
    return f"{folder}/imported-{number}.md", f"keys/imported-{folder}-{number}.yaml"


def _last(present: Mapping[str, bytes], module: str) -> int:
    """The highest number that a question of a module has or had in any file of the course."""
    name = re.compile(rf"\b{module}-q([1-9][0-9]?)\b")
    texts = (data.decode("utf-8", "replace") for path, data in present.items() if path.endswith((".md", ".yaml")))
    return max((int(number) for text in texts for number in name.findall(text)), default=0)


def _objectives(present: Mapping[str, bytes], folder: str) -> list[str]:
    text = next((one for one in outline.of(present).texts if one.folder == folder and not one.language), None)
    return list(text.objectives) if text and text.objectives else ["o1"]


def _fence(name: str, item: Item, objectives: Sequence[str]) -> Iterator[str]:
    yield "```quiz"
    yield f"id: {name}"
    yield f"objective: {item.objective if item.objective in objectives else objectives[0]}"
    yield f"type: {item.type}"
    yield f"stem: {_text(item.stem)}"
    for field, listed in (("items", item.items), ("options", item.options)):
        if listed:
            yield f"{field}:"
            yield from (f"  - {{id: {one}, text: {_text(text)}}}" for one, text in listed)
    yield "```"


def _key(name: str, item: Item, origin: str) -> Iterator[str]:
    yield f"{name}:  # {_line(item.name)}"
    yield f"  answer: {_answer(item)}"
    if item.type in NUMBERED:
        yield f"  tolerance: {_figure(float(item.tolerance))}"
    if item.accept:
        yield f"  accept: [{', '.join(_text(one) for one in item.accept)}]"
    if item.bank:
        yield f"  bank: [{', '.join(_text(one) for one in item.bank)}]"
    yield f"  mark: {item.mark if item.mark in get_args(Mark) else 'X'}"
    yield f"  source: {_text(item.source or origin)}"
    yield f"  explanation: {_text(item.explanation)}"
    if item.feedback:
        yield "  feedback:"
        yield from (f"    {one}: {_text(text)}" for one, text in item.feedback.items())


def _answer(item: Item) -> str:
    """The answer as YAML; lists and mappings as JSON, which is YAML too."""
    answer = item.answer
    if isinstance(answer, Judgement):
        return json.dumps({"truth": answer.truth, "reason": answer.reason})
    if isinstance(answer, str) and item.type != "choice":
        return _text(answer)
    return _figure(answer) if isinstance(answer, float) else answer if isinstance(answer, str) else json.dumps(answer)


def _figure(value: float) -> str:
    """A figure without an exponent, which files of courses don't know."""
    text = format(Decimal(repr(value)), "f")
    return text if "." in text else f"{text}.0"


def _text(text: str) -> str:
    """A text in the quotation marks of YAML, in one line."""
    return str(yaml.safe_dump(text, default_style='"', allow_unicode=True, width=10**9)).strip()


def _line(text: str) -> str:
    return " ".join(re.sub(r"[^\w .,:()-]", " ", text).split())[:80]
