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
    return gzip.compress(bytes(out), 9, mtime=0)


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
