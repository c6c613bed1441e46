"""Examinations that are taken again: granted to one person, on a variant that the person has never had.

Curriculum 1.4: once for each examination unless the rules say more, within days of the first sitting, on another
variant, under the same rules. The better result stands, which `rules.eligible` decides.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.audit import service as audit
from training.content import service as content
from training.content.models import Release
from training.credentials import results
from training.credentials.facts import tidy
from training.credentials.models import Resit, Result
from training.errors import Conflict, NotThere, Refused
from training.evidence.models import Exhibit
from training.hosting import plan as plans
from training.hosting.models import SessionMember, TeachingSession
from training.hosting.plan import Examination
from training.hosting.preparation.service import works
from training.hosting.preparation.service.works import Work
from training.hosting.service import record as log
from training.hosting.service import releases, timetable
from training.hosting.service.labs import NOTE, extra
from training.labs.models import Assignment, Attempt
from training.labs.service import assignments, circles
from training.labs.service.assignments import Wish as Setting
from training.sentence import phrase

REASON, VARIANT, MINUTES = 300, 120, 720
EARLIER = timedelta(minutes=10)
"""How long ago a resit may have opened when it is granted: for one that begins now."""


@dataclass(frozen=True, slots=True)
class Variant:
    """An exhibit that the person has never had. `shown`: others of the session have seen its answers by now."""

    exhibit: Exhibit
    called: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A lab of the examination with the release that the session works with, and the variants that are left."""

    work: Work
    release: Release
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a resit of an examination can be for a person.

    Attributes:
        sitting: 2 is the first resit.
        until: the last day on which it counts, in the session's zone; None without a first sitting.
        on_paper: whether a part of it is no lab, so that its other variant has to be named.
        why_not: why none can be granted now, one sentence; empty where one can.
    """

    examination: Examination
    sitting: int
    until: date | None
    choices: tuple[Choice, ...]
    on_paper: bool
    why_not: str = ""

    @property
    def minutes(self) -> int:
        """How long it takes for everybody."""
        return min(MINUTES, sum(one.minutes for one in self.examination.pieces))


@dataclass(frozen=True, slots=True)
class Wish:
    """What a host wants: when, in UTC and minutes; the SHA-256 of an exhibit for each lab; what is on paper; why."""

    opens_at: datetime
    minutes: int
    variants: Mapping[str, str]
    paper: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Act:
    """Who does something, where and when."""

    session: Session
    actor: Actor
    teaching: TeachingSession
    now: datetime


def get(session: Session, teaching: TeachingSession, key: UUID) -> Resit:
    """A resit of this session. Raises NotThere."""
    found = session.get(Resit, key)
    if found is None or found.session_id != teaching.id:
        raise NotThere(phrase("No resit of this session is meant."))
    return found


def of_person(session: Session, teaching: TeachingSession, person: UUID) -> list[Resit]:
    """All resits that were granted to a person, the first one first; those that were taken back, too."""
    found = select(Resit).filter_by(session_id=teaching.id, person_id=person)
    return list(session.scalars(found.order_by(Resit.granted_at, Resit.id)))


def to_come(session: Session, teaching: TeachingSession, person: UUID, now: datetime) -> list[Resit]:
    """Those that a person still has before it: granted, without a result, not over for everybody else."""
    taken = {(one.examination, one.sitting) for one in results.standing(session, teaching, person)}
    mine = (one for one in of_person(session, teaching, person) if one.withdrawn_at is None)
    return [one for one in mine if (one.examination, one.sitting) not in taken and one.ends_at > now]


def offer(session: Session, instance: Path, teaching: TeachingSession, person: UUID, name: str, now: datetime) -> Offer:
    """What a resit can be, and why it can't. Raises NotThere for an examination that the rules don't have."""
    rules = plans.rules_of(teaching.rules)
    examination = rules.examination(name)
    if examination is None:
        raise NotThere(phrase("The rules of this session know no such examination."))
    sat = [one for one in results.standing(session, teaching, person) if one.examination == name]
    sitting = max((one.sitting for one in sat), default=0) + 1
    until = sat[0].sat_on + timedelta(days=rules.resit.days) if sat else None
    choices = tuple(_choices(session, instance, teaching, person, examination))
    labs_of = {one.work.name for one in choices}
    on_paper = any(one.lab not in labs_of for one in examination.pieces) if labs_of else True
    found = Offer(examination, sitting, until, choices, on_paper)
    return replace(found, why_not=_why_not(session, teaching, person, found, now))


def _why_not(session: Session, teaching: TeachingSession, person: UUID, it: Offer, now: datetime) -> str:
    if teaching.opened_at is None:
        return phrase("The session was never opened.")
    if not any(one.person_id == person and one.active for one in teaching.members):
        return phrase("Taken out of the session.")
    name = it.examination.name
    if any(one.examination == name and one.sitting == it.sitting for one in _granted(session, teaching, person)):
        return phrase("A resit is granted, and has no result yet.")
    return _too_late(teaching, it, now) or _none_left(it.choices)


def _too_late(teaching: TeachingSession, it: Offer, now: datetime) -> str:
    """Why the rules allow none: too early, too often, too late."""
    if it.until is None:
        return phrase("There is no result of the first sitting yet.")
    if it.sitting > 1 + plans.rules_of(teaching.rules).resit.times:
        return phrase("The rules of this session allow no further resit.")
    if it.until < timetable.local(teaching, now).date():
        return phrase("The last day of a resit was %(day)s.", day=it.until.isoformat())
    return ""


def _granted(session: Session, teaching: TeachingSession, person: UUID) -> Iterator[Resit]:
    return (one for one in of_person(session, teaching, person) if one.withdrawn_at is None)


def _none_left(choices: Sequence[Choice]) -> str:
    bare = [one.work.lab.title for one in choices if not one.variants]
    if not bare:
        return ""
    return phrase(
        "The person has had every variant of '%(lab)s' that is registered here. Make another one available first.",
        lab=bare[0],
    )


def _choices(
    session: Session, instance: Path, teaching: TeachingSession, person: UUID, examination: Examination
) -> Iterator[Choice]:
    """The labs of an examination that are installed, each with the exhibits that the person has never had."""
    parts = timetable.parts(session, teaching)
    held = {ref["name"] for one in parts if one.exam == examination.name for ref in one.refs if ref.get("mode")}
    named = held | {one.lab for one in examination.pieces if one.lab}
    pinned = {one.name: one.release for one in releases.of(session, teaching) if one.kind == "lab"}
    had = set(session.scalars(select(Attempt.exhibit).filter_by(person_id=person)))
    for work in works.of(session, instance, teaching):
        release = pinned.get(work.name) or content.latest(session, "lab", work.name)
        if work.name in named and release is not None:
            out = had | circles.reserved(session, work.name, person)
            yield Choice(work, release, _left(work, out, _told(session, teaching, work.name)))


def _left(work: Work, out: set[str], told: set[str]) -> tuple[Variant, ...]:
    """What the person has not had: what nobody of the session has seen the answers of, or else the rest."""
    found = [
        Variant(one, work.called(number), one.sha256 in told)
        for number, one in enumerate(work.exhibits)
        if one.sha256 not in out
    ]
    return tuple([one for one in found if not one.shown] or found)


def _told(session: Session, teaching: TeachingSession, lab: str) -> set[str]:
    """The exhibits of which people of the session have seen the answers, since their examination was released."""
    found = select(Attempt.exhibit).join(Assignment, Assignment.id == Attempt.assignment_id)
    found = found.where(Assignment.circle == teaching.id, Assignment.lab == lab)
    return set(session.scalars(found.where(Assignment.released_at.is_not(None))))


def grant(
    session: Session,
    instance: Path,
    actor: Actor,
    teaching: TeachingSession,
    person: UUID,
    name: str,
    wish: Wish,
    now: datetime,
) -> Resit:
    """Let a person take an examination again. The row of the session must be locked.

    Its labs are set for this person alone, in the circle of the session, on the variants that were chosen and the
    releases that the session works with, with the person's own extra time.

    Raises:
        NotThere: no such trainee or examination.
        Conflict: none can be granted now.
        Refused: a field can't be accepted.
    """
    assert actor.id is not None  # noqa: S101 - the policy let a person in
    member = next((one for one in teaching.members if one.person_id == person and one.role == "trainee"), None)
    if member is None:
        raise NotThere(phrase("There is no such trainee in this session."))
    if actor.id == person:
        raise Refused(phrase("Nobody grants a resit to themselves."))
    found = offer(session, instance, teaching, person, name, now)
    if found.why_not:
        raise Conflict(found.why_not)
    chosen, paper = _chosen(found, wish), _paper(session, teaching, person, found, wish)
    made = Resit(
        session_id=teaching.id,
        person_id=person,
        examination=name,
        sitting=found.sitting,
        opens_at=wish.opens_at,
        ends_at=_end(teaching, found, wish, now),
        variant=paper,
        works=[],
        reason=tidy(wish.reason, most=REASON, field="reason"),
        granted_by=actor.id,
        granted_at=now,
        withdrawn_at=None,
        withdrawn_by=None,
        withdrawn_why="",
    )
    _let_go_of_earlier(session, actor, teaching, person, name, now)
    act = _Act(session, actor, teaching, now)
    made.works = [_set(act, member, made, found.examination, *one) for one in chosen]
    session.add(made)
    session.flush()
    content.hold_to(session, made.id, [person], [one.release for one, _ in chosen], now)
    details = _details(made) | {"reason": audit.commit_to(session, person, made.reason)}
    log.note(session, "resit.granted", actor, teaching, details, now)
    return made


def _chosen(found: Offer, wish: Wish) -> list[tuple[Choice, Variant]]:
    chosen = []
    for one in found.choices:
        key = wish.variants.get(one.work.name, "")
        variant = next((each for each in one.variants if each.exhibit.sha256 == key), None)
        if variant is None:
            raise Refused(
                phrase("Choose a variant from the list: one that the person has not had."),
                field=f"variant-{one.work.name}",
            )
        chosen.append((one, variant))
    return chosen


def _paper(session: Session, teaching: TeachingSession, person: UUID, found: Offer, wish: Wish) -> str:
    """What the variant on paper is called: another one than any before."""
    if not found.on_paper:
        return ""
    paper = tidy(wish.paper, most=VARIANT, field="paper")
    before = (one for one in _granted(session, teaching, person) if one.examination == found.examination.name)
    if any(one.variant.casefold() == paper.casefold() for one in before):
        raise Refused(phrase("This variant was taken before. Name another one."), field="paper")
    return paper


def _end(teaching: TeachingSession, found: Offer, wish: Wish, now: datetime) -> datetime:
    if not 1 <= wish.minutes <= MINUTES:
        raise Refused(phrase("A whole number from %(least)s to %(most)s.", least=1, most=MINUTES), field="minutes")
    end = wish.opens_at + timedelta(minutes=wish.minutes)
    if wish.opens_at < now - EARLIER or end <= now:
        raise Refused(phrase("A resit lies ahead. Choose a later day or time."), field="day")
    assert found.until is not None  # noqa: S101 - without a first sitting none is offered
    if timetable.local(teaching, end).date() > found.until:
        why = phrase("A resit counts until %(day)s. Choose an earlier day.", day=found.until.isoformat())
        raise Refused(why, field="day")
    return end


def _set(
    act: _Act, member: SessionMember, made: Resit, examination: Examination, choice: Choice, variant: Variant
) -> dict[str, object]:
    """Set a lab for the person; says what the resit keeps of it."""
    session, teaching, who = act.session, act.teaching, member.person_id
    name = plans.in_language(examination.title, teaching.language)
    title, dates = f"{name} · {teaching.title}"[: assignments.TITLE], ((made.ends_at, 100),)
    wish = Setting(
        choice.work.name, title, "examination", made.opens_at, dates, hints=False, pass_percent=examination.passed
    )
    place = teaching.organisation_id
    assignment = assignments.make(session, act.actor, place, wish, act.now, circle=teaching.id, person=who)
    circles.set_members(session, assignment, [who])
    circles.set_exhibits(session, assignment, {who: variant.exhibit.sha256})
    if minutes := extra(assignment, member.extra_percent):
        assignments.accommodate(session, act.actor, assignment, who, minutes, NOTE, act.now)
    return {
        "lab": choice.work.name,
        "exhibit": variant.exhibit.sha256,
        "assignment": str(assignment.id),
        "shown": variant.shown,
    }


def _let_go_of_earlier(
    session: Session, actor: Actor, teaching: TeachingSession, person: UUID, name: str, now: datetime
) -> None:
    """What was set for a resit before has its result: nobody begins on it any more."""
    for one in _granted(session, teaching, person):
        if one.examination == name:
            _withdraw_labs(session, actor, one, now)


def _withdraw_labs(session: Session, actor: Actor, one: Resit, now: datetime) -> None:
    for work in one.works:
        assignment = session.get(Assignment, UUID(work["assignment"]))
        if assignment is not None:
            assignments.withdraw(session, actor, assignment, now)


def withdraw(session: Session, actor: Actor, teaching: TeachingSession, made: Resit, why: str, now: datetime) -> None:
    """Take a resit back before it was begun. It stays, with the reason. The row of the session must be locked.

    Raises:
        Conflict: it was taken back before, was begun, or has a result.
        Refused: no reason is given.
    """
    why = tidy(why, most=REASON, field="why")
    if made.withdrawn_at is not None:
        raise Conflict(phrase("This resit was taken back already."))
    if actor.id == made.person_id:
        raise Refused(phrase("Nobody takes back a resit of their own."))
    begun = any(assignments.attempts_on(session, UUID(work["assignment"])) for work in made.works)
    if begun or _result(session, teaching, made):
        raise Conflict(phrase("This resit was begun, so it stays."))
    _withdraw_labs(session, actor, made, now)
    content.hold_to(session, made.id, (), (), now)
    made.withdrawn_at, made.withdrawn_by, made.withdrawn_why = now, actor.id, why
    details = {"resit": str(made.id), "person": str(made.person_id), "examination": made.examination}
    log.note(session, "resit.withdrawn", actor, teaching, details, now)


def _result(session: Session, teaching: TeachingSession, made: Resit) -> Result | None:
    """What is recorded of it, whole or not."""
    return results.newest(session, teaching, made.person_id).get((made.person_id, made.examination, made.sitting))


def _details(made: Resit) -> dict[str, object]:
    return {
        "resit": str(made.id),
        "person": str(made.person_id),
        "examination": made.examination,
        "sitting": made.sitting,
        "opens_at": made.opens_at.isoformat(),
        "ends_at": made.ends_at.isoformat(),
        "works": made.works,
    }
