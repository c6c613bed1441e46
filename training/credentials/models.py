"""Rows of certificates as they were issued, of logos, revocations, results, and of results that two confirmed."""

import uuid
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Table, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from training.audit.seals import seal_rows
from training.credentials.rules import KINDS
from training.hosting.models import TeachingSession
from training.sentence import LANGUAGES
from training.store import Base, new_id
from training.store.append_only import guard

STANDING = text("withdrawn_at IS NULL")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Logo(Base):
    """The logo that stands on certificates, once for all that carry it."""

    __tablename__ = "printed_logo"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)  # PNG


class Certificate(Base):
    """One certificate, frozen: nothing of it is changed after it was issued, and the database refuses to."""

    __tablename__ = "certificate"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)  # also that of the PDF and the credential
    code: Mapped[str] = mapped_column(String(20), unique=True)  # without hyphens; whoever knows it sees the facts
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), index=True)
    session_id: Mapped[uuid.UUID]  # the teaching session, which may be gone while its certificates stand
    number: Mapped[int]  # 1, 2 ...: the how manieth of this person in this session
    kind: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2))
    facts: Mapped[str] = mapped_column(Text)  # canonical JSON of all that is printed
    facts_sha256: Mapped[str] = mapped_column(String(64))
    logo_sha256: Mapped[str | None] = mapped_column(ForeignKey("printed_logo.sha256", ondelete="RESTRICT"))
    pdf: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)  # the paper; handed out as it is, never made anew
    pdf_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    signed: Mapped[str] = mapped_column(Text)  # the text of the square code for checks without a network
    credential: Mapped[str] = mapped_column(Text)  # Open Badges 3.0 with its embedded proof
    token: Mapped[str] = mapped_column(Text)  # the same credential as compact JWS
    issuer: Mapped[str] = mapped_column(String(80))  # did:key that signed
    listed: Mapped[int]  # number of the status list
    index: Mapped[int] = mapped_column("list_index")  # its bit in that list
    replaces_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("certificate.id", ondelete="RESTRICT"), unique=True
    )  # the one whose mistake this one mends
    issued_at: Mapped[datetime]
    issued_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))

    revocation: Mapped["Revocation | None"] = relationship(lazy="selectin", foreign_keys="Revocation.certificate_id")
    teaching: Mapped[TeachingSession | None] = relationship(
        primaryjoin=lambda: foreign(Certificate.session_id) == TeachingSession.id, viewonly=True
    )

    __table_args__ = (
        UniqueConstraint("listed", "list_index"),
        UniqueConstraint("session_id", "person_id", "number"),
        CheckConstraint(_one_of("kind", KINDS), name="kind_known"),
        CheckConstraint(_one_of("language", tuple(LANGUAGES)), name="language_known"),
        CheckConstraint("number >= 1", name="number_from_one"),
    )


class Revocation(Base):
    """That a certificate holds no more: since when, who said so, why, and what stands in its place."""

    __tablename__ = "certificate_revocation"

    certificate_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("certificate.id", ondelete="CASCADE"), primary_key=True
    )
    at: Mapped[datetime]
    by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    reason: Mapped[str] = mapped_column(String(300))  # shown to whoever has the code
    replaced_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("certificate.id", ondelete="RESTRICT"))

    __table_args__ = (CheckConstraint("reason <> ''", name="reason_given"),)


class Confirmation(Base):
    """One instructor's word that the results of a session are those with this digest. Two people are asked."""

    __tablename__ = "result_confirmation"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[uuid.UUID]
    results_sha256: Mapped[str] = mapped_column(String(64))  # of the table that was seen
    by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("session_id", "results_sha256", "by"),)


class Result(Base):
    """What one sitting of an examination came to, as an instructor recorded it. Of several rows the newest counts."""

    __tablename__ = "examination_result"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), index=True)
    examination: Mapped[str] = mapped_column(String(10))  # its name in the rules of the session
    sitting: Mapped[int]  # 1 the first, 2 the first resit
    pieces: Mapped[
        list[str]
    ]  # percent of each piece, decimal text with at most two decimals, in the order of the rules; empty: not marked yet
    score: Mapped[int]  # weighted, in millionths of the whole: exact; what is not marked yet counts as nothing
    critical: Mapped[list[str]]  # critical errors that stood when it was recorded; `CriticalError` says which stand now
    sat_on: Mapped[date]  # in the zone of the session
    by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    at: Mapped[datetime]

    __table_args__ = (
        Index("ix_examination_result_session_id_person_id", "session_id", "person_id"),
        CheckConstraint("score BETWEEN 0 AND 1000000", name="score_in_range"),
        CheckConstraint("sitting BETWEEN 1 AND 9", name="sitting_in_range"),
    )


class CriticalError(Base):
    """That a sitting has a critical error: which, what happened, where. The person may appeal once; it ends once.

    `outcome` is empty while nobody has said more: the error stands. Rows of before there were reasons have "-" as what
    happened, and so have those of erased people.
    """

    __tablename__ = "examination_critical"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), index=True)
    examination: Mapped[str] = mapped_column(String(10))  # its name in the rules of the session
    sitting: Mapped[int]  # 1 the first, 2 the first resit
    error: Mapped[str] = mapped_column(String(160))  # in the words of the rules
    happened: Mapped[str] = mapped_column(Text)  # the person reads it
    place: Mapped[str] = mapped_column(String(200))  # where in the work it is seen; the person reads it
    by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    at: Mapped[datetime]
    appeal: Mapped[str] = mapped_column(Text)  # what the person holds against it; empty without an appeal
    appealed_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(10))  # stands or withdrawn; none: nobody has decided
    note: Mapped[str] = mapped_column(Text)  # why; the person reads it
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_examination_critical_session_id_person_id", "session_id", "person_id"),
        CheckConstraint("sitting BETWEEN 1 AND 9", name="sitting_in_range"),
        CheckConstraint("happened <> ''", name="reason_given"),
        CheckConstraint("outcome IS NULL OR outcome IN ('stands', 'withdrawn')", name="outcome_known"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided_with_time"),
        CheckConstraint(
            "outcome IS NULL OR outcome = 'withdrawn' OR appealed_at IS NOT NULL", name="stands_after_an_appeal"
        ),
    )

    @property
    def stands(self) -> bool:
        """Whether it caps the examination."""
        return self.outcome != "withdrawn"

    @property
    def waits(self) -> bool:
        """Whether an appeal against it is not answered."""
        return self.appealed_at is not None and self.outcome is None


class Resit(Base):
    """That a person may take an examination again: when, on which other variant, why, and who said so.

    `works` is [{"lab", "exhibit" (SHA-256), "assignment" (id), "shown" (whether its answers had been shown to others of
    the session by then)}]; `variant` names that of the parts on paper. A grant that was taken back stays, with why.
    """

    __tablename__ = "examination_resit"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), index=True)
    examination: Mapped[str] = mapped_column(String(10))  # its name in the rules of the session
    sitting: Mapped[int]  # 2 is the first resit
    opens_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    variant: Mapped[str] = mapped_column(String(120))
    works: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(String(300))
    granted_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    granted_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    withdrawn_why: Mapped[str] = mapped_column(String(300))  # empty while it stands

    __table_args__ = (
        Index(
            "uq_examination_resit_standing",
            *("session_id", "person_id", "examination", "sitting"),
            unique=True,
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        ),
        CheckConstraint("sitting BETWEEN 2 AND 9", name="sitting_in_range"),
        CheckConstraint("ends_at > opens_at", name="ends_after_opening"),
        CheckConstraint("reason <> ''", name="reason_given"),
        CheckConstraint("withdrawn_at IS NULL OR withdrawn_why <> ''", name="withdrawn_with_reason"),
    )


for _kept in (Logo, Certificate, Revocation, Confirmation, Result):
    guard(cast("Table", _kept.__table__), ("update",), erasable=_kept in {Certificate, Revocation})
seal_rows(
    cast("Table", Certificate.__table__),
    "code organisation_id person_id session_id number kind language facts_sha256 logo_sha256 pdf_sha256 signed"
    " credential token issuer listed list_index replaces_id issued_at issued_by",
    person=Certificate.person_id,
)
seal_rows(cast("Table", Revocation.__table__), "at by replaced_by_id")
