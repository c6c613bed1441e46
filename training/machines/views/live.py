"""Begin live work, and the page on which it is done; what moves on it is asked for again."""

from uuid import UUID

from flask import Response as Answer
from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.labs.service import reasons
from training.machines import conduct, forms, policy, shown
from training.machines.models import Response
from training.machines.service import carrying, console, handing, responses, telling
from training.machines.views.blueprint import PLACE, bp, range_
from training.machines.views.page import mark_of, moving, page, part, unchanged
from training.web.guard import guarded, load, permit
from training.web.rooms import actor, clock, store


@bp.post("/labs/<name>/live")
@guarded(policy.may_begin)
def begin(name: str) -> ResponseReturnValue:
    """Begin the live part of a lab, or go on with it."""
    permit(None)
    with store().writing() as session:
        response = responses.begin(session, range_(), actor(), name, clock())
    responses.start(store(), range_(), response.id, clock)
    return redirect(url_for(".live", response_id=response.id), 303)


@bp.get(PLACE)
@guarded(policy.may_work)
def live(response_id: UUID) -> ResponseReturnValue:
    """The page of the live work. A server that was killed meanwhile finds here what it had not done."""
    with store().reading() as session:
        load(session, Response, response_id)
    look(response_id)
    return page(response_id)


@bp.get(f"{PLACE}/moving")
@guarded(policy.may_work)
def moving_parts(response_id: UUID) -> ResponseReturnValue:
    """What moves on it. Unchanged: 304."""
    with store().reading() as session:
        response = load(session, Response, response_id)
    look(response_id)
    with store().reading() as session:
        response = load(session, Response, response_id)
        if unchanged(response):
            answer = Answer(status=304)
            answer.set_etag(mark_of(response, clock()), weak=True)
            return answer
        here = moving(session, response)
    return part(here)


def look(response_id: UUID) -> None:
    """Do what waits, and close what has ended."""
    carrying.out(store(), range_(), response_id, clock())
    console.settle(store(), range_(), response_id, clock())


@bp.get(f"{PLACE}/entries/<int(max=99999):number>")
@guarded(policy.may_read)
def output(response_id: UUID, number: int) -> ResponseReturnValue:
    """The whole output of a line, page by page."""
    with store().reading() as session:
        response = load(session, Response, response_id)
        entry = console.entry(session, response, number)
    stop = console.size(range_(), response) if entry.stop is None else entry.stop
    begin = min(entry.start + forms.place(request.args, "at"), stop)
    data = console.printed(range_(), response, begin, min(shown.PAGE, stop - begin))
    here = {"response": response, "entry": entry, "text": shown.text(data), "at": begin - entry.start}
    here |= {"size": stop - entry.start, "page": shown.PAGE, "mine": policy.may_work(actor(), response)}
    return render_template("machines/output.html", **here)


@bp.get(f"{PLACE}/entries/<int(max=99999):number>/output")
@guarded(policy.may_read)
def download(response_id: UUID, number: int) -> ResponseReturnValue:
    """The output of a line as it came, byte for byte, as a file."""
    with store().reading() as session:
        response = load(session, Response, response_id)
        entry = console.entry(session, response, number)
    stop = console.size(range_(), response) if entry.stop is None else entry.stop
    pieces = console.pieces(range_(), response, entry.start, stop)
    answer = Answer(pieces, mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="output-{number}.bin"'
    answer.headers["Content-Length"] = str(stop - entry.start)
    return answer


@bp.get(f"{PLACE}/conduct", endpoint="conduct")
@guarded(policy.may_read)
def conduct_page(response_id: UUID) -> ResponseReturnValue:
    """How somebody worked at a machine, explained along the time; to its person once that may be told."""
    with store().reading() as session:
        response = load(session, Response, response_id)
        here = telling.of(session, range_(), response)
        mine = policy.may_work(actor(), response)
        shown_now = not mine or handing.told(session, range_(), response, clock())
        known = range_().planned(response_id)
        found = conduct.of(session, range_(), response) if shown_now and known else None
        forks = [one.id for one in found.verdict.decisions.forks] if found else []
        marks = reasons.read(session, response.attempt_id, forks)
    here |= {"response": response, "mine": mine, "conduct": found, "told": shown_now, "marks": marks}
    here |= {"begin": forms.place(request.args, "begin")}
    return render_template("machines/conduct_page.html", **here)


@bp.get(f"{PLACE}/record")
@guarded(policy.may_read)
def record(response_id: UUID) -> ResponseReturnValue:
    """The whole record in its order: commands, remarks, forms, decisions, events, images."""
    with store().reading() as session:
        response = load(session, Response, response_id)
        here = telling.of(session, range_(), response)
    step = forms.place(request.args, "step")
    here |= {"response": response, "step": step, "mine": policy.may_work(actor(), response)}
    at = here["steps"][step - 1] if 0 < step <= len(here["steps"]) else None
    if at and at.kind == "entry" and at.thing.stop is not None:
        length = min(at.thing.stop - at.thing.start, shown.PAGE)
        here["output"] = shown.text(console.printed(range_(), response, at.thing.start, length))
    return render_template("machines/record.html", **here)
