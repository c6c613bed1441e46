"""Rows of releases."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from training.store import Base, new_id


class Release(Base):
    """An immutable, content-addressed copy of a course or lab; attempts and progress pin one."""

    __tablename__ = "release"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))  # course or lab
    name: Mapped[str] = mapped_column(String(80))  # name of its folder
    sha256: Mapped[str] = mapped_column(String(64))  # digest over names and contents of its files
    published_at: Mapped[datetime]
    current: Mapped[bool]  # whether it is the one that is offered now

    __table_args__ = (
        UniqueConstraint("kind", "name", "sha256"),
        CheckConstraint("kind IN ('course', 'lab')", name="kind_known"),
    )
