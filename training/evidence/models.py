"""Rows of exhibits and of their custody."""

import uuid
from datetime import datetime
from typing import Any, cast

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from training.audit.seals import seal_rows
from training.store import Base, new_id
from training.store.append_only import guard

PAPERS = "papers"
"""What stands for the system of an exhibit that is no image: papers handed over for an exercise."""

WRITTEN = "Written for training:"
"""How the origin of an exhibit begins that was written structure by structure: none was captured from a machine."""


class Exhibit(Base):
    """One memory image, or the case file of papers of an exercise, known by its SHA-256."""

    __tablename__ = "exhibit"

    sha256: Mapped[str] = mapped_column(
        String(64), primary_key=True
    )  # of the raw image; of papers, of the list that names each of them with its digest
    name: Mapped[str] = mapped_column(String(61), index=True)  # of its pack; one made again is another exhibit
    title: Mapped[str] = mapped_column(String(200))
    os: Mapped[str] = mapped_column(String(10))  # system of the machine that it shows, or PAPERS
    size: Mapped[int] = mapped_column(BigInteger)  # bytes of the raw image, or of all papers
    symbols_sha256: Mapped[str] = mapped_column(
        String(64)
    )  # of the symbol file that belongs to it; of two, of their digests
    record_sha256: Mapped[str] = mapped_column(String(64))  # of the acquisition record, whose lines can be cited
    truth_sha256: Mapped[str] = mapped_column(String(64))  # of what the machine wrote down, from which keys are made
    banner: Mapped[str] = mapped_column(Text)  # what the kernel says of itself
    origin: Mapped[str] = mapped_column(Text)  # how it came to be, in one sentence
    captured_at: Mapped[datetime]  # by the record that came with it
    registered_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None] = mapped_column(
        default=None
    )  # when it was unregistered: its image is gone, and what was found on it stays readable

    __table_args__ = (
        CheckConstraint("length(sha256) = 64 AND length(symbols_sha256) = 64", name="digests_whole"),
        CheckConstraint("size > 0", name="size_positive"),
        CheckConstraint("os IN ('linux', 'windows', 'papers')", name="os_known"),
    )

    @property
    def written(self) -> bool:
        """Whether the image was written for training and not captured; every page that shows it says so."""
        return self.origin.startswith(WRITTEN)


class Custody(Base):
    """One touch of an exhibit on this installation. Rows are added and never changed."""

    __tablename__ = "custody"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    exhibit: Mapped[str] = mapped_column(ForeignKey("exhibit.sha256", ondelete="RESTRICT"), index=True)
    at: Mapped[datetime]
    act: Mapped[str] = mapped_column(String(20))  # captured, registered, verified, damaged
    text: Mapped[str] = mapped_column(Text)  # what happened, with the digest found

    __table_args__ = (CheckConstraint("act IN ('captured', 'registered', 'verified', 'damaged')", name="act_known"),)


class OwnExhibit(Base):
    """What makes an exhibit somebody's own: an image that a trainee acquired from a machine of a live lab.

    It is offered to nobody else. `attempt` rows name the exhibit, as they name any other.
    """

    __tablename__ = "own_exhibit"

    sha256: Mapped[str] = mapped_column(ForeignKey("exhibit.sha256", ondelete="RESTRICT"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), index=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("release.id", ondelete="RESTRICT"))  # the frozen lab
    assignment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("assignment.id", ondelete="RESTRICT"))
    response_id: Mapped[uuid.UUID]  # the live work that it comes from
    number: Mapped[int]  # of the acquisition in that work, from 1
    variant: Mapped[str] = mapped_column(String(1))  # letter of the scenario's variant
    way: Mapped[str] = mapped_column(String(8))  # inside: by a program in the machine; outside: by its monitor
    base: Mapped[str] = mapped_column(String(61))  # pack of the base whose symbols fit
    truth: Mapped[bool]  # whether the machine wrote down what was the case
    materials: Mapped[list[Any]]  # what was handed over with it: each a description with the SHA-256 of its file
    conduct: Mapped[
        dict[str, Any] | None
    ]  # what grading says of the live work, as JSON; none before it was handed over
    dropped_at: Mapped[datetime | None]  # when its files were removed; its rows stay

    __table_args__ = (
        Index("ix_own_exhibit_response", "response_id", "number", unique=True),
        CheckConstraint("way IN ('inside', 'outside')", name="way_known"),
        CheckConstraint("number >= 1", name="number_from_one"),
    )


guard(cast("Table", Custody.__table__))
seal_rows(
    cast("Table", Exhibit.__table__),
    "name os size symbols_sha256 record_sha256 truth_sha256 origin captured_at registered_at",
)
