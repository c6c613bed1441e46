"""Options that change what the page shows and not the run: rows, columns, the form of the output.

`--filters` and `--hide-columns` mean what they mean in vol 2.28.2 (volatility3/cli/text_filter.py, text_renderer.py):
a filter looks at the first column whose name holds its text, whatever the case, or at all columns without one; a column
is hidden when its name begins with a word. What vol silently ignores, such as a column that does not exist, is refused.
"""

from dataclasses import dataclass, field

from training.analysis.cards import Card
from training.analysis.command.general import RENDERERS
from training.analysis.command.model import RowFilter, View
from training.analysis.command.values import fault_of
from training.analysis.command.wording import either, nearest, no, quoted
from training.sentence import joined, phrase

MOST = 20  # filters in one command
LONGEST_PATTERN = 200  # characters
ANY_OF = phrase("Several filters: as in vol a row is shown when one of them keeps it.")
ALL_COLUMNS = phrase("Filters look at all columns here; vol counts only those not hidden, and may look at another one.")
OWN = phrase("--columns is an option of this page: vol has only --hide-columns.")


@dataclass(slots=True)
class Asked:
    """What was typed about showing, before the plugin and with it the columns are known."""

    filters: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    renderer: str | None = None


def view_of(card: Card, asked: Asked) -> tuple[View, list[str]]:
    """What is to be shown of a plugin's rows, and notes about how it was read. Raises Refused."""
    notes: list[str] = [OWN] if asked.shown else []
    if len(asked.filters) > MOST:
        raise no(phrase("There are %(n)s filters; at most %(most)s are read.", n=str(len(asked.filters)), most=MOST))
    read = [_filter(card, text, notes) for text in asked.filters]
    filters = tuple(one for one in read if one is not None)
    hidden = _beginning(card, asked.hidden)
    if len(hidden) == len(card.columns):
        raise no(phrase("--hide-columns hides every column. Leave one to be shown."))
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
        notes.append(
            phrase("The filter %(typed)s has no text to look for: as in vol it keeps every row.", typed=quoted(typed))
        )
        return None
    if len(text) > LONGEST_PATTERN:
        n = str(len(text))
        raise no(phrase("A filter has %(n)s characters; at most %(most)s are read.", n=n, most=LONGEST_PATTERN))
    if regex and (fault := fault_of(text)):
        raise no(
            phrase("The filter %(typed)s is not a regular expression: %(fault)s.", typed=quoted(typed), fault=fault)
        )
    return RowFilter(text, column, exclude=typed.startswith("-"), regex=regex)


def _holding(card: Card, typed: str, notes: list[str]) -> str:
    """The first column whose name holds the text."""
    for column in card.columns:
        if typed.lower() in column.name.lower():
            if typed.lower() != column.name.lower():
                notes.append(
                    phrase(
                        "The filter's column %(typed)s was read as %(column)s: vol takes the first match.",
                        typed=quoted(typed),
                        column=column.name,
                    )
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
    meant = (
        phrase("Did you mean %(known)s?", known=quoted(near))
        if near
        else phrase("It has %(known)s.", known=either(names))
    )
    why = phrase("The plugin %(plugin)s has no column %(typed)s.", plugin=card.name, typed=quoted(typed))
    return no(joined(why, meant))


def _renderer(typed: str | None, notes: list[str]) -> str | None:
    if typed is None:
        return None
    name = typed.lower()
    if name not in RENDERERS:
        known = either(list(RENDERERS))
        raise no(phrase("There is no renderer %(typed)s. vol has %(known)s.", typed=quoted(typed), known=known))
    notes.append(phrase("-r %(name)s: %(what)s", name=name, what=RENDERERS[name]))
    return name
