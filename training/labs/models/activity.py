"""What moves in the labs of a circle: one small row for each person, for whoever watches the room."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from training.store import Base


class Activity(Base):
    """A person at work on what is set for a circle, written in the transaction of each act.

    All of it can be told from the acts themselves. It stands here so that a board which looks every few seconds reads a
    row for each person and no more, and so that people who submit at the same time never wait for one common row.
    """

    __tablename__ = "activity"

    circle: Mapped[uuid.UUID] = mapped_column(primary_key=True)  # as in an assignment
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), primary_key=True)
    acts: Mapped[int]  # how many so far: only grows
    progress_at: Mapped[datetime | None]  # last new run, new citation, right finding, or beginning
    wrong: Mapped[int]  # wrong findings in a row

    __table_args__ = (CheckConstraint("acts >= 1 AND wrong >= 0", name="counts"),)
