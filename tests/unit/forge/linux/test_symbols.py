"""The symbol file against one made from debug information of the same kernel, where that's at hand."""

import json
import lzma
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from training.errors import Refused
from training.forge.linux import btf, kernel, symbols
from training.forge.linux.btf import Btf, Kind

ROOT = Path(__file__).parents[4]
KERNEL = ROOT / "labs" / "exhibits" / "finance-workstation-a" / "vmlinuz"
REFERENCE = ROOT.parent / "shared" / "spikes" / "linux_forge" / "reference-symbols"


@pytest.fixture(scope="module")
def types() -> Btf:
    return Btf(kernel.btf(KERNEL))


@pytest.fixture(scope="module")
def isf(types: Btf) -> symbols.Isf:
    return symbols.Isf(types)


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    found = sorted(REFERENCE.glob("*-dwarf.json.xz"))
    if not found:
        pytest.skip("the reference made from debug information is not beside this repository: nothing to compare with")
    document: dict[str, Any] = json.loads(lzma.decompress(found[0].read_bytes()))
    return document


def small(*parts: bytes, strings: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(body), len(body), len(strings)) + body + strings


def head(name: int, kind: Kind, size: int, count: int = 0, *, flag: bool = False) -> bytes:
    return struct.pack("<III", name, int(kind) << 24 | count | flag << 31, size)


def test_the_real_kernel_has_its_great_structs(isf: symbols.Isf) -> None:
    assert len(isf.user) > 11_000
    assert len(isf.enums) > 2_000
    assert isf.user["task_struct"]["fields"]["comm"]["type"]["count"] == 16
    assert isf.user["list_head"]["size"] == 16
    assert isf.timekeeper_core() is not None


def test_a_typedef_name_stands_where_the_kernel_uses_it(isf: symbols.Isf) -> None:
    assert isf.user["cred"]["fields"]["cap_effective"]["type"] == {"kind": "struct", "name": "kernel_cap_t"}
    assert isf.user["kernel_cap_t"]["size"] == 8
    assert isf.user["pfn_t"]["size"] == 8


def test_every_type_that_is_referred_to_exists(isf: symbols.Isf) -> None:
    def names(value: Any) -> Iterator[tuple[str, str]]:
        if isinstance(value, dict):
            if value.get("kind") in ("struct", "union", "enum", "base") and "name" in value:
                yield value["kind"], value["name"]
            for each in value.values():
                yield from names(each)

    known = {"base": isf.base, "enum": isf.enums, "struct": isf.user, "union": isf.user}
    missing = {(kind, name) for kind, name in names(isf.user) if name not in known[kind]}
    opaque = {name for kind, name in missing if kind in ("struct", "union")}
    assert {kind for kind, _ in missing} <= {"struct", "union"}
    assert len(opaque) < 400  # declared in the kernel's headers, never defined: only pointers lead to them


def test_sizes_and_places_agree_with_debug_information(isf: symbols.Isf, reference: dict[str, Any]) -> None:
    shared = [name for name in reference["user_types"] if name in isf.user and not name.startswith("unnamed")]
    other_size = [name for name in shared if reference["user_types"][name]["size"] != isf.user[name]["size"]]
    assert len(shared) > 8_700
    assert len(other_size) <= 8, other_size  # names that the kernel gives to two structs each

    def bit(field: dict[str, Any]) -> tuple[int, int]:
        kind = field["type"]
        return 8 * field["offset"] + kind.get("bit_position", 0), kind.get("bit_length", 0)

    compared, apart = 0, []
    for name in set(shared) - set(other_size):
        own = isf.user[name]["fields"]
        for label, field in reference["user_types"][name]["fields"].items():
            if label in own and not label.startswith("unnamed"):
                compared += 1
                if bit(own[label]) != bit(field):
                    apart.append((name, label))
    assert compared > 50_000
    assert len(apart) <= 5, apart


def test_enumerations_agree_with_debug_information(isf: symbols.Isf, reference: dict[str, Any]) -> None:
    shared = [name for name in reference["enums"] if name in isf.enums and not name.startswith("unnamed")]
    apart = [name for name in shared if reference["enums"][name]["constants"] != isf.enums[name]["constants"]]
    assert len(shared) > 1_300
    assert len(apart) <= 3, apart  # two of one name, and values above 63 bits


def test_all_declared_globals_name_types_that_exist(isf: symbols.Isf) -> None:
    declared = json.loads(symbols.TYPES_OF_GLOBALS.read_text(encoding="utf-8"))
    document = symbols.make(isf._btf, dict.fromkeys(declared, 1) | {"linux_banner": 1}, b"Linux version 6")
    untyped = [name for name in declared if document["symbols"][name]["type"] == symbols.VOID]
    assert len(declared) > 60
    assert untyped == []
    assert document["symbols"]["registered_fb"]["type"]["count"] == 32


def test_a_bit_field_an_anonymous_union_and_a_wide_enumeration() -> None:
    strings = b"\0int\0flags\0low\0high\0big\0HUGE\0word\0"
    at = {word: strings.index(word.encode() + b"\0") for word in ("int", "flags", "low", "high", "big", "HUGE", "word")}
    block = small(
        head(at["int"], Kind.INT, 4) + struct.pack("<I", 1 << 24 | 32),
        head(0, Kind.UNION, 4, 1) + struct.pack("<III", at["word"], 1, 0),
        head(at["flags"], Kind.STRUCT, 8, 3, flag=True)
        + struct.pack("<III", at["low"], 1, 3 << 24 | 0)
        + struct.pack("<III", at["high"], 1, 5 << 24 | 35)
        + struct.pack("<III", 0, 2, 32),
        head(at["big"], Kind.ENUM64, 8, 1) + struct.pack("<IQ", at["HUGE"], 1 << 63),
        strings=strings,
    )
    made = symbols.Isf(Btf(block))
    fields = made.user["flags"]["fields"]
    assert fields["high"]["offset"] == 4
    assert fields["high"]["type"]["bit_position"] == 3
    assert fields["high"]["type"]["bit_length"] == 5
    assert fields["unnamed_field_4"] == {"type": {"kind": "union", "name": "unnamed_2"}, "offset": 4, "anonymous": True}
    assert made.enums["big"]["constants"] == {"HUGE": 1 << 63}
    assert made.enums["big"]["size"] == 8


def test_two_typedefs_of_alike_structs_stay_apart() -> None:
    strings = b"\0int\0val\0cap_t\0pfn_t\0user\0cap\0pfn\0"
    at = {word: strings.index(word.encode() + b"\0") for word in ("int", "val", "cap_t", "pfn_t", "user", "cap", "pfn")}
    block = small(
        head(at["int"], Kind.INT, 8) + struct.pack("<I", 64),
        head(0, Kind.STRUCT, 8, 1) + struct.pack("<III", at["val"], 1, 0),
        head(at["cap_t"], Kind.TYPEDEF, 2),
        head(at["pfn_t"], Kind.TYPEDEF, 2),
        head(at["user"], Kind.STRUCT, 16, 2)
        + struct.pack("<III", at["cap"], 3, 0)
        + struct.pack("<III", at["pfn"], 4, 64),
        strings=strings,
    )
    made = symbols.Isf(Btf(block))
    assert made.user["user"]["fields"]["cap"]["type"]["name"] == "cap_t"
    assert made.user["user"]["fields"]["pfn"]["type"]["name"] == "pfn_t"
    assert made.user["cap_t"] == made.user["pfn_t"]


def test_addresses_leave_modules_out_and_refuse_hidden_ones() -> None:
    listing = "ffffffff81000000 T _text\nffffffff82000000 R linux_banner\nffffffffc0000000 t helper\t[nfs]\n"
    assert symbols.addresses(listing) == {"_text": 0xFFFFFFFF81000000, "linux_banner": 0xFFFFFFFF82000000}
    with pytest.raises(Refused, match="kptr_restrict"):
        symbols.addresses("0000000000000000 R linux_banner\n")


def test_the_banner_is_read_where_it_stands(tmp_path: Path) -> None:
    image = tmp_path / "image.raw"
    image.write_bytes(bytes(0x1000) + b"Linux version 6.12.1+deb13 (x)\n\0rest")
    where = {"linux_banner": symbols.KERNEL_MAP + 0x1000}
    assert symbols.banner(image, where) == b"Linux version 6.12.1+deb13 (x)\n"
    assert symbols.release(symbols.banner(image, where)) == "6.12.1+deb13"
    with pytest.raises(Refused, match="nokaslr"):
        symbols.banner(image, {"linux_banner": symbols.KERNEL_MAP})
    with pytest.raises(Refused, match="not a kernel's banner"):
        symbols.release(b"Windows")


def test_the_same_document_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        symbols.write({"symbols": {"a": 1}}, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert json.loads(lzma.decompress((tmp_path / "one").read_bytes())) == {"symbols": {"a": 1}}


def test_what_is_no_kernel_and_no_btf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(4096))
    with pytest.raises(Refused, match="not a Linux x86 kernel image"):
        kernel.btf(tmp_path / "file")
    with pytest.raises(Refused, match="little-endian BTF"):
        Btf(b"nothing of the kind, though long enough")
    whole = small(head(0, Kind.STRUCT, 8, 2) + bytes(24), strings=b"\0")
    assert len(Btf(whole).types) == 2
    with pytest.raises(Refused, match="damaged"):
        Btf(small(head(0, Kind.STRUCT, 8, 2) + bytes(13), strings=b"\0"))


def test_a_kernel_packed_in_an_unknown_way_is_refused(tmp_path: Path) -> None:
    image = bytearray(KERNEL.read_bytes())
    setup_sectors, offset = image[0x1F1], struct.unpack_from("<I", image, 0x248)[0]
    start = (setup_sectors + 1) * 512 + offset
    image[start : start + 6] = b"strang"
    (tmp_path / "vmlinuz").write_bytes(image)
    with pytest.raises(Refused, match="not known here"):
        kernel.btf(tmp_path / "vmlinuz")


def test_the_forge_never_loads_volatility_flask_or_a_database() -> None:
    program = (
        "import sys, training.forge.cli\n"
        "print([name for name in ('volatility3', 'flask', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
    assert btf.MAGIC == 0xEB9F
