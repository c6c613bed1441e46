"""The words of the language: what a name, an address, a path, a time or a line may look like."""

import ipaddress
import posixpath
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, Strict, StrictInt, StrictStr

from training.grading.keys.data import taken_in

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

RANGES = tuple(map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")))
"""Addresses kept for documentation (RFC 5737, RFC 3849): no scenario may name another."""

_V4 = re.compile(r"(?<![\w.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w])(?!\.[0-9])")
_V6 = re.compile(r"(?<![\w:.])(?=[0-9a-fA-F:]*:[0-9a-fA-F]*:)[0-9a-fA-F:]{2,39}(?![\w:])")
EXPRESSION = re.compile(r"\{=([^{}]*)\}")
"""An expression of the key language over ``truth`` in a text: ``{= EXPRESSION }``."""


def is_documentation(address: IPAddress) -> bool:
    """Whether an address is from the ranges kept for documentation."""
    return any(address in each for each in RANGES)


def addresses_in(text: str) -> Iterator[IPAddress]:
    """All IP addresses that stand in a text, with brackets, port or prefix length around them or without."""
    for pattern in (_V4, _V6):
        for found in pattern.findall(text):
            if (address := _address(found)) is not None:
                yield address


@lru_cache(maxsize=1024)
def _address(text: str) -> IPAddress | None:
    """A text as an address, None where it is none. A scenario has the same few in dozens of variants."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _documentation_only(text: str) -> str:
    address = ipaddress.ip_interface(text).ip
    if not is_documentation(address):
        raise ValueError(f"{address} is not from the ranges kept for documentation")
    if str(address) != text.partition("/")[0]:
        raise ValueError(f"write it as {address}: the shortest form is the one that others are compared with")
    return text


def _no_prefix(text: str) -> str:
    if "/" in text:
        raise ValueError("has no prefix length here")
    return text


def _with_prefix(text: str) -> str:
    if "/" not in text:
        raise ValueError("needs its prefix length, for example /24 or /32")
    return text


def _in_utc(moment: datetime) -> datetime:
    if moment.utcoffset():
        raise ValueError("must be in UTC")
    if moment.microsecond:
        raise ValueError("must be in whole seconds")
    return moment.astimezone(UTC)


def _absolute(path: str) -> str:
    if not path.startswith("/") or path != posixpath.normpath(path):
        raise ValueError("must be an absolute path in its plain form")
    return path


FORMS: dict[str, str] = {}
"""What each pattern of the language wants, with an example: a sentence that follows the name of a field."""


def form(pattern: str, wanted: str) -> str:
    """A pattern of which `FORMS` says what it wants."""
    FORMS[pattern] = wanted
    return pattern


_SEEN = "printable ASCII on one line"
_NAME = form(r"^[a-z][a-z0-9-]{0,40}$", "small letters, digits and hyphens, a letter first: quote-server")
_DRAW_NAME = form(r"^[a-z][a-z0-9_]{0,40}$", "small letters, digits and underscores, a letter first: old_lines")
_PATH = form(r"^[\x21-\x7e]{1,200}$", "a path of at most 200 printable characters without a space: /srv/quotes.txt")
_LINE = form(r"^[\x20-\x7e]{1,300}$", f"{_SEEN}, 1 to 300 characters: ls -l /srv")
_COMMAND = form(r"^[\x20-\x7e]{1,1000}$", f"{_SEEN}, 1 to 1000 characters: mkdir -p /mnt/stick")
_GIVEN = form(r"^[\x20-\x7e]{0,1000}$", f"{_SEEN}, at most 1000 characters: 192.0.2.30")
_ACTOR = form(r"^[a-z][a-z0-9-]{0,40}(\.so)?$", "the name of an inert program: connector")
_COMM = form(r"^[\x20-\x7e]{1,15}$", f"{_SEEN}, 1 to 15 characters, as the kernel keeps them: lighttpd")
_PROSE = form(r"^[^\x00-\x1f\x7f]{0,2000}$", "one line of at most 2000 characters, no tabs or such: Tidewell Logistics")
_WRITTEN = form(r"^[^\x00-\x08\x0b-\x1f\x7f]*$", "a text without control characters other than tab and line end")
_MODE = form(r"^[0-7]{3,4}$", 'three or four octal digits in quotes: "644"')

Name = Annotated[str, Field(pattern=_NAME)]
DrawName = Annotated[str, Field(pattern=_DRAW_NAME)]
Address = Annotated[str, AfterValidator(_no_prefix), AfterValidator(_documentation_only)]
Interface = Annotated[str, AfterValidator(_with_prefix), AfterValidator(_documentation_only)]
Utc = Annotated[AwareDatetime, AfterValidator(_in_utc)]
GuestPath = Annotated[str, Field(pattern=_PATH), AfterValidator(_absolute)]
Line = Annotated[str, Field(pattern=_LINE)]
Command = Annotated[str, Field(pattern=_COMMAND)]
Given = Annotated[str, Field(pattern=_GIVEN)]
Actor = Annotated[str, Field(pattern=_ACTOR)]
Comm = Annotated[str, Field(pattern=_COMM)]
Prose = Annotated[str, Field(pattern=_PROSE)]
Written = Annotated[str, Field(pattern=_WRITTEN, max_length=1 << 18)]
Port = Annotated[int, Field(ge=1, le=65535)]
Mode = Annotated[str, Field(pattern=_MODE)]
Value = Annotated[StrictInt | Annotated[Utc, Strict()] | StrictStr, BeforeValidator(taken_in)]
"""A drawn value; written out and read again, a time is a time and a whole number one."""
