"""Files that somebody made to do harm: the verifier says what is wrong with them, and neither grows nor falls over."""

import io
import json
import random
import stat
import struct
import sys
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from hashlib import sha256

import pytest

from training.courses.moving import archive
from training.hosting.dossier import apart, verify

from .conftest import again

pytestmark = pytest.mark.any_database

Sealed = Callable[[], bytes]


def zipped(*entries: tuple[str, bytes], mode: int = 0, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w") as out:
        warnings.simplefilter("ignore")
        for name, data in entries:
            entry = zipfile.ZipInfo(name)
            entry.filename, entry.external_attr = name, mode << 16
            out.writestr(entry, data, packing)
    return made.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "../seal.json",
        "/etc/passwd",
        "a/../../b",
        "a//b",
        "a/",
        "C:\\b",
        "a:b",
        "a\nb",
        "\u202eb",
        ".",
        "x" * 300,
        "a/./b",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    (fault,) = verify.check(zipped((name, b"x")))
    assert fault.endswith("no file of a dossier has this name")
    assert fault.isprintable()


def test_a_name_that_ends_where_another_reader_goes_on_is_refused() -> None:
    data = zipped(("manifest.jsonXy", b"x")).replace(b"manifest.jsonXy", b"manifest.json\0y")
    assert verify.check(data) != []


@pytest.mark.parametrize("names", [("seal.json", "seal.json"), ("seal.json", "SEAL.json")])
def test_a_file_that_is_there_twice_is_refused(names: tuple[str, ...]) -> None:
    (fault,) = verify.check(zipped(*((name, b"x") for name in names)))
    assert fault.endswith("stands in the zip twice")


def test_links_and_other_ways_of_packing_are_refused() -> None:
    for data in (
        zipped(("seal.json", b"/etc/passwd"), mode=stat.S_IFLNK | 0o777),
        zipped(("seal.json", b"x"), packing=zipfile.ZIP_BZIP2),
        zipped(("seal.json", b"x"), packing=zipfile.ZIP_LZMA),
    ):
        (fault,) = verify.check(data)
        assert "is a link, encrypted, too large or packed in another way" in fault


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = zipped(("records/a.jsonl", bytes(verify.LARGEST + 1)))
    many = zipped(*((f"records/{n}.jsonl", bytes(60_000_000)) for n in range(5)))
    tracemalloc.start()
    (one,), (all_of_them,) = verify.check(bomb), verify.check(many)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "too large" in one
    assert all_of_them == "the zip has too many files, or too large ones"
    assert most < 8_000_000


def test_parts_share_one_limit() -> None:
    part = [zipped(("a", bytes(60_000_000)), ("b", bytes(60_000_000 + n))) for n in range(3)]
    merged = archive.write({f"{verify.PARTS}{sha256(one).hexdigest()}.zip": one for one in part})
    assert verify.check(merged) == ["the zip has too many files, or too large ones"]


def test_a_size_that_is_a_lie_is_refused() -> None:
    data = zipped(("seal.json", bytes(1_000_000)))
    lied = data.replace(struct.pack("<I", 1_000_000), struct.pack("<I", 10))
    assert lied != data
    (fault,) = verify.check(lied)
    assert "damaged" in fault or "not as long as" in fault


def test_an_endless_directory_and_bytes_after_the_end_are_refused(sealed: Sealed) -> None:
    data = sealed()
    assert verify.check(data + b"x")
    assert verify.check(b"x" + data)
    entry = zipped(("a", b""))
    at = entry.index(b"PK\x01\x02")
    entries = entry[at:-22] * 100_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(entries), at, 0)
    assert verify.check(entry[:at] + entries + end) == [
        "the zip has too many files, or its directory is not where its end says"
    ]
    far = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    assert verify.check(data[:-22] + far + data[-22:]) == ["this is no zip file, or it has something after its end"]


def test_deep_and_endless_json_is_a_fault_and_no_trace(sealed: Sealed) -> None:
    files = verify.unpacked(sealed())
    deep = b"[" * 200_000
    assert verify.check(archive.write({**files, "seal.json": deep}))
    assert verify.check(again({**files, "records/finding.jsonl": deep + b"\n"}))
    digits = b'{"id": "a", "row": ' + b"9" * (sys.get_int_max_str_digits() + 1) + b"}\n"
    assert verify.check(again({**files, "records/finding.jsonl": digits}))
    assert verify.check(again({**files, "audit.jsonl": b"\xff\n"}))
    assert verify.check(again({**files, "records/finding.jsonl": b"3\n"}))


def test_no_damage_of_a_file_makes_a_trace(sealed: Sealed) -> None:
    data, chance = sealed(), random.Random(11)  # noqa: S311 - the same places each time
    whole = verify.unpacked(data)
    for turn in range(300):
        other = bytearray(data)
        begin = 0 if turn % 2 else len(other) - 4000  # every second time in the directory
        for _ in range(chance.choice((1, 1, 3, 30))):
            other[chance.randrange(begin, len(other))] = chance.choice((0, 0xFF, chance.randrange(256)))
        told = verify.check(bytes(other))
        if not told:  # what changed is no content of a file, such as a time in the zip
            assert verify.unpacked(bytes(other)) == whole
    assert verify.check(b"") == verify.check(data[:-22]) == ["this is no zip file, or it has something after its end"]


def test_what_a_dossier_says_of_itself_is_not_repeated_where_its_seal_is_broken(sealed: Sealed) -> None:
    files = verify.unpacked(sealed())
    assert [one["session"] for one in apart.examined(verify, archive.write(files))["parts"]] != []
    claimed = {**json.loads(files["manifest.json"]), "session": "The minister's own"}
    found = apart.examined(verify, archive.write({**files, "manifest.json": json.dumps(claimed).encode()}))
    assert found["faults"]
    assert found["parts"] == []
