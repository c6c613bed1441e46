"""Records of the master file table of NTFS, as the cache of files leaves them in memory.

The format is the public one of NTFS 3.1: records of 1,024 bytes, attributes behind a header. On disk the last two bytes
of each sector give way to a number, that of the update sequence, and are kept elsewhere in the record. Readers of
memory do not put them back, so the number chosen here is what lies there anyway: with and without, the same is read.
"""

import struct
from typing import Final

from training.forge.windows.machine import Machine
from training.forge.windows.memory import PAGE
from training.forge.windows.plan import Recorded

RECORD: Final = 1024
FIRST: Final = 84_000
"""The number of the first record that was given none by the plan."""

_SECTOR: Final = 512
_HEADER: Final = 0x38
_SEQUENCE: Final = 0x30
_UNUSED: Final = 7
_STANDARD, _NAME, _DATA, _END = 0x10, 0x30, 0x80, 0xFFFFFFFF
_ARCHIVE: Final = 0x20
_FOLDER: Final = 0x10000000
_IN_USE, _IS_FOLDER = 1, 2
_ROOT: Final = 5
_CLUSTER: Final = 4096
_VOLUME: Final = 0x80000
_RESIDENT: Final = 0x18
_RUNS: Final = 0x40
_LONG, _SHORT = 1, 3
_SHORT_STEM, _SHORT_ENDING = 8, 3


class TooLargeError(ValueError):
    """What a record should hold does not fit into it."""


def write(machine: Machine) -> None:
    """Put the records of the plan into memory, four to a page, in the order of their numbers."""
    records = b"".join(record(entry, number) for number, entry in numbered(machine.plan.records))
    for start in range(0, len(records), PAGE):
        machine.physical.write(machine.physical.alloc(), records[start : start + PAGE])


def numbered(records: tuple[Recorded, ...]) -> list[tuple[int, Recorded]]:
    """The records with their numbers, in the order of these: the next free one for a record without."""
    taken = {entry.number for entry in records}
    free = (number for number in range(FIRST, FIRST + len(records) + len(taken)) if number not in taken)
    return sorted(((entry.number or next(free), entry) for entry in records), key=lambda pair: pair[0])


def record(entry: Recorded, number: int) -> bytes:
    """A record as bytes.

    Raises:
        TooLargeError: its attributes need more than its 1,024 bytes.
    """
    attributes = _attributes(entry, number)
    body = b"".join(attributes) + struct.pack("<II", _END, 0)
    used = _HEADER + len(body)
    if used > RECORD - 8:
        raise TooLargeError(f"The record of {entry.name} needs {used} bytes; it has {RECORD - 8}.")
    flags = _IN_USE | (_IS_FOLDER if entry.directory else 0)
    head = struct.pack("<4sHHQHHHH", b"FILE", _SEQUENCE, 3, 0, 1, 1, _HEADER, flags)
    head += struct.pack("<IIQHHI", used, RECORD, 0, len(attributes), 0, number)
    whole = bytearray(head.ljust(_HEADER, b"\0") + body).ljust(RECORD, b"\0")
    kept = bytes(whole[_SECTOR - 2 : _SECTOR])
    mark = kept if used > _SECTOR - 2 else struct.pack("<H", _UNUSED)
    whole[_SEQUENCE : _SEQUENCE + 6] = mark + kept + bytes(2)
    whole[_SECTOR - 2 : _SECTOR] = whole[RECORD - 2 :] = mark
    return bytes(whole)


def _attributes(entry: Recorded, number: int) -> list[bytes]:
    changed, accessed = entry.changed or entry.modified, entry.accessed or entry.modified
    flags = 0 if entry.directory else _ARCHIVE
    times = struct.pack("<4Q", entry.created, entry.modified, changed, accessed)
    found = [
        _resident(_STANDARD, times + struct.pack("<10I", flags, *[0] * 9), 0),
        _resident(_NAME, _named(entry), 1, indexed=True),
    ]
    if not entry.directory:
        small = entry.content or not entry.size
        found.append(_resident(_DATA, entry.content, 2) if small else _elsewhere(entry.size, number))
    for place, (name, content) in enumerate(sorted(entry.streams), 3):
        found.append(_resident(_DATA, content, place, name))
    return found


def _named(entry: Recorded) -> bytes:
    """The attribute of a name: where it stands, when it was made, and the name itself."""
    parent = entry.parent | (_ROOT if entry.parent == _ROOT else 1) << 48
    size = entry.size or len(entry.content)
    whole = -(-size // _CLUSTER) * _CLUSTER if entry.size and not entry.content else size + 7 & ~7
    times = struct.pack("<4Q", *[entry.named_created] * 4)
    kind = struct.pack("<QQII", whole, size, _FOLDER if entry.directory else _ARCHIVE, 0)
    name = entry.name.encode("utf-16-le")
    return struct.pack("<Q", parent) + times + kind + struct.pack("<BB", len(name) // 2, _space(entry.name)) + name


def _space(name: str) -> int:
    """Which names a name is: a long one only, or one that old programs take as well."""
    stem, _, ending = name.partition(".")
    short = len(stem) <= _SHORT_STEM and len(ending) <= _SHORT_ENDING and "." not in ending and " " not in name
    return _SHORT if short and name.isascii() else _LONG


def _resident(kind: int, content: bytes, identifier: int, name: str = "", *, indexed: bool = False) -> bytes:
    """An attribute whose content lies in the record."""
    title = name.encode("utf-16-le")
    start = _RESIDENT + len(title) + 7 & ~7
    length = start + len(content) + 7 & ~7
    head = struct.pack("<IIBBHHH", kind, length, 0, len(title) // 2, _RESIDENT, 0, identifier)
    head += struct.pack("<IHBB", len(content), start, int(indexed), 0)
    return ((head + title).ljust(start, b"\0") + content).ljust(length, b"\0")


def _elsewhere(size: int, number: int) -> bytes:
    """The unnamed data of a file whose content lies on the volume, in one run of clusters."""
    clusters = -(-size // _CLUSTER)
    where = _VOLUME + number * 16
    count, place = _signed(clusters), _signed(where)
    runs = bytes([len(place) << 4 | len(count)]) + count + place
    length = _RUNS + len(runs) + 1 + 7 & ~7
    head = struct.pack("<IIBBHHH", _DATA, length, 1, 0, _RUNS, 0, 2)
    head += struct.pack("<QQHHIQQQ", 0, clusters - 1, _RUNS, 0, 0, clusters * _CLUSTER, size, size)
    return (head + runs).ljust(length, b"\0")


def _signed(value: int) -> bytes:
    """A whole number above 0 in as few bytes as hold it with its sign."""
    return value.to_bytes(value.bit_length() // 8 + 1, "little")
