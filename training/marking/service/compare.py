"""A file of results compared with what is here, line by line. Nothing is written.

The file may come from an export of this installation or of another one, or from a spreadsheet that opened it. Errors
name the row, counted as a spreadsheet counts, and the column.
"""

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.errors import Refused
from training.labs.models import Attempt
from training.marking.service import export
from training.marking.service.export import COLUMNS, COMPARED, Line
from training.sentence import phrase

LARGEST = 5 * 10**6
"""Bytes of a file."""
MOST_LINES = 50_000
MOST_COLUMNS = 100
"""Columns of a line, those that somebody added among them; an export has fewer than thirty."""
LONGEST_LINE = 100_000
"""Characters of a line of CSV, more than all columns of an export can have."""
LONGEST_CELL = 4_000
LONGEST_NUMBER = 400
"""Digits of a whole number of JSON. One with more stays a text: no figure is that large."""
NEEDED = ("attempt", "question", "points_exact")
"""Columns without which nothing can be compared."""
NUMBERS = ("points_exact", "worth", "tries", "hints", "credit", "correctness", "support", "corroboration", "late_share")


class Outcome(StrEnum):
    """What became of a line."""

    EQUAL = "equal"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Difference:
    """A column that differs: what the file says, and what is here."""

    column: str
    there: str
    here: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of the file. `why` says what can't be read, or why nothing is known of it."""

    row: int
    attempt: str
    question: str
    outcome: Outcome
    differences: tuple[Difference, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All lines of a file; `missing` counts lines of the same attempts that are here and not in the file."""

    lines: tuple[Compared, ...]
    missing: int

    def count(self, outcome: str) -> int:
        """How many lines came to this."""
        return sum(one.outcome == outcome for one in self.lines)


Cells = dict[str, str]


def compare(session: Session, instance: Path, organisations: set[UUID], data: bytes, now: datetime) -> Report:
    """Compare a file with the results of these organisations. Attempts of others are unknown, as if they were not here.

    Raises:
        Refused: the file is too large, is no CSV or JSON in the form of an export, or lacks a column.
    """
    read = list(_rows(data))
    # As texts: ids that somebody chose so that they all have one hash would make a set of ids slow.
    wanted = {str(one) for _, cells in read if (one := _id(cells.get("attempt", "")))}
    found = select(Attempt).where(Attempt.organisation_id.in_(organisations)).order_by(Attempt.id)
    mine = [one for one in session.scalars(found) if str(one.id) in wanted]
    here = {(one.attempt, one.question): one for one in export.of_attempts(session, instance, mine, now)}
    compared, seen = [], set[tuple[str, str]]()
    for row, cells in read:
        spot = (cells.get("attempt", ""), cells.get("question", ""))
        compared.append(_again(row, spot) if spot in seen else _compared(row, spot, cells, here.get(spot)))
        seen.add(spot)
    return Report(tuple(compared), len(here.keys() - seen))


def _again(row: int, spot: tuple[str, str]) -> Compared:
    why = phrase("Row %(row)s: this question of this attempt stands above already.", row=str(row))
    return Compared(row, *spot, Outcome.UNREADABLE, why=why)


def _compared(row: int, spot: tuple[str, str], cells: Cells, line: Line | None) -> Compared:
    if bad := next(_faults(row, cells), None):
        return Compared(row, *spot, Outcome.UNREADABLE, why=bad)
    if line is None:
        return Compared(row, *spot, Outcome.UNKNOWN, why=phrase("There is no such attempt or question here."))
    differences = tuple(_differences(cells, line))
    return Compared(row, *spot, Outcome.DIFFERS if differences else Outcome.EQUAL, differences)


def _faults(row: int, cells: Cells) -> Iterator[str]:
    """What can't be read in a line, by row and column."""
    if _id(cells.get("attempt", "")) is None:
        text = cells.get("attempt", "")[:40]
        yield phrase("Row %(row)s, column attempt: '%(text)s' is no id of an attempt.", row=str(row), text=text)
    if not cells.get("question"):
        yield phrase("Row %(row)s, column question: it is empty.", row=str(row))
    for name in NUMBERS:
        text = cells.get(name, "")
        if text and _number(text) is None:
            place = {"row": str(row), "column": name}
            yield phrase("Row %(row)s, column %(column)s: '%(text)s' is no number.", **place, text=text[:40])


def _differences(cells: Cells, line: Line) -> Iterator[Difference]:
    for name in COMPARED:
        if name not in cells:
            continue
        there, value = cells[name], getattr(line, name)
        here = export.cell(value)
        if there == here:
            continue
        number = _number(there)
        if name in NUMBERS and number is not None and number == value:
            continue  # 0.50 is 0.5
        yield Difference(name, there, here)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _rows(data: bytes) -> Iterator[tuple[int, Cells]]:
    """Number and cells of each line of a file, whatever its form."""
    if len(data) > LARGEST:
        raise Refused(
            phrase("The file has more than %(n)s MB, and no more are read.", n=LARGEST // 10**6), field="file"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        raise Refused(
            phrase("The file is no UTF-8 text: byte %(n)s can't be read. Save it as UTF-8.", n=str(bad.start)),
            field="file",
        ) from bad
    if not text.strip():
        raise Refused(phrase("The file is empty. Choose a file that Export made."), field="file")
    found = _of_json(text) if text.lstrip().startswith("{") else _of_csv(text)
    for number, one in enumerate(found):
        if number >= MOST_LINES:
            raise Refused(
                phrase("The file has more than %(n)s lines, and no more are compared.", n=MOST_LINES), field="file"
            )
        yield one


def _of_csv(text: str) -> Iterator[tuple[int, Cells]]:
    head = text.split("\n", 1)[0]
    between = ";" if ";" in head and "," not in head else ","
    rows = csv.reader(_short_lines(text), delimiter=between, strict=True)
    try:
        names = [name.strip() for name in next(rows)]
        _whole(names)
        for number, row in enumerate(rows, 2):
            if not any(row):
                continue
            if len(row) != len(names):
                columns = {"n": len(row), "names": len(names)}
                message = phrase(
                    "Row %(row)s has %(n)s columns, and row 1 names %(names)s.", row=str(number), **columns
                )
                raise Refused(message, field="file")
            yield number, _clipped(dict(zip(names, row, strict=True)))
    except csv.Error as bad:
        message = phrase(
            "Row %(row)s can't be read as CSV. Look for a quotation mark that is not closed.", row=str(rows.line_num)
        )
        raise Refused(message, field="file") from bad


def _short_lines(text: str) -> Iterator[str]:
    """The lines of a text, as long as none is longer than any can be."""
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if len(line) > LONGEST_LINE:
            message = phrase(
                "Line %(line)s has %(n)s characters, and at most %(most)s are read.",
                line=str(number),
                n=len(line),
                most=LONGEST_LINE,
            )
            raise Refused(message, field="file")
        yield line


def _of_json(text: str) -> Iterator[tuple[int, Cells]]:
    try:
        document = json.loads(text, parse_int=_whole_number)
    except RecursionError as bad:
        raise Refused(phrase("The file can't be read as JSON, it is nested too deep."), field="file") from bad
    except json.JSONDecodeError as bad:
        place = {"line": str(bad.lineno), "column": str(bad.colno)}
        message = phrase("The file can't be read as JSON from line %(line)s, column %(column)s on.", **place)
        raise Refused(message, field="file") from bad
    lines = document.get("lines")
    if document.get("form") != export.FORM or not isinstance(lines, list):
        message = phrase("The file is no export of results: its form is not '%(form)s'.", form=export.FORM)
        raise Refused(message, field="file")
    for number, line in enumerate(lines, 1):
        if not isinstance(line, dict):
            raise Refused(phrase("Row %(row)s is no object with columns.", row=str(number)), field="file")
        _narrow(number, len(line))
        if number == 1:
            _whole(list(line))
        yield number, _clipped({name: _text(value) for name, value in line.items()})


def _whole_number(digits: str) -> int | str:
    """A whole number of JSON. Python refuses to read one with thousands of digits."""
    return int(digits) if len(digits) <= LONGEST_NUMBER else digits


def _text(value: object) -> str:
    """A value of JSON as the cell of a table has it; of a list or an object only that it is one."""
    if isinstance(value, list | dict):
        return "[…]" if isinstance(value, list) else "{…}"
    return json.dumps(value) if isinstance(value, bool) else export.cell(value)


def _narrow(row: int, columns: int) -> None:
    if columns > MOST_COLUMNS:
        counts = {"n": columns, "most": MOST_COLUMNS}
        message = phrase("Row %(row)s has %(n)s columns, and at most %(most)s are read.", row=str(row), **counts)
        raise Refused(message, field="file")


def _whole(names: Sequence[str]) -> None:
    _narrow(1, len(names))
    twice = sorted(name[:40] for name, count in Counter(names).items() if count > 1)
    if twice:
        raise Refused(phrase("Row 1 names a column twice: %(names)s.", names=", ".join(twice)), field="file")
    missing = [name for name in NEEDED if name not in names]
    if missing:
        lists = {"missing": ", ".join(missing), "known": ", ".join(COLUMNS)}
        raise Refused(phrase("Row 1 names no column %(missing)s. An export has: %(known)s.", **lists), field="file")


def _clipped(cells: Mapping[str, str]) -> Cells:
    """Only the columns of an export, none longer than any can be."""
    return {name: text.strip()[:LONGEST_CELL] for name, text in cells.items() if name in COLUMNS}
