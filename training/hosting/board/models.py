"""Rows of the board: what staff told a session and its people asked for, numbered in the order in which it came.

Numbers, not times, say what came first: a clock that is set back reorders nothing.
"""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from training.store import Base, new_id

WAITING = text("closed_at IS NULL AND withdrawn_at IS NULL")
PAUSED = text("kind = 'pause' AND ended_at IS NULL")
KEYED = text("request_key <> ''")


def _session() -> Mapped[uuid.UUID]:
    return mapped_column(ForeignKey("teaching_session.id", ondelete="RESTRICT"))


def _person() -> Mapped[uuid.UUID]:
    return mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))


class Board(Base):
    """The counter of a session: it grows with all that its people may have to be told, and with nothing else."""

    __tablename__ = "session_board"

    session_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("teaching_session.id", ondelete="RESTRICT"), primary_key=True
    )
    version: Mapped[int]


class Message(Base):
    """What staff said to everybody in a session."""

    __tablename__ = "session_message"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[uuid.UUID] = _session()
    number: Mapped[int]  # order in the session, from 1
    text: Mapped[str] = mapped_column(String(500))
    by: Mapped[uuid.UUID] = _person()
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    request_key: Mapped[str] = mapped_column(String(64))  # made with the form: sending it twice says it once

    __table_args__ = (
        UniqueConstraint("session_id", "number"),
        UniqueConstraint("session_id", "request_key"),
        CheckConstraint("text <> ''", name="text_given"),
    )


class Follower(Base):
    """How far a person has read what was said in a session."""

    __tablename__ = "session_follower"

    session_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("teaching_session.id", ondelete="RESTRICT"), primary_key=True
    )
    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("person.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    read_to: Mapped[int]  # number of the last message that was read


class HelpRequest(Base):
    """A trainee asks for help, in one line; an instructor takes it, and closes it with a word."""

    __tablename__ = "session_help"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[uuid.UUID] = _session()
    number: Mapped[int]  # order in the session, from 1
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), index=True)
    kind: Mapped[str] = mapped_column(String(10))  # what it is about: machine, wording, or work
    question: Mapped[str] = mapped_column(String(40))  # which question, as the trainee calls it; empty for a machine
    did: Mapped[str] = mapped_column(String(300))
    sees: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime]
    taken_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    taken_at: Mapped[datetime | None]
    closed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    closed_at: Mapped[datetime | None]
    word: Mapped[str] = mapped_column(String(10))  # what it was: idea, tool, data, question or machine; empty before
    withdrawn_at: Mapped[datetime | None]  # when the trainee took it back

    __table_args__ = (
        UniqueConstraint("session_id", "number"),
        Index(
            "uq_session_help_one_waiting",
            *("session_id", "person_id"),
            unique=True,
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        CheckConstraint("kind IN ('machine', 'wording', 'work')", name="kind_known"),
        CheckConstraint("word IN ('', 'idea', 'tool', 'data', 'question', 'machine')", name="word_known"),
        CheckConstraint("(closed_at IS NULL) = (word = '')", name="closed_with_a_word"),
    )


class Incident(Base):
    """A disturbance of the timetable as it was kept: a pause, time that was given, real times that were corrected."""

    __tablename__ = "session_incident"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[uuid.UUID] = _session()
    number: Mapped[int]  # order in the session, from 1
    kind: Mapped[str] = mapped_column(String(10))  # pause, extension, or times
    part_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("session_part.id", ondelete="SET NULL"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))  # none: all
    minutes: Mapped[int | None]  # given, or how long a pause took, rounded up; none while it goes on
    reason: Mapped[str] = mapped_column(String(300))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # of a pause: none while it goes on
    by: Mapped[uuid.UUID] = _person()
    request_key: Mapped[str] = mapped_column(String(64))  # of an extension: sending it twice gives the time once

    __table_args__ = (
        UniqueConstraint("session_id", "number"),
        Index("uq_session_incident_one_pause", "session_id", unique=True, sqlite_where=PAUSED, postgresql_where=PAUSED),
        Index(
            "uq_session_incident_key",
            *("session_id", "request_key"),
            unique=True,
            sqlite_where=KEYED,
            postgresql_where=KEYED,
        ),
        CheckConstraint("kind IN ('pause', 'extension', 'times')", name="kind_known"),
        CheckConstraint("minutes IS NULL OR minutes >= 0", name="minutes_not_negative"),
    )
