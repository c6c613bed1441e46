"""How far the keys of an own exhibit are: they are worked out on it, since no author could."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from training.store import Base


class OwnKeys(Base):
    """The keys of a release on one image that a trainee acquired."""

    __tablename__ = "own_keys"

    exhibit: Mapped[str] = mapped_column(ForeignKey("own_exhibit.sha256", ondelete="RESTRICT"), primary_key=True)
    state: Mapped[str] = mapped_column(String(8))  # working, sealed, or failed: then nothing is judged
    done: Mapped[int]  # runs that have ended
    total: Mapped[int]  # runs that the keys need
    proved: Mapped[int]  # questions with a key, of those that have one
    unproved: Mapped[int]  # questions whose findings go to a marker
    lost: Mapped[int]  # of the proved ones, those whose right answer is that the thing is lost
    sealed: Mapped[str] = mapped_column(String(64))  # SHA-256 of the file of sealed keys; empty before
    reason: Mapped[str] = mapped_column(Text)  # why it failed, in one sentence
    asked_at: Mapped[datetime]  # when the image was handed over
    ended_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("state IN ('working', 'sealed', 'failed')", name="state_known"),)

    @property
    def working(self) -> bool:
        """Whether findings have to wait for it still."""
        return self.state == "working"
