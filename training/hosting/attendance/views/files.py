"""Attendance as a file, and the way back: first what would change, then the changes."""

from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.errors import Conflict, DomainError, Refused
from training.hosting import policy
from training.hosting.attendance import forms
from training.hosting.attendance.service import files
from training.hosting.attendance.views.blueprint import PLACE, bp, faults, of_staff, shown, status
from training.hosting.models import TeachingSession
from training.sentence import counted
from training.web.guard import guarded, load
from training.web.language import spoken
from training.web.rooms import actor, clock, store


@bp.get(f"{PLACE}/attendance.csv")
@guarded(policy.may_run)
def exported(session_id: UUID) -> ResponseReturnValue:
    """All half-days of all trainees as CSV."""
    with store().reading() as session:
        text = files.as_csv(session, load(session, TeachingSession, session_id))
    answer = Response(text, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="attendance-{session_id}.csv"'
    return answer


@bp.get(f"{PLACE}/file", endpoint="file")
@guarded(policy.may_run)
def asked(session_id: UUID) -> ResponseReturnValue:
    """Where a file is handed in."""
    return _page(session_id, "")


@bp.post(f"{PLACE}/file")
@guarded(policy.may_run)
def compare(session_id: UUID) -> ResponseReturnValue:
    """Show what a file would change."""
    text = ""
    try:
        with store().reading() as session:
            teaching = load(session, TeachingSession, session_id)
            text = forms.text(request.form, request.files.get("file"))
            compared = files.compare(session, teaching, text)
    except (Refused, Conflict) as bad:
        return _page(session_id, text, bad)
    return _page(session_id, text, compared=compared)


@bp.post(f"{PLACE}/file/take")
@guarded(policy.may_run)
def take(session_id: UUID) -> ResponseReturnValue:
    """Make the changes that were shown."""
    text = request.form.get("text", "")
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            origin = of_staff("csv", forms.request_key(request.form))
            count = files.take(session, actor(), teaching, text, forms.base(request.form), origin, clock())
    except (Refused, Conflict) as bad:
        return _page(session_id, text, bad)
    flash(str(spoken(counted("%(num)s record was kept.", "%(num)s records were kept.", count))), "ok")
    return redirect(url_for(".attendance", session_id=session_id), 303)


def _page(
    session_id: UUID, text: str, bad: DomainError | None = None, compared: files.Compared | None = None
) -> ResponseReturnValue:
    with store().reading() as session:
        here = shown(session, load(session, TeachingSession, session_id))
    here |= {"text": text, "bad": bad, "faults": faults(bad), "compared": compared}
    return render_template("hosting_attendance/file.html", **here), status(bad)
