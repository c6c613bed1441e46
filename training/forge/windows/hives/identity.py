"""Security identifiers and descriptors as bytes."""

import struct
from typing import Final

SYSTEM: Final = "S-1-5-18"
ADMINISTRATORS: Final = "S-1-5-32-544"
USERS: Final = "S-1-5-32-545"

_SELF_RELATIVE: Final = 0x8004
_FULL: Final = 0xF003F
_READ: Final = 0x20019
_INHERITED: Final = 2


def sid(text: str) -> bytes:
    """The bytes of a SID: ``S-1-5-21-a-b-c-1104``."""
    _, revision, authority, *rest = text.split("-")
    head = struct.pack("<BB", int(revision), len(rest)) + int(authority).to_bytes(6, "big")
    return head + struct.pack(f"<{len(rest)}I", *map(int, rest))


def descriptor(owner: str, group: str, grants: dict[str, int]) -> bytes:
    """A security descriptor in one piece: whose the thing is, and who may do what with it."""
    entries = b""
    for who, rights in grants.items():
        body = sid(who)
        entries += struct.pack("<BBHI", 0, _INHERITED, 8 + len(body), rights) + body
    rules = struct.pack("<BBHHH", 2, 0, 8 + len(entries), len(grants), 0) + entries
    first, second = sid(owner), sid(group)
    at = 20 + len(rules)
    head = struct.pack("<BBHIIII", 1, 0, _SELF_RELATIVE, at, at + len(first), 0, 20)
    return head + rules + first + second


def for_keys() -> bytes:
    """The descriptor of ordinary keys: all for the system and the administrators, to be read by users."""
    return descriptor(ADMINISTRATORS, SYSTEM, {SYSTEM: _FULL, ADMINISTRATORS: _FULL, USERS: _READ})
