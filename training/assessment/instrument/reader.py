"""Load the instrument, and check that its three kinds of files fit each other."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from training.assessment.instrument.schema import Indicator, Indicators, Question, Questionnaire, Questionnaires
from training.sentence import LANGUAGES

FOLDER = Path(__file__).parent
LEVELS, GRADES = range(5), ("d", "o", "v", "n")
KEY = re.compile(r"[A-Za-z0-9./-]{1,40}")


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of the instrument in one language; what is missing there is in English."""

    language: str
    texts: dict[str, str]

    def __getitem__(self, key: str) -> str:
        """The text of a key. Raises KeyError."""
        return self.texts[key]

    def option(self, question: str, option: str) -> str:
        """What an option of a question is called."""
        return self.texts.get(f"{question}/{option}") or self.texts[f"any/{option}"]

    def label(self, question: str, field: str) -> str:
        """What a field of a question is called; the question itself where it has one field alone."""
        return self.texts.get(f"{question}/{field}") or self.texts[question]


@dataclass(frozen=True, slots=True)
class Instrument:
    """All of it, without texts."""

    version: str
    courses: dict[int, str]
    indicators: tuple[Indicator, ...]
    questionnaires: tuple[Questionnaire, ...]

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Codes of the dimensions in order."""
        return tuple(dict.fromkeys(one.dimension for one in self.indicators))

    @property
    def modules(self) -> tuple[str, ...]:
        """Ids of all modules that are named, in order."""
        return tuple(sorted({name for one in self.indicators for name in one.modules}))

    def indicator(self, code: str) -> Indicator | None:
        """The indicator of this code."""
        return next((one for one in self.indicators if one.code == code), None)

    def questionnaire(self, group: str) -> Questionnaire:
        """The questionnaire of a group."""
        return next(one for one in self.questionnaires if one.group == group)


@cache
def instrument(folder: Path = FOLDER) -> Instrument:
    """The instrument of this program. Raises ValueError with all that does not fit."""
    one = Indicators.model_validate(_yaml(folder / "indicators.yaml"))
    two = Questionnaires.model_validate(_yaml(folder / "questionnaires.yaml"))
    made = Instrument(one.version, one.courses, one.indicators, two.questionnaires)
    if wrong := [*_misfits(made, two.version), *_texts_missing(made, _english(folder))]:
        raise ValueError("; ".join(wrong))
    return made


@cache
def texts(language: str, folder: Path = FOLDER) -> Texts:
    """The texts in a language. Raises ValueError for a key that English doesn't have."""
    english = _english(folder)
    file = folder / f"instrument.{language}.yaml"
    if language not in LANGUAGES or language == "en" or not file.is_file():
        return Texts("en", english)
    said = _strings(file)
    if unknown := sorted(said.keys() - english.keys()):
        msg = f"{file.name}: unknown keys {', '.join(unknown)}"
        raise ValueError(msg)
    return Texts(language, english | said)


def missing(language: str, folder: Path = FOLDER) -> tuple[str, ...]:
    """Keys that a translation lacks, for whoever translates."""
    file = folder / f"instrument.{language}.yaml"
    return tuple(sorted(_english(folder).keys() - (_strings(file).keys() if file.is_file() else set())))


def _yaml(file: Path) -> object:
    return yaml.safe_load(file.read_text("utf-8"))


def _strings(file: Path) -> dict[str, str]:
    read = _yaml(file)
    if not isinstance(read, dict) or not all(isinstance(key, str) and isinstance(v, str) for key, v in read.items()):
        msg = f"{file.name}: every key and every value is a text"
        raise ValueError(msg)
    return read


def _english(folder: Path) -> dict[str, str]:
    return _strings(folder / "instrument.en.yaml")


def _misfits(made: Instrument, version: str) -> Iterator[str]:
    if version != made.version:
        yield f"questionnaires are of version {version}, indicators of {made.version}"
    codes = [one.code for one in made.indicators]
    if len(set(codes)) != len(codes):
        yield "an indicator is there twice"
    for each in made.questionnaires:
        wanted = {one.code for one in made.indicators if each.group in one.groups}
        if set(each.indicators) != wanted or len(each.indicators) != len(wanted):
            yield f"{each.name}: rates other indicators than group {each.group} answers"


def _texts_missing(made: Instrument, said: dict[str, str]) -> Iterator[str]:
    for key in dict.fromkeys(_keys(made, said)):
        if not said.get(key) or not KEY.fullmatch(key):
            yield f"no text for {key}"


def _keys(made: Instrument, said: dict[str, str]) -> Iterator[str]:
    """Every key that a page asks for."""
    yield from (f"level/{n}" for n in LEVELS)
    yield from (f"grade/{one}{part}" for one in GRADES for part in ("", "/meaning"))
    yield from (f"course/{n}" for n in made.courses)
    yield from (*made.modules, *made.dimensions, "labs")
    for one in made.indicators:
        yield from (one.code, *(f"{one.code}/{n}" for n in LEVELS))
    for each in made.questionnaires:
        yield f"group/{each.group}"
        for question in each.questions:
            yield from _keys_of(question, said)


def _keys_of(question: Question, said: dict[str, str]) -> Iterator[str]:
    yield from (question.id, f"{question.id}/why")
    for field in question.fields:
        for option in field.options:
            own = f"{question.id}/{option}"
            yield own if own in said else f"any/{option}"
        if len(question.fields) > 1 and field.kind != "contact":
            yield f"{question.id}/{field.name}"
