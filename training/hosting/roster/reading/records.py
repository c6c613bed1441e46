"""From text to records of cells: separators, quotes, line ends."""

import csv
import io
import re
from itertools import islice

from training.errors import Refused
from training.sentence import phrase

MOST = 1000
"""Rows of a list; a session has at most 500 seats."""
WIDEST = 60  # columns
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "none": ""}
LOOKED_AT = 30  # records by which the separator is guessed
SAID = re.compile(r'"?sep=(.)"?(?:\n|$)', re.IGNORECASE)
FAMILY_FIRST = re.compile(r"[^,;\t\d\"|]+, [^,;\t\d\"|]+")

Record = tuple[int, tuple[str, ...]]
"""The number of a row, as the spreadsheet counts, and its cells without empty ones at the end."""


def records(text: str, chosen: str = "") -> tuple[list[Record], str]:
    """The rows of a text that hold anything, and the name of the separator: as chosen, as the file says, or guessed.

    Raises:
        Refused: there are too many rows or columns, or a quote is never closed.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    said = SAID.match(text)
    if said:
        text = text[said.end() :]
    told = next((name for name, sign in SEPARATORS.items() if said and sign == said[1]), "")
    separator = chosen if chosen in SEPARATORS else told or _guess(text)
    found = [(at, _trimmed(cells)) for at, cells in enumerate(_split(text, separator, MOST + 2), 1)]
    _not_too_many(found)
    return [(at, cells) for at, cells in found if cells], separator


def _not_too_many(found: list[Record]) -> None:
    if len(found) > MOST + 1:  # the row with the names of the columns
        raise Refused(phrase("The list has more than %(n)s rows. Send only the people of this session.", n=MOST))
    wide = next((at for at, cells in found if len(cells) > WIDEST), 0)
    if wide:
        raise Refused(
            phrase("Row %(row)s has more than %(n)s columns. Send only those that are needed.", row=str(wide), n=WIDEST)
        )


def _split(text: str, separator: str, most: int) -> list[list[str]]:
    sign = SEPARATORS[separator]
    if not sign:
        return [[line] for line in text.split("\n", most)[:most]]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    try:
        found = list(islice(reader, most))
    except csv.Error:
        raise Refused(
            phrase("Near line %(line)s a cell never ends. Look for a quotation mark there.", line=str(reader.line_num))
        ) from None
    last = found[-1][-1] if found and found[-1] else ""
    if last.count("\n") > 1 and text.rstrip().endswith(last.rstrip()) and text.count('"') % 2:
        raise Refused(phrase('In row %(row)s a quotation mark (") is opened and never closed.', row=str(len(found))))
    return found


def _trimmed(cells: list[str]) -> tuple[str, ...]:
    width = len(cells)
    while width and not cells[width - 1].strip("\ufeff\u00a0 \t\n"):
        width -= 1
    return tuple(cells[:width])


def _guess(text: str) -> str:
    """The separator that cuts most of the first rows into equally many cells, and more than one."""
    lines = [line for line in islice(text.split("\n"), LOOKED_AT) if line.strip()]
    if all(FAMILY_FIRST.fullmatch(line.strip()) or (not n and "," not in line) for n, line in enumerate(lines)):
        return "none"  # one person a line, as Family, Given
    best, name = (0, 0), "none"
    for one, sign in SEPARATORS.items():
        if sign and sign in text:
            widths = [len(cells) for cells in _split(text, one, LOOKED_AT) if _trimmed(cells)]
            usual = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
            if usual > 1 and (widths.count(usual), usual) > best:
                best, name = (widths.count(usual), usual), one
    return name
