"""One pass over all that is due: erasures, what the rules find, what they have found and nobody held.

The server makes one each hour; `python app.py user due` shows what it would do, and does it with --apply.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from training.errors import DomainError
from training.machines.ranges import Range
from training.personal.models import Erasure
from training.personal.service import asking, copies, retention
from training.settings import Settings
from training.store import Store

FIRST, EACH = 120.0, 3600.0  # seconds
log = structlog.get_logger()


@dataclass
class Pass:
    """What one pass did.

    Attributes:
        erased: people whose rows were erased for the first time.
        rows: rows that were removed or emptied, by erasures and by rules.
        found: entries that the rules found anew.
        removed: entries that the rules had found and that are removed now.
        stopped: why something that is due was not done, each with what it is.
        cleared: responses of erased people, or with erased lines, of which a machine or files were still there.
        unwritten: erasures whose database file could not be written anew yet, since readers were in the way.
    """

    erased: int = 0
    rows: int = 0
    found: int = 0
    removed: int = 0
    cleared: int = 0
    unwritten: int = 0
    stopped: list[str] = field(default_factory=list)


def once(store: Store, settings: Settings, now: datetime, here: Range | None = None) -> Pass:
    """Do what is due, and look each time for machines and files of people who were erased before. Each erasure and each
    removal is a unit of its own: one that can't be done stops no other.
    """
    done = Pass()
    with store.writing() as session:
        done.found = retention.find(session, settings.erasure_days, now)
    with store.reading() as session:
        erasures, entries = asking.due(session, now), retention.ready(session, now)
    for erasure in erasures:
        _erase(store, settings, erasure, now, done)
    for entry in entries:
        try:
            with store.writing() as session:
                rows = retention.remove(session, entry.id, settings.erasure_days, now)
        except DomainError as bad:
            done.stopped.append(f"{entry.term} {entry.session_id or entry.organisation_id}: {bad.message}")
        else:
            done.removed, done.rows = done.removed + 1, done.rows + rows
    done.cleared = asking.clear_machines(store, here or Range.of(settings))
    if done.removed and done.rows and not copies.overwrite(settings):
        done.unwritten += 1
    return done


def _erase(store: Store, settings: Settings, erasure: Erasure, now: datetime, done: Pass) -> None:
    try:
        made = asking.carry_out(store, settings, erasure.id, now)
    except DomainError as bad:
        done.stopped.append(f"erasure {erasure.id}: {bad.message}")
        return
    done.erased += erasure.done_at is None
    done.rows += made.rows
    done.unwritten += not made.whole


def keep(store: Store, settings: Settings, clock: Callable[[], datetime]) -> None:
    """Make a pass each hour, for as long as the process lives. A fault is logged, and the next pass tries again."""
    pause, wait = threading.Event(), FIRST
    while not pause.wait(wait):
        wait = EACH
        try:
            done = once(store, settings, clock())
        except Exception:
            log.exception("personal.sweep_failed")
            continue
        if done.erased or done.removed or done.cleared or done.stopped:
            counts = {"erased": done.erased, "removed": done.removed, "rows": done.rows, "cleared": done.cleared}
            log.info("personal.swept", **counts, stopped=done.stopped)
