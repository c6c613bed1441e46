"""What was carried to the machine and away from it: media with their serial numbers, and acquisitions."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from training.store import Base


class Medium(Base):
    """A medium in the trainee's bag: the kit, or an evidence medium."""

    __tablename__ = "response_medium"

    response_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(10))  # kit or evidence
    serial: Mapped[str] = mapped_column(String(20))  # as it is printed on it, and as the machine reads it
    failing: Mapped[bool]  # whether it fails on purpose
    plugged_at: Mapped[datetime | None]  # last time
    unplugged_at: Mapped[datetime | None]  # none while it is in the machine

    __table_args__ = (
        CheckConstraint("number >= 1", name="number_from_one"),
        CheckConstraint("kind IN ('kit', 'evidence')", name="kind_known"),
        CheckConstraint("unplugged_at IS NULL OR plugged_at IS NOT NULL", name="plugged_before"),
    )

    @property
    def plugged(self) -> bool:
        """Whether it is in the machine."""
        return self.plugged_at is not None and self.unplugged_at is None


class Acquisition(Base):
    """An image of the machine's memory: taken by a program inside, or from outside."""

    __tablename__ = "response_acquisition"

    response_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    way: Mapped[str] = mapped_column(String(10))  # inside or outside
    entry: Mapped[int | None]  # number of the command that took it, from inside
    medium: Mapped[int | None]  # number of the medium that it lies on, from inside
    file: Mapped[str] = mapped_column(String(200))  # name of the file, as the machine has it
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # none while it is being taken
    paused: Mapped[float]  # seconds for which the machine stood still
    size: Mapped[int]  # bytes, as the machine's side has it
    sha256: Mapped[str] = mapped_column(String(64))  # on the machine's side; empty before
    received: Mapped[str] = mapped_column(String(64))  # on our side, of the file that came off the medium; empty before
    truth: Mapped[bool | None]  # whether the machine wrote down what it is like; none: not asked yet
    exhibit: Mapped[str] = mapped_column(String(64))  # SHA-256 of the exhibit that was made of it; empty before
    fault: Mapped[str] = mapped_column(String(300))  # why it could not be received; empty: nothing was wrong

    __table_args__ = (
        CheckConstraint("number >= 1 AND size >= 0 AND paused >= 0", name="counts"),
        CheckConstraint("way IN ('inside', 'outside')", name="way_known"),
    )
