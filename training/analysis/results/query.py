"""What is asked of a result: which rows, in which order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from training.analysis.cards import Column
from training.analysis.render import ABSENCES
from training.errors import Refused
from training.sentence import phrase

LONGEST_FILTER = 200
MOST_FILTERS = 20

Operator = Literal["contains", "is", "starts", "ends", ">", ">=", "<", "<=", "absent", "present"]
OPERATORS: tuple[Operator, ...] = get_args(Operator)
COMPARING = frozenset({">", ">=", "<", "<="})
ANCHORS: dict[tuple[str, str], Operator] = {
    ("", ""): "contains",
    ("^", ""): "starts",
    ("", "$"): "ends",
    ("^", "$"): "is",
}
PLAIN = re.compile(r"(\^?)((?:[^\\.^$*+?{}\[\]|()]|\\[^\w\s])*)(\$?)")


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows of which a cell passes a test: in one column, or in any when `column` is None.

    - `contains`, `starts`, `ends`: what the page shows, ignoring case in every script unless `case` is true. An empty
      text passes.
    - `is`: numbers by value (0x10 is 16), times by what is given of them (2026-03-10 is the whole day), everything else
      by what the page shows, as in any column. With `case` always exactly what the page shows.
    - `>`, `>=`, `<`, `<=`: numbers and times by value. In columns of text those cells count that are whole numbers.
    - `absent`: cells without a value; `text` may name one of the four kinds. `present`: cells with one.

    `exclude` turns it round: the rows that don't pass. A cell without a value passes no comparison, so that `exclude`
    keeps its row.
    """

    text: str = ""
    column: str | None = None
    exclude: bool = False
    operator: Operator = "contains"
    case: bool = False

    @property
    def idle(self) -> bool:
        """Whether it lets every row pass, as an empty search field does."""
        return not self.text and self.operator in {"contains", "starts", "ends"}


@dataclass(frozen=True, slots=True)
class Query:
    """Rows that pass the filters (all of them, or `any` of them) and show `text` somewhere, by a column.

    Sorted by value: numbers before text, absent values last in both directions, equal ones in the order of the run
    (descending: against it). Without `sort` it is the order of the run.
    """

    filters: tuple[Filter, ...] = ()
    text: str = ""
    sort: str | None = None
    descending: bool = False
    any: bool = False

    def checked(self) -> "Query":
        """Itself. Raises Refused for what is too much, or can't be meant; names of columns are the result's matter."""
        if len(self.filters) > MOST_FILTERS:
            why = phrase("there are %(n)s filters; at most %(most)s are read", n=len(self.filters), most=MOST_FILTERS)
            raise Refused(why, field="filters")
        for one in (*self.filters, Filter(self.text)):
            _check(one)
        return self


ALL = Query()


def _check(one: Filter) -> None:
    if len(one.text) > LONGEST_FILTER:
        n, most = str(len(one.text)), str(LONGEST_FILTER)
        raise Refused(
            phrase("the filter has %(n)s characters; at most %(most)s are read", n=n, most=most), field="text"
        )
    if one.operator not in OPERATORS:
        raise Refused(phrase("there is no comparison %(typed)s", typed=repr(str(one.operator)[:20])), field="operator")
    if one.operator in COMPARING and one.column is None:
        why = phrase("%(operator)s compares the values of one column; name the column", operator=one.operator)
        raise Refused(why, field="column")
    if one.operator == "absent" and one.text and one.text not in ABSENCES:
        raise Refused(phrase("the kinds of absence are %(known)s", known=", ".join(ABSENCES)), field="text")


def from_vol(words: Sequence[str], columns: Sequence[Column]) -> Query:
    """The query that does what `vol --filters WORD …` does: `[+-][column,]pattern[!]`.

    As there, a row passes when any of the filters lets it; the case counts; a column is the first whose name holds what
    was typed, and none such means any column. Unlike there, what is compared is what our page shows: times end in Z,
    absent cells are their word.

    Raises Refused for a pattern with `!` that is more than a text with ^ before or $ after it: regular expressions can
    take for ever.
    """
    made = tuple(_from_word(word, columns) for word in words if word.lstrip("+-"))
    return Query(tuple(one for one in made if not one.idle), any=True).checked()


def _from_word(word: str, columns: Sequence[Column]) -> Filter:
    exclude = word.startswith("-")
    name, comma, pattern = word[word[0] in "+-" :].partition(",")
    if not comma:
        name, pattern = "", name
    column = next((one.name for one in columns if name and name.casefold() in one.name.casefold()), None)
    if not pattern.endswith("!"):
        return Filter(pattern, column, exclude, case=True)
    simple = PLAIN.fullmatch(pattern[:-1])
    if simple is None:
        raise Refused(
            phrase(
                "the pattern %(pattern)s is a regular expression, and those aren't run here; a text with ^ before it "
                "or $ after it can be used",
                pattern=repr(pattern[:50]),
            ),
            field="filters",
        )
    start, text, end = simple.groups()
    operators: dict[tuple[bool, bool], Operator] = {(True, True): "is", (True, False): "starts", (False, True): "ends"}
    return Filter(
        re.sub(r"\\(.)", r"\1", text), column, exclude, operators.get((bool(start), bool(end)), "contains"), True
    )
