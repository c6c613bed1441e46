"""Rows of erasures and of rules of retention: what was asked for, what is due, what was done."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from training.store import Base, Json, new_id

WAITS = text("withdrawn_at IS NULL AND done_at IS NULL")
OF_SESSION = text("done_at IS NULL AND session_id IS NOT NULL")
OF_PLACE = text("done_at IS NULL AND session_id IS NULL")


class Erasure(Base):
    """That the data of a person shall be erased. It is carried out when its time has come and nothing holds it."""

    __tablename__ = "erasure"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), index=True)
    own: Mapped[bool]  # whether the person asked; else the organisation, or whoever runs the server
    asked_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))  # none: by command
    reason: Mapped[str] = mapped_column(Text)  # of whoever asked for somebody else; emptied when it is done
    keeps_certificates: Mapped[bool]  # whether certificates stay valid, with the name that is printed on them
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]  # not before
    withdrawn_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    withdrawn_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]  # when the rows were erased
    files_done_at: Mapped[datetime | None]  # when copies on the disk were, which comes after
    outcome: Mapped[dict[str, Any] | None] = mapped_column(Json)  # rows by table, as they were removed and emptied

    __table_args__ = (
        Index("uq_erasure_one_waiting", "person_id", unique=True, sqlite_where=WAITS, postgresql_where=WAITS),
        CheckConstraint("withdrawn_at IS NULL OR done_at IS NULL", name="withdrawn_or_done"),
        CheckConstraint("(done_at IS NULL) = (outcome IS NULL)", name="outcome_of_done"),
        CheckConstraint("files_done_at IS NULL OR done_at IS NOT NULL", name="files_after_rows"),
        CheckConstraint("due_at >= asked_at", name="due_after_asked"),
    )

    @property
    def waits(self) -> bool:
        """Whether it was neither taken back nor done."""
        return self.withdrawn_at is None and self.done_at is None


class Erasing(Base):
    """A row that stands while rows are erased which nothing else may change, see `training.store.append_only`.

    It is written and removed in one transaction, so that whoever looks finds none.
    """

    __tablename__ = "erasing"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)  # of what is carried out


class RetentionRule(Base):
    """For how long an organisation keeps something: so many months after a session was closed, or after its last use.

    Without a row it is kept.
    """

    __tablename__ = "retention_rule"

    organisation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organisation.id", ondelete="RESTRICT"), primary_key=True
    )
    term: Mapped[str] = mapped_column(String(20), primary_key=True)  # a value of Term
    months: Mapped[int]
    set_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    set_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("months BETWEEN 1 AND 240", name="months_in_range"),)


class RetentionDue(Base):
    """What a rule found: so many rows of a session, or of the organisation, that are older than they shall become."""

    __tablename__ = "retention_due"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), index=True)
    term: Mapped[str] = mapped_column(String(20))  # a value of Term
    session_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("teaching_session.id", ondelete="RESTRICT"))
    counts: Mapped[dict[str, Any]]  # rows by table: as they were found, then as they were removed
    found_at: Mapped[datetime]
    due_at: Mapped[datetime]  # not before; later where it was postponed
    state: Mapped[str] = mapped_column(String(10))  # waiting, held or done
    reason: Mapped[str] = mapped_column(String(300))  # why it was postponed or is held; empty: neither
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    decided_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_retention_due_one_of_session",
            *("organisation_id", "term", "session_id"),
            unique=True,
            sqlite_where=OF_SESSION,
            postgresql_where=OF_SESSION,
        ),
        Index(
            "uq_retention_due_one_of_place",
            *("organisation_id", "term"),
            unique=True,
            sqlite_where=OF_PLACE,
            postgresql_where=OF_PLACE,
        ),
        CheckConstraint("state IN ('waiting', 'held', 'done')", name="state_known"),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_has_time"),
        CheckConstraint("state <> 'held' OR reason <> ''", name="held_with_reason"),
    )
