"""Changes of the rules of a session: what they were, what they became, why."""

import uuid
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CheckConstraint, ForeignKey, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from training.store import Base, new_id
from training.store.append_only import guard


class RuleChange(Base):
    """One change of a session's rules. It is added and never changed; the first one says what the plan had said."""

    __tablename__ = "session_rule_change"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("teaching_session.id", ondelete="RESTRICT"))
    number: Mapped[int]  # order in the session, from 1
    before: Mapped[dict[str, Any]]  # {"rules": as the session keeps them, "late_minutes": …, "hints": …}
    after: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(String(200))  # read by the people of the session, and on certificates
    begun: Mapped[bool]  # whether the session was open by then: certificates name such a change
    by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))  # none: by command
    at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("session_id", "number"),
        CheckConstraint("number >= 1", name="number_from_one"),
        CheckConstraint("reason <> ''", name="reason_given"),
    )


guard(cast("Table", RuleChange.__table__), ("update",))
