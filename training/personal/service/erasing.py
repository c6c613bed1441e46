"""The rows of a person: what would be removed, and removing it, table by table as the registry says.

All of it is one unit of work. Whoever is erased stays as a row without a name, since results, attendance and decisions
point at it; the audit chain stays whole, and what it holds of the person says nothing without the salts.
"""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Table, and_, bindparam, case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from training.accounts.models import Failure, Invitation, Person
from training.accounts.service import backoff, passwords
from training.analysis.models import Run, State
from training.audit import seals
from training.audit import service as audit
from training.credentials.models import Certificate, Revocation
from training.hosting.models import TeachingSession
from training.hosting.roster.models import RosterImport
from training.hosting.roster.reading.encoding import ENCODINGS, plain
from training.labs.models import Attempt, AttemptRun, Finding, Judgement
from training.marking.models.signs import SignAttempt, SignCase
from training.personal.models import Erasing, Erasure
from training.personal.registry import BY_NAME, NOBODY, TABLES, Fate
from training.personal.registry import Table as Entry
from training.personal.service.reach import of_schema, rows_of

WIDE = ("utf-16-le", "utf-16-be")
"""UTF-16 without a mark, of which a short list doesn't say which way round it is."""
MARKS = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u061c\ufeff"))
PACKED = b"PK"
"""How a spreadsheet begins: names in it are not to be found without unpacking it."""
REVOKED = "Erased with the data of its holder"
BLANK = {"understood": "", "notes": [], "right": "", "shows": "", "next": ""}
"""What goes out of a verdict: the words. Figures, and codes of mistakes that the author foresaw, stay."""
BY_HAND = frozenset(("person", "certificate", "salt"))
"""Tables that are done on their own: see below."""
FROZEN = frozenset(("local_note", "session_rule_change"))
"""Free text that can't be changed by anybody."""


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of one table: its title or name, what happens, how many rows, and why what stays, stays."""

    name: str
    title: str
    fate: Fate
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class StandIn:
    """What stands in the place of a person: a name and a sign-in name that say nothing."""

    name: str
    login: str

    @classmethod
    def of(cls, erasure: UUID) -> "StandIn":
        """The same for the same erasure, so that it can be done a second time. Its last 74 bits are random."""
        return cls(f"Erased person {erasure.hex[-4:].upper()}", f"erased-{erasure.hex[-16:]}")


def plan(session: Session, person: UUID) -> list[Line]:
    """What an erasure would do, counted: a dry run. Tables without rows of the person are left out."""
    lines = []
    for one in TABLES:
        count = _count(session, one, person)
        if count:
            lines.append(Line(one.name, one.label, one.fate, count, one.why))
    return lines


def mentions(session: Session, person: Person) -> list[Line]:
    """Texts of other people in which the full name stands, by table."""
    found = []
    for one in TABLES:
        table = of_schema(one.name)
        named = [table.c[name].contains(person.name, autoescape=True) for name in one.mentions.split()]
        mine = rows_of(one, person.id) if one.of != NOBODY else None
        if named and full(person.name):
            others = select(func.count()).select_from(table).where(or_(*named))
            count = session.scalar(others.where(~mine) if mine is not None and one.of[1] else others) or 0
            if count:
                found.append(Line(one.name, one.label, one.fate, count, one.why))
    return found


def erase(session: Session, erasure: Erasure, now: datetime) -> dict[str, int]:
    """Erase the rows of a person; how many of each table. In one unit that writes, with the person locked."""
    with seals.held(session):
        return _erase(session, erasure, now)


def _erase(session: Session, erasure: Erasure, now: datetime) -> dict[str, int]:
    person = session.get_one(Person, erasure.person_id)
    session.add(Erasing(id=erasure.id))
    session.flush()
    name, login = person.name, person.login
    counts = {one.name: _apply(session, one, person.id) for one in TABLES if one.name not in BY_HAND}
    counts["finding"] = max(counts["finding"], _words(session, person.id))
    counts["run"] += _runs(session, person.id)
    counts["sign_case"] = max(counts["sign_case"], _signs(session, person.id))
    counts["roster_import"] = _lists(session, person)
    counts["invitation"] += _invitations(session, login)
    if not erasure.keeps_certificates:
        counts["certificate"] = _certificates(session, person.id, StandIn.of(erasure.id).name, now)
    counts["salt"] = audit.forget(session, person.id)
    counts["mentioned"] = _unname(session, person.id, name, StandIn.of(erasure.id).name)
    counts["failure"] = _gone(session, delete(Failure).where(Failure.account.in_(backoff.of_person(person))))
    _stand_in(person, erasure, now)
    counts["person"] = 1
    session.flush()
    session.execute(delete(Erasing).where(Erasing.id == erasure.id))
    return {table: count for table, count in sorted(counts.items()) if count}


def _stand_in(person: Person, erasure: Erasure, now: datetime) -> None:
    made = StandIn.of(erasure.id)
    person.name, person.login, person.login_key = made.name, made.login, passwords.fold(made.login)
    for column, value in BY_NAME["person"].after.items():
        setattr(person, column, value)
    person.password_hash = passwords.NOBODY
    person.disabled_at, person.erased_at = person.disabled_at or now, person.erased_at or now


def _apply(session: Session, one: Entry, person: UUID) -> int:
    return 0 if one.of == NOBODY else apply(session, one, rows_of(one, person), one.emptied)


def apply(
    session: Session, one: Entry, mine: ColumnElement[bool], values: Mapping[str, Any], *, removed: bool = False
) -> int:
    """Remove the rows of one table, as the registry says or `removed`, or write these values; how many changed."""
    table = cast("Table", of_schema(one.name))
    if removed or one.fate is Fate.REMOVED:
        return _gone(session, delete(table).where(mine))
    if not values:
        return 0
    written = {name: _instead(table.c[name], value) for name, value in values.items()}
    return _gone(session, update(table).where(mine, _filled(table, values)).values(written))


def _instead(column: ColumnElement[Any], value: object) -> object:
    """What is written: a word that stands for a text only where there was one."""
    return case((column == "", ""), else_=value) if isinstance(value, str) and value else value


def differing(one: Entry, values: Mapping[str, Any]) -> ColumnElement[bool] | None:
    """The condition under which a row of a table that stays would change; none where rows go as a whole."""
    return _filled(cast("Table", of_schema(one.name)), values) if values and one.fate is not Fate.REMOVED else None


def _filled(table: Table, values: Mapping[str, Any]) -> ColumnElement[bool]:
    """The condition that there is anything to empty, so that a second time finds nothing."""
    return or_(*(_differs(table.c[name], value) for name, value in values.items()))


def _differs(column: ColumnElement[Any], value: object) -> ColumnElement[bool]:
    if value is None:
        return column.is_not(None)
    different = column.is_distinct_from(value)
    return and_(different, column != "") if isinstance(value, str) and value else different


def _gone(session: Session, statement: Any) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def _count(session: Session, one: Entry, person: UUID) -> int:
    if one.of == NOBODY:
        return 0
    return session.scalar(select(func.count()).select_from(of_schema(one.name)).where(rows_of(one, person))) or 0


def blank(session: Session, attempts: ColumnElement[bool]) -> int:
    """Take the words out of the verdicts of findings, and out of later judgements, of the attempts that are meant."""
    ids = select(Finding.id).join(Attempt, Attempt.id == Finding.attempt_id).where(attempts)
    count = 0
    for table, key, which in (
        (Finding.__table__, Finding.id, Finding.id.in_(ids)),
        (Judgement.__table__, Judgement.id, Judgement.finding_id.in_(ids)),
    ):
        kept = cast("Table", table)
        found = session.execute(select(kept.c.id, kept.c.verdict).where(which)).all()
        changed = [{"of": id_, "to": {**said, **BLANK}} for id_, said in found if any(said.get(one) for one in BLANK)]
        if changed:
            for row in changed:
                seals.note_row(session, kept.name, (row["of"],))
            session.connection().execute(
                update(kept).where(key == bindparam("of")).values(verdict=bindparam("to", type_=kept.c.verdict.type)),
                changed,
            )
        count += len(changed)
    return count


def _words(session: Session, person: UUID) -> int:
    return blank(session, Attempt.person_id == person)


def _runs(session: Session, person: UUID) -> int:
    """Take the options out of runs that nobody asked for but people who are erased; how many. One that is still to be
    made needs them: the next pass finds it.
    """
    asked = select(AttemptRun.run_id).join(Attempt, Attempt.id == AttemptRun.attempt_id)
    mine = asked.where(Attempt.person_id == person)
    others = asked.join(Person, Person.id == Attempt.person_id).where(Person.id != person, Person.erased_at.is_(None))
    ended = Run.state.not_in((State.QUEUED, State.RUNNING))
    found = select(Run).where(Run.id.in_(mine), Run.id.not_in(others), Run.asker.is_(None), ended)
    runs = [run for run in session.scalars(found) if run.options]
    for run in runs:
        run.options = {}
    return len(runs)


def _signs(session: Session, person: UUID) -> int:
    """Take out of cases what the person typed: the other one's part of a sign holds the same value."""
    mine = {str(one) for one in session.scalars(select(Attempt.id).where(Attempt.person_id == person))}
    about = select(SignAttempt.case_id).join(Attempt, Attempt.id == SignAttempt.attempt_id)
    return unsigned(session, SignCase.id.in_(about.where(Attempt.person_id == person)), mine)


def unsigned(session: Session, which: ColumnElement[bool], attempts: set[str] | None = None) -> int:
    """Take typed values out of the cases that are meant: those of these attempts, or all; how many cases."""
    count = 0
    for found in session.scalars(select(SignCase).where(which)):
        signs = [
            {**one, "value": ""} if attempts is None or {one["person"], one.get("other")} & attempts else one
            for one in found.signs
        ]
        if signs != found.signs:
            found.signs, count = signs, count + 1
    return count


def _lists(session: Session, person: Person) -> int:
    """Empty rosters that wait and may name the person: in whichever encoding, and spreadsheets of the organisation."""
    wait = select(RosterImport.id, RosterImport.source).join(
        TeachingSession, TeachingSession.id == RosterImport.session_id
    )
    wait = wait.where(RosterImport.source.is_not(None), TeachingSession.organisation_id == person.home_id)
    meant = [
        id_
        for id_, source in session.execute(wait)
        if source and (source.startswith(PACKED) or _lists_them(source, person.name, person.login))
    ]
    if not meant:
        return 0
    return _gone(session, update(RosterImport).where(RosterImport.id.in_(meant)).values(source=None))


def _lists_them(source: bytes, name: str, login: str) -> bool:
    """Whether a line of a list has the sign-in name or all words of the name, read in any encoding that lists have.

    Words and not the name as a whole: family name and given name may stand in columns of their own, in any order.
    """
    words, wanted = _plain(name).split(), _plain(login)
    readings = (*(plain(source, one) for one in ENCODINGS), *(source.decode(one, "replace") for one in WIDE))
    return any(
        wanted in line or all(word in line for word in words) for text in readings for line in _plain(text).splitlines()
    )


def _plain(text: str) -> str:
    """A text as it is compared: without marks of direction, in one form of its letters, small."""
    return unicodedata.normalize("NFKC", text.translate(MARKS)).casefold()


def _invitations(session: Session, login: str) -> int:
    """Empty invitations that suggest the person's sign-in name and were never used."""
    folded = passwords.fold(login)
    open_ones = session.scalars(select(Invitation).where(Invitation.login != "")).all()
    meant = [one for one in open_ones if passwords.fold(one.login) == folded]
    for one in meant:
        one.name = one.login = ""
    return len(meant)


def _certificates(session: Session, person: UUID, stand_in: str, now: datetime) -> int:
    """Take the name off certificates, and revoke those that hold: a paper in somebody's hands must not look valid."""
    found = session.scalars(select(Certificate).where(Certificate.person_id == person, Certificate.token != "")).all()
    for one in found:
        said = json.loads(one.facts)
        said["facts"]["holder"] = stand_in
        one.facts = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        one.facts_sha256 = sha256(one.facts.encode()).hexdigest()
        for column, value in BY_NAME["certificate"].after.items():
            setattr(one, column, value)
        if one.revocation is None:
            session.add(Revocation(certificate_id=one.id, at=now, by=None, reason=REVOKED))
            subject = f"certificate:{one.id}"
            audit.record(session, act="certificate.revoked", actor=None, subject=subject, details={}, now=now)
    return len(found)


def _unname(session: Session, person: UUID, name: str, stand_in: str) -> int:
    """Put the stand-in for the full name into texts of others; not where somebody else has the same name."""
    alike = select(Person.id).where(Person.name == name, Person.id != person).limit(1)
    if not full(name) or name == stand_in or session.scalar(alike) is not None:
        return 0
    count = 0
    for one in TABLES:
        table = cast("Table", of_schema(one.name))
        for column in one.mentions.split() if one.name not in FROZEN else ():
            named = update(table).where(table.c[column].contains(name, autoescape=True))
            count += _gone(session, named.values({column: func.replace(table.c[column], name, stand_in)}))
    return count


def full(name: str) -> bool:
    """Whether a name can only mean a person: 'Amina Diallo' can, 'Trainee' stands in many texts."""
    return " " in name
