"""Rows of the audit log."""

import secrets
import uuid
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CheckConstraint, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from training.store import Base, Json, new_id
from training.store.append_only import guard


class Event(Base):
    """One act, chained to the one before it. Triggers in the database refuse to change or remove a row."""

    __tablename__ = "event"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # place in the chain, from 1 without gaps
    id: Mapped[uuid.UUID] = mapped_column(unique=True)  # made where it arose, so that chains can be compared
    at: Mapped[datetime]  # when it was recorded
    actor: Mapped[uuid.UUID | None]  # person, by id only; none for the program itself
    act: Mapped[str] = mapped_column(String(60))  # such as sign-in.started
    subject: Mapped[str] = mapped_column(String(200))  # kind:id of what it was done to
    details: Mapped[dict[str, Any]]  # facts without personal data; a commitment stands for what may be erased
    previous: Mapped[str] = mapped_column(String(64))  # digest of the event before, zeros for the first
    seals: Mapped[dict[str, Any] | None] = mapped_column(Json)  # digests of the rows that the act left, see seals.py
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 over this row's canonical form

    __table_args__ = (CheckConstraint("seq >= 1", name="seq_from_one"),)


guard(cast("Table", Event.__table__))


class Salt(Base):
    """Random bytes behind a commitment to personal data; erasing the row makes the commitment say nothing."""

    __tablename__ = "salt"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person: Mapped[uuid.UUID] = mapped_column(index=True)  # whose data the commitment covers
    value: Mapped[str] = mapped_column(String(64))  # 32 random bytes in hexadecimal

    @staticmethod
    def random(person: uuid.UUID) -> dict[str, Any]:
        """The columns of a new salt of a person."""
        return {"id": new_id(), "person": person, "value": secrets.token_hex(32)}
