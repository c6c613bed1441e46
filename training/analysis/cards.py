"""Plugin cards: what is offered, with which options, and what each plugin shows and can't show.

The cards are data of the licence island (VSL-1.0) and stay in its folder; this module only reads them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from training.errors import Damaged, NotThere

FILE = Path(__file__).parent / "volatility" / "cards.yaml"

OptionType = Literal["int", "ints", "strs", "bool", "str", "path", "regex", "choice"]
Value = int | bool | str | tuple[int, ...] | tuple[str, ...]
"""The value of an option: a list becomes a tuple, so that commands can be compared and hashed."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a plugin, spelled as on the command line without the two hyphens.

    `least` and `most` bound numbers, `length` texts (characters), `many` lists (values); `default` is Volatility's own.
    """

    name: str
    type: OptionType
    help: str
    least: int = 0
    most: int = 2**63 - 1
    length: int = 200
    many: int = 20
    choices: tuple[str, ...] = ()
    default: int | str | None = None

    @property
    def usage(self) -> str:
        """How it is typed: `--pid N …`."""
        word = {"int": "N", "ints": "N …", "strs": "WORD …", "path": "/PATH", "regex": "'PATTERN'"}.get(
            self.type, "TEXT"
        )
        return f"--{self.name}" if self.type == "bool" else f"--{self.name} {word}"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a plugin's rows: name as Volatility prints it, type as in `render.cell`."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Card:
    """One plugin. `family` names the structure that it reads: two of one family don't corroborate each other.

    `needs` lists groups of options of which at least one must be given; `seconds` is a typical time for a 128 MiB
    image.
    """

    name: str
    cls: str
    version: str
    aliases: tuple[str, ...]
    lists: str
    shows: str
    cannot_show: str
    family: str
    seconds: float
    options: tuple[Option, ...]
    needs: tuple[tuple[str, ...], ...]
    example: str
    columns: tuple[Column, ...]

    def option(self, name: str) -> Option | None:
        """The option of that name."""
        return next((option for option in self.options if option.name == name), None)


@dataclass(frozen=True, slots=True)
class Cards:
    """All cards, by canonical name, and what was left out with the reason."""

    volatility: str
    island: int
    cards: dict[str, Card]
    left_out: dict[str, str]

    def get(self, name: str) -> Card:
        """The card of a canonical name. Raises NotThere."""
        if name not in self.cards:
            raise NotThere(f"no plugin {name} is offered")
        return self.cards[name]

    def __contains__(self, name: object) -> bool:
        return name in self.cards

    def __iter__(self) -> Iterator[Card]:
        return iter(self.cards.values())

    def __len__(self) -> int:
        return len(self.cards)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Option(_Strict):
    type: OptionType
    help: str
    least: int = 0
    most: int = 2**63 - 1
    length: int = 200
    many: int = 20
    choices: tuple[str, ...] = ()
    default: int | str | None = None


class _Card(_Strict):
    version: str
    aliases: tuple[str, ...] = ()
    lists: str
    shows: str
    cannot_show: str
    family: str
    seconds: float
    needs: tuple[tuple[str, ...], ...] = ()
    example: str = ""
    options: dict[str, _Option] = {}
    columns: dict[str, str]
    # `class` is a word of Python's own, so it is taken out before
    cls: str


class _Document(_Strict):
    licence: Literal["VSL-1.0"]
    island: int
    volatility: str
    plugins: dict[str, _Card]
    left_out: dict[str, str]


@cache
def load() -> Cards:
    """The cards of this program. Raises Damaged when the file is not as it should be."""
    return read(FILE.read_bytes(), str(FILE))


def read(content: bytes, where: str) -> Cards:
    """Cards from YAML. Raises Damaged with every mistake and its place."""
    try:
        given: dict[str, Any] = yaml.load(content, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
        for card in given["plugins"].values():
            card["cls"] = card.pop("class")
        document = _Document.model_validate(given)
    except ValidationError as bad:
        places = "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in bad.errors())
        raise Damaged(f"{where}: {places}") from None
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as bad:
        raise Damaged(f"{where}: not a file of plugin cards: {bad!r}") from None
    return Cards(
        document.volatility,
        document.island,
        {name: _card(name, card) for name, card in document.plugins.items()},
        document.left_out,
    )


def _card(name: str, card: _Card) -> Card:
    return Card(
        name=name,
        example=card.example or name,
        options=tuple(Option(name=option, **about.model_dump()) for option, about in card.options.items()),
        columns=tuple(Column(column, kind) for column, kind in card.columns.items()),
        **card.model_dump(exclude={"options", "columns", "example"}),
    )
