"""The symbol file of a real kernel, each rule of it on small blocks, and all of it against one made from debug
information of the same kernel, where ENGRAM_REFERENCE names a folder that holds it. (What plugins make of the two is
compared in the licence island.)
"""

import json
import lzma
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.forge.linux.blocks import Block
from training.errors import Refused
from training.forge import pack
from training.forge.linux import btf, kernel, symbols
from training.forge.linux.btf import Btf, Kind
from training.forge.linux.kallsyms import KERNEL_MAP

ROOT = Path(__file__).parents[4]
PACK = ROOT / "labs" / "exhibits" / "finance-workstation-a"
KERNEL = pack.locate(PACK, pack.Role.KERNEL)[0]


@pytest.fixture(scope="module")
def types() -> Btf:
    return Btf(kernel.btf(KERNEL))


@pytest.fixture(scope="module")
def isf(types: Btf) -> symbols.Isf:
    return symbols.Isf(types)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack.unpack(PACK, tmp_path_factory.mktemp("shipped"))


REFERENCE = sorted(
    (Path(os.environ.get("ENGRAM_REFERENCE", "/nowhere")) / "linux_forge" / "reference-symbols").glob(
        "6.12.118+deb13-cloud-amd64-dwarf.json.xz"
    )
)


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    """The symbol file made from debug information that ENGRAM_REFERENCE names the folder of."""
    document: dict[str, Any] = json.loads(lzma.decompress(REFERENCE[0].read_bytes()))
    return document


def isf_of(block: Block) -> symbols.Isf:
    return symbols.Isf(Btf(block.made()))


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


DECLARED = json.loads(symbols.TYPES_OF_GLOBALS.read_text(encoding="utf-8"))


def test_all_declared_globals_name_types_that_exist(isf: symbols.Isf) -> None:
    document = symbols.make(isf._btf, dict.fromkeys(DECLARED, 1) | {"linux_banner": 1}, b"Linux version 6")
    untyped = [name for name in DECLARED if document["symbols"][name]["type"] == symbols.VOID]
    assert len(DECLARED) > 60
    assert untyped == []
    assert document["symbols"]["registered_fb"]["type"]["count"] == 32


def test_of_the_shipped_machine_comes_the_shipped_symbol_file(image: Path) -> None:
    document, banner = symbols.of_machine(KERNEL, image)
    shipped = json.loads(lzma.decompress(pack.locate(PACK, pack.Role.SYMBOLS)[0].read_bytes()))
    assert banner == pack.read(PACK).banner
    assert document["symbols"] == shipped["symbols"]
    assert document["user_types"] == shipped["user_types"]
    assert document["enums"] == shipped["enums"]


def test_memory_of_another_kernel_or_of_none_is_refused(image: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    for old, new in ((b"-cloud-amd64 (", b"-plain-amd64 ("), (b"Debian 6.12.118-1 ", b"Debian 6.12.118-2 ")):
        content = KERNEL.read_bytes()
        assert old in content
        other.write_bytes(content.replace(old, new))
        with pytest.raises(Refused, match="the types of one are not the other's"):
            symbols.of_machine(other, image)
    other.write_bytes(bytes(1 << 20))
    with pytest.raises(Refused, match="where its symbols are"):
        symbols.of_machine(KERNEL, other)
    other.write_bytes(b"")
    with pytest.raises(Refused, match="empty"):
        symbols.of_machine(KERNEL, other)


def test_a_global_whose_type_a_kernel_lacks_has_no_type() -> None:
    block = Block()
    block.composite("list_head", 16)
    listing = {"linux_banner": 1, "modules": 2, "init_task": 3, "log_buf": 4, "unknown": 5}
    document = symbols.make(Btf(block.made()), listing, b"Linux version 6")
    assert {name: each["type"] for name, each in document["symbols"].items()} == {
        "linux_banner": {"kind": "array", "count": 0, "subtype": {"kind": "base", "name": "char"}},
        "modules": {"kind": "struct", "name": "list_head"},
        "init_task": symbols.VOID,
        "log_buf": {"kind": "pointer", "subtype": {"kind": "base", "name": "char"}},
        "unknown": symbols.VOID,
    }
    assert document["base_types"]["char"] == {"size": 1, "signed": False, "kind": "char", "endian": "little"}
    assert "tcp4_seq_ops" not in document["symbols"]


@pytest.mark.parametrize("name", ["", "tk_data"])  # Linux 6.13 gave it a name
def test_the_core_of_timekeeping_is_known_by_its_fields(name: str) -> None:
    block = Block()
    whole = block.whole()
    block.composite("other", 8, ("timekeeper", whole, 0), ("seq", whole, 32))
    block.composite(name, 8, ("seq", whole, 0), ("timekeeper", whole, 32))
    document = symbols.make(Btf(block.made()), {"linux_banner": 1, "tk_core": 2}, b"Linux version 6")
    assert document["symbols"]["tk_core"]["type"] == {"kind": "struct", "name": name or "unnamed_3"}
    assert isf_of(Block()).timekeeper_core() is None


def test_a_bit_field_an_anonymous_union_and_a_wide_enumeration() -> None:
    block = Block()
    whole = block.whole()
    union = block.composite("", 4, ("word", whole, 0), kind=Kind.UNION)
    block.composite("flags", 8, ("low", whole, 0, 3), ("high", whole, 35, 5), ("", union, 32, 0))
    block.enumeration("big", ("HUGE", 1 << 63), size=8)
    block.enumeration("signed", ("LOW", -5), ("HIGH", 7), signed=True)
    made = isf_of(block)
    fields = made.user["flags"]["fields"]
    number = {"kind": "base", "name": "int"}
    assert fields["low"] == {"type": bits(0, 3, number), "offset": 0}
    assert fields["high"] == {"type": bits(3, 5, number), "offset": 4}
    assert fields["unnamed_field_4"] == {"type": {"kind": "union", "name": "unnamed_2"}, "offset": 4, "anonymous": True}
    assert made.enums["big"] == {"size": 8, "base": "long unsigned int", "constants": {"HUGE": 1 << 63}}
    assert made.enums["signed"]["constants"] == {"LOW": -5, "HIGH": 7}


def bits(position: int, length: int, kind: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "bitfield", "bit_position": position, "bit_length": length, "type": kind}


def test_a_bit_field_that_crosses_its_numbers_is_read_in_a_wider_one() -> None:
    block = Block()
    byte, long = block.whole("unsigned char", 1, 0), block.whole("long unsigned int", 8, 0)
    renamed = block.add(Kind.TYPEDEF, "u8", block.add(Kind.CONST, "", byte))
    few = block.enumeration("few", ("ONE", 1))
    block.composite(
        "packed", 32,
        ("fits", renamed, 1, 7), ("crosses", renamed, 5, 6), ("far", long, 60, 60), ("of_names", few, 28, 8),
    )  # fmt: skip
    fields = isf_of(block).user["packed"]["fields"]
    assert fields["fits"] == {"type": bits(1, 7, {"kind": "base", "name": "unsigned char"}), "offset": 0}
    assert fields["crosses"] == {"type": bits(5, 6, {"kind": "base", "name": "short unsigned int"}), "offset": 0}
    assert fields["far"] == {"type": bits(4, 60, {"kind": "base", "name": "long unsigned int"}), "offset": 7}
    assert fields["of_names"] == {"type": bits(4, 8, {"kind": "base", "name": "short unsigned int"}), "offset": 3}


def test_floats_arrays_of_arrays_function_pointers_and_flexible_arrays() -> None:
    block = Block()
    char, real, truth = block.whole("char", 1, 0), block.add(Kind.FLOAT, "double", 8), block.whole("_Bool", 1, 4)
    called = block.add(Kind.PTR, "", block.add(Kind.FUNC_PROTO, "", char))
    seen = block.add(Kind.PTR, "", block.add(Kind.FWD, "unseen", 0))
    other = block.add(Kind.PTR, "", block.add(Kind.FWD, "either", 0, flag=True))
    void = block.add(Kind.PTR, "", block.add(Kind.CONST, "", 0))
    grid, rest = block.array(block.array(char, 4), 3), block.array(char, 0)
    block.composite(
        "all", 60, ("real", real, 0), ("call", called, 64), ("seen", seen, 128), ("other", other, 192),
        ("any", void, 256), ("grid", grid, 320), ("set", truth, 416), ("rest", rest, 480),
    )  # fmt: skip
    made = isf_of(block)
    fields = {name: field["type"] for name, field in made.user["all"]["fields"].items()}
    letter = {"kind": "base", "name": "char"}
    assert made.base["double"] == {"size": 8, "signed": True, "kind": "float", "endian": "little"}
    assert (made.base["char"]["kind"], made.base["_Bool"]["kind"]) == ("char", "bool")
    assert fields["call"] == {"kind": "pointer", "subtype": {"kind": "function"}}
    assert fields["seen"] == {"kind": "pointer", "subtype": {"kind": "struct", "name": "unseen"}}
    assert fields["other"] == {"kind": "pointer", "subtype": {"kind": "union", "name": "either"}}
    assert fields["any"] == {"kind": "pointer", "subtype": symbols.VOID}
    row = {"kind": "array", "count": 4, "subtype": letter}
    assert fields["grid"] == {"kind": "array", "count": 3, "subtype": row}
    assert fields["rest"] == {"kind": "array", "count": 0, "subtype": letter}


def test_two_typedefs_of_alike_structs_stay_apart() -> None:
    block = Block()
    whole = block.whole("int", 8)
    alike = block.composite("", 8, ("val", whole, 0))
    first, second = block.add(Kind.TYPEDEF, "cap_t", alike), block.add(Kind.TYPEDEF, "pfn_t", alike)
    block.composite("user", 16, ("cap", first, 0), ("pfn", second, 64))
    made = isf_of(block)
    assert made.user["user"]["fields"]["cap"]["type"]["name"] == "cap_t"
    assert made.user["user"]["fields"]["pfn"]["type"]["name"] == "pfn_t"
    assert made.user["cap_t"] == made.user["pfn_t"] == made.user["unnamed_2"]


def test_a_typedef_of_a_typedef_is_a_copy_of_its_own_and_qualifiers_change_no_name() -> None:
    block = Block()
    whole = block.whole()
    modes = block.enumeration("", ("OFF", 0))
    union = block.composite("", 4, ("w", whole, 0), kind=Kind.UNION)
    first = block.add(Kind.TYPEDEF, "first_t", block.add(Kind.CONST, "", union))
    second = block.add(Kind.TYPEDEF, "second_t", first)
    mode = block.add(Kind.TYPEDEF, "mode_t", modes)
    number = block.add(Kind.TYPEDEF, "u32", whole)
    tagged = block.add(Kind.TYPE_TAG, "rcu", block.add(Kind.VOLATILE, "", block.add(Kind.RESTRICT, "", second)))
    block.composite("user", 24, ("a", tagged, 0), ("b", first, 32), ("c", mode, 64), ("d", number, 96))
    made = isf_of(block)
    fields = {name: field["type"] for name, field in made.user["user"]["fields"].items()}
    assert fields["a"] == {"kind": "union", "name": "second_t"}
    assert fields["b"] == {"kind": "union", "name": "first_t"}
    assert fields["c"] == {"kind": "enum", "name": "mode_t"}
    assert fields["d"] == {"kind": "base", "name": "int"}
    assert made.user["first_t"] == made.user["second_t"]
    assert made.enums["mode_t"]["constants"] == {"OFF": 0}


def test_of_two_structs_of_one_name_both_are_kept_and_no_typedef_takes_a_name_away() -> None:
    block = Block()
    whole = block.whole()
    one = block.composite("pair", 4, ("a", whole, 0))
    two = block.composite("pair", 8, ("a", whole, 0), ("b", whole, 32))
    other = block.composite("", 4, ("c", whole, 0))
    stolen = block.add(Kind.TYPEDEF, "pair", other)
    block.enumeration("pair", ("P", 1))  # enumerations have names of their own
    block.composite("user", 20, ("one", one, 0), ("two", two, 32), ("three", stolen, 96))
    made = isf_of(block)
    names = {name: field["type"]["name"] for name, field in made.user["user"]["fields"].items()}
    assert names == {"one": "pair", "two": "pair__3", "three": "unnamed_4"}
    assert (made.user["pair"]["size"], made.user["pair__3"]["size"], "c" in made.user["unnamed_4"]["fields"]) == (
        4, 8, True)  # fmt: skip
    assert made.enums["pair"]["constants"] == {"P": 1}


def test_fields_of_one_name_and_nameless_ones_at_one_place_are_all_kept() -> None:
    block = Block()
    whole = block.whole()
    one = block.composite("", 4, ("a", whole, 0))
    two = block.composite("", 4, ("b", whole, 0))
    block.composite("both", 4, ("", one, 0), ("", two, 0), kind=Kind.UNION)
    assert list(isf_of(block).user["both"]["fields"]) == ["unnamed_field_0", "unnamed_field_0_1"]


def test_the_banner_is_read_where_it_stands(tmp_path: Path) -> None:
    image = tmp_path / "image.raw"
    image.write_bytes(bytes(0x1000) + b"Linux version 6.12.1+deb13 (x)\n\0rest")
    where = {"linux_banner": KERNEL_MAP + 0x1000}
    assert symbols.banner(image, where) == b"Linux version 6.12.1+deb13 (x)\n"
    assert symbols.release(symbols.banner(image, where)) == "6.12.1+deb13"
    with pytest.raises(Refused, match="nokaslr"):
        symbols.banner(image, {"linux_banner": KERNEL_MAP})
    with pytest.raises(Refused, match="not a kernel's banner"):
        symbols.release(b"Windows")


def test_the_same_document_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        names = ("b", "a") if name == "one" else ("a", "b")
        symbols.write({"symbols": dict.fromkeys(names, 1)}, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert lzma.decompress((tmp_path / "one").read_bytes()) == b'{"symbols":{"a":1,"b":1}}'


def test_the_forge_never_loads_volatility_flask_or_a_database() -> None:
    program = (
        "import sys, training.forge.cli\n"
        "print([name for name in ('volatility3', 'flask', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
    assert btf.MAGIC == 0xEB9F


class TestAgainstDebugInformation:
    """Where ENGRAM_REFERENCE names such a file; elsewhere there is nothing to compare with."""

    __test__ = bool(REFERENCE)

    def test_sizes_and_places_agree_with_debug_information(self, isf: symbols.Isf, reference: dict[str, Any]) -> None:
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

    def test_enumerations_agree_with_debug_information(self, isf: symbols.Isf, reference: dict[str, Any]) -> None:
        shared = [name for name in reference["enums"] if name in isf.enums and not name.startswith("unnamed")]
        apart = [name for name in shared if reference["enums"][name]["constants"] != isf.enums[name]["constants"]]
        assert len(shared) > 1_300
        assert len(apart) <= 3, apart  # two of one name, and values above 63 bits

    def test_declared_globals_are_what_debug_information_says(self, reference: dict[str, Any]) -> None:
        apart = [
            name for name, text in DECLARED.items() if reference["symbols"][name]["type"] != symbols._declared(text)
        ]
        assert apart == []

    def test_numbers_agree_with_debug_information(self, isf: symbols.Isf, reference: dict[str, Any]) -> None:
        shared = set(isf.base) & set(reference["base_types"])
        assert len(shared) >= 15
        assert {name for name in shared if isf.base[name] != reference["base_types"][name]} == {"_Bool"}  # signed there
