"""Symbol files from our tables: rules of the format, the same bytes, our own identity, and the reference's facts."""

import json
import lzma
import os
import re
from pathlib import Path
from typing import Any

import pytest

from training.forge.windows import symbols
from training.forge.windows.builds import load

REFERENCE = os.environ.get("ENGRAM_REFERENCE", "")
KERNEL_FILE = "windows_forge/reference-symbols/windows/ntkrnlmp.pdb/606FF669409B00F7FC8C61A9C1670129-1.json.xz"
GENUINE = symbols.Identity(symbols.KERNEL, "606FF669409B00F7FC8C61A9C1670129")
NEEDED = {
    "void",
    "char",
    "unsigned char",
    "short",
    "unsigned short",
    "int",
    "unsigned int",
    "long",
    "unsigned long",
} | {
    "long long",
    "unsigned long long",
    "pointer",
    "wchar",
}


def unpacked(data: bytes) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(lzma.decompress(data))
    return document


@pytest.mark.parametrize("name", load.NAMES)
def test_the_kernel_file_keeps_the_rules_of_the_format(name: str) -> None:
    build = load.build(name)
    document = unpacked(symbols.packed(symbols.kernel(build)))
    assert set(document) == {"metadata", "base_types", "user_types", "enums", "symbols"}
    metadata = document["metadata"]
    assert metadata["format"] == "6.2.0"
    assert metadata["windows"]["pe"] == {"major": 10, "minor": 0, "revision": build.kernel, "build": build.revision}
    assert re.fullmatch(r"[0-9A-F]{32}", metadata["windows"]["pdb"]["GUID"])
    assert metadata["windows"]["pdb"]["machine_type"] == 34404
    assert set(document["base_types"]) >= NEEDED
    assert document["base_types"]["long"]["size"] == 4
    for each in document["user_types"].values():
        assert set(each) == {"kind", "size", "fields"}
        for field in each["fields"].values():
            assert field["offset"] + measure(document, field["type"]) <= each["size"]
    assert {"_KMUTANT", "_VACB", "_IMAGE_DOS_HEADER", "_KTIMER"} <= set(document["user_types"])
    assert all(set(each) == {"address"} and each["address"] >= 0 for each in document["symbols"].values())
    assert all(set(each) == {"size", "base", "constants"} for each in document["enums"].values())


def measure(document: dict[str, Any], described: dict[str, Any]) -> int:
    """Bytes of a described type; fails for a name that the document does not hold."""
    kind = described["kind"]
    if kind == "array":
        return int(described["count"]) * measure(document, described["subtype"])
    if kind == "pointer":
        measure(document, described["subtype"])
        return 8
    if kind == "bitfield":
        whole = measure(document, described["type"])
        assert 0 < described["bit_length"] <= 8 * whole - described["bit_position"]
        return whole
    place = {"base": "base_types", "struct": "user_types", "enum": "enums"}[kind]
    return int(document[place][described["name"]]["size"])


@pytest.mark.parametrize("name", load.NAMES)
def test_the_network_file_holds_the_four_names_that_netstat_asks_for(name: str) -> None:
    document = unpacked(symbols.packed(symbols.tcpip(load.build(name))))
    assert {each: found["address"] for each, found in document["symbols"].items()} == load.build(name).tcpip
    assert document["metadata"]["windows"]["pdb"]["database"] == "tcpip.pdb"


def test_the_same_table_gives_the_same_small_file() -> None:
    build = load.build("19041")
    first, second = symbols.packed(symbols.kernel(build)), symbols.packed(symbols.kernel(build))
    assert first == second
    assert len(first) < 20_000


def test_every_build_has_an_identity_of_its_own_that_is_not_the_genuine_one() -> None:
    named = [symbols.identity(load.build(name), pdb) for name in load.NAMES for pdb in (symbols.KERNEL, symbols.TCPIP)]
    assert len({each.guid for each in named}) == 6
    assert GENUINE.guid not in {each.guid for each in named}
    assert symbols.identity(load.build("19041"), symbols.KERNEL) == named[0]


def test_another_identity_can_be_asked_for() -> None:
    document = symbols.kernel(load.build("19041"), GENUINE)
    assert document["metadata"]["windows"]["pdb"]["GUID"] == GENUINE.guid
    assert document["symbols"] == symbols.kernel(load.build("19041"))["symbols"]


def test_numbers_keep_their_names_and_bits_their_place() -> None:
    types = symbols.kernel(load.build("22000"))["user_types"]
    assert types["_EPROCESS"]["fields"]["ImageFileName"] == {
        "offset": 0x5A8,
        "type": {"kind": "array", "count": 15, "subtype": {"kind": "base", "name": "unsigned char"}},
    }
    assert types["_MMVAD_FLAGS"]["fields"]["PrivateMemory"]["type"] == {
        "kind": "bitfield",
        "bit_position": 21,
        "bit_length": 1,
        "type": {"kind": "base", "name": "unsigned long"},
    }
    assert types["_EPROCESS"]["fields"]["Peb"]["type"]["subtype"] == {"kind": "struct", "name": "_PEB"}
    assert types["_EPROCESS"]["fields"]["DebugPort"]["type"]["subtype"] == {"kind": "base", "name": "void"}
    assert types["_VAD_U"]["kind"] == "union"


class TestAgainstTheReference:
    """Where ENGRAM_REFERENCE names the folder that holds it; elsewhere there is nothing to compare with."""

    __test__ = bool(REFERENCE)

    def test_every_name_that_both_hold_says_the_same(self) -> None:
        reference = unpacked((Path(REFERENCE) / KERNEL_FILE).read_bytes())
        ours = symbols.kernel(load.build("19041"), GENUINE)
        assert ours["metadata"]["windows"]["pdb"] == reference["metadata"]["windows"]["pdb"]
        for name, each in ours["base_types"].items():
            theirs = reference["base_types"][name]
            assert (each["size"], each["kind"]) == (theirs["size"], theirs["kind"]), name
        shared = set(ours["user_types"]) & set(reference["user_types"])
        assert len(shared) > 110
        for name in shared:
            for member, field in ours["user_types"][name]["fields"].items():
                theirs = reference["user_types"][name]["fields"][member]
                assert field["offset"] == theirs["offset"]
                assert field["type"]["kind"].replace("union", "struct") in {
                    theirs["type"]["kind"].replace("union", "struct"),
                    "base",
                }
