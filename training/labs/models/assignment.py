"""A lab as an instructor set it for an organisation: mode, dates, limits, and what single people get beyond them."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from training.store import Base, new_id

FOR_ALL = text("withdrawn_at IS NULL AND circle IS NULL")
IN_CIRCLE = text("withdrawn_at IS NULL AND circle IS NOT NULL AND person_id IS NULL")
FOR_ONE = text("withdrawn_at IS NULL AND person_id IS NOT NULL")


class Assignment(Base):
    """A lab set for an organisation, or for a circle of people that one of its sessions brings together.

    Attempts that are begun while it stands follow it, also after it is withdrawn.
    """

    __tablename__ = "assignment"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    circle: Mapped[uuid.UUID | None]  # whom it is for: id of a teaching session; none: the whole organisation
    person_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="RESTRICT")
    )  # who of the circle takes an examination again; none: it is for all of it
    lab: Mapped[str] = mapped_column(String(80))  # name of the lab's folder
    title: Mapped[str] = mapped_column(String(120))
    mode: Mapped[str] = mapped_column(String(12))  # practice, or examination
    opens_at: Mapped[datetime]  # when it may be begun
    timeline: Mapped[list[Any]]  # [until in ISO 8601, percent], in order; empty: no date, all at 100 percent
    after: Mapped[str] = mapped_column(String(10))  # what follows the last date: closed, or practice at 0 percent
    minutes: Mapped[int | None]  # time of each person from the beginning of the attempt
    hints: Mapped[bool]  # whether hints can be opened
    pass_percent: Mapped[int]  # share of the lab's points from which on an attempt is passed
    released_at: Mapped[datetime | None]  # of an examination: when its people may see feedback and points
    made_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]  # nobody begins on it from then on

    __table_args__ = (
        Index(
            "uq_assignment_one_open",
            *("organisation_id", "lab"),
            unique=True,
            sqlite_where=FOR_ALL,
            postgresql_where=FOR_ALL,
        ),
        Index(
            "uq_assignment_one_in_circle",
            *("organisation_id", "lab", "circle"),
            unique=True,
            sqlite_where=IN_CIRCLE,
            postgresql_where=IN_CIRCLE,
        ),
        Index(
            "uq_assignment_one_for_person",
            *("organisation_id", "lab", "circle", "person_id"),
            unique=True,
            sqlite_where=FOR_ONE,
            postgresql_where=FOR_ONE,
        ),
        CheckConstraint("person_id IS NULL OR circle IS NOT NULL", name="person_in_circle"),
        CheckConstraint("mode IN ('practice', 'examination')", name="mode_known"),
        CheckConstraint("after IN ('closed', 'practice')", name="after_known"),
        CheckConstraint("minutes IS NULL OR minutes BETWEEN 1 AND 100000", name="minutes_in_range"),
        CheckConstraint("pass_percent BETWEEN 0 AND 100", name="pass_is_percent"),
    )

    @property
    def examination(self) -> bool:
        """Whether it is an examination."""
        return self.mode == "examination"


class AssignmentPerson(Base):
    """A person of the circle that an assignment is for; an assignment without a circle is for everybody."""

    __tablename__ = "assignment_person"

    assignment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assignment.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("person.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    exhibit: Mapped[str | None] = mapped_column(String(64))  # SHA-256 of the image that the person gets; none: any

    __table_args__ = (CheckConstraint("exhibit IS NULL OR length(exhibit) = 64", name="exhibit_is_sha256"),)


class Accommodation(Base):
    """More time for one person: every date of the assignment, and its time limit, move by it."""

    __tablename__ = "accommodation"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    assignment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assignment.id", ondelete="RESTRICT"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    extra_minutes: Mapped[int]
    note: Mapped[str] = mapped_column(Text, default="")  # why, for instructors
    given_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    at: Mapped[datetime]  # when it was last given or changed

    __table_args__ = (
        UniqueConstraint("assignment_id", "person_id"),
        CheckConstraint("extra_minutes BETWEEN 0 AND 100000", name="minutes_in_range"),
    )
