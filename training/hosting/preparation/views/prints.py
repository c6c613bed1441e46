"""Sheets of paper: how to join, who sits where with what, the run sheet of a half-day, handouts of a slot."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.credentials import reach
from training.credentials.square import square
from training.credentials.views.blueprint import sites, speak
from training.errors import NotThere
from training.hosting import policy, shown
from training.hosting.models import TeachingSession
from training.hosting.preparation import handouts
from training.hosting.preparation.service import sheets, variants, works
from training.hosting.preparation.views.blueprint import PLACE, bp
from training.hosting.service import looks, people, releases, slots, timetable
from training.hosting.service import works as titles
from training.hosting.steps import ROSTER
from training.sentence import phrase
from training.web.guard import guarded, load
from training.web.rooms import clock, rooms, store


@bp.get(f"{PLACE}/join-sheet")
@guarded(policy.may_run)
def join_sheet(session_id: UUID) -> ResponseReturnValue:
    """The address of the server and the join code, for the wall and for each table."""
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        here = _headed(session, teaching) | {"code": _code(session, teaching)}
    site = _site()
    door = f"{site}/join" if ROSTER in current_app.view_functions else f"{site}/"
    target = f"{door}/{here['code'].replace(' ', '-')}" if here["code"] else door
    here |= {"site": site, "door": door, "target": target, "square": square(target), "sites": sites()}
    here["only_here"] = reach.loopback(site)
    return _printed("join.html", teaching, here)


@bp.get(f"{PLACE}/seats")
@guarded(policy.may_run)
def seat_plan(session_id: UUID) -> ResponseReturnValue:
    """The room with names and variants. For the staff alone."""
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        plan = variants.plan_of(session, teaching)
        found = works.of(session, rooms().settings.instance, teaching)
        seated = {one.member.seat: one for one in variants.trainees(session, teaching) if one.member.seat}
        here = _headed(session, teaching) | {"plan": plan, "seated": seated}
        here["shared"] = variants.shared(session, teaching, found, plan)
    return _printed("seats.html", teaching, here)


@bp.get(f"{PLACE}/run-sheet/<int(max=999):number>")
@guarded(policy.may_run)
def run_sheet(session_id: UUID, number: int) -> ResponseReturnValue:
    """One page for a half-day: planned and real time, what, who, what to ask, plan B."""
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        here = _headed(session, teaching) | _half(session, teaching, number)
    here |= {"minutes": handouts.MINUTES, "hints": handouts.HINTS, "kinds": shown.KINDS}
    return _printed("run.html", teaching, here)


@bp.get(f"{PLACE}/handout/<uuid:part_id>")
@guarded(policy.may_run)
def handout(session_id: UUID, part_id: UUID) -> ResponseReturnValue:
    """What trainees get on paper for a slot: briefing, papers, the law of the host, a custody form."""
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        part = slots.get(session, teaching, part_id)
        made = sheets.of(session, rooms().settings.instance, teaching, part)
        here = _headed(session, teaching) | {"part": part, "handout": made, "columns": handouts.CUSTODY}
    here["starts"] = timetable.local(teaching, part.starts_at)
    return _printed("handout.html", teaching, here)


def _code(session: Session, teaching: TeachingSession) -> str:
    """The join code that stands, where there is a roster room; empty for none."""
    if ROSTER not in current_app.view_functions:
        return ""
    from training.hosting.roster.service import codes  # noqa: PLC0415 - where the room is not open, neither are its tables

    standing = codes.current(session, teaching)
    return standing.code if standing else ""


def _headed(session: Session, teaching: TeachingSession) -> dict[str, Any]:
    """What stands at the head of each sheet."""
    host = accounts.organisations(session, [teaching.organisation_id])[0]
    return {"host": host, "look": looks.get(session, host.id)}


def _half(session: Session, teaching: TeachingSession, number: int) -> dict[str, Any]:
    listed = timetable.parts(session, teaching)
    half = next((one for one in timetable.half_days(teaching, listed) if one.number == number), None)
    if half is None:
        raise NotThere(phrase("The session has no half-day of this number."))
    mine = [one for one in listed if (one.day, one.half) == (half.day, half.half)]
    instance = rooms().settings.instance
    called = titles.titles(session, instance, teaching.language)
    missing = releases.missing(session, listed)
    steps = {one.id: one for part in mine for one in sheets.labs_of(session, instance, teaching, part)}
    staff = {one.member.person_id: one.name for one in people.of(session, teaching) if one.member.staff}
    rows = [shown.row(teaching, one, called, missing) for one in mine]
    begins = timetable.local(teaching, half.starts_at)
    return {"half": half, "rows": rows, "staff": staff, "labs": list(steps.values()), "begins": begins}


def _site() -> str:
    """The address that was chosen for the sheet, else the likeliest."""
    listed, typed = sites(), request.args.get("at", "")
    return typed if typed in listed else reach.best(listed)


def _printed(template: str, teaching: TeachingSession, here: Mapping[str, Any]) -> ResponseReturnValue:
    """A sheet in the language of what the session prints, whatever its reader has chosen for pages."""
    speak(teaching.language)
    at = timetable.local(teaching, clock())
    return render_template(f"hosting_preparation/{template}", teaching=teaching, at=at, local=timetable.local, **here)
