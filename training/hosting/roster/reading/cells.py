"""From the cells of a row to what they say of a person, with every mistake and every doubt."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from training.hosting.roster.reading.headers import LANGUAGE_OF, ROLE_OF, key
from training.sentence import phrase

LONGEST = {"name": 120, "number": 40, "login": 80, "email": 80, "seat": 10, "note": 120}
MOST_PERCENT = 300
SHOWN = 60  # characters of a cell that a message repeats
FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20\u2212")
EMPTIED = {"-", "\u2013", "\u2014"}
"""In a cell that may be empty: take away what is there. A cell without anything leaves it."""
MAY_BE_EMPTIED = {"seat", "note", "number"}
ROUNDED = re.compile(r"\d([.,]\d+)?E\+\d{1,3}", re.IGNORECASE)
BECAME_FIGURE = re.compile(r"\d+[.,]0+")
DATE = re.compile(r"\d{4}-\d\d?-\d\d?( .*)?|\d\d?[-/.][^\W\d_]{3,9}\.?([-/.]\d{2,4})?|\d\d?[-/.]\d\d?[-/.]\d{2,4}")
SERIALS = range(36_526, 58_000)  # days that spreadsheets count for the years 2000 to 2058
NAMES = {"name", "given", "family"}
USUAL, ENOUGH = 0.6, 3  # share of numbers that have the same length, and how many there must be


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong in a row, or doubtful: the row as the spreadsheet counts, its column, the cell, what to do."""

    at: int
    column: str
    cell: str
    told: str


@dataclass(frozen=True, slots=True)
class Row:
    """What a row says of a person.

    `name` is as it will be shown; `written` as the cell has it. `values` has what else it says by field, as text: a
    field that isn't there stays as it is, an empty one is taken away.
    """

    at: int
    name: str = ""
    written: str = ""
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    mistakes: tuple[Mistake, ...] = ()
    doubts: tuple[Mistake, ...] = ()


class Reader:
    """Reads the rows of one table. `columns` says what each column holds, `heads` how it is called."""

    def __init__(self, columns: Mapping[int, str], heads: Mapping[int, str], numbers: Iterable[str]) -> None:
        self._columns, self._heads = columns, heads
        lengths = Counter(len(one) for one in map(id_key, numbers) if one.isdecimal())
        self._length, many = max(lengths.items(), key=lambda one: (one[1], one[0]), default=(0, 0))
        if many < max(ENOUGH, USUAL * lengths.total()):
            self._length = 0
        self._dated = lengths.total() and lengths[5] * 2 >= lengths.total()

    def row(self, at: int, cells: tuple[str, ...]) -> Row:
        """One row."""
        wrong: list[Mistake] = []
        doubts: list[Mistake] = []
        found: dict[str, str] = {}
        for column, name in sorted(self._columns.items()):
            cell = cells[column] if column < len(cells) else ""
            text = cleaned(cell)
            here = Spot(at, self._heads[column], cell.strip()[:SHOWN])
            if text != " ".join(unicodedata.normalize("NFC", cell).split()):
                doubts.append(here.says(phrase("It held hidden characters. They are left out.")))
            if told := _unreadable(text):
                wrong.append(here.says(told))
            elif text:
                self._field(name, text, here, found, wrong, doubts)
        name, written = _name(found)
        if not name and not wrong:
            wrong.append(Mistake(at, "", "", phrase("The row has no name. Give one, or take the row out.")))
        return Row(at, name, written, MappingProxyType(found), tuple(wrong), tuple(doubts))

    def _field(
        self,
        name: str,
        text: str,
        here: "Spot",
        found: dict[str, str],
        wrong: list[Mistake],
        doubts: list[Mistake],
    ) -> None:
        if name in MAY_BE_EMPTIED and text in EMPTIED:
            found[name] = ""
            return
        plain = text.removeprefix("'") if text.lstrip("'").startswith(FORMULA) else text
        if told := _fault(name, text, plain):
            wrong.append(here.says(told))
            return
        found[name] = _value(name, plain)
        if told := self._doubt(name, plain):
            doubts.append(here.says(told))

    def _doubt(self, name: str, text: str) -> str:
        if name in NAMES:
            return _lost_letter(text)
        if name not in {"number", "seat", "login"}:
            return ""
        return self._changed(name, text)

    def _changed(self, name: str, text: str) -> str:
        """What a spreadsheet may have made of a number."""
        if ROUNDED.fullmatch(text):
            return phrase(
                "A spreadsheet has rounded it, and digits are lost. Make the column text there, type it anew, and send "
                "the list again."
            )
        if BECAME_FIGURE.fullmatch(text):
            return phrase("A spreadsheet has made a figure of it. Make the column text there and send the list again.")
        plain = id_key(text)
        serial = plain.isdecimal() and len(plain) == 5 and int(plain) in SERIALS  # noqa: PLR2004 - digits of such a day
        if DATE.fullmatch(text) or (serial and (name == "seat" or not self._dated)):
            return phrase("It looks like a date. Did a spreadsheet make one of it?")
        if name == "number" and plain.isdecimal() and 0 < len(plain) < self._length:
            return phrase(
                "It is shorter than most, which have %(n)s digits. Did a spreadsheet take zeros from its beginning?",
                n=self._length,
            )
        return ""


def _lost_letter(text: str) -> str:
    """What a spreadsheet puts where its encoding lacks a letter; no name has one."""
    if "?" not in text:
        return ""
    return phrase(
        "It holds a question mark. Did a spreadsheet put it in the place of a letter? Save the list there as CSV in "
        "UTF-8, and send it again."
    )


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell: its row, the name of its column, what it holds."""

    at: int
    column: str
    cell: str

    def says(self, told: str) -> Mistake:
        """What is wrong with it."""
        return Mistake(self.at, self.column, self.cell, told)


def cleaned(cell: str) -> str:
    """A cell composed (NFC), without hidden marks, with one ordinary space for any run of them."""
    shown = "".join(one for one in unicodedata.normalize("NFC", cell) if unicodedata.category(one) != "Cf")
    return " ".join(shown.split())


def id_key(text: str) -> str:
    """A number or sign-in name as it is compared: any script's digits, full-width forms, case and spaces alike."""
    wide = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cleaned(text)).casefold()).replace("\u0640", "")
    digits = (str(unicodedata.decimal(one, one)) for one in wide)
    return "".join("".join(digits).split())


def name_key(text: str) -> str:
    """A name as it is compared: presentation forms and tatweel don't count; case and accents do."""
    return cleaned(unicodedata.normalize("NFKC", text).replace("\u0640", ""))


def _unreadable(text: str) -> str:
    if "\ufffd" in text:
        return phrase("It holds a character that can't be read. Choose another encoding above.")
    if any(unicodedata.category(one)[0] == "C" for one in text):
        return phrase("It holds a control character. Take it out.")
    return ""


def _fault(name: str, text: str, plain: str) -> str:
    if plain == text and text.startswith(FORMULA):
        return phrase("It starts like a formula. Put the text itself into the cell, beginning with a letter or digit.")
    most = LONGEST.get(name, LONGEST["name"])
    if len(plain) > most:
        return phrase("It is longer than %(n)s characters. Shorten it.", n=most)
    return RULES[name](plain) if name in RULES else ""


def _role(text: str) -> str:
    if key(text) in ROLE_OF:
        return ""
    return phrase("No role is called that. Write trainee, instructor or lead, or leave it empty.")


def _language(text: str) -> str:
    if key(text) in LANGUAGE_OF:
        return ""
    return phrase("Pages are in en, fr and ar. Write one of these, or leave it empty.")


def _extra(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,3}", _percent(text), re.ASCII):
        return phrase("Extra time is a whole number of percent, such as 25.")
    return (
        "" if int(_percent(text)) <= MOST_PERCENT else phrase("Extra time is 0 to %(most)s percent.", most=MOST_PERCENT)
    )


def _login(text: str) -> str:
    return phrase("A sign-in name has no spaces.") if " " in text else ""


def _email(text: str) -> str:
    if re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        return ""
    return phrase("This is no e-mail address. Correct it, or leave it empty.")


def _whole_name(text: str) -> str:
    if text.count(",") < 2:  # noqa: PLR2004 - Family, Given has one
        return ""
    return phrase("It has more than one comma. Write the name as it shall be shown.")


RULES: dict[str, Callable[[str], str]] = {
    "role": _role,
    "language": _language,
    "extra": _extra,
    "login": _login,
    "email": _email,
    **dict.fromkeys(("name", "given", "family"), _whole_name),
}
"""What a field must be beyond its length: the mistake, or an empty text."""


def _value(name: str, text: str) -> str:
    if name == "role":
        return ROLE_OF[key(text)]
    if name == "language":
        return LANGUAGE_OF[key(text)]
    if name == "extra":
        return str(int(_percent(text)))
    return text


def _percent(text: str) -> str:
    return id_key(text).rstrip("%\u066a")


def _name(found: dict[str, str]) -> tuple[str, str]:
    """A name as it is shown, and as it was written; takes its parts out of what was found."""
    given, family, whole = (found.pop(part, "") for part in ("given", "family", "name"))
    if given or family:
        whole = " ".join(part for part in (given, family or whole) if part)
        return whole, whole
    if "," in whole:
        last, first = (part.strip() for part in whole.split(","))
        return " ".join(part for part in (first, last) if part), whole
    return whole, whole
