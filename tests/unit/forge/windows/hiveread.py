"""A reader of hives of its own, from the format's public description: it knows nothing of the writer."""

import struct
from dataclasses import dataclass, field

NONE = 0xFFFFFFFF
KEY = struct.Struct("<2sHQIIIIIIIIIIIIIIIHH")


@dataclass
class Read:
    """A key as it was read: values by name as (type, bytes), keys by name."""

    name: str
    time: int
    flags: int
    class_name: str
    values: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    keys: dict[str, "Read"] = field(default_factory=dict)

    def at(self, path: str) -> "Read":
        node = self
        for name in path.split("\\"):
            node = node.keys[name]
        return node

    def walk(self) -> "list[Read]":
        return [self] + [node for key in self.keys.values() for node in key.walk()]


class Reader:
    def __init__(self, data: bytes, root: int) -> None:
        self.data = data
        self.mark = root & 0x80000000
        self.cells = self._cells()
        self.used: set[int] = set()
        self.security: dict[int, int] = {}
        self.root = self.key(root, NONE)

    def _cells(self) -> dict[int, int]:
        """All cells in use, with their sizes; bins and cells must fill the hive without a gap."""
        found, at = {}, 0
        while at < len(self.data):
            magic, place, length = struct.unpack_from("<4sII", self.data, at)
            assert (magic, place) == (b"hbin", at)
            assert length > 0
            assert not length % 4096
            cell, end = at + 32, at + length
            while cell < end:
                (size,) = struct.unpack_from("<i", self.data, cell)
                assert size
                assert not size % 8
                if size < 0:
                    found[cell] = -size
                cell += abs(size)
            assert cell == end
            at = end
        return found

    def cell(self, number: int) -> bytes:
        assert number & 0x80000000 == self.mark
        place = number & 0x7FFFFFFF
        self.used.add(place)
        return self.data[place + 4 : place + self.cells[place]]

    def key(self, number: int, parent: int) -> Read:
        body = self.cell(number)
        (magic, flags, time, _, above, stable, volatile, stable_list, volatile_list, values, value_list, security,
         class_place, *_, name_size, class_size) = KEY.unpack_from(body)  # fmt: skip
        assert magic == b"nk"
        assert above == parent
        raw = body[76 : 76 + name_size]
        self.security[security] = self.security.get(security, 0) + 1
        self.used.add(security & 0x7FFFFFFF)
        class_name = self.cell(class_place)[:class_size].decode("utf-16-le") if class_size else ""
        node = Read(raw.decode("latin-1" if flags & 0x20 else "utf-16-le"), time, flags, class_name)
        count, listed = (volatile, volatile_list) if self.mark else (stable, stable_list)
        assert (count == 0) == (listed == NONE)
        children = self.listed(listed) if count else []
        assert len(children) == count
        for place, hashed in children:
            child = self.key(place, number)
            assert hashed == lh(child.name)
            assert child.name not in node.keys
            node.keys[child.name] = child
        assert [name.upper() for name in node.keys] == sorted(name.upper() for name in node.keys)
        if values:
            for place in struct.unpack_from(f"<{values}I", self.cell(value_list)):
                name, kind, data = self.value(place)
                node.values[name] = kind, data
        assert len(node.values) == values
        return node

    def listed(self, number: int) -> list[tuple[int, int]]:
        body = self.cell(number)
        magic, count = struct.unpack_from("<2sH", body)
        if magic == b"ri":
            return [pair for place in struct.unpack_from(f"<{count}I", body, 4) for pair in self.listed(place)]
        assert magic == b"lh"
        return [struct.unpack_from("<II", body, 4 + 8 * index) for index in range(count)]

    def value(self, number: int) -> tuple[str, int, bytes]:
        body = self.cell(number)
        magic, name_size, length, data, kind, flags, _ = struct.unpack_from("<2sHIIIHH", body)
        assert magic == b"vk"
        name = body[20 : 20 + name_size].decode("latin-1" if flags & 1 else "utf-16-le")
        if length & 0x80000000:
            return name, kind, body[8 : 8 + (length & 0x7FFFFFFF)]
        if length <= 0x4000:
            return name, kind, self.cell(data)[:length]
        magic, count, table = struct.unpack_from("<2sHI", self.cell(data))
        assert magic == b"db"
        blocks = [self.cell(place) for place in struct.unpack_from(f"<{count}I", self.cell(table))]
        content = b"".join(block[:0x3FD8] for block in blocks)
        return name, kind, content[:length]


def lh(name: str) -> int:
    total = 0
    for letter in name.upper():
        total = (37 * total + ord(letter)) % 2**32
    return total
