"""BTF, the kernel's own description of its types, as Python values.

The format is the kernel's ``Documentation/bpf/btf.rst``: a header, a list of types that name each other by number (0
is void), and a block of strings.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum

from training.errors import Refused

MAGIC = 0xEB9F


class Kind(IntEnum):
    """The kinds of types."""

    VOID = 0
    INT = 1
    PTR = 2
    ARRAY = 3
    STRUCT = 4
    UNION = 5
    ENUM = 6
    FWD = 7
    TYPEDEF = 8
    VOLATILE = 9
    CONST = 10
    RESTRICT = 11
    FUNC = 12
    FUNC_PROTO = 13
    VAR = 14
    DATASEC = 15
    FLOAT = 16
    DECL_TAG = 17
    TYPE_TAG = 18
    ENUM64 = 19


QUALIFIERS = frozenset({Kind.VOLATILE, Kind.CONST, Kind.RESTRICT, Kind.TYPE_TAG})
COMPOSITE = frozenset({Kind.STRUCT, Kind.UNION, Kind.ENUM, Kind.ENUM64})


@dataclass(frozen=True, slots=True)
class Member:
    """A field: its offset and, for a bit field, its width are in bits (0: no bit field)."""

    name: str
    type: int
    offset: int
    bits: int


@dataclass(frozen=True, slots=True)
class Type:
    """One type. `size` is in bytes; `target` is the type pointed to, repeated or renamed; `count` is an array's
    length.
    """

    kind: Kind
    name: str
    size: int = 0
    target: int = 0
    count: int = 0
    signed: bool = False
    char: bool = False
    boolean: bool = False
    union: bool = False
    members: tuple[Member, ...] = ()
    values: tuple[tuple[str, int], ...] = ()


class Btf:
    """All types of one BTF block, by number."""

    def __init__(self, block: bytes) -> None:
        if len(block) < 24 or struct.unpack_from("<H", block)[0] != MAGIC:  # noqa: PLR2004 - the header's size
            raise Refused("this is not a block of little-endian BTF")
        header, type_at, type_size, string_at, string_size = struct.unpack_from("<IIIII", block, 4)
        self._strings = block[header + string_at : header + string_at + string_size]
        self.types: list[Type] = [Type(Kind.VOID, "void")]
        data, at = block[header + type_at : header + type_at + type_size], 0
        try:
            while at < len(data):
                at = self._read(data, at)
        except (struct.error, ValueError) as error:
            raise Refused(f"the BTF is damaged at byte {at} of its types: {error}") from error

    def strip(self, number: int, through: frozenset[Kind]) -> int:
        """Follow types of some kinds to the first of another kind."""
        while self.types[number].kind in through:
            number = self.types[number].target
        return number

    def _string(self, offset: int) -> str:
        return self._strings[offset : self._strings.index(b"\0", offset)].decode()

    def _read(self, data: bytes, at: int) -> int:
        """Read the type at an offset; returns the offset of the next one."""
        name, info, size = struct.unpack_from("<III", data, at)
        kind, count, flag, label = Kind(info >> 24 & 0x1F), info & 0xFFFF, bool(info >> 31), self._string(name)
        at += 12
        length: int = count * _EACH.get(kind, 0) + _ONCE.get(kind, 0)
        rest = data[at : at + length]
        match kind:
            case Kind.INT:
                encoding = struct.unpack("<I", rest)[0] >> 24 & 0xF
                signed, char, boolean = bool(encoding & 1), bool(encoding & 2), bool(encoding & 4)
                found = Type(kind, label, size, signed=signed, char=char, boolean=boolean)
            case Kind.ARRAY:
                element, _, repeated = struct.unpack("<III", rest)
                found = Type(kind, label, target=element, count=repeated)
            case Kind.STRUCT | Kind.UNION:
                members = tuple(self._member(*row, packed=flag) for row in struct.iter_unpack("<III", rest))
                found = Type(kind, label, size, members=members)
            case Kind.ENUM | Kind.ENUM64:
                code = ("<Ii" if flag else "<II") if kind is Kind.ENUM else ("<Iq" if flag else "<IQ")
                values = tuple((self._string(word), value) for word, value in struct.iter_unpack(code, rest))
                found = Type(kind, label, size, values=values)
            case Kind.FLOAT:
                found = Type(kind, label, size)
            case _:
                found = Type(kind, label, target=size, union=flag)
        self.types.append(found)
        return at + length

    def _member(self, name: int, target: int, position: int, *, packed: bool) -> Member:
        """A field; in a struct with bit fields the upper byte of its position is its width."""
        bits, offset = (position >> 24, position & 0xFFFFFF) if packed else (0, position)
        return Member(self._string(name), target, offset, bits)


_EACH = {
    Kind.STRUCT: 12,
    Kind.UNION: 12,
    Kind.ENUM: 8,
    Kind.ENUM64: 12,
    Kind.FUNC_PROTO: 8,
    Kind.DATASEC: 12,
}
"""Bytes after the head of a type for each of its parts."""
_ONCE = {Kind.INT: 4, Kind.ARRAY: 12, Kind.VAR: 4, Kind.DECL_TAG: 4}
"""Bytes after the head of a type whatever it has."""
