"""A person's data as one file: a page to read, lines of JSON for programs, the papers of certificates.

Nothing in it is about other people: columns that lead to whoever marked, taught or decided are never read. Rows are
streamed from the database into the file, so that the memory needed does not grow with what is held.
"""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any
from uuid import UUID

from sqlalchemy import Label, Row, Select, case, null, select
from sqlalchemy.orm import Session

from training.accounts.models import Person
from training.audit import service as audit
from training.credentials import codes
from training.credentials.models import Certificate
from training.errors import Refused
from training.personal.registry import TABLES, Table
from training.personal.registry.words import COLUMNS
from training.personal.service import page
from training.personal.service.conditions import WHEN
from training.personal.service.page import Section
from training.personal.service.reach import of_schema, rows_of
from training.sentence import phrase

LARGEST = 256 * 2**20
"""Bytes of data, before they are packed, that a page hands out. The command has no limit."""
AT_ONCE = 500  # rows that are held in memory
FIRST = 200  # rows of a table that the page of the file shows
WIDEST = 600  # characters of a cell there


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for the data of whom.

    Attributes:
        person: whose data it is.
        by: who asks; none: by command.
        language: of the page in it.
        most: bytes of data at most; none: no limit.
    """

    person: UUID
    by: UUID | None
    language: str
    now: datetime
    most: int | None = LARGEST

    @property
    def own(self) -> bool:
        """Whether the person asks."""
        return self.by == self.person


@dataclass
class Written:
    """What was written: rows by table, papers, bytes of data before they were packed."""

    rows: dict[str, int]
    papers: int = 0
    size: int = 0

    @property
    def count(self) -> int:
        """Rows in all."""
        return sum(self.rows.values())


def write(session: Session, asked: Asked, out: IO[bytes]) -> Written:
    """Write the file. The unit reads only. Raises Refused when it grows larger than a page may hand out."""
    person = session.get_one(Person, asked.person)
    done = Written({})
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        sections = [_table(session, asked, one, archive, done) for one in TABLES if _shows(asked, one)]
        _papers(session, asked, archive, done)
        given: dict[str, Any] = {"login": person.login, "at": f"{asked.now:%Y-%m-%d %H:%M:%S}Z", "own": asked.own}
        given |= {"sections": sections, "left_out": _left_out(), "papers": done.papers}
        archive.writestr("index.html", page.written(asked.language, given))
        archive.writestr("style.css", page.STYLE.read_bytes())
    return done


def _shows(asked: Asked, one: Table) -> bool:
    return bool(one.title) and (asked.own or not one.private)


def note(session: Session, asked: Asked, done: Written) -> None:
    """Note in the audit chain that a file was made, in a unit that writes."""
    by = "own" if asked.own else "organisation" if asked.by else "command"
    details = {"by": by, "rows": done.count, "papers": done.papers}
    subject = f"person:{asked.person}"
    audit.record(session, act="personal.exported", actor=asked.by, subject=subject, details=details, now=asked.now)


def _table(session: Session, asked: Asked, one: Table, archive: zipfile.ZipFile, done: Written) -> Section:
    shown: list[list[str]] = []
    count = 0
    with archive.open(zipfile.ZipInfo(f"data/{one.name}.jsonl", _stamp(asked.now)), "w", force_zip64=True) as file:
        for row in _rows(session, asked, one):
            values = {name: _plain(value) for name, value in zip(one.shown, row, strict=True)}
            line = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            _fits(asked, done, len(line))
            file.write(line)
            count += 1
            if count <= FIRST:
                shown.append([_cell(value) for value in values.values()])
    done.rows[one.name] = count
    return Section(one.name, one.title, [COLUMNS[name] for name in one.shown], shown, count)


def _rows(session: Session, asked: Asked, one: Table) -> Iterator[Row[Any]]:
    found = _select(one).where(rows_of(one, asked.person)).order_by(*_order(one))
    yield from session.execute(found.execution_options(yield_per=AT_ONCE))


def _order(one: Table) -> list[Any]:
    table = of_schema(one.name)
    return list(table.primary_key)


def _select(one: Table) -> Select[Any]:
    """The columns that may be shown, and the rows: what nobody has been told yet is empty, or not there."""
    table = of_schema(one.name)
    until = set(one.until.split())
    if not one.when:
        return select(*(table.c[name] for name in one.shown))
    told = WHEN[one.when](one)
    if not until:
        return select(*(table.c[name] for name in one.shown)).where(told)
    return select(*(_told(table.c[name], told) if name in until else table.c[name] for name in one.shown))


def _told(column: Any, told: Any) -> Label[Any]:
    return case((told, column), else_=null()).label(column.name)


def _papers(session: Session, asked: Asked, archive: zipfile.ZipFile, done: Written) -> None:
    mine = select(Certificate.code, Certificate.pdf).where(Certificate.person_id == asked.person)
    for code, pdf in session.execute(mine.order_by(Certificate.issued_at).execution_options(yield_per=1)):
        if not pdf:
            continue
        _fits(asked, done, len(pdf))
        archive.writestr(zipfile.ZipInfo(f"files/certificate-{codes.spelled(code)}.pdf", _stamp(asked.now)), pdf)
        done.papers += 1


def _fits(asked: Asked, done: Written, more: int) -> None:
    done.size += more
    if asked.most is not None and done.size > asked.most:
        raise Refused(
            phrase(
                "This file would hold more than %(n)s MiB. Ask whoever runs the server for it: "
                "python app.py user export.",
                n=asked.most // 2**20,
            )
        )


def _left_out() -> list[tuple[str, str]]:
    return [(one.label, one.why) for one in TABLES if not one.title and one.why]


def _stamp(now: datetime) -> tuple[int, int, int, int, int, int]:
    return (now.year, now.month, now.day, now.hour, now.minute, now.second)


def _plain(value: object) -> object:
    """A value as JSON says it."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}Z"
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return str(value)  # a sentence, as English
    return value


def _cell(value: object) -> str:
    """The same for a page: short, and as text."""
    if value is None:
        return "-"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"{text[: WIDEST - 1]}…" if len(text) > WIDEST else text
