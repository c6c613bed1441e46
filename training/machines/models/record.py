"""The record of a response: commands with their output, remarks, forms, decisions, and what happened beside them.

Each has a number within its response, given in the order in which it came. What was typed is never changed; it can only
go when its person is erased.
"""

import uuid
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from training.store import Base
from training.store.append_only import guard


def _response() -> Mapped[uuid.UUID]:
    return mapped_column(ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)


def _number() -> Mapped[int]:
    return mapped_column(primary_key=True, autoincrement=False)


class Entry(Base):
    """A line that was typed, with its output: the bytes of the console from `start` to `stop`."""

    __tablename__ = "response_entry"

    response_id: Mapped[uuid.UUID] = _response()
    number: Mapped[int] = _number()  # from 1
    line: Mapped[str] = mapped_column(Text)  # as it was typed; ^C and ^D for keys
    kind: Mapped[str] = mapped_column(String(10))  # command, input (to a command that runs), or key
    at: Mapped[datetime]  # UTC, when it was sent
    start: Mapped[int]  # bytes of the console before it
    stop: Mapped[int | None]  # bytes of the console up to the end of its output; none while it runs
    exit: Mapped[int | None]  # as the shell gave it; none where no shell said one
    seconds: Mapped[float | None]  # by the machine's own clock, which the suspect may have set
    sha256: Mapped[str | None] = mapped_column(String(64))  # of its output
    request_key: Mapped[str] = mapped_column(String(64))  # made with the form: sending it twice types it once

    __table_args__ = (
        UniqueConstraint("response_id", "request_key"),
        CheckConstraint("number >= 1 AND start >= 0 AND (stop IS NULL OR stop >= start)", name="counts"),
        CheckConstraint("kind IN ('command', 'input', 'key')", name="kind_known"),
        CheckConstraint("(stop IS NULL) = (sha256 IS NULL)", name="closed_with_digest"),
    )

    @property
    def finished(self) -> bool:
        """Whether its output is complete."""
        return self.stop is not None


class Remark(Base):
    """What the trainee noted, to a command or to a moment."""

    __tablename__ = "response_remark"

    response_id: Mapped[uuid.UUID] = _response()
    number: Mapped[int] = _number()
    entry: Mapped[int | None]  # number of the command that it is about; none: the moment
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]

    __table_args__ = (CheckConstraint("number >= 1", name="number_from_one"),)


class Form(Base):
    """A form as it was filled in: of the scene, of custody, of the hand-over. A better one is a further row."""

    __tablename__ = "response_form"

    response_id: Mapped[uuid.UUID] = _response()
    number: Mapped[int] = _number()
    kind: Mapped[str] = mapped_column(String(10))  # scene, custody or handover
    content: Mapped[dict[str, Any]]  # texts by field
    clock_offset: Mapped[float | None]  # of a scene: seconds that the machine's clock is ahead, by the two times given
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("number >= 1", name="number_from_one"),
        CheckConstraint("kind IN ('scene', 'custody', 'handover')", name="kind_known"),
    )


class Decision(Base):
    """What was decided at a fork, and why."""

    __tablename__ = "response_decision"

    response_id: Mapped[uuid.UUID] = _response()
    number: Mapped[int] = _number()
    fork: Mapped[str] = mapped_column(String(40))  # as the lab names it
    choice: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]

    __table_args__ = (CheckConstraint("number >= 1", name="number_from_one"),)


class Happening(Base):
    """What happened to the machine beside what was typed: media, the link, an instructor's hand, how it ended."""

    __tablename__ = "response_event"

    response_id: Mapped[uuid.UUID] = _response()
    number: Mapped[int] = _number()
    kind: Mapped[str] = mapped_column(String(10))  # see KINDS
    text: Mapped[str] = mapped_column(Text)  # what is shown: a hint in words, the name of a medium or of an event
    wish: Mapped[str] = mapped_column(String(80))  # order to the range that belongs to it; empty: none
    by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), index=True)
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]  # when the range did it, or could not
    answer: Mapped[str] = mapped_column(String(200))  # what the range said; 'silent' where it said nothing

    __table_args__ = (
        Index("ix_response_event_waiting", "response_id", "done_at"),
        CheckConstraint("number >= 1", name="number_from_one"),
        CheckConstraint(
            "kind IN ('arrival', 'decision', 'plug', 'unplug', 'hint', 'event', 'skip', 'watch', 'image', 'stop')",
            name="kind_known",
        ),
    )


for _row in (Remark, Form, Decision):
    guard(cast("Table", _row.__table__), ("update",), erasable=True)  # rows go with their response, and never change
