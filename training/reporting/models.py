"""Rows of reports: what an author wrote, what is chosen for the report, what was filed, and the drill on it."""

import uuid
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CheckConstraint, ForeignKey, String, Table, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from training.audit.seals import seal_rows
from training.labs.models import Attempt
from training.store import Base, Json, Told, new_id
from training.store.append_only import guard


class ReportPart(Base):
    """A part of a report as its author wrote it."""

    __tablename__ = "report_part"

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), primary_key=True)
    part: Mapped[str] = mapped_column(String(20), primary_key=True)  # name of the part, see `parts`
    text: Mapped[str] = mapped_column(Text)
    version: Mapped[int]  # grows with each change, so that two windows don't overwrite each other
    updated_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("version >= 1", name="version_from_one"),)


class ReportChoice(Base):
    """What a report says of a question of the lab; without a row it has the newest finding and no words."""

    __tablename__ = "report_choice"

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), primary_key=True)
    question: Mapped[str] = mapped_column(String(40), primary_key=True)  # name of the question in the lab
    finding_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("finding.id", ondelete="CASCADE"), index=True
    )  # the try that the report stands on; none: the newest
    kept: Mapped[bool]  # whether the finding stands in the report
    claim: Mapped[str] = mapped_column(Text)  # the finding in a sentence
    alternatives: Mapped[str] = mapped_column(Text)  # what else could have left these rows
    version: Mapped[int]
    updated_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("version >= 1", name="version_from_one"),)


class ReportFigure(Base):
    """A figure that an author put into the annex, or had put there: it is drawn anew until the report is filed."""

    __tablename__ = "report_figure"

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(20), primary_key=True)  # tree, timeline, network or matrix
    kept: Mapped[bool]  # whether it stands in the report
    given: Mapped[Any] = mapped_column(Json)  # what it is drawn of: a PID, a window, a cross-view; texts by name
    caption: Mapped[str] = mapped_column(Text)  # what it is to show, in the author's words
    version: Mapped[int]
    updated_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("version >= 1", name="version_from_one"),)


class ReportFiled(Base):
    """A report as it was filed. Rows are added and never changed; they go with the attempt."""

    __tablename__ = "report_filed"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"))
    number: Mapped[int]  # 1 for the first that was filed in the attempt
    at: Mapped[datetime]
    document: Mapped[str] = mapped_column(Text)  # JSON, byte for byte what `sha256` is of
    sha256: Mapped[str] = mapped_column(String(64))
    warnings: Mapped[int]  # how many lines of the check list stood when it was filed

    __table_args__ = (
        UniqueConstraint("attempt_id", "number"),
        CheckConstraint("number >= 1 AND warnings >= 0", name="counts"),
        CheckConstraint("length(sha256) = 64", name="digest_whole"),
    )


guard(cast("Table", ReportFiled.__table__), ("update",))  # rows can go with their attempt, and never change
_author = select(Attempt.person_id).where(Attempt.id == ReportFiled.attempt_id).scalar_subquery()
seal_rows(cast("Table", ReportFiled.__table__), "attempt_id number at document sha256 warnings", person=_author)


class DrillAnswer(Base):
    """An answer to a question of the drill. A better one is a further row, so that the way to it can be read."""

    __tablename__ = "drill_answer"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"))
    number: Mapped[int]  # of the finding
    weakness: Mapped[str] = mapped_column(String(20))  # what the question was put for, see `weakness`
    version: Mapped[int]  # 1 for the first answer to it
    question: Mapped[str] = mapped_column(Told)  # as it was put: the claim may be mended later
    said: Mapped[str] = mapped_column(Text)  # the answer
    at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("attempt_id", "number", "weakness", "version"),
        CheckConstraint("number >= 1 AND version >= 1", name="counts"),
    )


class DrillShare(Base):
    """Whether an author lets instructors read the drill; without a row nobody else sees it."""

    __tablename__ = "drill_share"

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), primary_key=True)
    shared: Mapped[bool]
    updated_at: Mapped[datetime]


guard(cast("Table", DrillAnswer.__table__), ("update",))
