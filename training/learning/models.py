"""Rows of learning: the release that somebody works with, the modules read, the answers given."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

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
