"""Rows of rosters: lists as they came, notes on people, join codes, paper sign-in slips."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from training.store import Base, Json, new_id

STANDS = text("ended_at IS NULL")


class RosterImport(Base):
    """A list that somebody sent. Its bytes are kept until it is applied: the names in it are then in the session."""

    __tablename__ = "roster_import"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("teaching_session.id", ondelete="RESTRICT"), index=True)
    name: Mapped[str] = mapped_column(String(120))  # of the file; empty: pasted
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the bytes
    source: Mapped[bytes | None] = mapped_column(LargeBinary)  # the bytes; none once it is applied or too old
    choices: Mapped[dict[str, Any]] = mapped_column(Json)  # how the host wants it read: see imports.choices_of
    made_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]
    applied_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    applied_at: Mapped[datetime | None]
    outcome: Mapped[dict[str, Any] | None] = mapped_column(Json)  # how many were added, changed, unchanged, refused

    __table_args__ = (
        CheckConstraint("(applied_at IS NULL) = (outcome IS NULL)", name="outcome_of_applied"),
        CheckConstraint("applied_at IS NULL OR source IS NULL", name="source_until_applied"),
    )


class RosterNote(Base):
    """What a host notes on a person of a session, such as a group or an agency."""

    __tablename__ = "roster_note"

    session_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("teaching_session.id", ondelete="RESTRICT"), primary_key=True
    )
    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("person.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    note: Mapped[str] = mapped_column(Text)  # at most 120 characters

    __table_args__ = (CheckConstraint("note <> ''", name="note_given"),)


class JoinCode(Base):
    """A word and digits by which people come into a session. One stands at a time; an old one never comes back."""

    __tablename__ = "join_code"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("teaching_session.id", ondelete="RESTRICT"), index=True)
    code: Mapped[str] = mapped_column(String(20))  # as it is said and shown
    code_key: Mapped[str] = mapped_column(String(20), unique=True)  # as it is compared
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    most: Mapped[int]  # people who may come in by it
    used: Mapped[int]  # who did
    walk_ins: Mapped[bool]  # whether people who are not in the session may come in
    made_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # replaced, or closed by hand

    __table_args__ = (
        Index("uq_join_code_standing", "session_id", unique=True, sqlite_where=STANDS, postgresql_where=STANDS),
        CheckConstraint("used BETWEEN 0 AND most", name="used_in_range"),
        CheckConstraint("most BETWEEN 1 AND 600", name="most_in_range"),
        CheckConstraint("closes_at > opens_at", name="closes_after_opening"),
    )


class SignInSlip(Base):
    """A one-time code on paper that signs one person in. The code is on the paper alone; here is its digest."""

    __tablename__ = "sign_in_slip"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)  # SHA-256
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("teaching_session.id", ondelete="RESTRICT"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), index=True)
    made_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # since when it is good for nothing: used, or replaced by another

    __table_args__ = (
        Index("uq_sign_in_slip_standing", "person_id", unique=True, sqlite_where=STANDS, postgresql_where=STANDS),
        CheckConstraint("used_at IS NULL OR ended_at IS NOT NULL", name="used_is_ended"),
        CheckConstraint("expires_at > made_at", name="expires_after_making"),
    )
