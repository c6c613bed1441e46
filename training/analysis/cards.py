"""Plugin cards: what is offered, with which options, what each plugin walks, shows and can't show, and what beats it.

The cards are data of the licence island (VSL-1.0) and stay in its folder; this module only reads them. The format is
described at the head of `about.yaml` there.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator
from pydantic.dataclasses import dataclass as validated

from training.errors import Damaged, NotThere
from training.sentence import LANGUAGES, phrase, translated

FOLDER = Path(__file__).parent / "volatility" / "cards"
ABOUT = "about.yaml"

Model = TypeVar("Model", bound=BaseModel)

OptionType = Literal["int", "ints", "strs", "bool", "str", "path", "regex", "choice", "yara"]
Absence = Literal["unreadable", "unparsable", "not applicable", "not available"]
System = Literal["any", "linux", "windows"]
Topic = Literal["processes", "memory", "files", "network", "kernel", "registry", "system"]
Value = int | bool | str | tuple[int, ...] | tuple[str, ...]
"""The value of an option: a list becomes a tuple, so that commands can be compared and hashed."""

PROCESS = re.compile(r" --pid [0-9]+")
PLACEHOLDERS = {
    "int": "N", "ints": "N …", "strs": "WORD …", "path": "/PATH", "regex": "'PATTERN'", "yara": "'RULES'",
}  # fmt: skip


@validated(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Option:
    """One option of a plugin, spelled as on the command line without the two hyphens.

    `least` and `most` bound numbers, `length` texts (characters), `many` lists (values); `default` is Volatility's own;
    `files` says that the plugin writes files when it is given.
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
    files: bool = False

    @property
    def usage(self) -> str:
        """How it is typed: `--pid N …`."""
        return f"--{self.name}" if self.type == "bool" else f"--{self.name} {PLACEHOLDERS.get(self.type, 'TEXT')}"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a plugin's rows: name as Volatility prints it, type as in `render.cell`.

    `means` is the explanation on the plugin's own card; `Cards.meaning_of` knows the general ones too. It is no part of
    what a column is: result files store only name and type.
    """

    name: str
    type: str
    means: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Question:
    """What an examiner wants to know, in their own words; `text` is said in the language of the reader."""

    name: str
    topic: Topic
    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """One plugin.

    `asks` are the questions that its rows can answer; several plugins answer one. `walks` names the structure that it
    reads, and `family` groups those that read the same one: two of one family don't corroborate each other.
    `check_with` pairs other plugins with the reason why each sees what this one can't; where there is none, `alone`
    says why. `absent` explains kinds of absence that mean something special here. `own` marks our own assemblies,
    whose `cls` is their name. `needs` lists groups of options of which exactly one must be given; `files` says that
    every run writes files; `seconds` is a typical time for the reference image. `secret` names the columns that pages
    mask, each with the well-known constants in it that are no secrets.
    """

    name: str
    cls: str
    version: str
    aliases: tuple[str, ...]
    lists: str
    asks: tuple[Question, ...]
    walks: str
    shows: str
    cannot_show: str
    defeated_by: str
    check_with: tuple[tuple[str, str], ...]
    alone: str
    family: str
    seconds: float
    options: tuple[Option, ...]
    needs: tuple[tuple[str, ...], ...]
    example: str
    columns: tuple[Column, ...]
    absent: dict[Absence, str]
    own: bool
    files: bool
    secret: dict[str, tuple[str, ...]]

    @property
    def os(self) -> System:
        """The system whose images it reads, from its name."""
        first = self.name.partition(".")[0]
        return "linux" if first == "linux" else "windows" if first == "windows" else "any"

    def option(self, name: str) -> Option | None:
        """The option of that name."""
        return next((option for option in self.options if option.name == name), None)

    @property
    def ready(self) -> str:
        """The command to begin with: its name, or the example where it can't be run without options.

        The process that an example names is one of another image, so it goes where it can.
        """
        wanted = {option for group in self.needs for option in group}
        example = self.example if "pid" in wanted else PROCESS.sub("", self.example)
        return example if self.needs else self.name

    def writes_files(self, given: Mapping[str, Any]) -> bool:
        """Whether a run with these options writes files out of the image."""
        return self.files or any(option.files and given.get(option.name) for option in self.options)


@dataclass(frozen=True, slots=True)
class Cards:
    """All cards by canonical name, what was left out with the reason, and the general explanations.

    `questions` stand in the order in which they are offered. `absences` has a sentence for each kind of absence,
    `glossary` the columns that mean the same in several plugins, by system and name.
    """

    volatility: str
    island: int
    cards: dict[str, Card]
    left_out: dict[str, str]
    questions: tuple[Question, ...]
    absences: dict[Absence, str]
    glossary: dict[System, dict[str, str]]

    def get(self, name: str) -> Card:
        """The card of a canonical name. Raises NotThere."""
        if name not in self.cards:
            raise NotThere(phrase("no plugin %(name)s is offered", name=name))
        return self.cards[name]

    def for_os(self, system: str) -> tuple[Card, ...]:
        """The cards that make sense on images of one system ("linux" or "windows"), the general ones included."""
        return tuple(card for card in self if card.os in {system, "any"})

    def answering(self, system: str) -> list[tuple[Question, list[Card]]]:
        """Each question with the cards that answer it on images of a system; one that none answers is left out."""
        cards = self.for_os(system)
        found = [(question, [card for card in cards if question in card.asks]) for question in self.questions]
        return [(question, answering) for question, answering in found if answering]

    def meaning_of(self, card: Card, column: str) -> str:
        """What a column of a card means: its own explanation, else the system's, else the general one, else ""."""
        own = next((one.means for one in card.columns if one.name == column), "")
        return own or self.glossary.get(card.os, {}).get(column) or self.glossary.get("any", {}).get(column, "")

    def absence_of(self, card: Card, kind: Absence) -> str:
        """What a kind of absence means in a plugin's rows."""
        return card.absent.get(kind) or self.absences[kind]

    def __contains__(self, name: object) -> bool:
        return name in self.cards

    def __iter__(self) -> Iterator[Card]:
        return iter(self.cards.values())

    def __len__(self) -> int:
        return len(self.cards)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Column(_Strict):
    type: str
    means: str = ""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        return {"type": given} if isinstance(given, str) else given


class _Card(_Strict):
    version: str
    aliases: tuple[str, ...] = ()
    lists: str
    asks: tuple[str, ...] = ()
    walks: str
    shows: str
    cannot_show: str
    defeated_by: str
    check_with: dict[str, str] = {}
    alone: str = ""
    family: str
    seconds: float
    needs: tuple[tuple[str, ...], ...] = ()
    example: str = ""
    options: dict[str, Option] = {}
    columns: dict[str, _Column]
    absent: dict[Absence, str] = {}
    own: bool = False
    files: bool = False
    secret: dict[str, tuple[str, ...]] = {}
    # `class` is a word of Python's own, so it is taken out before
    cls: str = ""

    @model_validator(mode="before")
    @classmethod
    def _class(cls, given: Any) -> Any:
        return {"cls" if key == "class" else key: value for key, value in given.items()} if _is_map(given) else given

    @field_validator("options", mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        """Each option knows the name under which it stands."""
        if not _is_map(given):
            return given
        return {name: {"name": name, **about} if _is_map(about) else about for name, about in given.items()}

    @model_validator(mode="after")
    def _whole(self) -> "_Card":
        if self.own == bool(self.cls):
            raise ValueError("it needs either a class or own: true")
        if bool(self.check_with) == bool(self.alone):
            raise ValueError("it needs either check_with or alone")
        if unknown := self.secret.keys() - self.columns.keys():
            raise ValueError(f"secret names no column of it: {', '.join(sorted(unknown))}")
        return self


class _Family(_Strict):
    """A file of cards. What it leaves out stands beside what it offers."""

    plugins: dict[str, _Card]
    left_out: dict[str, str] = {}


class _About(_Strict):
    licence: Literal["VSL-1.0"]
    island: int
    volatility: str
    questions: dict[Topic, dict[str, dict[Literal["en", "fr", "ar"], str]]] = {}
    absences: dict[Absence, str]
    columns: dict[System, dict[str, str]]
    left_out: dict[str, str]


class _OnceLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # one of two loaders, both safe
    """YAML in which a name that stands twice is a mistake instead of a silent replacement."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"the name {key.value!r} stands twice", problem_mark=key.start_mark)
            seen.add(key.value)
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made


@cache
def load() -> Cards:
    """The cards of this program. Raises Damaged when a file is not as it should be."""
    return read(FOLDER)


def read(folder: Path) -> Cards:
    """Cards from a folder: about.yaml, and one file per family of plugins. Raises Damaged with every mistake, its file
    and its place.
    """
    mistakes: list[str] = []
    about = _parse(folder / ABOUT, _About, mistakes)
    files = sorted(file for file in folder.glob("*.yaml") if file.name != ABOUT)
    families = [(file, family) for file in files if (family := _parse(file, _Family, mistakes))]
    cards: dict[str, _Card] = {}
    left_out = dict(about.left_out) if about else {}
    for file, family in families:
        for name, card in family.plugins.items():
            if name in cards:
                mistakes.append(f"{file}: plugins.{name}: it has a card in another file already")
            cards[name] = card
        left_out |= family.left_out
    mistakes += [f"{folder}: left_out.{name}: it has a card" for name in left_out if name in cards]
    questions = _questions(about, folder / ABOUT, mistakes) if about else {}
    mistakes += [
        f"{folder}: plugins.{name}: asks: no question {one} is in {ABOUT}"
        for name, card in cards.items()
        for one in card.asks
        if one not in questions
    ]
    if mistakes or about is None:
        raise Damaged("; ".join(mistakes))
    return Cards(
        about.volatility,
        about.island,
        {name: _card(name, card, questions) for name, card in cards.items()},
        left_out,
        tuple(questions.values()),
        about.absences,
        about.columns,
    )


def _parse(file: Path, model: type[Model], mistakes: list[str]) -> Model | None:
    """One file as its model; what is wrong with it goes to `mistakes`."""
    try:
        return model.model_validate(yaml.load(file.read_bytes(), _OnceLoader))  # noqa: S506 - it is a safe loader
    except ValidationError as bad:
        mistakes += [f"{file}: {'.'.join(map(str, error['loc']))}: {error['msg']}" for error in bad.errors()]
    except (yaml.YAMLError, OSError, TypeError) as bad:
        mistakes.append(f"{file}: not a file of plugin cards: {bad}")
    return None


def _questions(about: _About, file: Path, mistakes: list[str]) -> dict[str, Question]:
    """The questions by name, each in every language of the pages."""
    found: dict[str, Question] = {}
    for topic, named in about.questions.items():
        for name, texts in named.items():
            if set(texts) != set(LANGUAGES):
                mistakes.append(f"{file}: questions.{topic}.{name}: it needs a text in {', '.join(LANGUAGES)}")
            elif name in found:
                mistakes.append(f"{file}: questions.{topic}.{name}: another topic has it already")
            else:
                others: dict[str, str] = {language: text for language, text in texts.items() if language != "en"}
                found[name] = Question(name, topic, translated(texts["en"], others))
    return found


def _is_map(given: Any) -> bool:
    return isinstance(given, dict)


def _card(name: str, card: _Card, questions: Mapping[str, Question]) -> Card:
    return Card(
        name=name,
        cls=card.cls or name,
        example=card.example or name,
        asks=tuple(questions[one] for one in card.asks),
        check_with=tuple(card.check_with.items()),
        options=tuple(card.options.values()),
        columns=tuple(Column(column, about.type, about.means) for column, about in card.columns.items()),
        **card.model_dump(exclude={"cls", "example", "asks", "check_with", "options", "columns"}),
    )
