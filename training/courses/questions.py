"""Questions of a module and their keys: what an author can get wrong in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from training.content.markdown import inline
from training.content.source import Mistake, Source
from training.courses.format import Key, Keys, QuestionBlock

FEWEST, MOST = 3, 6  # options of a question
CHOSEN = {"choice", "multiple"}


@dataclass(frozen=True, slots=True)
class Question:
    """A question as a page asks it: `stem` and the texts of `options` are safe HTML. It knows nothing of its key."""

    id: str
    number: int
    objective: str
    type: str
    stem: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was read, with the lines of its parts, and as it is shown."""

    source: Source[QuestionBlock]
    shown: Question


def shown(block: QuestionBlock, number: int) -> Question:
    """The question as the page with this many questions before it asks it."""
    options = tuple((option.id, inline(option.text)) for option in block.options or block.items)
    return Question(block.id, number, block.objective, block.type, inline(block.stem), options)


def check_question(asked: Asked, module: str, objectives: list[str]) -> Iterator[Mistake]:
    """Mistakes that can be seen without the key."""
    wrong, block = asked.source.mistake, asked.source.value
    if not block.id.startswith(f"{module}-q"):
        yield wrong(("id",), f"id {block.id} does not begin with {module}-q, the id of its module")
    if block.objective not in objectives:
        yield wrong(("objective",), f"there is no objective {block.objective}; there are {', '.join(objectives)}")
    field, other = ("items", "options") if block.type == "order" else ("options", "items")
    given = block.items if block.type == "order" else block.options
    if block.type in {"number", "short"}:
        if block.options or block.items:
            yield wrong((), f"a question of type {block.type} has no options; its answer is typed")
        return
    if getattr(block, other):
        yield wrong((other,), f"a question of type {block.type} has {field}, not {other}")
    if not FEWEST <= len(given) <= MOST:
        yield wrong((field,), f"{len(given)} {field}; a question has {FEWEST} to {MOST}")
    seen: set[str] = set()
    for number, option in enumerate(given):
        if option.id in seen:
            yield wrong((field, number), f"two {field} have the id {option.id}")
        seen.add(option.id)


def check_key(asked: Asked, keys: Source[Keys]) -> Iterator[Mistake]:
    """Mistakes of a key, seen beside its question."""
    block = asked.source.value
    key = keys.value.root[block.id]
    for field, fault in (*_answer(block, key), *_feedback(block, key)):
        yield keys.mistake((block.id, field), f"{block.id}, {field}: {fault}")


def _answer(block: QuestionBlock, key: Key) -> Iterator[tuple[str, str]]:
    ids = [option.id for option in block.options or block.items]
    if fault := FAULTS[block.type](key.answer, ids):
        yield "answer", fault
    if key.tolerance and block.type != "number":
        yield "tolerance", f"only a question of type number has one, this is of type {block.type}"
    if key.accept and block.type != "short":
        yield "accept", f"only a question of type short has it, this is of type {block.type}"


def _choice(answer: object, ids: list[str]) -> str:
    return "" if answer in ids else f"{answer} is not the id of an option; there are {', '.join(ids)}"


def _multiple(answer: object, ids: list[str]) -> str:
    fits = isinstance(answer, tuple) and answer and len(set(answer)) == len(answer) and set(answer) <= set(ids)
    return "" if fits else f"a list of ids of options is expected, of {', '.join(ids)}"


def _order(answer: object, ids: list[str]) -> str:
    if not isinstance(answer, tuple) or sorted(answer) != sorted(ids):
        return f"each id once is expected, in the right order: {', '.join(ids)}"
    return "the items stand in the right order already; mix them" if list(answer) == ids else ""


def _number(answer: object, _ids: list[str]) -> str:
    return "" if isinstance(answer, int | float) else f"{answer} is not a number"


def _short(answer: object, _ids: list[str]) -> str:
    return "" if isinstance(answer, str) else f"a text is expected, not {answer}"


FAULTS = {"choice": _choice, "multiple": _multiple, "order": _order, "number": _number, "short": _short}


def _feedback(block: QuestionBlock, key: Key) -> Iterator[tuple[str, str]]:
    right = key.answer if isinstance(key.answer, tuple) else (key.answer,)
    ids = [option.id for option in block.options]
    for name in key.feedback:
        if name not in ids:
            yield "feedback", f"there is no option {name}"
    if block.type in CHOSEN:
        for name in ids:
            if name not in right and name not in key.feedback:
                yield "feedback", f"option {name} is wrong and has none; say what is wrong with it"


def remarks(asked: Asked, key: Key) -> Iterator[Mistake]:
    """What deserves a second look without being wrong: a right option that gives itself away by its length."""
    block = asked.source.value
    if block.type != "choice":
        return
    lengths = {option.id: len(option.text) for option in block.options}
    right = lengths.pop(str(key.answer), 0)
    if lengths and right > 1.2 * max(lengths.values()):
        yield asked.source.mistake((), f"{block.id}: the right option is longer than the others by more than a fifth")


def without_question(keys: Source[Keys], asked: Mapping[str, Asked]) -> Iterator[Mistake]:
    """Keys that no question belongs to."""
    for name in keys.value.root:
        if name not in asked:
            yield keys.mistake((name,), f"{name}: no module has this question")


def without_key(keys: Source[Keys], asked: Mapping[str, Asked]) -> Iterator[Mistake]:
    """Questions that no key belongs to."""
    for name, one in asked.items():
        if name not in keys.value.root:
            yield one.source.mistake(("id",), f"{name} has no key; add it to {keys.file}")
