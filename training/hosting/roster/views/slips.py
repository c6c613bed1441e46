"""Slips for the printer, in the language of the session. The answer to a form alone has the codes."""

from urllib.parse import urlsplit
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.accounts import service as accounts
from training.credentials import reach
from training.credentials.square import square
from training.credentials.views.blueprint import sites, speak
from training.errors import Conflict, Refused
from training.hosting import policy
from training.hosting.models import TeachingSession
from training.hosting.roster import forms
from training.hosting.roster.service import slips as service
from training.hosting.roster.views.blueprint import PLACE, bp
from training.hosting.roster.views.roster import page
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, store


@bp.post(f"{PLACE}/slips")
@guarded(policy.may_run)
def slips(session_id: UUID) -> ResponseReturnValue:
    """Make slips for people and show them, ready to print. The same form makes the same slips."""
    seed = request.form.get("seed", "")
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            made = service.make(session, actor(), teaching, forms.people(request.form), seed, clock())
            host = accounts.organisations(session, [teaching.organisation_id])[0]
    except (Refused, Conflict) as bad:
        return page(session_id, bad)
    speak(teaching.language)
    return _sheet(teaching, host.name, made)


def _sheet(teaching: TeachingSession, host: str, made: list[service.Printed]) -> str:
    site = reach.best(sites())
    shown = [(one, service.spelled(one.code), _picture(site, one.code)) for one in made]
    per_page = 10 if request.form.get("per_page") == "10" else 8
    here = {"teaching": teaching, "host": host, "slips": shown, "per_page": per_page}
    here["only_here"] = reach.loopback(site)
    return render_template("roster/slips.html", address=f"{_bare(site)}/join", **here)


def _picture(site: str, code: str) -> object:
    return square(f"{site}{url_for('.arrive', typed=service.spelled(code))}") if code else None


def _bare(site: str) -> str:
    """An address as people type it: without http://, which every browser adds."""
    return site if urlsplit(site).scheme == "https" else site.removeprefix("http://")
