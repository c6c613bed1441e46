"""Look after all machines now and then: close what ended, do what waits, finish what was handed over, end idle ones."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import or_, select

from training.accounts.models import Person
from training.errors import DomainError
from training.machines.models import Response
from training.machines.ranges import Range
from training.machines.service import acquiring, carrying, console, handing, responses
from training.sentence import phrase
from training.settings import Settings
from training.store import Store

PAUSE = 15.0
"""Seconds between two rounds."""
KEPT = timedelta(days=1)
"""So long what was acquired can be handed over after its machine has ended."""
STARTING = timedelta(minutes=10)
"""After so long nobody waits any more for a machine that did not start."""

log = structlog.get_logger("engram.machines")


def keep(store: Store, settings: Settings, clock: handing.Clock, wake: Callable[[], None]) -> None:
    """Go round for ever; for a thread of the first process of a server. `wake` has runs begun that were asked for."""
    here, pause = Range.of(settings), threading.Event()
    while not pause.wait(PAUSE):
        try:
            go_round(store, settings, here, clock)
        except Exception:
            log.exception("machines.round_failed")
        wake()


def go_round(store: Store, settings: Settings, here: Range, clock: handing.Clock) -> None:
    """One round over all responses that are not at their end. What fails with one does not stop the others."""
    here.guests.reap(here.machines, here.limits)
    waiting = or_(
        Response.ended_at.is_(None),
        (Response.state == "handed") & Response.attempt_id.is_(None),
    )
    with store.reading() as session:
        erased = select(Person.id).where(Person.erased_at.is_not(None))  # their files go, and are not written anew
        found = session.scalars(select(Response.id).where(waiting, Response.person_id.not_in(erased))).all()
    for response_id in found:
        try:
            _one(store, settings, here, response_id, clock)
        except DomainError as fault:
            log.warning("machines.not_kept", response=str(response_id), why=fault.message)


def _one(store: Store, settings: Settings, here: Range, response_id: UUID, clock: handing.Clock) -> None:
    with store.reading() as session:
        response = session.get_one(Response, response_id)
    if response.state == "handed":
        handing.finish(store, settings, here, response_id, clock)
        return
    if response.state == "starting" and clock() - response.begun_at > STARTING:
        with store.writing() as session:
            why = phrase("The machine was never started.")
            responses.end(session, responses.get(session, response_id), why, clock())
        responses.let_go(here, response_id)
    if response.gone_at is not None and clock() - response.gone_at > KEPT:
        with store.writing() as session:
            why = phrase("Nobody handed over what was acquired.")
            responses.end(session, responses.get(session, response_id), why, clock())
        responses.let_go(here, response_id)
    elif response.state == "live":
        acquiring.take(store, here, response_id, clock)
        carrying.out(store, here, response_id, clock())
        console.settle(store, here, response_id, clock())
