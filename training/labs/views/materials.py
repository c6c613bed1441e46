"""What was handed over with an exhibit beside its record: one page for each material, line by line."""

from dataclasses import dataclass
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.errors import Refused
from training.labs import policy
from training.labs.material import Line, Material
from training.labs.models import Attempt, Citation
from training.labs.service import materials, notebook
from training.labs.service.attempts import Case
from training.labs.spot import LONGEST, number
from training.labs.views.blueprint import bp
from training.labs.views.here import case_of, keep, spot_of
from training.sentence import phrase
from training.web.guard import guarded, load
from training.web.rooms import clock, store

PAGE = 100
"""Lines on a page of a material."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of a material: its lines, their citations by number, the line whose fields are laid out."""

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
    question = spot_of().question
    up = url_for("labs.workbench", attempt_id=attempt_id, question=question or None)
    closed = case.over(clock())
    return render_template("labs/material.html", case=case, sheet=sheet, up=up, closed=closed, question=question)


@bp.post("/attempts/<uuid:attempt_id>/materials/<name>")
@guarded(policy.may_work)
def cite_material(attempt_id: UUID, name: str) -> ResponseReturnValue:
    """Hold on to a line of a material, or to a field of it, and tick it for the question that is worked on."""
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        line, column = _place(request.form.get("place", ""))
        one, handed = materials.get(case, name), materials.of(case)
        made = notebook.cite_line(session, case, line, handed, clock(), material=one.name, column=column)
        keep(session, case, more=(made.number,))
    page, question = -(-line // PAGE) if line > PAGE else None, spot_of().question or None
    back = url_for(".material", attempt_id=attempt_id, name=name, page=page, question=question, _anchor=f"line-{line}")
    return redirect(back, 303)


def _place(text: str) -> tuple[int, str]:
    """What a cite button names: '7' is line 7, '7:source' its field source."""
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
    return Sheet(one, page, pages, lines, cited, wanted if wanted and wanted.fields else None)
