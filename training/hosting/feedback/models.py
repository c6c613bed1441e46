"""Rows of feedback: surveys of a session, who has answered, and the answers.

Answers have no person, no time and a random id, and SQLite keeps their rows in the order of that id. Who has answered
has no time either, and no key that an answer has.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from training.hosting.feedback.questions import KINDS
from training.store import Base, new_id

KNOWN = ", ".join(repr(one) for one in KINDS)


class Survey(Base):
    """One survey of a session's trainees, and when answers are taken."""

    __tablename__ = "feedback_survey"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("teaching_session.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(10))
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    asked: Mapped[int]  # trainees in the session when it was set; more where more answered
    made_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("session_id", "kind"),
        CheckConstraint(f"kind IN ({KNOWN})", name="kind_known"),
        CheckConstraint("closes_at >= opens_at", name="closes_after_opening"),
        CheckConstraint("asked >= 0", name="asked_counted"),
    )

    def collecting(self, now: datetime) -> bool:
        """Whether answers are taken."""
        return self.opens_at <= now < self.closes_at

    def over(self, now: datetime) -> bool:
        """Whether no answers are taken any more: then results are shown."""
        return self.closes_at <= now


class Answered(Base):
    """That a person has sent answers to a survey. Which ones, nothing says."""

    __tablename__ = "feedback_answered"

    survey_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("feedback_survey.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("person.id", ondelete="RESTRICT"), primary_key=True, index=True
    )

    __table_args__ = ({"sqlite_with_rowid": False},)


class Answers(Base):
    """What somebody answered, by question."""

    __tablename__ = "feedback_answers"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    survey_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("feedback_survey.id", ondelete="CASCADE"), index=True)
    data: Mapped[dict[str, Any]]

    __table_args__ = ({"sqlite_with_rowid": False},)
