"""Rows of search: from what the index was made. The index itself is derived, and made by its own room."""

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from training.store import Base


class SearchSource(Base):
    """A source of passages and the state in which it was read; where another one is current, it is read again."""

    __tablename__ = "search_source"

    name: Mapped[str] = mapped_column(
        String(100), primary_key=True
    )  # course/<name>, lab/<name>, plugins, terms, layout
    state: Mapped[str] = mapped_column(String(64))  # a digest of what it holds; for the layout its version

    __table_args__ = (CheckConstraint("state <> ''", name="state_known"),)
