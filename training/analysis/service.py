"""Use cases of runs. Sessions come from the caller and are short; the engine is woken after the commit."""

import hashlib
import json
import statistics
from collections import Counter
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
from training.sentence import phrase
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


def ask(session: Session, exhibit: ExhibitKey, command: Command, now: datetime, asker: UUID | None = None) -> Run:
    """The run that answers a command: one that is complete or on its way, else a new try. Wake the engine after the
    commit.

    `asker` is whose turn in the queue it takes. Runs without one are made ahead of time: they wait until nobody waits,
    and take the turn of the first who asks for them meanwhile.
    """
    cards = plugin_cards.load()
    card = cards.get(command.plugin)
    key = key_of(exhibit, command, card, cards)
    for _ in range(3):  # a second round only if another process's try ended between our two statements
        if alive := _alive(session, key, command, asker):
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
            "asker": asker,
            "rows": 0,
            "queued_at": now,
        }
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(insert(Run).values(row).on_conflict_do_nothing())
    if alive := _alive(session, key, command, asker):
        return alive
    raise Conflict(phrase("%(command)s is being asked for by others at this moment; ask again", command=command.text))


def _alive(session: Session, key: str, command: Command, asker: UUID | None) -> Run | None:
    run = session.scalar(select(Run).where(Run.key == key, Run.state.in_(ALIVE)))
    if run is not None and not run.options:  # of people who were erased: now somebody types it again
        run.options = command.as_json()
    if run is not None and run.asker is None and run.state is State.QUEUED:
        run.asker = asker
    return run


def get(session: Session, run_id: UUID) -> Run:
    """One run. Raises NotThere."""
    if run := session.get(Run, run_id):
        return run
    raise NotThere(phrase("there is no such run"))


def queue(session: Session) -> list[Run]:
    """Queued runs in the order in which they will be started: people take turns, so that one who asks for ten keeps
    nobody waiting for ten, and what nobody waits for comes last.
    """
    turns = Counter(session.scalars(select(Run.asker).where(Run.state == State.RUNNING)))
    ordered: list[tuple[bool, int, Run]] = []
    for run in session.scalars(select(Run).where(Run.state == State.QUEUED).order_by(Run.queued_at, Run.id)):
        ordered.append((run.asker is None, turns[run.asker], run))
        turns[run.asker] += 1
    return [run for _, _, run in sorted(ordered, key=lambda entry: entry[:2])]


def take(session: Session, now: datetime, most: int = 1_000) -> Run | None:
    """Take the next run for work: it is running from now on. None when nothing waits, or only runs of people of whom
    `most` are running already.
    """
    running = Counter(session.scalars(select(Run.asker).where(Run.state == State.RUNNING)))
    for run in queue(session):
        if run.asker is not None and running[run.asker] >= most:
            continue
        changed = session.scalar(
            update(Run)
            .where(Run.id == run.id, Run.state == State.QUEUED)
            .values(state=State.RUNNING, started_at=now, stage=None, rows=0)
            .returning(Run.id)
        )
        if changed:
            return session.get_one(Run, run.id, populate_existing=True)
    return None


def withdraw(session: Session, run: Run, reason: str, now: datetime) -> bool:
    """End a run that still waits; whether it did. One that is running is the engine's to end."""
    changed = session.scalar(
        update(Run)
        .where(Run.id == run.id, Run.state == State.QUEUED)
        .values(state=State.KILLED, reason=reason, ended_at=now)
        .returning(Run.id)
    )
    return changed is not None


def progress(session: Session, run_id: UUID, stage: str, rows: int) -> None:
    """Note what is being done and how many rows there are so far."""
    session.execute(update(Run).where(Run.id == run_id, Run.state == State.RUNNING).values(stage=stage, rows=rows))


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
            stage=None,
            layers=list(outcome.layers) or None,
            peak=outcome.peak or None,
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
        .values(state=State.QUEUED, started_at=None, stage=None, rows=0)
        .returning(Run.id)
    )
    return len(back.all())


def typical_seconds(session: Session, plugin: str, exhibit: str | None = None) -> float:
    """Median duration in seconds of the last complete runs of a plugin on an exhibit; where there are none, on any
    exhibit; where there are none either, the card's figure.
    """
    recent = (
        select(Run.seconds)
        .where(Run.plugin == plugin, Run.state == State.COMPLETE, Run.seconds.is_not(None))
        .order_by(Run.ended_at.desc())
        .limit(RECENT)
    )
    for query in (recent.where(Run.exhibit == exhibit), recent):
        found = [seconds for seconds in session.scalars(query) if seconds is not None]
        if found:
            return statistics.median(found)
    return plugin_cards.load().get(plugin).seconds
