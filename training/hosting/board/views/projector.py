"""What a room may see of itself on the wall: no names, no seats."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.credentials.views.blueprint import speak
from training.hosting.board import policy
from training.hosting.board.service import messages, state
from training.hosting.board.views.blueprint import PLACE, bp, held, part, tag
from training.hosting.models import TeachingSession
from training.hosting.service import timetable
from training.web.guard import guarded, load
from training.web.rooms import clock, rooms, store


@bp.get(f"{PLACE}/board/projector")
@guarded(policy.may_run)
def projector(session_id: UUID) -> ResponseReturnValue:
    """Progress by question, length of the help queue, time, messages; large, in the language of the session."""
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        speak(teaching.language)
        here = _shown(session, teaching) | {"mark": str(_mark(session, teaching))}
    return render_template("hosting_board/projector.html", **here)


@bp.get(f"{PLACE}/board/projector/live")
@guarded(policy.may_run)
def projector_live(session_id: UUID) -> ResponseReturnValue:
    """What moves on it. Where it may stay as it is: 304."""
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        speak(teaching.language)
        mark = _mark(session, teaching)
        if answer := held(mark):
            return answer
        here = _shown(session, teaching)
    return part(str(mark), "hosting_board/_wall.html", **here)


def _mark(session: Session, teaching: TeachingSession) -> state.Mark:
    found = state.mark(session, teaching, clock())
    return replace(found, urgent=tag(found.urgent))


def _shown(session: Session, teaching: TeachingSession) -> dict[str, Any]:
    it = state.of(session, rooms().settings.instance, teaching, clock(), wanted=request.args.get("part", ""))
    ends = timetable.local(teaching, it.part.ends_at) if it.part else None
    here = {"it": it, "teaching": teaching, "at": timetable.local(teaching, clock()), "ends": ends}
    return here | {"messages": messages.standing(session, teaching.id, clock())[:3]}
