"""What is known of a file whose author made a slip in it, so that one mistake hides no other.

The models here take what is valid and pass over the rest: None stands for what can't be known. The mistakes themselves
are those of the strict models in `format`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidatorFunctionWrapHandler, model_validator
from pydantic.functional_validators import WrapValidator

from training.content import source
from training.content.source import ContentError, Source
from training.courses.manuscript.format import (
    CourseFile,
    Digest,
    Folder,
    Id,
    ModuleFile,
    ModuleId,
    Name,
    ObjectiveId,
    TranslatedModule,
)


def _or_none(value: Any, valid: ValidatorFunctionWrapHandler) -> Any:
    try:
        return valid(value)
    except ValidationError:
        return None


_Maybe = WrapValidator(_or_none)
_Drawn = Annotated[int, Field(ge=1, le=20)]
_Language = Annotated[str, Field(pattern="^(?:en|fr|ar)$")]


@dataclass(frozen=True, slots=True)
class Installed:
    """What is known of a lab that is installed: the ids of its questions, and `lab` or `exercise`."""

    questions: tuple[str, ...]
    kind: str = "lab"


class _Known(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class KnownCourse(_Known):
    """What is known of a `course.yaml`."""

    id: Annotated[Name | None, _Maybe] = None
    language: Annotated[_Language | None, _Maybe] = None
    modules: Annotated[tuple[Annotated[Folder | None, _Maybe], ...] | None, _Maybe] = None

    @property
    def whole(self) -> bool:
        """Whether every module that is listed is known."""
        return bool(self.modules) and None not in (self.modules or ())


class KnownObjective(_Known):
    """What is known of an objective."""

    id: Annotated[ObjectiveId | None, _Maybe] = None


class KnownChange(_Known):
    """What is known of the last review."""

    objectives: Annotated[tuple[Annotated[ObjectiveId | None, _Maybe], ...] | None, _Maybe] = None


class KnownModule(_Known):
    """What is known of the front matter of a module. A list that is not there is empty unless its name was misspelt."""

    id: Annotated[ModuleId | None, _Maybe] = None
    objectives: Annotated[tuple[Annotated[KnownObjective | None, _Maybe], ...] | None, _Maybe] = None
    labs: Annotated[tuple[Name, ...] | None, _Maybe] = None
    pools: Annotated[Mapping[Id, Annotated[_Drawn | None, _Maybe]] | None, _Maybe] = None
    changes: Annotated[KnownChange | None, _Maybe] = None

    EMPTY: ClassVar[Mapping[str, object]] = {"labs": (), "pools": {}}

    @model_validator(mode="before")
    @classmethod
    def _absent(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        strange = [str(name) for name in value if name not in ModuleFile.model_fields]
        absent = {name: empty for name, empty in cls.EMPTY.items() if not get_close_matches(name, strange)}
        return {**absent, **value}

    @property
    def named(self) -> list[str | None]:
        """The ids of the objectives, in order."""
        return [one.id if one else None for one in self.objectives or ()]

    @property
    def whole(self) -> bool:
        """Whether every objective is known by its id."""
        return bool(self.named) and None not in self.named


class KnownTranslation(_Known):
    """What is known of the front matter of a translated module."""

    objectives: Annotated[Mapping[str, Any] | None, _Maybe] = None
    of: Annotated[Mapping[str, Digest] | None, _Maybe] = None


K = TypeVar("K", bound=_Known)


def read(text: str, model: type[K], file: str, first_line: int = 1) -> Source[K]:
    """What is known of a YAML text that starts at `first_line` of a file; nothing where it is no YAML. Never raises."""
    try:
        return source.parse(text, model, file, first_line)
    except ContentError:
        return Source(file, model.model_construct(), {(): first_line})


def read_file(path: Path, model: type[K], file: str) -> Source[K]:
    """The same of a whole file."""
    try:
        return source.read(path, model, file)
    except ContentError:
        return Source(file, model.model_construct(), {(): 1})


def of(found: Source[CourseFile] | Source[ModuleFile] | Source[TranslatedModule], model: type[K]) -> Source[K]:
    """The same of a file in which everything is in order."""
    return Source(found.file, model.model_validate(found.value.model_dump()), found.lines)
