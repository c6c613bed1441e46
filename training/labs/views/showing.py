"""The workbench as a page, and the parts of it that a script puts in place: both are made of the same templates."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.analysis import cards as plugin_cards
from training.analysis.cards import Question as Wanted
from training.analysis.command import LONGEST_WITH_RULES as LONGEST
from training.analysis.results import MOST_FILTERS, Filter
from training.analysis.views import views_of
from training.grading.question import Question
from training.grading.values.reading import kind_of
from training.labs import bench, forms, picked
from training.labs.bench import Bench
from training.labs.models import Attempt, Citation
from training.labs.picked import Picked
from training.labs.service.findings import Progress, asked_of_second, borne, second_of, sources_of
from training.labs.spot import LONGEST as LONGEST_FILTER
from training.labs.spot import Spot
from training.labs.spot import number as whole
from training.labs.views.blueprint import bp
from training.labs.views.here import Said, back, in_place, link_of, spot_of
from training.store import new_id
from training.web.guard import load
from training.web.rooms import clock, rooms, store

bp.add_app_template_global(borne, "borne")
bp.add_app_template_global(second_of, "second_of")
bp.add_app_template_global(sources_of, "sources_of")


@bp.app_template_global()
def second_wanted(question: Question) -> Wanted | None:
    """What a second source of a question has to show; None where that can't be said without naming one."""
    return asked_of_second(question, plugin_cards.load())


PARTS = {
    "tabs": "labs/tabs.html",
    "result": "labs/shown.html",
    "said": "labs/said.html",
    "card": "labs/card.html",
    "commands": "labs/commands.html",
    "brief": "labs/briefing.html",
    "columns": "labs/columns.html",
    "questions": "labs/asked.html",
    "own": "labs/own_image.html",
    "score": "labs/score_line.html",
    "finding": "labs/finding.html",
    "stands": "labs/stands.html",
    "support": "labs/support.html",
    "strip": "labs/strip.html",
    "notebook": "labs/notebook.html",
}
"""The parts of the workbench by what a script calls them. Each is one element with an id."""

LATEST = 6
"""Citations that stand on the workbench beside those that are ticked: the others come when they are asked for."""

ICONS = (
    *("filter", "flag", "next", "run"),
    *("s-bad", "s-kill", "s-ok", "s-open", "s-part", "s-wait", "s-work"),
)
"""Icons that the page has from the start: those of runs, whose entries come alone, and those that most parts use. Each
other one comes with the first part that uses it.
"""


@dataclass(frozen=True, slots=True)
class Touched:
    """A citation that an act has made, changed or taken out, with the row of a run or the line that it names."""

    citation: int
    run_id: UUID | None
    number: int
    gone: bool

    @classmethod
    def of(cls, citation: Citation) -> "Touched":
        """What a citation names."""
        number = citation.row if citation.run_id else citation.line
        return cls(citation.number, citation.run_id, number or 0, citation.dropped_at is not None)


def wanted() -> tuple[str, ...]:
    """The parts that a script asks for by name, as in `X-Engram: parts=tabs,result`; none for a browser."""
    names = request.headers.get("X-Engram", "").partition("=")[2].split(",")
    return tuple(name for name in PARTS if name in names)


def show(
    attempt_id: UUID,
    said: Said,
    status: int = 200,
    *,
    parts: tuple[str, ...] = (),
    spot: Spot | None = None,
    touched: Touched | None = None,
    noting: int = 0,
    shut: int = 0,
) -> ResponseReturnValue:
    """The workbench at a spot; to a script only some parts of it, where they are named. A typed command stays.

    `noting` is a citation whose note is to be written, `shut` one whose note was: beside those that stand open.
    """
    if said.command is None:
        said = replace(said, command=forms.command(request.form) or None)
    with store().reading() as session:
        attempt = load(session, Attempt, attempt_id)
        where = (session, rooms().settings.instance, rooms().shown, attempt, spot or spot_of(), clock())
        built = bench.build(*where, rooms().engine.result if said.lifted else None)
        # A script asks for the strip by itself, so that neither of the two answers is long.
        alone = in_place() and "result" in parts
        there = None if alone else picked.on_bench(session, built, rooms().shown)
    given = _given(built, said, there)
    given |= _near(built, frozenset(given["ticked"]), _noting() - {shut} | {noting})
    if not in_place() or not (parts or touched):
        return render_template("labs/workbench.html", **given), status
    shown = [(name, PARTS[name], "") for name in parts if _has(built, name)]
    shown += _touched(built, touched, given, parts) if touched else []
    answer = make_response(render_template("labs/parts.html", parts=shown, **given), status)
    answer.headers["X-Engram-At"] = link_of(attempt_id)(spot=built.spot)
    return answer


def _has(built: Bench, part: str) -> bool:
    """Whether a part is there: `own` where the exhibit is an own image, columns and strip where rows are shown."""
    there = {
        "own": built.case.own,
        "columns": built.table,
        "strip": built.table or built.record,
        "stands": built.typing,
        "support": built.typing,
    }
    return part not in there or bool(there[part])


def _noting() -> frozenset[int]:
    """The citations whose notes stand open: by the address, by the form that was sent."""
    return forms.open_notes(request.form) | {whole(one) for one in request.args.getlist("note")}


def _near(built: Bench, ticked: frozenset[int], noting: frozenset[int]) -> dict[str, Any]:
    """The citations on the workbench: the newest, those that are ticked, those whose note is open; or all."""
    every = "every" in request.args or not {"every", "older"}.isdisjoint(request.form)
    wanted = noting | ticked | {one.citation.number for one in built.notebook[-LATEST:]}
    near = tuple(one for one in built.notebook if every or one.citation.number in wanted)
    return {"noting": noting, "near": near, "every": every and len(built.notebook) > LATEST}


def after(
    attempt_id: UUID,
    parts: tuple[str, ...],
    anchor: str,
    touched: Touched | None = None,
    *,
    noting: int = 0,
    shut: int = 0,
    **changes: Any,
) -> ResponseReturnValue:
    """What an act answers: to a script what it changed, to a browser the way back."""
    if in_place():
        there = spot_of().at(**changes)
        return show(attempt_id, Said(), parts=parts, spot=there, touched=touched, noting=noting, shut=shut)
    return back(attempt_id, anchor, noting=noting, **changes)


def _touched(
    built: Bench, touched: Touched, given: dict[str, Any], parts: tuple[str, ...]
) -> list[tuple[str, str, str]]:
    """What shows a citation: its row, its box beside the finding, its entry in the notebook. Each is a part's name, its
    template, and the id of what it is put into where it is not there yet. What the templates need is put into `given`.
    """
    shown = []
    row, entry = None, None
    if touched.run_id is None:
        entry = next((one for one in built.record if one[0] == touched.number), None)
    elif built.table and built.tab and built.tab.run.id == touched.run_id:
        row = next((one for one in built.table.rows if one.n == touched.number), None)
    if row or entry:
        shown.append(("row", "labs/row.html" if row else "labs/line.html", ""))
    given |= {"row": row, "entry": entry}
    given["gone"] = f"c{touched.citation} tick-{touched.citation}" if touched.gone else ""
    given["place"] = next((one for one in built.notebook if one.citation.number == touched.citation), None)
    if built.typing and "finding" not in parts:
        shown.append(("others", "labs/others.html", ""))
        if given["place"]:
            shown.append(("tick", "labs/tick.html", "ticked" if touched.citation in given["ticked"] else "unticked"))
        shown.append(("stands", PARTS["stands"], ""))
    if (row or entry) and built.spot.marked == touched.number and "strip" not in parts:
        shown.append(("strip", PARTS["strip"], ""))
    if given["place"]:
        shown.append(("noted", "labs/noted.html", "log"))
    if len(given["near"]) < len(built.notebook):
        shown.append(("older", "labs/older.html", ""))
    return shown


def _given(built: Bench, said: Said, there: Picked | None) -> dict[str, Any]:
    """What the templates of the workbench and of its parts need."""
    typed = _typed(built, now := built.current, said)
    case, question = built.case, now.question
    here = url_for("labs.workbench", attempt_id=case.attempt.id)
    link = partial(link_of(case.attempt.id, near=True), spot=built.spot)
    return {
        "bench": built,
        "case": case,
        "attempt_id": case.attempt.id,
        "spot": built.spot,
        "now": now,
        "question": question,
        "said": said,
        "closed": built.over,
        "papers": case.lab.file.on_papers,
        "spent": built.spent,
        "typing": built.typing,
        "free": question.type == "written",
        "form": "answer" if built.typing else "ask",
        "columns": "columns" in request.args,
        "briefed": not built.tabs or "brief" in request.args,
        "here": here,
        "icons": ICONS,
        "link": link,
        "marks": link(row="", cell=""),
        "mark_of": forms.mark_of,
        "request_key": str(new_id()),
        "longest": LONGEST,
        "longest_answer": kind_of(question.spec).longest,
        "views": [one.name for one in views_of(case.exhibit.os)],
        "picked": there,
        "cells": picked.cells_cited(built),
        "cell_link": lambda name: link(cell=name) + "#strip",
        "unpicked": link(row="", cell="") + "#result",
        "permanent": _permanent(built),
        "narrowed": _narrowed(built.spot, there),
        "act_at": "",
        "bearings": picked.bearings(built),
        "support": picked.support(built, said.claimed, typed["typed"], typed["ticked"]),
        **typed,
    }


def _permanent(built: Bench) -> str:
    """The address at which the row or cell that is pointed at can always be found."""
    spot, attempt = built.spot, built.case.attempt.id
    if spot.marked is None or built.tab is None:
        return ""
    at: dict[str, Any] = {"attempt_id": attempt, "number": spot.number, "row": spot.marked}
    return url_for("labs.cell", **at, column=spot.cell) if spot.cell else url_for("labs.row", **at)


def _narrowed(spot: Spot, there: Picked | None) -> tuple[tuple[Filter, ...], ...]:
    """The filters beside the present ones that leave only the rows with the value of the cell that is pointed at, and
    only those without it; none where no cell of a run is, or where no filter can be added that all rows must pass.
    """
    if there is None or not there.column or there.place.run_number is None:
        return ()
    text, absent = there.place.marked, there.place.cells.get(there.column) is None
    if spot.any or len(spot.where) >= MOST_FILTERS or len(text) > LONGEST_FILTER or not (text or absent):
        return ()
    if there.column in there.place.secret:
        return ()
    only = Filter("", there.column, operator="absent") if absent else Filter(text, there.column, operator="is")
    return ((*spot.where, only), (*spot.where, replace(only, exclude=True)))


def _typed(built: Bench, now: Progress, said: Said) -> dict[str, Any]:
    """What stands in the form of the finding: what was just sent, else the draft, else what was submitted last."""
    claimed, draft, last = said.claimed, now.draft, now.last
    kept = claimed or draft or last
    return {
        "typed": kept.value if kept and not (kept is last and now.settled) else "",
        "sure": kept.confidence if kept else None,
        "reasoning": claimed.reasoning if claimed else draft.reasoning if draft else "",
        "ticked": claimed.cited if claimed else built.ticked,
    }
