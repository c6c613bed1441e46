"""Memory as it lies: the bytes at an address, and the way from an address to them, with the same as a table."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.analysis.views import bytes_figure, bytes_region, walk, walk_figure, walk_try
from training.errors import Refused
from training.labs import policy
from training.labs.models import Attempt
from training.labs.service import crossing, findings, memory, runs, seeing
from training.labs.service.attempts import Case
from training.labs.service.findings import AtHand
from training.labs.service.memory import BYTES, WALK, Place
from training.labs.service.runs import Asked
from training.labs.service.seeing import Numbers
from training.labs.spot import number
from training.labs.views import beside
from training.labs.views.blueprint import bp
from training.labs.views.compare import asked as back_to
from training.labs.views.here import case_of, spot_of
from training.labs.views.seeing import NAMES
from training.labs.views.seeing import link as link_to
from training.sentence import phrase
from training.web.guard import guarded, load
from training.web.rooms import clock, rooms, store

Given = dict[str, Any]

bp.add_app_template_global(memory.spots, "spots")


@dataclass(frozen=True, slots=True)
class Here:
    """What a page is made of: the case, its runs with the newest first, the place, its run, which rows are cited."""

    case: Case
    listed: list[Asked]
    place: Place
    asked: Asked | None
    numbers: Numbers
    hand: AtHand


@bp.get("/attempts/<uuid:attempt_id>/seeing/bytes")
@guarded(policy.may_work)
def see_bytes(attempt_id: UUID) -> ResponseReturnValue:
    """Bytes of a region, or the form that asks for them."""
    here = _here(attempt_id, BYTES)
    given: Given = {"region": None, "drawn": None}
    others = memory.of_one_memory(here.listed, here.place)
    with seeing.materials(others, None, rooms().shown) as found:
        cited = partial(seeing.cited, here.numbers)
        mine = next((one for one in found if here.asked and one.run.number == here.asked.number), None)
        if mine is not None:
            held = list(bytes_region.held(found, cited))
            region = bytes_region.of(mine, cited, held, number(request.args.get("page", "1")))
            given = {"region": region, "drawn": bytes_figure.figure(region) if region.lines else None}
    page = given["region"].page if given["region"] else 1
    return _page(here, BYTES, {"page": page if page > 1 else None}, lengths=memory.LENGTHS, **given)


@bp.get("/attempts/<uuid:attempt_id>/seeing/walk")
@guarded(policy.may_work)
def see_walk(attempt_id: UUID) -> ResponseReturnValue:
    """The way from an address through the page tables, or step by step as the reader works it out."""
    here = _here(attempt_id, WALK)
    made = None
    if here.asked is not None:
        with seeing.materials([here.asked], None, rooms().shown) as found:
            made = walk.of(found[0], partial(seeing.cited, here.numbers)) if found else None
    if made is None:
        return _page(here, WALK, {}, walk=None, drawn=None, going=None)
    going = walk_try.of(made, number(request.args.get("try", "")), request.args.get("guess", ""))
    drawn = walk_figure.figure(made, None if going.whole else going.known)
    return _page(here, WALK, {"try": going.step or None}, walk=made, drawn=drawn, going=going)


@bp.post("/attempts/<uuid:attempt_id>/seeing/<any(bytes,walk):name>")
@guarded(policy.may_work)
def read_memory(attempt_id: UUID, name: str) -> ResponseReturnValue:
    """Ask for the bytes at an address, or for the way from it."""
    with store().writing() as session:
        case = seeing.on_an_image(case_of(session, load(session, Attempt, attempt_id, lock=True)))
        place = memory.place(request.args)
        if place.address is None:
            raise Refused(place.fault or phrase("Type an address first."), field="address")
        said = crossing.ask(session, case, [place.text(name)], clock())
    return back_to(said, url_for(f".see_{name}", attempt_id=attempt_id, **place.args(name)))


def _here(attempt_id: UUID, name: str) -> Here:
    with store().reading() as session:
        case = seeing.on_an_image(case_of(session, load(session, Attempt, attempt_id)))
        listed = runs.listed(session, case.attempt)
        numbers = seeing.numbers(session, case.attempt, listed)
        hand = findings.hand(session, case, spot_of().question, clock())
    place = memory.checked(memory.place(request.args), name, case.exhibit.os)
    asked = memory.found(listed, name, place, case.exhibit.os) if place.address is not None else None
    return Here(case, listed, place, asked, numbers, hand)


def _page(here: Here, name: str, args: Given, **given: Any) -> ResponseReturnValue:
    """A page, with what all of them show of the run that they are made of."""
    args = {key: value for key, value in (here.place.args(name) | args).items() if value is not None}
    asked, at = here.asked, {beside.AT: beside.carried()}
    waiting = asked is not None and not asked.run.state.ended
    kept = asked is not None and asked.run.state in crossing.KEPT
    common = {
        "case": here.case,
        "name": name,
        "names": NAMES,
        "place": here.place,
        "asked": asked,
        "waiting": waiting,
        "missing": here.place.address is not None and not kept and not waiting,
        "link": partial(link_to, name, args | at),
        "to": lambda there, place: link_to(there, {k: v for k, v in place.args(there).items() if v is not None} | at),
        "hand": here.hand,
        "command": here.place.text(name) if here.place.address is not None else "",
        "back": f"seeing/{link_to(name, args)}",
        "closed": here.case.over(clock()),
        "numbers": here.numbers,
    }
    return render_template(f"labs/{name}.html", **common, **given)
