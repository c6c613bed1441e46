"""The blueprint to which the modules of this folder add their pages."""

from typing import Any

from flask import Blueprint, request
from flask_login import current_user

from training.errors import Conflict, DomainError
from training.hosting.policy import may_host

bp = Blueprint("hosting", "training.hosting", template_folder="templates")
PLACE = "/sessions/<uuid:session_id>"
"""Where a session has its pages."""
AROUND = 2**18
"""Bytes of a form around the file in it."""


def take_files(of: Blueprint, *endpoints: str, most: int) -> None:
    """Let those who host or teach somewhere send files of so many bytes to pages of a blueprint.

    It is decided before anything reads the form, by the cookie alone: of others no more is read than other pages take.
    """

    @of.url_value_preprocessor
    def _larger(endpoint: str | None, _values: dict[str, Any] | None) -> None:
        if endpoint in endpoints and current_user.is_authenticated and may_host(current_user.actor, None):
            request.max_content_length = most + AROUND


def status(bad: DomainError | None) -> int:
    """Of a page that comes back with what was wrong."""
    return 200 if bad is None else 409 if isinstance(bad, Conflict) else 422


def faults(bad: DomainError | None) -> dict[str, str]:
    """What is wrong with which field; what concerns none stands under the empty name."""
    if bad is None:
        return {}
    found: dict[str, str] = getattr(bad, "fields", {}) or {bad.field or "": bad.message}
    return found
