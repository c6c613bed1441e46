"""The help queue: a machine that fails first, then whoever was not helped today, then who came first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.errors import Conflict, NotThere, Refused, TooMany
from training.hosting.board.models import HelpRequest
from training.hosting.board.service import counter
from training.hosting.board.service.texts import by, open_only
from training.hosting.models import Part, TeachingSession
from training.hosting.service import timetable
from training.hosting.service.record import Faulty, note
from training.sentence import phrase

QUESTION, TEXT, MOST = 40, 300, 100
"""Characters of a question and of a text; requests of one person in a session."""
KINDS: Mapping[str, str] = {
    "work": phrase("How to go on"),
    "wording": phrase("The wording of a question"),
    "machine": phrase("A machine or the server fails"),
}
IN_EXAMINATIONS = ("wording", "machine")
WORDS: Mapping[str, str] = {
    "idea": phrase("Idea"),
    "tool": phrase("Tool"),
    "data": phrase("Data"),
    "question": phrase("Question wrong"),
    "machine": phrase("Machine"),
}
ONE_LINE = phrase("Ask in one line: which question, what you did, what you see.")
"""What whoever asks for nothing is told."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a trainee asks: its kind, the question, what was done, what is seen."""

    kind: str
    question: str = ""
    did: str = ""
    sees: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A trainee's own request, and how many are before it; `place` 1 is next."""

    request: HelpRequest
    place: int


def kinds(parts: Sequence[Part], now: datetime) -> Mapping[str, str]:
    """What can be asked now: in an examination only machines and wording."""
    current = timetable.now(parts, now).current
    if current is None or not current.examination:
        return KINDS
    return {one: KINDS[one] for one in IN_EXAMINATIONS}


def ask(session: Session, person: UUID, teaching: TeachingSession, wish: Ask, now: datetime) -> HelpRequest:
    """Ask for help. Who waits already has the request changed, and keeps the place.

    Raises:
        Faulty: something is not said; an empty request is told what one line holds.
        Conflict: the session is not open.
        TooMany: the person has asked as often as may be.
    """
    open_only(teaching)
    wish = _sound(wish, kinds(timetable.parts(session, teaching), now))
    made = waiting_of(session, teaching.id, person)
    if made is None:
        _not_too_often(session, teaching.id, person)
        number = counter.next_number(session, HelpRequest, teaching.id)
        made = HelpRequest(session_id=teaching.id, number=number, person_id=person, at=now, word="")
        session.add(made)
    made.kind, made.question, made.did, made.sees = wish.kind, wish.question, wish.did, wish.sees
    counter.moved(session, teaching.id)
    return made


def _not_too_often(session: Session, session_id: UUID, person: UUID) -> None:
    mine = select(func.count()).select_from(HelpRequest).filter_by(session_id=session_id, person_id=person)
    if (session.scalar(mine) or 0) >= MOST:
        raise TooMany(phrase("You have asked %(n)s times in this session. Raise your hand instead.", n=MOST))


def _sound(wish: Ask, offered: Mapping[str, str]) -> Ask:
    typed = {name: " ".join(getattr(wish, name).split()) for name in ("question", "did", "sees")}
    faults: dict[str, str] = {}
    if wish.kind not in offered:
        faults["kind"] = phrase("Choose what it is about.")
    needed = ("did", "sees") if wish.kind == "machine" else ("question", "did", "sees")
    if wish.kind == "wording":
        needed = ("question", "sees")
    for name in needed:
        if not typed[name]:
            faults[name] = ONE_LINE
    for name, text in typed.items():
        most = QUESTION if name == "question" else TEXT
        if len(text) > most:
            faults[name] = phrase("It has %(n)s characters; at most %(most)s fit.", n=len(text), most=most)
    if faults:
        raise Faulty(faults)
    return Ask(wish.kind, **typed)


def take_back(session: Session, person: UUID, teaching: TeachingSession, now: datetime) -> None:
    """The trainee needs no help any more. Doing it twice changes nothing."""
    found = waiting_of(session, teaching.id, person)
    if found is not None:
        found.withdrawn_at = now
        counter.moved(session, teaching.id)


def take(session: Session, actor: Actor, teaching: TeachingSession, number: int, now: datetime) -> None:
    """An instructor goes to whoever asked. Raises Conflict where another one does already, or it is over."""
    found = get(session, teaching.id, number)
    _still(found)
    if found.taken_by == by(actor):
        return
    if found.taken_by is not None:
        raise Conflict(phrase("Somebody else has taken this request. Nothing was changed."))
    found.taken_by, found.taken_at = by(actor), now
    counter.moved(session, teaching.id)


def hand_on(
    session: Session, actor: Actor, teaching: TeachingSession, number: int, to: UUID | None, now: datetime
) -> None:
    """Give a request to a colleague, or back to the queue.

    Raises:
        Refused: the other one doesn't teach here.
        Conflict: it is over, or somebody else's.
    """
    found = get(session, teaching.id, number)
    _still(found)
    if found.taken_by != by(actor):
        raise Conflict(phrase("Only whoever has taken a request hands it on. Nothing was changed."))
    staff = {one.person_id for one in teaching.members if one.active and one.staff}
    if to is not None and to not in staff:
        raise Refused(phrase("Choose somebody who teaches in this session."), field="to")
    found.taken_by, found.taken_at = to, now if to else None
    counter.moved(session, teaching.id)


def close(session: Session, actor: Actor, teaching: TeachingSession, number: int, word: str, now: datetime) -> None:
    """The trainee was helped; the word says what it was. Closing twice changes nothing.

    Raises:
        Refused: it is no word of the list.
        Conflict: the trainee took it back.
    """
    found = get(session, teaching.id, number)
    if found.closed_at is not None:
        return
    _still(found)
    if word not in WORDS:
        raise Refused(phrase("Close it with a word: the evening meeting goes by them."), field="word")
    found.closed_by, found.closed_at, found.word = by(actor), now, word
    note(session, "help.closed", actor, teaching, {"request": found.number, "word": word}, now)
    counter.moved(session, teaching.id)


def get(session: Session, session_id: UUID, number: int) -> HelpRequest:
    """The request with this number. Raises NotThere."""
    found = session.scalars(select(HelpRequest).filter_by(session_id=session_id, number=number)).first()
    if found is None:
        raise NotThere(phrase("There is no such request."))
    return found


def _still(found: HelpRequest) -> None:
    if found.withdrawn_at is not None or found.closed_at is not None:
        raise Conflict(phrase("This request is over. Nothing was changed."))


def waiting_of(session: Session, session_id: UUID, person: UUID) -> HelpRequest | None:
    """The request of a person that is not over."""
    mine = select(HelpRequest).filter_by(session_id=session_id, person_id=person, closed_at=None, withdrawn_at=None)
    return session.scalars(mine).first()


def queue(session: Session, teaching: TeachingSession, now: datetime) -> list[HelpRequest]:
    """Who waits, in the order in which they are helped; those who are being helped keep their places."""
    found = select(HelpRequest).filter_by(session_id=teaching.id, closed_at=None, withdrawn_at=None)
    waiting = list(session.scalars(found))
    helped = _helped_today(session, teaching, now) if waiting else set()
    return sorted(waiting, key=lambda one: (one.kind != "machine", one.person_id in helped, one.number))


def _helped_today(session: Session, teaching: TeachingSession, now: datetime) -> set[UUID]:
    today = timetable.local(teaching, now).date()
    found = select(HelpRequest.person_id, HelpRequest.closed_at).filter_by(session_id=teaching.id)
    rows = session.execute(found.where(HelpRequest.closed_at.is_not(None)))
    return {person for person, at in rows if at and timetable.local(teaching, at).date() == today}


def place(session: Session, teaching: TeachingSession, person: UUID, now: datetime) -> Place | None:
    """Where a trainee stands in the queue; None for whoever doesn't wait."""
    waiting = [one for one in queue(session, teaching, now) if one.taken_by is None or one.person_id == person]
    found = next((number for number, one in enumerate(waiting, 1) if one.person_id == person), None)
    return Place(waiting[found - 1], found) if found else None


def past(session: Session, session_id: UUID) -> list[HelpRequest]:
    """What was closed, the newest first: for the evening meeting."""
    found = select(HelpRequest).filter_by(session_id=session_id).where(HelpRequest.closed_at.is_not(None))
    return list(session.scalars(found.order_by(HelpRequest.number.desc())))
