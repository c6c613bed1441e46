"""The blueprint to which the modules of this folder add their pages, and what they share."""

from typing import Any, cast

from flask import Blueprint, current_app, request
from flask.blueprints import BlueprintSetupState

from training.errors import Conflict, DomainError, TooMany
from training.machines.ranges import Range
from training.web.rooms import Rooms

bp = Blueprint("machines", "training.machines", template_folder="templates")
PLACE = "/responses/<uuid:response_id>"
"""Where a response has its pages."""


@bp.record
def _ground(state: BlueprintSetupState) -> None:
    """The training range of this application; tests put another in its place."""
    rooms: Rooms = state.app.extensions["rooms"]
    state.app.extensions.setdefault("range", Range.of(rooms.settings))


def range_() -> Range:
    """The training range of the running application."""
    return cast("Range", current_app.extensions["range"])


def in_place() -> bool:
    """Whether a script asks, which puts parts into the page instead of loading another."""
    return "X-Engram" in request.headers


def status(bad: DomainError | None) -> int:
    """Of a page that comes back with what was wrong."""
    if bad is None:
        return 200
    return 409 if isinstance(bad, Conflict) else 429 if isinstance(bad, TooMany) else 422


def faults(bad: DomainError | None) -> dict[str, str]:
    """What is wrong with which field; what concerns none stands under the empty name."""
    return {} if bad is None else {bad.field or "": bad.message}


Here = dict[str, Any]
