"""One session: what is now and next, its timetable, the steps of its staff; change, open, close."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.credentials import critical, resits
from training.credentials import service as certificates
from training.credentials.overview import overview
from training.errors import Conflict, DomainError, NotThere, Refused
from training.hosting import forms, policy, ruling, shown, steps
from training.hosting.board.service import closing
from training.hosting.feedback import service as feedback
from training.hosting.feedback.questions import NAMES
from training.hosting.models import Part, TeachingSession
from training.hosting.preparation.service import variants, warming
from training.hosting.preparation.service import works as prepared
from training.hosting.service import people, releases, rules, sessions, timetable, works
from training.hosting.views.blueprint import PLACE, bp, faults, status
from training.sentence import LANGUAGES
from training.web.guard import guarded, load
from training.web.language import reading_language
from training.web.rooms import actor, clock, rooms, store


@bp.get(PLACE, endpoint="session")
@guarded(policy.may_see)
def show(session_id: UUID) -> ResponseReturnValue:
    """A session for whoever is in it; for its staff also what is done and what is next."""
    return _page(session_id)


@bp.get(f"{PLACE}/edit")
@guarded(policy.may_run)
def edit(session_id: UUID) -> ResponseReturnValue:
    """The form for what is set."""
    return _edit(session_id)


@bp.post(f"{PLACE}/edit")
@guarded(policy.may_run)
def change(session_id: UUID) -> ResponseReturnValue:
    """Change what is set."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            check = partial(sessions.sound, now=clock(), before=teaching)
            wish = forms.wish(request.form, check, teaching)
            sessions.change(session, actor(), teaching, wish, clock())
    except (Refused, Conflict) as bad:
        return _edit(session_id, request.form, bad)
    return redirect(url_for(".session", session_id=session_id), 303)


@bp.post(f"{PLACE}/open")
@guarded(policy.may_run)
def open_up(session_id: UUID) -> ResponseReturnValue:
    """Open the session; the second who presses is told who was first."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            sessions.open_up(session, actor(), teaching, clock(), without_lab=request.form.get(sessions.BARE) == "1")
    except (Refused, Conflict) as bad:
        return _page(session_id, bad)
    return redirect(url_for(".session", session_id=session_id), 303)


@bp.post(f"{PLACE}/close")
@guarded(policy.may_run)
def close(session_id: UUID) -> ResponseReturnValue:
    """Close the session; the second who presses is told who was first."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            forms.sure(request.form)
            closing.close(session, actor(), teaching, clock())
    except (Refused, Conflict) as bad:
        return _page(session_id, bad)
    return redirect(url_for(".session", session_id=session_id), 303)


@bp.post(f"{PLACE}/releases")
@guarded(policy.may_run)
def upgrade(session_id: UUID) -> ResponseReturnValue:
    """Work with the release of a course or lab that is offered now."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            releases.upgrade(session, actor(), teaching, *forms.work(request.form), clock())
    except (NotThere, Conflict) as bad:
        return _page(session_id, bad)
    return redirect(url_for(".session", session_id=session_id, _anchor="releases"), 303)


def _page(session_id: UUID, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        here = _seen(session, teaching) | {"teaching": teaching, "runs": policy.may_run(actor(), teaching)}
        asked = teaching if here["mine"] and not here["mine"].staff else None
        here["surveys"] = feedback.waiting(session, asked, actor().id or forms.NOWHERE, clock()) if asked else []
        here["surveyed"] = NAMES
        here["resits"] = resits.to_come(session, teaching, actor().id or forms.NOWHERE, clock())
        here["examined"] = critical.told(session, teaching, actor().id if asked else None, clock())
        here["appealed"] = critical.waiting(session, teaching) if here["runs"] else 0
        here["host"] = accounts.organisations(session, [teaching.organisation_id])[0]
        if here["runs"]:
            here["bare"] = timetable.bare(here["slots"], here["missing"])
            here["held"] = releases.of(session, teaching)
            known, ready = current_app.view_functions.keys(), _ready(session, teaching, here["slots"])
            issued = _issued(session, teaching)
            here["steps"] = steps.of(teaching, here["slots"], here["missing"], known, clock(), ready, issued=issued)
            here["next"] = steps.next_of(here["steps"])
    return render_template("hosting/session.html", bad=bad, **here), status(bad)


def _issued(session: Session, teaching: TeachingSession) -> bool:
    """Whether certificates were given out, and nobody waits for one."""
    return bool(certificates.of_session(session, teaching.id)) and not overview(session, teaching).waiting


def _ready(session: Session, teaching: TeachingSession, parts: Sequence[Part]) -> steps.Ready | None:
    """How far the runs and variants of the slots still ahead are; None for a session that isn't open."""
    if teaching.opened_at is None or teaching.closed_at is not None:
        return None
    named = {name for kind, name in releases.named(steps.ahead(parts, clock())) if kind == "lab"}
    found = [one for one in prepared.of(session, rooms().settings.instance, teaching) if one.name in named]
    warmth = warming.warmth(session, warming.wanted(found))
    trainees = len(variants.trainees(session, teaching))
    set_now = [one for one in found if one.assignment is not None]
    shared = variants.shared(session, teaching, set_now, variants.plan_of(session, teaching))
    unseated = sum(trainees - one.people for one in shared)  # they get theirs when they have a seat
    return steps.Ready(
        warm=warmth.there,
        asked=warmth.coming + len(warmth.ended),
        runs=warmth.all,
        kept=sum(one.kept for one in shared),
        variants=sum(len(one.held) for one in shared) + unseated,
    )


def _seen(session: Session, teaching: TeachingSession) -> dict[str, Any]:
    """What everybody in a session sees: days, what is now and next, who teaches."""
    slots = timetable.parts(session, teaching)
    missing = releases.missing(session, slots)
    titles = works.titles(session, rooms().settings.instance, reading_language())
    now = timetable.now(slots, clock())
    rows = [shown.row(teaching, one, titles, missing) if one else None for one in (now.current, now.following)]
    staff = [one for one in people.of(session, teaching) if one.member.staff]
    here = {"slots": slots, "missing": missing, "now": rows[0], "following": rows[1], "staff": staff}
    here |= {"days": shown.days(teaching, slots, titles, missing, clock()), "kinds": shown.KINDS}
    names = {one.member.person_id: one.name for one in staff}
    halves = len(timetable.half_days(teaching, slots))
    here |= {"exams": {one.name: one.title for one in ruling.of(teaching).rules.examinations}}
    here |= {"needed": ruling.needed(ruling.of(teaching), halves), "changed": rules.changes(session, teaching)}
    return here | {
        "states": shown.STATES,
        "roles": shown.ROLES,
        "names": names,
        "mine": policy.membership(actor(), teaching),
        "local": lambda moment: f"{timetable.local(teaching, moment):%Y-%m-%d %H:%M}",
    }


def _edit(session_id: UUID, given: forms.Fields | None = None, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        shown_fields = given or forms.fields_of(sessions.wish_of(teaching))
    here = {"teaching": teaching, "given": shown_fields, "zones": sessions.zones(), "languages": LANGUAGES}
    return render_template("hosting/edit.html", faults=faults(bad), **here), status(bad)
