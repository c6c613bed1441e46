"""The staff's pages: the grid of a half-day, check-in, the screen with the code, what was recorded of a person."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.credentials import reach
from training.credentials.square import square
from training.credentials.views.blueprint import sites, speak
from training.errors import Conflict, DomainError, NotThere, Refused
from training.hosting import policy
from training.hosting.attendance import codes, forms
from training.hosting.attendance.service import check_in, grid, records
from training.hosting.attendance.service.standing import ledger
from training.hosting.attendance.views.blueprint import PLACE, bp, faults, key_of, of_staff, shown, status
from training.hosting.models import TeachingSession
from training.hosting.service import people
from training.sentence import phrase
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, store


@bp.get(PLACE)
@guarded(policy.may_run)
def attendance(session_id: UUID) -> ResponseReturnValue:
    """People and half-days, one half-day open to be filled in."""
    return _grid(session_id)


@bp.post(PLACE)
@guarded(policy.may_run)
def keep(session_id: UUID) -> ResponseReturnValue:
    """Keep what was filled in."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            times = forms.half(request.form, ledger(session, teaching))
            filled = forms.filled(request.form, teaching)
            origin = of_staff("grid", forms.request_key(request.form))
            grid.keep(session, actor(), teaching, times, filled, origin, clock())
    except (Refused, Conflict) as bad:
        return _grid(session_id, bad)
    return redirect(url_for(".attendance", session_id=session_id, half=times.half.number), 303)


@bp.post(f"{PLACE}/check-in", endpoint="check_in")
@guarded(policy.may_run)
def open_or_shut(session_id: UUID) -> ResponseReturnValue:
    """Open check-in of a half-day, close it, or keep how many heads were counted."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            times = forms.half(request.form, ledger(session, teaching))
            if request.form.get("do", "") == "count":
                check_in.count(session, actor(), teaching, times, forms.heads(request.form), clock())
            else:
                act = check_in.shut if request.form.get("do", "") == "shut" else check_in.open_up
                act(session, actor(), teaching, times, clock())
    except (Refused, Conflict) as bad:
        return _grid(session_id, bad)
    return redirect(url_for(".attendance", session_id=session_id, half=times.half.number), 303)


@bp.post(f"{PLACE}/choice")
@guarded(policy.may_run)
def choose(session_id: UUID) -> ResponseReturnValue:
    """Change how people check in."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            records.choose(session, actor(), teaching, forms.chosen(request.form), clock())
    except (Refused, Conflict) as bad:
        return _grid(session_id, bad)
    return redirect(url_for(".attendance", session_id=session_id, _anchor="choice"), 303)


@bp.get(f"{PLACE}/screen")
@guarded(policy.may_run)
def screen(session_id: UUID) -> ResponseReturnValue:
    """The code of this moment, for the wall: one code, which the page fetches again when it changes.

    It speaks the language of the session, as all that the room reads.
    """
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        here = shown(session, teaching)
        here |= _code(teaching, here) if teaching.running else {}
    speak(teaching.language)
    return render_template("hosting_attendance/screen.html", **here)


@bp.get(f"{PLACE}/people/<uuid:person_id>")
@guarded(policy.may_run)
def person(session_id: UUID, person_id: UUID) -> ResponseReturnValue:
    """All that was recorded of a person, corrections and what they correct."""
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        everybody = people.of(session, teaching, withdrawn=True)
        who = next((one for one in everybody if one.member.person_id == person_id and not one.member.staff), None)
        if who is None:
            raise NotThere(phrase("No trainee of this session is meant. Choose one from the list."))
        here = shown(session, teaching) | {"who": who, "names": {one.member.person_id: one.name for one in everybody}}
    return render_template("hosting_attendance/person.html", **here)


def _code(teaching: TeachingSession, here: dict[str, Any]) -> dict[str, Any]:
    now = clock()
    times = here["found"].now(now)
    if times is None:
        return {"code": None, "times": None}
    code = codes.shown(codes.Place(key_of(teaching.id), times.half.day, times.half.half), now)
    site = reach.best(sites())
    address = f"{site}{url_for('.here', session_id=teaching.id)}"
    trainees = [one.person_id for one in teaching.members if one.active and not one.staff]
    states = [here["found"].of(one, times).status for one in trainees]
    row = here["found"].check_ins.get((times.half.day, times.half.half))
    return {
        "code": code,
        "times": times,
        "square": square(f"{site}{url_for('.here', session_id=teaching.id, k=code.long)}"),
        "arrived": sum(one in {"present", "late", "waiting"} for one in states),
        "all": len(states),
        "check_in": row,
        "address": address,
        "only_here": reach.loopback(site),
    }


def _grid(session_id: UUID, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        here = shown(session, teaching) | _rows(session, teaching)
        here["base"] = records.last(session, teaching)
        here["chosen"] = records.chosen(session, teaching)
        times = here["times"]
        here["signs"] = check_in.signs(here["found"], times, teaching) if times else []
        here["check_in"] = here["found"].check_ins.get((times.half.day, times.half.half)) if times else None
    here["overtaken"] = bad.people if isinstance(bad, grid.Overtaken) else frozenset()
    here |= {"bad": bad, "faults": faults(bad), "given": request.form if bad else {}}
    if bad is not None and request.form.get("request_key"):
        here["request_key"] = request.form["request_key"]
    return render_template("hosting_attendance/attendance.html", **here), status(bad)


def _rows(session: Session, teaching: TeachingSession) -> dict[str, Any]:
    trainees = [one for one in people.of(session, teaching, withdrawn=True) if not one.member.staff]
    names = {one.member.person_id: one.name for one in people.of(session, teaching, withdrawn=True)}
    return {"trainees": trainees, "names": names, "remark_of": grid.remark_of}
