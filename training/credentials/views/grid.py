"""All results of one sitting at once: the grid, what grading offers, and files for spreadsheets."""

from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from sqlalchemy.orm import Session

from training.credentials import forms, graded, grid, policy, sheetfile
from training.credentials.graded import Graded
from training.credentials.grid import Sheet
from training.credentials.sheetfile import Compared
from training.credentials.views.blueprint import bp
from training.errors import Conflict, DomainError, NotThere, Refused
from training.hosting.models import TeachingSession
from training.hosting.service import timetable
from training.hosting.views import blueprint as hosting
from training.sentence import phrase
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, rooms, store

SHEET = "/sessions/<uuid:session_id>/certificates/examinations/<examination>/<int:sitting>"
CELLS = 160
"""Cells of a grid on one page: more would be too much for a slow network."""


@bp.get(SHEET, endpoint="sheet")
@guarded(policy.may_confirm)
def show(session_id: UUID, examination: str, sitting: int) -> ResponseReturnValue:
    """People by pieces, with what is recorded and what is graded."""
    return _page(session_id, examination, sitting)


@bp.post(SHEET)
@guarded(policy.may_confirm)
def fill(session_id: UUID, examination: str, sitting: int) -> ResponseReturnValue:
    """Record what was typed: all of it, or nothing."""
    try:
        with store().writing() as session:
            it = _sheet(session, session_id, examination, sitting, lock=True)
            entries = grid.touched(session, it, forms.typed(request.form, it))
            count = grid.keep(session, actor(), it, entries, clock(), forms.called)
            if not count:
                raise Refused(phrase("Nothing differs from what is recorded."))
    except NotThere:
        raise
    except DomainError as bad:
        return _page(session_id, examination, sitting, bad, typed=True)
    return _done(session_id, examination, sitting, count)


@bp.post(f"{SHEET}/graded")
@guarded(policy.may_confirm)
def take_over(session_id: UUID, examination: str, sitting: int) -> ResponseReturnValue:
    """Record what is graded: of all who have nothing there, and of those that were chosen."""
    try:
        with store().writing() as session:
            it = _sheet(session, session_id, examination, sitting, lock=True)
            found = graded.offered(session, rooms().settings.instance, it, clock())
            if request.form.get("seen") != graded.digest(found):
                raise Conflict(phrase("The results have changed since you looked. Look at them again."))
            count = graded.take(session, actor(), it, found, set(request.form.getlist("also")), clock())
    except NotThere:
        raise
    except DomainError as bad:
        return _page(session_id, examination, sitting, bad)
    return _done(session_id, examination, sitting, count)


@bp.get(f"{SHEET}/results.csv")
@guarded(policy.may_confirm)
def sheet_file(session_id: UUID, examination: str, sitting: int) -> ResponseReturnValue:
    """The grid as a file, to be filled in elsewhere."""
    with store().reading() as session:
        text = sheetfile.as_csv(_sheet(session, session_id, examination, sitting))
    answer = Response(text, content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=f"examination-{examination}-{sitting}.csv")
    return answer


@bp.get(f"{SHEET}/file")
@guarded(policy.may_confirm)
def file_form(session_id: UUID, examination: str, sitting: int) -> ResponseReturnValue:
    """Where a file is handed in."""
    return _file(session_id, examination, sitting, "")


@bp.post(f"{SHEET}/file")
@guarded(policy.may_confirm)
def compare_file(session_id: UUID, examination: str, sitting: int) -> ResponseReturnValue:
    """Show what a file would change, and all that is wrong with it."""
    text = request.form.get("text", "")
    try:
        with store().reading() as session:
            it = _sheet(session, session_id, examination, sitting)
            file = request.files.get("file")
            if file is not None and file.filename:
                text = sheetfile.text_of(file.stream.read(sheetfile.LARGEST + 1))
            compared = sheetfile.compare(it, text, clock())
    except NotThere:
        raise
    except DomainError as bad:
        return _file(session_id, examination, sitting, text, bad)
    return _file(session_id, examination, sitting, text, compared=compared)


@bp.post(f"{SHEET}/file/take")
@guarded(policy.may_confirm)
def take_file(session_id: UUID, examination: str, sitting: int) -> ResponseReturnValue:
    """Record the changes that were shown: all of them, or nothing."""
    text = request.form.get("text", "")
    try:
        with store().writing() as session:
            it = _sheet(session, session_id, examination, sitting, lock=True)
            compared = sheetfile.compare(it, text, clock())
            if compared.mistakes or request.form.get("seen") != it.digest:
                raise Conflict(phrase("The results have changed since you looked. Look at them again."))
            count = grid.keep(session, actor(), it, sheetfile.entries(compared), clock(), forms.called)
    except NotThere:
        raise
    except DomainError as bad:
        return _file(session_id, examination, sitting, text, bad)
    return _done(session_id, examination, sitting, count)


def _done(session_id: UUID, examination: str, sitting: int, count: int) -> ResponseReturnValue:
    flash(ngettext("%(num)s result was recorded.", "%(num)s results were recorded.", count), "ok")
    page = request.args.get("page", 1, type=int)
    where = f"?page={page}" if page > 1 else ""
    return redirect(url_for(".sheet", session_id=session_id, examination=examination, sitting=sitting) + where, 303)


def _sheet(session: Session, session_id: UUID, examination: str, sitting: int, *, lock: bool = False) -> Sheet:
    teaching = load(session, TeachingSession, session_id, lock=lock)
    return grid.sheet(session, actor(), teaching, examination, sitting, clock())


def _page(
    session_id: UUID, examination: str, sitting: int, bad: DomainError | None = None, *, typed: bool = False
) -> ResponseReturnValue:
    with store().reading() as session:
        it = _sheet(session, session_id, examination, sitting)
        found = graded.offered(session, rooms().settings.instance, it, clock())
        entries = grid.touched(session, it, forms.typed(request.form, it)) if typed else []
    most = max(8, CELLS // (len(it.examination.pieces) + 1))
    last = max(1, -(-len(it.rows) // most))
    page = min(max(request.args.get("page", 1, type=int), 1), last)
    rows = it.rows[(page - 1) * most : page * most]
    here = _shared(it) | {"rows": rows, "page": page, "last": last, "bad": bad, "faults": hosting.faults(bad)}
    here |= _offered(found, {one.person_id for one in rows})
    here["typed"] = {forms.called(one.person_id, name): cell for one in entries for name, cell in one.cells.items()}
    return render_template("credentials/sheet.html", **here), hosting.status(bad)


def _offered(found: list[Graded], here: set[UUID]) -> dict[str, Any]:
    """What is graded: of whom on this page something can be done or said, and the counts of all pages."""
    states = [one.state for one in found]
    return {
        "graded": [one for one in found if one.row.person_id in here and one.state != graded.SAME],
        "new": states.count(graded.NEW),
        "same": states.count(graded.SAME),
        "other": states.count(graded.OTHER),
        "seen": graded.digest(found),
        "offers": bool(found),
    }


def _file(
    session_id: UUID,
    examination: str,
    sitting: int,
    text: str,
    bad: DomainError | None = None,
    compared: Compared | None = None,
) -> ResponseReturnValue:
    with store().reading() as session:
        here = _shared(_sheet(session, session_id, examination, sitting))
    here |= {"text": text[: sheetfile.LARGEST], "bad": bad, "compared": compared, "most": sheetfile.LARGEST // 1000}
    status = 422 if compared and compared.mistakes else hosting.status(bad)
    return render_template("credentials/file.html", **here), status


def _shared(it: Sheet) -> dict[str, Any]:
    return {
        "it": it,
        "teaching": it.teaching,
        "columns": grid.columns(it.examination),
        "called": forms.called,
        "here": {"session_id": it.teaching.id, "examination": it.examination.name, "sitting": it.sitting},
        "local": lambda moment: f"{timetable.local(it.teaching, moment):%Y-%m-%d %H:%M}",
    }
