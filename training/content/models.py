"""Rows of releases."""

import uuid
from datetime import datetime
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from training.audit.seals import seal_rows
from training.store import Base, new_id

KNOWN = "kind IN ('course', 'lab')"


class Release(Base):
    """An immutable, content-addressed copy of a course or lab; attempts and progress pin one."""

    __tablename__ = "release"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))  # course or lab
    name: Mapped[str] = mapped_column(String(80))  # name of its folder
    sha256: Mapped[str] = mapped_column(String(64))  # digest over names and contents of its files
    published_at: Mapped[datetime]
    current: Mapped[bool]  # whether it is the one that is offered now
    number: Mapped[int]  # from 1, in the order of publication: what people call it
    published_by: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="RESTRICT")
    )  # none: at the start of the server, or by command
    note: Mapped[str] = mapped_column(Text, default="")  # what changed, in the words of who published it

    __table_args__ = (
        UniqueConstraint("kind", "name", "sha256"),
        UniqueConstraint("kind", "name", "number"),
        CheckConstraint(KNOWN, name="kind_known"),
        CheckConstraint("number >= 1", name="number_from_one"),
    )


class Hold(Base):
    """That the shipped files of a course or lab are not what is offered: it is edited here, or was rolled back.

    `sha256` is the digest of the shipped files that somebody decided about, empty where none were there: other files
    are news. A roll-back answers one set of files, and later ones are taken as ever; what is edited here stays.
    """

    __tablename__ = "hold"

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    edited: Mapped[bool]  # whether there is a working copy; else it was only rolled back, or withdrawn
    withdrawn: Mapped[bool] = mapped_column(default=False)  # whether none is offered until somebody publishes again
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))  # none: by command
    at: Mapped[datetime]

    __table_args__ = (CheckConstraint(KNOWN, name="kind_known"),)


class Ownership(Base):
    """Which organisation a course or lab belongs to. What has no row belongs to the organisation that runs the
    installation, as does everything that came with the program.
    """

    __tablename__ = "ownership"

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)  # course or lab
    name: Mapped[str] = mapped_column(String(80), primary_key=True)  # name of its folder
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), index=True)
    since: Mapped[datetime]

    __table_args__ = (CheckConstraint(KNOWN, name="kind_known"),)


class Pinned(Base):
    """That a person is held to a release for as long as a circle of people works together, such as a hosted session.

    Whoever begins a course or lab begins this release, whichever is offered to others. What was begun stays.
    """

    __tablename__ = "pinned"

    circle: Mapped[uuid.UUID] = mapped_column(primary_key=True)  # who works together: id of a teaching session
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)  # course or lab
    name: Mapped[str] = mapped_column(String(80), primary_key=True)  # name of its folder
    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("release.id", ondelete="RESTRICT"))
    set_at: Mapped[datetime]  # the newest of a person's counts

    __table_args__ = (
        Index("ix_pinned_person_id_kind_name", "person_id", "kind", "name"),
        CheckConstraint(KNOWN, name="kind_known"),
    )


seal_rows(cast("Table", Release.__table__), "kind name sha256 published_at number published_by")
