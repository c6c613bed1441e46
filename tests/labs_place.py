"""Labs that were set and runs on their exhibits, as rows, for tests that are about what becomes of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from training.analysis.models import Run, State
from training.labs.models import Assignment
from training.store import new_id


def make_assignment(organisation: UUID, lab: str, by: UUID, at: datetime, **given: Any) -> Assignment:
    """A lab that was set by somebody: an examination without hints and without an end, open since then."""
    usual = {"title": "Examination", "mode": "examination", "opens_at": at, "timeline": [], "after": "closed"}
    made = {"organisation_id": organisation, "lab": lab, "made_by": by, "made_at": at}
    return Assignment(**{**usual, "hints": False, "pass_percent": 60, **made, **given})


def make_run(key: str, exhibit: str, at: datetime, **given: Any) -> Run:
    """A run of `linux.pslist` that was whole as soon as it was asked for; its result is a file of the caller's."""
    usual = {"symbols": "0" * 64, "plugin": "linux.pslist", "plugin_version": "1", "options": {}, "volatility": "2"}
    times = dict.fromkeys(("queued_at", "started_at", "ended_at"), at)
    made = {"id": new_id(), "key": key, "exhibit": exhibit, "island": 1, "state": State.COMPLETE}
    return Run(**{**usual, **times, **made, **given})
