"""Bundles that were made before an erasure: what they have of the person is emptied before it is compared or written.

The rows of a bundle are worked off as those of the database are, by the registry. So the page that shows what a bundle
would change shows nothing of the person either, and no unit ever holds it. What can't be told from the bundle alone is
erased once more in the same unit, and files follow with the next pass.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.models import Person
from training.hosting.carry import erased
from training.hosting.carry.rows import Row, State, encoded
from training.personal.registry import BY_NAME, NOBODY, PERSON, TABLES, Fate, Table
from training.personal.service import asking, erasing
from training.personal.service.reach import key_of

VERDICTS = frozenset(("finding", "judgement"))


class Keeper:
    """See `training.hosting.carry.erased.Eraser`."""

    def without(self, session: Session, theirs: State, ours: State, people: Collection[str]) -> State:
        """The rows of a bundle, as an erasure of these people would have left them."""
        names = _names(session, theirs, people)
        work = _Work(theirs, ours, frozenset(people))
        found = {name: dict(rows) for name, rows in theirs.items()}
        for one in TABLES:
            if one.name in found:
                emptied = work.emptied(one)
                found[one.name] = {key: _unnamed(one, row, names) for key, row in emptied.items()}
        return found

    def again(self, session: Session, people: Collection[str], now: datetime) -> None:
        """Erase these people once more. Files are done by the next pass, also where the process ends before."""
        for one in sorted(people):
            asking.again(session, UUID(one), now)


def register() -> None:
    """Let bundles be taken in this way."""
    erased.register(Keeper())


@dataclass(frozen=True, slots=True)
class _Work:
    theirs: State
    ours: State
    people: frozenset[str]

    def mine(self, one: Table) -> set[str]:
        """The keys of rows of the bundle that are these people's."""
        wanted = self._wanted(one)
        return {key for key, row in self.theirs[one.name].items() if self._is_mine(one, row, wanted)}

    def emptied(self, one: Table) -> dict[str, Row]:
        """The rows of one table, those of these people as an erasure leaves them."""
        rows, mine = self.theirs[one.name], self.mine(one)
        here = self.ours.get(one.name, {})
        return {
            key: self._emptied(one, row, here.get(key)) if key in mine else row
            for key, row in rows.items()
            if key not in mine or one.fate is not Fate.REMOVED
        }

    def _emptied(self, one: Table, row: Row, here: Row | None) -> Row:
        """What stands here already was emptied here: a bundle changes nothing of that."""
        if one.name == "certificate":  # whether it keeps its name was chosen with the erasure
            return here or row
        values = {name: _instead(row[name], value) for name, value in one.emptied.items() if name in row}
        if one.name in VERDICTS:
            values["verdict"] = _blank(row["verdict"])
        return {**row, **{name: here[name] if here else value for name, value in values.items()}}

    def _wanted(self, one: Table) -> set[str]:
        """What the column has to name for a row to be theirs."""
        column, target = one.of
        if not column or target == PERSON:
            return set(self.people)
        parent, _, key = target.partition(".")
        if parent not in self.theirs:
            return set()
        wanted = self._wanted(BY_NAME[parent])
        name = key or key_of(parent).key or ""
        both = (*self.theirs[parent].values(), *self.ours.get(parent, {}).values())
        return {str(row[name]) for row in both if self._is_mine(BY_NAME[parent], row, wanted)}

    @staticmethod
    def _is_mine(one: Table, row: Row, wanted: set[str]) -> bool:
        return one.of != NOBODY and str(row[one.of[0]]) in wanted


def _instead(before: Any, value: object) -> Any:
    """What an erasure writes: a word that stands for a text only where there was one."""
    return encoded(value) if not isinstance(value, str) or before not in ("", None) else before


def _blank(said: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**said, **erasing.BLANK} if any(said.get(one) for one in erasing.BLANK) else said


def _names(session: Session, theirs: State, people: Collection[str]) -> dict[str, str]:
    """Full names that the bundle has of them, each with what stands in its place; none that somebody else has too."""
    asked = select(Person.id, Person.name).where(Person.id.in_(map(UUID, people)))
    stand_ins = {str(id_): name for id_, name in session.execute(asked)}
    others = {str(row["name"]) for key, row in theirs["person"].items() if key not in people}
    found = {str(theirs["person"][one]["name"]): stand_ins[one] for one in sorted(people)}
    taken = others | set(session.scalars(select(Person.name).where(Person.name.in_(found))))
    return {name: instead for name, instead in found.items() if erasing.full(name) and name not in taken}


def _unnamed(one: Table, row: Row, names: Mapping[str, str]) -> Row:
    """The row with stand-ins for full names in what others wrote."""
    changed = {}
    for column in one.mentions.split():
        text = row[column]
        for name, instead in names.items() if isinstance(text, str) else ():
            text = text.replace(name, instead)
        if text != row[column]:
            changed[column] = text
    return {**row, **changed} if changed else row
