"""The page on which a trainee asks for help."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.errors import Conflict, DomainError, Refused, TooMany
from training.hosting.board import forms, policy
from training.hosting.board.service import asking, messages
from training.hosting.board.service.texts import by
from training.hosting.board.views.blueprint import PLACE, bp
from training.hosting.forms import Fields
from training.hosting.models import TeachingSession
from training.hosting.service import timetable
from training.hosting.views.blueprint import faults, status
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, store


@bp.get(f"{PLACE}/help", endpoint="help")
@guarded(policy.may_ask)
def show(session_id: UUID) -> ResponseReturnValue:
    """The form to ask, the own place in the queue, and what staff said so far."""
    return _page(session_id)


@bp.post(f"{PLACE}/help")
@guarded(policy.may_ask)
def ask(session_id: UUID) -> ResponseReturnValue:
    """Ask."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            asking.ask(session, by(actor()), teaching, forms.ask(request.form), clock())
    except (Refused, Conflict, TooMany) as bad:
        return _page(session_id, request.form, bad)
    return redirect(url_for(".help", session_id=session_id), 303)


@bp.post(f"{PLACE}/help/withdraw")
@guarded(policy.may_ask)
def take_back(session_id: UUID) -> ResponseReturnValue:
    """Take the request back."""
    with store().writing() as session:
        teaching = load(session, TeachingSession, session_id, lock=True)
        asking.take_back(session, by(actor()), teaching, clock())
    return redirect(url_for(".help", session_id=session_id), 303)


def _page(session_id: UUID, given: Fields | None = None, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        kinds = asking.kinds(timetable.parts(session, teaching), clock())
        mine = asking.place(session, teaching, by(actor()), clock())
        said = messages.of(session, teaching.id)
    here = {"teaching": teaching, "kinds": kinds, "mine": mine, "said": said, "given": given or request.args}
    return render_template("hosting_board/help.html", faults=faults(bad), **here), status(bad)
