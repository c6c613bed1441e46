"""How a run ended: the one value that travels from the writer process to the row."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

LONGEST_REASON = 600


class ColumnOf(BaseModel):
    """Name and type of one column."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str = Field(min_length=1, max_length=100)
    type: str = Field(pattern=r"^[a-z]{1,20}$")


class Outcome(BaseModel):
    """State at the end, the reason in one sentence unless all went well, and what the result holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: Literal["complete", "partial", "failed", "killed"]
    reason: str | None = Field(default=None, max_length=LONGEST_REASON)
    rows: int = 0
    seconds: float = 0.0
    columns: tuple[ColumnOf, ...] = ()
    layers: tuple[str, ...] = ()  # of the sandbox, as reached
    peak: int = 0  # bytes of memory at most
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")  # of the result file, where one was kept
    size: int | None = None  # bytes of that file
