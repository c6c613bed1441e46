"""A reader of ext4 for file systems that somebody hostile wrote: what is needed to take files off, nothing trusted.

The layout is that of the kernel's documentation ("ext4 Data Structures and Algorithms"). Read are folders without or
with an index (an index looks like unused entries), and contents described by extents. Refused are features that change
the meaning of what is read here: block maps, inline contents, encryption, compression.

Nothing recurses, each number is held against the image, and every step costs a part of a budget: the time is bounded
whatever the image says. Sums (metadata_csum) are not checked: whoever writes a hostile image writes them right.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, NamedTuple

from training.errors import Damaged

SUPERBLOCK, SUPERBLOCK_SIZE, MAGIC = 1024, 1024, 0xEF53
BLOCK_SIZES = (1024, 2048, 4096)
"""Larger ones can't be mounted on machines with pages of 4 KiB."""
ROOT = 2
READ = 0x2 | 0x4 | 0x40 | 0x80 | 0x200 | 0x2000 | 0x4000
"""Incompatible features that are understood or don't matter for reading: filetype, recover, extents, 64bit, flex_bg,
csum_seed, largedir.
"""
IS_64BIT = 0x80
HAS_EXTENTS = 0x80000
UNREAD_FLAGS = 0x4 | 0x800 | 0x200000 | 0x10000000
"""Flags of a file that is compressed, encrypted, an attribute's value, or lies within its inode."""
EXTENT_MAGIC, EXTENT_SIZE, DEEPEST = 0xF30A, 12, 5
WRITTEN = 32768
"""Longest extent, in blocks; those said to be longer are reserved and not written, and read as zeros."""
FORMAT, FOLDER, FILE, LINK = 0xF000, 0x4000, 0x8000, 0xA000
SHORTEST_ENTRY = 8
NARROW, OLD_INODE, EXTRA_TIMES = 32, 128, 12
"""Bytes of a descriptor without 64bit; of an inode without extra fields; of these up to those that widen the times."""


class Exhausted(Exception):
    """The budget of steps is used up."""


class Extent(NamedTuple):
    """Blocks of a file that lie together: the first one's number in the file and in the image, and how many."""

    logical: int
    physical: int
    length: int


@dataclass(frozen=True, slots=True)
class Inode:
    """A file or folder: its number, mode, bytes, flags, number of names, time of change of content, 60 bytes of map."""

    number: int
    mode: int
    size: int
    flags: int
    links: int
    modified: datetime
    map: bytes

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.mode & FORMAT == FOLDER

    @property
    def is_file(self) -> bool:
        """Whether it is a plain file."""
        return self.mode & FORMAT == FILE

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return self.mode & FORMAT == LINK


class FileSystem:
    """A file system in an image.

    Args:
        file: the image, open for reading.
        steps: how many of its structures may be looked at in all.

    Raises:
        Damaged: it is no ext4 that is read here. So do all methods where something isn't as it can be, and `Exhausted`
            where the budget ends.
    """

    def __init__(self, file: BinaryIO, steps: int) -> None:
        self._file, self._left = file, steps
        self._size = os.fstat(file.fileno()).st_size
        head = self._at(SUPERBLOCK, SUPERBLOCK_SIZE)
        inodes, blocks, first, log_size = (_u32(head, at) for at in (0, 4, 20, 24))
        blocks_per_group, inodes_per_group, revision, features = (_u32(head, at) for at in (32, 40, 76, 96))
        magic, inode_size, descriptor = (_u16(head, at) for at in (56, 88, 254))
        if magic != MAGIC:
            raise Damaged("it holds no ext4 file system")
        if revision == 0 or log_size >= len(BLOCK_SIZES) or features & ~READ:
            raise Damaged(f"it is formatted in a way that is not read here (features {features:#x})")
        self.block_size = BLOCK_SIZES[log_size]
        wide = bool(features & IS_64BIT)
        self._descriptor_size = descriptor if wide else NARROW
        self._blocks = blocks | (_u32(head, 336) << 32 if wide else 0)
        self._inodes, self._inode_size, self._per_group = inodes, inode_size, inodes_per_group
        sound = (
            first == (1 if log_size == 0 else 0)
            and first < self._blocks <= self._size // self.block_size
            and 0 < blocks_per_group <= 8 * self.block_size
            and 0 < inodes_per_group <= 8 * self.block_size
            and OLD_INODE <= inode_size <= self.block_size
            and not inode_size & (inode_size - 1)
            and self._descriptor_size in {32, 64, 128, 256, 512, 1024}
            and (not wide or self._descriptor_size > NARROW)
        )
        groups = -(-(self._blocks - first) // blocks_per_group) if sound else 0
        if not sound or not ROOT < inodes <= groups * inodes_per_group:
            raise Damaged("the figures of its superblock contradict each other or the size of the medium")
        self._descriptors = (first + 1) * self.block_size

    def _step(self, count: int = 1) -> None:
        self._left -= count
        if self._left < 0:
            raise Exhausted

    def _at(self, offset: int, size: int) -> bytes:
        self._step()
        if offset + size > self._size:
            raise Damaged("something is said to lie behind the end of the medium")
        self._file.seek(offset)
        found = self._file.read(size)
        if len(found) < size:
            raise Damaged("the medium became shorter while it was read")
        return found

    def _block(self, number: int) -> bytes:
        if not 0 < number < self._blocks:
            raise Damaged(f"block {number} is none of this file system")
        return self._at(number * self.block_size, self.block_size)

    def inode(self, number: int) -> Inode:
        """What an inode says."""
        if not 0 < number <= self._inodes:
            raise Damaged(f"there is no inode {number}")
        group, index = divmod(number - 1, self._per_group)
        descriptor = self._at(self._descriptors + group * self._descriptor_size, self._descriptor_size)
        table = _u32(descriptor, 8)
        if self._descriptor_size > NARROW:
            table |= _u32(descriptor, 40) << 32
        offset = index * self._inode_size
        if not 0 < table < self._blocks or table * self.block_size + offset >= self._blocks * self.block_size:
            raise Damaged(f"inode {number} is said to lie outside the file system")
        raw = self._at(table * self.block_size + offset, self._inode_size)
        seconds = (_u32(raw, 16) ^ 1 << 31) - (1 << 31)
        if self._inode_size > OLD_INODE and _u16(raw, OLD_INODE) >= EXTRA_TIMES:
            seconds += (_u32(raw, 136) & 3) << 32
        return Inode(
            number=number,
            mode=_u16(raw, 0),
            size=_u32(raw, 4) | _u32(raw, 108) << 32,
            flags=_u32(raw, 32),
            links=_u16(raw, 26),
            modified=datetime.fromtimestamp(seconds, UTC),
            map=raw[40:100],
        )

    def extents(self, inode: Inode) -> Iterator[Extent]:
        """Where the contents of a file or folder lie, in order; what no extent has is zeros."""
        if not inode.flags & HAS_EXTENTS or inode.flags & UNREAD_FLAGS:
            raise Damaged("its contents are kept in a way that is not read here")
        end = -(-inode.size // self.block_size)
        waiting, after = [(inode.map, DEEPEST + 1)], 0
        while waiting:
            node, above = waiting.pop()
            magic, count, most, depth = struct.unpack_from("<4H", node)
            if magic != EXTENT_MAGIC or not depth < above or count > most or (count + 1) * EXTENT_SIZE > len(node):
                raise Damaged("its map of extents is damaged")
            self._step(count)
            entries = [node[at : at + EXTENT_SIZE] for at in range(EXTENT_SIZE, (count + 1) * EXTENT_SIZE, EXTENT_SIZE)]
            if depth:
                waiting += [(self._block(_child(each)), depth) for each in reversed(entries)]
                continue
            for each in entries:
                logical, length, high, low = struct.unpack("<IHHI", each)
                found = Extent(logical, high << 32 | low, length - WRITTEN if length > WRITTEN else length)
                if logical < after or not found.length or not self._inside(found):
                    raise Damaged("its map of extents is damaged")
                after = logical + found.length
                if length <= WRITTEN and logical < end:
                    yield found._replace(length=min(found.length, end - logical))

    def _inside(self, extent: Extent) -> bool:
        return extent.physical > 0 and extent.physical + extent.length <= self._blocks

    def content(self, inode: Inode, most: int) -> Iterator[tuple[int, bytes]]:
        """The bytes of a file with their offsets, in order, up to `most` at a time; what is left out is zeros."""
        for each in self.extents(inode):
            offset, at = each.logical * self.block_size, each.physical * self.block_size
            left = min(each.length * self.block_size, inode.size - offset)
            while left > 0:
                block = self._at(at, min(left, most))
                yield offset, block
                offset, at, left = offset + len(block), at + len(block), left - len(block)

    def names(self, folder: Inode, largest: int) -> Iterator[tuple[bytes, int]]:
        """Names in a folder of at most `largest` bytes, each with the number of its inode; not those of itself."""
        if not folder.is_folder:
            raise Damaged("it is no folder")
        if folder.size > largest or folder.size % self.block_size:
            raise Damaged(f"it is a folder of {folder.size} bytes, which is not read")
        for _, block in self.content(folder, self.block_size):
            at = 0
            while at < len(block):
                self._step()
                if at + SHORTEST_ENTRY > len(block):
                    raise Damaged("its entries are damaged")
                number, length, name_length = struct.unpack_from("<IHB", block, at)
                if length < SHORTEST_ENTRY + name_length or length % 4 or at + length > len(block):
                    raise Damaged("its entries are damaged")
                name = block[at + SHORTEST_ENTRY : at + SHORTEST_ENTRY + name_length]
                if number and name not in {b".", b".."}:
                    yield name, number
                at += length


def _child(entry: bytes) -> int:
    """The block of a deeper node that an entry of the map names."""
    low, high = struct.unpack_from("<IH", entry, 4)
    return int(high << 32 | low)


def _u16(raw: bytes, at: int) -> int:
    return int.from_bytes(raw[at : at + 2], "little")


def _u32(raw: bytes, at: int) -> int:
    return int.from_bytes(raw[at : at + 4], "little")
