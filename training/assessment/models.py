"""Rows of assessments: rounds, respondents, answers, contact details, results, notes.

Respondents have no time, no name and a random id, and SQLite keeps their rows in the order of that id: nothing tells
in which order people answered. Contact details point at the round alone.
"""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from training.store import Base, new_id

GROUPS = "'S', 'P', 'I', 'A'"
NOTES = ("document", "summary", "against", "plan")


class Round(Base):
    """One assessment of something by an organisation. What was fixed before collection is not changed afterwards."""

    __tablename__ = "assessment_round"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), index=True)
    subject: Mapped[str] = mapped_column(String(160))  # what is assessed: a country, an agency, a region
    subject_key: Mapped[str] = mapped_column(String(320))  # NFKC and case folded: rounds of one history share it
    body: Mapped[str] = mapped_column(String(160))  # by whom
    scope: Mapped[str] = mapped_column(Text)  # what counts as the whole
    controller: Mapped[str] = mapped_column(Text)  # who answers for the data
    purpose: Mapped[str] = mapped_column(Text)
    retention: Mapped[str] = mapped_column(Text)  # told to respondents; the limits of the program hold besides
    rights: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(String(20))  # of the indicators
    choices: Mapped[dict[str, Any]]  # by indicator: weight, target, feasibility
    pair: Mapped[list[str]]  # two groups that are counted as one; empty: none
    until: Mapped[date | None]  # the last day on which answers are hoped for; told to respondents
    made_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    made_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]  # since when answers are taken
    closed_at: Mapped[datetime | None]  # when the first result was worked out
    correcting_at: Mapped[datetime | None]  # since when answers are taken again, for a corrected result
    why: Mapped[str] = mapped_column(Text, default="")  # of the correction
    cleared_at: Mapped[datetime | None]  # when texts, respondents and contact details were deleted

    __table_args__ = (
        CheckConstraint("subject <> ''", name="subject_given"),
        CheckConstraint("closed_at IS NULL OR opened_at IS NOT NULL", name="closed_after_opened"),
        CheckConstraint("correcting_at IS NULL OR closed_at IS NOT NULL", name="corrected_after_closed"),
    )

    @property
    def collecting(self) -> bool:
        """Whether answers are taken now."""
        open_first = self.opened_at is not None and self.closed_at is None
        return (open_first or self.correcting_at is not None) and self.cleared_at is None

    @property
    def draft(self) -> bool:
        """Whether weights, targets and all else can still be chosen."""
        return self.opened_at is None


class Code(Base):
    """A link that was handed out: whoever begins with it gets an own one, up to a number of respondents, mostly one."""

    __tablename__ = "assessment_code"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)  # SHA-256 of what the link holds
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assessment_round.id", ondelete="CASCADE"), index=True)
    group: Mapped[str] = mapped_column("respondent_group", String(1))
    most: Mapped[int]  # respondents that it may make
    used: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        CheckConstraint(f"respondent_group IN ({GROUPS})", name="group_known"),
        CheckConstraint("used BETWEEN 0 AND most", name="used_up_to_most"),
    )


class Respondent(Base):
    """Somebody who may answer, known by a random number and the digest of a link."""

    __tablename__ = "assessment_respondent"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assessment_round.id", ondelete="CASCADE"))
    number: Mapped[int]  # random, unique in the round
    group: Mapped[str] = mapped_column("respondent_group", String(1))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)  # SHA-256 of what the link holds

    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint(f"respondent_group IN ({GROUPS})", name="group_known"),
        {"sqlite_with_rowid": False},
    )


class Answer(Base):
    """What a respondent answered to one question."""

    __tablename__ = "assessment_answer"

    respondent_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("assessment_respondent.id", ondelete="CASCADE"), primary_key=True
    )
    question: Mapped[str] = mapped_column(String(4), primary_key=True)
    data: Mapped[dict[str, Any]]  # by field

    __table_args__ = ({"sqlite_with_rowid": False},)


class Contact(Base):
    """Contact details of somebody who answered; no row says who. Sealed with the key of the round."""

    __tablename__ = "assessment_contact"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assessment_round.id", ondelete="CASCADE"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)  # nonce, then AES-256-GCM of padded text

    __table_args__ = ({"sqlite_with_rowid": False},)


class Outcome(Base):
    """A result that was worked out, with the levels that it follows from. The newest edition is shown."""

    __tablename__ = "assessment_outcome"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assessment_round.id", ondelete="CASCADE"))
    edition: Mapped[int]  # from 1; further ones are corrections
    at: Mapped[datetime]
    made_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    why: Mapped[str] = mapped_column(Text)  # what was corrected; empty for the first
    given: Mapped[dict[str, Any]]  # rules, indicators, levels: `scoring.document`
    found: Mapped[dict[str, Any]]  # what was worked out of them
    invited: Mapped[dict[str, Any]]  # invitations and participants by group

    __table_args__ = (UniqueConstraint("round_id", "edition"), CheckConstraint("edition >= 1", name="edition_from_one"))


class Note(Base):
    """What the team writes: documents seen, summaries, what speaks against a priority, a training plan."""

    __tablename__ = "assessment_note"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assessment_round.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))  # one of NOTES
    about: Mapped[str] = mapped_column(String(10))  # code of a dimension or an indicator, number of a course; or empty
    data: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    written_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))

    __table_args__ = (
        Index(None, "round_id", "kind", "about"),
        Index(
            "uq_assessment_note_one",
            *("round_id", "kind", "about"),
            unique=True,
            sqlite_where=text("kind <> 'document'"),
            postgresql_where=text("kind <> 'document'"),
        ),
        CheckConstraint(f"kind IN ({', '.join(repr(one) for one in NOTES)})", name="kind_known"),
    )
