"""What a certificate says: a record that is frozen when it is issued, and its canonical form.

Names, words and dates are the texts that were true at issue. Nothing here points to a profile, a course or a logo that
could change later.
"""

import hashlib
import json
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from training.errors import Refused
from training.sentence import LANGUAGES, phrase

JOINERS = "\u200c\u200d"  # of Persian and of Indian scripts; all other hidden characters are refused
BLANK = "\u2800\u115f\u1160\u3164\uffa0\U0001d159"
"""Signs and letters by their category that are drawn as nothing: the empty Braille pattern, fillers of Hangul, and the
null notehead."""
LOGO = 256_000  # bytes
STAFF = 12  # names of instructors
PRESENT = 75  # percent of the contact minutes that make a half-day attended, where the rules say nothing else


def _visible(text: str) -> str:
    """No control characters, nothing that turns the direction of what follows, composed letters, single spaces."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    hidden = [one for one in text if unicodedata.category(one)[0] == "C" and one not in JOINERS]
    if hidden:
        raise ValueError(f"holds the hidden character U+{ord(hidden[0]):04X}")
    return text


Name = Annotated[str, AfterValidator(_visible), Field(min_length=1, max_length=120)]
Line = Annotated[str, AfterValidator(_visible), Field(min_length=1, max_length=200)]
Words = Annotated[str, AfterValidator(_visible), Field(max_length=400)]
Place = Annotated[str, AfterValidator(_visible), Field(max_length=120)]
Short = Annotated[str, AfterValidator(_visible), Field(min_length=1, max_length=40)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Host(_Frozen):
    """The organisation that held the session, as it called itself, with its logo as PNG or SVG or nothing."""

    name: Name
    address: tuple[Line, ...] = Field((), max_length=4)
    logo: Annotated[bytes, Field(max_length=LOGO, repr=False)] = b""


class Examination(_Frozen):
    """An examination and its result in words of the session's language."""

    name: Line
    result: Words


class Competency(_Frozen):
    """A competency with evidence: id (K3), name, level from 1, when it was last shown, and by what in words."""

    id: Short
    name: Line
    level: Annotated[int, Field(ge=1, le=9)]
    shown: date
    evidence: Words


class Used(_Frozen):
    """A release that the session worked with."""

    kind: Literal["course", "lab", "exercise"]
    name: Line
    number: Annotated[int, Field(ge=1)]
    sha256: Digest


class Facts(_Frozen):
    """All that is printed, but for what the site adds: the id, the code, the day of issue, the key.

    `hours` is decimal text with a point, such as 33.5; `attended` of `half_days` are half-days. `zone` is the IANA name
    of the zone in which the dates are days. `present` percent of its contact minutes make a half-day attended;
    `changes` are the rules that became others after the session was opened, each with its reason. `early`: it was
    issued while half-days were still ahead. `demonstration`: nobody but the computer that made it can look it up.
    """

    kind: Literal["attendance", "achievement", "distinction"]
    holder: Name
    host: Host
    title: Line
    starts: date
    ends: date
    zone: Short
    place: Place = ""
    language: str
    hours: Annotated[str, Field(pattern=r"^\d{1,3}\.\d$")]
    attended: Annotated[int, Field(ge=0, le=99)]
    half_days: Annotated[int, Field(ge=1, le=99)]
    examinations: tuple[Examination, ...] = Field((), max_length=10)
    competencies: tuple[Competency, ...] = Field((), max_length=40)
    releases: tuple[Used, ...] = Field((), max_length=60)
    instructors: tuple[Name, ...] = Field((), max_length=STAFF)
    present: Annotated[int, Field(ge=0, le=100)] = PRESENT
    changes: tuple[Words, ...] = Field((), max_length=100)
    early: bool = False
    demonstration: bool = False

    @model_validator(mode="after")
    def _holds_together(self) -> "Facts":
        if self.language not in LANGUAGES:
            raise ValueError(f"language: {self.language} is not a language of the program")
        if self.ends < self.starts:
            raise ValueError("ends: the last day is before the first")
        if self.attended > self.half_days:
            raise ValueError("attended: more half-days than there were")
        return self


@dataclass(frozen=True, slots=True)
class Printed:
    """Facts with what the site adds: everything that stands on the paper. `id` is that of the document, too."""

    id: UUID
    code: str
    issued: datetime
    issuer: str  # did:key of the installation
    address: str  # of the page that shows it, without the code
    facts: Facts

    @property
    def page(self) -> str:
        """The address of the page that repeats all of it."""
        return f"{self.address}/certificates/{self.code}"

    def canonical(self) -> bytes:
        """The canonical form: JSON with sorted keys, no spaces, UTF-8. The logo stands there as its SHA-256."""
        facts = self.facts.model_dump(mode="json", exclude={"host": {"logo"}})
        for name, usual in (("present", PRESENT), ("changes", []), ("early", False), ("demonstration", False)):
            if facts[name] == usual:  # what was issued before there was such a line has none
                del facts[name]
        facts["host"]["logo"] = hashlib.sha256(self.facts.host.logo).hexdigest() if self.facts.host.logo else ""
        said = {
            "format": 1,
            "id": str(self.id),
            "code": self.code,
            "issued": self.issued.astimezone(UTC).isoformat(timespec="seconds"),
            "issuer": self.issuer,
            "address": self.address,
            "facts": facts,
        }
        return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class _Stored(_Frozen):
    format: Literal[1]
    id: UUID
    code: str
    issued: AwareDatetime
    issuer: str
    address: str
    facts: dict[str, object]


def stored(canonical: str, logo: bytes = b"") -> Printed:
    """What was frozen, read back from its canonical form and the bytes of the logo."""
    row = _Stored.model_validate_json(canonical)
    host = row.facts["host"]
    assert isinstance(host, dict)  # noqa: S101 - we wrote it
    facts = Facts.model_validate({**row.facts, "host": {**host, "logo": logo}})
    return Printed(row.id, row.code, row.issued, row.issuer, row.address, facts)


def visible(text: str) -> int:
    """How many characters of a text a reader can see: no spaces, no hidden ones, no letters that are drawn blank."""
    return sum(unicodedata.category(one)[0] in "LNPS" and one not in BLANK for one in text)


def tidy(text: str, *, most: int = 120, field: str = "holder") -> str:
    """A line that somebody typed, as it can be printed. Raises Refused with the field that it is of."""
    try:
        text = _visible(text)
    except ValueError as bad:
        raise Refused(phrase("This line %(fault)s. Remove it.", fault=str(bad)), field=field) from None
    if not visible(text) or len(text) > most:
        raise Refused(phrase("Between 1 and %(most)s characters fit here.", most=most), field=field)
    return text


def checked(**given: object) -> Facts:
    """Facts of these values. Raises Refused with all mistakes at once, each by its field."""
    try:
        return Facts.model_validate(given)
    except ValidationError as bad:
        said = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg'].removeprefix('Value error, ')}".lstrip(": ")
            for one in bad.errors()
        )
        raise Refused(phrase("The certificate can't be made of this: %(mistakes)s", mistakes=said)) from None
