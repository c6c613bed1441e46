"""Archives that are just what is taken, beside those that are one step beyond; each refusal in full."""

import io
import stat
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from training.courses.moving import archive
from training.errors import Refused

CENTRAL = b"PK\x01\x02"
NO_ZIP = "This is not a zip file, or it has something after its end."
ELSEWHERE = "The directory of the archive is not where its end says; it is damaged or made up."
TOO_MANY = "The archive has more than 2,000 files."


@dataclass(frozen=True)
class Entry:
    """A file as it stands in an archive byte by byte; what is given as `local` differs before its data alone."""

    name: bytes = b"a.md"
    packed: bytes = b"text"
    size: int = 4
    crc: int = zlib.crc32(b"text")
    method: int = zipfile.ZIP_STORED
    flags: int = 0
    extra: bytes = b""
    comment: bytes = b""
    attributes: int = 0
    length: int | None = None
    """Of the packed data as the directory has it."""

    offset: int | None = None
    local_sign: bytes = archive.LOCAL
    local_name: bytes | None = None
    local_method: int | None = None
    local_flags: int | None = None


def stored(name: bytes, content: bytes, **given: int) -> Entry:
    return Entry(name, content, len(content), zlib.crc32(content), **given)  # type: ignore[arg-type]


def deflated(content: bytes, size: int | None = None, packed: bytes | None = None) -> Entry:
    packed = _deflate(content) if packed is None else packed
    size = len(content) if size is None else size
    return Entry(b"a.md", packed, size, zlib.crc32(content), zipfile.ZIP_DEFLATED)


def _deflate(content: bytes, end: int = zlib.Z_FINISH) -> bytes:
    engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return engine.compress(content) + engine.flush(end)


def archived(
    entries: Sequence[Entry],
    *,
    disks: tuple[int, int] = (0, 0),
    counts: tuple[int, int] | None = None,
    turned: bool = False,
) -> bytes:
    """An archive of these entries. `counts` are how many the end says that there are, `turned` is the directory."""
    data, rows = bytearray(), []
    for one in entries:
        length = len(one.packed) if one.length is None else one.length
        flags = one.flags if one.local_flags is None else one.local_flags
        method = one.method if one.local_method is None else one.local_method
        name = one.name if one.local_name is None else one.local_name
        sizes = (one.crc, length, one.size)
        offset = len(data) if one.offset is None else one.offset
        rest = (len(one.name), 0, len(one.comment), 0, 0, one.attributes, offset)
        row = struct.pack("<4sBBHHHHHIII", CENTRAL, 20, 3, 20, one.flags, one.method, 0, 33, *sizes)
        rows.append(row + struct.pack("<HHHHHII", *rest) + one.name + one.comment)
        data += struct.pack("<4sHHHHHIII", one.local_sign, 20, flags, method, 0, 33, *sizes)
        data += struct.pack("<HH", len(name), len(one.extra)) + name + one.extra + one.packed
    directory = b"".join(reversed(rows) if turned else rows)
    here, count = counts or (len(entries), len(entries))
    end = struct.pack("<4sHHHHIIH", archive.END, *disks, here, count, len(directory), len(data), 0)
    return bytes(data + directory + end)


def refusal(data: bytes) -> str:
    """Why an archive is refused."""
    with pytest.raises(Refused) as bad:
        archive.read(data)
    return bad.value.message


def test_our_archives_say_nothing_of_when_and_where_they_were_made_and_are_packed_as_tightly_as_can_be() -> None:
    text = "".join(f"{n} of {n * n % 97}\n" for n in range(2_000)).encode()
    with zipfile.ZipFile(io.BytesIO(archive.write({"b.md": text, "a.md": b""}))) as made:
        first, second = made.infolist()
    assert [first.filename, second.filename] == ["a.md", "b.md"]
    assert second.date_time == (1980, 1, 1, 0, 0, 0)
    assert (second.create_system, second.external_attr >> 16) == (3, stat.S_IFREG | 0o644)
    assert (second.compress_type, second.compress_size) == (zipfile.ZIP_DEFLATED, len(_deflate(text)))
    assert len(_deflate(text)) < len(zlib.compress(text, 6)) - 6, "else packing less tightly would not be noticed"


def test_an_archive_may_be_empty_or_of_files_that_are_not_packed() -> None:
    assert archive.read(archive.write({})) == {}
    assert archive.read(archived([])) == {}
    files = {"a.md": b"text", "b/c.md": b"", "b/d.md": b"more"}
    assert archive.read(archived([stored(name.encode(), content) for name, content in files.items()])) == files


def test_all_files_together_may_have_as_many_bytes_as_are_allowed() -> None:
    sixteen = [stored(b"f%d" % n, bytes(2_000_000)) for n in range(16)]
    found = archive.read(archived(sixteen))
    assert sum(len(content) for content in found.values()) == archive.LARGEST_TOTAL == 32_000_000
    assert refusal(archived([*sixteen, stored(b"g", b"1")])) == "The archive unpacks to more than 32,000,000 bytes."


def test_one_file_may_have_as_many_bytes_as_are_allowed() -> None:
    assert len(archive.read(archived([stored(b"f", bytes(2_000_000))]))["f"]) == 2_000_000
    assert refusal(archived([stored(b"f", bytes(2_000_001))])) == "f unpacks to more than 2,000,000 bytes."


def test_a_small_file_may_grow_as_it_likes_and_a_large_one_to_two_hundred_times_its_size() -> None:
    grows = "a.md grows to more than 200 times its size."
    assert len(archive.read(archived([deflated(bytes(20_000))]))["a.md"]) == 20_000
    assert refusal(archived([deflated(bytes(20_001))])) == grows
    size = next(200 * n for n in range(1_005, 1_010) if len(_padded(bytes(200 * n))) == n)
    content = bytes(size)
    assert archive.read(archived([deflated(content, packed=_padded(content))])) == {"a.md": content}
    assert refusal(archived([deflated(content, size + 1, packed=_padded(content))])) == grows


def _padded(content: bytes) -> bytes:
    """Packed to about a thousand bytes: behind the content stand blocks that are empty."""
    begun = _deflate(content, zlib.Z_SYNC_FLUSH)
    return begun + b"\0\0\0\xff\xff" * (200 - len(begun) // 5) + b"\1\0\0\xff\xff"


def test_as_many_files_are_read_as_are_allowed_even_with_the_longest_names_that_there_are() -> None:
    """2,000 names of 240 letters, each of two bytes: a directory can't be larger."""
    bits = str.maketrans("01", "дж")
    names = [f"{n:011b}".translate(bits) + "я" * (archive.LONGEST_NAME - 11) for n in range(archive.MOST_FILES)]
    entries = [Entry(name.encode(), b"", 0, 0, flags=0x800) for name in names]
    assert list(archive.read(archived(entries))) == names
    commented = Entry(names[-1].encode(), b"", 0, 0, flags=0x800, comment=b"1")
    assert refusal(archived([*entries[:-1], commented])) == TOO_MANY
    few = [Entry(b"%d" % n, b"", 0, 0) for n in range(archive.MOST_FILES + 1)]
    assert len(archive.read(archived(few[:-1]))) == 2_000
    assert refusal(archived(few)) == TOO_MANY


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", NO_ZIP),
        (archived([])[1:], NO_ZIP),
        (b"no zip, and longer than the end of one", NO_ZIP),
        (archived([Entry()]) + b"\0", NO_ZIP),
        (archived([Entry()], disks=(1, 0)), ELSEWHERE),
        (archived([Entry()], disks=(0, 1)), ELSEWHERE),
        (archived([Entry()], counts=(0, 1)), ELSEWHERE),
        (archived([Entry()], counts=(1, 0)), ELSEWHERE),
        (archived([Entry()], counts=(2, 2)), ELSEWHERE),
        (archived([Entry(), Entry(b"b.md")], counts=(1, 1)), ELSEWHERE),
        (archived([Entry()], counts=(40_000, 40_000)), TOO_MANY),
        (b"\0" + archived([Entry()]), ELSEWHERE),
        (archived([Entry()])[1:], ELSEWHERE),
    ],
    ids=range(13),
)
def test_what_is_wrong_with_the_end_of_an_archive_is_said(data: bytes, why: str) -> None:
    assert refusal(data) == why


LEADS_OUT = "the name leads out of the archive, or is that of a folder."
UNFIT = "the name holds a character that no file here may have."


@pytest.mark.parametrize(
    ("name", "why"),
    [
        *((name, f"{name}: {LEADS_OUT}") for name in ("/a", "../a", "a/../b", "a//b", "a/", "./a", "a/.", "a.", "a ")),
        *((f"a{sign}b", f"a{sign}b: {UNFIT}") for sign in '\\:*?"<>|'),
        ("", f"-: {LEADS_OUT}"),
        ("a\nb\x7f", f"a?b?: {UNFIT}"),
        ("a\u202eb", f"a?b: {UNFIT}"),
        ("e\u0301", "e\u0301: the letters of the name are not composed (Unicode NFC)."),
        ("X" * 241, f"{'X' * 80}: the name is longer than 240 characters."),
        ("X" * 100 + ".", f"{'X' * 80}: {LEADS_OUT}"),
    ],
)
def test_a_name_that_is_refused_is_shown_as_far_as_it_can_be(name: str, why: str) -> None:
    assert refusal(archived([Entry(), Entry(name.encode(), flags=0x800)])) == why


@pytest.mark.parametrize("name", ["X/XaX.X", "a..b", ".a", "x" * 240, "é.md", "a b/c d", "中/ж.md", "A-Z_(1)'&#%"])
def test_names_that_lead_nowhere_else_are_taken(name: str) -> None:
    assert archive.read(archived([Entry(name.encode(), flags=0x800)])) == {name: b"text"}


def test_a_name_is_read_as_old_programs_write_it() -> None:
    """Without the flag of Unicode its bytes are of code page 437."""
    assert archive.read(archived([Entry("é.md".encode("cp437"))])) == {"é.md": b"text"}


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (("a", "b", "b"), "b stands in the archive twice."),
        (("b", "b", "a", "a"), "b stands in the archive twice."),
        (("x", "a/Index.md", "A/index.md"), "a/Index.md and A/index.md are one file on some computers."),
        (("straße", "STRASSE"), "straße and STRASSE are one file on some computers."),
        (("a/b/c", "a/B"), "a/B is a file and a folder at once."),
        (("a", "A/b/c"), "a is a file and a folder at once."),
    ],
)
def test_two_files_of_one_name_are_named(names: tuple[str, ...], why: str) -> None:
    assert refusal(archived([Entry(name.encode(), flags=0x800) for name in names])) == why


def test_folders_with_like_names_are_none_of_one_file() -> None:
    names = ["a/b/c", "a/b/d", "a/c", "b", "ab"]
    assert list(archive.read(archived([Entry(name.encode()) for name in names]))) == names


DIFFERS = "a.md: what stands before it differs from the directory."
DAMAGED = "a.md is damaged: unpacked it is not what the archive says."
STRANGE = "a.md is encrypted, or packed in a way that is not read here."
BEFORE_END = len(archived([Entry()])) - archive.END_SIZE
"""Where the end of an archive of one entry begins."""

DATA = archive.LOCAL_SIZE + len(b"a.md")
"""Where the data of its entry begins."""


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (Entry(local_sign=b"PK\x03\x05"), DIFFERS),
        (Entry(local_name=b"b.md"), DIFFERS),
        (Entry(local_method=zipfile.ZIP_DEFLATED), DIFFERS),
        (Entry(local_flags=8), DIFFERS),
        (Entry(offset=1), DIFFERS),
        (Entry(offset=BEFORE_END), DIFFERS),
        (Entry(offset=BEFORE_END - archive.LOCAL_SIZE), DIFFERS),
        (Entry(offset=0xFFFFFFF0), DIFFERS),
        (Entry(comment=archive.LOCAL, offset=BEFORE_END), DIFFERS),
        (Entry(comment=archive.LOCAL + b"123", offset=BEFORE_END), DIFFERS),
        (Entry(length=BEFORE_END - DATA, size=BEFORE_END - DATA), DAMAGED),
        (Entry(length=BEFORE_END - DATA + 1, size=BEFORE_END - DATA + 1), DIFFERS),
        (Entry(length=100_000, size=100_000), DIFFERS),
        (Entry(crc=1), DAMAGED),
        (Entry(size=3), DAMAGED),
        (Entry(size=5), DAMAGED),
        (Entry(length=3), DAMAGED),
        (Entry(flags=1), STRANGE),
        (Entry(method=zipfile.ZIP_BZIP2), STRANGE),
        (Entry(method=0x8008), STRANGE),
        (Entry(attributes=(stat.S_IFLNK | 0o777) << 16), "a.md is a link or a device, not a file."),
    ],
    ids=range(21),
)
def test_what_is_wrong_with_an_entry_is_said_with_its_name(entry: Entry, why: str) -> None:
    assert refusal(archived([entry])) == why


def test_what_stands_between_a_name_and_its_data_is_passed_over() -> None:
    files = [Entry(extra=bytes(40_000)), Entry(b"b.md", extra=b"1234", flags=0x8000)]
    assert archive.read(archived(files)) == {"a.md": b"text", "b.md": b"text"}


def test_entries_in_another_order_than_their_data_are_read_and_none_begins_within_another() -> None:
    entries = [stored(b"a.md", b"text"), stored(b"b.md", b"more"), stored(b"c.md", b"much")]
    found = archive.read(archived(entries, turned=True))
    assert list(found.items()) == [("c.md", b"much"), ("b.md", b"more"), ("a.md", b"text")]
    longer = Entry(b"a.md", b"text", 5, zlib.crc32(b"textP"), length=5)
    for turned in (False, True):
        assert refusal(archived([longer, *entries[1:]], turned=turned)) == "b.md shares its bytes with another file."


PACKED = b"packed " * 100


@pytest.mark.parametrize("content", [b"", b"p", PACKED, PACKED * 28], ids=range(4))
def test_packed_data_is_unpacked(content: bytes) -> None:
    assert archive.read(archived([deflated(content)])) == {"a.md": content}


@pytest.mark.parametrize(
    "entry",
    [
        deflated(PACKED, packed=_deflate(PACKED, zlib.Z_SYNC_FLUSH)),
        deflated(PACKED, packed=_deflate(PACKED) + b"\0"),
        deflated(PACKED, packed=b"\xff" * 20),
        deflated(b"", packed=b"\xff" * 20),
        deflated(PACKED, size=len(PACKED) - 1),
        deflated(PACKED, size=len(PACKED) + 1),
        deflated(PACKED, packed=_deflate(PACKED.upper())),
    ],
    ids=["no end", "more behind its end", "noise", "noise of nothing", "longer", "shorter", "another content"],
)
def test_packed_data_that_is_not_whole_or_not_alone_is_refused(entry: Entry) -> None:
    assert refusal(archived([entry])) == DAMAGED


def test_a_bomb_that_calls_itself_small_takes_no_memory() -> None:
    data = archived([deflated(bytes(20_000_000), size=1)])
    tracemalloc.start()
    try:
        assert refusal(data) == DAMAGED
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
