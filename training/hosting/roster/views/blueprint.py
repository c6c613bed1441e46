"""The blueprint to which the modules of this folder add their pages."""

from flask import Blueprint

from training.errors import DomainError
from training.hosting.views.blueprint import PLACE, faults
from training.web.errors import STATUS

bp = Blueprint("hosting_roster", "training.hosting.roster", template_folder="templates")
PLACE = f"{PLACE}/roster"


def status(bad: DomainError | None) -> int:
    """Of a page that comes back with what was wrong."""
    return next((code for kind, code in STATUS.items() if isinstance(bad, kind)), 200)


__all__ = ["PLACE", "bp", "faults", "status"]
