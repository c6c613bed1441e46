"""What stands in `manifest.json` of a course pack: what it holds, under which licences, who made it, what it needs.

The manifest is what is signed; it names each file with its size and SHA-256, so a changed file is found by its name.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,59}$")]
Line = Annotated[str, Field(max_length=1_000)]
YEARS = range(2000, 2101)
MOST_NEEDED = 200  # labs, exhibits, modules


def _in_reach(value: datetime) -> datetime:
    """Near the ends of the calendar an instant can't be shown in every time zone."""
    if value.year not in YEARS:
        raise ValueError(f"the year is {YEARS[0]} to {YEARS[-1]}")
    return value


Instant = Annotated[AwareDatetime, AfterValidator(_in_reach)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stored(_Model):
    """A file of a course: its path in the course's folder, its size in bytes, the SHA-256 of its content."""

    path: Annotated[str, Field(min_length=1, max_length=200)]
    size: Annotated[int, Field(ge=0)]
    sha256: Digest


class Needed(_Model):
    """A lab that the course leads to, or an exhibit whose rows it shows. The digest is empty where it isn't known."""

    name: Name
    sha256: Digest | Literal[""] = ""


class Packed(_Model):
    """One release of a course. `licences` are those of its modules by folder, `sha256` is the digest of the release."""

    name: Name
    title: Line
    sha256: Digest
    number: Annotated[int, Field(ge=1)]
    published: Instant
    languages: Annotated[tuple[Annotated[str, Field(pattern="^[a-z]{2}$")], ...], Field(min_length=1, max_length=10)]
    authors: Annotated[tuple[Line, ...], Field(max_length=MOST_NEEDED)]
    licence: Line
    licences: Annotated[dict[str, Line], Field(max_length=MOST_NEEDED)]
    labs: Annotated[tuple[Needed, ...], Field(max_length=MOST_NEEDED)]
    exhibits: Annotated[tuple[Needed, ...], Field(max_length=MOST_NEEDED)]
    files: Annotated[tuple[Stored, ...], Field(min_length=1, max_length=2_000)]


class Manifest(_Model):
    """A pack: the version of its format, when it was made, the key of the installation that made it, its courses."""

    format: Literal[1]
    made: Instant
    by: Digest
    courses: Annotated[tuple[Packed, ...], Field(min_length=1, max_length=100)]


class Signature(_Model):
    """`signature.json`: the public key and the signature, both in base64, and what the key is called."""

    algorithm: Literal["Ed25519"]
    key: Annotated[str, Field(max_length=100)]
    key_id: Digest
    signature: Annotated[str, Field(max_length=200)]
