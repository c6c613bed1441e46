"""A response: one trainee's live work on one live lab, from the authority to the hand-over."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from training.store import Base, Told, new_id

OPEN = text("ended_at IS NULL")


class Response(Base):
    """One person's live work on one running machine. What was done stands in rows of its own, which are only added."""

    __tablename__ = "response"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))  # whose work it is
    organisation_id: Mapped[uuid.UUID] = mapped_column(  # where the person worked when it was begun
        ForeignKey("organisation.id", ondelete="RESTRICT"), index=True
    )
    release_id: Mapped[uuid.UUID] = mapped_column(  # the frozen lab
        ForeignKey("release.id", ondelete="RESTRICT"), index=True
    )
    assignment_id: Mapped[uuid.UUID | None] = mapped_column(  # what was set when it was begun; none: practice
        ForeignKey("assignment.id", ondelete="RESTRICT"), index=True
    )
    variant: Mapped[str] = mapped_column(String(8))  # letter of the scenario's variant
    state: Mapped[str] = mapped_column(String(10))  # starting, live, handed (sealed) or ended (without a hand-over)
    level: Mapped[str] = mapped_column(String(20))  # how far the machine was set apart; empty before it ran
    range_offset: Mapped[float]  # seconds: the range's reference clock minus UTC
    guest_offset: Mapped[float]  # seconds: the machine's own clock minus UTC, as last asked
    begun_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]  # when the authority and its limits were confirmed; nothing is typed before
    watched_at: Mapped[datetime | None]  # when an instructor last looked at the console
    gone_at: Mapped[datetime | None]  # when the machine ended by itself; what was acquired before can be handed over
    handed_over_at: Mapped[datetime | None]
    image: Mapped[int | None]  # number of the acquisition that was handed over
    attempt_id: Mapped[uuid.UUID | None] = mapped_column(  # the attempt on that image, once it is registered
        ForeignKey("attempt.id", ondelete="RESTRICT"), index=True
    )
    ended_at: Mapped[datetime | None]  # when the machine was let go, handed over or not
    why: Mapped[str] = mapped_column(Told)  # why the machine ended, in a sentence; empty while it runs
    settled: Mapped[int]  # bytes of the console in which marks were looked for
    acts: Mapped[int]  # grows with everything that a page may have to show
    seal: Mapped[str] = mapped_column(String(64))  # last digest of the sealed record; empty before the hand-over

    __table_args__ = (
        Index("uq_response_one_open", "person_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        CheckConstraint("state IN ('starting', 'live', 'handed', 'ended')", name="state_known"),
        CheckConstraint("(ended_at IS NULL) = (state IN ('starting', 'live'))", name="ended_by_state"),
        CheckConstraint("(state = 'handed') = (seal <> '')", name="sealed_when_handed"),
        CheckConstraint("settled >= 0 AND acts >= 0", name="counts"),
    )

    @property
    def running(self) -> bool:
        """Whether a machine belongs to it now."""
        return self.ended_at is None and self.gone_at is None

    def reference(self, at: datetime) -> datetime:
        """A moment (UTC) by the range's reference clock, the one that the trainee reads and notes."""
        return at + timedelta(seconds=self.range_offset)
