"""Examinations that are taken again: what a resit can be, granting one, taking one back."""

from typing import Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from training.credentials import forms, policy, resits
from training.credentials.overview import Line, overview
from training.credentials.views.blueprint import bp
from training.errors import DomainError, NotThere
from training.hosting.models import TeachingSession
from training.hosting.service import timetable
from training.sentence import phrase
from training.web.errors import STATUS
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, rooms, store

PLACE = "/sessions/<uuid:session_id>/certificates"
RESIT = f"{PLACE}/<uuid:person_id>/resit/<examination>"


@bp.get(RESIT)
@guarded(policy.may_run)
def resit(session_id: UUID, person_id: UUID, examination: str) -> ResponseReturnValue:
    """What a resit of an examination can be for a person, with the form."""
    return _page(session_id, person_id, examination)


@bp.post(RESIT)
@guarded(policy.may_run)
def grant(session_id: UUID, person_id: UUID, examination: str) -> ResponseReturnValue:
    """Let the person take it again."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            wish, where = forms.again(request.form, teaching), rooms().settings.instance
            resits.grant(session, where, actor(), teaching, person_id, examination, wish, clock())
    except DomainError as bad:
        return _page(session_id, person_id, examination, bad)
    flash(_("The resit is granted. The person sees it on the page of the session."), "ok")
    return redirect(url_for(".person", session_id=session_id, person_id=person_id), 303)


@bp.post(f"{PLACE}/resits/<uuid:resit_id>/withdraw")
@guarded(policy.may_run)
def take_back(session_id: UUID, resit_id: UUID) -> ResponseReturnValue:
    """Take a resit back that was not begun."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            found = resits.get(session, teaching, resit_id)
            person_id, examination = found.person_id, found.examination
            resits.withdraw(session, actor(), teaching, found, request.form.get("why", "")[: forms.TEXT], clock())
    except NotThere:
        raise
    except DomainError as bad:
        return _page(session_id, person_id, examination, bad)
    flash(_("The resit is taken back."), "ok")
    return redirect(url_for(".person", session_id=session_id, person_id=person_id), 303)


def _page(session_id: UUID, person_id: UUID, examination: str, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        g.may = policy.may_run
        teaching = load(session, TeachingSession, session_id)
        found = overview(session, teaching)
        line = _line(found.of(person_id))
        where = rooms().settings.instance
        offer = resits.offer(session, where, teaching, person_id, examination, clock())
        made = [one for one in resits.of_person(session, teaching, person_id) if one.examination == examination]
        here: dict[str, Any] = {"teaching": teaching, "line": line, "offer": offer, "made": made, "bad": bad}
    here["faults"] = {bad.field or "": bad.message} if bad else {}
    here["given"] = request.form if bad else _usual(offer)
    here["local"] = lambda moment: f"{timetable.local(teaching, moment):%Y-%m-%d %H:%M}"
    here["rows"] = [one for one in line.results if one.examination == examination]
    return render_template("credentials/resit.html", **here), STATUS.get(type(bad), 422) if bad else 200


def _usual(offer: resits.Offer) -> MultiDict[str, str]:
    return MultiDict({"minutes": str(offer.minutes)})


def _line(found: Line | None) -> Line:
    if found is None:
        raise NotThere(phrase("There is no such trainee in this session."))
    return found
