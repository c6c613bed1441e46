"""Rows of working copies, of national notes, and of proofs that were asked for."""

import uuid
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from training.content.models import KNOWN
from training.store import Base, new_id
from training.store.append_only import guard

RUNNING, SOUND, UNSOUND, FAILED = "running", "sound", "unsound", "failed"


class DraftFile(Base):
    """A file of a course or lab that is edited here; what stands in it is its revision number `version`."""

    __tablename__ = "draft_file"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))  # course or lab
    name: Mapped[str] = mapped_column(String(80))  # of the course or lab
    path: Mapped[str] = mapped_column(String(200))  # in its folder, with slashes
    version: Mapped[int]  # 0 before anything was saved

    __table_args__ = (
        UniqueConstraint("kind", "name", "path"),
        CheckConstraint(KNOWN, name="kind_known"),
        CheckConstraint("version >= 0", name="version_from_none"),
    )


class Revision(Base):
    """One save of a file. Rows are added and never changed: whatever was acknowledged can be had again.

    `base` is the revision that the author began from, 0 for none. What was saved `aside` is not what the file holds:
    somebody else had saved meanwhile, and it was merged or waits to be. Without `content` the file was removed.
    """

    __tablename__ = "draft_revision"

    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("draft_file.id", ondelete="RESTRICT"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    base: Mapped[int]
    aside: Mapped[bool]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    message: Mapped[str] = mapped_column(Text)
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))  # none: by command
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("number >= 1", name="number_from_one"),
        CheckConstraint("base BETWEEN 0 AND number - 1", name="base_is_earlier"),
    )


class LocalNote(Base):
    """What the law of a host's country says at a place that the courses leave to hosts.

    The latest row of a key counts, one with an empty text takes the note back; older rows stay.
    """

    __tablename__ = "local_note"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    key: Mapped[str] = mapped_column(String(80))  # as in [[local:key]]
    jurisdiction: Mapped[str] = mapped_column(String(120))
    article: Mapped[str] = mapped_column(String(200))  # the act and article that the note rests on
    dated: Mapped[str] = mapped_column(String(40))  # the state of the law that was looked at, as its writer gave it
    checked_by: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)  # Markdown
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    at: Mapped[datetime]

    __table_args__ = (Index("ix_local_note_organisation_id_key", "organisation_id", "key"),)


class LabProof(Base):
    """A proof of the keys of a lab on one exhibit that was asked for in the browser, and what it came to.

    `outcome` holds by question what is wrong, never a key. A proof that a stopped server left `running` is told from a
    living one by its age.
    """

    __tablename__ = "lab_proof"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    lab: Mapped[str] = mapped_column(String(80), index=True)
    pack: Mapped[str] = mapped_column(String(80))
    sha256: Mapped[str] = mapped_column(String(64))  # digest of the lab's files that were proved
    state: Mapped[str] = mapped_column(String(10))
    outcome: Mapped[dict[str, Any]]
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state IN ('running', 'sound', 'unsound', 'failed')", name="state_known"),
        CheckConstraint("(state = 'running') = (done_at IS NULL)", name="done_has_time"),
    )


guard(cast("Table", Revision.__table__))
guard(cast("Table", LocalNote.__table__))
