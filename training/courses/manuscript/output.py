"""Plugin output in a module: generated from a real exhibit, stored beside the module, shown as it was found.

A block names a plugin, an exhibit and the rows wanted. `generate` runs the plugin and stores what the block shows in
`output/<SHA-256 of the block>.json`, with the digest of the exhibit and the version of Volatility. A page is drawn
from that file alone: it can't differ from what was run, and a changed block has no file until it is generated again.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training.analysis import cards
from training.analysis.cards import Column
from training.analysis.command import Command
from training.analysis.command import parse as parse_command
from training.analysis.render import visible
from training.analysis.results import ResultRow
from training.content import source
from training.content.markdown import Block, escape, inline
from training.content.markdown.words import words
from training.content.source import ContentError, Mistake, Source
from training.courses.manuscript import conditions
from training.courses.manuscript.format import OutputBlock
from training.errors import Refused
from training.grading.keys.expression import Expression
from training.grading.keys.syntax import KeyProblem

FOLDER = "output"
CELL = 400  # characters of a cell that are shown
AGAIN = "run: python app.py check --write"
RIGHT = {"int", "hex", "bin", "float"}  # types whose columns are aligned at their end


class Stored(BaseModel):
    """What a block shows, as it was found: cells are text, made visible; `found` rows of `total` met the condition.

    `unmet` holds the parts of the condition, joined by `or`, that no row met.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    exhibit: str
    exhibit_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    volatility: str
    command: str
    columns: tuple[tuple[str, str], ...]  # name and type
    rows: tuple[tuple[str, ...], ...]
    found: int
    total: int
    unmet: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """All rows of one complete run, with what pins them."""

    exhibit_sha256: str
    volatility: str
    columns: tuple[Column, ...]
    rows: tuple[ResultRow, ...]


Run = Callable[[str, str], Listing]
"""Runs a command on the exhibit of a name. Raises DomainError where that gave no complete result."""


def digest(text: str) -> str:
    """The name under which the rows of a block are stored."""
    return hashlib.sha256(text.strip().encode()).hexdigest()


def read(block: Block, file: str) -> Source[OutputBlock]:
    """The block, checked against the cards of the plugins. Raises ContentError with every mistake."""
    found = source.parse(block.text, OutputBlock, file, block.line)
    asked = found.value
    try:
        command = _command(asked.plugin)
    except Refused as bad:
        raise ContentError([found.mistake(("plugin",), bad.message)]) from None
    known = [column.name for column in cards.load().get(command.plugin).columns]
    mistakes = [
        found.mistake(("columns", number), f"{command.plugin} has no column {name}; it has {', '.join(known)}")
        for number, name in enumerate(asked.columns)
        if name not in known
    ]
    if asked.where is not None:
        try:
            strange = sorted(_condition(asked.where).names - set(known))
        except KeyProblem as bad:
            mistakes.append(found.mistake(("where",), f"where: {bad}"))
        else:
            mistakes += [found.mistake(("where",), f"where: {command.plugin} has no column {name}") for name in strange]
    if mistakes:
        raise ContentError(mistakes)
    return found


def stored(folder: Path, block: Block, file: str) -> Stored:
    """What was stored for a block of the module in `folder`. Raises ContentError when that was never generated."""
    path = folder / FOLDER / f"{digest(block.text)}.json"
    try:
        return Stored.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        message = f"the rows of this block are not generated; {AGAIN}"
    except (OSError, ValidationError):
        message = f"{FOLDER}/{path.name} can't be read; {AGAIN}"
    raise ContentError([Mistake(file, block.line, message)])


def draw(
    folder: Path,
    block: Block,
    file: str,
    exhibits: Mapping[str, str] | None = None,
    language: str = "en",
    original: Block | None = None,
) -> str:
    """The block as HTML, with words in the language of the text around it.

    With `exhibits` (name to SHA-256) rows of another image are a mistake too. A translated block shows the rows of the
    `original` that it translates.
    """
    asked, said = read(block, file).value, words(language)
    rows = _rows(folder, original or block, file, exhibits)
    heads = "".join(f'<th scope="col"{_side(kind)}>{escape(name)}</th>' for name, kind in rows.columns)
    kinds = [kind for _, kind in rows.columns]
    body = "".join(
        "<tr>" + "".join(_cell(text, kind) for text, kind in zip(row, kinds, strict=True)) + "</tr>"
        for row in rows.rows
    )
    counts = (len(rows.rows), rows.found, rows.total)
    shown = said.rows.format(counts[0], counts[2])
    if asked.where:
        shown = said.rows_where.format(*counts, f"<code>{escape(visible(asked.where))}</code>")
    label = escape(f"{rows.command}: {asked.caption.replace('`', '')}")  # its own name for each: it is a landmark
    return (
        f'<figure class="fig out"><div class="scroll" tabindex="0" role="region" aria-label="{label}">'
        f'<table class="ev-tbl"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'
        f"<figcaption>{inline(asked.caption)} <span>{said.exhibit} <code>{escape(rows.exhibit)}</code>{said.comma} "
        f"<code>{escape(visible(rows.command))}</code>{said.comma} "
        f'<span dir="ltr">Volatility 3 {escape(rows.volatility)}</span>{said.comma} {shown}.</span>'
        "</figcaption></figure>"
    )


def _rows(folder: Path, block: Block, file: str, exhibits: Mapping[str, str] | None) -> Stored:
    """The stored rows of a block. Raises ContentError where they are not those of its condition or of its exhibit."""
    source_of, rows = read(block, file), stored(folder, block, file)
    exhibit = source_of.value.exhibit
    if rows.unmet:
        raise ContentError([source_of.mistake(("where",), f"where: no row has {part}") for part in rows.unmet])
    if exhibits is not None and exhibit not in exhibits:
        raise ContentError([Mistake(file, block.line, f"there is no exhibit {exhibit} in this installation")])
    if exhibits is not None and exhibits[exhibit] != rows.exhibit_sha256:
        message = f"the rows of this block belong to another image of {exhibit}; {AGAIN}"
        raise ContentError([Mistake(file, block.line, message)])
    return rows


def _command(text: str) -> Command:
    """The command of a block. Authors write whole names, so that the name says which system it is for."""
    return parse_command(text, "windows" if text.startswith("windows.") else "linux")


def make(block: OutputBlock, run: Run) -> Stored:
    """Run the plugin of a block and keep what the block shows. Raises DomainError where the run is not complete."""
    command = _command(block.plugin)
    listing = run(block.exhibit, command.text)
    names = [column.name for column in listing.columns]
    condition = _condition(block.where) if block.where is not None else None
    wanted = [row for row in listing.rows if condition is None or condition.holds({}, _cells(row, names))]
    if not wanted:
        raise Refused(f"{command.text} on {block.exhibit} gave no row to show{_why(condition, listing, names)}")
    places = [names.index(name) for name in block.columns]
    return Stored(
        exhibit=block.exhibit,
        exhibit_sha256=listing.exhibit_sha256,
        volatility=listing.volatility,
        command=command.text,
        columns=tuple((listing.columns[place].name, listing.columns[place].type) for place in places),
        rows=tuple(tuple(row.shown(listing.columns)[place] for place in places) for row in wanted[: block.limit]),
        found=len(wanted),
        total=len(listing.rows),
        unmet=tuple(conditions.unmet(condition, (_cells(row, names) for row in listing.rows))) if condition else (),
    )


def write(folder: Path, text: str, rows: Stored) -> None:
    """Store the rows of a block in the folder of its module."""
    target = folder / FOLDER / f"{digest(text)}.json"
    target.parent.mkdir(exist_ok=True)
    lines = json.dumps(rows.model_dump(mode="json"), ensure_ascii=True, indent=1)
    target.write_text(lines + "\n", "utf-8")


def _condition(where: str) -> Expression:
    return Expression.parse(where)


def _cells(row: ResultRow, names: list[str]) -> dict[str, object]:
    return dict(zip(names, row.cells, strict=True))


def _why(condition: Expression | None, listing: Listing, names: list[str]) -> str:
    """Why a condition holds nowhere, where it has no value at all: a number compared with a text and the like."""
    if condition is None:
        return ""
    try:
        for row in listing.rows:
            condition.evaluate({}, {}, row=_cells(row, names))
    except KeyProblem as bad:
        return f"; where: {bad}"
    return ""


def _side(kind: str) -> str:
    return ' class="n"' if kind in RIGHT else ""


def _cell(text: str, kind: str) -> str:
    cut = text if len(text) <= CELL else text[:CELL] + "…"
    return f'<td{_side(kind)}><bdi dir="ltr">{escape(visible(cut))}</bdi></td>'
