"""Figures of what the runs of an attempt say, each with the same data as a table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from training.analysis import cards as plugin_cards
from training.analysis import views as analysis
from training.analysis.views import axis, network, network_figure, pattern, timeline, timeline_figure, tree, tree_figure
from training.labs import policy, timespan
from training.labs.models import Attempt
from training.labs.service import crossing, findings, runs, seeing
from training.labs.service.attempts import Case
from training.labs.service.findings import AtHand
from training.labs.service.runs import Asked
from training.labs.service.seeing import Numbers
from training.labs.spot import number
from training.labs.views import beside
from training.labs.views.blueprint import bp
from training.labs.views.compare import asked as back_to
from training.labs.views.here import case_of, lines_of, spot_of
from training.web.guard import guarded, load
from training.web.rooms import clock, rooms, store

ROWS = 40  # dated rows on a page
MOST_OPENED = 20  # folds that an address can open
LARGEST, DIGITS = 2**32 - 1, 11  # what a PID may be, and as many digits as show that a number is larger


@dataclass(frozen=True, slots=True)
class Here:
    """What a figure is made of: the case, its runs with the newest first, which rows are cited."""

    case: Case
    listed: list[Asked]
    numbers: Numbers
    hand: AtHand

    @property
    def os(self) -> str:
        """The system of the exhibit."""
        return self.case.exhibit.os

    @property
    def cited(self) -> tree.Cited:
        """The number of the citation of a row."""
        return partial(seeing.cited, self.numbers)


Given = dict[str, Any]


def _tree(here: Here) -> Given:
    """The tree of processes."""
    plugins = analysis.view(here.os, "processes").plugins
    given = request.args.get("pid", spot_of().pid)
    focus, timed = whole(given), bool(request.args.get("time"))
    opened = sorted({pid for one in request.args.getlist("open")[:MOST_OPENED] if (pid := number(one))})
    with seeing.materials(here.listed, plugins, rooms().shown) as found:
        made = tree.of(
            found, here.os, focus=focus, opened=opened, page=number(request.args.get("page", "1")), cited=here.cited
        )
        drawn = tree_figure.figure(made, timed=timed) if made.shown else None
        heads = [one for one in made.table.view.sources if one.plugin in made.table.used]
        heads = [one for one in heads if one.name not in tree.SAME] or heads
        together = seeing.chained(made, [one.plugin for one in heads], here.numbers, here.hand.ticked)
    args = {"pid": focus, "open": opened, "time": 1 if timed else None, "page": made.page if made.page > 1 else None}
    return {
        "tree": made,
        "drawn": drawn,
        "timed": timed,
        "opened": opened,
        "args": args,
        "heads": heads,
        "together": together,
        "others": list(dict.fromkeys(seeing.structure(one.plugin, plugin_cards.load()) for one in heads)),
        "chain": tree_figure.chain(made),
        "fill": _fill(here.hand, made),
    }


def _fill(hand: AtHand, made: tree.Tree) -> str:
    """What the field of the question at hand would hold of what the tree is looked at around; '' for nothing."""
    if not hand.takes or not made.chain:
        return ""
    kinds = {"chain": " > ".join(str(pid) for pid in made.chain), "pid": str(made.chain[-1])}
    return kinds.get(hand.question.type, "")


def _timeline(here: Here) -> Given:
    """The dated rows of all complete runs, in a window."""
    span, fault = timespan.of(request.args)
    with seeing.materials(here.listed, None, rooms().shown) as found:
        read = timeline.read(found)
        held = seeing.held(here.numbers, read.left)
        line = timeline.of(read, here.cited, *(span.window or timeline.window(read)), held)
        capture = timespan.micros(here.case.exhibit.captured_at)
        shift = None if span.offset is None else capture + span.offset * axis.SECOND
        drawn = timeline_figure.figure(line, shift) if line.total else None
        few = line.total <= timeline.FEW
        pages = max(1, -(-line.total // ROWS)) if few else 1
        page = max(1, min(number(request.args.get("page", "1")), pages))
        listed = timeline.events(line, here.cited, (page - 1) * ROWS, ROWS) if few else line.marked[:ROWS]
        rows = [(one, timeline.about(one.material, one.material.result.row(one.row))) for one in listed]
    window = {"from": axis.spelled(line.begin), "to": axis.spelled(-(-line.end // axis.SECOND) * axis.SECOND)}
    args = {**(window if span.window else {}), "offset": "" if span.offset is None else str(span.offset)}
    return {
        "line": line,
        "drawn": drawn,
        "rows": rows,
        "few": few,
        "page": page,
        "pages": pages,
        "capture": capture,
        "shift": shift,
        "span": span,
        "fault": fault,
        "window": window,
        "moves": timespan.moves(line),
        "lane": timeline_figure.name,
        "between": timespan.between,
        "args": {**args, "page": page if page > 1 else None},
    }


def _network(here: Here) -> Given:
    """Sockets by process."""
    with seeing.materials(here.listed, seeing.wanted("network", here.os), rooms().shown) as found:
        made = network.of(found, here.os, here.cited, number(request.args.get("page", "1")))
        drawn = network_figure.figure(made) if made.shown else None
    heads = [one for one in analysis.view(here.os, "sockets").sources if one.plugin in made.used]
    args = {"page": made.page if made.page > 1 else None}
    return {"network": made, "drawn": drawn, "heads": heads, "args": args}


def _matrix(here: Here) -> Given:
    """A cross-view by what the sources have and lack."""
    view = analysis.view(here.os, _which())
    made = pattern.of(crossing.table_of(here.listed, view, rooms().shown))
    drawn = pattern.figure(made) if made.groups else None
    views = analysis.views_of(here.os)
    return {"matrix": made, "drawn": drawn, "views": views, "args": {"view": request.args.get("view") and view.name}}


def _which() -> str:
    """The cross-view that an address names; the processes where it names none."""
    return request.args.get("view", "") or seeing.PROCESSES


PAGES: Mapping[str, Callable[[Here], Given]] = {
    "tree": _tree,
    "timeline": _timeline,
    "network": _network,
    "matrix": _matrix,
}

NAMES = (*PAGES, "bytes", "walk")
"""Pages that a reader goes to from each of them: the figures, and those of an address (memory.py)."""


@bp.get("/attempts/<uuid:attempt_id>/seeing/<any(tree,timeline,network,matrix):name>")
@guarded(policy.may_work)
def see(attempt_id: UUID, name: str) -> ResponseReturnValue:
    """A figure, and the table with the same data."""
    with store().reading() as session:
        case = seeing.on_an_image(case_of(session, load(session, Attempt, attempt_id)))
        listed = runs.listed(session, case.attempt)
        hand = findings.hand(session, case, spot_of().question, clock())
        here = Here(case, listed, seeing.numbers(session, case.attempt, listed, hand.ticked), hand)
        support = seeing.support(session, case, hand, rooms().shown, lines_of(case))
        room = runs.room(session, case.attempt)
    made = PAGES[name](here)
    args = {key: value for key, value in made.pop("args").items() if value}
    common = {
        "link": partial(link, name, args | {beside.AT: beside.carried()}),
        "hand": hand,
        "support": support,
        "mark": findings.mark_of,
        "moment": axis.told,
        "case": case,
        "name": name,
        "names": NAMES,
        "back": f"seeing/{link(name, args)}",
        "sources": crossing.sources_of(listed, seeing.wanted(name, here.os, _which())),
        "closed": case.over(clock()),
        "room": room,
        "most": runs.AT_ONCE,
        "numbers": here.numbers,
    }
    return render_template(f"labs/{name}.html", **common, **made)


@bp.post("/attempts/<uuid:attempt_id>/seeing/<any(tree,timeline,network,matrix):name>")
@guarded(policy.may_work)
def see_missing(attempt_id: UUID, name: str) -> ResponseReturnValue:
    """Run what a figure misses."""
    with store().writing() as session:
        case = seeing.on_an_image(case_of(session, load(session, Attempt, attempt_id, lock=True)))
        plugins = seeing.wanted(name, case.exhibit.os, _which())
        sources = crossing.sources_of(runs.listed(session, case.attempt), plugins)
        said = crossing.ask(session, case, [one.plugin for one in sources if one.missing], clock())
    return back_to(said, request.full_path.removesuffix("?"))


def link(name: str, args: Given, **changes: Any) -> str:
    """The address of a figure, beside the present one, with some parts changed; None takes a part away."""
    left = {key: value for key, value in (args | changes).items() if value}
    return f"{name}?{urlencode(left, doseq=True, safe=':')}" if left else name


def whole(text: str) -> int | None:
    """A number of the address from 1 that a PID can be; None for anything else."""
    given = text[:DIGITS]
    return int(given) if given.isascii() and given.isdigit() and 0 < int(given) <= LARGEST else None
