"""Use cases of runs. Sessions come from the caller and are short; the engine is woken after the commit."""

import hashlib
import json
import statistics
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from training.analysis import cards as plugin_cards
from training.analysis.cards import Card, Cards
from training.analysis.command import Command
from training.analysis.exhibit import ExhibitKey
from training.analysis.models import Run, State
from training.analysis.outcome import Outcome
from training.errors import Conflict, NotThere
from training.store import new_id

RECENT = 20  # complete runs that make a typical time
ALIVE = (State.QUEUED, State.RUNNING, State.COMPLETE)


def key_of(exhibit: ExhibitKey, command: Command, card: Card, cards: Cards) -> str:
    """SHA-256 over all that decides the rows, as canonical JSON: the same question on the same evidence with the same
    programs.
    """
    parts = {
        "exhibit": exhibit.sha256,
        "symbols": exhibit.symbols_sha256,
        "plugin": card.name,
        "plugin version": card.version,
        "options": command.as_json(),
        "volatility": cards.volatility,
        "island": cards.island,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def ask(session: Session, exhibit: ExhibitKey, command: Command, now: datetime) -> Run:
    """The run that answers a command: one that is complete or on its way, else a new try. Wake the engine after the
    commit.
    """
    cards = plugin_cards.load()
    card = cards.get(command.plugin)
    key = key_of(exhibit, command, card, cards)
    for _ in range(3):  # a second round only if another process's try ended between our two statements
        if alive := session.scalar(select(Run).where(Run.key == key, Run.state.in_(ALIVE))):
            return alive
        last = session.scalar(select(func.max(Run.try_no)).where(Run.key == key)) or 0
        row: dict[str, Any] = {
            "id": new_id(),
            "key": key,
            "try_no": last + 1,
            "exhibit": exhibit.sha256,
            "symbols": exhibit.symbols_sha256,
            "plugin": card.name,
            "plugin_version": card.version,
            "options": command.as_json(),
            "volatility": cards.volatility,
            "island": cards.island,
            "state": State.QUEUED,
            "rows": 0,
            "queued_at": now,
        }
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(insert(Run).values(row).on_conflict_do_nothing())
    if alive := session.scalar(select(Run).where(Run.key == key, Run.state.in_(ALIVE))):
        return alive
    raise Conflict(f"{command.text} is being asked for by others at this moment; ask again")


def get(session: Session, run_id: UUID) -> Run:
    """One run. Raises NotThere."""
    if run := session.get(Run, run_id):
        return run
    raise NotThere("there is no such run")


def waiting(session: Session) -> list[UUID]:
    """Runs that are queued, in the order in which they were asked for."""
    return list(session.scalars(select(Run.id).where(Run.state == State.QUEUED).order_by(Run.queued_at, Run.id)))


def start(session: Session, run_id: UUID, now: datetime) -> Run | None:
    """Take a queued run for work; None when it is no longer queued."""
    taken = session.scalar(
        update(Run)
        .where(Run.id == run_id, Run.state == State.QUEUED)
        .values(state=State.RUNNING, started_at=now, rows=0)
        .returning(Run.id)
    )
    return session.get_one(Run, run_id, populate_existing=True) if taken else None


def progress(session: Session, run_id: UUID, rows: int) -> None:
    """Note how many rows there are so far."""
    session.execute(update(Run).where(Run.id == run_id, Run.state == State.RUNNING).values(rows=rows))


def finish(session: Session, run_id: UUID, outcome: Outcome, now: datetime) -> None:
    """Write how a running run ended. One that is not running (taken back by `requeue`) is left alone."""
    session.execute(
        update(Run)
        .where(Run.id == run_id, Run.state == State.RUNNING)
        .values(
            state=State(outcome.state),
            reason=outcome.reason,
            rows=outcome.rows,
            seconds=outcome.seconds,
            columns=[column.model_dump() for column in outcome.columns] or None,
            ended_at=now,
        )
    )


def requeue(session: Session) -> int:
    """Put runs back in the queue that were running when the server ended; how many. Call it before any run is
    started.
    """
    back = session.scalars(
        update(Run)
        .where(Run.state == State.RUNNING)
        .values(state=State.QUEUED, started_at=None, rows=0)
        .returning(Run.id)
    )
    return len(back.all())


def typical_seconds(session: Session, plugin: str) -> float:
    """Median duration of the last complete runs of a plugin, in seconds; the card's figure when there is none."""
    recent = select(Run.seconds).where(Run.plugin == plugin, Run.state == State.COMPLETE, Run.seconds.is_not(None))
    found = [
        seconds
        for seconds in session.scalars(recent.order_by(Run.ended_at.desc()).limit(RECENT))
        if seconds is not None
    ]
    return statistics.median(found) if found else plugin_cards.load().get(plugin).seconds
