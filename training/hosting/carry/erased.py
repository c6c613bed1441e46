"""People whose data was erased here: what a bundle still has of them goes before anything is compared or written.

How rows are emptied is said by the room that erases, which stands above this one and registers it. Where nobody has, a
bundle with such people is not even looked at.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.hosting.carry import rows
from training.hosting.carry.rows import State


class Eraser(Protocol):
    """How data of people who were erased is kept from coming back."""

    def without(self, session: Session, theirs: State, ours: State, people: Collection[str]) -> State:
        """The rows of a bundle, under the ids of here, as an erasure of these people would have left them."""

    def again(self, session: Session, people: Collection[str], now: datetime) -> None:
        """Erase these people a second time, in the unit that took a bundle, and see to it that files follow."""


_registered: list[Eraser] = []


def register(eraser: Eraser) -> None:
    """Say how it is done. The last one that was registered does it."""
    _registered[:] = [eraser]


def among(session: Session, theirs: State) -> frozenset[str]:
    """The people of a bundle, under the ids of here, who were erased here."""
    person, found = rows.table("person"), set[str]()
    asked = [UUID(one) for one in sorted(theirs["person"])]
    for at in range(0, len(asked), rows.BATCH):
        gone = select(person.c.id).where(person.c.id.in_(asked[at : at + rows.BATCH]), person.c.erased_at.is_not(None))
        found.update(str(one) for one in session.scalars(gone))
    return frozenset(found)


def without(session: Session, theirs: State, ours: State, people: Collection[str]) -> State:
    """The rows of a bundle without what was erased here."""
    return _eraser().without(session, theirs, ours, people) if people else theirs


def again(session: Session, people: Collection[str], now: datetime) -> None:
    """Erase once more what came in of these people. In the unit that wrote it."""
    if people:
        _eraser().again(session, people, now)


def _eraser() -> Eraser:
    if not _registered:
        raise ValueError("a bundle has people who were erased here, and nobody has registered how to keep them out")
    return _registered[0]
