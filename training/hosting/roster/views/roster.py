"""The roster of a session: who is in it and how they come in, lists to send, the join code, slips."""

from typing import Any
from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from training.errors import DomainError
from training.hosting import policy, shown
from training.hosting.models import TeachingSession
from training.hosting.roster import forms
from training.hosting.roster.models import RosterNote
from training.hosting.roster.reading.encoding import LARGEST
from training.hosting.roster.service import codes, export, imports, slips
from training.hosting.roster.views.blueprint import PLACE, bp, faults, status
from training.hosting.service import people
from training.web.address import outside
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, store


@bp.get(PLACE, endpoint="roster")
@guarded(policy.may_run)
def show(session_id: UUID) -> ResponseReturnValue:
    """Everybody in the session, and what can be done for all of them."""
    return page(session_id)


@bp.post(PLACE)
@guarded(policy.may_run)
def send(session_id: UUID) -> ResponseReturnValue:
    """Take a list, and go to what it would do."""
    data, name = forms.sent(request.form, request.files)
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            kept = imports.keep(session, actor(), teaching, data, name, clock())
    except DomainError as bad:
        return page(session_id, bad, request.form)
    return redirect(url_for(".dry_run", session_id=session_id, import_id=kept.id), 303)


@bp.get(f"{PLACE}/file")
@guarded(policy.may_run)
def file(session_id: UUID) -> ResponseReturnValue:
    """The people of the session as CSV, or with ?example=1 a list to fill in."""
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        table = export.as_csv(session, teaching)
    if request.args.get("example"):
        table = export.table([export.HEAD, export.EXAMPLE])
    answer = Response(table, content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=export.file_name(clock()))
    return answer


def page(session_id: UUID, bad: DomainError | None = None, given: forms.Fields | None = None) -> ResponseReturnValue:
    """The page, with what was typed and what is wrong with it."""
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        listed = people.of(session, teaching)
        notes = session.execute(select(RosterNote.person_id, RosterNote.note).filter_by(session_id=teaching.id))
        here: dict[str, Any] = {"notes": {who: said for who, said in notes}}  # noqa: C416 - a row is no pair to the type checker
        here |= {"sent": imports.of(session, teaching), "code": codes.current(session, teaching)}
        here |= {"bare": slips.without_password(session, teaching), "slips": slips.standing(session, teaching, clock())}
        here |= {"reachable": slips.reachable(session, actor(), teaching, clock())}
    here["times"] = forms.fields_of(here["code"], teaching) if here["code"] else {}
    typed = given if given is not None else forms.fields_of(here["code"] or codes.usual(teaching, clock()), teaching)
    here |= {"teaching": teaching, "listed": listed, "given": typed, "bad": bad, "now": clock(), "seed": slips.seed()}
    here |= {"roles": shown.ROLES, "limit": LARGEST // 1024, "sizes": slips.PER_PAGE}
    here["join_page"] = outside("hosting_roster.join")
    return render_template("roster/roster.html", faults=faults(bad), **here), status(bad)
