"""The people of a session: who teaches, who learns, where they sit, who needs more time."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.errors import Conflict, DomainError, NotThere, Refused
from training.hosting import forms, policy, shown
from training.hosting.models import TeachingSession
from training.hosting.service import people
from training.hosting.views.blueprint import PLACE, bp, faults, status
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, store


@bp.get(f"{PLACE}/people", endpoint="people")
@guarded(policy.may_run)
def listed(session_id: UUID) -> ResponseReturnValue:
    """Everybody in the session, and the form to add somebody."""
    return _page(session_id)


@bp.post(f"{PLACE}/people")
@guarded(policy.may_run)
def add_person(session_id: UUID) -> ResponseReturnValue:
    """Add a person of the organisation."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            who, place = forms.person(request.form), forms.place(request.form)
            people.add(session, actor(), teaching, who, place, clock())
    except (Refused, Conflict, NotThere) as bad:
        return _page(session_id, request.form, bad)
    return redirect(url_for(".people", session_id=session_id), 303)


@bp.post(f"{PLACE}/people/<uuid:person_id>")
@guarded(policy.may_run)
def change_person(session_id: UUID, person_id: UUID) -> ResponseReturnValue:
    """Give a person another seat, number or role, or more time."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            people.change(session, actor(), teaching, person_id, forms.place(request.form), clock())
    except (Refused, Conflict) as bad:
        return _page(session_id, request.form, bad, person_id)
    return redirect(url_for(".people", session_id=session_id), 303)


@bp.post(f"{PLACE}/people/<uuid:person_id>/withdraw")
@guarded(policy.may_run)
def withdraw_person(session_id: UUID, person_id: UUID) -> ResponseReturnValue:
    """Take a person out. What the person did stays."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            people.withdraw(session, actor(), teaching, person_id, clock())
    except Conflict as bad:
        return _page(session_id, None, bad)
    return redirect(url_for(".people", session_id=session_id), 303)


def _page(
    session_id: UUID, given: forms.Fields | None = None, bad: DomainError | None = None, about: UUID | None = None
) -> ResponseReturnValue:
    """The page, with what was typed and what is wrong with it in the row that it is `about`, or in the form below."""
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        everybody = people.of(session, teaching, withdrawn=True)
        candidates = people.candidates(session, teaching)
    taken = {one.member.seat for one in everybody}
    free = [one for one in people.seats(teaching) if one not in taken]
    here = {"teaching": teaching, "everybody": everybody, "candidates": candidates, "free": free, "about": about}
    here |= {"given": given or request.args, "roles": shown.ROLES, "bad": bad}
    return render_template("hosting/people.html", faults=faults(bad), **here), status(bad)
