"""Whose rights a process has: the token with its users, groups and privileges."""

import struct
from typing import Final

from training.forge.windows.machine import Machine
from training.forge.windows.plan import Privilege, Process
from training.forge.windows.privileges import PRIVILEGES

_FIRST: Final = 2
_PAIR: Final = 0x10
_MOST_PARTS: Final = 15


def bit(name: str) -> int:
    """The number of a privilege, which is its bit in a token.

    Raises:
        ValueError: Windows knows no privilege of that name.
    """
    try:
        return PRIVILEGES.index(name) + _FIRST
    except ValueError:
        raise ValueError(f"Windows knows no privilege '{name}'.") from None


def sid(text: str) -> bytes:
    """A security identifier as memory holds it ([MS-DTYP] 2.4.2.2).

    Raises:
        ValueError: the text is not ``S-1-`` with an authority and up to 15 numbers.
    """
    head, *numbers = text.split("-")
    if head != "S" or len(numbers) < 2 or numbers[0] != "1" or len(numbers) - 2 > _MOST_PARTS:  # noqa: PLR2004
        raise ValueError(f"'{text}' is no security identifier.")
    authority, *parts = (int(number) for number in numbers[1:])
    return struct.pack("<BB6s", 1, len(parts), authority.to_bytes(6, "big")) + struct.pack(f"<{len(parts)}I", *parts)


def write(machine: Machine, process: Process) -> int:
    """The token of a process; returns the address of its body.

    The users and groups lie behind the body, first the pairs of address and attributes, then the identifiers.
    """
    token = process.token
    listed = ((token.user, 0), *token.groups)
    raw = [sid(text) for text, _ in listed]
    size = machine.build.sizeof("_TOKEN") + 15 & ~15
    place = len(listed) * _PAIR
    body = machine.objects.new("Token", size + place + sum(len(each) for each in raw), pool=machine.paged)
    pairs, bytes_ = b"", b""
    for each, (_, attributes) in zip(raw, listed, strict=True):
        pairs += struct.pack("<QQ", body + size + place + len(bytes_), attributes)
        bytes_ += each
    machine.kernel.write(body + size, pairs + bytes_)
    machine.struct("_TOKEN", body).set(
        TokenType=1, SessionId=process.session or 0, UserAndGroupCount=len(listed), UserAndGroups=body + size
    )
    _privileges(machine, body, token.privileges)
    return body


def _privileges(machine: Machine, body: int, privileges: tuple[Privilege, ...]) -> None:
    present = sum(1 << bit(each.name) for each in privileges)
    enabled = sum(1 << bit(each.name) for each in privileges if each.enabled)
    by_default = sum(1 << bit(each.name) for each in privileges if each.by_default)
    held = machine.struct("_TOKEN", body)
    held.put("Privileges.Present", present)
    held.put("Privileges.Enabled", enabled)
    held.put("Privileges.EnabledByDefault", by_default)
