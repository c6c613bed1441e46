"""A list of people, read whole: rows, mistakes, and what was guessed, which a host can choose otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from training.errors import Refused
from training.hosting.roster.reading.cells import SHOWN, Mistake, Reader, Row, cleaned
from training.hosting.roster.reading.encoding import ENCODINGS, Decoded, decode, plain
from training.hosting.roster.reading.headers import FIELDS, columns
from training.hosting.roster.reading.records import MOST, SEPARATORS, Record, records
from training.sentence import listed, phrase

SAMPLES = 3  # names that show whether an encoding is right
IGNORED = "ignored"
Heads = Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Choices:
    """What a host chose; what is empty is guessed. `columns` has a field of FIELDS, or `ignored`, by column from 0."""

    encoding: str = ""
    separator: str = ""
    head: bool | None = None
    columns: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """What a list holds.

    Attributes:
        rows: one for each person; none while nobody has said which column holds names.
        width: columns of the widest row.
        heads: how each column is called: by its head, else by its letter.
        fields: what each column holds.
        samples: the first names, or rows, in each encoding that is possible, if that isn't certain.
        faults: what is wrong with the table as a whole.
        first: the first rows as they are, for choosing columns.
        ignored: how columns are called that hold something and are not read.
    """

    rows: tuple[Row, ...]
    encoding: str
    separator: str
    head: bool
    heads: Mapping[int, str]
    fields: Mapping[int, str]
    samples: Mapping[str, tuple[str, ...]]
    faults: tuple[str, ...]
    first: tuple[tuple[str, ...], ...]
    ignored: tuple[str, ...]


def read(data: bytes, choices: Choices | None = None) -> Table:
    """The people that a file or a pasted text lists.

    Raises:
        Refused: it is no list at all, or larger than any session; else mistakes stand in the table, all at once.
    """
    wanted = choices or Choices()
    decoded = decode(data, wanted.encoding)
    found, separator = records(decoded.text, wanted.separator)
    if not any(one.isalnum() for one in decoded.text):
        raise Refused(phrase("The list is empty. Choose a file, or paste the rows."))
    known = columns(found[0][1])
    head = bool(known) if wanted.head is None else wanted.head
    width = max(len(cells) for _, cells in found)
    fields = _fields(wanted, known if head else {}, width)
    heads = {at: (found[0][1][at].strip()[:60] if head and at < len(found[0][1]) else "") for at in range(width)}
    heads = {at: name or letter(at) for at, name in heads.items()}
    body = found[1:] if head else found
    faults = _faults(fields, body)
    samples = _samples(data, decoded, separator, fields, head=head)
    rows = () if faults else _unsure(_rows(body, fields, heads), data, decoded, separator, fields, heads)
    first = tuple(cells for _, cells in found[: SAMPLES + 1])
    filled = {at for _, cells in body for at, cell in enumerate(cells) if cell.strip()}
    ignored = tuple(name for at, name in heads.items() if at in filled and at not in fields)
    return Table(rows, decoded.encoding, separator, head, heads, fields, samples, faults, first, ignored)


def letter(at: int) -> str:
    """How a spreadsheet calls a column: A to Z, then AA."""
    return (chr(64 + at // 26) if at >= 26 else "") + chr(65 + at % 26)  # noqa: PLR2004 - letters of the alphabet


def _fields(wanted: Choices, known: Mapping[int, str], width: int) -> dict[int, str]:
    guessed = known or ({0: "name"} if width == 1 else {})
    fields = {**guessed, **{at: name for at, name in wanted.columns.items() if at < width}}
    return {at: name for at, name in sorted(fields.items()) if name in FIELDS}


def _faults(fields: Mapping[int, str], body: Sequence[Record]) -> tuple[str, ...]:
    names = list(fields.values())
    twice = sorted({name for name in names if names.count(name) > 1})
    faults = [
        phrase("Columns %(columns)s hold the same. Choose one of them.", columns=listed(_of(fields, name)))
        for name in twice
    ]
    if not {"name", "given", "family"} & set(names):
        faults.append(phrase("Say which column holds the names."))
    if not body:
        faults.append(phrase("The list has names of columns and no people."))
    if len(body) > MOST:
        faults.append(phrase("The list has more than %(n)s rows. Send only the people of this session.", n=MOST))
    return tuple(faults)


def _of(fields: Mapping[int, str], name: str) -> list[str]:
    return [letter(at) for at, held in fields.items() if held == name]


def _rows(body: Sequence[Record], fields: Mapping[int, str], heads: Mapping[int, str]) -> tuple[Row, ...]:
    numbers = [at for at, name in fields.items() if name == "number"]
    reader = Reader(fields, heads, [cells[at] for at in numbers for _, cells in body if at < len(cells)])
    return tuple(reader.row(at, cells) for at, cells in body)


def _samples(
    data: bytes, decoded: Decoded, separator: str, fields: Mapping[int, str], *, head: bool
) -> dict[str, tuple[str, ...]]:
    """The first names beyond plain letters in each encoding that is possible, once where two read the same."""
    if decoded.certain:
        return {}
    wanted = [at for at, name in fields.items() if name in {"name", "given", "family"}]
    raw = _raw(data, separator)[1 if head else 0 :]
    shown: dict[str, tuple[str, ...]] = {}
    known: set[str] = set()
    for encoding in (decoded.encoding, *decoded.others):
        text = plain(data, encoding)
        if text not in known:
            known.add(text)
            wide = encoding == "utf-16"
            rows = (cells for _, cells in (records(text, separator)[0][1 if head else 0 :] if wide else raw))
            names = (_cells(cells if wide else _as(cells, encoding), wanted) for cells in rows)
            shown[encoding] = tuple(islice((name for name in names if not name.isascii()), SAMPLES))
    return shown


def _raw(data: bytes, separator: str) -> list[Record]:
    """The rows with a letter for each byte: what parts them is ASCII, the same in any encoding of single bytes."""
    try:
        return records(data.decode("latin-1"), separator)[0]
    except Refused:  # in the encoding that was chosen, it could be parted
        return []


def _as(cells: Sequence[str], encoding: str) -> tuple[str, ...]:
    return tuple(plain(cell.encode("latin-1"), encoding) for cell in cells)


def _unsure(
    rows: tuple[Row, ...], data: bytes, decoded: Decoded, separator: str, fields: Mapping[int, str], heads: Heads
) -> tuple[Row, ...]:
    """The same rows, with a doubt for each that would be another one in an encoding which is nearly as likely."""
    if not decoded.close:
        return rows
    raw = dict(_raw(data, separator))
    readings = (decoded.encoding, *decoded.close)
    return tuple(_doubted(row, [_as(raw.get(row.at, ()), one) for one in readings], fields, heads) for row in rows)


def _doubted(row: Row, readings: Sequence[Sequence[str]], fields: Mapping[int, str], heads: Heads) -> Row:
    for at in fields:
        one, *others = (cells[at].strip() if at < len(cells) else "" for cells in readings)
        if found := [_printable(other) for other in dict.fromkeys(others) if other != one]:
            told = phrase(
                "The encoding of the list is a guess. In another one this would be: %(others)s", others=listed(found)
            )
            return replace(row, doubts=(*row.doubts, Mistake(row.at, heads[at], one[:SHOWN], told)))
    return row


def _printable(cell: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in cleaned(cell))[:SHOWN]


def _cells(cells: tuple[str, ...], wanted: Sequence[int]) -> str:
    return " ".join(cells[at] for at in wanted if at < len(cells)) if wanted else " ".join(cells)


__all__ = ["ENCODINGS", "FIELDS", "IGNORED", "SEPARATORS", "Choices", "Mistake", "Row", "Table", "read"]
