"""Sheets of paper, and their way back."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.credentials.square import square
from training.credentials.views.blueprint import speak
from training.errors import Conflict, DomainError, Refused
from training.hosting import policy
from training.hosting.attendance import forms
from training.hosting.attendance.service import sheets
from training.hosting.attendance.service.standing import ledger
from training.hosting.attendance.views.blueprint import PLACE, bp, faults, of_staff, shown, status
from training.hosting.models import TeachingSession
from training.hosting.service import people
from training.sentence import counted, joined, listed, phrase
from training.web.guard import guarded, load
from training.web.language import spoken
from training.web.rooms import actor, clock, store


@bp.get(f"{PLACE}/sheets", endpoint="sheets")
@guarded(policy.may_run)
def printed(session_id: UUID) -> ResponseReturnValue:
    """The sheets of a half-day as they were made last, to be printed."""
    return _sheets(session_id)


@bp.post(f"{PLACE}/sheets")
@guarded(policy.may_run)
def make_sheets(session_id: UUID) -> ResponseReturnValue:
    """Make new ones, for those who are in the session now."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            times = forms.half(request.form, ledger(session, teaching))
            sheets.make(session, actor(), teaching, times, clock())
    except (Refused, Conflict) as bad:
        return _sheets(session_id, bad)
    return redirect(url_for(".sheets", session_id=session_id, half=times.half.number), 303)


@bp.get(f"{PLACE}/enter")
@guarded(policy.may_run)
def enter(session_id: UUID) -> ResponseReturnValue:
    """Where sheets are typed or scanned in."""
    return _enter(session_id)


@bp.post(f"{PLACE}/enter")
@guarded(policy.may_run)
def take_sheet(session_id: UUID) -> ResponseReturnValue:
    """Keep what was typed or scanned off them."""
    typed, kind = request.form.get("marks", ""), request.form.get("kind", "")
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            origin = of_staff("sheet", forms.request_key(request.form))
            done = sheets.enter(session, actor(), teaching, typed, kind, origin, clock())
            names = {one.member.person_id: one.name for one in people.of(session, teaching, withdrawn=True)}
    except (Refused, Conflict) as bad:
        return _enter(session_id, bad)
    for one in done:
        flash(str(spoken(_said(one, names))), "part" if one.left else "ok")
    return redirect(url_for(".attendance", session_id=session_id, half=done[-1].half), 303)


def _said(one: sheets.Entered, names: dict[UUID, str]) -> str:
    number = str(one.half)
    kept = counted(
        "%(num)s record was kept of half-day %(half)s.",
        "%(num)s records were kept of half-day %(half)s.",
        one.count,
        half=number,
    )
    if not one.left:
        return kept
    who = listed(names.get(person, "") for person in one.left)
    return joined(
        kept, phrase("Something else stands already of %(names)s, and was left: decide in the grid.", names=who)
    )


def _sheets(session_id: UUID, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        here = shown(session, teaching)
        found = sheets.printed(session, teaching, here["times"]) if here["times"] else []
        names = {str(one.member.person_id): one.name for one in people.of(session, teaching, withdrawn=True)}
    here |= {"sheets": found, "names": names, "square": square, "bad": bad}
    speak(teaching.language)
    return render_template("hosting_attendance/sheets.html", **here), status(bad)


def _enter(session_id: UUID, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        here = shown(session, load(session, TeachingSession, session_id))
    here |= {"bad": bad, "faults": faults(bad), "given": request.form}
    return render_template("hosting_attendance/enter.html", **here), status(bad)
