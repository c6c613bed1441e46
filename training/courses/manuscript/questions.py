"""Questions of a module and their keys: what an author can get wrong in them."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from training.content.markdown import inline
from training.content.source import Entries, Mistake, Source
from training.courses.manuscript.format import Judgement, Key, Option, QuestionBlock
from training.courses.manuscript.known import KnownModule
from training.courses.manuscript.lost import Lost
from training.grading.values.base import Spec, Unreadable
from training.grading.values.reading import read
from training.grading.values.times import of_iso

FEWEST, MOST = 3, 6  # options of a question
TYPED = {"number", "time", "address", "short"}
"""Types whose answer is typed."""

CHOSEN = {"choice", "multiple", "matching", "statement"}
LONGER = 1.2  # times the longest wrong option, from which the right one gives itself away
MOST_FOR_ALL = 0.5  # share of the points for choosing every option
NAMED = {"matching": "item", "statement": "reason"}
MEASURED = {"number", "time"}
OWN, TEACHING = "Reading", "course teaching"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as a page asks it: `stem` and the texts of `options` and `items` are safe HTML. It knows no key.

    `options` of a question of type order are the items to be put into order.
    """

    id: str
    number: int
    objective: str
    type: str
    stem: str
    options: tuple[tuple[str, str], ...]
    items: tuple[tuple[str, str], ...] = ()
    pool: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was read, with the lines of its parts, and as it is shown."""

    source: Source[QuestionBlock]
    shown: Question


def shown(block: QuestionBlock, number: int) -> Question:
    """The question as the page with this many questions before it asks it."""
    options, items = _texts(block.options), _texts(block.items)
    if block.type == "order":
        options, items = items, ()
    stem = inline(block.stem)
    return Question(block.id, number, block.objective, block.type, stem, options, items, block.pool or "")


def _texts(options: Iterable[Option]) -> tuple[tuple[str, str], ...]:
    return tuple((option.id, inline(option.text)) for option in options)


def check_question(asked: Asked, module: KnownModule) -> Iterator[Mistake]:
    """Mistakes that can be seen without the key, by what is known of the module."""
    wrong, block = asked.source.mistake, asked.source.value
    objectives = dict.fromkeys(filter(None, module.named))
    if module.id and not block.id.startswith(f"{module.id}-q"):
        yield wrong(("id",), f"id {block.id} does not begin with {module.id}-q, the id of its module")
    if module.whole and block.objective not in objectives:
        yield wrong(("objective",), f"there is no objective {block.objective}; there are {', '.join(objectives)}")
    if block.pool and module.pools is not None and block.pool not in module.pools:
        message = f"there is no pool {block.pool} in the front matter; write pools: {{{block.pool}: 1}} there"
        yield wrong(("pool",), message)
    wanted = LISTS[block.type]
    texts = [block.stem, *(one.text for one in (*block.options, *block.items))]
    if any("](term:" in text for text in texts):
        yield wrong((), "a link to a term stands in the text of a module, not in a question")
    for field in ("options", "items"):
        given: tuple[Option, ...] = getattr(block, field)
        if field in wanted:
            yield from (wrong((field, *at), fault) for at, fault in _list_faults(field, given))
        elif given and not wanted:
            yield wrong((field,), f"a question of type {block.type} has no {field}; its answer is typed")
        elif given:
            yield wrong((field,), f"a question of type {block.type} has {' and '.join(wanted)}, not {field}")


def _list_faults(field: str, given: tuple[Option, ...]) -> Iterator[tuple[tuple[int, ...], str]]:
    if not FEWEST <= len(given) <= MOST:
        yield (), f"{len(given)} {field}; a question has {FEWEST} to {MOST}"
    ids: dict[str, int] = {}
    texts: dict[str, str] = {}
    for number, option in enumerate(given):
        if ids.setdefault(option.id, number) != number:
            yield (number,), f"two {field} have the id {option.id}"
        text = " ".join(option.text.casefold().split())
        if texts.setdefault(text, option.id) != option.id:
            yield (number,), f"{field} {texts[text]} and {option.id} have the same text"


def check_pools(head: Source[KnownModule], asked: Iterable[Question], lost: Iterable[Lost]) -> Iterator[Mistake]:
    """A pool has more questions than a reader gets of it, all for one objective. Those that are lost may be of it."""
    listed, hidden = list(asked), list(lost)
    for name, drawn in (head.value.pools or {}).items():
        inside = [one for one in listed if one.pool == name]
        if drawn is None or any(name in one.words for one in hidden):
            continue
        if len(inside) <= drawn:
            message = f"pool {name} has {len(inside)} questions, of which a reader gets {drawn}; it needs more"
            yield head.mistake(("pools", name), message)
        elif len({one.objective for one in inside}) > 1:
            message = (
                f"the questions of pool {name} test several objectives; questions that stand for each other test one"
            )
            yield head.mistake(("pools", name), message)


def check_covered(head: Source[KnownModule], asked: Iterable[Question], lost: Iterable[Lost]) -> Iterator[Mistake]:
    """Each objective has a question. Those that are lost may be for it."""
    named, hidden = head.value.named, list(lost)
    if any(not one.tests(named) for one in hidden):
        return
    covered = {question.objective for question in asked}.union(*(one.words for one in hidden))
    for number, name in enumerate(named):
        if name and name not in covered:
            yield head.mistake(("objectives", number), f"no question tests objective {name}")


def check_key(asked: Asked, keys: Entries[Key]) -> Iterator[Mistake]:
    """Mistakes of a key, seen beside its question."""
    block = asked.source.value
    key = keys.value[block.id]
    faults = list(_answer(block, key))
    judged = not any(field == "answer" for field, _ in faults)  # else nobody knows which options are wrong
    for field, fault in faults:
        yield keys.mistake((block.id, field), f"{block.id}, {field}: {fault}")
    for name, fault in _feedback(block, key, judged=judged):
        yield keys.mistake((block.id, "feedback", name), f"{block.id}, feedback: {fault}")


def _answer(block: QuestionBlock, key: Key) -> Iterator[tuple[str, str]]:
    if fault := FAULTS[block.type](key.answer, block):
        yield "answer", fault
    if key.tolerance and block.type not in MEASURED:
        yield "tolerance", f"only a question of type number or time has one, this is of type {block.type}"
    if key.accept and block.type != "short":
        yield "accept", f"only a question of type short has it, this is of type {block.type}"


def _choice(answer: object, block: QuestionBlock) -> str:
    ids = _ids(block.options)
    return "" if answer in ids else f"{answer} is not the id of an option; there are {', '.join(ids)}"


def _multiple(answer: object, block: QuestionBlock) -> str:
    ids = _ids(block.options)
    if not isinstance(answer, tuple) or not answer or len(set(answer)) < len(answer) or not set(answer) <= set(ids):
        return f"a list of ids of options is expected, of {', '.join(ids)}"
    return "every option is right; offer wrong ones too" if len(answer) == len(ids) else ""


def _order(answer: object, block: QuestionBlock) -> str:
    ids = _ids(block.items)
    if not isinstance(answer, tuple) or sorted(answer) != sorted(ids):
        return f"each id once is expected, in the right order: {', '.join(ids)}"
    return "the items stand in the right order already; mix them" if list(answer) == ids else ""


def _matching(answer: object, block: QuestionBlock) -> str:
    items, options = _ids(block.items), _ids(block.options)
    if not isinstance(answer, Mapping) or sorted(answer) != sorted(items):
        return f"each item with its option is expected: {{{', '.join(f'{item}: …' for item in items)}}}"
    strange = [option for option in answer.values() if option not in options]
    return f"{strange[0]} is not the id of an option; there are {', '.join(options)}" if strange else ""


def _statement(answer: object, block: QuestionBlock) -> str:
    ids = _ids(block.options)
    if not isinstance(answer, Judgement):
        return "the truth and the reason are expected: {truth: false, reason: b}"
    return "" if answer.reason in ids else f"{answer.reason} is not the id of a reason; there are {', '.join(ids)}"


def _number(answer: object, _block: QuestionBlock) -> str:
    return "" if isinstance(answer, int | float) else f"{answer} is not a number"


def _time(answer: object, _block: QuestionBlock) -> str:
    written = isinstance(answer, str) and re.fullmatch(r"[0-9-]{10}T[0-9:]{8}(\.[0-9]{1,6})?Z", answer)
    return "" if written and of_iso(str(answer)) else f'{answer} is not a time in UTC such as "2026-03-11T09:14:33Z"'


def _address(answer: object, _block: QuestionBlock) -> str:
    for name in ("ip", "endpoint"):
        try:
            read(str(answer), Spec(type=name))
        except Unreadable:
            continue
        return ""
    return f"{answer} is not an IP address, nor one with a port such as 192.0.2.17:443"


def _short(answer: object, _block: QuestionBlock) -> str:
    return "" if isinstance(answer, str) else f"a text is expected, not {answer}"


LISTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("choice", "multiple", "statement"), ("options",)),
    "order": ("items",),
    "matching": ("items", "options"),
    **dict.fromkeys(("number", "time", "address", "short"), ()),
}
FAULTS = {
    "choice": _choice,
    "multiple": _multiple,
    "order": _order,
    "matching": _matching,
    "statement": _statement,
    "number": _number,
    "time": _time,
    "address": _address,
    "short": _short,
}


def _ids(options: Iterable[Option]) -> list[str]:
    return [option.id for option in options]


def _feedback(block: QuestionBlock, key: Key, *, judged: bool) -> Iterator[tuple[str, str]]:
    """Each wrong option, each wrong reason and each item to match has a sentence.

    Gives the id in question with what is wrong about it. One for a right option is only a remark.
    """
    named, places = NAMED.get(block.type, "option"), block.items if block.type == "matching" else block.options
    for name in key.feedback:
        if name not in _ids(places):
            yield name, f"there is no {named} {name}"
    if block.type not in CHOSEN or not judged:
        return
    for name in _ids(places):
        if name not in key.feedback and name not in _right(key):
            said = "has none; say what a wrong pair gets wrong" if named == "item" else "is wrong and has none; say why"
            yield name, f"{named} {name} {said}"


def _right(key: Key) -> Collection[str]:
    """Ids of options or reasons that are right."""
    match key.answer:
        case tuple():
            return key.answer
        case Judgement():
            return (key.answer.reason,)
        case str():
            return (key.answer,)
    return ()


def remarks(asked: Asked, keys: Entries[Key]) -> Iterator[Mistake]:
    """What deserves a second look without being wrong: in the question, and in its key."""
    block = asked.source.value
    key = keys.value[block.id]
    yield from _given_away(asked, key)
    for name in key.feedback:
        if block.type in CHOSEN - {"matching"} and name in _right(key):
            said = f"{block.id}, feedback: {NAMED.get(block.type, 'option')} {name} is right; say it in the explanation"
            yield keys.mistake((block.id, "feedback", name), said)
    if fault := own_teaching(key.source, key.mark):
        yield keys.mistake((block.id, "mark"), f"{block.id}: {fault}")


def own_teaching(text: str, mark: str) -> str:
    """What is odd about the mark of a source; '' for nothing: the course itself is no source that was checked."""
    if mark == OWN or not text.casefold().startswith(TEACHING):
        return ""
    return f"the course's own teaching has the mark {OWN}; {mark} says that a source outside the course was read"


def _given_away(asked: Asked, key: Key) -> Iterator[Mistake]:
    """A right option that is longer than the others; points for all that are chosen."""
    block = asked.source.value
    if block.type in {"choice", "statement"}:
        lengths = {option.id: len(option.text) for option in block.options}
        right = max((lengths.pop(name, 0) for name in _right(key)), default=0)
        if lengths and right > LONGER * max(lengths.values()):
            what = "right reason" if block.type == "statement" else "right option"
            yield asked.source.mistake((), f"{block.id}: the {what} is longer than the others by more than a fifth")
    if block.type == "multiple":
        right = len(set(_right(key)))
        share = (2 * right - len(block.options)) / max(1, right)
        if share > MOST_FOR_ALL:
            message = f"{block.id}: whoever chooses every option gets {share:.0%}; offer more wrong ones"
            yield asked.source.mistake((), message)


def without_question(
    keys: Entries[Key], asked: Mapping[str, Asked], excused: Callable[[str], bool]
) -> Iterator[Mistake]:
    """Keys that no question belongs to, but those that may belong to one that can't be read."""
    for name in sorted(keys.names - asked.keys()):
        if not excused(name):
            yield keys.mistake((name,), f"{name}: no module has this question")


def without_key(keys: Entries[Key], asked: Mapping[str, Asked]) -> Iterator[Mistake]:
    """Questions that no key belongs to."""
    for name, one in asked.items():
        if name not in keys.names:
            yield one.source.mistake(("id",), f"{name} has no key; add it to {keys.file}")
