"""Rows of a bundle written into the database, within one unit that whoever calls ends.

A row that the database refuses, such as a seat that somebody else has here, is told and left out; all others are
written. What doesn't belong to the session refuses the whole bundle.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from training import schema
from training.accounts.service import passwords
from training.audit import seals
from training.errors import Refused
from training.hosting.carry import bundle, rows
from training.hosting.carry.bundle import Bundle
from training.hosting.carry.identities import Found
from training.hosting.carry.merging import Clash, Merged
from training.hosting.carry.rows import Row, State
from training.hosting.carry.tables import BY_NAME, CARRIED, How
from training.sentence import phrase

Here = tuple[str, str]
"""Table and key."""
FREE = frozenset(("exhibit",))
"""Tables whose rows may be there without being named: exhibits of labs that nobody has begun yet."""
LAST = frozenset(("attempt_command",))
"""Tables whose rows say a number that a row of another table is given here: they come when that one has it."""


@dataclass(slots=True)
class Done:
    """What was done, by tables: rows added, changed, removed; rows that the database refused; `added` by table."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    added: dict[str, list[Row]] = field(default_factory=dict)
    digest: str = ""


def apply(
    session: Session,
    of: Bundle,
    ours: State,
    theirs: State,
    merged: Merged,
    found: Found,
    gone: frozenset[str] = frozenset(),
) -> Done:
    """Write what a merge found; `gone` are people who were erased here, of whom no role is asked.

    Raises Refused where a row of the bundle belongs to something else here.
    """
    done = Done()
    host = _host(theirs, found)
    _demand_members(session, ours, theirs, found, host, gone)
    new = _wanted(session, merged, found, host)
    work = _Work(session, found, rows.renamed(theirs, found.names), host, of.manifest.made)
    names = [one.name for one in schema.metadata().sorted_tables if one.name in BY_NAME]
    for name in sorted(names, key=LAST.__contains__):
        for key, row in sorted(new.get(name, {}).items()):
            work.add(done, name, key, row)
    for name, key, values in merged.changed:
        work.change(done, name, key, ours[name][key], values)
    for name, key in reversed(merged.gone):
        work.remove(done, name, key, ours[name][key])
    session.flush()
    _demand_inside(session, of, ours, done)
    told = [done.added, [(n, k, v) for n, k, v in merged.changed], merged.gone]
    done.digest = hashlib.sha256(bundle.lines(told)).hexdigest()
    _tell_boards(session, of.manifest.session)
    return done


def _host(theirs: State, found: Found) -> str:
    (teaching,) = theirs["teaching_session"].values()
    name = str(teaching["organisation_id"])
    return found.names.get(name, name)


def _wanted(session: Session, merged: Merged, found: Found, host: str) -> dict[str, dict[str, Row]]:
    """The rows to add, without those that are here, though not of the session. Raises Refused for foreign ones."""
    new: dict[str, dict[str, Row]] = {}
    for name, key, row in merged.new:
        new.setdefault(name, {})[key] = row
    for name, wanted in new.items():
        here = rows.of_keys(session, name, wanted)
        if here and BY_NAME[name].how is not How.ONCE:
            raise Refused(
                phrase(
                    "A row of %(table)s in the bundle belongs to something else here. Nothing of the bundle was taken.",
                    table=name,
                )
            )
        new[name] = {key: row for key, row in wanted.items() if key not in here}
    for row in new.get("membership", {}).values():
        if row["role"] not in rows.ROLES or row["organisation_id"] != host:
            raise Refused(phrase("The bundle gives somebody a role that no bundle gives."))
    kept = new.get("membership", {}).items()
    new["membership"] = {key: row for key, row in kept if row["person_id"] in found.new}
    return new


def _demand_members(
    session: Session, ours: State, theirs: State, found: Found, host: str, gone: frozenset[str]
) -> None:
    """Raises Refused where the bundle puts somebody into the session who holds no role in its organisation here."""
    inside = {str(row["person_id"]) for row in ours["session_member"].values()}
    named = [str(row["person_id"]) for row in theirs["session_member"].values()]
    coming = {found.names.get(one, one) for one in named}
    membership = rows.table("membership")
    asked = sorted(coming - inside - found.new - gone)
    held = select(membership.c.person_id).where(membership.c.organisation_id == UUID(host))
    roles = {str(one) for one in session.scalars(held)}
    if lost := [one for one in asked if one not in roles]:
        people = rows.of_keys(session, "person", lost)
        names = ", ".join(sorted(str(row["login"]) for row in people.values())) or lost[0]
        raise Refused(
            phrase("%(names)s: no role in the organisation of this session here. Give the role first.", names=names)
        )


def _demand_inside(session: Session, of: Bundle, ours: State, done: Done) -> None:
    """Raises Refused unless all that was written, and all that was there, belongs to the session."""
    after = rows.read(session, of.manifest.session)
    for one in CARRIED:
        before = ours[one.name].keys() if one.of is not None and not one.goes and one.name not in rows.LATER else ()
        written = {rows.key(one.name, row) for row in done.added.get(one.name, ())} if one.name not in FREE else ()
        if lost := {*before, *written} - after[one.name].keys():
            raise Refused(
                phrase(
                    "%(n)s rows of %(table)s in the bundle don't belong to its session. Nothing of it was taken.",
                    n=len(lost),
                    table=one.name,
                )
            )


def _tell_boards(session: Session, of: UUID) -> None:
    board = rows.table("session_board")
    session.execute(update(board).where(board.c.session_id == of).values(version=board.c.version + 1))


@dataclass(frozen=True, slots=True)
class _Work:
    """One unit at work: `theirs` is the bundle with our ids, `host` the organisation."""

    session: Session
    found: Found
    theirs: State
    host: str
    now: datetime

    def add(self, done: Done, name: str, key: str, row: Row) -> None:
        """Write a row. One that the database refuses is told."""
        made = {**row, **self._numbered(name, row), **self._fitting(name, row)}
        values = self._values(name, made) | self._hidden(name, row)
        try:
            with self.session.begin_nested():
                self.session.execute(insert(rows.table(name)).values(values))
        except IntegrityError:
            done.clashes.append(Clash(name, key, "", None, row))
            return
        seals.note_row(self.session, name, [values[one.name] for one in rows.table(name).primary_key])
        done.new.append(name)
        done.added.setdefault(name, []).append(made)

    def change(self, done: Done, name: str, key: str, before: Row, values: Mapping[str, Any]) -> None:
        """Change columns of a row."""
        try:
            with self.session.begin_nested():
                changed = update(rows.table(name)).where(*self._where(name, before))
                self.session.execute(changed.values(self._values(name, values)))
        except IntegrityError:
            done.clashes += [Clash(name, key, column, before[column], value) for column, value in values.items()]
            return
        done.changed.append(name)

    def remove(self, done: Done, name: str, key: str, before: Row) -> None:
        """Remove a row that the other side removed."""
        try:
            with self.session.begin_nested():
                self.session.execute(delete(rows.table(name)).where(*self._where(name, before)))
        except IntegrityError:
            done.clashes.append(Clash(name, key, "", before, None))
            return
        done.gone.append(name)

    def _where(self, name: str, row: Row) -> list[Any]:
        columns = rows.table(name).columns
        return [columns[one] == rows.decoded(columns[one], row[one]) for one in rows.identity(name)]

    def _values(self, name: str, row: Mapping[str, Any]) -> dict[str, Any]:
        columns = rows.table(name).columns
        return {column: rows.decoded(columns[column], value) for column, value in row.items()}

    def _hidden(self, name: str, row: Row) -> dict[str, Any]:
        """What never leaves an installation, as it begins here: no password that anybody knows, no second factor."""
        if name == "person":
            secret = passwords.seal(passwords.random_password())
            empty = dict.fromkeys(("totp_secret", "totp_last_step", "theme", "disabled_at"))
            return {**empty, "password_hash": secret}
        if name == "release":
            release = rows.table("release")
            there = select(release.c.id).where(
                release.c.kind == row["kind"], release.c.name == row["name"], release.c.current
            )
            return {"current": self.session.scalar(there.limit(1)) is None, "published_by": None}
        if name == "organisation":
            return {"founding": False}  # whoever runs this installation goes on running it
        return dict.fromkeys(BY_NAME[name].hidden)

    def _fitting(self, name: str, row: Row) -> dict[str, Any]:
        """What has to be otherwise here: where accounts are at home, and that one attempt of a lab is open at most."""
        if name == "person":
            login = self.found.logins[row["id"]]
            return {"login": login, "login_key": passwords.fold(login), "home_id": self.host}
        if name == "attempt" and row["closed_at"] is None:
            attempt = rows.table("attempt")
            there = select(attempt.c.id).where(
                attempt.c.person_id == UUID(row["person_id"]),
                attempt.c.release_id == UUID(row["release_id"]),
                attempt.c.closed_at.is_(None),
            )
            if self.session.scalar(there.limit(1)) is not None:
                return {"closed_at": max(row["opened_at"], rows.encoded(self.now))}
        return {}

    def _numbered(self, name: str, row: Row) -> dict[str, Any]:
        """The numbers that a row has here: its own, or where that is taken the next one that is free."""
        if name == "attempt_command":
            return {} if row["number"] is None else {"number": self._number_of_run(row)}
        found: dict[str, Any] = {}
        for column, within in BY_NAME[name].places.items():
            if within and self._taken(name, row, column, within):
                found[column] = self._last(name, row, column, within) + 1
        if name == "finding" and found:
            steps = [self._last(one, row, "step", ("attempt_id", "question")) for one in ("finding", "hint_taken")]
            found["step"] = max(steps) + 1
        return found

    def _number_of_run(self, row: Row) -> int:
        """The number that the run of a command has here."""
        asked = self.theirs["attempt_run"].values()
        run = next(
            one["run_id"] for one in asked if (one["attempt_id"], one["number"]) == (row["attempt_id"], row["number"])
        )
        here = rows.table("attempt_run")
        number = select(here.c.number).where(here.c.attempt_id == UUID(row["attempt_id"]), here.c.run_id == UUID(run))
        return self.session.scalar(number) or int(row["number"])

    def _taken(self, name: str, row: Row, column: str, within: tuple[str, ...]) -> bool:
        here = rows.table(name)
        asked = select(here.c[column]).where(*self._same(name, row, within), here.c[column] == row[column])
        return self.session.execute(asked.limit(1)).first() is not None

    def _last(self, name: str, row: Row, column: str, within: tuple[str, ...]) -> int:
        here = rows.table(name)
        return self.session.scalar(select(func.max(here.c[column])).where(*self._same(name, row, within))) or 0

    def _same(self, name: str, row: Row, within: tuple[str, ...]) -> list[Any]:
        columns = rows.table(name).columns
        return [columns[one] == rows.decoded(columns[one], row[one]) for one in within]
