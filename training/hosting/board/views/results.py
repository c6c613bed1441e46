"""What the people of a session came to in its labs: a page, and a file for a spreadsheet."""

from uuid import UUID

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.hosting.board import policy
from training.hosting.board.views.blueprint import PLACE, bp
from training.hosting.models import TeachingSession
from training.labs import export
from training.labs.service import roll as rolls
from training.labs.service.roll import Roll
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, rooms, store


@bp.get(f"{PLACE}/board/results")
@guarded(policy.may_unveil)
def results(session_id: UUID) -> ResponseReturnValue:
    """One row for each trainee of the session, one column for each of its labs."""
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        roll = _roll(session, teaching)
        names = accounts.names(session, roll.people)
    return render_template("hosting_board/results.html", teaching=teaching, roll=roll, names=names)


@bp.get(f"{PLACE}/board/results.csv")
@guarded(policy.may_unveil)
def results_file(session_id: UUID) -> ResponseReturnValue:
    """The same for a spreadsheet. Taking it is recorded."""
    with store().writing() as session:
        teaching = load(session, TeachingSession, session_id)
        roll = _roll(session, teaching)
        names = accounts.names(session, roll.people)
        rolls.note(session, roll, f"session:{teaching.id}", actor().id, clock())
    return Response(rolls.as_csv(roll, names), headers=export.attached(f"results-session-{teaching.starts_on}.csv"))


def _roll(session: Session, teaching: TeachingSession) -> Roll:
    people = {one.person_id for one in teaching.members if one.active and one.role == "trainee"}
    return rolls.of_circle(session, rooms().settings.instance, teaching.id, people, clock())
