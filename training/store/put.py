"""One new row, at once: for what every submission passes, where the bookkeeping of a flush would cost more than the
statement.
"""

from functools import lru_cache
from typing import cast

from sqlalchemy import Insert, Table, inspect
from sqlalchemy import insert as insert_into
from sqlalchemy.orm import Session, make_transient_to_detached

from training.store.base import Base


def put(session: Session, row: Base) -> None:
    """Insert a new row now and hold it in the session, as adding and flushing it would.

    Its primary key must be set (`id=new_id()`), and so must every other column that has no default and may not be
    empty; a column that is not set is read from the database when it is asked for.
    """
    session.flush()
    statement, names = _insert(type(row))
    held = vars(row)
    session.connection().execute(statement, {name: held[name] for name in names if name in held})
    make_transient_to_detached(row)
    session.add(row)


@lru_cache
def _insert(kind: type[Base]) -> tuple[Insert, tuple[str, ...]]:
    names = tuple(one.key for one in inspect(kind).column_attrs)
    return insert_into(cast("Table", kind.__table__)), names
