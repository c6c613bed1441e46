"""The page on which a host prepares a session: the machine, the runs, variants by seat, what is to be printed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.errors import Conflict, DomainError
from training.hosting import policy
from training.hosting.models import TeachingSession
from training.hosting.preparation import checks, forms
from training.hosting.preparation.seating import Plan
from training.hosting.preparation.service import facts, variants, warming, works
from training.hosting.preparation.service.works import Work
from training.hosting.preparation.views.blueprint import PLACE, bp
from training.hosting.service import timetable
from training.hosting.service.record import Faulty, note
from training.hosting.views.blueprint import faults, status
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, rooms, store


@bp.get(PLACE)
@guarded(policy.may_run)
def preparation(session_id: UUID) -> ResponseReturnValue:
    """What the machine is fit for, how warm the runs are, who gets which variant, what can be printed."""
    return _page(session_id)


@bp.post(f"{PLACE}/warm")
@guarded(policy.may_run)
def warm(session_id: UUID) -> ResponseReturnValue:
    """Ask for the runs; they are made when nobody waits for others."""
    with store().writing() as session:
        teaching = load(session, TeachingSession, session_id, lock=True)
        asked = warming.wanted(works.of(session, rooms().settings.instance, teaching))
        warming.ask(session, asked, clock())
        note(session, "runs.warmed", actor(), teaching, {"runs": len(asked)}, clock())
    rooms().engine.wake()
    return redirect(url_for(".preparation", session_id=session_id, _anchor="runs"), 303)


@bp.post(f"{PLACE}/variants")
@guarded(policy.may_run)
def assign(session_id: UUID) -> ResponseReturnValue:
    """Keep a variant of each lab for each seat."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            plan = variants.room(teaching, request.form.get("across", ""), request.form.get("aisle", ""))
            found, anew = works.of(session, rooms().settings.instance, teaching), request.form.get("anew", "") == "1"
            variants.assign(session, actor(), teaching, found, plan, clock(), anew=anew)
    except (Faulty, Conflict) as bad:
        return _page(session_id, bad)
    return redirect(url_for(".preparation", session_id=session_id, _anchor="variants"), 303)


def _page(session_id: UUID, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        told, wrong = _told(teaching)
        plan, odd = _plan(session, teaching)
        found = works.of(session, rooms().settings.instance, teaching)
        here = _looked_at(session, teaching, found, told) | _room(session, teaching, found, plan)
        slots = timetable.parts(session, teaching)
    bad = bad or wrong or odd
    here |= {"halves": timetable.half_days(teaching, slots), "known": current_app.view_functions.keys()}
    here |= {"handed": [one for one in slots if one.kind in "PEW" and one.refs], "local": timetable.local}
    here |= {"faults": faults(bad), "bad": bad}
    return render_template("hosting_preparation/preparation.html", teaching=teaching, **here), status(bad)


def _told(teaching: TeachingSession) -> tuple[datetime | None, Faulty | None]:
    """The time of another clock, or what is wrong with it."""
    try:
        return forms.told(request.args.get("clock", ""), teaching, clock()), None
    except Faulty as bad:
        return None, bad


def _plan(session: Session, teaching: TeachingSession) -> tuple[Plan, Faulty | None]:
    """The room as it was typed; where none was, or a wrong one, as it was used last."""
    asked = request.form or request.args
    try:
        if "across" in asked:
            return variants.room(teaching, asked["across"], asked.get("aisle", "")), None
    except Faulty as bad:
        return variants.plan_of(session, teaching), bad
    return variants.plan_of(session, teaching), None


def _looked_at(
    session: Session, teaching: TeachingSession, found: Sequence[Work], told: datetime | None
) -> dict[str, Any]:
    warmth = warming.warmth(session, warming.wanted(found))
    lines = checks.lines(facts.gather(session, rooms().settings, teaching, found, warmth, clock(), told))
    return {"works": found, "warmth": warmth, "lines": lines}


def _room(session: Session, teaching: TeachingSession, found: Sequence[Work], plan: Plan) -> dict[str, Any]:
    """The room, with who would get what."""
    asked = request.form or request.args
    given = {"across": asked.get("across", str(plan.across)), "aisle": asked.get("aisle", str(plan.aisle))}
    seated = {one.member.seat: one for one in variants.trainees(session, teaching) if one.member.seat}
    return {"plan": plan, "given": given, "shared": variants.shared(session, teaching, found, plan), "seated": seated}
