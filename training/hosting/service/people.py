"""People of a session: add, seat, give time, withdraw. Nobody is deleted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from training.accounts.actor import Actor, Role
from training.accounts.models import Membership, Person
from training.errors import Conflict, NotThere, Refused
from training.hosting.models import SessionMember, TeachingSession
from training.hosting.service import labs, releases, timetable
from training.hosting.service.record import Faulty, not_closed, note
from training.sentence import counted, phrase

TRAINEE, INSTRUCTOR, LEAD = ROLES = ("trainee", "instructor", "lead")
SEAT, NUMBER, MOST_PERCENT = 10, 40, 300
TEACHERS = (Role.INSTRUCTOR, Role.HOST, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Listed:
    """A person of a session, by name and sign-in name."""

    member: SessionMember
    name: str
    login: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person stands in a session: role, seat, the host's own number, more time in examinations in percent."""

    role: str = TRAINEE
    seat: str | None = None
    number: str = ""
    extra_percent: int = 0


def of(session: Session, teaching: TeachingSession, *, withdrawn: bool = False) -> list[Listed]:
    """The people of a session, staff first, then trainees by seat and name; with those who were withdrawn, at the end.

    The board, attendance and the dossier take them from here.
    """
    found = select(SessionMember, Person.name, Person.login).join(Person, Person.id == SessionMember.person_id)
    rows = session.execute(found.where(SessionMember.session_id == teaching.id))
    listed = [Listed(one, name, login) for one, name, login in rows if withdrawn or one.active]
    return sorted(listed, key=_order)


def _order(one: Listed) -> tuple[bool, int, bool, int, str, str]:
    it, seat = one.member, one.member.seat or ""
    return not it.active, -ROLES.index(it.role), not seat, len(seat), seat, one.name.casefold()


def candidates(session: Session, teaching: TeachingSession) -> list[tuple[UUID, str, bool]]:
    """Id and name of everybody who can be added, and whether the person may teach."""
    inside = {one.person_id for one in teaching.members if one.active}
    found = select(Person.id, Person.name, Membership.role).join(Membership, Membership.person_id == Person.id)
    found = found.where(Membership.organisation_id == teaching.organisation_id, Person.disabled_at.is_(None))
    by_person: dict[UUID, tuple[str, bool]] = {}
    for person, name, role in session.execute(found):
        teaches = by_person.get(person, ("", False))[1] or role in TEACHERS
        by_person[person] = (name, teaches)
    listed = [(person, *said) for person, said in by_person.items() if person not in inside]
    return sorted(listed, key=lambda one: one[1].casefold())


def add(
    session: Session, actor: Actor, teaching: TeachingSession, person: UUID, place: Place, now: datetime
) -> SessionMember:
    """Let a person of the organisation into a session, or back into it. Who is in it already gets the place.

    Raises:
        NotThere: nobody of the organisation has this id.
        Faulty: a field can't be accepted, or the role is not one that the person may have.
        Conflict: the session is closed or full, or the seat or number is another person's.
    """
    return add_all(session, actor, teaching, {person: place}, now)[0]


def add_all(
    session: Session, actor: Actor, teaching: TeachingSession, places: dict[UUID, Place], now: datetime
) -> list[SessionMember]:
    """The same for several at once, such as those of a roster: their labs and releases are arranged once."""
    not_closed(teaching)
    made = [_put(session, actor, teaching, person, place, now) for person, place in places.items()]
    _not_too_many(teaching)
    _arranged(session, actor, teaching, now)
    return made


def change(
    session: Session, actor: Actor, teaching: TeachingSession, person: UUID, place: Place, now: datetime
) -> SessionMember:
    """Give a person of the session another seat, number, role, or more time. Errors as `add`."""
    not_closed(teaching)
    member = _member(teaching, person)
    before = member.extra_percent
    _put(session, actor, teaching, person, place, now)
    _not_too_many(teaching)
    _arranged(session, actor, teaching, now)
    labs.change_time(session, actor, teaching, member, before, now)
    return member


def withdraw(session: Session, actor: Actor, teaching: TeachingSession, person: UUID, now: datetime) -> None:
    """Take a person out: the seat is free, nothing that the person did is lost. Doing it twice changes nothing.

    Raises:
        NotThere: nobody of the session has this id.
        Conflict: the session is closed.
    """
    not_closed(teaching)
    member = _member(teaching, person)
    if member.active:
        member.withdrawn_at, member.seat = now, None
        _arranged(session, actor, teaching, now)
        note(session, "member.withdrawn", actor, teaching, {"person": str(person)}, now)


def joined(session: Session, actor: Actor, teaching: TeachingSession, person: UUID, now: datetime) -> None:
    """Note when a person first came in; later calls change nothing."""
    member = _member(teaching, person)
    if member.joined_at is None:
        member.joined_at = now
        note(session, "member.joined", actor, teaching, {"person": str(person)}, now)


def seats(teaching: TeachingSession) -> list[str]:
    """The seats of the room as they are called: 01, 02 and so on."""
    width = max(2, len(str(teaching.seats)))
    return [f"{number:0{width}}" for number in range(1, teaching.seats + 1)]


def _member(teaching: TeachingSession, person: UUID) -> SessionMember:
    found = next((one for one in teaching.members if one.person_id == person), None)
    if found is None:
        raise NotThere(phrase("No person of this session is meant. Choose one from the list."))
    return found


def _put(
    session: Session, actor: Actor, teaching: TeachingSession, person: UUID, place: Place, now: datetime
) -> SessionMember:
    place = _sound(session, teaching, person, place)
    member = next((one for one in teaching.members if one.person_id == person), None)
    before = _told(member) if member else None
    try:
        with session.begin_nested():
            if member is None:
                member = SessionMember(person_id=person, added_at=now, joined_at=None, withdrawn_at=None)
                _fill(member, place)
                teaching.members.append(member)
            else:
                _fill(member, place)
    except IntegrityError:
        session.refresh(teaching, ["members"])
        raise _taken(teaching, person, place) from None
    if before != _told(member):
        act = "member.added" if before is None or not before["active"] else "member.changed"
        note(session, act, actor, teaching, {"person": str(person), **_told(member)}, now)
    return member


def _fill(member: SessionMember, place: Place) -> None:
    member.role, member.seat, member.number = place.role, place.seat, place.number
    member.extra_percent, member.withdrawn_at = place.extra_percent, None


def _told(member: SessionMember) -> dict[str, object]:
    """What the audit log says of a place. The host's own number may name a person elsewhere: only that there is one."""
    return {
        "role": member.role,
        "seat": member.seat,
        "numbered": bool(member.number),
        "extra_percent": member.extra_percent,
        "active": member.active,
    }


def _sound(session: Session, teaching: TeachingSession, person: UUID, place: Place) -> Place:
    held = select(Membership.role).filter_by(person_id=person, organisation_id=teaching.organisation_id)
    roles = set(session.scalars(held))
    if not roles:
        raise NotThere(phrase("Nobody of this organisation is meant. Choose a person from the list."), field="person")
    seat, number = (place.seat or "").strip() or None, place.number.strip()
    faults: dict[str, str] = {}
    if place.role not in ROLES:
        faults["role"] = phrase("A person is a trainee, an instructor or the lead of a session.")
    elif place.role != TRAINEE and not roles & set(TEACHERS):
        faults["role"] = phrase("Only staff of the organisation can teach in a session.")
    if seat and (len(seat) > SEAT or not seat.isprintable()):
        faults["seat"] = phrase("A seat has 1 to %(most)s characters, such as 07.", most=SEAT)
    if len(number) > NUMBER or not number.isprintable():
        faults["number"] = phrase("The host's own number has at most %(most)s characters.", most=NUMBER)
    if not 0 <= place.extra_percent <= MOST_PERCENT:
        faults["extra_percent"] = phrase("Extra time is 0 to %(most)s percent.", most=MOST_PERCENT)
    if faults:
        raise Faulty(faults)
    return Place(place.role, seat, number, place.extra_percent)


def _taken(teaching: TeachingSession, person: UUID, place: Place) -> Conflict:
    others: Iterable[SessionMember] = (one for one in teaching.members if one.person_id != person)
    if place.seat and any(one.seat == place.seat for one in others):
        return Conflict(phrase("Seat %(seat)s is another person's.", seat=place.seat), field="seat")
    return Conflict(phrase("Number %(number)s is another person's.", number=place.number), field="number")


def _not_too_many(teaching: TeachingSession) -> None:
    count = sum(one.active and one.role == TRAINEE for one in teaching.members)
    if count > teaching.seats:
        raise Refused(
            counted(
                "The session has %(seats)s seats, and there would be %(num)s trainee. Give it more seats first.",
                "The session has %(seats)s seats, and there would be %(num)s trainees. Give it more seats first.",
                count,
                seats=str(teaching.seats),
            ),
            field="seats",
        )


def _arranged(session: Session, actor: Actor, teaching: TeachingSession, now: datetime) -> None:
    """Releases and labs follow who is in it."""
    session.flush()
    releases.hold(session, teaching, now)
    labs.arrange(session, actor, teaching, timetable.parts(session, teaching), now, timetable=False)
