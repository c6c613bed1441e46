"""Read a lab: `lab.yaml`, the briefing and the materials beside it, and the sealed answer keys. No database here.

`check` finds every mistake of an author at once, each with file and line; `load` gives the lab of a frozen release.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training.analysis import cards as plugin_cards
from training.content import markdown, source
from training.content.source import ContentError, Mistake
from training.errors import Damaged
from training.forge import pack as exhibits
from training.grading import proving
from training.grading.question import Question
from training.grading.sealed import Sealed, SealedKey
from training.labs import checks, live_checks, material, papers
from training.labs.labfile import LabFile
from training.labs.material import Material
from training.sentence import phrase

__all__ = [
    "BRIEF",
    "FILE",
    "KEYS",
    "Lab",
    "LabFile",
    "Made",
    "Seal",
    "acquired",
    "check",
    "draft",
    "examine",
    "load",
    "materials",
    "running",
    "seal",
    "seal_of_papers",
]

FILE, BRIEF, KEYS = "lab.yaml", "brief.md", "keys"
DIGEST_CHARS = 64


@dataclass(frozen=True, slots=True)
class Made:
    """With what rows are made that keys are proved on: Volatility, the licence island, the exhibit's symbols."""

    volatility: str
    island: int
    symbols: str

    def __str__(self) -> str:
        """In words, the digest of the symbols shortened."""
        return f"Volatility {self.volatility}, island {self.island}, symbols {self.symbols[:12] or 'not noted'}"


class Seal(BaseModel):
    """`keys/<pack>.json`: the keys of one exhibit, and with what they were made.

    `exhibit` is the SHA-256 of the image; `volatility`, `island` and `symbols` (SHA-256 of the symbol file) are what
    made the rows that agreed with the truth. Seals made before symbols were noted have none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    exhibit: str = Field(pattern=r"^[0-9a-f]{64}$")
    volatility: str
    island: int
    symbols: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    sealed: Sealed

    @property
    def made(self) -> Made:
        """With what it was made."""
        return Made(self.volatility, self.island, self.symbols)

    def drifted(self, running: Made) -> bool:
        """Whether it was made with something else than what runs now."""
        same = not (self.symbols and running.symbols) or self.symbols == running.symbols
        return (self.volatility, self.island) != (running.volatility, running.island) or not same


@dataclass(frozen=True)
class Lab:
    """A lab, ready for use: its file, its briefing as clean HTML, and by name of the exhibit's pack its sealed keys and
    the materials that are handed over with it. `folder` is that of its release.
    """

    file: LabFile
    brief: str
    icons: tuple[str, ...]
    seals: Mapping[str, Seal]
    materials: Mapping[str, Mapping[str, Material]] = field(default_factory=dict)
    folder: Path | None = None

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
        """Names of the packs that it can be worked on; an exercise has none."""
        return self.file.exhibits

    @property
    def papers(self) -> str:
        """SHA-256 of the case file of an exercise."""
        return self.seals[self.id].exhibit

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
        if (found is None or found.exhibit != exhibit) and self.folder:
            found = _acquired(acquired(self.folder, exhibit))
        return found.sealed.keys.get(question) if found and found.exhibit == exhibit else None

    def sealed_for(self, exhibit: str) -> bool:
        """Whether keys lie there that were worked out on an image which was acquired here."""
        return self.folder is not None and acquired(self.folder, exhibit).is_file()

    def handed(self, pack: str) -> Mapping[str, Material]:
        """What is handed over with the exhibit of a pack, or with any of a variant, beside its record, by name."""
        return self.materials.get(pack, {})


def check(folder: Path) -> list[Mistake]:
    """Every mistake in the files of a lab, by file and line; none means that it can be published.

    Keys that were sealed with other versions than the running ones are mistakes: what is published is proved on what
    runs. A release that stands already is not touched by this.
    """
    return sorted([one for found in examine(folder) for one in found])


def examine(folder: Path) -> tuple[list[Mistake], list[Mistake]]:
    """The same in two parts: mistakes, and where the keys were sealed with other versions than the running ones."""
    mistakes: list[Mistake] = []
    drift: list[Mistake] = []
    try:
        lab = source.read(folder / FILE, LabFile, _name(folder, FILE))
    except ContentError as bad:
        mistakes += bad.mistakes
    else:
        mistakes += _check_file(folder, lab)
        mistakes += _check_seals(folder, lab)
        drift += _check_drift(folder, lab)
    try:
        mistakes += _brief(folder).mistakes
    except ContentError as bad:
        mistakes += bad.mistakes
    return sorted(mistakes), sorted(drift)


def load(folder: Path) -> Lab:
    """The lab in a folder of a release, kept in memory since a release never changes. Raises ContentError."""
    return _load(folder.resolve())  # one copy in memory, whichever way leads to it


@lru_cache(maxsize=64)
def _load(folder: Path) -> Lab:
    file = source.read(folder / FILE, LabFile, _name(folder, FILE)).value
    brief = _brief(folder)
    if brief.mistakes:
        raise ContentError(list(brief.mistakes))
    handed = {name: materials(folder, name, file) for name in file.sets}
    seals = {name: seal(folder, name) for name in file.exhibits}
    if file.on_papers:
        seals = {file.id: seal_of_papers(folder, file, handed[file.id])}
    return Lab(file, brief.html, brief.icons, seals, handed, folder)


def draft(folder: Path) -> LabFile:
    """The file of a lab that is being worked on, for `prove`: seals may be missing or stale. Raises ContentError."""
    lab = source.read(folder / FILE, LabFile, _name(folder, FILE))
    if mistakes := list(_check_file(folder, lab)):
        raise ContentError(mistakes)
    return lab.value


def unchecked(folder: Path) -> LabFile:
    """The file of a lab as far as its form goes, whatever else is wrong. Raises ContentError."""
    return source.read(folder / FILE, LabFile, _name(folder, FILE)).value


def materials(folder: Path, pack: str, file: LabFile) -> dict[str, Material]:
    """What a lab hands over with the exhibit of a pack, by name. Raises ContentError with every mistake."""
    mistakes: list[Mistake] = []
    found: dict[str, Material] = {}
    for one in file.materials:
        path = material.path_of(folder, pack, one)
        try:
            found[one.name] = material.read(path, one, _name(folder, path.relative_to(folder).as_posix()))
        except ContentError as bad:
            mistakes += bad.mistakes
    if mistakes:
        raise ContentError(mistakes)
    return found


def running(pack: Path) -> Made:
    """With what rows of the exhibit in this pack would be made now; without the pack nothing is said of its symbols."""
    cards = plugin_cards.load()
    try:
        symbols = exhibits.symbols_sha256(pack)
    except Damaged:
        symbols = ""
    return Made(cards.volatility, cards.island, symbols)


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


def seal_of_papers(folder: Path, file: LabFile, handed: Mapping[str, Material]) -> Seal:
    """The keys of an exercise, made from its questions: nothing ran that they could be proved on."""
    sealed = proving.seal(file.questions, {}, papers.rows(papers.lines(folder, file, handed)))
    digest = hashlib.sha256(papers.listed(folder, file).encode()).hexdigest()
    return Seal(exhibit=digest, volatility="", island=0, sealed=sealed)


def acquired(release: Path, exhibit: str) -> Path:
    """Where the keys of a release are sealed for an exhibit that was acquired on this installation: beside it."""
    return release.with_name(f"{release.name}.{KEYS}") / f"{exhibit}.json"


def _acquired(file: Path) -> Seal | None:
    """The seal in a file. It is written once and never changed."""
    try:
        return Seal.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as bad:
        given = {"file": file.name, "fault": type(bad).__name__}
        raise Damaged(
            phrase("The sealed keys %(file)s can't be read (%(fault)s); nothing was judged.", **given)
        ) from bad


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
    handed: dict[str, Material] = {}
    unread: set[Mistake] = set()
    yield from checks.of_kind(lab)
    yield from live_checks.of_live(lab)
    if lab.value.live is not None:
        from training.labs import live_scenario  # noqa: PLC0415 - a server seldom reads a scenario, which takes much code

        yield from live_scenario.check(folder, lab)
    for pack in lab.value.sets:
        try:
            handed = materials(folder, pack, lab.value)
        except ContentError as bad:
            unread.update(bad.mistakes)
    yield from unread
    names = [one.name for one in lab.value.materials]
    for number, name in enumerate(names):
        if name in names[:number]:
            yield lab.mistake(("materials", number, "name"), f"two materials are named {name}")
    if not unread:
        handed |= live_checks.own_materials() if lab.value.live else {}
        yield from checks.of_questions(lab, handed)
        yield from checks.of_procedure(lab, handed)
        if lab.value.on_papers:
            yield from _check_papers(folder, lab, handed)


def _check_papers(folder: Path, lab: source.Source[LabFile], handed: Mapping[str, Material]) -> Iterator[Mistake]:
    """Keys of an exercise are the same for everybody, so each can be held against its papers at once."""
    for name, problems in seal_of_papers(folder, lab.value, handed).sealed.unproved.items():
        number = [one.id for one in lab.value.questions].index(name)
        yield lab.mistake(("questions", number, "key"), f"the key of {name} is not sound: {'; '.join(problems)}")


def _check_baseline(folder: Path, lab: source.Source[LabFile]) -> Iterator[Mistake]:
    """The packs lie beside the folder of the lab; in a frozen release they don't, and nothing can be said there."""
    packed, name = folder.parent / "exhibits", lab.value.baseline
    if name in lab.value.exhibits:
        yield lab.mistake(("baseline",), f"{name} is an exhibit of the lab: there is nothing to compare it with")
    elif name and packed.is_dir() and not (packed / name).is_dir():
        yield lab.mistake(("baseline",), f"there is no pack {name} in labs/exhibits")


def _check_seals(folder: Path, lab: source.Source[LabFile]) -> Iterator[Mistake]:
    again = f"run: python app.py prove {_lab_of(folder)} --write"
    for number, pack in enumerate(lab.value.exhibits):
        try:
            found = seal(folder, pack)
        except ContentError as bad:
            yield from bad.mistakes
            continue
        at = ("exhibits", number)
        packed = folder.parent / "exhibits" / pack
        try:
            sha256 = exhibits.read(packed).sha256 if packed.is_dir() else found.exhibit
        except Damaged as bad:
            yield lab.mistake(at, f"the pack {pack} is damaged: {bad.message}")
        else:
            if sha256 != found.exhibit:
                message = f"the keys of {pack} were sealed for image {found.exhibit}, the pack holds {sha256}; {again}"
                yield lab.mistake(at, message)
        for name in found.sealed.stale(lab.value.questions):
            yield lab.mistake(at, f"{name} has changed since the keys of {pack} were sealed; {again}")
        for name, problems in found.sealed.unproved.items():
            yield lab.mistake(at, f"the key of {name} is not proved on {pack}: {'; '.join(problems)}")


def _check_drift(folder: Path, lab: source.Source[LabFile]) -> Iterator[Mistake]:
    for number, pack in enumerate(lab.value.exhibits):
        try:
            found = seal(folder, pack)
        except ContentError:
            continue  # said where the seals are checked
        now = running(folder.parent / "exhibits" / pack)
        if found.drifted(now):
            again = f"run: python app.py prove {_lab_of(folder)}, and with --write where all keys agree"
            message = f"DRIFT: the keys of {pack} were sealed with {found.made}; this program has {now}; {again}"
            yield lab.mistake(("exhibits", number), message)
