"""Labs that are set for organisations: list, make, change, withdraw, release, and more time for a person."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.accounts.actor import Role
from training.content import service as content
from training.errors import Conflict, NotThere, Refused
from training.evidence.models import Exhibit
from training.grading.late import MOST_DATES
from training.labs import forms, policy, reader
from training.labs.models import Assignment, Attempt
from training.labs.service import assignments, circles, results
from training.labs.spot import Fields
from training.labs.views.blueprint import bp
from training.web.guard import guarded, load, permit
from training.web.rooms import actor, clock, rooms, store

EMPTY_DATES = 3
NOWHERE = UUID(int=0)
"""No organisation: nobody is an instructor there."""


@bp.get("/assignments", endpoint="assignments")
@guarded(policy.may_set)
def index() -> ResponseReturnValue:
    """What is set in the organisations where the reader is an instructor."""
    permit(None)
    with store().reading() as session:
        listed = assignments.listed(session, _mine())
        names = {one.id: one.name for one in accounts.organisations(session, _mine())}
        titles = _titles(session)
    return render_template("labs/assignments.html", listed=listed, organisations=names, titles=titles, now=clock())


@bp.get("/assignments/new")
@guarded(policy.may_set)
def new_assignment() -> ResponseReturnValue:
    """The form for a lab to be set."""
    permit(None)
    given = Fields({"mode": "practice", "after": "closed", "hints": "1", "pass_percent": "60"})
    return _form(given | request.args)


@bp.post("/assignments/new")
@guarded(policy.may_set)
def make_assignment() -> ResponseReturnValue:
    """Set a lab."""
    organisation = permit(forms.organisation(request.form, next(iter(sorted(_mine())), NOWHERE)))
    try:
        with store().writing() as session:
            made = assignments.make(session, actor(), organisation, forms.wish(request.form), clock())
    except (Refused, Conflict) as bad:
        return _form(request.form, bad)
    return redirect(url_for(".assignment", assignment_id=made.id), 303)


@bp.get("/assignments/<uuid:assignment_id>")
@guarded(policy.may_change)
def assignment(assignment_id: UUID) -> ResponseReturnValue:
    """One lab as it is set: dates, people with more time, and the form to change it."""
    return _page(assignment_id, time=request.args)


@bp.post("/assignments/<uuid:assignment_id>")
@guarded(policy.may_change)
def change_assignment(assignment_id: UUID) -> ResponseReturnValue:
    """Change what is set; once somebody has begun, only dates, and only to later."""
    try:
        with store().writing() as session:
            found = load(session, Assignment, assignment_id, lock=True)
            assignments.change(session, actor(), found, forms.wish(request.form), clock())
    except (Refused, Conflict) as bad:
        return _page(assignment_id, request.form, bad)
    return redirect(url_for(".assignment", assignment_id=assignment_id), 303)


@bp.post("/assignments/<uuid:assignment_id>/withdraw")
@guarded(policy.may_change)
def withdraw_assignment(assignment_id: UUID) -> ResponseReturnValue:
    """Nobody begins on it any more."""
    try:
        with store().writing() as session:
            found = load(session, Assignment, assignment_id, lock=True)
            forms.meant(request.form, "withdraw")
            assignments.withdraw(session, actor(), found, clock())
    except Refused as bad:
        return _page(assignment_id, bad=bad)
    return redirect(url_for(".assignment", assignment_id=assignment_id), 303)


@bp.post("/assignments/<uuid:assignment_id>/release")
@guarded(policy.may_change)
def release_assignment(assignment_id: UUID) -> ResponseReturnValue:
    """Let the people of an examination see feedback and points."""
    try:
        with store().writing() as session:
            found = load(session, Assignment, assignment_id, lock=True)
            forms.meant(request.form, "release")
            assignments.release(session, actor(), found, clock())
    except Refused as bad:
        return _page(assignment_id, bad=bad)
    return redirect(url_for(".assignment", assignment_id=assignment_id), 303)


@bp.post("/assignments/<uuid:assignment_id>/time")
@guarded(policy.may_change)
def give_time(assignment_id: UUID) -> ResponseReturnValue:
    """Give a person more time."""
    try:
        with store().writing() as session:
            found = load(session, Assignment, assignment_id, lock=True)
            person, minutes, note = forms.extra_time(request.form)
            assignments.accommodate(session, actor(), found, person, minutes, note, clock())
    except (Refused, NotThere) as bad:
        return _page(assignment_id, time=request.form, bad=bad, about="time")
    return redirect(url_for(".assignment", assignment_id=assignment_id, person=person, _anchor="time"), 303)


def _mine() -> set[UUID]:
    return {organisation for organisation, role in actor().roles if role is Role.INSTRUCTOR}


def _titles(session: Session) -> dict[str, str]:
    instance = rooms().settings.instance
    found = content.offered(session, "lab")
    return {one.name: lab.title for one, lab in content.read_each(instance, found, reader.load)}


def _form(given: Fields, bad: Refused | Conflict | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        places = sorted(accounts.organisations(session, _mine()), key=lambda one: one.name)
        titles = _titles(session)
    here = {"given": given, "rows": _rows(given), "titles": titles, "places": places, "bad": bad, "begun": False}
    return render_template("labs/assignment_new.html", **here), _status(bad)


def _page(
    assignment_id: UUID,
    given: Fields | None = None,
    bad: Refused | Conflict | NotThere | None = None,
    *,
    time: Fields | None = None,
    about: str = "",
) -> ResponseReturnValue:
    """The page, with what is wrong (`bad`) at the form that it is `about`: the one for time, or for changes."""
    with store().reading() as session:
        found = load(session, Assignment, assignment_id)
        listed = assignments.Listed(found, assignments.attempts_on(session, found.id))
        at_work = assignments.at_work(session, found, clock())
        circle = circles.members(session, found)
        unmarked = _unmarked(session, found)
        people = circles.trainees(session, found)
        given = given or forms.fields_of(assignments.wish_of(found))
        here: dict[str, Any] = {"one": listed, "people": people, "extra": assignments.accommodations(session, found)}
        here |= {"names": accounts.names(session, {*circle, *(each.person_id for each in here["extra"])})}
        here |= {"circle": circle, "exhibits": _exhibits(session, circle.values())}
        here |= {"titles": _titles(session), "given": given, "rows": _rows(given), "begun": listed.begun}
    here |= {
        "time": time or Fields(),
        "at_work": at_work,
        "unmarked": unmarked,
        "unsure": None,
        "late": None,
        "bad": None,
    }
    name = "late" if about else "unsure" if isinstance(bad, Refused) and bad.field in forms.MEANT else "bad"
    here["session"] = _session_of(found)
    return render_template("labs/assignment.html", **here | {name: bad}, now=clock()), _status(bad)


def _exhibits(session: Session, kept: Iterable[str | None]) -> dict[str, str]:
    """The names of the exhibits that are kept for people, by SHA-256; those that are registered here."""
    found = (session.get(Exhibit, one) for one in set(kept) if one)
    return {one.sha256: one.name for one in found if one is not None}


def _session_of(found: Assignment) -> str:
    """The page of the session whose people an assignment is for; empty where it is for everybody."""
    if found.circle is None or "hosting.session" not in current_app.view_functions:
        return ""
    return url_for("hosting.session", session_id=found.circle)


def _unmarked(session: Session, found: Assignment) -> int:
    """Texts of an examination that its release would show without a mark; 0 once it is released."""
    if not found.examination or found.released_at:
        return 0
    made = session.scalars(select(Attempt).filter_by(assignment_id=found.id)).all()
    lines = results.taken(session, rooms().settings.instance, made, clock())
    return sum(one.waiting > 0 for line in lines for one in line.progress.values())


def _rows(given: Fields) -> list[tuple[str, str]]:
    """The dates that a form shows: those that were typed, and some that are empty."""
    rows = list(zip(given.getlist("until"), given.getlist("percent"), strict=False))
    rows = [row for row in rows if row[0].strip()]
    return [*rows, *[("", "")] * EMPTY_DATES][:MOST_DATES]


def _status(bad: Exception | None) -> int:
    return 200 if bad is None else 409 if isinstance(bad, Conflict) else 422
