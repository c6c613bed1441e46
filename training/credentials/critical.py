"""Critical errors of examinations: recorded with a reason, told to the person, appealed against, answered.

Curriculum 1.4: one of them caps an examination at *not yet*, whatever the points. The person may appeal once, within
the days that the rules give, counted from the day of recording in the session's zone. Whoever recorded an error never
says that it stands: somebody else who runs the session does. Taking it back, in favour of the person, everybody who
runs it may. Where nobody else runs the session the appeal waits, and the error stands meanwhile.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.accounts.actor import Actor
from training.audit import service as audit
from training.credentials import results
from training.credentials.facts import tidy, visible
from training.credentials.models import CriticalError, Result
from training.errors import Conflict, NotThere, Refused
from training.hosting import plan as plans
from training.hosting import policy as hosting
from training.hosting.models import TeachingSession
from training.hosting.plan import Examination
from training.hosting.service import record as log
from training.hosting.service import timetable
from training.sentence import phrase
from training.store import locked

STANDS, WITHDRAWN = "stands", "withdrawn"
NO_REASON = "-"
"""What an error says that was recorded before reasons were asked for, or whose person was erased."""
SHORTEST, LONGEST, PLACE = 10, 2_000, 200
MOST = 20
"""Critical errors of one sitting, with those that were taken back."""
SHOWN = " \n\t"


@dataclass(frozen=True, slots=True)
class Wish:
    """What an instructor typed: of which sitting, the number of the error in the rules from 0, what happened, where."""

    examination: str
    sitting: int
    error: int
    happened: str
    place: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A critical error as a page shows it.

    Attributes:
        called: the error, which knows what it is in other languages where it came with the plan.
        until: the last day of an appeal.
        closed: why none can be made now; empty where one can.
    """

    row: CriticalError
    called: str
    until: date
    closed: str

    @property
    def reasoned(self) -> bool:
        """Whether what happened is on record."""
        return self.row.happened != NO_REASON

    @property
    def state(self) -> str:
        """withdrawn, waits (for an answer), upheld (after an appeal), or stands."""
        if not self.row.stands:
            return "withdrawn"
        return "waits" if self.row.waits else "upheld" if self.row.outcome else "stands"


@dataclass(frozen=True, slots=True)
class Told:
    """That something is recorded of a person's examinations, and the critical errors that stand."""

    errors: tuple[Seen, ...]


def seen(teaching: TeachingSession, row: CriticalError, now: datetime) -> Seen:
    """An error as a page shows it."""
    texts = plans.rules_of(teaching.rules).texts
    return Seen(row, plans.say(texts, row.error), last_day(teaching, row), closed(teaching, row, now))


def last_day(teaching: TeachingSession, row: CriticalError) -> date:
    """The last day of an appeal, in the session's zone: the days of the rules are counted from that of recording."""
    days = plans.rules_of(teaching.rules).appeal_days
    return timetable.local(teaching, row.at).date() + timedelta(days=days)


def closed(teaching: TeachingSession, row: CriticalError, now: datetime) -> str:
    """Why the person can't appeal against an error now, one sentence; empty where that is possible."""
    if row.outcome is not None:
        return phrase("It is decided.")
    if row.appealed_at is not None:
        return phrase("Your appeal is here and waits for an answer.")
    last = last_day(teaching, row)
    if timetable.local(teaching, now).date() > last:
        return phrase("The last day of an appeal was %(day)s.", day=last.isoformat())
    return ""


def told(session: Session, teaching: TeachingSession, person: UUID | None, now: datetime) -> Told | None:
    """What the page of a session says to one of its trainees; None: nothing is recorded, or nobody is asked about."""
    if person is None:
        return None
    found = results.errors(session, teaching, person).get(person, ())
    if not found and not results.newest(session, teaching, person):
        return None
    return Told(tuple(seen(teaching, one, now) for one in found if one.stands))


def get(session: Session, teaching: TeachingSession, key: UUID) -> CriticalError:
    """A critical error of this session, to be changed. Raises NotThere."""
    found = session.scalars(locked(select(CriticalError).filter_by(id=key, session_id=teaching.id))).first()
    if found is None:
        raise NotThere(phrase("No critical error of this session is meant."))
    return found


def waiting(session: Session, teaching: TeachingSession) -> int:
    """How many appeals against critical errors nobody has answered."""
    found = select(func.count(CriticalError.id)).filter_by(session_id=teaching.id, outcome=None)
    return session.scalar(found.where(CriticalError.appealed_at.is_not(None))) or 0


def record(
    session: Session, actor: Actor, teaching: TeachingSession, person: UUID, wish: Wish, now: datetime
) -> CriticalError:
    """Record that a sitting has a critical error. The row of the session must be locked.

    Raises:
        NotThere: no such trainee.
        Refused: a field can't be accepted, or it is one's own examination.
        Conflict: the same error of the sitting stands already, or there are too many.
    """
    assert actor.id is not None  # noqa: S101 - the policy let a person in
    if not any(one.person_id == person and one.role == "trainee" for one in teaching.members):
        raise NotThere(phrase("There is no such trainee in this session."))
    if actor.id == person:
        raise Refused(phrase("Nobody records results of their own."))
    examination = _examination(session, teaching, person, wish)
    if not 0 <= wish.error < len(examination.critical):
        raise Refused(phrase("Choose one of the critical errors of the plan."), field="error")
    error, before = str(examination.critical[wish.error]), results.errors(session, teaching, person).get(person, ())
    of_sitting = [one for one in before if (one.examination, one.sitting) == (wish.examination, wish.sitting)]
    happened = text_of(wish.happened, "happened")
    place = tidy(wish.place, most=PLACE, field="place")
    if any(one.error == error and one.stands for one in of_sitting):
        raise Conflict(phrase("This critical error stands already. What you typed stands below."), field="error")
    if len(of_sitting) >= MOST:
        raise Conflict(phrase("At most %(most)s critical errors are recorded of a sitting.", most=MOST), field="error")
    made = CriticalError(
        session_id=teaching.id,
        person_id=person,
        examination=examination.name,
        sitting=wish.sitting,
        error=error,
        happened=happened,
        place=place,
        by=actor.id,
        at=now,
        appeal="",
        appealed_at=None,
        outcome=None,
        note="",
        decided_by=None,
        decided_at=None,
    )
    session.add(made)
    session.flush()
    committed = audit.commit_to(session, person, f"{happened}\n{place}")
    details = _details(made) | {"error": error, "reason": committed}
    log.note(session, "critical.recorded", actor, teaching, details, now)
    return made


def appeal(
    session: Session, actor: Actor, teaching: TeachingSession, row: CriticalError, text: str, now: datetime
) -> None:
    """Appeal against an error of one's own. The same text sent twice is one appeal.

    Raises:
        NotThere: it is not the reader's own.
        Refused: the text is too short or too long.
        Conflict: it is too late, another text was sent before, or the error is decided.
    """
    if actor.id != row.person_id:
        raise NotThere(phrase("No critical error of this session is meant."))
    text = text_of(text, "text")
    if row.appealed_at is not None and row.appeal == text:
        return
    if why := closed(teaching, row, now):
        raise Conflict(why, field="text")
    row.appeal, row.appealed_at = text, now
    committed = audit.commit_to(session, row.person_id, text)
    log.note(session, "critical.appealed", actor, teaching, _details(row) | {"appeal": committed}, now)


def barred(row: CriticalError, actor: UUID | None) -> str:
    """Why somebody may decide nothing about an error; empty where they may."""
    return phrase("This is your own examination: somebody else decides about it.") if row.person_id == actor else ""


def only_back(row: CriticalError, actor: UUID | None) -> str:
    """Why somebody may only take an error back, and not say that it stands; empty where they may say both."""
    if row.appealed_at is None:
        return phrase("Nobody has appealed: it stands without a decision, and can be taken back.")
    if row.by == actor:
        return phrase("You recorded it. You may take it back; that it stands, somebody else says.")
    return ""


def decide(
    session: Session,
    actor: Actor,
    teaching: TeachingSession,
    row: CriticalError,
    outcome: str,
    note: str,
    now: datetime,
) -> None:
    """Say that an error stands after an appeal, or take it back. It is decided once; to say it again changes nothing.

    Raises:
        Refused: no reason is given, nothing is chosen, or this one may not say so.
        Conflict: it is decided already, otherwise.
    """
    if outcome not in {STANDS, WITHDRAWN}:
        raise Refused(phrase("Choose what becomes of the critical error."), field="outcome")
    note = text_of(note, "note")
    if row.outcome is not None:
        if (row.outcome, row.note, row.decided_by) != (outcome, note, actor.id):
            raise Conflict(phrase("This critical error is decided already. What you typed stands below."), field="note")
        return
    why = barred(row, actor.id) or (only_back(row, actor.id) if outcome == STANDS else "")
    if why:
        raise Refused(why, field="outcome")
    row.outcome, row.note, row.decided_by, row.decided_at = outcome, note, actor.id, now
    details = _details(row) | {"outcome": outcome, "appealed": row.appealed_at is not None}
    details["reason"] = audit.commit_to(session, row.person_id, note)
    log.note(session, "critical.decided", actor, teaching, details, now)


def deciders(session: Session, teaching: TeachingSession, row: CriticalError) -> list[str]:
    """Names of those who may say that an error stands, by name: all who run the session but whoever recorded it."""
    people = accounts.members(session, teaching.organisation_id)
    actors = [accounts.actor_of(one) for one in people if one.disabled_at is None]
    may = [one for one in actors if one.id not in {row.by, row.person_id} and hosting.may_run(one, teaching)]
    return sorted(one.name for one in may)


def text_of(typed: str, field: str) -> str:
    """A text as it is kept, with its lines. Raises Refused where it says too little, too much, or hides something.

    Only characters that can be seen say something; all of them together must not be too many.
    """
    text = typed.replace("\r\n", "\n").strip()
    if visible(text) < SHORTEST:
        raise Refused(phrase("Say why in at least %(n)s characters: others will read it.", n=SHORTEST), field=field)
    if len(text) > LONGEST:
        why = phrase("The text has %(n)s characters; at most %(most)s are kept.", n=len(text), most=LONGEST)
        raise Refused(why, field=field)
    if any(ord(one) < ord(" ") and one not in SHOWN for one in text):
        raise Refused(phrase("It holds a control character. Take it out."), field=field)
    return text


def sessions_of(session: Session, person: UUID) -> list[TeachingSession]:
    """The sessions in which something of a person's examinations is recorded, the newest first."""
    ids = {*session.scalars(select(Result.session_id).filter_by(person_id=person))}
    ids |= {*session.scalars(select(CriticalError.session_id).filter_by(person_id=person))}
    found = session.scalars(select(TeachingSession).where(TeachingSession.id.in_(ids)))
    return sorted(found, key=lambda one: (one.starts_on, one.title), reverse=True)


def _examination(session: Session, teaching: TeachingSession, person: UUID, wish: Wish) -> Examination:
    """The examination that is meant, if the person may have sat it so often."""
    found = plans.rules_of(teaching.rules).examination(wish.examination)
    if found is None:
        raise Refused(phrase("The rules of this session know no such examination."), field="examination")
    granted = wish.sitting > 1 and results.resit(session, teaching, person, found.name, wish.sitting)
    if wish.sitting != 1 and not granted:
        raise Refused(phrase("Nobody granted this resit. Grant it first, on another variant."), field="sitting")
    return found


def _details(row: CriticalError) -> dict[str, object]:
    where = {"examination": row.examination, "sitting": row.sitting}
    return {"critical": str(row.id), "person": str(row.person_id), **where}
