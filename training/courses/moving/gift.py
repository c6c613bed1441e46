"""GIFT, the text format of questions that Moodle reads and writes, out.

The grammar is that of Moodle's documentation, "GIFT format": the characters ~ = # { } : and the backslash are written
with a backslash before them, a line break as a backslash and n.
"""

import re
from collections.abc import Iterator, Sequence

from training.courses.manuscript.format import Judgement
from training.courses.moving import asked
from training.courses.moving.asked import Item, Loss, outward
from training.sentence import phrase

SPECIAL = re.compile(r"[\\:#={}~\n]")
DECIMALS = 5  # of a weight in percent


def write(items: Sequence[Item]) -> tuple[str, list[Loss]]:
    """Questions as a GIFT file, and what it can't carry of them."""
    lines, losses, folder = list[str](), list[Loss](), ""
    for item in items:
        losses += [*asked.losses(item), *_losses(item)]
        if (body := _body(item)) is None:
            continue
        if item.folder != folder:
            folder = item.folder
            lines += [f"$CATEGORY: {folder}", ""]
        lines += [*_notes(item), f"::{escaped(item.name)}::[markdown]{escaped(outward(item.stem))}{{{body}}}", ""]
    return "\n".join(lines), losses


def escaped(text: str) -> str:
    """A text in which nothing is a sign of the format."""
    return SPECIAL.sub(lambda sign: "\\n" if sign[0] == "\n" else f"\\{sign[0]}", text.replace("\r\n", "\n"))


def _notes(item: Item) -> Iterator[str]:
    yield "// " + " ".join(f"[{one}]" for one in (f"id:{item.name}", *(f"tag:{tag}" for tag in asked.tags(item))))
    if item.source:
        yield f"// source: {item.source}"


def _losses(item: Item) -> Iterator[Loss]:
    if item.type == "order" and any(SPECIAL.search(text) for text in asked.ordered(item)):
        what = phrase("signs such as : = # in lines to be put into order: Moodle XML carries them, GIFT may not")
        yield Loss(item.name, what)
    if item.type == "matching" and any("->" in text for _, text in item.items):
        yield Loss(item.name, phrase("the arrow -> in a left side: it becomes the sign of one letter"))
    if _body(item) is None:
        what = phrase("the question: GIFT would read something else in its answers. Moodle XML carries it")
        yield Loss(item.name, what)


def _body(item: Item) -> str | None:
    """What stands between the braces; None where the format can't say it."""
    made = BODIES[item.type](item)
    explained = f"####{_text(item.explanation)}" if item.explanation and made is not None else ""
    return None if made is None else made + explained


def _text(text: str) -> str:
    """A text that may begin with the name of its format between brackets."""
    said = escaped(outward(text))
    return f"[markdown]{said}" if said.startswith("[") else said


def _option(item: Item, name: str, text: str, sign: str) -> str:
    said = item.feedback.get(name, "")
    return f"\n{sign}{_text(text)}" + (f" #{_text(said)}" if said else "")


def _choice(item: Item) -> str:
    right = asked.right(item)
    lines = [_option(item, name, text, "=%100%" if name in right else "~%0%") for name, text in item.options]
    return "".join(lines) + "\n"


def _multiple(item: Item) -> str:
    worth = asked.weights(item)
    lines = [_option(item, name, text, f"~%{_figure(round(worth[name], DECIMALS))}%") for name, text in item.options]
    return "".join(lines) + "\n"


def _short(item: Item) -> str | None:
    texts = [str(item.answer), *item.accept]
    if any("->" in text for text in texts):
        return None
    lines = [f"\n=%100%{escaped(text.replace('*', chr(92) + '*'))}" for text in texts]
    return "".join(lines) + "\n"


def _number(item: Item) -> str:
    return f"#{_figure(item.answer)}:{_figure(item.tolerance)}"


def _figure(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _matching(item: Item) -> str:
    lines = [f"\n={_text(left.replace('->', '→'))} -> {escaped(outward(right))}" for left, right in asked.pairs(item)]
    return "".join(lines) + "\n"


def _order(item: Item) -> str | None:
    texts = [escaped(outward(text)) for text in asked.ordered(item)]
    if any(text.startswith(("//", "$CATEGORY")) for text in texts):
        return None
    return "\n".join([f">{len(texts)} ALL VERTICAL ABSOLUTE_POSITION SHOW none", *texts, ""])


def _statement(item: Item) -> str:
    return "TRUE" if isinstance(item.answer, Judgement) and item.answer.truth else "FALSE"


BODIES = {
    "choice": _choice,
    "multiple": _multiple,
    "short": _short,
    "time": _short,
    "address": _short,
    "number": _number,
    "matching": _matching,
    "order": _order,
    "statement": _statement,
}
