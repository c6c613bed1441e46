"""Sessions: find, make from a plan or empty, change, open, close. Two who press at once: the second is told."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor, Role
from training.audit import service as audit
from training.errors import Conflict, Refused
from training.hosting import plan as plans
from training.hosting.models import Part, SessionMember, TeachingSession
from training.hosting.plan import Rules
from training.hosting.service import labs, people, releases, timetable
from training.hosting.service.record import Faulty, not_closed, note, was_done
from training.sentence import LANGUAGES, joined, listed, phrase

TITLE, ROOM, SEATS, DAYS = 120, 120, 500, 60
USUAL = 30
"""Seats where neither a host nor a plan says how many."""
MOST = 500
"""Sessions that a list shows."""
BARE = "without_lab"
"""The field by which a host says that an examination shall have no lab."""
FURTHEST = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a host wants: see TeachingSession. `plan` is empty for a session without a timetable, of `days` days.

    Minutes of lateness and hints are rules: they come from the plan, and change with a reason, see `rules`.
    """

    title: str
    starts_on: date
    zone: str
    plan: str = ""
    language: str = "en"
    room: str = ""
    seats: int = USUAL
    days: int = 1


def get(session: Session, key: UUID) -> TeachingSession | None:
    """The session with this id; who may see it is the caller's matter."""
    return session.get(TeachingSession, key)


def of_organisation(session: Session, organisation: UUID) -> list[TeachingSession]:
    """The sessions of an organisation, the newest first day first, at most MOST."""
    found = select(TeachingSession).filter_by(organisation_id=organisation)
    newest = found.order_by(TeachingSession.starts_on.desc(), TeachingSession.made_at.desc())
    return list(session.scalars(newest.limit(MOST)))


def of_person(session: Session, person: UUID, now: datetime) -> list[TeachingSession]:
    """The sessions that a person is in: those that run now, then those to come, then those that are over."""
    mine = select(SessionMember.session_id).filter_by(person_id=person, withdrawn_at=None)
    found = list(session.scalars(select(TeachingSession).where(TeachingSession.id.in_(mine))))
    return sorted(found, key=lambda one: (not one.running, one.closed_at is not None, _distance(one, now)))


def _distance(teaching: TeachingSession, now: datetime) -> int:
    return abs((teaching.starts_on - timetable.local(teaching, now).date()).days)


def wish_of(teaching: TeachingSession) -> Wish:
    """What is set, as a form shows it."""
    return Wish(
        teaching.title,
        teaching.starts_on,
        teaching.zone,
        teaching.plan,
        teaching.language,
        teaching.room,
        teaching.seats,
        teaching.days,
    )


def make(session: Session, actor: Actor, organisation: UUID, wish: Wish, now: datetime) -> TeachingSession:
    """Make a session from a plan, with its timetable and rules, or an empty one. Its maker leads it, if an instructor.

    Raises:
        Faulty: fields can't be accepted; all of them are named.
    """
    wish = sound(wish, now)
    plan = plans.read(wish.plan) if wish.plan else None
    made = TeachingSession(organisation_id=organisation, plan=wish.plan, made_by=actor.id, made_at=now)
    _fill(made, replace(wish, days=len(plan.days)) if plan else wish)
    rules = plan.rules if plan else Rules()
    made.rules, made.late_minutes, made.hints = rules.model_dump(mode="json"), rules.attendance.late_minutes, True
    session.add(made)
    session.flush()
    if plan:
        session.add_all(timetable.laid_out(plan, made))
    details = {**_told(made), "plan": wish.plan, "title": audit.commit_to(session, actor.id or made.id, made.title)}
    note(session, "session.made", actor, made, details, now)
    if actor.id is not None and actor.holds(Role.INSTRUCTOR, organisation):
        people.add(session, actor, made, actor.id, people.Place(people.LEAD), now)
    return made


def change(session: Session, actor: Actor, teaching: TeachingSession, wish: Wish, now: datetime) -> None:
    """Change what may change. First day and zone stay from the opening on; slots move along with them before.

    Raises:
        Faulty: fields can't be accepted; all of them are named.
        Conflict: the session is closed.
    """
    not_closed(teaching)
    wish = sound(replace(wish, plan=teaching.plan), now, before=teaching)
    before, told = wish_of(teaching), _told(teaching)
    slots = timetable.parts(session, teaching)
    if (wish.zone, wish.starts_on) != (teaching.zone, teaching.starts_on):
        timetable.carried(slots, teaching, wish.zone, wish.starts_on)
    last = max((one.day for one in slots), default=1)
    _fill(teaching, replace(wish, days=max(last, wish.days)))
    if wish_of(teaching) == before:
        return
    labs.arrange(session, actor, teaching, slots, now)
    details: dict[str, object] = {"from": told, "to": _told(teaching)}
    if teaching.title != before.title:
        details["title"] = audit.commit_to(session, actor.id or teaching.id, teaching.title)
    note(session, "session.changed", actor, teaching, details, now)


def open_up(
    session: Session, actor: Actor, teaching: TeachingSession, now: datetime, *, without_lab: bool = False
) -> None:
    """Open a session: its releases are pinned, its people held to them, its labs set. The row must be locked.

    `without_lab`: also where an examination has nothing to work on, since it is held on paper, say.

    Raises:
        Conflict: it was opened before; or an examination can't be set any more.
        Refused: there is no timetable, or nobody teaches in it, or an examination has no lab that is installed.
    """
    if teaching.opened_at is not None:
        done = was_done(session, teaching, "session.opened")
        raise Conflict(joined(phrase("This session is open already."), done, phrase("Nothing was changed now.")))
    slots = timetable.parts(session, teaching)
    if not any(one.contact for one in slots):
        raise Refused(phrase("The timetable is empty. Add what is planned, then open the session."))
    if not any(one.active and one.staff for one in teaching.members):
        raise Refused(phrase("Nobody teaches in this session yet. Add an instructor, then open it."))
    if not without_lab and (bare := timetable.bare(slots, releases.missing(session, slots))):
        why = [_without_lab(teaching, one) for one in bare]
        raise Refused(joined(*why, phrase("If it is meant to have none, say so, and open the session.")), field=BARE)
    teaching.opened_at = now
    pinned = releases.pin(session, teaching, slots)
    releases.hold(session, teaching, now)
    labs.arrange(session, actor, teaching, slots, now)
    details = {"releases": {f"{one.kind}/{one.name}": one.sha256 for one in pinned}}
    note(session, "session.opened", actor, teaching, details, now)


def _without_lab(teaching: TeachingSession, part: Part) -> str:
    """What is wrong with an examination that has nothing to work on."""
    if not part.refs:
        return phrase("'%(title)s' has no lab yet. Choose one in the timetable.", title=part.said)
    names = listed(plans.called(teaching.plan, name) for _, name in releases.named([part]))
    return phrase(
        "Nothing that '%(title)s' works on is installed here: %(names)s. Install it, or choose another lab in the "
        "timetable.",
        title=part.said,
        names=names,
    )


def close(session: Session, actor: Actor, teaching: TeachingSession, now: datetime) -> None:
    """Close a session: nobody is held to its releases any more, and its labs are not set any more. Nothing is lost.

    Raises:
        Conflict: it was closed before, or never opened; or people are at work in an examination.
    """
    if teaching.closed_at is not None:
        done = was_done(session, teaching, "session.closed")
        raise Conflict(joined(phrase("This session is closed already."), done, phrase("Nothing was changed now.")))
    if teaching.opened_at is None:
        raise Conflict(phrase("This session was never opened, so there is nothing to close."))
    labs.withdraw_all(session, actor, teaching, now)
    teaching.closed_at, teaching.paused_at = now, None
    releases.hold(session, teaching, now)
    note(session, "session.closed", actor, teaching, {}, now)


def _fill(teaching: TeachingSession, wish: Wish) -> None:
    teaching.title, teaching.starts_on, teaching.zone = wish.title, wish.starts_on, wish.zone
    teaching.language, teaching.room, teaching.seats = wish.language, wish.room, wish.seats
    teaching.days = wish.days


def sound(wish: Wish, now: datetime, before: TeachingSession | None = None) -> Wish:
    """The wish with its texts trimmed. Raises Faulty with every field that can't be accepted."""
    wish = replace(wish, title=" ".join(wish.title.split()), room=" ".join(wish.room.split()), zone=wish.zone.strip())
    faults: dict[str, str] = {}
    if not 1 <= len(wish.title) <= TITLE or not wish.title.isprintable():
        faults["title"] = phrase("The title has 1 to %(most)s characters.", most=TITLE)
    if wish.plan and wish.plan not in plans.names() and before is None:
        faults["plan"] = phrase("There is no plan %(name)s.", name=wish.plan[:40])
    if not zone_known(wish.zone):
        faults["zone"] = phrase(
            "%(zone)s is no time zone. Choose one from the list, such as Africa/Dakar.", zone=wish.zone[:60]
        )
    if wish.language not in LANGUAGES:
        faults["language"] = phrase("Choose one of %(these)s.", these=", ".join(LANGUAGES))
    if len(wish.room) > ROOM or not wish.room.isprintable():
        faults["room"] = phrase("The room has at most %(most)s characters.", most=ROOM)
    if not 1 <= wish.seats <= SEATS:
        faults["seats"] = phrase("A whole number from %(least)s to %(most)s.", least=1, most=SEATS)
    if not wish.plan and not 1 <= wish.days <= DAYS:
        faults["days"] = phrase("A whole number from %(least)s to %(most)s.", least=1, most=DAYS)
    faults |= _of_dates(wish, now, before)
    faults |= _of_seats(wish, before)
    if faults:
        raise Faulty(faults)
    return wish


def _of_dates(wish: Wish, now: datetime, before: TeachingSession | None) -> dict[str, str]:
    if before is not None and before.opened_at is not None:
        fixed = phrase("The session is open: its first day and its zone stay. Move single slots in the timetable.")
        return {name: fixed for name in ("starts_on", "zone") if getattr(wish, name) != getattr(before, name)}
    if abs(wish.starts_on - now.date()) > FURTHEST:
        return {"starts_on": phrase("The first day lies within three years, such as 2027-03-01.")}
    return {}


def _of_seats(wish: Wish, before: TeachingSession | None) -> dict[str, str]:
    inside = sum(one.active and one.role == people.TRAINEE for one in before.members) if before else 0
    if wish.seats >= inside:
        return {}
    return {"seats": phrase("There are %(count)s trainees in this session already.", count=str(inside))}


def zones() -> list[str]:
    """The time zones that a host chooses from: those of places."""
    regions = (
        "Africa/",
        "America/",
        "Antarctica/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    )
    return sorted(one for one in available_timezones() if one.startswith(regions) or one == "UTC")


def zone_known(name: str) -> bool:
    """Whether a name is a time zone of the installation's list."""
    try:
        return name in available_timezones() and ZoneInfo(name) is not None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _told(teaching: TeachingSession) -> dict[str, object]:
    """What is set, for the audit log; without title and room, which may say anything of anybody."""
    return {
        "starts_on": teaching.starts_on.isoformat(),
        "zone": teaching.zone,
        "language": teaching.language,
        "seats": teaching.seats,
        "days": teaching.days,
    }
