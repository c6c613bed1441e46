"""Rows of attendance: what was said of whom, one after the other, and what a session chose about check-in.

Records are added and never changed. Their number says what came first: a clock that is set back reorders nothing.
"""

import uuid
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Table, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training.store import Base, new_id
from training.store.append_only import guard

KEYED = text("request_key <> ''")
ACTS = ("waiting", "arrived", "left", "present", "late", "excused", "absent", "admitted", "barred", "void")
WAYS = ("join", "qr", "code", "grid", "sheet", "csv")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Record(Base):
    """One thing that was said of a person and a half-day. The database refuses to change it; a later one corrects it.

    `what` is an arrival (`waiting` while check-in has not opened), a departure, or a mark of the staff: present (with
    minutes: so many), late (so many minutes), excused, absent; admitted to or barred from the examination; `void`
    takes all marks back, so that arrivals count again.
    """

    __tablename__ = "attendance_record"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("teaching_session.id", ondelete="RESTRICT"))
    seq: Mapped[int]  # order in the session, from 1
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), index=True)
    day: Mapped[int]  # of the session, from 1
    half: Mapped[int]  # of the day: 1 morning, 2 afternoon
    what: Mapped[str] = mapped_column(String(10))
    minutes: Mapped[int | None]  # present, or late by
    how: Mapped[str] = mapped_column(String(5))
    by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    at: Mapped[datetime]  # by the server's clock
    step: Mapped[int | None]  # the step of the code that was used
    replaces: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("attendance_record.id", ondelete="RESTRICT"))
    request_key: Mapped[str] = mapped_column(String(64))  # made with the form: sending it twice records it once

    detail: Mapped["Detail | None"] = relationship(lazy="selectin", cascade="all, delete-orphan", passive_deletes=True)

    __table_args__ = (
        UniqueConstraint("session_id", "seq"),
        Index(
            "uq_attendance_record_key",
            *("session_id", "request_key", "person_id", "day", "half", "what"),
            unique=True,
            sqlite_where=KEYED,
            postgresql_where=KEYED,
        ),
        CheckConstraint(_one_of("what", ACTS), name="what_known"),
        CheckConstraint(_one_of("how", WAYS), name="how_known"),
        CheckConstraint("minutes IS NULL OR minutes BETWEEN 0 AND 1440", name="minutes_in_range"),
        CheckConstraint("seq >= 1 AND day >= 1 AND half >= 1", name="counted_from_one"),
    )


guard(cast("Table", Record.__table__), ("update",))


class Detail(Base):
    """What may be erased while its record stands: where it came from, the seat that was said, and the remark."""

    __tablename__ = "attendance_detail"

    record_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("attendance_record.id", ondelete="CASCADE"), primary_key=True
    )
    address: Mapped[str] = mapped_column(String(45))  # empty: not from a trainee's own device
    device: Mapped[str] = mapped_column(String(64))  # digest of the device's cookie
    seat: Mapped[str] = mapped_column(String(10))  # as the trainee said when asked; empty: was not asked
    remark: Mapped[str] = mapped_column(String(300))


class Choice(Base):
    """What a session chose about check-in; without a row it is as `records.Chosen` has it."""

    __tablename__ = "attendance_choice"

    session_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("teaching_session.id", ondelete="RESTRICT"), primary_key=True
    )
    by_join: Mapped[bool]  # whether pressing 'I am here' is enough, without a code
    ask_seat: Mapped[bool]  # whether some are asked for their seat, at random
    check_out: Mapped[bool]  # whether people can say that they leave
    late_entry: Mapped[int]  # minutes after its start until which an examination may be entered

    __table_args__ = (CheckConstraint("late_entry BETWEEN 0 AND 240", name="late_entry_in_range"),)


class CheckIn(Base):
    """Check-in of one half-day: since when it is open, and how many heads were counted in the room."""

    __tablename__ = "attendance_check_in"

    session_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("teaching_session.id", ondelete="RESTRICT"), primary_key=True
    )
    day: Mapped[int] = mapped_column(primary_key=True)
    half: Mapped[int] = mapped_column(primary_key=True)
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    heads: Mapped[int | None]
    counted_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("heads IS NULL OR heads BETWEEN 0 AND 1000", name="heads_in_range"),)


class Sheet(Base):
    """A paper sheet of a half-day as it was printed: `rows` is [{"person", "mark", "seat"}], a mark two characters."""

    __tablename__ = "attendance_sheet"

    code: Mapped[str] = mapped_column(String(7), primary_key=True)
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("teaching_session.id", ondelete="RESTRICT"), index=True)
    day: Mapped[int]
    half: Mapped[int]
    number: Mapped[int]  # page of `of`, from 1
    of: Mapped[int] = mapped_column("of_pages")
    rows: Mapped[list[Any]]
    printed_at: Mapped[datetime]
