"""Runs: the row is the truth, the engine only works it off."""

from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Enum, Index, String, Table, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from training.analysis.command import Command
from training.audit.seals import seal_rows
from training.sentence import phrase
from training.store import Base, Json, new_id


class State(StrEnum):
    """Where a run stands. A result that may be short is never called complete."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"
    KILLED = "killed"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self not in {State.QUEUED, State.RUNNING}

    @property
    def word(self) -> str:
        """The state as a sentence names it."""
        return _WORDS[self]


_WORDS = {
    State.QUEUED: phrase("queued"),
    State.RUNNING: phrase("running"),
    State.COMPLETE: phrase("complete"),
    State.PARTIAL: phrase("partial"),
    State.FAILED: phrase("failed"),
    State.KILLED: phrase("killed"),
}
ALIVE = text("state IN ('queued', 'running', 'complete') AND removed_at IS NULL")


class Run(Base):
    """One try of one plugin with one set of options on one exhibit, shared by all who ask for it."""

    __tablename__ = "run"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(64))  # SHA-256 over everything that decides the rows; see service.key_of
    try_no: Mapped[int] = mapped_column(default=1)  # first try is 1
    exhibit: Mapped[str] = mapped_column(String(64))  # SHA-256 of the image
    symbols: Mapped[str] = mapped_column(String(64))  # SHA-256 of the symbol file
    plugin: Mapped[str] = mapped_column(String(80))  # canonical name
    plugin_version: Mapped[str] = mapped_column(String(20))
    options: Mapped[dict[str, Any]]  # as Command.as_json gives them
    volatility: Mapped[str] = mapped_column(String(20))  # version of Volatility
    island: Mapped[int]  # version of the licence island
    state: Mapped[State] = mapped_column(
        Enum(
            State,
            native_enum=False,
            length=10,
            create_constraint=False,
            values_callable=lambda kind: [s.value for s in kind],
        )
    )
    reason: Mapped[str | None] = mapped_column(Text)  # one sentence for people; always there unless all went well
    asker: Mapped[UUID | None]  # whose turn in the queue it takes; none for runs made ahead of time, which wait
    stage: Mapped[str | None] = mapped_column(String(20))  # what is being done while it runs: preparing, running
    rows: Mapped[int] = mapped_column(default=0)  # rows so far while running
    seconds: Mapped[float | None]  # time on the wall, from start to end
    columns: Mapped[list[Any] | None] = mapped_column(Json)  # [{"name", "type"}] once there is a result
    layers: Mapped[list[Any] | None] = mapped_column(Json)  # of the sandbox in which it ran, by name
    peak: Mapped[int | None] = mapped_column(BigInteger)  # bytes of memory at most
    result_sha256: Mapped[str | None] = mapped_column(String(64))  # of its file; none: no file, or made before 0028
    result_bytes: Mapped[int | None] = mapped_column(BigInteger)  # size of that file
    removed_at: Mapped[datetime | None]  # when its file was removed to free space; asked again, it gets a new try
    queued_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("key", "try_no"),
        Index("uq_run_one_alive", "key", unique=True, sqlite_where=ALIVE, postgresql_where=ALIVE),
        Index("ix_run_state", "state"),
        CheckConstraint("state IN ('queued','running','complete','partial','failed','killed')", name="state_known"),
        CheckConstraint("try_no >= 1 AND rows >= 0", name="counts"),
        CheckConstraint("(state IN ('queued','running')) = (ended_at IS NULL)", name="ended_when_over"),
        CheckConstraint("state IN ('queued','running','complete') OR reason IS NOT NULL", name="reason_given"),
    )

    @property
    def command(self) -> Command:
        """The command that asked for it."""
        return Command.of(self.plugin, self.options)

    @property
    def text(self) -> str:
        """The command as one would type it."""
        return self.command.text

    @property
    def result_name(self) -> str:
        """Name of its file in the folder of results."""
        return f"{self.key}-{self.try_no}.db"


seal_rows(
    cast("Table", Run.__table__),
    "key try_no exhibit symbols plugin plugin_version volatility island state reason rows columns result_sha256"
    " removed_at",
    final=Run.ended_at.is_not(None),
)
