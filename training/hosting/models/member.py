"""People of a session, and the releases that they are held to while it is open."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from training.store import Base

SEATED = text("seat IS NOT NULL")
NUMBERED = text("number <> ''")


class SessionMember(Base):
    """A person in a session. Whoever leaves is marked as withdrawn; the row stays, as their work does."""

    __tablename__ = "session_member"

    session_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("teaching_session.id", ondelete="RESTRICT"), primary_key=True
    )
    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("person.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(String(12))  # trainee, instructor, or lead: the instructor who answers for it
    seat: Mapped[str | None] = mapped_column(String(10))  # as the seats of the room are called
    number: Mapped[str] = mapped_column(String(40), default="", server_default="")  # the host's own number; empty: none
    extra_percent: Mapped[int] = mapped_column(default=0, server_default="0")  # more time in examinations
    added_at: Mapped[datetime]
    joined_at: Mapped[datetime | None]  # when the person first came in
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_session_member_seat",
            *("session_id", "seat"),
            unique=True,
            sqlite_where=SEATED,
            postgresql_where=SEATED,
        ),
        Index(
            "uq_session_member_number",
            *("session_id", "number"),
            unique=True,
            sqlite_where=NUMBERED,
            postgresql_where=NUMBERED,
        ),
        CheckConstraint("role IN ('trainee', 'instructor', 'lead')", name="role_known"),
        CheckConstraint("extra_percent BETWEEN 0 AND 300", name="extra_in_range"),
    )

    @property
    def active(self) -> bool:
        """Whether the person is still in it."""
        return self.withdrawn_at is None

    @property
    def staff(self) -> bool:
        """Whether the person teaches in it."""
        return self.role in {"instructor", "lead"}


class PinnedRelease(Base):
    """A release of a course or lab that a session works with, from its opening on."""

    __tablename__ = "session_release"

    session_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("teaching_session.id", ondelete="RESTRICT"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)  # course or lab
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("release.id", ondelete="RESTRICT"))

    __table_args__ = (CheckConstraint("kind IN ('course', 'lab')", name="kind_known"),)
