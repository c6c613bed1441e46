"""The board as the staff of a session sees it, and the part of it that is asked for again."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.errors import DomainError
from training.hosting import shown as hosting
from training.hosting.board import policy, shown
from training.hosting.board.service import asking, clocks, disk, messages, state
from training.hosting.board.views.blueprint import PLACE, bp, held, part, tag
from training.hosting.forms import Fields
from training.hosting.models import TeachingSession
from training.hosting.service import timetable
from training.hosting.views.blueprint import faults, status
from training.store import new_id
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, rooms, store


@bp.get(f"{PLACE}/board", endpoint="board")
@guarded(policy.may_run)
def board(session_id: UUID) -> ResponseReturnValue:
    """Trainees by questions, and all that the staff does while the room works."""
    return page(session_id)


@bp.get(f"{PLACE}/board/live")
@guarded(policy.may_run)
def live(session_id: UUID) -> ResponseReturnValue:
    """What moves on it. Where it may stay as it is: 304, before anything else is asked."""
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        mark = mark_of(session, teaching)
        if answer := held(mark):
            return answer
        here = seen(session, teaching)
    return part(str(mark), "hosting_board/_live.html", **here)


def mark_of(session: Session, teaching: TeachingSession) -> state.Mark:
    """Its version for this reader, the room on the disk included: when it runs out, nobody acts any more."""
    found = state.mark(session, teaching, clock())
    return replace(found, urgent=tag(f"{found.urgent}.{disk.look(rooms().settings.instance).word}"))


def seen(session: Session, teaching: TeachingSession) -> dict[str, Any]:
    """What the moving part shows."""
    args, may = request.args, policy.may_unveil(actor(), teaching)
    wanted, unveiled = args.get("part", ""), may and args.get("verdicts") == "1"
    instance = rooms().settings.instance
    built = state.of(session, instance, teaching, clock(), wanted=wanted, unveiled=unveiled)
    at = timetable.local(teaching, clock())
    words = {"cells": shown.CELLS, "attendance": shown.ATTENDANCE, "states": hosting.STATES, "kinds": asking.KINDS}
    return {"it": built, "teaching": teaching, "at": at, "may_unveil": may, "me": actor().id, **words} | {
        "words": asking.WORDS,
        "disk": disk.look(instance),
        "suspect": state.SUSPECT,
        "wanted": wanted,
        "unveiled": unveiled,
    }


def page(session_id: UUID, given: Fields | None = None, bad: DomainError | None = None) -> ResponseReturnValue:
    """The whole page, with what was typed and what is wrong with it."""
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        mark = str(mark_of(session, teaching))
        here = seen(session, teaching)
        here["messages"] = messages.of(session, teaching.id)
        here["log"] = clocks.log(session, teaching.id)
        here["days"] = shown.days(teaching, here["it"].parts, clock())
        here["helped"] = asking.past(session, teaching.id)
    here |= {"given": given or Fields(), "bad": bad, "templates": messages.TEMPLATES, "key": str(new_id())}
    answer = render_template("hosting_board/board.html", mark=mark, faults=faults(bad), **here)
    return answer, status(bad)
