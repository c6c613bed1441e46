"""What a trainee claims in an attempt: places cited, findings submitted, hints opened, drafts."""

import uuid
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Table, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training.labs.models.judgement import Judgement
from training.store import Base, new_id
from training.store.append_only import guard

OF_RUN = text("run_id IS NOT NULL")
OF_MATERIAL = text("material IS NOT NULL")


class Citation(Base):
    """A place that supports a finding: a row of a run, or a line of the record handed over with the exhibit."""

    __tablename__ = "citation"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"))
    number: Mapped[int]  # shown as C1, C2 …; never given twice in an attempt
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("run.id", ondelete="RESTRICT"))
    row: Mapped[int | None]  # number of the row in the run, from 0
    column: Mapped[str] = mapped_column(String(80), default="")  # name of the column; empty cites the whole row
    material: Mapped[str | None] = mapped_column(String(80))  # name of the material, such as record
    line: Mapped[int | None]  # line of the material, from 1
    note: Mapped[str] = mapped_column(Text, default="")  # what the trainee wrote about it
    made_at: Mapped[datetime]
    dropped_at: Mapped[datetime | None]  # taken out of the notebook; kept, since findings may stand on it

    __table_args__ = (
        UniqueConstraint("attempt_id", "number"),
        Index(
            "uq_citation_row",
            *("attempt_id", "run_id", "row", "column"),
            unique=True,
            sqlite_where=OF_RUN,
            postgresql_where=OF_RUN,
        ),
        Index(
            "uq_citation_line",
            *("attempt_id", "material", "line"),
            unique=True,
            sqlite_where=OF_MATERIAL,
            postgresql_where=OF_MATERIAL,
        ),
        CheckConstraint(
            "(run_id IS NOT NULL AND row IS NOT NULL AND material IS NULL AND line IS NULL)"
            " OR (run_id IS NULL AND row IS NULL AND material IS NOT NULL AND line IS NOT NULL)",
            name="one_place",
        ),
        CheckConstraint("number >= 1", name="number_from_one"),
    )


class Finding(Base):
    """What a trainee submitted for a question at one try, and what grading said of it."""

    __tablename__ = "finding"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"))
    question: Mapped[str] = mapped_column(String(20))  # name of the question in the lab
    try_no: Mapped[int]  # 1 for the first finding of a question
    step: Mapped[int]  # place among the findings and hints of the question, from 1: what came after what
    value: Mapped[str] = mapped_column(Text)  # as it was typed
    confidence: Mapped[str | None] = mapped_column(String(10))  # certain, probable or possible, where it was given
    citations: Mapped[list[str]]  # ids of the citations that it stands on
    request_key: Mapped[str] = mapped_column(String(64))  # made with the form: repeating a request changes nothing
    understood: Mapped[str] = mapped_column(Text)  # how the value was read
    verdict: Mapped[dict[str, Any]]  # what grading said, as JSON
    judged: Mapped[bool]  # false where the key can't be relied on: a marker decides, and no try is spent
    credit: Mapped[float]  # 0 to 1
    points: Mapped[float]  # earned on the question when it was submitted; later judgements don't change it
    share: Mapped[float] = mapped_column(default=1.0, server_default="1")  # late share in force when it was received
    reasoning: Mapped[str] = mapped_column(Text, default="", server_default="")  # why, in the trainee's words
    at: Mapped[datetime]
    judgements: Mapped[list[Judgement]] = relationship(order_by=Judgement.seq, lazy="selectin", passive_deletes="all")

    __table_args__ = (
        UniqueConstraint("attempt_id", "question", "try_no"),
        UniqueConstraint("attempt_id", "request_key"),
        CheckConstraint("try_no BETWEEN 1 AND 99", name="try_in_range"),
        CheckConstraint("credit BETWEEN 0 AND 1", name="credit_in_range"),
        CheckConstraint("points >= 0", name="points_not_negative"),
        CheckConstraint("share BETWEEN 0 AND 1", name="share_in_range"),
        CheckConstraint(
            "confidence IS NULL OR confidence IN ('certain', 'probable', 'possible')", name="confidence_known"
        ),
    )

    @property
    def current(self) -> "Judgement | Finding":
        """What counts: the newest judgement, or the finding's own verdict. Both have verdict, judged and credit."""
        return self.judgements[-1] if self.judgements else self

    @property
    def erased(self) -> bool:
        """Whether what was typed was erased: nothing can be judged anew. An empty value was never accepted as one."""
        return not self.value


guard(cast("Table", Finding.__table__), erasable=True)  # what was submitted stays; judgements come on top


class HintTaken(Base):
    """A hint that was opened, and what it cost."""

    __tablename__ = "hint_taken"

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), primary_key=True)
    question: Mapped[str] = mapped_column(String(20), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # from 1
    step: Mapped[int]  # place among the findings and hints of the question, from 1
    price: Mapped[float]  # share of the question's first value, as it was when the hint was opened
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("number >= 1", name="number_from_one"),
        CheckConstraint("price BETWEEN 0 AND 1", name="price_is_share"),
    )


class Draft(Base):
    """What is typed but not submitted, so that nothing typed is lost."""

    __tablename__ = "draft"

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), primary_key=True)
    question: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(Text, default="")
    reasoning: Mapped[str] = mapped_column(Text, default="", server_default="")
    confidence: Mapped[str | None] = mapped_column(String(10))
    citations: Mapped[list[str]]  # ids of the citations that are ticked
    updated_at: Mapped[datetime]
