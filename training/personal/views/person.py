"""What is held about somebody else: for administrators of the organisation."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.accounts.models import Person
from training.errors import DomainError
from training.personal import forms, policy
from training.personal.service import asking, erasing
from training.personal.views.blueprint import bp, files_limited, handed_out, status, told
from training.web.guard import guarded, permit
from training.web.rooms import actor, clock, rooms, store

HERE = "/people/<uuid:person_id>/data"


@bp.get(HERE)
@guarded(policy.may_answer_for)
def person(person_id: UUID) -> ResponseReturnValue:
    """What is held, in figures; what an erasure would do, and what holds it."""
    with store().reading() as session:
        _meant(session, person_id)
    return _page(person_id)


@bp.post(f"{HERE}/export")
@files_limited
@guarded(policy.may_answer_for)
def take_for(person_id: UUID) -> ResponseReturnValue:
    """All of it in one file but for what is the person's own; the audit chain notes who took it."""
    with store().reading() as session:
        _meant(session, person_id)
    try:
        return handed_out(person_id)
    except DomainError as bad:
        return _page(person_id, bad)


@bp.post(f"{HERE}/erasure")
@guarded(policy.may_answer_for)
def ask_for(person_id: UUID) -> ResponseReturnValue:
    """Ask that it be erased, with a reason."""
    try:
        with store().writing() as session:
            _meant(session, person_id)
            asking.ask(session, person_id, actor().id, forms.wish(request.form, rooms().settings.erasure_days), clock())
    except DomainError as bad:
        return _page(person_id, bad)
    flash(_("The erasure is asked for. The person is told at the next sign-in and can take it back."), "ok")
    return redirect(url_for(".person", person_id=person_id), 303)


@bp.post(f"{HERE}/erasure/withdraw")
@guarded(policy.may_answer_for)
def withdraw_for(person_id: UUID) -> ResponseReturnValue:
    """Take back what the organisation asked for; what the person asked for is the person's."""
    try:
        with store().writing() as session:
            _meant(session, person_id)
            asking.withdraw_other(session, person_id, actor().id, clock())
    except DomainError as bad:
        return _page(person_id, bad)
    flash(_("The erasure is taken back. Nothing was changed."), "ok")
    return redirect(url_for(".person", person_id=person_id), 303)


def _meant(session: Session, person_id: UUID) -> Person:
    found = permit(accounts.find(session, person_id))
    assert found is not None  # noqa: S101 - the policy asks for one
    return found


def _page(person_id: UUID, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        meant = _meant(session, person_id)
        given = told(session, meant) | {"mentions": erasing.mentions(session, meant)}
    given |= {"bad": bad, "typed": request.form, "days": rooms().settings.erasure_days}
    return render_template("personal/person.html", **given), status(bad)
