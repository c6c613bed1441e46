"""Slots of a session's timetable."""

import uuid
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from training.hosting.plan import Texts, say
from training.store import Base, new_id


class Part(Base):
    """A slot of the timetable: what happens from when on and for how long, as planned and as it was.

    A reference is {"kind": "course" | "lab" | "exercise", "name", and "module" or "mode" ("practice" or "examination")
    where it has one}. `name` is the name of the folder, whether it is installed or not.

    `texts` are those of its session's plan in other languages, set where slots are read to be shown.
    """

    texts: ClassVar[Texts] = MappingProxyType({})

    __tablename__ = "session_part"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("teaching_session.id", ondelete="RESTRICT"))
    day: Mapped[int]  # from 1
    half: Mapped[int]  # of the day, from 1: morning, afternoon
    number: Mapped[int]  # order in the session, from 1
    starts_at: Mapped[datetime]  # as planned
    minutes: Mapped[int]  # as planned
    kind: Mapped[str] = mapped_column(String(5))  # L W P D Q E A, or break
    title: Mapped[str] = mapped_column(String(160))
    refs: Mapped[list[Any]]
    exam: Mapped[str] = mapped_column(String(10))  # name of the examination in the rules that it is; empty: none
    lead_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    began_at: Mapped[datetime | None]  # as it was
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_session_part_session_id_starts_at", "session_id", "starts_at"),
        CheckConstraint("kind IN ('L', 'W', 'P', 'D', 'Q', 'E', 'A', 'break')", name="kind_known"),
        CheckConstraint("minutes BETWEEN 1 AND 720", name="minutes_in_range"),
        CheckConstraint("day >= 1 AND half >= 1 AND number >= 1", name="counted_from_one"),
        CheckConstraint("ended_at IS NULL OR began_at IS NOT NULL", name="ended_after_begun"),
    )

    @property
    def said(self) -> str:
        """The title, which knows what it is in other languages where it came with the plan."""
        return say(self.texts, self.title)

    @property
    def ends_at(self) -> datetime:
        """When it ends, as planned."""
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def contact(self) -> bool:
        """Whether its minutes count as contact time: all but breaks."""
        return self.kind != "break"

    @property
    def examination(self) -> bool:
        """Whether it is one."""
        return self.kind == "E"
