"""Archives as attackers make them."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.courses.moving import archive
from training.errors import Refused

Make = Callable[[zipfile.ZipFile], object]


def zipped(*names: str, make: Make | None = None, content: bytes = b"text") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        if make:
            make(file)
    return made.getvalue()


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}/[a-z]{1,8}\.md", fullmatch=True), st.binary(max_size=4_000), min_size=1, max_size=8
    )
)
def test_what_is_written_is_read_again(files: dict[str, bytes]) -> None:
    made = archive.write(files)
    assert archive.read(made) == files
    assert archive.write(dict(reversed(files.items()))) == made


@pytest.mark.parametrize(
    "name",
    [
        *("/etc/passwd", "../outside", "a/../../b", "a//b", "./a", "a/.", "C:/a", "C:a", "a\\b", "..\\b", "a/", "a."),
        *("a /b", "a\x00.md", "a\n", "a\u202e", "e\u0301.md", "x" * 300, "a/\x7f", "", "NUL?", "a|b"),
    ],
)
def test_a_name_that_leads_out_or_misleads_is_refused(name: str) -> None:
    with pytest.raises(Refused, match=r"name|directory"):
        archive.read(_named(name))


def _named(name: str) -> bytes:
    """An archive with one entry of any name: the library would tidy it up."""
    made = zipped("q" * max(1, len(name.encode())))
    raw = name.encode() or b"q"
    made = made.replace(b"q" * len(raw), raw)
    if not name:
        return _patched(_patched(made, archive.LOCAL, 26, b"\0\0"), b"PK\x01\x02", 28, b"\0\0")
    if not name.isascii():
        made = _patched(_patched(made, archive.LOCAL, 6, b"\0\x08"), b"PK\x01\x02", 8, b"\0\x08")
    return made


def _patched(data: bytes, sign: bytes, at: int, new: bytes) -> bytes:
    place = data.index(sign) + at
    return data[:place] + new + data[place + len(new) :]


def test_twins_are_refused() -> None:
    with pytest.raises(Refused, match="one file on some computers"):
        archive.read(zipped("a/Index.md", "A/index.md"))
    with pytest.warns(UserWarning, match="Duplicate"), pytest.raises(Refused, match="twice"):
        archive.read(zipped("a.md", "a.md"))
    with pytest.raises(Refused, match="a file and a folder"):
        archive.read(zipped("a", "A/b"))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO, stat.S_IFBLK])
def test_links_and_devices_are_refused(kind: int) -> None:
    entry = zipfile.ZipInfo("a")
    entry.external_attr = (kind | 0o777) << 16
    with pytest.raises(Refused, match="a link or a device"):
        archive.read(zipped(make=lambda file: file.writestr(entry, "/etc/passwd")))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(Refused, match="grows to more than 200 times"):
        archive.read(zipped("zero", content=bytes(1_900_000)))
    with pytest.raises(Refused, match="unpacks to more than 2,000,000 bytes"):
        archive.read(zipped("large", content=bytes(2_000_001)))
    noise = b"".join(zlib.crc32(bytes([n % 256, n // 256])).to_bytes(4, "big") for n in range(60_000))
    with pytest.raises(Refused, match="more than 32,000,000 bytes"):
        archive.read(zipped(*(f"f{n}" for n in range(17)), content=(noise * 9)[:1_990_000]))


def test_more_entries_than_allowed_are_refused_without_reading_them() -> None:
    made = zipped(*(f"f{n}" for n in range(2_001)), content=b"")
    with pytest.raises(Refused, match="more than 2,000 files"):
        archive.read(made)
    lying = made[:-14] + struct.pack("<HH", 5, 5) + made[-10:]
    with pytest.raises(Refused):
        archive.read(lying)


def test_a_directory_that_is_made_to_be_endless_is_refused_unread() -> None:
    entry = b"PK\x01\x02" + bytes(42)
    directory = entry * 300_000
    end = archive.END + struct.pack("<HHHHIIH", 0, 0, 5, 5, len(directory), 0, 0)
    with pytest.raises(Refused, match="more than 2,000 files"):
        archive.read(directory + end)


def test_overlapping_entries_are_refused() -> None:
    """Two names for one piece of packed data: each small, together without bound."""
    made = zipped("a.md", "b.md", content=bytes(range(256)) * 40)
    second = made.index(archive.LOCAL, 4)
    swapped = made.replace(b"b.md", b"a.md", 1)  # the local header of the second now names the first
    directory = swapped.index(b"PK\x01\x02")
    both = swapped[:directory] + swapped[directory:].replace(struct.pack("<I", second), struct.pack("<I", 0))
    with pytest.raises(Refused):
        archive.read(both)
    inside = made[:directory] + made[directory:].replace(struct.pack("<I", second), struct.pack("<I", 1))
    with pytest.raises(Refused, match="differs from the directory"):
        archive.read(inside)


def test_an_entry_inside_another_is_refused() -> None:
    inner = zipped("a.md")
    made = zipped(make=lambda file: file.writestr(zipfile.ZipInfo("outer"), inner, zipfile.ZIP_STORED))
    directory = made.index(b"PK\x01\x02", made.rindex(b"PK\x05\x06") - 60)
    begin = made.index(archive.LOCAL, 4)
    record = bytearray(inner[inner.index(b"PK\x01\x02") : inner.rindex(archive.END)])
    record[42:46] = struct.pack("<I", begin)
    size = len(made) - archive.END_SIZE - directory + len(record)
    end = archive.END + struct.pack("<HHHHIIH", 0, 0, 2, 2, size, directory, 0)
    with pytest.raises(Refused, match="shares its bytes"):
        archive.read(made[: -archive.END_SIZE] + bytes(record) + end)


@pytest.mark.parametrize("size", [0, 3, 5, 1_000, 0xFFFFFFFF])
def test_a_size_that_lies_is_refused(size: int) -> None:
    lying = _patched(zipped("a.md"), b"PK\x01\x02", 24, struct.pack("<I", size))
    with pytest.raises(Refused):
        archive.read(lying)


@pytest.mark.parametrize("at", [20, 24, 42])
def test_zip64_is_not_believed(at: int) -> None:
    made = _patched(zipped("a.md"), b"PK\x01\x02", at, b"\xff\xff\xff\xff")
    with pytest.raises(Refused):
        archive.read(made)


def test_what_stands_around_an_archive_is_refused() -> None:
    made = zipped("a.md")
    for other in (b"MZ" + made, made + b"<html>", made[:-1], made[4:], b"", made[: len(made) // 2]):
        with pytest.raises(Refused):
            archive.read(other)


def test_a_wrong_checksum_is_refused_by_name() -> None:
    made = _patched(zipped("a.md"), b"PK\x01\x02", 16, b"\0\0\0\0")
    with pytest.raises(Refused, match=r"a\.md is damaged"):
        archive.read(made)


def test_encrypted_and_strangely_packed_files_are_refused() -> None:
    encrypted = zipped("a.md")
    for sign, at in ((archive.LOCAL, 6), (b"PK\x01\x02", 8)):
        encrypted = _patched(encrypted, sign, at, b"\1\0")
    with pytest.raises(Refused, match="encrypted"):
        archive.read(encrypted)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_BZIP2) as file:
        file.writestr("a.md", b"text")
    with pytest.raises(Refused, match="packed in a way"):
        archive.read(packed.getvalue())


@given(st.binary(max_size=400), st.integers(0, 200), st.integers(0, 255))
def test_damage_is_refused_or_changes_nothing(noise: bytes, at: int, byte: int) -> None:
    with pytest.raises(Refused):
        archive.read(noise)
    made = archive.write({"a/b.md": b"The text of a file that is long enough to be packed, packed, packed."})
    damaged = bytearray(made)
    damaged[at % len(made)] = byte
    try:
        found = archive.read(bytes(damaged))
    except Refused:
        return
    assert list(found.values()) == list(archive.read(made).values())
