"""The grid of results as a file for spreadsheets, and the way back: every mistake by its row and column, all at once.

A piece is a column whose head begins with its number. People are found by the host's number, else by the sign-in name,
else by a name that only one of them has; number, sign-in name and seat have to be those of the same person, and the
name not that of somebody else. An empty cell says nothing, and a row that is left out neither.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from training.analysis.results.export import MARK, harmless
from training.credentials import grid
from training.credentials.grid import DAY, Change, Entry, Sheet
from training.errors import Refused
from training.hosting.roster.reading.cells import SHOWN, Mistake, cleaned, id_key
from training.hosting.roster.reading.encoding import decode
from training.hosting.roster.reading.headers import COLUMNS, key
from training.hosting.roster.reading.records import Record, records
from training.hosting.roster.reading.table import letter
from training.hosting.roster.reading.whose import Known, Whose
from training.sentence import phrase

ABOUT, WHICH = ("number", "login", "name", "seat"), ("examination", "sitting")
LARGEST = 200_000
"""Bytes of a file: a class of 500 with long names and ten pieces."""
TOO_LARGE = phrase("The list is larger than %(n)s kB. Send this session's rows only.", n=LARGEST // 1000)
DAYS = {
    key(word)
    for word in (
        *("day", "date", "exam date", "date of the examination", "sat on", "jour", "date de l'examen", "date d'examen"),
        *("date de l\u2019examen", "date d\u2019examen", "اليوم", "يوم", "التاريخ", "تاريخ", "تاريخ الامتحان"),
        *("يوم الامتحان", "день", "дата", "дата экзамена"),
    )
}
"""What people call the column of the day in English, French, Arabic and Russian."""
PARTS = ("given", "family")
"""Two columns of one name."""
PIECE = re.compile(r"(\d{1,2})(?:\D|$)")


@dataclass(frozen=True, slots=True)
class Compared:
    """A file compared with what is recorded: rows that say nothing new, changes by row of the file, mistakes.

    `unread` are the heads of columns that are not read; a column without a head is called by its letter.
    """

    same: int = 0
    changes: Mapping[int, Change] = field(default_factory=dict)
    mistakes: Sequence[Mistake] = ()
    unread: Sequence[str] = ()


def as_csv(it: Sheet) -> str:
    """All rows of a sitting, with what is recorded of them."""
    made = io.StringIO()
    out = csv.writer(made, lineterminator="\r\n")
    pieces = [f"{n}. {one.title!s} ({one.weight} %)" for n, one in enumerate(it.examination.pieces, 1)]
    out.writerow([*ABOUT, *WHICH, DAY, *pieces])
    for one in it.rows:
        who = (one.number, one.login, one.name, one.seat)
        out.writerow([*map(harmless, who), it.examination.name, it.sitting, one.day, *one.pieces])
    return MARK + made.getvalue()


def text_of(data: bytes) -> str:
    """The text of a file, in whatever encoding a spreadsheet left it. Raises Refused where it is too large, or none."""
    if len(data) > LARGEST:
        raise Refused(TOO_LARGE)
    return decode(data).text


def compare(it: Sheet, text: str, now: datetime) -> Compared:
    """What a file would change. Nothing is written. Raises Refused where it is no table of results at all."""
    if len(text) > LARGEST:
        raise Refused(TOO_LARGE)
    found, _ = records(text)
    if not found:
        raise Refused(phrase("The list is empty. Choose a file, or paste the rows."))
    heads = _heads(it, found[0][1])
    called = {name: found[0][1][at].strip()[:SHOWN] for at, name in heads.items()}
    read, mistakes = _read(it, found[1:], heads, called)
    changes, faults = grid.compare(it, list(read.values()), now)
    at_row = {entry.person_id: at for at, entry in read.items()}
    for (person, column), told in faults.items():
        cell = read[at_row[person]].cells.get(column, "")
        mistakes.append(Mistake(at_row[person], called.get(column, ""), cell[:SHOWN], told))
    by_row = {at_row[one.row.person_id]: one for one in changes}
    mistakes.sort(key=lambda one: one.at)
    same = len(read) - len(by_row) - len({one[0] for one in faults})
    return Compared(same, by_row, tuple(mistakes), _unread(found, heads))


def entries(found: Compared) -> list[Entry]:
    """What a file says, for the service that records it."""
    return [Entry(one.row.person_id, one.after) for one in found.changes.values()]


def _heads(it: Sheet, cells: Sequence[str]) -> dict[int, str]:
    """What each column holds: about whom it is, which sitting, the day, or the number of a piece.

    One column with a part of the names holds them whole: French heads have `Nom` for both.
    """
    found: dict[int, str] = {}
    for at, cell in enumerate(cells):
        word, plain = key(cell), id_key(cell)
        name = word if word in WHICH else DAY if word in DAYS else COLUMNS.get(word, "")
        if piece := PIECE.match(plain):
            name = str(int(piece[1]))
        if name in {*ABOUT, *PARTS, *WHICH, *grid.columns(it.examination)}:
            found[at] = name
    if not {*PARTS} <= {*found.values()} and "name" not in found.values():
        found = {at: "name" if name in PARTS else name for at, name in found.items()}
    twice = sorted(name for name, count in Counter(found.values()).items() if count > 1)
    if twice:
        raise Refused(phrase("Columns stand twice: %(names)s.", names=", ".join(twice)))
    pieces = {*grid.columns(it.examination)} - {DAY}
    if not {*ABOUT[:3], *PARTS} & {*found.values()} or not pieces & {*found.values()}:
        raise Refused(
            phrase(
                "The first row has to name the columns: number, login or name, and each piece by its number, such as 1."
            )
        )
    return found


def _unread(rows: Sequence[Record], heads: Mapping[int, str]) -> tuple[str, ...]:
    """How the columns are called that hold something and are not read."""
    named = rows[0][1]
    filled = sorted({at for _, cells in rows for at, cell in enumerate(cells) if at not in heads and cell.strip()})
    return tuple((named[at].strip()[:SHOWN] if at < len(named) else "") or letter(at) for at in filled)


def _read(
    it: Sheet, rows: Sequence[Record], heads: Mapping[int, str], called: Mapping[str, str]
) -> tuple[dict[int, Entry], list[Mistake]]:
    people, read, mistakes = _people(it), dict[int, Entry](), list[Mistake]()
    seen: dict[UUID, int] = {}
    for at, cells in rows:
        given = {name: cleaned(cells[place]) for place, name in heads.items() if place < len(cells)}
        given = {name: _plain(cell) for name, cell in given.items() if cell}
        if told := _elsewhere(it, given):
            mistakes.append(Mistake(at, called[told[0]], given[told[0]][:SHOWN], told[1]))
            continue
        whole = given.get("name") or " ".join(given[part] for part in PARTS if part in given)
        meant = people.of({name: given.get(name, "") for name in ABOUT} | {"name": whole})
        columns = ", ".join(called[one] for one in meant.columns if one in called)
        cells_said = ", ".join(given[one] for one in meant.columns if one in given)[:SHOWN]
        if meant.person is None:
            wrong = meant.told or phrase("Nobody of this sitting is called so.")
            mistakes.append(Mistake(at, columns, cells_said, wrong))
        elif meant.person in seen:
            told_twice = phrase("It is the same person as in row %(row)s.", row=str(seen[meant.person]))
            mistakes.append(Mistake(at, columns, cells_said, told_twice))
        else:
            seen[meant.person] = at
            typed = {name: cell for name, cell in given.items() if name in grid.columns(it.examination)}
            read[at] = Entry(meant.person, typed)
    return read, mistakes


def _people(it: Sheet) -> Whose:
    """The people of a sitting by what a row may call them."""
    rows = (Known(one.person_id, one.number, one.login, one.name, one.seat) for one in it.rows)
    return Whose(rows, it.others)


def _plain(cell: str) -> str:
    """A cell without the apostrophe that an export put before what looks like a formula."""
    return cell[1:] if cell.startswith("'") and harmless(cell[1:]) == cell else cell


def _elsewhere(it: Sheet, given: Mapping[str, str]) -> tuple[str, str] | None:
    """The column by which a row is about another sitting than this one, with what is wrong."""
    wanted = {"examination": it.examination.name, "sitting": str(it.sitting)}
    for name, one in wanted.items():
        if name in given and id_key(given[name]) != id_key(one):
            return name, phrase("This is the file of another examination or sitting: here it is %(one)s.", one=one)
    return None
