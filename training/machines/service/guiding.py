"""What an instructor does: look at a console, give a hint, let an event happen, let time pass, stop a machine."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor, Role
from training.accounts.models import Person
from training.errors import NotThere, Refused
from training.labs.livefile import Live
from training.labs.models import Assignment
from training.machines.models import Happening, Response
from training.machines.ranges import Range
from training.machines.service import responses
from training.sentence import phrase

LONGEST = 500
MOST = 200
"""Responses of a list."""
WATCHED = timedelta(seconds=30)
"""So long after an instructor's last look a console counts as watched."""
SELDOM = timedelta(seconds=10)
"""A look that follows another sooner is not written down."""


def watched(response: Response, now: datetime) -> bool:
    """Whether an instructor looks at the console."""
    return response.watched_at is not None and now - response.watched_at < WATCHED


def due(response: Response, now: datetime) -> bool:
    """Whether a look has to be written down."""
    return response.running and (response.watched_at is None or now - response.watched_at >= SELDOM)


def watch(session: Session, actor: Actor, response: Response, now: datetime) -> None:
    """An instructor looks at a console: the trainee is told, and it stands in the record, once for each time."""
    if not watched(response, now):
        responses.happen(session, response, "watch", "", now, by=actor.id)
    response.watched_at = now


def hint(session: Session, actor: Actor, response: Response, text: str, now: datetime) -> None:
    """Tell the trainee something. Raises Refused, Conflict."""
    responses.working(response)
    said = text.replace("\r\n", "\n").strip()
    if not said:
        raise Refused(phrase("This field is empty. Fill it in."), field="text")
    if len(said) > LONGEST:
        raise Refused(phrase("That is longer than %(n)s characters. Shorten it.", n=LONGEST), field="text")
    responses.happen(session, response, "hint", said, now, by=actor.id)


def fire(session: Session, actor: Actor, response: Response, scene: Live, name: str, now: datetime) -> None:
    """Let a named event of the scenario happen. Raises NotThere, Conflict."""
    responses.before_machine(response)
    if name not in scene.on_call:
        raise NotThere(phrase("This lab has no event of that name."))
    responses.happen(session, response, "event", name, now, wish=f"fire {name}", by=actor.id)


def skip(session: Session, actor: Actor, response: Response, now: datetime) -> None:
    """Let the next thing of the scenario happen now. Raises Conflict."""
    responses.before_machine(response)
    responses.happen(session, response, "skip", "", now, wish="skip", by=actor.id)


def stop(session: Session, actor: Actor, response: Response, now: datetime) -> None:
    """Let a machine go: by its trainee, or by an instructor. Call `responses.let_go` after the unit."""
    mine = actor.id == response.person_id
    why = phrase("Stopped by the trainee.") if mine else phrase("Stopped by an instructor.")
    responses.end(session, response, why, now, by=actor.id)


def anew(session: Session, here: Range, response: Response, now: datetime) -> Response:
    """A further response in the place of one that has ended, on the same variant of the same release: `start` it."""
    whose, what = (response.person_id, response.organisation_id), (response.release_id, response.assignment_id)
    made = responses.new(*whose, *what, response.variant, now)
    session.add(made)
    session.flush()
    session.add_all(responses.bag(made, responses.situation(responses.lab_of(session, here, response))))
    return made


Listed = tuple[Response, str, str]
"""A response, the name of its person, the title of its lab."""


def listed(session: Session, here: Range, actor: Actor, circle: UUID | None = None) -> list[Listed]:
    """Responses of a session; or the actor's own, and those of organisations in which the actor is an instructor.

    Those that go on come first, then the newest.
    """
    found = (
        select(Response, Person.name)
        .join(Person, Person.id == Response.person_id)
        .order_by(Response.ended_at.is_not(None), Response.begun_at.desc())
        .limit(MOST)
    )
    if circle is not None:
        found = found.join(Assignment, Assignment.id == Response.assignment_id).where(Assignment.circle == circle)
    else:
        taught = {where for where, role in actor.roles if role is Role.INSTRUCTOR}
        found = found.where((Response.person_id == actor.id) | Response.organisation_id.in_(taught))
    return [(one, name, responses.lab_of(session, here, one).title) for one, name in session.execute(found)]


def told(session: Session, response: Response) -> list[Happening]:
    """What happened beside what was typed, in its order."""
    return list(session.scalars(select(Happening).filter_by(response_id=response.id).order_by(Happening.number)))
