"""What a kernel image tells of itself: the types that its builders left in it (BTF).

The image format is that of the kernel's "Linux/x86 Boot Protocol" (``Documentation/arch/x86/boot.rst``): the header
at 0x1f1 says where the compressed ELF file lies. BTF is that file's section ``.BTF`` (``Documentation/bpf/btf.rst``).
"""

import lzma
import struct
import zlib
from pathlib import Path

import zstandard

from training.errors import Refused

LARGEST_KERNEL = 256 << 20
MAGIC = b"HdrS"


def btf(kernel: Path) -> bytes:
    """The BTF of a kernel image; `Refused` says what the image lacks."""
    image = kernel.read_bytes()
    return _section(_payload(image, kernel), b".BTF", kernel)


def _payload(image: bytes, kernel: Path) -> bytes:
    if image[0x202:0x206] != MAGIC:
        raise Refused(f"{kernel}: not a Linux x86 kernel image")
    setup_sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    packed = image[start : start + length]
    try:
        if packed.startswith(b"\xfd7zXZ"):
            return lzma.LZMADecompressor(memlimit=LARGEST_KERNEL).decompress(packed, LARGEST_KERNEL)
        if packed.startswith(b"\x28\xb5\x2f\xfd"):
            with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(packed) as reader:
                return reader.read(LARGEST_KERNEL)
        if packed.startswith(b"\x1f\x8b"):
            return zlib.decompressobj(31).decompress(packed, LARGEST_KERNEL)
    except (lzma.LZMAError, zstandard.ZstdError, zlib.error) as error:
        raise Refused(f"{kernel}: its compressed part cannot be read: {error}") from error
    raise Refused(f"{kernel}: compressed in a way that is not known here (it starts with {packed[:6].hex()})")


def _section(elf: bytes, wanted: bytes, kernel: Path) -> bytes:
    """A section of a 64-bit little-endian ELF file (System V ABI, chapter 4)."""
    if elf[:6] != b"\x7fELF\x02\x01":
        raise Refused(f"{kernel}: holds no 64-bit ELF file")
    table, size, count, names = struct.unpack_from("<Q", elf, 0x28)[0], *struct.unpack_from("<HHH", elf, 0x3A)
    headers = [struct.unpack_from("<IIQQQQ", elf, table + size * number) for number in range(count)]
    labels = headers[names][4]
    for name, _, _, _, offset, length in headers:
        if elf[labels + name : elf.index(b"\0", labels + name)] == wanted:
            return elf[offset : offset + length]
    raise Refused(f"{kernel}: has no section {wanted.decode()}; it was built without BTF")
