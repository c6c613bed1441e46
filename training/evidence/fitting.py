"""Whether the symbols of an exhibit are symbols, and those of the kernel that its image shows.

Without that a run fails, or worse, gives rows that are wrong. Of Linux the banner of the symbol file has to stand in
the image at an address that the file gives it; of Windows the image has to name the very PDB of the file. Symbol files
are Volatility's intermediate format (https://volatility3.readthedocs.io/en/latest/symbol-tables.html), `.json.xz`.
"""

import base64
import binascii
import json
import lzma
import mmap
import struct
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from training.errors import Refused
from training.forge.linux import lime
from training.sentence import joined, phrase

LARGEST = 192 << 20
"""Bytes that a symbol file may unpack to: those of a kernel with full types have some 60 million."""
PARTS = ("metadata", "base_types", "user_types", "enums", "symbols")
MOST_PLACES = 10_000
"""Copies of a banner in an image that are looked at: its log has some."""
PAGE, LARGE_PAGE = 1 << 12, 1 << 21
KERNEL_MAP = 0xFFFF_FFFF_8000_0000
"""From here on x86-64 maps the text of its kernel, moved by whole large pages."""


def check(folder: Path, image: Path, system: str, banner: str) -> None:
    """Hold the symbols of an exhibit that is laid out in a folder against its image.

    Args:
        folder: that of the exhibit, with `symbols/<system>/`.
        image: its raw memory.
        system: linux or windows, as the exhibit says.
        banner: of the kernel, as the exhibit says; of Windows it is only a description.

    Raises:
        Refused: a file is not a symbol file, is of another system, or doesn't fit the image; the message says what was
            expected and what was found.
    """
    files = sorted((folder / "symbols" / system).glob("*.json.xz"))
    if not files:
        raise Refused(phrase("the name of the pack's symbol file doesn't end in .json.xz, so it can't be used"))
    for path in files:
        symbols = _read(path)
        _of_system(path, symbols, system)
        with image.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory:
            (_linux if system == "linux" else _windows)(path, symbols, memory, banner)


def _read(path: Path) -> Mapping[str, Any]:
    unpacker = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=256 << 20)
    try:
        text = unpacker.decompress(path.read_bytes(), LARGEST + 1)
        if len(text) > LARGEST or not unpacker.eof:
            raise Refused(
                phrase(
                    "%(file)s is not a symbol file: it unpacks to more than %(most)s bytes, or is cut short",
                    file=path.name,
                    most=LARGEST,
                )
            )
        found = json.loads(text)
    except (lzma.LZMAError, ValueError, RecursionError) as bad:
        what = (
            phrase("%(file)s is not a symbol file: it is not packed with xz.", file=path.name)
            if isinstance(bad, lzma.LZMAError)
            else phrase("%(file)s is not a symbol file: it holds no JSON.", file=path.name)
        )
        raise Refused(joined(what, phrase("Make one with dwarf2json and pack it with xz"))) from bad
    missing = [part for part in PARTS if not isinstance(found, dict) or not isinstance(found.get(part), dict)]
    if missing:
        raise Refused(
            phrase("%(file)s is not a symbol file: it lacks %(parts)s", file=path.name, parts=", ".join(missing))
        )
    parts: Mapping[str, Any] = found
    return parts


def _of_system(path: Path, symbols: Mapping[str, Any], system: str) -> None:
    other = {"linux": "windows", "windows": "linux"}[system]
    theirs = other if other in symbols["metadata"] else "mac" if "mac" in symbols["metadata"] else ""
    if theirs:
        raise Refused(
            phrase(
                "%(file)s holds symbols of %(theirs)s, and the exhibit is of %(system)s",
                file=path.name,
                theirs=theirs,
                system=system,
            )
        )
    if system == "windows" and "windows" not in symbols["metadata"]:
        raise Refused(phrase("%(file)s holds no symbols of Windows, and the exhibit is of Windows", file=path.name))


def _linux(path: Path, symbols: Mapping[str, Any], memory: mmap.mmap, banner: str) -> None:
    told = symbols["symbols"].get("linux_banner")
    address = told.get("address") if isinstance(told, dict) else None
    try:
        text = base64.b64decode(told["constant_data"], validate=True).strip(b"\0\n")
    except (KeyError, TypeError, ValueError, binascii.Error):
        text = b""
    if not isinstance(address, int) or not text.startswith(b"Linux version "):
        raise Refused(
            phrase(
                "%(file)s names no linux_banner with its address and text, so no kernel can be found by it",
                file=path.name,
            )
        )
    theirs = text.decode("utf-8", "replace")
    if theirs != banner.strip():
        raise Refused(
            phrase(
                "the pack says the banner is %(banner)s, %(file)s is of %(theirs)s",
                banner=repr(banner),
                file=path.name,
                theirs=repr(theirs),
            )
        )
    _demand_at(path, memory, text, address)


def _demand_at(path: Path, memory: mmap.mmap, text: bytes, address: int) -> None:
    """Refuse an image in which the banner of a symbol file stands nowhere, or never where its addresses put it."""
    places = list(_places(memory, text))
    if not places:
        banner = text.decode("utf-8", "replace")
        raise Refused(
            joined(
                phrase(
                    "the image holds no kernel with the banner of %(file)s: %(banner)s.", file=path.name, banner=banner
                ),
                _others(memory),
            )
        )
    step = LARGE_PAGE if address >= KERNEL_MAP else PAGE
    if not any((place - address) % step == 0 for place in places):
        raise Refused(
            phrase(
                "the banner of %(file)s is in the image, and never where its addresses put it: the symbols are of "
                "another build of this kernel, or the image is not raw physical memory from address 0",
                file=path.name,
            )
        )


def _places(memory: mmap.mmap, text: bytes) -> Iterator[int]:
    """Physical addresses at which a text stands."""
    ranges = _ranges(memory)
    at, seen = memory.find(text), 0
    while at >= 0 and seen < MOST_PLACES:
        yield next((at - begins + first for begins, ends, first in ranges if begins <= at < ends), at)
        at, seen = memory.find(text, at + 1), seen + 1


def _ranges(memory: mmap.mmap) -> list[tuple[int, int, int]]:
    """Of an image in the LiME format where each range begins and ends in the file, and its first address."""
    found, at = [], 0
    while at + lime.HEADER.size <= len(memory):
        magic, version, first, last = lime.HEADER.unpack_from(memory, at)
        if (magic, version) != (lime.MAGIC, lime.VERSION) or last < first:
            break
        begins = at + lime.HEADER.size
        at = begins + last - first + 1
        found.append((begins, at, first))
    return found


def _others(memory: mmap.mmap) -> str:
    """The first banner of a Linux kernel in an image, as a sentence."""
    at = memory.find(b"Linux version ")
    while at >= 0:
        line = memory[at : at + 400].split(b"\n")[0].split(b"\0")[0]
        if b" #" in line and line.isascii():
            return phrase("It holds %(banner)s", banner=repr(line.decode("ascii")))
        at = memory.find(b"Linux version ", at + 1)
    return phrase("It holds no banner of a Linux kernel at all")


def _windows(path: Path, symbols: Mapping[str, Any], memory: mmap.mmap, _banner: str) -> None:
    try:
        pdb = symbols["metadata"]["windows"]["pdb"]
        known, age, name = uuid.UUID(hex=pdb["GUID"]), int(pdb["age"]), str(pdb["database"])
        record = b"RSDS" + known.bytes_le + struct.pack("<I", age)
    except (KeyError, TypeError, ValueError, AttributeError, struct.error) as bad:
        raise Refused(
            phrase("%(file)s names no PDB with GUID and age, so no kernel can be found by it", file=path.name)
        ) from bad
    if memory.find(record) < 0:
        raise Refused(
            joined(
                phrase(
                    "the image names no %(pdb)s with GUID %(guid)s and age %(age)s, which %(file)s is of.",
                    pdb=name,
                    guid=str(pdb["GUID"]),
                    age=str(age),
                    file=path.name,
                ),
                phrase("It holds Windows of another build")
                if memory.find(b"RSDS") >= 0
                else phrase("It holds no trace of Windows"),
            )
        )
