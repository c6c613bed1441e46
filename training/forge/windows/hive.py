"""A registry hive as bytes: cells in bins, as on disk and as in memory.

The format is that of "Windows registry file format specification" (M. Suhanov) and of the kernel's public types: each
cell begins with its size, negative where it is in use, and is named by its offset from the first bin.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from training.forge.windows.plan import Filetime, Value

PAGE: Final = 0x1000
NONE: Final = 0xFFFFFFFF
"""Stands for no cell."""
VOLATILE: Final = 0x80000000
"""Set in the number of a cell that is only kept in memory."""
BLOCK: Final = 0x3FD8
"""Bytes in each block of a big value."""
BIG: Final = 0x4000
"""A value of more bytes is kept in blocks. Windows does so from 16,345 on; readers of memory from here."""
TYPES: Final = {"NONE": 0, "SZ": 1, "EXPAND_SZ": 2, "BINARY": 3, "DWORD": 4, "MULTI_SZ": 7, "QWORD": 11}
LONGEST_NAME: Final = 255
"""Characters in the name of a key."""

_HEADER: Final = 0x20
_KEY: Final = struct.Struct("<2sHQIIIIIIIIIIIIIIIHH")
_VALUE: Final = struct.Struct("<2sHIIIHH")
_LEAF: Final = 507
_INLINE: Final = 4
_COMPACT: Final = 0x20
_ROOT: Final = 0x0C
_WORD: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Stored:
    """A value as a hive keeps it: its type's number and its bytes."""

    name: str
    type: int
    data: bytes


@dataclass(slots=True)
class Node:
    """A key while a hive is put together.

    Attributes:
        name: as it is written.
        time: when it was last written; 0 until that is known.
        made: when it was made; 0 where that is not known.
        class_name: rarely used, but for the boot key.
        values: in the order in which they were written.
        keys: those below, by their names in capitals.
    """

    name: str
    time: Filetime = 0
    made: Filetime = 0
    class_name: str = ""
    values: list[Stored] = field(default_factory=list)
    keys: dict[str, "Node"] = field(default_factory=dict)

    def key(self, path: str) -> "Node":
        """The key at a path below this one, made with those above it where it is not there yet.

        Raises:
            ValueError: a name in it is empty or too long.
        """
        node = self
        for name in path.split("\\"):
            if not 0 < len(name) <= LONGEST_NAME:
                raise ValueError(f"A key's name has 1 to {LONGEST_NAME} characters: {path}.")
            node = node.keys.setdefault(name.upper(), Node(name))
        return node

    def put(
        self,
        path: str,
        time: Filetime = 0,
        values: Iterable[Value | Stored] = (),
        *,
        made: Filetime = 0,
        class_name: str = "",
    ) -> "Node":
        """Write a key: its values replace those of the same name, and the later time counts."""
        node = self.key(path)
        node.time = max(node.time, time)
        node.made = node.made or made
        node.class_name = class_name or node.class_name
        for value in values:
            node.set(value if isinstance(value, Stored) else stored(value))
        return node

    def set(self, value: Stored) -> None:
        """Write a value in the place of one of the same name, else behind the others."""
        name = value.name.upper()
        for place, other in enumerate(self.values):
            if other.name.upper() == name:
                self.values[place] = value
                return
        self.values.append(value)

    def below(self) -> "list[Node]":
        """The keys directly below, in the order in which a hive lists them."""
        return [self.keys[name] for name in sorted(self.keys)]

    def settle(self, default: Filetime) -> Filetime:
        """Give each key that has none yet its time; returns when this one was made.

        Making a key writes to the one above it: without a time of its own, a key was last written when the newest of
        those below it was made, and is at least as old as the oldest. One with nothing below takes ``default``.
        """
        made = [node.settle(default) for node in self.keys.values()]
        self.time = self.time or max(made, default=default)
        self.made = self.made or min([self.time, *made])
        return self.made


def stored(value: Value) -> Stored:
    """A value of a plan as a hive keeps it.

    Raises:
        ValueError: its data does not fit its kind.
    """
    kind, data = value.kind, value.data
    match data:
        case str() if kind in {"SZ", "EXPAND_SZ"}:
            raw = _text(data)
        case tuple() if kind == "MULTI_SZ":
            raw = b"".join(map(_text, data)) + b"\0\0"
        case int() if kind == "DWORD":
            raw = struct.pack("<I", data & _WORD)
        case int() if kind == "QWORD":
            raw = struct.pack("<Q", data & 0xFFFFFFFFFFFFFFFF)
        case bytes() if kind in {"BINARY", "NONE"}:
            raw = data
        case _:
            raise ValueError(f"{value.name} is no {kind}: {data!r}.")
    return Stored(value.name, TYPES[kind], raw)


def _text(text: str) -> bytes:
    return text.encode("utf-16-le") + b"\0\0"


@dataclass(frozen=True, slots=True)
class Bins:
    """What a hive is made of: the bytes of its bins, and the number of its root's cell.

    ``lengths`` are those of the bins, in their order; together they are the bytes.
    """

    data: bytes
    root: int
    lengths: tuple[int, ...]
    volatile: bool = False

    def base_block(self, name: str, time: Filetime) -> bytes:
        """The page that stands before the bins in a file, with the end of the hive's name."""
        block = bytearray(PAGE)
        kept = 0 if self.volatile else len(self.data)
        tail = name[-31:].encode("utf-16-le")
        struct.pack_into("<4sIIQIIIIIII64s", block, 0, b"regf", 1, 1, time, 1, 5, 0, 1, self.root, kept, 1, tail)
        total = 0
        for (word,) in struct.iter_unpack("<I", block[:508]):
            total ^= word
        struct.pack_into("<I", block, 508, total if total not in {0, NONE} else total ^ 1)
        return bytes(block)

    def pages(self) -> Iterator[tuple[int, int]]:
        """For each page of the bins, in order: the offset of the bin that it belongs to, and its own in that."""
        start = 0
        for length in self.lengths:
            for offset in range(0, length, PAGE):
                yield start, offset
            start += length


def bins(root: Node, time: Filetime, security: bytes, *, volatile: bool = False) -> Bins:
    """Write a hive.

    Args:
        root: its keys; each has its time.
        time: of the hive, which its first bin keeps.
        security: the descriptor that all its keys share.
        volatile: it is kept in memory only.
    """
    return _Writer(time, security, volatile=volatile).write(root)


class _Writer:
    """Puts cells into bins, small ones into the page that is open, large ones into bins of their own."""

    def __init__(self, time: Filetime, security: bytes, *, volatile: bool) -> None:
        self._data = bytearray()
        self._lengths: list[int] = []
        self._time = time
        self._security = security
        self._shared = NONE
        self._volatile = volatile
        self._mark = VOLATILE if volatile else 0
        self._next = self._end = 0
        self._keys = 0

    def write(self, root: Node) -> Bins:
        place = self._reserve(_KEY.size + len(_name(root.name)[0]))
        body = struct.pack("<2sHIIII", b"sk", 0, 0, 0, 0, len(self._security)) + self._security
        self._shared = self._cell(body)
        self._key(root, place, NONE)
        self._free()
        at = (self._shared & ~self._mark) + 4
        struct.pack_into("<III", self._data, at + 4, self._shared, self._shared, self._keys)
        return Bins(bytes(self._data), place, tuple(self._lengths), self._volatile)

    def _key(self, node: Node, place: int, parent: int) -> None:
        self._keys += 1
        below = node.below()
        names = [_name(child.name)[0] for child in below]
        places = [self._reserve(_KEY.size + len(name)) for name in names]
        listed = self._list(below, places)
        values = [self._value(value) for value in node.values]
        value_list = self._cell(struct.pack(f"<{len(values)}I", *values)) if values else NONE
        text = node.class_name.encode("utf-16-le")
        class_place = self._cell(text) if text else NONE
        name, compact = _name(node.name)
        lists = ((0, len(below)), (NONE, listed)) if self._volatile else ((len(below), 0), (listed, NONE))
        body = _KEY.pack(
            b"nk",
            (_ROOT if parent == NONE else 0) | (_COMPACT if compact else 0) | int(self._volatile),
            node.time,
            0,
            parent,
            *lists[0],
            *lists[1],
            len(values),
            value_list,
            self._shared,
            class_place,
            max((len(child.name) * 2 for child in below), default=0),
            max((len(child.class_name) * 2 for child in below), default=0),
            max((len(value.name) * 2 for value in node.values), default=0),
            max((len(value.data) for value in node.values), default=0),
            0,
            len(name),
            len(text),
        )
        at = (place & ~self._mark) + 4
        self._data[at : at + _KEY.size + len(name)] = body + name
        for child, its in zip(below, places, strict=True):
            self._key(child, its, place)

    def _list(self, nodes: list[Node], places: list[int]) -> int:
        """The cell that lists the keys below one: a leaf with hashes, or a list of such leaves."""
        leaves = []
        for start in range(0, len(nodes), _LEAF):
            part = zip(nodes[start : start + _LEAF], places[start : start + _LEAF], strict=True)
            pairs = b"".join(struct.pack("<II", place, hashed(node.name)) for node, place in part)
            leaves.append(self._cell(struct.pack("<2sH", b"lh", len(pairs) // 8) + pairs))
        if not leaves:
            return NONE
        if len(leaves) == 1:
            return leaves[0]
        return self._cell(struct.pack(f"<2sH{len(leaves)}I", b"ri", len(leaves), *leaves))

    def _value(self, value: Stored) -> int:
        size = len(value.data)
        if size <= _INLINE:
            length, data = size | 0x80000000, int.from_bytes(value.data.ljust(_INLINE, b"\0"), "little")
        elif size <= BIG:
            length, data = size, self._cell(value.data)
        else:
            blocks = [self._cell(value.data[start : start + BLOCK]) for start in range(0, size, BLOCK)]
            table = self._cell(struct.pack(f"<{len(blocks)}I", *blocks))
            length, data = size, self._cell(struct.pack("<2sHI", b"db", len(blocks), table))
        name, compact = _name(value.name)
        return self._cell(_VALUE.pack(b"vk", len(name), length, data, value.type, int(compact), 0) + name)

    def _cell(self, body: bytes) -> int:
        place = self._reserve(len(body))
        at = (place & ~self._mark) + 4
        self._data[at : at + len(body)] = body
        return place

    def _reserve(self, size: int) -> int:
        """The number of a new cell for so many bytes."""
        need = size + 4 + 7 & ~7
        if need > PAGE - _HEADER:
            at = self._bin(need + _HEADER + PAGE - 1 & ~(PAGE - 1)) + _HEADER
            rest = len(self._data) - at - need
            if rest:
                struct.pack_into("<i", self._data, at + need, rest)
        else:
            if self._next + need > self._end:
                self._free()
                self._next = self._bin(PAGE) + _HEADER
                self._end = len(self._data)
            at = self._next
            self._next += need
        struct.pack_into("<i", self._data, at, -need)
        return at | self._mark

    def _bin(self, length: int) -> int:
        at = len(self._data)
        self._data += struct.pack("<4sIIQQ4x", b"hbin", at, length, 0, 0 if at else self._time).ljust(length, b"\0")
        self._lengths.append(length)
        return at

    def _free(self) -> None:
        """Mark what is left of the open page as a free cell."""
        if self._next < self._end:
            struct.pack_into("<i", self._data, self._next, self._end - self._next)


def _name(name: str) -> tuple[bytes, bool]:
    """A name as it is kept, and whether in one byte for each character."""
    try:
        return name.encode("latin-1"), True
    except UnicodeEncodeError:
        return name.encode("utf-16-le"), False


def hashed(name: str) -> int:
    """The hash that stands beside a key in the list of the one above it."""
    total = 0
    for letter in name.upper():
        total = total * 37 + ord(letter) & _WORD
    return total
