"""Rows of appeals: what a trainee holds against a verdict, and what became of it."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from training.store import Base, new_id

STILL_OPEN = text("outcome IS NULL")


class Kind(StrEnum):
    """What is asked for."""

    COMPLAINT = "complaint"
    """The credit is held to be wrong. It costs a token, which comes back when the complaint is upheld."""
    QUESTION = "question"
    """More feedback is asked for. It is free, and the credit can't change."""


class Outcome(StrEnum):
    """What an appeal ended in."""

    UPHELD = "upheld"
    DISMISSED = "dismissed"
    ANSWERED = "answered"


class Appeal(Base):
    """An appeal against what grading, or a person, said of one finding. It is decided once and then stands."""

    __tablename__ = "appeal"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), index=True)
    finding_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("finding.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))  # complaint or question
    reason: Mapped[str] = mapped_column(Text)  # what the trainee wrote
    against: Mapped[int]  # number of the judgement that stood, 0 for the finding's own verdict
    request_key: Mapped[str] = mapped_column(String(64))  # made with the form: repeating a request changes nothing
    made_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(String(10))  # upheld, dismissed or answered; none while it is open
    note: Mapped[str] = mapped_column(Text, default="")  # what the decider wrote; the trainee reads it
    judgement_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("judgement.id", ondelete="RESTRICT"))
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("attempt_id", "request_key"),
        Index(
            "uq_appeal_one_open",
            *("finding_id", "kind"),
            unique=True,
            sqlite_where=STILL_OPEN,
            postgresql_where=STILL_OPEN,
        ),
        CheckConstraint("kind IN ('complaint', 'question')", name="kind_known"),
        CheckConstraint("outcome IS NULL OR outcome IN ('upheld', 'dismissed', 'answered')", name="outcome_known"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided_with_time"),
        CheckConstraint("kind = 'complaint' OR outcome IS NULL OR outcome = 'answered'", name="question_is_answered"),
        CheckConstraint("kind = 'question' OR outcome IS NULL OR outcome <> 'answered'", name="complaint_is_decided"),
        CheckConstraint("(outcome = 'upheld') = (judgement_id IS NOT NULL) OR outcome IS NULL", name="upheld_judges"),
        CheckConstraint("against >= 0", name="against_not_negative"),
    )
