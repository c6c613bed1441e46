"""Rows of learning: the release that somebody works with, modules read, answers given, what others confirm of them."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from training.learning.competence.table import ROLES
from training.store import Base, Json, new_id


class Enrolment(Base):
    """A person in a course, and the release that the person works with from the first opened module on."""

    __tablename__ = "enrolment"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))  # who learns
    course: Mapped[str] = mapped_column(String(80))  # name of the course
    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("release.id", ondelete="RESTRICT"))  # the frozen course
    begun_at: Mapped[datetime]  # when the first module was opened

    __table_args__ = (UniqueConstraint("person_id", "course"), CheckConstraint("course <> ''", name="course_named"))


class Reading(Base):
    """A module that a person marked as read. Kept by the module's id, so that it stays with a newer release."""

    __tablename__ = "reading"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))  # who read it
    course: Mapped[str] = mapped_column(String(80))  # name of the course
    module: Mapped[str] = mapped_column(String(40))  # id of the module, such as m3-1
    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("release.id", ondelete="RESTRICT"))  # the text as read
    read_at: Mapped[datetime]  # when it was marked the first time

    __table_args__ = (UniqueConstraint("person_id", "course", "module"),)


class Answer(Base):
    """One answer to one question of a module. Nothing is overwritten: the latest one counts."""

    __tablename__ = "answer"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))  # who answered
    course: Mapped[str] = mapped_column(String(80))  # name of the course
    module: Mapped[str] = mapped_column(String(40))  # id of the module
    question: Mapped[str] = mapped_column(String(60))  # id of the question
    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("release.id", ondelete="RESTRICT"))  # key judged by
    value: Mapped[list[Any]] = mapped_column(Json)  # ids of chosen options in order, or one typed text
    score: Mapped[float | None]  # 0 to 1; none: saved, not judged
    request_key: Mapped[str] = mapped_column(String(64))  # of the form that was sent: sent twice, it counts once
    at: Mapped[datetime]  # when it was sent

    __table_args__ = (
        UniqueConstraint("person_id", "request_key"),
        CheckConstraint("score IS NULL OR (score >= 0 AND score <= 1)", name="score_is_share"),
        CheckConstraint("request_key <> ''", name="request_key_present"),
        Index(None, "person_id", "course", "module", "question", "at"),
    )


class Career(Base):
    """The role that somebody chose, so that their levels are shown against its targets."""

    __tablename__ = "career"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20))  # one of competence.table.ROLES
    chosen_at: Mapped[datetime]

    __table_args__ = (CheckConstraint(f"role IN {ROLES}", name="role_known"),)


class Statement(Base):
    """What an instructor confirms of a person, where no other record could say it. Never a level, nothing of a case.

    A critical error is one of these too: it is about an examination, and has a reason. A statement is never changed,
    but whoever may make one can withdraw it.
    """

    __tablename__ = "statement"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), index=True)  # about whom
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))  # made in
    kind: Mapped[str] = mapped_column(String(10))  # casework, teaching, review or critical
    competency: Mapped[str] = mapped_column(String(3))  # such as K3; empty for a critical error
    attempt_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("attempt.id", ondelete="RESTRICT"))  # for that one
    task: Mapped[str] = mapped_column(String(40))  # what was done, or which error: one of a list
    day: Mapped[date] = mapped_column(Date)  # when it was done, in the host's time zone
    reason: Mapped[str] = mapped_column(Text, default="")  # of a critical error, for the person to read
    request_key: Mapped[str] = mapped_column(String(64))  # of the form that was sent: sent twice, it counts once
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))  # who confirms it
    at: Mapped[datetime]  # when it was written down
    withdrawn_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    withdrawn_at: Mapped[datetime | None]  # it counts no more, as if it had never been made

    __table_args__ = (
        UniqueConstraint("by_id", "request_key"),
        CheckConstraint("kind IN ('casework', 'teaching', 'review', 'critical')", name="kind_known"),
        CheckConstraint("(kind = 'critical') = (attempt_id IS NOT NULL)", name="critical_has_attempt"),
        CheckConstraint("(kind = 'critical') = (competency = '')", name="others_have_competency"),
        CheckConstraint("(kind = 'critical') = (reason <> '')", name="critical_has_reason"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_by_whom"),
        CheckConstraint("person_id <> by_id", name="of_somebody_else"),
    )


class Refresher(Base):
    """The questions that were drawn to refresh a competency. Answers carry its id and their number as request key."""

    __tablename__ = "refresher"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    competency: Mapped[str] = mapped_column(String(3))  # such as K3
    questions: Mapped[list[Any]]  # [course, module, question] in the order in which they are asked
    begun_at: Mapped[datetime]

    __table_args__ = (
        Index(None, "person_id", "competency", "begun_at"),
        CheckConstraint("competency <> ''", name="competency_named"),
    )
