"""Keys of images that trainees acquired: worked out on each by runs of the real engine, sealed where both forms agree.

The runs are asked for when the image is handed over, and made while the trainee begins to work: whoever asks for one of
them gets it. `settle` looks what has ended, and seals.
"""

import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from training.analysis import cards as plugin_cards
from training.analysis import service as analysis
from training.analysis.access import Access
from training.analysis.command import Command
from training.analysis.models import Run, State
from training.content import service as content
from training.content.models import Release
from training.errors import DomainError
from training.evidence import own, own_packs
from training.evidence import service as evidence
from training.evidence.models import Exhibit, OwnExhibit
from training.grading.keys.syntax import Query
from training.grading.question import queries, sources
from training.labs import material, prove, reader
from training.labs.material import RECORD
from training.labs.models import Attempt, OwnKeys
from training.labs.reader import Lab
from training.labs.service import materials
from training.labs.service.attempts import Case
from training.labs.service.notebook import OpenResult
from training.sentence import phrase
from training.settings import Settings
from training.store import Store

LOOK = 2.0  # seconds between two looks for runs that have ended
SWEEP = timedelta(hours=1)
TRIES = 3
"""So often a run is asked for that somebody ended: its owner may, and the keys need it."""

log = structlog.get_logger("engram.labs")


def wanted(lab: Lab) -> frozenset[Query]:
    """The runs that the keys of a lab need, and those of its sources."""
    return queries(lab.questions) | sources(lab.questions)


def begin(session: Session, lab: Lab, exhibit: Exhibit, now: datetime) -> OwnKeys:
    """Ask for the runs that the keys of a lab need on an own exhibit. Wake the engine after the commit."""
    found = session.get(OwnKeys, exhibit.sha256)
    if found is not None:
        return found
    asked = wanted(lab)
    for query in sorted(asked, key=str):
        analysis.ask(session, exhibit, _command(query), now)
    made = OwnKeys(
        exhibit=exhibit.sha256,
        state="working",
        done=0,
        total=len(asked),
        proved=0,
        unproved=0,
        lost=0,
        sealed="",
        reason="",
        asked_at=now,
        ended_at=None,
    )
    session.add(made)
    session.flush()
    return made


def of(session: Session, sha256: str) -> OwnKeys | None:
    """How far the keys on an own exhibit are; None where it was not handed over yet, or is nobody's own."""
    return session.get(OwnKeys, sha256)


def awaited(session: Session, case: Case) -> str:
    """Why a finding has to wait: the keys of the image are still being worked out. Empty where it has not."""
    if case.own is None:
        return ""
    found = of(session, case.exhibit.sha256)
    if found is None or not found.working:
        return ""
    return phrase(
        "The keys of your image are being worked out (%(done)s of %(total)s runs). Your text is kept; submit it again "
        "in a moment. No try was spent.",
        done=str(found.done),
        total=str(found.total),
    )


def settle(store: Store, instance: Path, open_result: OpenResult, now: datetime) -> list[str]:
    """Look at all images whose keys are being worked out; the SHA-256 of those that were settled now.

    A run that ended without all its rows leaves the questions that need it without a key: a marker decides on them.
    """
    with store.reading() as session:
        waiting = list(session.scalars(select(OwnKeys.exhibit).filter_by(state="working").order_by(OwnKeys.asked_at)))
    return [one for one in waiting if _settle(store, instance, open_result, one, now)]


def _settle(store: Store, instance: Path, open_result: OpenResult, sha256: str, now: datetime) -> bool:
    with store.reading() as session:
        whose = own.demand(session, sha256)
        exhibit = evidence.get(session, sha256)
        release = session.get_one(Release, whose.release_id)
        lab = reader.load(content.folder_of(instance, release))
        runs = _runs(session, exhibit, wanted(lab))
    again = [query for query, run in runs.items() if run.state is State.KILLED and run.try_no < TRIES]
    done = sum(run.state.ended for run in runs.values()) - len(again)
    if done < len(wanted(lab)):
        _go_on(store, exhibit, again, done, now)
        return False
    try:
        made = _sealed(instance, lab, exhibit, whose, runs, open_result)
        told: Mapping[str, Any] = {"state": "sealed", "done": done, **made}
    except DomainError as bad:
        told = {"state": "failed", "reason": bad.message}
        log.exception("keys of an own image", exhibit=sha256)
    with store.writing() as session:
        row = session.get_one(OwnKeys, sha256)
        for name, value in told.items():
            setattr(row, name, value)
        row.ended_at = now
    return True


def _go_on(store: Store, exhibit: Exhibit, again: Iterable[Query], done: int, now: datetime) -> None:
    with store.writing() as session:
        for query in again:
            analysis.ask(session, exhibit, _command(query), now)
        row = session.get_one(OwnKeys, exhibit.sha256)
        if row.done != done:
            row.done = done


def _sealed(
    instance: Path,
    lab: Lab,
    exhibit: Exhibit,
    whose: OwnExhibit,
    runs: Mapping[Query, Run],
    open_result: OpenResult,
) -> dict[str, Any]:
    """Work the keys out and seal them beside the release; what is to be noted of it."""
    rows: dict[Query, list[dict[str, object]]] = {}
    for query, run in runs.items():
        if run.state is State.COMPLETE:
            with open_result(run) as result:
                rows[query] = list(result.all())
    record = material.record(evidence.record(instance, exhibit))
    handed = {RECORD: record, **materials.beside(instance, lab, whose)}
    rows |= {Query(name, material=True): one.rows for name, one in handed.items()}
    release = lab.folder
    assert release is not None  # noqa: S101 - of a release, which lies in a folder
    seal = prove.acquire(release, exhibit, evidence.truth(instance, exhibit), rows).sealed
    file = reader.acquired(release, exhibit.sha256).read_bytes()
    return {
        "proved": len(seal.keys),
        "unproved": len(seal.unproved),
        "lost": sum(key.lost for key in seal.keys.values()),
        "sealed": hashlib.sha256(file).hexdigest(),
    }


def _runs(session: Session, exhibit: Exhibit, asked: Iterable[Query]) -> dict[Query, Run]:
    """The last try of each run that is wanted."""
    cards = plugin_cards.load()
    keys = {analysis.key_of(exhibit, _command(one), cards.get(one.plugin), cards): one for one in asked}
    found = session.scalars(select(Run).where(Run.key.in_(keys)).order_by(Run.try_no))
    return {keys[run.key]: run for run in found}


def _command(query: Query) -> Command:
    return Command.of(query.plugin, dict(query.options))


def keep(store: Store, settings: Settings, engine: Access, clock: Callable[[], datetime]) -> None:
    """Settle whatever waits, pack what was settled, remove what the rules let go, as long as the process lives. For a
    thread of its own.
    """
    pause, swept = threading.Event(), clock()
    while not pause.wait(LOOK):
        try:
            for sha256 in settle(store, settings.instance, engine.result, clock()):
                own_packs.make(store, settings, sha256)
            engine.wake()
            if clock() - swept > SWEEP:
                swept = clock()
                own_packs.sweep(store, settings, worked_on, swept)
        except Exception:  # of the database, which may be there again at the next look
            log.exception("keys of own images could not be looked for")


def worked_on(session: Session, sha256: str) -> bool | None:
    """Whether an attempt on an exhibit is open; None where none was ever opened."""
    found = session.scalars(select(Attempt.closed_at).where(Attempt.exhibit == sha256)).all()
    return any(one is None for one in found) if found else None


def ended(session: Session, response: UUID) -> bool:
    """Whether the keys on every image of one live work that was handed over are settled."""
    mine = select(OwnKeys.state).join(OwnExhibit, OwnExhibit.sha256 == OwnKeys.exhibit)
    return "working" not in set(session.scalars(mine.where(OwnExhibit.response_id == response)))
