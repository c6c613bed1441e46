"""The sessions that concern the reader, and the form for a new one."""

from functools import partial
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.accounts import service as accounts
from training.hosting import forms, policy
from training.hosting import plan as plans
from training.hosting.models import TeachingSession
from training.hosting.service import sessions
from training.hosting.service.record import Faulty
from training.hosting.shown import STATES
from training.hosting.views.blueprint import bp, faults, status
from training.sentence import LANGUAGES
from training.web.guard import guarded, permit
from training.web.language import reading_language
from training.web.rooms import actor, clock, rooms, store


@bp.get("/sessions")
@guarded(policy.may_list)
def index() -> ResponseReturnValue:
    """Sessions in which the reader is, and those of the organisations where the reader is staff."""
    permit(None)
    with store().reading() as session:
        mine = sessions.of_person(session, actor().id or forms.NOWHERE, clock())
        hosted = [one for place in _places() for one in sessions.of_organisation(session, place)]
        names = {one.id: one.name for one in accounts.organisations(session, {one.organisation_id for one in mine})}
        names |= {one.id: one.name for one in accounts.organisations(session, _places())}
    groups = _grouped([one for one in mine if policy.may_see(actor(), one)], hosted)
    here = {"hosts": policy.may_host(actor(), None), "places": _places(), "states": STATES}
    return render_template("hosting/index.html", groups=groups, organisations=names, **here)


@bp.get("/sessions/new")
@guarded(policy.may_host)
def new() -> ResponseReturnValue:
    """The form for a new session."""
    permit(None)
    given = {"plan": plans.names()[0], "zone": rooms().settings.time_zone, "language": reading_language() or "en"}
    return _form(forms.Fields(given | request.args.to_dict()))


@bp.post("/sessions/new")
@guarded(policy.may_host)
def make() -> ResponseReturnValue:
    """Make a session, and go to its page, which says what is next."""
    organisation = permit(forms.organisation(request.form, next(iter(_places()), forms.NOWHERE)))
    try:
        wish = forms.wish(request.form, partial(sessions.sound, now=clock()))
        with store().writing() as session:
            made = sessions.make(session, actor(), organisation, wish, clock())
    except Faulty as bad:
        return _form(request.form, bad)
    return redirect(url_for(".session", session_id=made.id), 303)


def _places() -> list[UUID]:
    """The organisations where the reader may host, the one where the reader works first."""
    held = {where for where, _ in actor().roles if policy.may_host(actor(), where)}
    return sorted(held, key=lambda one: (one != actor().home, one))


def _grouped(mine: list[TeachingSession], hosted: list[TeachingSession]) -> dict[str, list[TeachingSession]]:
    """Each session once: in which the reader learns, in which the reader teaches, other ones of the organisation."""
    groups: dict[str, list[TeachingSession]] = {"learns": [], "teaches": [], "others": []}
    for one in mine:
        place = policy.membership(actor(), one)
        groups["teaches" if place and place.staff else "learns"].append(one)
    inside = {one.id for one in mine}
    groups["others"] = [one for one in hosted if one.id not in inside]
    return groups


def _form(given: forms.Fields, bad: Faulty | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        places = accounts.organisations(session, _places())
    known = {name: plans.read(name) for name in plans.names()}
    here = {"given": given, "plans": known, "usual": sessions.USUAL, "places": places}
    here |= {"zones": sessions.zones(), "languages": LANGUAGES}
    return render_template("hosting/new.html", faults=faults(bad), **here), status(bad)
