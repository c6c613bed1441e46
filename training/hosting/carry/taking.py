"""A bundle held against what is here: first what it would change, then, when somebody says so, taking it.

Looking does all that taking does, inside a unit that is undone: what is shown is what would happen.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from training.courses.moving import signing
from training.errors import Conflict, Refused
from training.hosting.carry import applying, bundle, erased, files, history, merging, rows, turn
from training.hosting.carry.bundle import AUDIT, ROWS, Bundle
from training.hosting.carry.identities import Answers, Found, Question, find
from training.hosting.carry.merging import Clash
from training.hosting.carry.rows import State
from training.hosting.models import TeachingSession
from training.sentence import phrase
from training.settings import Settings
from training.store import Store
from training.store.migrate import known, standing

NOBODY = Answers()
Kept = Mapping[str, frozenset[str]]
"""Bundles by name, and what each knows of others."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who would get an account here: name, login there, login here."""

    name: str
    there: str
    here: str


@dataclass(frozen=True, slots=True)
class Look:
    """A bundle beside what is here. `seen` stands for both: it is another one as soon as either changed.

    Of a bundle whose key nobody trusts, nothing but its manifest is read. `erased`: people in it whose data was erased
    here.
    """

    bundle: Bundle
    trusted: bool
    taken: bool = False
    title: str = ""
    new: Mapping[str, int] = field(default_factory=dict)
    changed: Mapping[str, int] = field(default_factory=dict)
    gone: Mapping[str, int] = field(default_factory=dict)
    clashes: tuple[Clash, ...] = ()
    people: tuple[Person, ...] = ()
    same: int = 0
    questions: tuple[Question, ...] = ()
    lacking: tuple[str, ...] = ()
    seen: str = ""
    erased: int = 0

    @property
    def sound(self) -> bool:
        """Whether it could be taken, and would change something or have to be noted as taken."""
        return self.trusted and not (self.questions or self.lacking or self.taken)


@dataclass(frozen=True, slots=True)
class _Tried:
    """What trying found, and more for taking.

    Attributes:
        look: what is shown.
        added: the rows that were added, by table.
        same: ids of there that are somebody or something of here.
        erased: people of the bundle whose data was erased here.
    """

    look: Look
    added: files.Added = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict)
    erased: frozenset[str] = frozenset()


@contextmanager
def _undone(store: Store) -> Iterator[Session]:
    """A unit that may write, and of which nothing is kept."""
    with store.writing() as session, session.begin_nested() as point:
        turn.take(session)
        yield session
        point.rollback()


def look(store: Store, settings: Settings, of: Bundle, answers: Answers = NOBODY, only: UUID | None = None) -> Look:
    """What a bundle would change here. Nothing is changed.

    Args:
        store: the database.
        settings: where files lie.
        of: the bundle.
        answers: what the host said of people.
        only: a session, when bundles of others are not taken here.

    Raises:
        Refused: it is damaged, of another version, of another session or organisation than it says.
    """
    _demand(settings, of, only)
    if not is_trusted(store, settings, of, only):
        return Look(of, trusted=False)
    said = _said(settings, of)
    with _undone(store) as session:
        return _tried(session, settings, of, said, answers).look


def take(
    store: Store,
    settings: Settings,
    of: Bundle,
    seen: str,
    by: UUID | None,
    now: datetime,
    answers: Answers = NOBODY,
    only: UUID | None = None,
) -> Look:
    """Take a bundle as it was seen, all of it or nothing. One that was taken before changes nothing.

    Raises:
        Refused: nobody trusts the key, people are still to be asked about, something is missing in it.
        Conflict: what is here, or the bundle, is not what was seen.
    """
    _demand(settings, of, only)
    if not is_trusted(store, settings, of, only):
        raise Refused(
            phrase("Nobody here has said that the key of this bundle is trusted. Compare its fingerprint first.")
        )
    said = _said(settings, of)
    history.sweep(store, settings.instance, now)
    with files.unpacked(store, settings, of) as folder, store.writing() as session:
        turn.take(session)
        tried = _tried(session, settings, of, said, answers)
        held = tried.look
        if held.taken:
            return held
        if not held.sound:
            raise Refused(phrase("This bundle can't be taken yet. Look at it again: people or files are missing."))
        if seen != held.seen:
            raise Conflict(
                phrase("Since you looked, the bundle or what is here has changed. Look at the difference again.")
            )
        files.place(session, settings, folder, tried.added, now)
        erased.again(session, tried.erased, now)
        if not tried.erased:  # else it holds what is nowhere else here any more
            history.keep(settings.instance, of, said)
        told = {"rows": sum(held.new.values()), "changed": sum(held.changed.values()), "clashes": len(held.clashes)}
        history.note(session, history.TAKEN, by, of, {**told, "same": tried.same}, now)
    return held


def is_trusted(store: Store, settings: Settings, of: Bundle, only: UUID | None) -> bool:
    """Whether the key of a bundle is trusted by the organisation of a session; None stands for the command line."""
    with store.reading() as session:
        teaching = session.get(TeachingSession, only) if only else None
    return signing.is_trusted(settings.instance, of.fingerprint, teaching.organisation_id if teaching else None)


def _demand(settings: Settings, of: Bundle, only: UUID | None) -> None:
    """Raises Refused for a bundle of another version of the program, or of another session."""
    if only is not None and of.manifest.session != only:
        raise Refused(phrase("This bundle is of another session. Take it where that session is shown."))
    theirs, mine = of.manifest.schema_at, standing(settings.database).program
    if theirs != mine and known(theirs):
        raise Refused(
            phrase(
                "This bundle was made by an older version of the program (schema %(theirs)s, here %(ours)s). "
                "Bring that installation to the version of this one, and export the session again.",
                theirs=theirs,
                ours=mine,
            )
        )
    if theirs != mine:
        raise Refused(
            phrase(
                "This bundle was made by a newer version of the program (schema %(theirs)s, here %(ours)s). "
                "Bring this installation to that version first.",
                theirs=theirs,
                ours=mine,
            )
        )


def _said(settings: Settings, of: Bundle) -> dict[str, bytes]:
    """Rows and the part of the chain; every other file of the bundle was held against its digest by then."""
    for path in of.places:
        if path not in {ROWS, AUDIT}:
            of.check(path, settings.instance)
    return {name: of.bytes_of(name, settings.instance) for name in (ROWS, AUDIT)}


def _tried(session: Session, settings: Settings, of: Bundle, said: Mapping[str, bytes], answers: Answers) -> _Tried:
    """Do in this unit all that taking the bundle does to rows, and tell what that was."""
    theirs = _rows(said[ROWS])
    title = _checked_session(of, theirs)
    trips = {one.bundle for one in history.trips(session, of.manifest.session)}
    kept = {one: knows for one in sorted(trips) if (knows := history.knows(settings.instance, one)) is not None}
    if of.name in trips.union(*kept.values()):  # it, or a later one that went on from it
        return _Tried(Look(of, trusted=True, taken=True, title=title))
    ours = rows.read(session, of.manifest.session)
    earlier = {**_from_there(session, of), **history.same(session, of.manifest.session)}
    host = _host(session, of, theirs)
    found = find(session, theirs, ours, earlier, host, answers)
    if found.questions:
        asked = tuple(found.questions)
        return _Tried(Look(of, trusted=True, title=title, people=_people(theirs, found), questions=asked))
    shared = {name: knows for name, knows in kept.items() if name in of.manifest.knows}
    base = _base(session, settings, shared, ours, {**earlier, **found.people}, host)
    there = rows.renamed(theirs, found.names)
    wiped = erased.among(session, there)
    merged = merging.merge(ours, erased.without(session, there, ours, wiped), base)
    done = applying.apply(session, of, ours, theirs, merged, found, wiped)
    clashes = tuple(merged.clashes + done.clashes)
    new, changed, gone = (Counter(names) for names in (done.new, done.changed, done.gone))
    told = [of.name, new, changed, gone, len(clashes), sorted(found.names.items()), done.digest]
    held = Look(
        of,
        trusted=True,
        title=title,
        new=new,
        changed=changed,
        gone=gone,
        clashes=clashes,
        people=_people(theirs, found),
        same=len(theirs["person"]) - len(found.new),
        lacking=tuple(files.lacking(settings, of, done.added)),
        seen=hashlib.sha256(bundle.lines(told)).hexdigest()[:16],
        erased=len(wiped),
    )
    return _Tried(held, done.added, found.people, wiped)


def _no_number(name: str) -> None:
    raise ValueError(name)


def _rows(data: bytes) -> State:
    try:
        document = json.loads(data, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused(phrase("%(name)s is damaged in the bundle.", name=ROWS)) from None
    return rows.checked(document)


def _checked_session(of: Bundle, theirs: State) -> str:
    """The title of the one session of which the rows are."""
    found = list(theirs["teaching_session"].values())
    named = [(row["id"], row["organisation_id"]) for row in found]
    if named != [(str(of.manifest.session), str(of.manifest.organisation))]:
        raise Refused(phrase("The bundle holds another session than its manifest says."))
    return str(found[0]["title"])


def _from_there(session: Session, of: Bundle) -> dict[str, str]:
    """What the sender calls otherwise than we do: its ids, and ours, of people that we know by ours."""
    told = {str(there): str(mine) for mine, there in of.manifest.same.items()}
    here = rows.of_keys(session, "person", told.values())
    return {there: mine for there, mine in told.items() if mine in here}


def _host(session: Session, of: Bundle, theirs: State) -> UUID:
    """The organisation of the session as it is called here, or will be. Raises Refused where it has another one."""
    row = theirs["organisation"].get(str(of.manifest.organisation))
    if row is None:
        raise Refused(phrase("The bundle holds another session than its manifest says."))
    here = rows.of_keys(session, "organisation", [row["id"]])
    twins = [] if here else rows.alike(session, "organisation", [row]).get((row["name_key"],), [])
    host = UUID(twins[0]["id"] if twins else row["id"])
    present = rows.of_keys(session, "teaching_session", [str(of.manifest.session)])
    if any(one["organisation_id"] != str(host) for one in present.values()):
        raise Refused(phrase("A session of another organisation has this id here. Nothing of the bundle was taken."))
    return host


def _base(session: Session, settings: Settings, kept: Kept, ours: State, said: Mapping[str, str], host: UUID) -> State:
    """What both sides once had, of the bundles that both know, with the ids of here."""

    def state(name: str) -> State:
        then = history.said(settings.instance, name)
        return rows.renamed(then, find(session, then, ours, said, host, None).names)

    return merging.ancestor(kept, kept, state)


def _people(theirs: State, found: Found) -> tuple[Person, ...]:
    new = (theirs["person"][one] for one in sorted(found.new))
    return tuple(Person(str(row["name"]), str(row["login"]), found.logins[row["id"]]) for row in new)
