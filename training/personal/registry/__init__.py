"""Every table and every column of the program: whose data it is, what an export shows, what an erasure leaves.

A table or column that is not in here stops the tests.
"""

from collections.abc import Mapping
from types import MappingProxyType

from training.personal.registry import content, machines, people, sessions, work
from training.personal.registry.kinds import NOBODY, PERSON, Fate, Table, Term

TABLES = (*people.TABLES, *work.TABLES, *machines.TABLES, *sessions.TABLES, *content.TABLES)
"""In the order in which an export shows them, and an erasure works them off."""

BY_NAME: Mapping[str, Table] = MappingProxyType({one.name: one for one in TABLES})

__all__ = ["BY_NAME", "NOBODY", "PERSON", "TABLES", "Fate", "Table", "Term"]
