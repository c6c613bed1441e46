"""Coming in: by a join code or a slip, with an account or without. Guessing is slowed down for each address.

The address is that of the connection, or of a proxy that the site trusts; headers that a client writes don't count.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.accounts.actor import Role
from training.accounts.models import Organisation, Person
from training.accounts.service import backoff
from training.accounts.service.passwords import NOBODY, fold
from training.accounts.service.people import add_role, checked_name
from training.accounts.service.signing_in import renew
from training.errors import Conflict, NotThere, Refused, TooMany
from training.hosting.models import SessionMember, TeachingSession
from training.hosting.roster.models import JoinCode, SignInSlip
from training.hosting.roster.reading.cells import name_key
from training.hosting.roster.service import codes, slips
from training.hosting.roster.service.logins import login_of
from training.hosting.service import people
from training.hosting.service.people import Place
from training.hosting.service.record import not_closed
from training.sentence import counted, phrase
from training.store import Store

UNKNOWN = phrase(
    "No session and no slip has this code now. Check every letter and digit; codes close, and a slip is good once. Ask "
    "whoever runs the session."
)


FREE, ANYWHERE = 300, 3000
"""Wrong codes in an hour that cost no waiting, from one network and from all together. A class behind one access point
shares the first, and each of its members may mistype; of the 5.4 million codes that is next to nothing.
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What a code leads to: a slip with its person, or a join code; and the session."""

    teaching: TeachingSession
    code: JoinCode | None
    slip: SignInSlip | None
    name: str = ""


def find(store: Store, typed: str, address: str, now: datetime) -> Found:
    """What a code leads to. Wrong codes are counted apart from failed sign-ins.

    Raises:
        NotThere: nothing; that counts against the address.
        TooMany: the address has to wait; nothing was looked up.
    """
    with store.writing() as session:
        if (slip := slips.find(session, typed, now)) is not None:  # of 60 random bits: nobody guesses one
            owner = session.get_one(Person, slip.person_id)
            return Found(session.get_one(TeachingSession, slip.session_id), None, slip, owner.name)
        failure = _admit(session, address, now)
        found = _look(session, typed, now)
        if found:
            backoff.withdraw(session, failure)
    if found is None:
        raise NotThere(UNKNOWN, field="code")
    return found


def use_slip(store: Store, typed: str, now: datetime) -> tuple[str, UUID, bool]:
    """Sign the owner of a slip in: the token of the sign-in, the session, and whether a password is still to be chosen.

    Raises NotThere, such as for the second of two who use it at once.
    """
    with store.writing() as session:
        found = slips.find(session, typed, now)
        if found is None:
            raise NotThere(UNKNOWN, field="code")
        person = slips.use(session, typed, now)
        token = accounts.start(session, person.id, now=now)
        return token, found.session_id, person.password_hash == NOBODY


def come_in(session: Session, sign_in: accounts.Known, typed: str, now: datetime) -> tuple[UUID, str]:
    """Somebody with an account comes in by a join code: the session, and a new token of the sign-in if it needs one.

    Raises:
        NotThere: no such code now.
        Refused: the person is not expected, and the code is only for those who are; the code or the session is full.
        Conflict: the session is closed, or the person was taken out of it.
    """
    teaching, code = _locked(session, typed, now)
    person = accounts.find(session, sign_in.person_id)
    assert person  # noqa: S101 - whoever is signed in has an account, and none is ever removed
    member = next((one for one in teaching.members if one.person_id == person.id), None)
    if member is not None and not member.active:
        raise Conflict(phrase("You were taken out of this session. Ask whoever runs it."), field="code")
    token = ""
    if member is None:
        if not code.walk_ins:
            raise Refused(phrase("You are not on the list of this session. Ask whoever runs it."), field="code")
        if add_role(session, person, teaching.organisation_id, Role.TRAINEE, actor=code.made_by, now=now):
            accounts.end_all(session, person.id, actor=person.id, now=now, but=sign_in.token_hash)
            token = renew(session, sign_in.token_hash, now)
        session.flush()
        people.add(session, accounts.actor_of(person), teaching, person.id, Place(), now)
    if member is None or member.joined_at is None:
        codes.use(code)
        people.joined(session, accounts.actor_of(person), teaching, person.id, now)
    return teaching.id, token


def walk_in(store: Store, typed: str, name: str, password: str, now: datetime) -> tuple[str, UUID, str]:
    """Make an account for somebody who is new, as a trainee of the organisation that hosts, and let the person in.

    Returns the token of the sign-in, the session, and the sign-in name. Raises as `come_in`, and Refused for a name or
    password that can't be taken.
    """
    name = checked_name(name)
    with store.reading() as session:
        login, code = _login(session, name), codes.find(session, typed, now)
        place = _host(session, session.get_one(TeachingSession, code.session_id).organisation_id) if code else ""
    sealed = accounts.seal(password, login, name, place)
    with store.writing() as session:
        teaching, code = _locked(session, typed, now)
        if not code.walk_ins:
            raise Refused(phrase("This code is for people on the list. Ask whoever runs the session."), field="code")
        _not_expected(session, teaching, name)
        codes.use(code)
        login, home, role = _login(session, name), teaching.organisation_id, Role.TRAINEE
        person = accounts.make_person(
            session, login=login, name=name, sealed=sealed, home=home, role=role, actor=code.made_by, now=now
        )
        owner = accounts.actor_of(person)
        people.add(session, owner, teaching, person.id, Place(), now)
        people.joined(session, owner, teaching, person.id, now)
        return accounts.start(session, person.id, now=now), teaching.id, login


def choose_password(store: Store, sign_in: accounts.Known, password: str, now: datetime) -> str:
    """The first password of somebody who came by a slip; a new token, since all sign-ins end.

    Raises Conflict for whoever has a password: that is changed with the present one. Refused for one that is too weak.
    """
    with store.reading() as session:
        place = _host(session, sign_in.person.home_id)
    sealed = accounts.seal(password, sign_in.person.login, sign_in.person.name, place)
    with store.writing() as session:
        person = accounts.find(session, sign_in.person_id)
        if person is None or not lacks_password(session, person.id):
            raise Conflict(phrase("You have a password already. Change it on the page of your account."))
        mark = accounts.password_mark(person)
        accounts.set_password(session, person, sealed, actor=person.id, now=now, before=mark)
        return accounts.start(session, person.id, now=now)


def lacks_password(session: Session, person: UUID) -> bool:
    """Whether an account can be used by slips alone."""
    return session.scalar(select(Person.password_hash).where(Person.id == person)) == NOBODY


def _host(session: Session, organisation: UUID) -> str:
    """What an organisation is called: no password for its people."""
    return session.get_one(Organisation, organisation).name


def _admit(session: Session, address: str, now: datetime) -> UUID:
    try:
        return backoff.admit_from(session, backoff.counter("join"), address, now, free=FREE, anywhere=ANYWHERE)
    except TooMany as wait:
        seconds = int(getattr(wait.message, "values", {}).get("num", backoff.LONGEST))
        raise TooMany(
            counted(
                "After several wrong codes from your address there is a short wait. Try again in %(num)s second.",
                "After several wrong codes from your address there is a short wait. Try again in %(num)s seconds.",
                seconds,
            ),
            field="code",
        ) from None


def _look(session: Session, typed: str, now: datetime) -> Found | None:
    code = codes.find(session, typed, now)
    teaching = session.get_one(TeachingSession, code.session_id) if code else None
    if code and teaching and teaching.closed_at is None:
        return Found(teaching, code, None)
    return None


def _locked(session: Session, typed: str, now: datetime) -> tuple[TeachingSession, JoinCode]:
    """The session of a code and the code, locked in the order in which staff lock them."""
    seen = codes.find(session, typed, now)
    if seen is None:
        raise NotThere(UNKNOWN, field="code")
    teaching = session.get_one(TeachingSession, seen.session_id, with_for_update=True)
    not_closed(teaching)
    code = codes.find(session, typed, now, lock=True)
    if code is None:
        raise NotThere(UNKNOWN, field="code")
    return teaching, code


def _not_expected(session: Session, teaching: TeachingSession, name: str) -> None:
    """Whoever is on the list comes in by the account of the list, else there would be two of them."""
    listed = select(Person.name).join(SessionMember, SessionMember.person_id == Person.id)
    names = session.scalars(listed.where(SessionMember.session_id == teaching.id))
    if name_key(name).casefold() in {name_key(one).casefold() for one in names}:
        raise Refused(
            phrase(
                "Somebody of this name is on the list. If it is you, use your paper slip or sign in; if not, add "
                "something to the name that tells you apart."
            ),
            field="name",
        )


def _login(session: Session, name: str) -> str:
    def taken(login: str) -> bool:
        return session.scalar(select(Person.id).where(Person.login_key == fold(login))) is not None

    return login_of(name, "", taken)
