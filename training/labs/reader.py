"""Read a lab: `lab.yaml`, the briefing beside it, and the sealed answer keys. Nothing here knows a database.

`check` finds every mistake of an author at once, each with file and line; `load` gives the lab of a frozen release.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training.analysis import cards as plugin_cards
from training.analysis.cards import Cards
from training.content import markdown, source
from training.content.source import ContentError, Mistake
from training.forge import pack as exhibits
from training.grading import question as grading
from training.grading.keys.expression import Expression
from training.grading.keys.syntax import Field as Column
from training.grading.keys.syntax import KeyProblem, Name, Node, children
from training.grading.parts import Source
from training.grading.question import Question
from training.grading.sealed import Sealed, SealedKey

FILE, BRIEF, KEYS = "lab.yaml", "brief.md", "keys"
DIGEST_CHARS = 64
PACK = r"^[a-z][a-z0-9-]{0,60}$"
MATERIALS = frozenset({"record"})
"""Materials that are handed over with an exhibit: its acquisition record."""

Sentence = Annotated[str, Field(min_length=1, max_length=1_000)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Account(_Model):
    """An account of the seized machine. Plugins print numbers only, so the briefing lists who they belong to."""

    uid: int = Field(ge=0, le=2**32 - 1)
    name: str = Field(min_length=1, max_length=40)
    who: Sentence


class CourtQuestion(_Model):
    """What counsel may ask about the findings of this lab."""

    by: Literal["prosecution", "defence", "court"]
    text: Sentence


class LabFile(_Model):
    """`lab.yaml`. docs/labs.md explains each field.

    `exhibits` are names of packs, the first being the one that attempts get; `stage_hand` says which processes of the
    exhibit play the outside world and are no evidence; `minutes` is a typical time for the whole lab; `baseline` is the
    pack of an exhibit that trainees may compare with; `dumps` lets them write files out of the image and take them.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,79}$")
    title: str = Field(min_length=1, max_length=120)
    summary: str = Field(min_length=1, max_length=600)
    level: Literal["introductory", "intermediate", "advanced"]
    roles: tuple[Literal["investigator", "examiner", "prosecutor", "judge"], ...] = Field(min_length=1)
    minutes: int = Field(ge=5, le=1_000)
    licence: Literal["VSL-1.0"]
    language: Literal["en"]
    authors: tuple[Sentence, ...] = Field(min_length=1)
    exhibits: tuple[Annotated[str, Field(pattern=PACK)], ...] = Field(min_length=1, max_length=12)
    baseline: str | None = Field(default=None, pattern=PACK)
    dumps: bool = False
    accounts: tuple[Account, ...] = Field(default=(), max_length=40)
    stage_hand: Sentence
    questions: tuple[Question, ...] = Field(min_length=1, max_length=40)
    court: tuple[CourtQuestion, ...] = Field(default=(), max_length=10)


class Seal(_Model):
    """`keys/<pack>.json`: the keys of one exhibit, and with what they were made.

    `exhibit` is the SHA-256 of the image; `volatility` and `island` are the versions whose rows agreed with the truth.
    """

    exhibit: str = Field(pattern=r"^[0-9a-f]{64}$")
    volatility: str
    island: int
    sealed: Sealed


@dataclass(frozen=True)
class Lab:
    """A lab, ready for use: its file, its briefing as clean HTML, and the sealed keys by name of the exhibit's pack."""

    file: LabFile
    brief: str
    icons: tuple[str, ...]
    seals: Mapping[str, Seal]

    @property
    def id(self) -> str:
        """Its name, which is that of its folder."""
        return self.file.id

    @property
    def title(self) -> str:
        """Its title."""
        return self.file.title

    @property
    def exhibits(self) -> tuple[str, ...]:
        """Names of the packs that it can be worked on."""
        return self.file.exhibits

    @property
    def questions(self) -> tuple[Question, ...]:
        """Its questions, in order."""
        return self.file.questions

    @cached_property
    def total(self) -> float:
        """Points that all questions together are worth at first."""
        return sum(one.points[0] for one in self.questions)

    def question(self, name: str) -> Question | None:
        """The question with this id."""
        return next((one for one in self.questions if one.id == name), None)

    def key(self, pack: str, exhibit: str, question: str) -> SealedKey | None:
        """The key of a question; None where none was proved for exactly this image: then a marker decides."""
        found = self.seals.get(pack)
        return found.sealed.keys.get(question) if found and found.exhibit == exhibit else None


def check(folder: Path) -> list[Mistake]:
    """Every mistake in the files of a lab, by file and line; none means that it can be published."""
    mistakes: list[Mistake] = []
    try:
        lab = source.read(folder / FILE, LabFile, _name(folder, FILE))
    except ContentError as bad:
        mistakes += bad.mistakes
    else:
        mistakes += _check_file(folder, lab)
        mistakes += _check_seals(folder, lab)
    try:
        mistakes += _brief(folder).mistakes
    except ContentError as bad:
        mistakes += bad.mistakes
    return sorted(mistakes)


@lru_cache(maxsize=64)
def load(folder: Path) -> Lab:
    """The lab in a folder of a release, kept in memory since a release never changes. Raises ContentError."""
    read = source.read(folder / FILE, LabFile, _name(folder, FILE))
    brief = _brief(folder)
    if brief.mistakes:
        raise ContentError(list(brief.mistakes))
    return Lab(read.value, brief.html, brief.icons, {name: seal(folder, name) for name in read.value.exhibits})


def draft(folder: Path) -> LabFile:
    """The file of a lab that is being worked on, for `prove`: seals may be missing or stale. Raises ContentError."""
    lab = source.read(folder / FILE, LabFile, _name(folder, FILE))
    if mistakes := list(_check_file(folder, lab)):
        raise ContentError(mistakes)
    return lab.value


def seal(folder: Path, pack: str) -> Seal:
    """The sealed keys for the exhibit of a pack. Raises ContentError when they are missing or can't be read."""
    name = f"{KEYS}/{pack}.json"
    try:
        return Seal.model_validate_json((folder / name).read_bytes())
    except FileNotFoundError:
        message = f"the keys of exhibit {pack} are not sealed; run: python app.py prove {_lab_of(folder)} --write"
    except (OSError, ValidationError) as bad:
        again = f"run: python app.py prove {_lab_of(folder)} --write"
        message = f"the sealed keys can't be read ({type(bad).__name__}); {again}"
    raise ContentError([Mistake(_name(folder, name), 1, message)])


def _lab_of(folder: Path) -> str:
    """A release lies in a folder named by its digest, below one that has the lab's name."""
    return folder.parent.name if len(folder.name) == DIGEST_CHARS else folder.name


def _name(folder: Path, file: str) -> str:
    return f"labs/{_lab_of(folder)}/{file}"


def _brief(folder: Path) -> markdown.Rendered:
    name = _name(folder, BRIEF)
    try:
        text = (folder / BRIEF).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as bad:
        raise ContentError([Mistake(name, 1, f"can't be read: {bad}")]) from bad
    return markdown.render(text, file=name)


def _check_file(folder: Path, lab: source.Source[LabFile]) -> Iterator[Mistake]:
    if lab.value.id != _lab_of(folder):
        yield lab.mistake(("id",), f"id is {lab.value.id}, but the folder is named {_lab_of(folder)}")
    yield from _check_baseline(folder, lab)
    seen: list[str] = []
    for number, one in enumerate(lab.value.questions):
        at = ("questions", number)
        if one.id in seen:
            yield lab.mistake((*at, "id"), f"two questions are named {one.id}")
        yield from _check_expressions(lab, at, one, seen)
        yield from _check_sources(lab, at, one, {*seen, "value", "key"})
        seen.append(one.id)


def _check_baseline(folder: Path, lab: source.Source[LabFile]) -> Iterator[Mistake]:
    """The packs lie beside the folder of the lab; in a frozen release they don't, and nothing can be said there."""
    packed, name = folder.parent / "exhibits", lab.value.baseline
    if name in lab.value.exhibits:
        yield lab.mistake(("baseline",), f"{name} is an exhibit of the lab: there is nothing to compare it with")
    elif name and packed.is_dir() and not (packed / name).is_dir():
        yield lab.mistake(("baseline",), f"there is no pack {name} in labs/exhibits")


def _check_expressions(
    lab: source.Source[LabFile], at: source.KEYS, one: Question, earlier: list[str]
) -> Iterator[Mistake]:
    cards = plugin_cards.load()
    for place, code, known in grading.expressions(one):
        keys = (*at, *_keys(place))
        expression = Expression.parse(code)
        try:
            expression.check({*known, *earlier}, row=place.endswith("where"))
        except KeyProblem as bad:
            yield lab.mistake(keys, f"{one.id}, {place}: {bad}")
        for query in expression.queries:
            if query.plugin not in cards:
                yield lab.mistake(keys, f"{one.id}, {place}: {_no_plugin(query.plugin, cards)}")


def _check_sources(lab: source.Source[LabFile], at: source.KEYS, one: Question, known: set[str]) -> Iterator[Mistake]:
    cards = plugin_cards.load()
    for part in ("proof", "corroboration"):
        sources: tuple[Source, ...] = getattr(one, part)
        for number, each in enumerate(sources):
            keys = (*at, part, number)
            if each.material is not None and each.material not in MATERIALS:
                yield lab.mistake(keys, f"there is no material {each.material}; there is: {', '.join(MATERIALS)}")
                continue
            if each.plugin is not None and each.plugin not in cards:
                yield lab.mistake(keys, _no_plugin(each.name, cards))
                continue
            columns = [column.name for column in cards.get(each.plugin).columns] if each.plugin else ["text", "number"]
            named = _columns(each.condition.tree, known) if each.condition else set()
            for part_of, used in (("shows", each.shows), ("where", sorted(named))):
                for column in used:
                    if column not in columns:
                        message = f"{each.name} has no column {column}; it has: {', '.join(columns)}"
                        yield lab.mistake((*keys, part_of), message)


def _columns(tree: Node, known: set[str]) -> set[str]:
    """The columns that a condition on a row names. A condition on a column that isn't there would never hold."""
    found = {name for child in children(tree) for name in _columns(child, known)}
    if isinstance(tree, Name) and tree.name not in known:
        found.add(tree.name)
    if isinstance(tree, Column) and tree.base is None:
        found.add(tree.name)
    return found


def _no_plugin(name: str, cards: Cards) -> str:
    known = [card.name for card in cards if name.rsplit(".", maxsplit=1)[-1] in card.name]
    return f"no plugin {name} is offered" + (f"; there is {', '.join(known[:3])}" if known else "")


def _keys(place: str) -> source.KEYS:
    """'key.truth' and 'mistakes 2 when' as the path of that part in the file."""
    words = place.replace(".", " ").split()
    return tuple(int(word) - 1 if word.isdigit() else word for word in words)


def _check_seals(folder: Path, lab: source.Source[LabFile]) -> Iterator[Mistake]:
    volatility, again = plugin_cards.load().volatility, f"run: python app.py prove {_lab_of(folder)} --write"
    for number, pack in enumerate(lab.value.exhibits):
        try:
            found = seal(folder, pack)
        except ContentError as bad:
            yield from bad.mistakes
            continue
        at = ("exhibits", number)
        packed = folder.parent / "exhibits" / pack
        if packed.is_dir() and (sha256 := exhibits.read(packed).sha256) != found.exhibit:
            message = f"the keys of {pack} were sealed for image {found.exhibit}, the pack holds {sha256}; {again}"
            yield lab.mistake(at, message)
        if found.volatility != volatility:
            message = f"the keys of {pack} were sealed with Volatility {found.volatility}, not {volatility}; {again}"
            yield lab.mistake(at, message)
        for name in found.sealed.stale(lab.value.questions):
            yield lab.mistake(at, f"{name} has changed since the keys of {pack} were sealed; {again}")
        for name, problems in found.sealed.unproved.items():
            yield lab.mistake(at, f"the key of {name} is not proved on {pack}: {'; '.join(problems)}")
