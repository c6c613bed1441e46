"""The join code of a session: make, replace with one press, close."""

from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from training.errors import Conflict, Refused
from training.hosting import policy
from training.hosting.models import TeachingSession
from training.hosting.roster import forms
from training.hosting.roster.service import codes
from training.hosting.roster.views.blueprint import PLACE, bp
from training.hosting.roster.views.roster import page
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, store


@bp.post(f"{PLACE}/code")
@guarded(policy.may_run)
def make_code(session_id: UUID) -> ResponseReturnValue:
    """A new code on the terms of the form; the one before is good for nothing any more."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            wanted = forms.terms(request.form, teaching)
            codes.make(session, actor(), teaching, wanted, forms.seen(request.form, "before"), clock())
    except (Refused, Conflict) as bad:
        return page(session_id, bad, request.form)
    return redirect(url_for(".roster", session_id=session_id, _anchor="code"), 303)


@bp.post(f"{PLACE}/code/replace")
@guarded(policy.may_run)
def replace_code(session_id: UUID) -> ResponseReturnValue:
    """Another word and digits on the same terms."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            standing = codes.current(session, teaching)
            wanted = forms.terms_of(standing) if standing else codes.usual(teaching, clock())
            codes.make(session, actor(), teaching, wanted, forms.seen(request.form, "before"), clock())
    except (Refused, Conflict) as bad:
        return page(session_id, bad)
    return redirect(url_for(".roster", session_id=session_id, _anchor="code"), 303)


@bp.post(f"{PLACE}/code/close")
@guarded(policy.may_run)
def close_code(session_id: UUID) -> ResponseReturnValue:
    """Let nobody in by the code any more."""
    with store().writing() as session:
        teaching = load(session, TeachingSession, session_id, lock=True)
        codes.close(session, actor(), teaching, clock())
    return redirect(url_for(".roster", session_id=session_id, _anchor="code"), 303)
