"""BTF, the kernel's own description of its types, as Python values.

The format is the kernel's ``Documentation/bpf/btf.rst``: a header, a list of types that name each other by number (0
is void), and a block of strings. A block may come from anywhere: what is read here holds together, so that nothing
behind it runs in circles, outside the list, or without end.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum

from training.errors import Refused

MAGIC = 0xEB9F
HEADER = 24
LARGEST = 16 << 20
"""Bytes of a block; that of Debian's kernels has under 5 MB, and a name can stand no farther away than this."""
LONGEST_NAME = 512
"""Bytes, as the kernel's own limit on the name of a symbol."""
DEEPEST = 32
"""Steps from a type through pointers, arrays, typedefs and qualifiers, as the kernel's own limit."""


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
LEADING = QUALIFIERS | {Kind.PTR, Kind.ARRAY, Kind.TYPEDEF}
"""Kinds that are what they are by another type. Only through a struct, a union or a function may types lead in a
circle.
"""
WHOLE = frozenset({Kind.INT, Kind.ENUM, Kind.ENUM64})
SIZES = {
    Kind.INT: (1, 2, 4, 8, 16),
    Kind.ENUM: (1, 2, 4, 8),
    Kind.ENUM64: (1, 2, 4, 8),
    Kind.FLOAT: (2, 4, 8, 12, 16),
}


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
    """All types of one BTF block, by number.

    Raises:
        Refused: the block is no BTF, is cut off, or does not hold together; the message says at which type.
    """

    def __init__(self, block: bytes) -> None:
        if len(block) < HEADER or struct.unpack_from("<H", block)[0] != MAGIC:
            raise Refused("this is not a block of little-endian BTF")
        if len(block) > LARGEST:
            raise Refused(f"the BTF has {len(block)} bytes, more than the {LARGEST} that are read")
        version, _, header, type_at, type_size, string_at, string_size = struct.unpack_from("<BBIIIII", block, 2)
        if version != 1 or header < HEADER:
            raise Refused(f"BTF of version {version} with a header of {header} bytes is not known here")
        if header + max(type_at + type_size, string_at + string_size) > len(block):
            raise Refused(f"the BTF is cut off: it has {len(block)} bytes, and its header tells of more")
        self._strings = block[header + string_at : header + string_at + string_size]
        self.types: list[Type] = [Type(Kind.VOID, "void")]
        data, at = block[header + type_at : header + type_at + type_size], 0
        try:
            while at < len(data):
                at = self._read(data, at)
        except (struct.error, ValueError) as error:
            raise Refused(f"the BTF is damaged at byte {at} of its types: {error}") from error
        for wrong in (self._astray, self._impossible):  # the second follows types, and relies on the first
            for number, each in enumerate(self.types):
                if found := wrong(each):
                    raise Refused(f"the BTF is damaged at its type {number}: {found}")

    def strip(self, number: int, through: frozenset[Kind]) -> int:
        """Follow types of some kinds to the first of another kind."""
        while self.types[number].kind in through:
            number = self.types[number].target
        return number

    def _astray(self, each: Type) -> str:
        """What is wrong with the types that one leads to; nothing with most."""
        known = len(self.types)
        if each.target >= known or any(member.type >= known for member in each.members):
            return f"it leads to a type beyond the last one, {known - 1}"
        for _ in range(DEEPEST):
            if each.kind not in LEADING or each.target >= known:
                return ""
            each = self.types[each.target]
        return f"it leads in a circle, or through more than {DEEPEST} others"

    def _impossible(self, each: Type) -> str:
        """What is wrong with a type's own size or its bit fields; nothing with most."""
        if each.kind in SIZES and each.size not in SIZES[each.kind]:
            return f"a number of {each.size} bytes"
        for member in each.members:
            if member.bits:
                whole = self.types[self.strip(member.type, QUALIFIERS | {Kind.TYPEDEF})]
                if whole.kind not in WHOLE or member.bits > 8 * whole.size:
                    return f"its bit field {member.name!r} is no part of a whole number"
        return ""

    def _string(self, offset: int) -> str:
        end = self._strings.index(b"\0", offset, offset + LONGEST_NAME)
        return self._strings[offset:end].decode("ascii")

    def _read(self, data: bytes, at: int) -> int:
        """Read the type at an offset; returns the offset of the next one."""
        name, info, size = struct.unpack_from("<III", data, at)
        kind, count, flag, label = Kind(info >> 24 & 0x1F), info & 0xFFFF, bool(info >> 31), self._string(name)
        at += 12
        length: int = count * _EACH.get(kind, 0) + _ONCE.get(kind, 0)
        if at + length > len(data):
            raise ValueError("a type that goes on behind the end")
        rest = data[at : at + length]
        match kind:
            case Kind.INT:
                about = struct.unpack("<I", rest)[0]
                if about & 0xFFFFFF != 8 * size:
                    raise ValueError("a whole number of less than all its bits, as kernels before 5.1 had them")
                encoding = about >> 24
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
            case Kind.DATASEC:
                found = Type(kind, label)
            case Kind.VOID:
                raise ValueError("a type of kind 0")
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
