"""Variants by seat: which exhibit of each lab of a session each trainee gets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.audit.models import Event
from training.errors import Conflict
from training.evidence.models import Exhibit
from training.hosting.models import TeachingSession
from training.hosting.preparation import seating
from training.hosting.preparation.seating import Plan, Seating, Spot
from training.hosting.preparation.service.works import Work
from training.hosting.service import people
from training.hosting.service.people import Listed
from training.hosting.service.record import Faulty, not_closed, note
from training.labs.models import Attempt
from training.labs.service import circles
from training.sentence import counted, listed, phrase

ACROSS, AISLE = 6, 3
"""Seats in a row, and before the aisle, of the room that the timetables were made for."""
MOST_ACROSS = 20
ACT = "variants.assigned"


@dataclass(frozen=True, slots=True)
class Held:
    """What a person gets in a lab: the exhibit, how it is called, and whether that is kept for the person already."""

    exhibit: Exhibit
    called: str
    kept: bool


@dataclass(frozen=True, slots=True)
class Shared:
    """A lab with its seating: what is kept for people, and for the others what would be.

    Attributes:
        held: by person.
        kept: how many people have theirs kept for them, of `people` who sit in the room; `away` sit nowhere in it.
        remarks: what can't be met, one sentence each.
        apart: how far apart equal ones are, where that is less than two rows.
    """

    work: Work
    held: Mapping[UUID, Held]
    kept: int
    people: int
    away: int
    remarks: tuple[str, ...]
    apart: str

    @property
    def done(self) -> bool:
        """Whether nothing is left to assign."""
        return self.kept == len(self.held)


def trainees(session: Session, teaching: TeachingSession) -> list[Listed]:
    """The trainees of a session, by seat."""
    return [one for one in people.of(session, teaching) if one.member.role == people.TRAINEE]


def plan_of(session: Session, teaching: TeachingSession) -> Plan:
    """The room as it was when variants were assigned last; before that, the usual one."""
    found = select(Event.details).where(Event.subject == f"session:{teaching.id}", Event.act == ACT)
    details = session.scalar(found.order_by(Event.seq.desc()).limit(1)) or {}
    return room(teaching, str(details.get("across", ACROSS)), str(details.get("aisle", AISLE)))


def room(teaching: TeachingSession, across: str, aisle: str) -> Plan:
    """A room as it was typed. Raises Faulty with what is wrong with which field."""
    faults: dict[str, str] = {}
    wide = int(across) if across.isdecimal() and len(across) < 4 else 0  # noqa: PLR2004 - enough for any room
    before = int(aisle or "0") if (aisle or "0").isdecimal() and len(aisle) < 4 else -1  # noqa: PLR2004 - the same
    if not 1 <= wide <= MOST_ACROSS:
        faults["across"] = phrase("A row has 1 to %(most)s seats.", most=str(MOST_ACROSS))
    elif not 0 <= before <= wide:
        faults["aisle"] = phrase("The aisle is after one of the seats of a row; 0 for none.")
    if faults:
        raise Faulty(faults)
    return Plan(tuple(people.seats(teaching)), wide, before % wide)


def shared(
    session: Session, teaching: TeachingSession, works: Sequence[Work], plan: Plan, *, anew: bool = False
) -> list[Shared]:
    """The seating of each lab that people work on and that has several exhibits. What is kept for people stays.

    `anew`: only what people have begun stays.
    """
    seated = trainees(session, teaching)
    spots = {one.member.person_id: spot for one in seated if (spot := plan.spot(one.member.seat))}
    had = _had(session, [one.member.person_id for one in seated])
    several = [work for work in works if work.worked and len(work.exhibits) > 1]
    return [_shared(session, work, seated, spots, had, anew=anew) for work in several]


def assign(
    session: Session,
    actor: Actor,
    teaching: TeachingSession,
    works: Sequence[Work],
    plan: Plan,
    now: datetime,
    *,
    anew: bool = False,
) -> list[Shared]:
    """Keep an exhibit of each lab for each trainee who sits in the room; who has begun keeps what is worked on.

    Raises:
        Conflict: the session is not open: its labs are not set yet; or it is closed.
    """
    not_closed(teaching)
    if teaching.opened_at is None:
        raise Conflict(
            phrase("Variants are assigned once the session is open. Its labs still begin when the timetable says so.")
        )
    made = shared(session, teaching, works, plan, anew=anew)
    for one in made:
        if one.work.assignment is not None:
            found = {person: held.exhibit.sha256 for person, held in one.held.items()}
            circles.set_exhibits(session, one.work.assignment, found)
    labs = {one.work.name: len(one.held) for one in made if one.work.assignment is not None}
    note(session, ACT, actor, teaching, {"labs": labs, "across": plan.across, "aisle": plan.aisle, "anew": anew}, now)
    return made


def _had(session: Session, persons: Collection[UUID]) -> list[tuple[UUID, str, UUID | None]]:
    """Person, exhibit and assignment of every attempt of these people, at whatever lab."""
    found = select(Attempt.person_id, Attempt.exhibit, Attempt.assignment_id).where(Attempt.person_id.in_(persons))
    return [(person, exhibit, set_by) for person, exhibit, set_by in session.execute(found)]


def _shared(
    session: Session,
    work: Work,
    seated: Sequence[Listed],
    spots: Mapping[UUID, Spot],
    attempts: Sequence[tuple[UUID, str, UUID | None]],
    *,
    anew: bool,
) -> Shared:
    numbers = {one.sha256: number for number, one in enumerate(work.exhibits)}
    mine = work.assignment.id if work.assignment else None
    begun = {who: numbers[sha] for who, sha, by in attempts if mine and by == mine and sha in numbers}
    set_now = circles.members(session, work.assignment) if work.assignment and not anew else {}
    kept = {who: numbers[sha] for who, sha in set_now.items() if sha in numbers and who in spots} | begun
    had: dict[UUID, set[int]] = {}
    for who, sha, by in attempts:
        if sha in numbers and (mine is None or by != mine):
            had.setdefault(who, set()).add(numbers[sha])
    found = seating.arrange(spots, len(work.exhibits), had, kept)
    held = {who: Held(work.exhibits[number], work.called(number), who in kept) for who, number in found.given.items()}
    remarks = _remarks(found, seated, spots)
    ready = sum(one.kept for one in held.values())
    return Shared(work, held, ready, len(spots), len(seated) - len(spots), remarks, _apart(found.near))


def _apart(near: int) -> str:
    if not near:
        return ""
    return counted(
        "Two rows or more are between equal variants, but for %(num)s pair of seats.",
        "Two rows or more are between equal variants, but for %(num)s pairs of seats.",
        near,
    )


def _remarks(found: Seating[UUID], seated: Sequence[Listed], spots: Mapping[UUID, Spot]) -> tuple[str, ...]:
    seats = {one.member.person_id: one.member.seat or one.name for one in seated}
    said = []
    if found.beside:
        pairs = listed((f"{seats[one]} + {seats[other]}" for one, other in found.beside), heavy=True)
        said.append(phrase("Neighbours with the same variant: %(pairs)s. Move one of each pair.", pairs=pairs))
    if found.without:
        who = listed(seats[one] for one in found.without)
        said.append(phrase("Have had every variant: %(seats)s. They need another lab.", seats=who))
    if away := [one.name for one in seated if one.member.person_id not in spots]:
        said.append(phrase("Without a seat of this room: %(names)s. Seat them first.", names=listed(away)))
    return tuple(said)
