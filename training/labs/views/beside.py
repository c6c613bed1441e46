"""Pages beside the workbench (figures, cross-views, a process, a material) know where on it their reader was.

Their address carries that spot in `at`, so that a row is cited for the question at hand and the way back leads to
where one came from. Who comes from the workbench, or goes on from such a page by a link that does not carry it, is told
by the browser's `Referer`; where it sends none, question and run are those that a workbench opens with.
"""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import current_app, has_request_context, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from training.labs.spot import Spot
from training.labs.spot import number as whole
from training.labs.views.blueprint import bp

AT = "at"
LONGEST = 1_500
"""Characters of a spot that an address carries; of a longer one the question and the run are left."""

BENCH = "labs.workbench"
ACTS = frozenset({BENCH, "labs.step_back", "labs.step_back_to_run", "labs.step_back_to_record"})
"""The workbench, and the addresses of its acts, which may answer with its page."""

READ = ("compare", "files", "history", "material", "process", "replay", "see", "see_bytes", "see_walk", "walkthrough")
PAGES = frozenset(f"labs.{name}" for name in READ)
"""Pages that carry the spot."""

CARRY = PAGES | {
    *("labs.cite", "labs.use", "labs.read_memory"),
    *("labs.compare_missing", "labs.process_missing", "labs.see_missing"),
}


def spelled(spot: Spot) -> str:
    """A spot of the workbench in one text; '' for its start."""
    made = urlencode(spot.args(), doseq=True)
    return made if len(made) <= LONGEST else urlencode(Spot(question=spot.question, run=spot.run, pid=spot.pid).args())


def read(text: str) -> Spot:
    """The inverse of `spelled`; what makes no sense is left out."""
    return Spot.of(MultiDict(parse_qsl(text[:LONGEST])))


def carried() -> str:
    """The spot that the address of the present page carries, spelled anew; '' for none. The tree of processes adds whom
    it is looked at around, so that it opens there again.
    """
    if AT not in request.args:
        return ""
    spot = read(request.args[AT])
    if request.endpoint == "labs.see" and "pid" in request.args:
        pid = request.args["pid"]
        spot = replace(spot, pid=pid if whole(pid) else "")
    return spelled(spot)


def way(address: str) -> str:
    """An address of a page beside the workbench, with the present spot."""
    at = carried()
    return f"{address}{'&' if '?' in address else '?'}{urlencode({AT: at})}" if at else address


def up(attempt_id: Any) -> str:
    """The workbench where the reader left it."""
    return url_for(BENCH, attempt_id=attempt_id, **read(carried()).args())


@bp.url_defaults
def carry(endpoint: str, values: dict[str, Any]) -> None:
    """Links from a page that carries the spot to another one of the same attempt carry it too."""
    there = request.view_args if has_request_context() else None
    if endpoint in CARRY and there and there.get("attempt_id") == values.get("attempt_id") and (at := carried()):
        values.setdefault(AT, at)


@bp.before_request
def arrive() -> ResponseReturnValue | None:
    """Put the spot that somebody comes with into the address, where it is not there."""
    if request.method != "GET" or "X-Engram" in request.headers or request.endpoint not in PAGES | {BENCH}:
        return None
    given = request.args.to_dict(flat=False)
    if request.endpoint == BENCH:
        if "question" in given or not (spot := _came(PAGES)):
            return None
        given = given | ({"question": [spot.question]} if spot.question else {}) if given else spot.args()
        return _to(given) if given != request.args.to_dict(flat=False) else None
    at = spelled(spot) if AT not in given and (spot := _came(PAGES | ACTS)) else ""
    return _to({**given, AT: at}) if at else None


def _to(given: dict[str, Any]) -> ResponseReturnValue:
    return redirect(f"{request.path}?{urlencode(given, doseq=True)}", 303)


def _came(pages: frozenset[str]) -> Spot | None:
    """The spot of the page that the reader comes from, where that is one of these pages of the same attempt."""
    try:  # what a browser says of where it was may be anything
        came = urlsplit(request.referrer or "")
        ways = current_app.create_url_adapter(request)
        if came.netloc != request.host or ways is None:
            return None
        endpoint, values = ways.match(came.path, method="GET")
    except (HTTPException, ValueError):
        return None
    if values.get("attempt_id") != (request.view_args or {}).get("attempt_id") or endpoint not in pages:
        return None
    query = MultiDict(parse_qsl(came.query))
    return Spot.of(query) if endpoint in ACTS else read(query[AT]) if AT in query else None


bp.add_app_template_global(up, "up_to")
bp.add_app_template_global(way, "way_to")
bp.add_app_template_global(carried, "spot_carried")
