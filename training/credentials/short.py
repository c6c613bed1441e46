"""The facts of a certificate in short form, signed, as the text of a square code that is checked without a network.

The text is `ENGRAM1:` and then, in base 41: the first 8 bytes of the SHA-256 of the public key, an Ed25519 signature of
64 bytes under `CONTEXT` and the payload, and the payload, a JSON array in UTF-8 in the order of `Short`. Base 41 is the
idea of RFC 9285 (two bytes are three characters) with the alphabet of alphanumeric mode of ISO/IEC 18004 without its
space, `$`, `%` and `*`: nothing is lost where a scanner or a form trims.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from training.credentials.facts import Printed
from training.errors import Refused
from training.sentence import phrase

MARK = "ENGRAM1:"
CONTEXT = b"engram certificate 1\n"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+-./:"
KEY, SIGNATURE = 8, 64  # bytes
DAYS = ("starts", "ends", "issued")
LONGEST = 3_000  # characters: more than the largest square code holds in print


@dataclass(frozen=True, slots=True)
class Short:
    """What the square code says. Dates are texts such as 2026-11-06, hours decimal text."""

    code: str
    kind: str
    language: str
    holder: str
    host: str
    title: str
    place: str
    starts: str
    ends: str
    issued: str
    hours: str
    attended: int
    half_days: int
    examinations: tuple[tuple[str, str], ...]
    competencies: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """A short form as it was read: the start of its key's digest, the signature, the signed bytes, what they say."""

    key: bytes
    signature: bytes
    message: bytes
    said: Short


def of(printed: Printed) -> Short:
    """The short form of what is printed."""
    facts = printed.facts
    return Short(
        printed.code,
        facts.kind,
        facts.language,
        facts.holder,
        facts.host.name,
        facts.title,
        facts.place,
        facts.starts.isoformat(),
        facts.ends.isoformat(),
        printed.issued.date().isoformat(),
        facts.hours,
        facts.attended,
        facts.half_days,
        tuple((one.name, one.result) for one in facts.examinations),
        tuple((one.id, one.level, one.shown.isoformat()) for one in facts.competencies),
    )


def payload(said: Short) -> bytes:
    """The signed bytes without their context: the fields in their order, days without hyphens."""
    row: list[Any] = [getattr(said, name) for name in Short.__slots__[:-1]]
    row = [one.replace("-", "") if name in DAYS else one for name, one in zip(Short.__slots__, row, strict=False)]
    row.append([(one, level, shown.replace("-", "")) for one, level, shown in said.competencies])
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode()


def text(key: bytes, signature: bytes, signed: bytes) -> str:
    """The text of the square code for a public key of 32 bytes and its signature."""
    return MARK + encoded(key_id(key) + signature + signed)


def key_id(key: bytes) -> bytes:
    """What names a public key in the code: the first 8 bytes of its SHA-256."""
    return hashlib.sha256(key).digest()[:KEY]


def read(typed: str) -> Signed:
    """A scanned text, taken apart. Nothing of it is true before its signature was checked. Raises Refused."""
    kept = "".join(typed[: 2 * LONGEST].split()).upper()
    try:
        data = decoded(kept.removeprefix(MARK)) if len(kept) <= LONGEST and kept.startswith(MARK) else b""
        signed = data[KEY + SIGNATURE :]
        row = json.loads(signed)
        said = _short(row)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Refused(
            phrase("This is not the text of a certificate's square code, or a part of it is missing. Scan it again."),
            field="code",
        ) from None
    return Signed(data[:KEY], data[KEY : KEY + SIGNATURE], CONTEXT + signed, said)


def encoded(data: bytes) -> str:
    """Bytes in base 41: two bytes as three characters, a last single one as two."""
    out = []
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        value = int.from_bytes(pair)
        for _ in range(len(pair) + 1):
            value, rest = divmod(value, len(ALPHABET))
            out.append(ALPHABET[rest])
    return "".join(out)


def decoded(letters: str) -> bytes:
    """The bytes of a text in base 41. Raises ValueError."""
    out = bytearray()
    for at in range(0, len(letters), 3):
        part = letters[at : at + 3]
        value = sum(ALPHABET.index(one) * len(ALPHABET) ** n for n, one in enumerate(part))
        if len(part) == 1 or value >= 256 ** (len(part) - 1):
            raise ValueError("no base 41")
        out += value.to_bytes(len(part) - 1)
    return bytes(out)


def _day(value: str) -> str:
    return date.fromisoformat(value).isoformat()


def _short(row: Any) -> Short:
    if not isinstance(row, list) or len(row) != len(Short.__slots__):
        raise ValueError
    given = dict(zip(Short.__slots__, row, strict=True))
    numbers = {"attended", "half_days"}
    lists = {"examinations", "competencies"}
    if not all(isinstance(given[name], str) for name in given.keys() - numbers - lists):
        raise ValueError
    given |= {name: _day(given[name]) for name in DAYS}
    given |= {name: int(given[name]) for name in numbers}
    given["examinations"] = tuple((str(name), str(result)) for name, result in given["examinations"])
    given["competencies"] = tuple((str(one), int(level), _day(shown)) for one, level, shown in given["competencies"])
    return Short(**given)
