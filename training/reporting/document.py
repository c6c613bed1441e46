"""A report as values: what the program put together, and what its author wrote. Pure, and the same on every machine.

A document holds no key, no verdict and no points: it is what somebody could print on paper before anybody judged it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from training.analysis.render import cell
from training.sentence import unpacked

FORMAT = 3
"""1 was without figures, 2 without masked cells; all are read."""
LONGEST_CELL = 1_000
"""Characters of a cell that a document keeps; of a longer one also length and digest, so that it can be compared."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cell(_Record):
    """A cell of a cited row. `value` is as `vol -r json` prints it, or a mark in its place where the cell is `masked`;
    `length` and `sha256` are of a cut text.
    """

    name: str
    type: str = "str"
    value: Any = None
    absent: str | None = None
    length: int = 0
    sha256: str = ""
    masked: bool = False

    @property
    def text(self) -> str:
        """As pages show it."""
        shown = cell(self.value, self.type, self.absent)
        return f"{shown} … ({self.length})" if self.length else shown


class Cited(_Record):
    """A place that the report stands on: a row of a run (from 0), or a line of what was handed over (from 1).

    `structure` is what its plugin reads, or the name of the material: two places with one structure are one source.
    `fault` says why the place can't be shown.
    """

    number: int
    run: int | None = None
    plugin: str = ""
    row: int | None = None
    column: str = ""
    cells: tuple[Cell, ...] = ()
    material: str = ""
    line: int | None = None
    text: str = ""
    note: str = ""
    structure: str = ""
    fault: str = ""


class Made(_Record):
    """A run that a cited row is of, or a figure was drawn from.

    `sha256` is that of all its rows as `digest` works it out; empty before filing, and where the run is `masked`: its
    rows hold secrets, and a guess at them could be tried against the digest.
    """

    number: int
    command: str
    plugin: str
    cls: str
    own: bool
    options: dict[str, Any]
    version: str
    volatility: str
    island: int
    symbols: str
    key: str
    rows: int
    seconds: float | None
    made_at: datetime | None
    sha256: str = ""
    masked: bool = False


class Asked(_Record):
    """A run that nothing here rests on: it was asked for, and belongs to the method."""

    number: int
    command: str
    plugin: str
    state: str
    reason: str
    rows: int


class Found(_Record):
    """A finding. `number` is that of its question, so that it never changes; `claim` and `alternatives` are written."""

    number: int
    question: str
    asks: str
    try_no: int
    value: str
    confidence: str | None
    reasoning: str
    citations: tuple[int, ...]
    at: datetime
    claim: str = ""
    alternatives: str = ""


class Image(_Record):
    """The exhibit, and when its author last had it hashed in this attempt; `written` for training, and not captured."""

    name: str
    title: str
    os: str
    size: int
    sha256: str
    symbols: str
    record: str
    banner: str
    captured_at: datetime
    verified_at: datetime | None
    written: bool = False

    @model_validator(mode="before")
    @classmethod
    def _of_before(cls, told: Any) -> Any:
        """Reports that were filed before this was noted took every image of Windows for one that was written."""
        return {"written": told.get("os") == "windows", **told} if isinstance(told, dict) else told


class Touch(_Record):
    """A line of the custody log."""

    at: datetime
    act: str
    text: str


class Handed(_Record):
    """A material that was handed over beside the record."""

    name: str
    title: str
    origin: str
    lines: int


class Word(_Record):
    """A text of a figure, see `analysis.views.drawing.Words`; `says` is packed, to be said in any language."""

    x: float
    y: float
    says: Any
    anchor: Literal["start", "middle", "end"] = "start"
    role: str = ""

    @property
    def text(self) -> str:
        """What stands there."""
        return unpacked(self.says)


class Drawn(_Record):
    """A figure of the annex, with the same as a table, and the runs that it was drawn from.

    `called` and `tells` are its title and description, `heads` and `rows` the table; texts of the program in them are
    packed. `lines` are all shapes of a role as one path. `given` says what it was drawn of, `more` how many rows of the
    table there would be beside these. `caption` is the author's.
    """

    name: Literal["tree", "timeline", "network", "matrix"]
    number: int
    width: int
    height: int
    called: Any
    tells: Any
    lines: tuple[tuple[str, str], ...]
    words: tuple[Word, ...]
    heads: tuple[Any, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: int = 0
    runs: tuple[int, ...]
    given: dict[str, str]
    caption: str = ""

    @property
    def title(self) -> str:
        """Its name."""
        return unpacked(self.called)

    @property
    def desc(self) -> str:
        """What a look at it would show."""
        return unpacked(self.tells)

    @property
    def ours(self) -> list[Word]:
        """Words of the page, in the language of its reader."""
        return [one for one in self.words if "ui" in one.role]

    @property
    def evidence(self) -> list[Word]:
        """Words of the exhibit, and numbers: of no language."""
        return [one for one in self.words if "ui" not in one.role]

    def paths(self) -> tuple[tuple[str, str], ...]:
        """Roles with their paths, in the order of painting."""
        return self.lines

    @property
    def columns(self) -> tuple[str, ...]:
        """The heads of the table."""
        return tuple(unpacked(one) for one in self.heads)

    @property
    def table(self) -> tuple[tuple[str, ...], ...]:
        """The rows of the table."""
        return tuple(tuple(unpacked(one) for one in row) for row in self.rows)


class Account(_Record):
    """An account of the machine, as the briefing lists it."""

    uid: int
    name: str
    who: str


class Document(_Record):
    """The whole report. `number` is 0 for a draft; `unanswered` are questions without a finding in it."""

    format: int = FORMAT
    number: int = 0
    at: datetime
    language: str
    author: str
    organisation: str
    attempt: str
    lab: str
    title: str
    release: str
    opened_at: datetime
    closed_at: datetime | None
    on_papers: bool
    exhibit: Image
    custody: tuple[Touch, ...]
    handed: tuple[Handed, ...]
    accounts: tuple[Account, ...]
    runs: tuple[Made, ...]
    others: tuple[Asked, ...]
    more_runs: int
    findings: tuple[Found, ...]
    unanswered: tuple[tuple[int, str], ...]
    citations: tuple[Cited, ...]
    parts: dict[str, str]
    figures: tuple[Drawn, ...] = ()

    def cited(self, number: int) -> Cited | None:
        """The citation of this number, where the report has it."""
        return next((one for one in self.citations if one.number == number), None)

    def finding(self, number: int) -> Found | None:
        """The finding of this number, where the report has it."""
        return next((one for one in self.findings if one.number == number), None)

    def figure(self, name: str) -> Drawn | None:
        """The figure of this name, where the report has it."""
        return next((one for one in self.figures if one.name == name), None)

    def run(self, number: int | None) -> Made | None:
        """The cited run of this number."""
        return next((one for one in self.runs if one.number == number), None)

    def structures(self, finding: Found) -> list[str]:
        """What the cited places of a finding read, each once, in order."""
        return list(dict.fromkeys(one.structure for number in finding.citations if (one := self.cited(number))))

    @property
    def asked(self) -> set[str]:
        """Plugins that were asked."""
        return {one.plugin for one in self.runs} | {one.plugin for one in self.others}

    @property
    def tools(self) -> list[tuple[str, int]]:
        """Versions of Volatility and of the island with which cited runs were made."""
        return sorted({(one.volatility, one.island) for one in self.runs})


def written(document: Document) -> str:
    """The document as text: JSON with sorted names and nothing between, so that equal ones have one digest."""
    return json.dumps(document.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def read(text: str) -> Document:
    """The inverse of `written`."""
    return Document.model_validate_json(text)


def digest(text: str) -> str:
    """The SHA-256 of a written document."""
    return hashlib.sha256(text.encode()).hexdigest()


def rows_digest(tree: Iterable[Mapping[str, Any]]) -> str:
    """The SHA-256 of all rows of a result, nested as `vol -r json` prints them.

    It is that of what `vol -r json … | python3 -m json.tool --compact --sort-keys` prints, for whoever repeats it.
    """
    text = json.dumps(list(tree), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{text}\n".encode()).hexdigest()


def cut(value: Any) -> dict[str, Any]:
    """The value of a cell as a document keeps it, with length and digest where it is too long."""
    if isinstance(value, str) and len(value) > LONGEST_CELL:
        whole = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
        return {"value": value[:LONGEST_CELL], "length": len(value), "sha256": whole}
    return {"value": value}
