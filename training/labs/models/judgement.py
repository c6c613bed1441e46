"""What was decided about findings after they were submitted: grading versions, and judgements on top of verdicts."""

import uuid
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CheckConstraint, ForeignKey, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from training.store import Base, new_id
from training.store.append_only import guard


class GradingVersion(Base):
    """How findings on one release are judged in one organisation from here on; without one: as published."""

    __tablename__ = "grading_version"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("release.id", ondelete="RESTRICT"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    number: Mapped[int]  # from 1
    reason: Mapped[str] = mapped_column(Text)  # why, as its people are told
    amendments: Mapped[list[Any]]  # what differs from the release as published, as JSON, see grading.amend
    keys: Mapped[str] = mapped_column(String(64))  # SHA-256 over the sealed keys
    rules: Mapped[str] = mapped_column(String(64))  # SHA-256 over the questions
    grader: Mapped[str] = mapped_column(String(10))  # number of the program that judges
    preview: Mapped[str] = mapped_column(String(64))  # digest of what was previewed and then applied
    made_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("release_id", "organisation_id", "number"),
        CheckConstraint("number >= 1", name="number_from_one"),
    )


class Judgement(Base):
    """What was said of a finding later on. Rows are added and never changed: the newest counts, all stay visible."""

    __tablename__ = "judgement"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    finding_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("finding.id", ondelete="RESTRICT"))
    seq: Mapped[int]  # from 1 for each finding
    origin: Mapped[str] = mapped_column(String(10))  # regrade, mark, override or appeal
    version_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("grading_version.id", ondelete="RESTRICT"))
    verdict: Mapped[dict[str, Any]]  # what is said of the finding, as JSON in the form of a verdict
    judged: Mapped[bool]  # false where nothing can be said yet
    credit: Mapped[float]  # 0 to 1
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))  # none: the program
    at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("finding_id", "seq"),
        CheckConstraint("seq >= 1", name="seq_from_one"),
        CheckConstraint("origin IN ('regrade', 'mark', 'override', 'appeal')", name="origin_known"),
        CheckConstraint("origin <> 'regrade' OR version_id IS NOT NULL", name="regrade_has_version"),
        CheckConstraint("credit BETWEEN 0 AND 1", name="credit_in_range"),
    )


guard(cast("Table", GradingVersion.__table__))
guard(cast("Table", Judgement.__table__), erasable=True)
