"""BTF out of a kernel image: every compression that Python knows, and what is refused."""

import bz2
import gzip
import lzma
import random
import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from training.errors import Refused
from training.forge import pack
from training.forge.linux import kernel

PACK = Path(__file__).parents[4] / "labs" / "exhibits" / "finance-workstation-a"
KERNEL = pack.locate(PACK, pack.Role.KERNEL)[0]
BTF = b"\x9f\xeb\x01" + bytes(61)


def elf(*sections: tuple[str, bytes]) -> bytes:
    """A 64-bit ELF file of some sections, its table of sections last."""
    names, content, headers = b"\0", b"", [bytes(64)]
    for label, data in sections:
        headers.append(struct.pack("<IIQQQQ", len(names), 1, 0, 0, 64 + len(content), len(data)) + bytes(24))
        names, content = names + label.encode() + b"\0", content + data
    headers.append(struct.pack("<IIQQQQ", 0, 3, 0, 0, 64 + len(content), len(names)) + bytes(24))
    content += names
    head = b"\x7fELF\x02\x01" + bytes(34) + struct.pack("<Q", 64 + len(content)) + bytes(10)
    return head + struct.pack("<HHH", 64, len(headers), len(headers) - 1) + content + b"".join(headers)


def image(packed: bytes, *, length: int | None = None) -> bytes:
    """A kernel image around a compressed part."""
    header = bytearray(1024)
    header[0x1F1], header[0x202:0x206] = 1, b"HdrS"
    struct.pack_into("<II", header, 0x248, 0, len(packed) if length is None else length)
    return bytes(header) + packed


WHOLE = elf((".text", bytes(100)), (".BTF_ids", bytes(8)), (".BTF", BTF))
SIZE = struct.pack("<I", len(WHOLE))  # the kernel's build puts it behind
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE, preset=0),
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "zstd": zstandard.compress,
}


@pytest.fixture
def asked(tmp_path: Path) -> Callable[[bytes], bytes]:
    def ask(content: bytes) -> bytes:
        (tmp_path / "vmlinuz").write_bytes(content)
        return kernel.btf(tmp_path / "vmlinuz")

    return ask


@pytest.mark.parametrize("name", PACKERS)
def test_every_compression_is_unpacked(asked: Callable[[bytes], bytes], name: str) -> None:
    assert asked(image(PACKERS[name](WHOLE) + SIZE)) == BTF


@pytest.mark.parametrize("name", PACKERS)
def test_a_compressed_part_that_breaks_off_is_refused(asked: Callable[[bytes], bytes], name: str) -> None:
    noise = random.Random(1).randbytes(300_000)  # noqa: S311 - noise, no secret
    packed = PACKERS[name](elf((".BTF", BTF), (".text", noise)))
    for length in (len(packed) // 2, len(packed) - 3):
        with pytest.raises(Refused, match=r"vmlinuz: .*(breaks off|cannot be read)"):
            asked(image(packed[:length]))


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_a_part_without_measure_is_refused(
    asked: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(kernel, "LARGEST_KERNEL", 1 << 20)
    with pytest.raises(Refused, match="breaks off, or is larger than 1048576 bytes"):
        asked(image(PACKERS[name](WHOLE + bytes(4 << 20))))


def test_the_real_kernel_has_types_and_a_version() -> None:
    assert kernel.btf(KERNEL)[:2] == b"\x9f\xeb"
    assert re.fullmatch(
        r"6\.12\.118\+deb13-cloud-amd64 \(\S+\) #1 SMP .* Debian 6\.12\.118-1 \(\S+\)", kernel.version(KERNEL)
    )


@pytest.mark.parametrize("at", [0, 0x80, 0xFFFF])
def test_a_kernel_that_does_not_say_its_version_is_refused(tmp_path: Path, at: int) -> None:
    content = bytearray(image(b""))
    struct.pack_into("<H", content, 0x20E, at)
    (tmp_path / "vmlinuz").write_bytes(content)
    with pytest.raises(Refused, match="vmlinuz: does not say which version it is"):
        kernel.version(tmp_path / "vmlinuz")


WRONG = {
    "nothing": (b"", "not a Linux x86 kernel image"),
    "zeros": (bytes(4096), "not a Linux x86 kernel image"),
    "half a header": (image(b"")[:0x210], "not a Linux x86 kernel image"),
    "half of it": (image(b"\x1f\x8b", length=99), "cut off: its compressed part ends at byte 1123, the file at 1026"),
    "lz4": (image(b"\x02\x21\x4c\x18" + bytes(20)), r"not known here \(it starts with 02214c180000\)"),
    "no ELF file": (image(gzip.compress(b"#!/bin/sh")), "no 64-bit ELF file"),
    "an ELF file of 32 bits": (image(gzip.compress(b"\x7fELF\x01\x01" + bytes(99))), "no 64-bit ELF file"),
    "an ELF file's head": (image(gzip.compress(WHOLE[:50])), "ELF file in it is damaged"),
    "an ELF file without its end": (image(gzip.compress(WHOLE[:-70])), "ELF file in it is damaged"),
    "a table beyond all measure": (
        image(gzip.compress(WHOLE[:40] + b"\xff" * 8 + WHOLE[48:])), "ELF file in it is damaged"),
    "no BTF": (image(gzip.compress(elf((".text", bytes(9)), (".BTF_ids", bytes(9))))), "no section .BTF"),
    "damaged gzip": (image(b"\x1f\x8b" + bytes(40)), "cannot be read"),
    "damaged xz": (image(b"\xfd7zXZ\0" + bytes(40)), "cannot be read"),
    "damaged zstd": (image(b"\x28\xb5\x2f\xfd" + b"\xff" * 40), "cannot be read"),
    "damaged bzip2": (image(b"BZh9" + bytes(40)), "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_kernel_is_refused_by_name(asked: Callable[[bytes], bytes], what: str) -> None:
    content, why = WRONG[what]
    with pytest.raises(Refused, match=rf"vmlinuz: .*{why}"):
        asked(content)


def test_an_image_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "vmlinuz").open("wb") as file:
        file.truncate(kernel.LARGEST_IMAGE + 1)
    with pytest.raises(Refused, match="larger than a kernel image may be"):
        kernel.btf(tmp_path / "vmlinuz")


@try_examples(200)
@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=8))
def test_an_elf_file_changed_anywhere_ends_in_a_refusal_or_in_bytes(
    asked: Callable[[bytes], bytes], at: int, new: bytes
) -> None:
    changed = bytearray(WHOLE)
    changed[at : at + len(new)] = new
    try:
        assert len(asked(image(zstandard.compress(bytes(changed))))) <= len(changed)
    except Refused as refused:
        assert "vmlinuz: " in refused.message  # noqa: PT017 - either will do
