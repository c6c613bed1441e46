"""Rows of cases: signs that an instructor opened or decided. What nobody has looked at has no row."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training.store import Base, new_id


class State(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    """Somebody is asking."""
    EXPLAINED = "explained"
    """The signs have another cause, which the note names."""
    UPHELD = "upheld"
    """The answer was passed on. Nothing follows by itself: points change by an override only."""
    DISMISSED = "dismissed"
    """The signs mean nothing."""


class SignCase(Base):
    """Signs about one attempt, or two, in one session of a lab, and what an instructor made of them."""

    __tablename__ = "sign_case"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[uuid.UUID] = mapped_column(  # where the attempts were made: only its instructors see it
        ForeignKey("organisation.id", ondelete="RESTRICT")
    )
    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("release.id", ondelete="RESTRICT"))
    assignment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("assignment.id", ondelete="RESTRICT"))
    key: Mapped[str] = mapped_column(String(64))  # SHA-256 over the attempts: the same signs give the same case
    signs: Mapped[list[Any]]  # as they were when the case was last touched, see service.signs.as_json
    state: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(Text, default="")  # the reason of the decision; the people concerned may read it
    opened_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    opened_at: Mapped[datetime]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    decided_at: Mapped[datetime | None]

    attempts: Mapped[list["SignAttempt"]] = relationship(lazy="selectin", order_by="SignAttempt.attempt_id")

    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_sign_case_organisation_id_release_id", "organisation_id", "release_id"),
        CheckConstraint("state IN ('open', 'explained', 'upheld', 'dismissed')", name="state_known"),
        CheckConstraint(
            "(state = 'open') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
            name="decided_with_time",
        ),
        CheckConstraint("state = 'open' OR length(note) > 0", name="decided_with_note"),
    )


class SignAttempt(Base):
    """An attempt that a case is about."""

    __tablename__ = "sign_attempt"

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sign_case.id", ondelete="CASCADE"), primary_key=True)
    attempt_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("attempt.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
