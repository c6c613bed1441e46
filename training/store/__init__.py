"""The database: base class of rows, unit of work, column types, migrations. It knows no other room."""

from training.store.base import Base
from training.store.busy import is_busy
from training.store.full import if_there_is_room, is_full
from training.store.ids import new_id
from training.store.plain import Plain
from training.store.types import Json, Told, UtcTime
from training.store.unit import Store, locked

__all__ = [
    "Base",
    "Json",
    "Plain",
    "Store",
    "Told",
    "UtcTime",
    "if_there_is_room",
    "is_busy",
    "is_full",
    "locked",
    "new_id",
]
