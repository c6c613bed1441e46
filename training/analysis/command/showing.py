"""Options that change what the page shows and not the run: rows, columns, the form of the output.

`--filters` and `--hide-columns` mean what they mean in vol 2.28.2 (volatility3/cli/text_filter.py, text_renderer.py):
a filter looks at the first column whose name holds its text, whatever the case, or at all columns without one; a column
is hidden when its name begins with a word. What vol silently ignores, such as a column that does not exist, is refused.
"""

from dataclasses import dataclass, field

from training.analysis.cards import Card
from training.analysis.command.general import RENDERERS
from training.analysis.command.model import RowFilter, View
from training.analysis.command.values import check_pattern
from training.analysis.command.wording import either, nearest, no, quoted

MOST = 20  # filters in one command
LONGEST_PATTERN = 200  # characters
ANY_OF = "Several filters: as in vol a row is shown when one of them keeps it."
ALL_COLUMNS = "Filters look at all columns here; vol counts only those not hidden, and may look at another one."
OWN = "--columns is an option of this page: vol has only --hide-columns."


@dataclass(slots=True)
class Asked:
    """What was typed about showing, before the plugin and with it the columns are known."""

    filters: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    renderer: str | None = None


def view_of(card: Card, asked: Asked) -> tuple[View, list[str]]:
    """What is to be shown of a plugin's rows, and notes about how it was read. Raises Refused."""
    notes = [OWN] if asked.shown else []
    if len(asked.filters) > MOST:
        raise no(f"There are {len(asked.filters)} filters; at most {MOST} are read.")
    read = [_filter(card, text, notes) for text in asked.filters]
    filters = tuple(one for one in read if one is not None)
    hidden = _beginning(card, asked.hidden)
    if len(hidden) == len(card.columns):
        raise no("--hide-columns hides every column. Leave one to be shown.")
    shown = _chosen(card, asked.shown)
    if len(filters) > 1:
        notes.append(ANY_OF)
    if hidden and any(one.column for one in filters):
        notes.append(ALL_COLUMNS)
    renderer = _renderer(asked.renderer, notes)
    return View(filters, hidden, shown, renderer), notes


def _filter(card: Card, typed: str, notes: list[str]) -> RowFilter | None:
    """`[+-]COLUMN,TEXT[!]` or `[+-]TEXT[!]`."""
    body = typed[1:] if typed[:1] in {"+", "-"} else typed
    first, comma, rest = body.partition(",")
    name, text = (first, rest) if comma else ("", first)
    column = _holding(card, name, notes) if name else None
    regex = text.endswith("!")
    text = text.removesuffix("!")
    if not text:
        notes.append(f"The filter {quoted(typed)} has no text to look for: as in vol it keeps every row.")
        return None
    if len(text) > LONGEST_PATTERN:
        raise no(f"A filter has {len(text)} characters; at most {LONGEST_PATTERN} are read.")
    if regex:
        check_pattern(f"filter {quoted(typed)}", text)
    return RowFilter(text, column, exclude=typed.startswith("-"), regex=regex)


def _holding(card: Card, typed: str, notes: list[str]) -> str:
    """The first column whose name holds the text."""
    for column in card.columns:
        if typed.lower() in column.name.lower():
            if typed.lower() != column.name.lower():
                notes.append(
                    f"The filter's column {quoted(typed)} was read as {column.name}: vol takes the first match."
                )
            return column.name
    raise _no_column(card, typed)


def _beginning(card: Card, typed: list[str]) -> tuple[str, ...]:
    """The columns whose names begin with one of the words, in the card's order."""
    found = {word: [column.name for column in card.columns if _begins(column.name, word)] for word in typed}
    missing = next((word for word, names in found.items() if not names), None)
    if missing is not None:
        raise _no_column(card, missing)
    hidden = {name for names in found.values() for name in names}
    return tuple(column.name for column in card.columns if column.name in hidden)


def _chosen(card: Card, typed: list[str]) -> tuple[str, ...]:
    """The columns that have the words as names, else begin with them, in the order of the words."""
    chosen: dict[str, None] = {}
    for word in typed:
        exact = [column.name for column in card.columns if column.name.lower() == word.lower()]
        found = exact or [column.name for column in card.columns if _begins(column.name, word)]
        if not found:
            raise _no_column(card, word)
        chosen |= dict.fromkeys(found)
    return tuple(chosen)


def _begins(name: str, word: str) -> bool:
    return bool(word) and name.lower().startswith(word.lower())


def _no_column(card: Card, typed: str) -> Exception:
    names = [column.name for column in card.columns]
    near = nearest(typed, names)
    meant = f"Did you mean {quoted(near)}?" if near else f"It has {either(names)}."
    return no(f"The plugin {card.name} has no column {quoted(typed)}. {meant}")


def _renderer(typed: str | None, notes: list[str]) -> str | None:
    if typed is None:
        return None
    name = typed.lower()
    if name not in RENDERERS:
        raise no(f"There is no renderer {quoted(typed)}. vol has {either(list(RENDERERS))}.")
    notes.append(f"-r {name}: {RENDERERS[name]}")
    return name
