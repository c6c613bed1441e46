"""The database: base class of rows, unit of work, column types, migrations. It knows no other room."""

from training.store.base import Base
from training.store.ids import new_id
from training.store.plain import Plain
from training.store.types import Json, Told, UtcTime
from training.store.unit import Store

__all__ = ["Base", "Json", "Plain", "Store", "Told", "UtcTime", "new_id"]
