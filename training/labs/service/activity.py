"""Tell whoever watches a circle that one of its people did something: one statement in the transaction of the act."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from training.labs.models import Activity, Assignment

_TABLE = cast("Table", Activity.__table__)


class Act(Enum):
    """What an act means for a person's progress."""

    MOVED = "moved"
    """A new run or citation, or an attempt that is begun."""
    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"
    OTHER = "other"
    """Neither: a hint, or a finding that waits for a marker."""


def told(session: Session, assignment: Assignment | None, person: UUID, act: Act, now: datetime) -> None:
    """Note an act of a person under an assignment. What is done outside a circle is nobody's to watch."""
    if assignment is None or assignment.circle is None:
        return
    session.flush()
    connection = session.connection()
    given = {"circle": assignment.circle, "person_id": person, "acts": 1, "wrong": int(act is Act.WRONG)}
    given["progress_at"] = now if act in {Act.MOVED, Act.RIGHT} else None
    connection.execute(_statement(connection.dialect.name, act), given)


@lru_cache
def _statement(dialect: str, act: Act) -> Any:
    """Insert the row of a person, or bring it forward; no look before it, and no row that others wait for."""
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(_TABLE)
    insert = insert.values({one.name: bindparam(one.name, type_=one.type) for one in _TABLE.c})
    changed: dict[str, Any] = {"acts": _TABLE.c.acts + 1}
    if act in {Act.MOVED, Act.RIGHT}:
        changed["progress_at"] = insert.excluded.progress_at
    if act in {Act.RIGHT, Act.PARTLY}:
        changed["wrong"] = 0
    if act is Act.WRONG:
        changed["wrong"] = _TABLE.c.wrong + 1
    return insert.on_conflict_do_update(index_elements=["circle", "person_id"], set_=changed)


def of(session: Session, circle: UUID) -> Mapping[UUID, Activity]:
    """The people of a circle who have done something, each with what is known of it."""
    found = session.scalars(select(Activity).filter_by(circle=circle))
    return {one.person_id: one for one in found}
