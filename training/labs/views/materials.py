"""What was handed over with an exhibit beside its record: one page for each material, line by line."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.errors import Refused
from training.labs import forms, picked, policy
from training.labs.material import Line, Material
from training.labs.models import Attempt, Citation
from training.labs.picked import Picked
from training.labs.service import attempts, findings, materials, notebook
from training.labs.service.attempts import Case
from training.labs.spot import LONGEST, number
from training.labs.views import beside
from training.labs.views.blueprint import bp
from training.labs.views.here import case_of, spot_of, tick
from training.sentence import phrase
from training.web.guard import guarded, load
from training.web.rooms import clock, rooms, store

PAGE = 100
"""Lines on a page of a material."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of a material: its lines, their citations by number, the line that is pointed at."""

    material: Material
    page: int
    pages: int
    lines: tuple[Line, ...]
    cited: dict[int, Citation]
    open: Line | None


@bp.get("/attempts/<uuid:attempt_id>/materials/<name>")
@guarded(policy.may_work)
def material(attempt_id: UUID, name: str) -> ResponseReturnValue:
    """A material that was handed over, each line of which can be cited, or a field of it."""
    with store().reading() as session:
        case = case_of(session, load(session, Attempt, attempt_id))
        sheet = _sheet(session, case, materials.get(case, name))
        there = _picked(session, case, sheet)
    question = spot_of().question
    start = url_for("labs.workbench", attempt_id=attempt_id, question=question or None)
    up = beside.up(attempt_id) if beside.carried() else start
    here = {"case": case, "sheet": sheet, "up": up, "closed": case.over(clock()), "question": question}
    return render_template("labs/material.html", **here, **_strip(attempt_id, sheet, there))


def _picked(session: Session, case: Case, sheet: Sheet) -> Picked | None:
    """What is pointed at: a field of the line that is open, or that line where it has none."""
    name = request.args.get("field", "")
    if sheet.open is None or bool(sheet.open.fields) != (name in sheet.open.fields):
        return None
    handed, material = materials.of(case), sheet.material.name
    place = notebook.look_line(handed, material, sheet.open.number, name)
    every = [one for one in notebook.every(session, case.attempt) if one.dropped_at is None]
    kept = notebook.places(session, [one for one in every if one.material == material], rooms().shown, handed)
    asked, stopped = findings.progress_of_all(session, case, clock()), attempts.stopped(case, clock())
    over = case.over(clock()) or bool(stopped)
    return picked.of(place, f"{material}:{sheet.open.number}", kept, asked, closed=over)


def _strip(attempt_id: UUID, sheet: Sheet, there: Picked | None) -> dict[str, Any]:
    """What the strip of a line needs beside it: its buttons act on the workbench, whose form is not here."""
    at = partial(url_for, ".material", attempt_id=attempt_id, name=sheet.material.name)
    question = spot_of().question or None
    line = sheet.open.number if sheet.open else None
    return {
        "picked": there,
        "form": "cites",
        "act_at": url_for(".check", attempt_id=attempt_id, question=question),
        "spot": spot_of(),
        "field": request.args.get("field", ""),
        "cell_link": lambda name: at(line=line, field=name, question=question, _anchor="strip"),
        "unpicked": at(page=sheet.page if sheet.page > 1 else None, question=question),
        "permanent": "",
        "narrowed": (),
    }


@bp.post("/attempts/<uuid:attempt_id>/materials/<name>")
@guarded(policy.may_work)
def cite_material(attempt_id: UUID, name: str) -> ResponseReturnValue:
    """Hold on to a line of a material, or to a field of it, and tick it for the question that is worked on."""
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        line, column = _place(request.form.get("place", ""))
        one, handed = materials.get(case, name), materials.of(case)
        made = notebook.cite_line(session, case, line, handed, clock(), material=one.name, column=column)
        tick(session, case, (made.number,))
    page, question = -(-line // PAGE) if line > PAGE else None, spot_of().question or None
    back = url_for(".material", attempt_id=attempt_id, name=name, page=page, question=question, _anchor=f"line-{line}")
    return redirect(back, 303)


def _place(text: str) -> tuple[int, str]:
    """What a cite button names: '7' is line 7, '7:source' its field source."""
    if (found := forms.spotted(text)) and found.run is None:  # as the strip of a field names it
        return found.row, found.column
    line, _, column = text.partition(":")
    if not number(line):
        raise Refused(phrase("The line to cite is missing. Use a button of the page."), field="place")
    return number(line), column[:LONGEST]


def _sheet(session: Session, case: Case, one: Material) -> Sheet:
    pages = max(1, -(-len(one.lines) // PAGE))
    wanted = one.line(number(request.args.get("line", "")))
    asked = -(-wanted.number // PAGE) if wanted else number(request.args.get("page", "1")) or 1
    page = min(asked, pages)
    made = notebook.every(session, case.attempt)
    cited = {each.line or 0: each for each in made if each.material == one.name and each.dropped_at is None}
    lines = one.lines[(page - 1) * PAGE : page * PAGE]
    return Sheet(one, page, pages, lines, cited, wanted)
