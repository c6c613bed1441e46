"""The timetable of a session as its staff edits it: slots added, moved, exchanged, dropped."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.errors import Conflict, DomainError, Refused
from training.hosting import forms, policy, shown
from training.hosting import plan as plans
from training.hosting.models import Part, TeachingSession
from training.hosting.service import people, releases, slots, timetable, works
from training.hosting.views.blueprint import PLACE, bp, faults, status
from training.web.guard import guarded, load
from training.web.language import reading_language, spoken
from training.web.rooms import actor, clock, rooms, store


@bp.get(f"{PLACE}/timetable", endpoint="timetable")
@guarded(policy.may_run)
def table(session_id: UUID) -> ResponseReturnValue:
    """All slots by day; the form for a new one, or for the one that is asked for."""
    return _page(session_id)


@bp.post(f"{PLACE}/timetable")
@guarded(policy.may_run)
def add_part(session_id: UUID) -> ResponseReturnValue:
    """Add a slot."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            slots.add(session, actor(), teaching, forms.slot(request.form), clock())
    except (Refused, Conflict) as bad:
        return _page(session_id, request.form, bad)
    return redirect(url_for(".timetable", session_id=session_id), 303)


@bp.get(f"{PLACE}/timetable/<uuid:part_id>")
@guarded(policy.may_run)
def part(session_id: UUID, part_id: UUID) -> ResponseReturnValue:
    """The form for one slot."""
    return _page(session_id, part_id=part_id)


@bp.post(f"{PLACE}/timetable/<uuid:part_id>")
@guarded(policy.may_run)
def change_part(session_id: UUID, part_id: UUID) -> ResponseReturnValue:
    """Move a slot, or change what it is."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            found = slots.get(session, teaching, part_id)
            slots.change(session, actor(), teaching, found, forms.slot(request.form), clock())
    except (Refused, Conflict) as bad:
        return _page(session_id, request.form, bad, part_id)
    return redirect(url_for(".timetable", session_id=session_id, _anchor=f"p{part_id}"), 303)


@bp.post(f"{PLACE}/timetable/<uuid:part_id>/drop")
@guarded(policy.may_run)
def drop_part(session_id: UUID, part_id: UUID) -> ResponseReturnValue:
    """Take a slot out of the timetable."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            found = slots.get(session, teaching, part_id)
            slots.drop(session, actor(), teaching, found, clock())
    except (Refused, Conflict) as bad:
        return _page(session_id, None, bad, part_id)
    return redirect(url_for(".timetable", session_id=session_id), 303)


@bp.post(f"{PLACE}/timetable/leave-out")
@guarded(policy.may_run)
def leave_out(session_id: UUID) -> ResponseReturnValue:
    """Let slots work without what is not installed here."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            slots.leave_out(session, actor(), teaching, clock())
    except (Refused, Conflict) as bad:
        return _page(session_id, None, bad)
    return redirect(url_for(".timetable", session_id=session_id), 303)


def _page(
    session_id: UUID,
    given: forms.Fields | None = None,
    bad: DomainError | None = None,
    part_id: UUID | None = None,
) -> ResponseReturnValue:
    instance = rooms().settings.instance
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        asked = slots.get(session, teaching, part_id) if part_id else None
        listed = timetable.parts(session, teaching)
        missing = releases.missing(session, listed)
        titles = works.titles(session, instance, reading_language())
        choices = works.choices(session, instance, reading_language())
        staff = [one for one in people.of(session, teaching) if one.member.staff]
    here: dict[str, Any] = {
        "teaching": teaching,
        "asked": asked,
        "choices": choices,
        "staff": staff,
        "kinds": shown.KINDS,
    }
    here |= {"given": given or _fields(teaching, asked), "rules": plans.rules_of(teaching.rules), "missing": missing}
    here |= {"called": [plans.called(teaching.plan, name) for _, name in missing], "bad": bad}
    here["days"] = shown.days(teaching, listed, titles, missing, clock())
    return render_template("hosting/timetable.html", faults=faults(bad), **here), status(bad)


def _fields(teaching: TeachingSession, part: Part | None) -> forms.Fields:
    """What the form shows: the slot that is asked for, or what the address says of a new one."""
    if part is None:
        return forms.Fields({"day": "1", "minutes": "30", "kind": "L", **request.args.to_dict()})
    slot = slots.slot_of(teaching, part)
    texts = {"day": str(slot.day), "at": f"{slot.at:%H:%M}", "minutes": str(slot.minutes), "kind": slot.kind}
    shown_fields = forms.Fields(
        {**texts, "title": str(spoken(slot.title)), "exam": slot.exam, "lead": str(slot.lead or "")}
    )
    shown_fields.setlist("refs", list(slot.refs))
    return shown_fields
