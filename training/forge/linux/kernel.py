"""What a kernel image tells of itself: its version, and the types that its builders left in it (BTF).

The image format is that of the kernel's "Linux/x86 Boot Protocol" (``Documentation/arch/x86/boot.rst``): the header
at 0x1f1 says where the kernel's version stands and where the compressed ELF file lies. BTF is that file's section
``.BTF`` (``Documentation/bpf/btf.rst``).
"""

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import zstandard

from training.errors import Refused

LARGEST_IMAGE = 64 << 20
LARGEST_KERNEL = 256 << 20
"""Bytes of the unpacked kernel; those of Debian's have about 60 MB."""
MOUTHFUL = 1 << 10
"""Bytes given to the unpacker of zstd at a time, which makes at most 32 MiB of them."""
LONGEST_VERSION = 256
HEADER = 0x250
MAGIC = b"HdrS"


class Unpacker(Protocol):
    """What Python's decompressors have in common."""

    @property
    def eof(self) -> bool:
        """Whether the end was found."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Unpack up to so many bytes."""


PACKED: dict[bytes, Callable[[], Unpacker]] = {
    b"\xfd7zXZ\0": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=LARGEST_KERNEL),
    b"\x5d\0\0": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=LARGEST_KERNEL),
    b"\x1f\x8b": lambda: zlib.decompressobj(31),
    b"BZh": bz2.BZ2Decompressor,
}
"""First bytes of the compressed part, and what unpacks it. The kernel also knows lz4 and lzo, which Debian doesn't use
and which Python doesn't unpack; for zstd see `_unpacked`.
"""


def btf(kernel: Path) -> bytes:
    """The BTF of a kernel image.

    Raises:
        Refused: the image isn't one, is cut off, is packed in a way that is not known here, or lacks BTF.
    """
    image = _read(kernel)
    try:
        return _section(_unpacked(_payload(image)), b".BTF")
    except Refused as error:
        raise Refused(f"{kernel}: {error.message}") from error
    except (EOFError, OSError, lzma.LZMAError, zlib.error, zstandard.ZstdError) as error:
        raise Refused(f"{kernel}: its compressed part cannot be read: {error}") from error


def version(kernel: Path) -> str:
    """What a kernel image says it is: release, builder, and from ``#`` on the build, as in the kernel's banner.

    Raises:
        Refused: the image isn't one, or doesn't say.
    """
    image = _read(kernel)
    (at,) = struct.unpack_from("<H", image, 0x20E)
    said = image[0x200 + at : 0x200 + at + LONGEST_VERSION].split(b"\0")[0] if at else b""
    if b"#" not in said:
        raise Refused(f"{kernel}: does not say which version it is")
    return said.decode("ascii", "replace").strip()


def _read(kernel: Path) -> bytes:
    with kernel.open("rb") as file:
        image = file.read(LARGEST_IMAGE + 1)
    if len(image) > LARGEST_IMAGE:
        raise Refused(f"{kernel}: larger than a kernel image may be, {LARGEST_IMAGE} bytes")
    if len(image) < HEADER or image[0x202:0x206] != MAGIC:
        raise Refused(f"{kernel}: not a Linux x86 kernel image")
    return image


def _payload(image: bytes) -> bytes:
    setup_sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    if start + length > len(image):
        raise Refused(f"cut off: its compressed part ends at byte {start + length}, the file at {len(image)}")
    return image[start : start + length]


def _unpacked(packed: bytes) -> bytes:
    """The compressed part, unpacked. The kernel's build puts its unpacked size behind it, which is not needed."""
    if packed.startswith(b"\x28\xb5\x2f\xfd"):
        return _from_zstd(packed)
    for magic, make in PACKED.items():
        if packed.startswith(magic):
            unpacker = make()
            content = unpacker.decompress(packed, LARGEST_KERNEL)
            return _whole(content, whole=unpacker.eof)
    raise Refused(f"compressed in a way that is not known here (it starts with {packed[:6].hex()})")


def _from_zstd(packed: bytes) -> bytes:
    """A zstd frame, unpacked. Its unpacker takes no limit for what it gives: it is fed little at a time."""
    unpacker = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()
    content = bytearray()
    for at in range(0, len(packed), MOUTHFUL):
        content += unpacker.decompress(packed[at : at + MOUTHFUL])
        if unpacker.eof or len(content) > LARGEST_KERNEL:
            break
    return _whole(bytes(content), whole=unpacker.eof and len(content) <= LARGEST_KERNEL)


def _whole(content: bytes, *, whole: bool) -> bytes:
    if not whole:
        raise Refused(f"its compressed part breaks off, or is larger than {LARGEST_KERNEL} bytes")
    return content


def _section(elf: bytes, wanted: bytes) -> bytes:
    """A section of a 64-bit little-endian ELF file (System V ABI, chapter 4)."""
    if elf[:6] != b"\x7fELF\x02\x01":
        raise Refused("holds no 64-bit ELF file")
    try:
        table, size, count, names = *struct.unpack_from("<Q", elf, 0x28), *struct.unpack_from("<HHH", elf, 0x3A)
        headers = [struct.unpack_from("<IIQQQQ", elf, table + size * number) for number in range(count)]
        labels = headers[names][4]
    except (struct.error, IndexError, OverflowError) as error:
        raise Refused(f"the ELF file in it is damaged: {error}") from error
    for name, _, _, _, offset, length in headers:
        if elf.startswith(wanted + b"\0", labels + name):
            return elf[offset : offset + length]
    raise Refused(f"has no section {wanted.decode()}; it was built without BTF")
