"""An initramfs as reproducible bytes: the cpio "newc" format, gzipped without a time.

The format is that of the kernel's documentation, ``Documentation/driver-api/early-userspace/buffer-format.rst``: a
header of thirteen eight-digit hexadecimal fields, the name, the content, each padded to four bytes, and a trailer
entry.
"""

import gzip
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

TRAILER = "TRAILER!!!"
HEAD = 6 + 13 * 8
"""Bytes before a name: a magic number and the fields."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file, folder or symbolic link (whose content is its target); ``mode`` has the file type, ``modified`` is
    epoch seconds.
    """

    path: str
    mode: int
    modified: int
    content: bytes = b""
    uid: int = 0
    gid: int = 0


def folder(path: str, modified: int, mode: int = 0o755, uid: int = 0) -> Entry:
    """A folder."""
    return Entry(path, stat.S_IFDIR | mode, modified, uid=uid, gid=uid)


def file(path: str, modified: int, content: bytes, mode: int = 0o644, uid: int = 0) -> Entry:
    """A file."""
    return Entry(path, stat.S_IFREG | mode, modified, content, uid, uid)


def link(path: str, modified: int, target: str) -> Entry:
    """A symbolic link."""
    return Entry(path, stat.S_IFLNK | 0o777, modified, target.encode())


def pack(entries: Iterable[Entry]) -> bytes:
    """The `archive` of some entries, compressed."""
    return gzip.compress(archive(entries), 9, mtime=0)


def together(*archives: bytes) -> bytes:
    """Archives in one file, of which a later one wins; the kernel looks for plain ones at multiples of four alone."""
    out = bytearray()
    for each in archives:
        out += bytes(-len(out) % 4) + each
    return bytes(out)


def files(packed: bytes) -> dict[str, bytes]:
    """The content of each file and the target of each link in an initramfs that `pack` made, by path."""
    data, at = gzip.decompress(packed), 0
    found: dict[str, bytes] = {}
    while True:
        mode, size, length = (int(data[at + 6 + 8 * field : at + 14 + 8 * field], 16) for field in (1, 6, 11))
        name = data[at + HEAD : at + HEAD + length - 1].decode()
        if name == TRAILER:
            return found
        begin = at + _padded(HEAD + length)
        if not stat.S_ISDIR(mode):
            found[f"/{name}"] = data[begin : begin + size]
        at = begin + _padded(size)


def _padded(size: int) -> int:
    return size + -size % 4


def archive(entries: Iterable[Entry]) -> bytes:
    """The initramfs of some entries: sorted by path, so that their order changes nothing; every parent must be among
    them.

    Raises:
        ValueError: two entries share a path, or a parent folder is missing.
    """
    ordered = sorted(entries, key=lambda entry: PurePosixPath(entry.path).parts)
    known = {"/"}
    out = bytearray()
    for number, entry in enumerate(ordered, start=1):
        parent = str(PurePosixPath(entry.path).parent)
        if entry.path in known:
            raise ValueError(f"{entry.path} is there twice")
        if parent not in known:
            raise ValueError(f"{entry.path} has no folder {parent}")
        known.add(entry.path)
        out += _record(number, entry, entry.path.lstrip("/"))
    out += _record(0, Entry(TRAILER, 0, 0), TRAILER)
    out += bytes(-len(out) % 512)
    return bytes(out)


def _record(number: int, entry: Entry, name: str) -> bytes:
    links = 2 if stat.S_ISDIR(entry.mode) else 1
    fields = (
        number,
        entry.mode,
        entry.uid,
        entry.gid,
        links,
        entry.modified,
        len(entry.content),
        0,
        0,
        0,
        0,
        len(name.encode()) + 1,
        0,
    )
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    head += bytes(-len(head) % 4)
    return head + entry.content + bytes(-len(entry.content) % 4)
