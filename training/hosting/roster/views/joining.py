"""Coming in: the page that asks for a code, and what a code leads to."""

from collections.abc import Callable
from typing import cast

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from training.accounts import policy
from training.accounts import service as accounts
from training.accounts import sign_in as door
from training.errors import DomainError
from training.hosting.roster import forms
from training.hosting.roster.service import joining
from training.hosting.roster.views.blueprint import bp, faults, status
from training.web.guard import guarded, permit
from training.web.rooms import actor, clock, store

HERE = "/join/<string:typed>"


@bp.get("/join")
@guarded(policy.anyone)
def join() -> ResponseReturnValue:
    """The form for a code, of a session or of a slip."""
    permit(None)
    return _asked()


@bp.post("/join")
@guarded(policy.anyone)
def say_code() -> ResponseReturnValue:
    """Look a code up, and go to what it leads to."""
    permit(None)
    try:
        typed = forms.code(request.form)
        joining.find(store(), typed, door.address(), clock())
    except DomainError as bad:
        return _asked(request.form.get("code", ""), bad)
    return redirect(url_for(".arrive", typed=typed), 303)


@bp.get(HERE)
@guarded(policy.anyone)
def arrive(typed: str) -> ResponseReturnValue:
    """What a code leads to. Looking uses nothing up."""
    permit(None)
    return _led(typed, lambda found: _shown(found, typed))


@bp.post(HERE)
@guarded(policy.anyone)
def enter(typed: str) -> ResponseReturnValue:
    """Come in by a slip, or by a join code with the account that is signed in."""
    permit(None)
    return _led(typed, lambda found: _by_slip(typed) if found.slip else _by_code(typed))


@bp.post(f"{HERE}/new")
@guarded(policy.anyone)
def walk_in(typed: str) -> ResponseReturnValue:
    """Come in by a join code as somebody new."""
    permit(None)
    return _led(typed, lambda _found: _by_name(typed))


@bp.route("/join/password", methods=["GET", "POST"])
@guarded(policy.signed_in)
def password() -> ResponseReturnValue:
    """The first password of somebody who came by a slip."""
    here, bad = permit(cast("accounts.Known", door.here())), None
    if request.method == "POST":
        try:
            token = joining.choose_password(store(), here, forms.password(request.form), clock())
            return door.enter(token, _onwards())
        except DomainError as error:
            bad = error
    with store().reading() as session:
        lacks = joining.lacks_password(session, here.person_id)
    page = render_template("roster/password.html", here=here, lacks=lacks, onwards=_onwards(), faults=faults(bad))
    return page, status(bad)


def _by_slip(typed: str) -> ResponseReturnValue:
    token, session_id, lacks = joining.use_slip(store(), typed, clock())
    onwards = url_for("hosting.session", session_id=session_id)
    return door.enter(token, url_for(".password", onwards=session_id) if lacks else onwards)


def _by_code(typed: str) -> ResponseReturnValue:
    here = door.here()
    if here is None or not actor().signed_in:  # nobody, or somebody whose second step is still to be taken
        return redirect(url_for("accounts.sign_in", next=url_for(".arrive", typed=typed)), 303)
    with store().writing() as session:
        session_id, token = joining.come_in(session, here, typed, clock())
    inside = url_for("hosting.session", session_id=session_id)
    return door.enter(token, inside) if token else redirect(inside, 303)


def _by_name(typed: str) -> ResponseReturnValue:
    given = request.form.get("name", "")[:400], forms.password(request.form)
    token, session_id, login = joining.walk_in(store(), typed, *given, clock())
    answer = door.enter(token, url_for("hosting.session", session_id=session_id))
    flash(_("Your sign-in name is %(login)s. Write it down: you need it to come back.", login=login), "ok")
    return answer


def _onwards() -> str:
    session_id = forms.seen(request.args, "onwards")
    return url_for("hosting.session", session_id=session_id) if session_id else url_for("web.home")


def _asked(typed: str = "", bad: DomainError | None = None) -> ResponseReturnValue:
    return render_template("roster/join.html", typed=typed[:60], faults=faults(bad)), status(bad)


def _led(typed: str, onwards: Callable[[joining.Found], ResponseReturnValue]) -> ResponseReturnValue:
    """Look a code up once, and go on with what it leads to: else to the form for a code, with what was typed."""
    try:
        found = joining.find(store(), typed, door.address(), clock())
    except DomainError as bad:
        return _asked(typed, bad)
    try:
        return onwards(found)
    except DomainError as bad:
        return _shown(found, typed, bad)


def _shown(found: joining.Found, typed: str, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        host = accounts.organisations(session, [found.teaching.organisation_id])[0]
    given = request.form.get("name", "")[:400]
    here = {"found": found, "typed": typed, "host": host, "given": given}
    return render_template("roster/arrive.html", faults=faults(bad), **here), status(bad)
