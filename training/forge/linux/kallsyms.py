"""The addresses of a kernel's symbols, read out of the memory of a machine that ran it.

A kernel keeps its own list (``kernel/kallsyms.c``, ``scripts/kallsyms.c``) and says where in its crash information
(``Documentation/admin-guide/kdump/vmcoreinfo.rst``), a note of text lines such as
``SYMBOL(kallsyms_names)=ffffffff82151f68`` (Linux 6.0 and later). Each entry of the list is a letter for the kind and
a name, packed as indices into 256 pieces of text. Reading it takes a fifth of a second, where the guest needs one
to three minutes to hand its /proc/kallsyms over a serial line. Symbols of loaded modules are not among them.
"""

import mmap
import re
import struct
from pathlib import Path

from training.errors import Refused

KERNEL_MAP = 0xFFFFFFFF80000000
"""Start of the kernel's text mapping on x86-64: without address randomisation a physical address is the virtual one
minus this.
"""
NOTE = re.compile(rb"VMCOREINFO\0\0(OSRELEASE=[^\0]{1,8192})\0")
LISTED = re.compile(r"^SYMBOL\(kallsyms_(\w+)\)=([0-9a-f]{16})$", re.MULTILINE)
PARTS = frozenset({"names", "num_syms", "token_table", "token_index", "offsets", "relative_base"})
MOST = 1_000_000
"""Symbols; Debian's kernels have 150,000 to 250,000."""
LONGEST_PIECE = 512


def of_image(image: Path) -> dict[str, int]:
    """The address of each symbol of the kernel whose memory a raw image holds; see `addresses`."""
    if not image.stat().st_size:
        raise Refused(f"{image} is empty")
    with image.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory:
        return addresses(memory)


def addresses(memory: bytes | mmap.mmap) -> dict[str, int]:
    """The address of each symbol by its name, in the kernel's order; the first of a name counts.

    Args:
        memory: the physical memory of a machine from its address 0, booted with ``nokaslr``.

    Raises:
        Refused: the memory holds no such list, or a damaged one.
    """
    note = NOTE.search(memory)
    told = LISTED.findall(note[1].decode("ascii", "replace")) if note else ()
    where = {name: int(address, 16) - KERNEL_MAP for name, address in told}
    if missing := PARTS - where.keys():
        raise Refused(
            f"the kernel does not tell in its crash information where its symbols are ({', '.join(sorted(missing))}): "
            "it must be Linux 6.0 or later with CONFIG_CRASH_DUMP, and up and running"
        )
    try:
        found = _read(memory, where)
    except (struct.error, IndexError, ValueError) as error:
        raise Refused(f"the kernel's list of symbols cannot be read ({error}): was it booted with nokaslr?") from error
    if any(found.get(f"kallsyms_{name}") != where[name] + KERNEL_MAP for name in PARTS):
        raise Refused("the kernel's list of symbols names other places for itself than its crash information does")
    return found


def _read(memory: bytes | mmap.mmap, where: dict[str, int]) -> dict[str, int]:
    if not all(0 <= at < len(memory) for at in where.values()):
        raise ValueError("it lies outside the memory")
    (count,) = struct.unpack_from("<I", memory, where["num_syms"])
    if not 0 < count <= MOST:
        raise ValueError(f"it has {count} symbols")
    (base,) = struct.unpack_from("<Q", memory, where["relative_base"])
    offsets = struct.unpack_from(f"<{count}i", memory, where["offsets"])
    starts = struct.unpack_from("<256H", memory, where["token_index"])
    pieces = [_piece(memory, where["token_table"] + start) for start in starts]
    found: dict[str, int] = {}
    at = where["names"]
    for offset in offsets:
        length, at = memory[at], at + 1
        if length & 0x80:  # a long one: seven bits, and the next byte above them
            length, at = length & 0x7F | memory[at] << 7, at + 1
        name = b"".join([pieces[index] for index in memory[at : at + length]])[1:]
        at += length
        # Zero and above are addresses themselves, such as those in the area of each processor.
        found.setdefault(name.decode("ascii"), offset if offset >= 0 else base - 1 - offset)
    return found


def _piece(memory: bytes | mmap.mmap, at: int) -> bytes:
    end = memory.find(b"\0", at, at + LONGEST_PIECE)
    if end < 0:
        raise ValueError("a piece of text without end")
    return memory[at:end]
