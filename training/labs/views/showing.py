"""The workbench as a page, and the parts of it that a script puts in place: both are made of the same templates."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.analysis.command import LONGEST_WITH_RULES as LONGEST
from training.analysis.views import views_of
from training.grading.values.reading import kind_of
from training.labs import bench, forms
from training.labs.bench import Bench
from training.labs.models import Attempt, Citation
from training.labs.service.findings import Progress
from training.labs.spot import Spot
from training.labs.views.here import Said, back, in_place, link_of, spot_of
from training.store import new_id
from training.web.guard import load
from training.web.rooms import clock, rooms, store

PARTS = {
    "tabs": "labs/tabs.html",
    "result": "labs/shown.html",
    "said": "labs/said.html",
    "commands": "labs/commands.html",
    "brief": "labs/briefing.html",
    "columns": "labs/columns.html",
    "questions": "labs/asked.html",
    "score": "labs/score_line.html",
    "finding": "labs/finding.html",
    "notebook": "labs/notebook.html",
}
"""The parts of the workbench by what a script calls them. Each is one element with an id."""

ICONS = (
    *("filter", "flag", "next", "run", "up", "down", "x"),
    *("s-bad", "s-hint", "s-info", "s-kill", "s-lock", "s-ok", "s-open", "s-part", "s-wait", "s-work"),
)
"""Icons of the parts: the page has them from the start, so that what comes later need not bring them."""


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
) -> ResponseReturnValue:
    """The workbench at a spot; to a script only some parts of it, where they are named. A typed command stays."""
    if said.command is None:
        said = replace(said, command=forms.command(request.form) or None)
    with store().reading() as session:
        attempt = load(session, Attempt, attempt_id)
        built = bench.build(
            session, rooms().settings.instance, rooms().engine.result, attempt, spot or spot_of(), clock()
        )
    given = _given(built, said)
    if not in_place() or not (parts or touched):
        return render_template("labs/workbench.html", **given), status
    there = [name for name in parts if name != "columns" or built.table]
    shown = [(name, PARTS[name], "") for name in there] + (_touched(built, touched, given) if touched else [])
    answer = make_response(render_template("labs/parts.html", parts=shown, **given), status)
    answer.headers["X-Engram-At"] = link_of(attempt_id)(spot=built.spot)
    return answer


def after(
    attempt_id: UUID, parts: tuple[str, ...], anchor: str, touched: Touched | None = None, **changes: Any
) -> ResponseReturnValue:
    """What an act answers: to a script what it changed, to a browser the way back."""
    if in_place():
        return show(attempt_id, Said(), parts=parts, spot=spot_of().at(**changes), touched=touched)
    return back(attempt_id, anchor, **changes)


def _touched(built: Bench, touched: Touched, given: dict[str, Any]) -> list[tuple[str, str, str]]:
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
    if built.typing:
        shown.append(("others", "labs/others.html", ""))
    if built.typing and given["place"]:
        shown.append(("tick", "labs/tick.html", "ticked" if touched.citation in given["ticked"] else "unticked"))
    if given["place"]:
        shown.append(("noted", "labs/noted.html", "log"))
    return shown


def _given(built: Bench, said: Said) -> dict[str, Any]:
    """What the templates of the workbench and of its parts need."""
    case, now, question = built.case, built.current, built.current.question
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
        **_typed(built, now, said),
    }


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
