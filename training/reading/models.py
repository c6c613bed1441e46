"""Rows of reading: where somebody stopped in a module, and what somebody wrote beside a paragraph.

A paragraph is named by its mark, a digest of its text (`training.courses.manuscript.marks`), so that both stay with
a newer release wherever the text stayed.
"""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from training.store import Base, new_id


class LastPlace(Base):
    """The paragraph that a person looked at last in a module."""

    __tablename__ = "last_place"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    course: Mapped[str] = mapped_column(String(80))  # name of the course
    module: Mapped[str] = mapped_column(String(40))  # id of the module
    section: Mapped[int]  # number of the section it stands in; 0 before the first one
    mark: Mapped[str] = mapped_column(String(20))  # of the paragraph; empty: the beginning of the section
    at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("person_id", "course", "module"),
        CheckConstraint("section >= 0", name="section_from_none"),
    )


class MarginNote(Base):
    """What a person wrote at a paragraph, for that person alone. `quote` is the text that it stood at."""

    __tablename__ = "margin_note"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    course: Mapped[str] = mapped_column(String(80))  # name of the course
    module: Mapped[str] = mapped_column(String(40))  # id of the module
    section: Mapped[int]  # number of the section as it was written in
    mark: Mapped[str] = mapped_column(String(20))  # of the paragraph
    language: Mapped[str] = mapped_column(String(10))  # of the text that it stood at
    quote: Mapped[str] = mapped_column(Text)  # the beginning of that text
    text: Mapped[str] = mapped_column(Text)
    version: Mapped[int]  # from 1; each change counts one up
    request_key: Mapped[str] = mapped_column(String(64))  # of the form that was sent: sent twice, it is one note
    at: Mapped[datetime]  # when it was written first
    changed_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("person_id", "request_key"),
        Index(None, "person_id", "course", "module"),
        CheckConstraint("text <> ''", name="text_present"),
        CheckConstraint("version >= 1", name="version_from_one"),
    )
