"""What is held about the reader: seen, taken along, asked to be erased."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from training.accounts import service as accounts
from training.accounts.sign_in import address
from training.errors import DomainError, NotThere
from training.personal import forms, policy
from training.personal.service import asking
from training.personal.views.blueprint import bp, files_limited, handed_out, status, told
from training.sentence import phrase
from training.web.guard import guarded, permit
from training.web.rooms import actor, clock, rooms, store


@bp.get("/account/data")
@guarded(policy.may_have_own)
def mine() -> ResponseReturnValue:
    """What is held, in figures, and what can be done with it."""
    permit(None)
    return _page()


@bp.post("/account/data/export")
@files_limited
@guarded(policy.may_have_own)
def take() -> ResponseReturnValue:
    """All of it in one file."""
    permit(None)
    try:
        return handed_out(_me())
    except DomainError as bad:
        return _page(bad)


@bp.post("/account/data/erasure")
@guarded(policy.may_have_own)
def ask() -> ResponseReturnValue:
    """Ask that it be erased, with the password."""
    permit(None)
    try:
        wish = forms.wish(request.form, rooms().settings.erasure_days)
        asking.proven(store(), _me(), request.form.get("password", ""), address(), clock())
        with store().writing() as session:
            asking.ask(session, _me(), _me(), wish, clock())
    except DomainError as bad:
        return _page(bad)
    flash(_("The erasure is asked for. You can take it back until its day."), "ok")
    return redirect(url_for(".mine"), 303)


@bp.post("/account/data/erasure/withdraw")
@guarded(policy.may_have_own)
def withdraw() -> ResponseReturnValue:
    """Take it back, whoever asked."""
    permit(None)
    try:
        with store().writing() as session:
            asking.withdraw(session, _me(), _me(), clock())
    except DomainError as bad:
        return _page(bad)
    flash(_("The erasure is taken back. Nothing was changed."), "ok")
    return redirect(url_for(".mine"), 303)


def _me() -> UUID:
    me = actor().id
    assert me is not None  # noqa: S101 - the policy lets people in
    return me


def _page(bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        person = accounts.find(session, _me())
        if person is None:
            raise NotThere(phrase("There is no such person."))
        given = told(session, person)
    given |= {"bad": bad, "typed": request.form, "days": rooms().settings.erasure_days}
    return render_template("personal/mine.html", **given), status(bad)
