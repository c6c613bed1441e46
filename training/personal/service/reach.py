"""Which rows are a person's, as SQL: by the column that names the person, or by the rows that they belong to."""

from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, false, or_, select

from training.audit.models import Event
from training.personal.registry import BY_NAME, NOBODY, PERSON, Table
from training.schema import metadata


def of_schema(name: str) -> FromClause:
    """The table of this name."""
    return metadata().tables[name]


def key_of(name: str, key: str = "") -> ColumnElement[UUID]:
    """The column by which rows of other tables name those of this one."""
    table = metadata().tables[name]
    return table.c[key] if key else next(iter(table.primary_key))


def rows_of(one: Table, person: UUID) -> ColumnElement[bool]:
    """The condition under which a row is this person's."""
    if one.of == NOBODY:
        return false()
    column, target = one.of
    mine = of_schema(one.name).c[column]
    if target == PERSON and one.name == Event.__tablename__:  # what others did with the account is about it, too
        return or_(Event.actor == person, Event.subject == f"person:{person}")
    if target == PERSON:
        return mine == person
    parent, _, key = target.partition(".")
    return mine.in_(select(key_of(parent, key)).where(rows_of(BY_NAME[parent], person)))
