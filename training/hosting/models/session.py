"""A session: a group of people who work through a timetable at one host, under the host's rules."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training.hosting.models.member import SessionMember
from training.store import Base, new_id


class TeachingSession(Base):
    """A session of one organisation. It is prepared, opened once and closed once; nothing of it is deleted."""

    __tablename__ = "teaching_session"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))  # the host
    title: Mapped[str] = mapped_column(String(120))
    plan: Mapped[str] = mapped_column(String(40))  # name of the plan it was made from; empty: none
    language: Mapped[str] = mapped_column(String(2))  # of what is printed
    zone: Mapped[str] = mapped_column(String(60))  # IANA name: times are typed and shown in it
    room: Mapped[str] = mapped_column(String(120))
    seats: Mapped[int]
    starts_on: Mapped[date]  # first day, in the zone
    days: Mapped[int]  # how many days from then on, all following each other
    rules: Mapped[dict[str, Any]]  # attendance, examinations, certificates: see plans.Rules
    late_minutes: Mapped[int]  # who comes later than this to a half-day is late
    hints: Mapped[bool]  # whether hints can be opened in practice
    opened_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]  # since when the room is paused; none: it isn't
    closed_at: Mapped[datetime | None]
    made_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))  # none: by command
    made_at: Mapped[datetime]

    members: Mapped[list[SessionMember]] = relationship(
        lazy="selectin", order_by=(SessionMember.added_at, SessionMember.person_id), passive_deletes="all"
    )

    __table_args__ = (
        Index("ix_teaching_session_organisation_id_starts_on", "organisation_id", "starts_on"),
        CheckConstraint("title <> ''", name="title_given"),
        CheckConstraint("seats BETWEEN 1 AND 500", name="seats_in_range"),
        CheckConstraint("days BETWEEN 1 AND 60", name="days_in_range"),
        CheckConstraint("late_minutes BETWEEN 0 AND 240", name="late_in_range"),
        CheckConstraint("closed_at IS NULL OR opened_at IS NOT NULL", name="closed_after_opened"),
    )

    @property
    def state(self) -> str:
        """`planned`, `open`, `paused` or `closed`."""
        if self.closed_at is not None:
            return "closed"
        if self.opened_at is None:
            return "planned"
        return "open" if self.paused_at is None else "paused"

    @property
    def running(self) -> bool:
        """Whether it is open, paused or not: its people are held to its releases."""
        return self.opened_at is not None and self.closed_at is None
