"""The blueprint to which the modules of this folder add their pages, and what they share."""

from typing import Any, cast

from flask import Blueprint, current_app, request

from training.errors import Conflict, DomainError, TooMany
from training.machines.ranges import Range
from training.web.rooms import rooms

bp = Blueprint("machines", "training.machines", template_folder="templates")
PLACE = "/responses/<uuid:response_id>"
"""Where a response has its pages."""


def range_() -> Range:
    """The training range of the running application, made when it is asked for first."""
    known = current_app.extensions.get("range") or Range.of(rooms().settings)
    return cast("Range", current_app.extensions.setdefault("range", known))


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
