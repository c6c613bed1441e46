"""Rows of marking rounds: who marks which piece by which rubric, and what each marker gave."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training.store import Base, new_id

STILL_OPEN = text("closed_at IS NULL")


class Round(Base):
    """The marking by people of one question of one release in one organisation.

    The criteria are copied from the release when it is opened. It ends once: released, and then the marks count, or
    withdrawn, and then they don't.
    """

    __tablename__ = "marking_round"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), index=True)
    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("release.id", ondelete="RESTRICT"))
    question: Mapped[str] = mapped_column(String(40))  # name of the question in the lab
    criteria: Mapped[list[Any]]  # the rubric as JSON; one criterion 'correctness' where the question has none
    scale: Mapped[str] = mapped_column(String(12))  # rubric, or correctness: then support counts beside the mark
    per_piece: Mapped[int]  # markers of each piece: 1 or 2
    seed: Mapped[int]  # from which numbers, markers and orders are drawn
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(10))  # released or withdrawn; none while it is open

    markers: Mapped[list["RoundMarker"]] = relationship(lazy="selectin")

    __table_args__ = (
        Index(
            "uq_marking_round_one_open",
            *("organisation_id", "release_id", "question"),
            unique=True,
            sqlite_where=STILL_OPEN,
            postgresql_where=STILL_OPEN,
        ),
        CheckConstraint("scale IN ('rubric', 'correctness')", name="scale_known"),
        CheckConstraint("per_piece IN (1, 2)", name="one_or_two_markers"),
        CheckConstraint("seed BETWEEN 0 AND 2147483647", name="seed_in_range"),
        CheckConstraint("outcome IS NULL OR outcome IN ('released', 'withdrawn')", name="outcome_known"),
        CheckConstraint("(outcome IS NULL) = (closed_at IS NULL)", name="closed_with_outcome"),
    )


class RoundMarker(Base):
    """A person who marks in a round."""

    __tablename__ = "marking_marker"

    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marking_round.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), primary_key=True)


class Piece(Base):
    """A finding to be marked, under a random id and a random number that say nothing of whose it is."""

    __tablename__ = "marking_piece"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)  # no time in it, since markers see it
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marking_round.id", ondelete="CASCADE"))
    finding_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("finding.id", ondelete="RESTRICT"), index=True)
    number: Mapped[int]  # 'Piece 7', the same for all markers, drawn at random
    asked: Mapped[bool]  # whether a third marker was asked for, though the two are but one level apart
    support: Mapped[float | None]  # as computed from the citations at the opening; none where a key would be needed

    round: Mapped[Round] = relationship(lazy="joined", innerjoin=True)
    tasks: Mapped[list["Task"]] = relationship(
        lazy="selectin", order_by="Task.marker_id", cascade="all, delete-orphan", passive_deletes=True
    )
    marks: Mapped[list["Mark"]] = relationship(lazy="selectin", order_by="Mark.marker_id")

    __table_args__ = (
        UniqueConstraint("round_id", "finding_id"),
        UniqueConstraint("round_id", "number"),
        CheckConstraint("number >= 1", name="number_from_one"),
        CheckConstraint("support IS NULL OR support BETWEEN 0 AND 1", name="support_in_range"),
    )


class Task(Base):
    """That a person marks a piece; `third` decides where two markers differ."""

    __tablename__ = "marking_task"

    piece_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marking_piece.id", ondelete="CASCADE"), primary_key=True)
    marker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), primary_key=True)
    third: Mapped[bool]

    __table_args__ = (Index("ix_marking_task_marker_id", "marker_id"),)


class Mark(Base):
    """What a marker gave a piece. A draft until `done_at`; it can be changed until the round is closed."""

    __tablename__ = "marking_mark"

    piece_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marking_piece.id", ondelete="CASCADE"), primary_key=True)
    marker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), primary_key=True)
    levels: Mapped[dict[str, Any]]  # criterion to level; a draft may miss some
    alone: Mapped[dict[str, Any]]  # the same as last given before another's mark could be seen; empty for a draft
    comment: Mapped[str] = mapped_column(Text)  # for the trainee
    done_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class Example(Base):
    """A piece for practice, with the mark that its author agreed on and the reason."""

    __tablename__ = "marking_example"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marking_round.id", ondelete="CASCADE"))
    number: Mapped[int]  # 'Example 1'
    text: Mapped[str] = mapped_column(Text)
    levels: Mapped[dict[str, Any]]  # criterion to agreed level
    why: Mapped[str] = mapped_column(Text)

    round: Mapped[Round] = relationship(lazy="joined", innerjoin=True)
    marks: Mapped[list["ExampleMark"]] = relationship(lazy="selectin")

    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("number >= 1", name="number_from_one"),
    )


class ExampleMark(Base):
    """What a marker gave an example, before the agreed mark was shown."""

    __tablename__ = "marking_example_mark"

    example_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("marking_example.id", ondelete="CASCADE"), primary_key=True
    )
    marker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), primary_key=True)
    levels: Mapped[dict[str, Any]]
    at: Mapped[datetime]
