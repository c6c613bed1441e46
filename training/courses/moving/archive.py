"""Zip files from elsewhere, read as if an attacker had made them; and our own, the same bytes for the same files.

The format is PKWARE's APPNOTE 6.3. Nothing is ever written to a folder from here: files come back in memory, under the
limits, so that no name in an archive can lead anywhere.
"""

import io
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from training.errors import Refused
from training.sentence import Sentence, phrase

MOST_FILES = 2_000
LARGEST_FILE = 2_000_000  # bytes of one file, unpacked
LARGEST_TOTAL = 32_000_000  # bytes of all files, unpacked
STEEPEST, SMALL = 200, 20_000  # times that a file may grow when it is unpacked; below so many bytes it doesn't matter
LONGEST_NAME = 240
END, LOCAL = b"PK\x05\x06", b"PK\x03\x04"
END_SIZE, LOCAL_SIZE, CENTRAL_SIZE = 22, 30, 46
ENCRYPTED = 0x1
THEN = (1980, 1, 1, 0, 0, 0)  # the first day that a zip file knows
MODE = (stat.S_IFREG | 0o644) << 16
UNIX = 3


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the bytes of an entry lie: from its local header to the end of its data."""

    begin: int
    data: int
    end: int


def write(files: Mapping[str, bytes]) -> bytes:
    """A zip file of these files in the order of their names, without a time: the same files give the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, THEN)
            entry.create_system, entry.external_attr = UNIX, MODE
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED, 9)
    return made.getvalue()


def read(data: bytes) -> dict[str, bytes]:
    """The files of an archive by name.

    Raises Refused at the first thing that an honest archive has not, with the name of the entry.
    """
    entries = _entries(data)
    _check_names(entries)
    places = _places(data, entries)
    total = 0
    found: dict[str, bytes] = {}
    for entry, place in zip(entries, places, strict=True):
        _check_entry(entry)
        total += entry.file_size
        if total > LARGEST_TOTAL:
            raise Refused(phrase("The archive unpacks to more than %(most)s bytes.", most=LARGEST_TOTAL))
        found[entry.filename] = _unpacked(entry, data[place.data : place.end])
    return found


def _entries(data: bytes) -> list[zipfile.ZipInfo]:
    """The directory of the archive, after its end was looked at: a directory may be made to be endless."""
    end = len(data) - END_SIZE
    if end < 0 or data[end : end + 4] != END:
        raise Refused(phrase("This is not a zip file, or it has something after its end."))
    disks = struct.unpack_from("<HH", data, end + 4)
    here, count, size, offset = struct.unpack_from("<HHII", data, end + 8)
    if any(disks) or here != count or offset + size != end:
        raise Refused(phrase("The directory of the archive is not where its end says; it is damaged or made up."))
    if count > MOST_FILES or size > MOST_FILES * (CENTRAL_SIZE + 2 * LONGEST_NAME):
        raise Refused(phrase("The archive has more than %(most)s files.", most=MOST_FILES))
    try:
        entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, EOFError):
        raise Refused(phrase("The directory of the archive can't be read; it is damaged.")) from None
    if len(entries) != count:
        raise Refused(phrase("The directory of the archive is not where its end says; it is damaged or made up."))
    return entries


def _check_names(entries: list[zipfile.ZipInfo]) -> None:
    taken: dict[str, str] = {}
    folders: set[str] = set()
    for entry in entries:
        if fault := _name_fault(entry):
            raise Refused(fault)
        name = entry.filename
        twin = taken.setdefault(name.casefold(), name)
        if twin != name:
            raise Refused(phrase("%(one)s and %(other)s are one file on some computers.", one=twin, other=name))
        parts = name.casefold().split("/")
        folders.update("/".join(parts[:n]) for n in range(1, len(parts)))
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names):
        double = next(name for name in names if names.count(name) > 1)
        raise Refused(phrase("%(name)s stands in the archive twice.", name=double))
    if both := folders & taken.keys():
        raise Refused(phrase("%(name)s is a file and a folder at once.", name=taken[min(both)]))


def _name_fault(entry: zipfile.ZipInfo) -> Sentence | None:
    name = entry.orig_filename
    shown = "".join(one if one.isprintable() else "?" for one in name)[:80] or "-"
    if len(name) > LONGEST_NAME:
        return phrase("%(name)s: the name is longer than %(most)s characters.", name=shown, most=LONGEST_NAME)
    bad = any(not one.isprintable() for one in name) or any(one in name for one in '\\:*?"<>|')
    if bad or name != entry.filename:
        return phrase("%(name)s: the name holds a character that no file here may have.", name=shown)
    if unicodedata.normalize("NFC", name) != name:
        return phrase("%(name)s: the letters of the name are not composed (Unicode NFC).", name=shown)
    if name.startswith("/") or any(part in {"", ".", ".."} or part[-1] in ". " for part in name.split("/")):
        return phrase("%(name)s: the name leads out of the archive, or is that of a folder.", name=shown)
    return None


def _check_entry(entry: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        raise Refused(phrase("%(name)s is a link or a device, not a file.", name=entry.filename))
    if entry.flag_bits & ENCRYPTED or entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise Refused(phrase("%(name)s is encrypted, or packed in a way that is not read here.", name=entry.filename))
    if entry.file_size > LARGEST_FILE:
        raise Refused(phrase("%(name)s unpacks to more than %(most)s bytes.", name=entry.filename, most=LARGEST_FILE))
    if entry.file_size > max(SMALL, STEEPEST * entry.compress_size):
        raise Refused(phrase("%(name)s grows to more than %(n)s times its size.", name=entry.filename, n=STEEPEST))


def _places(data: bytes, entries: list[zipfile.ZipInfo]) -> list[_Place]:
    """Where each entry lies, as its local header says. None may share bytes with another: so bombs multiply."""
    found = [_place(data, entry) for entry in entries]
    before = None
    for place, entry in sorted(zip(found, entries, strict=True), key=lambda pair: pair[0].begin):
        if before is not None and place.begin < before.end:
            raise Refused(phrase("%(name)s shares its bytes with another file.", name=entry.filename))
        before = place
    return found


def _place(data: bytes, entry: zipfile.ZipInfo) -> _Place:
    begin, end = entry.header_offset, len(data) - END_SIZE
    fits = 0 <= begin <= end - LOCAL_SIZE and data[begin : begin + 4] == LOCAL
    if fits:
        flags, method = struct.unpack_from("<HH", data, begin + 6)
        length, extra = struct.unpack_from("<HH", data, begin + 26)
        name = data[begin + LOCAL_SIZE : begin + LOCAL_SIZE + length]
        start = begin + LOCAL_SIZE + length + extra
        same = name in _spellings(entry) and (flags, method) == (entry.flag_bits, entry.compress_type)
        if same and start + entry.compress_size <= end:
            return _Place(begin, start, start + entry.compress_size)
    raise Refused(phrase("%(name)s: what stands before it differs from the directory.", name=entry.filename))


def _spellings(entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes that a name may have in the archive."""
    yield entry.filename.encode()
    try:
        yield entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return


def _unpacked(entry: zipfile.ZipInfo, packed: bytes) -> bytes:
    """The bytes of a file: never more than it says that it has, whatever is packed."""
    whole = True
    if entry.compress_type == zipfile.ZIP_DEFLATED:
        engine = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = engine.decompress(packed, entry.file_size + 1)
        except zlib.error:
            content, whole = b"", False
        whole = whole and engine.eof and not engine.unused_data
    else:
        content = packed
    if not whole or len(content) != entry.file_size or zlib.crc32(content) != entry.CRC:
        raise Refused(phrase("%(name)s is damaged: unpacked it is not what the archive says.", name=entry.filename))
    return content
