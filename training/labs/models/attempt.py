"""An attempt, the runs asked for in it, and the commands as they were typed."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from training.store import Base, Told, new_id

OPEN = text("closed_at IS NULL")


class Attempt(Base):
    """One person's work on one lab release and one exhibit."""

    __tablename__ = "attempt"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))  # whose work it is
    organisation_id: Mapped[uuid.UUID] = mapped_column(  # where the person worked when it was opened
        ForeignKey("organisation.id", ondelete="RESTRICT"), index=True
    )
    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("release.id", ondelete="RESTRICT"))  # the frozen lab
    exhibit: Mapped[str] = mapped_column(ForeignKey("exhibit.sha256", ondelete="RESTRICT"))  # the image asked
    assignment_id: Mapped[uuid.UUID | None] = mapped_column(  # what was set when it was begun; none: practice
        ForeignKey("assignment.id", ondelete="RESTRICT"), index=True
    )
    opened_at: Mapped[datetime]  # when it was begun
    closed_at: Mapped[datetime | None]  # when the trainee ended it; nothing is added afterwards

    __table_args__ = (
        Index("uq_attempt_one_open", "person_id", "release_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name="closed_after_opened"),
        CheckConstraint("length(exhibit) = 64", name="exhibit_is_sha256"),
    )


class AttemptRun(Base):
    """A run that somebody asked for within an attempt; the run itself is shared by all who ask the same."""

    __tablename__ = "attempt_run"

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 1, 2, 3 … as the trainee sees it
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("run.id", ondelete="RESTRICT"), index=True)
    asked_at: Mapped[datetime]  # when it was first asked in this attempt

    __table_args__ = (
        UniqueConstraint("attempt_id", "run_id"),
        CheckConstraint("number >= 1", name="number_from_one"),
    )


class AttemptCommand(Base):
    """A command as it was typed in an attempt, understood or not: the history of the command line."""

    __tablename__ = "attempt_command"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]  # when it was sent
    typed: Mapped[str] = mapped_column(Text)  # as it was typed
    number: Mapped[int | None]  # number of the run that answers it in the attempt
    answer: Mapped[str | None] = mapped_column(Told)  # what the trainee was told instead, where there is no run

    __table_args__ = (CheckConstraint("(number IS NULL) = (answer IS NOT NULL)", name="answered"),)
