"""What a list would do to a session: added, changed, unchanged, refused, and who is in the session but not in it.

A person is known by permanent number, then by sign-in name, then by e-mail address that is a sign-in name. What none of
these tells is said, never settled by the name: names and sign-in names are given to others.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts import policy as accounts
from training.accounts.actor import Actor
from training.accounts.models import Person
from training.accounts.service.passwords import fold
from training.accounts.service.people import checked_login, checked_name
from training.errors import Refused
from training.hosting.models import TeachingSession
from training.hosting.roster.reading.cells import Mistake, Row, id_key, name_key
from training.hosting.roster.reading.looks import mixed, skeleton
from training.hosting.roster.reading.table import Table
from training.hosting.roster.service.known import Known, login_key, look
from training.hosting.roster.service.logins import login_of
from training.hosting.roster.service.seats import doubts as unknown_seats
from training.hosting.service.people import INSTRUCTOR, LEAD, TEACHERS, TRAINEE, Place, seats
from training.sentence import counted, listed, phrase

NOWHERE = Place()
ADDED, CHANGED, UNCHANGED, REFUSED = "added", "changed", "unchanged", "refused"


@dataclass(frozen=True, slots=True)
class Change:
    """A field of a person: what it was, and what it becomes."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the list and what it does. `person` is None for an account that will be made."""

    row: Row
    kind: str
    person: UUID | None = None
    name: str = ""
    login: str = ""
    place: Place = NOWHERE
    language: str = ""
    note: str | None = None
    changes: tuple[Change, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    doubts: tuple[Mistake, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """All of it. `kept` has the name and sign-in name of those who are not in the list; `blocked` why none of it can be
    applied; `doubt` what is doubtful in the whole list; `mark` changes whenever any of it does.
    """

    entries: tuple[Entry, ...]
    kept: tuple[tuple[str, str], ...]
    blocked: str
    doubt: str
    mark: str

    def of(self, kind: str) -> list[Entry]:
        """The entries of a kind."""
        return [one for one in self.entries if one.kind == kind]

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind, and how many are kept."""
        return {kind: len(self.of(kind)) for kind in (ADDED, CHANGED, UNCHANGED, REFUSED)} | {"kept": len(self.kept)}

    @property
    def doubtful(self) -> bool:
        """Whether a row that would be taken has a doubt, or the whole list."""
        return bool(self.doubt) or any(one.doubts for one in self.entries if one.kind != REFUSED)


def difference(session: Session, actor: Actor, teaching: TeachingSession, table: Table) -> Difference:
    """Work it out. Nothing is changed."""
    known = look(session, teaching, table.rows)
    heads = {name: table.heads[at] for at, name in table.fields.items()}
    entries = _Comparing(session, actor, known, heads).entries(table.rows)
    entries, doubt = _with_doubtful_seats(_with_free_seats(entries, known, heads), heads, seats(teaching))
    inside = {one.person for one in entries}
    kept = [known.people[who] for who, one in known.members.items() if one.active and who not in inside]
    listed = tuple(sorted((one.name, one.login) for one in kept))
    blocked = _blocked(entries, known, teaching)
    return Difference(tuple(entries), listed, blocked, doubt, _mark(entries, known, table))


class _Comparing:
    """Row after row, with what earlier rows have claimed."""

    def __init__(self, session: Session, actor: Actor, known: Known, heads: dict[str, str]) -> None:
        self._session, self._actor, self._known, self._heads = session, actor, known, heads
        self._rows: dict[object, int] = {}  # which row claimed a person, a number, a sign-in name
        self._names: dict[str, int] = {}  # which row makes an account of this name
        self._here = {name_key(known.people[who].name).casefold(): who for who in known.members}
        self._given: set[str] = set()  # sign-in names that this list makes
        self._looks: dict[str, tuple[str, int]] = {}  # what they look like, with the one that did first and its row

    def entries(self, rows: Sequence[Row]) -> list[Entry]:
        """One for each row. Sign-in names that rows give are claimed before any is made."""
        self._given = {key for key in map(login_key, rows) if key}
        return [self._entry(row) for row in rows]

    def _entry(self, row: Row) -> Entry:
        person, wrong = self._resolved(row)
        wrong += self._claimed(row, person)
        if row.mistakes or wrong:
            return Entry(row, REFUSED, person, row.name, mistakes=(*row.mistakes, *wrong), doubts=row.doubts)
        return self._known_person(row, person) if person else self._new_person(row)

    def _resolved(self, row: Row) -> tuple[UUID | None, list[Mistake]]:
        number, login = id_key(row.values.get("number", "")), login_key(row)
        bearers = self._known.numbers.get(number) or self._known.earlier.get(number) or frozenset[UUID]()
        named = self._known.logins.get(login)
        if len(bearers) > 1:
            return None, [self._wrong(row, "number", phrase("Several people bear this number. Give the sign-in name."))]
        person = next(iter(bearers), named)
        if person is None:
            return None, []
        if login and named != person:
            told = phrase("The number is that of another account, %(login)s.", login=self._known.people[person].login)
            return person, [self._wrong(row, "login" if "login" in row.values else "email", told)]
        return person, self._unfit(row, person, number)

    def _unfit(self, row: Row, person: UUID, number: str) -> list[Mistake]:
        """What keeps a known account from being the one that is meant."""
        account, member = self._known.people[person], self._known.members.get(person)
        column = "number" if number else "login" if "login" in row.values else "email"
        if not self._known.belongs(person):
            told = phrase("This account is not of your organisation. Invite the person, or give another sign-in name.")
            return [self._wrong(row, column, told)]
        if account.disabled_at is not None:
            return [self._wrong(row, column, phrase("This account is disabled. Open it again first."))]
        if number and member and member.number and id_key(member.number) != number:
            told = phrase(
                "%(login)s has the number %(number)s in this session. Is it the same person? Correct one of the two.",
                login=account.login,
                number=member.number,
            )
            return [self._wrong(row, "number", told)]
        return []

    def _claimed(self, row: Row, person: UUID | None) -> list[Mistake]:
        keys = {"number": id_key(row.values.get("number", "")), "login": login_key(row), "": person}
        claims = [(field, key) for field, key in keys.items() if key]
        double = next((one for one in claims if one in self._rows), None)
        before = self._rows[double] if double else 0
        for one in claims:
            self._rows.setdefault(one, row.at)
        if double is None:
            return []
        told = phrase("The same person is in row %(row)s. Take one of the two out.", row=str(before))
        given = [one for one in ("number", "login", "email") if row.values.get(one)]
        shared = {"number": ["number"], "login": ["login", "email"]}.get(str(double[0]), given)
        return [self._wrong(row, next((one for one in shared if one in given), ""), told)]

    def _known_person(self, row: Row, person: UUID) -> Entry:
        account, member = self._known.people[person], self._known.members.get(person)
        was = Place(member.role, member.seat, member.number, member.extra_percent) if member else Place()
        place = _placed(row, was)
        wrong = self._may_teach(row, account, was, place)
        changes, doubts = [], list(row.doubts)
        name = account.name
        if row.name and name_key(account.name) not in {name_key(row.name), name_key(row.written)}:
            if accounts.may_manage(self._actor, account):
                name = row.name
                changes.append(Change("name", account.name, name))
                wrong += _checked(lambda: checked_name(name), lambda told: self._wrong(row, "name", told))
            else:
                told = phrase("The account's name is %(name)s. You can't change that account.", name=account.name)
                doubts.append(self._wrong(row, "name", told))
        changes += _changes(was, place)
        note, had = row.values.get("note"), self._known.notes.get(person, "")
        if note is not None and note != had:
            changes.append(Change("note", had, note))
        language = row.values.get("language", "") if account.language is None else ""
        if language:
            changes.append(Change("language", "", language))
        kind = REFUSED if wrong else CHANGED if changes else UNCHANGED
        if not wrong and (member is None or not member.active):
            kind = ADDED
        return Entry(
            row, kind, person, name, account.login, place, language, note, tuple(changes), tuple(wrong), tuple(doubts)
        )

    def _may_teach(self, row: Row, account: Person, was: Place, place: Place) -> list[Mistake]:
        held = {one.role for one in account.memberships if one.organisation_id == self._known.organisation}
        if place.role in {TRAINEE, was.role} or held & set(TEACHERS):
            return []
        return [self._wrong(row, "role", phrase("Only staff of the organisation can teach in a session."))]

    def _new_person(self, row: Row) -> Entry:
        place, doubts = _placed(row, Place()), list(row.doubts)
        wrong = _checked(lambda: checked_name(row.name), lambda told: self._wrong(row, "name", told))
        rank = accounts.rank(self._actor, self._known.organisation)
        if place.role in {INSTRUCTOR, LEAD} and rank <= accounts.STAFF:
            told = phrase("Hosts and administrators make accounts of instructors. Ask one, or invite the person.")
            wrong.append(self._wrong(row, "role", told))
        given = row.values.get("login", "") or row.values.get("email", "")
        if given:
            column = "login" if row.values.get("login") else "email"
            wrong += _checked(lambda: checked_login(given), lambda told: self._wrong(row, column, told))
        login = given or self._login(row)
        doubts += [*self._namesakes(row, wrong), *self._alike(row, login)]
        if wrong:
            return Entry(row, REFUSED, None, row.name, mistakes=tuple(wrong), doubts=tuple(doubts))
        language, note = row.values.get("language", ""), row.values.get("note")
        return Entry(row, ADDED, None, row.name, login, place, language, note, doubts=tuple(doubts))

    def _login(self, row: Row) -> str:
        def taken(login: str) -> bool:
            return fold(login) in self._given or _is_taken(self._session, login)

        login = login_of(row.name, row.values.get("number", ""), taken)
        self._given.add(fold(login))
        return login

    def _alike(self, row: Row, login: str) -> list[Mistake]:
        """Whose sign-in name looks the same and is another, and letters of several scripts that make such names."""
        column = "login" if row.values.get("login") else "email" if row.values.get("email") else "name"
        shape = skeleton(login)
        first, at = self._looks.setdefault(shape, (login, row.at))
        others = [one for one in sorted(self._known.alike.get(shape, ())) if fold(one) != fold(login)]
        told = [
            phrase(
                "%(login)s looks like the sign-in name %(other)s, which is that of another account. Whose is it?",
                login=login,
                other=one,
            )
            for one in others[:1]
        ]
        if fold(first) != fold(login):
            told.append(
                phrase("%(login)s looks like a sign-in name in row %(row)s, and is another.", login=login, row=str(at))
            )
        if scripts := mixed(login):
            told.append(
                phrase(
                    "It mixes letters of several scripts that look alike: %(scripts)s. Type it anew.",
                    scripts=listed(scripts),
                )
            )
        return [self._wrong(row, column, one) for one in told]

    def _namesakes(self, row: Row, wrong: list[Mistake]) -> list[Mistake]:
        """Who has the same name: a doubt where something tells the two apart, else a mistake."""
        key = name_key(row.name).casefold()
        there, before = self._here.get(key), self._names.get(key, 0)
        self._names.setdefault(key, row.at)
        if not there and not before:
            return []
        known = bool(row.values.get("number") or login_key(row))
        if there:
            login = self._known.people[there].login
            told = phrase("Somebody of this name is in the session, as %(login)s. The list means another.", login=login)
            if not known:
                told = phrase(
                    "Somebody of this name is in the session, as %(login)s. Put that sign-in name into the list if it "
                    "is the same person; if not, give the other one a number.",
                    login=login,
                )
        else:
            told = phrase("The same name is in row %(row)s.", row=str(before))
            if not known:
                told = phrase(
                    "The same name is in row %(row)s, and nothing tells the two apart. Give each a number, or take one "
                    "out.",
                    row=str(before),
                )
        if known:
            return [self._wrong(row, "name", told)]
        wrong.append(self._wrong(row, "name", told))
        return []

    def _wrong(self, row: Row, field: str, told: str) -> Mistake:
        cell = row.written if field == "name" else row.values.get(field, "")
        return Mistake(row.at, self._heads.get(field, ""), cell[:60], told)


def _is_taken(session: Session, login: str) -> bool:
    return session.scalar(select(Person.id).where(Person.login_key == fold(login))) is not None


def _checked(check: Callable[[], object], says: Callable[[str], Mistake]) -> list[Mistake]:
    try:
        check()
    except Refused as bad:
        return [says(bad.message)]
    return []


def _placed(row: Row, was: Place) -> Place:
    """Where a row puts somebody who was there: what it doesn't say stays, and what reads the same stays as written."""
    seat, number = row.values.get("seat"), row.values.get("number")
    same = number is not None and id_key(number) == id_key(was.number)
    return Place(
        row.values.get("role", was.role),
        was.seat if seat is None else seat or None,
        was.number if number is None or same else number,
        int(row.values.get("extra", was.extra_percent)),
    )


def _changes(was: Place, place: Place) -> list[Change]:
    pairs = {
        "role": (was.role, place.role),
        "seat": (was.seat or "", place.seat or ""),
        "number": (was.number, place.number),
        "extra": (str(was.extra_percent), str(place.extra_percent)),
    }
    return [Change(field, before, after) for field, (before, after) in pairs.items() if before != after]


def _with_free_seats(entries: list[Entry], known: Known, heads: dict[str, str]) -> list[Entry]:
    """Refuse rows whose seat somebody else keeps or an earlier row takes; whoever is refused keeps the old seat."""
    while True:
        taken: dict[str, str] = {}
        moved = {one.person for one in entries if one.kind != REFUSED and one.person}
        for who, member in known.members.items():
            if member.seat and who not in moved:
                taken[member.seat] = known.people[who].name
        made = [_seated(one, taken, heads) for one in entries]
        if [one.kind for one in made] == [one.kind for one in entries]:
            return made
        entries = made


def _seated(entry: Entry, taken: dict[str, str], heads: dict[str, str]) -> Entry:
    seat = entry.place.seat
    if entry.kind == REFUSED or not seat:
        return entry
    if seat not in taken:
        taken[seat] = entry.name
        return entry
    told = phrase("Seat %(seat)s is that of %(name)s. Give another one.", seat=seat, name=taken[seat])
    return replace(entry, kind=REFUSED, mistakes=(Mistake(entry.row.at, heads.get("seat", ""), seat, told),))


def _with_doubtful_seats(
    entries: Sequence[Entry], heads: dict[str, str], names: Sequence[str]
) -> tuple[list[Entry], str]:
    """The entries with what is to be said of single seats, and what of all. Who teaches may sit anywhere."""
    taken = [one for one in entries if one.kind != REFUSED]
    said = {one.row.at: (one.row.values.get("seat", ""), one.place.role) for one in taken}
    asked = {at: seat for at, (seat, role) in said.items() if seat and (seat.isdecimal() or role == TRAINEE)}
    whole, told = unknown_seats(asked, names)
    odd = {at: Mistake(at, heads.get("seat", ""), asked[at], why) for at, why in told.items()}
    return [replace(one, doubts=(*one.doubts, odd[one.row.at])) if one.row.at in odd else one for one in entries], whole


def _blocked(entries: Sequence[Entry], known: Known, teaching: TeachingSession) -> str:
    roles = {who: one.role for who, one in known.members.items() if one.active}
    roles |= {one.person: one.place.role for one in entries if one.kind != REFUSED and one.person}
    new = sum(one.kind == ADDED and one.person is None and one.place.role == TRAINEE for one in entries)
    count = sum(role == TRAINEE for role in roles.values()) + new
    if count <= teaching.seats:
        return ""
    return counted(
        "The session has %(seats)s seats, and there would be %(num)s trainee. Give it more seats first.",
        "The session has %(seats)s seats, and there would be %(num)s trainees. Give it more seats first.",
        count,
        seats=str(teaching.seats),
    )


def _mark(entries: Sequence[Entry], known: Known, table: Table) -> str:
    """A digest of all that was seen and of how the session stands."""
    rows = [
        [one.kind, one.row.at, str(one.person or ""), one.name, one.login, one.language, one.note, *_flat(one.place)]
        + [text for change in one.changes for text in (change.field, change.before, change.after)]
        for one in entries
    ]
    now = sorted(
        [str(who), one.active, *_flat(Place(one.role, one.seat, one.number, one.extra_percent))]
        for who, one in known.members.items()
    )
    seen = [rows, now, sorted((str(who), said) for who, said in known.notes.items()), list(table.faults)]
    return hashlib.sha256(json.dumps(seen, ensure_ascii=True).encode()).hexdigest()


def _flat(place: Place) -> list[str]:
    return [place.role, place.seat or "", place.number, str(place.extra_percent)]


__all__ = ["ADDED", "CHANGED", "REFUSED", "UNCHANGED", "Change", "Difference", "Entry", "difference"]
