"""The tables of Windows builds load, mistakes name their line, and 19041 agrees with an independent source."""

import json
import lzma
import os
from pathlib import Path
from typing import Any

import pytest

from training.forge.windows.builds import grammar, load
from training.forge.windows.builds.grammar import Form, Member

REFERENCE = os.environ.get("ENGRAM_REFERENCE", "")
KERNEL_FILE = "windows_forge/reference-symbols/windows/ntkrnlmp.pdb/606FF669409B00F7FC8C61A9C1670129-1.json.xz"
TCPIP_FILE = "windows_forge/reference-symbols/windows/tcpip.pdb/D85BA7EDFCAFAA23F22A88D7E2549D86-1.json.xz"
SIZES = {
    "unsigned char": "u8",
    "char": "i8",
    "unsigned short": "u16",
    "wchar": "u16",
    "short": "i16",
    "unsigned int": "u32",
    "unsigned long": "u32",
    "int": "i32",
    "long": "i32",
    "unsigned long long": "u64",
    "long long": "i64",
}
# Names of our own: unions without a name, and types that the reference was cut free of.
OURS = {
    "_VAD_U",
    "_VAD_U1",
    "_VAD_U2",
    "_SECTION_U",
    "_SECTION_U1",
    "_MMPTE_U",
    "_VACB_OVERLAY",
    "_CELL_U",
    "_SECTION_MISC",
    "_KTRAP_FRAME",
    "_TEB",
    "_NT_TIB",
    "_OBJECT_DIRECTORY",
    "_OBJECT_DIRECTORY_ENTRY",
    "_EX_CALLBACK_ROUTINE_BLOCK",
}
HEAD = """[build]
name = "1"
title = "One"
kernel = 1
shown = 1
revision = 1
lab = "lab"
size = 0x1000
"""


@pytest.mark.parametrize("name", load.NAMES)
def test_each_build_loads_and_knows_itself(name: str) -> None:
    build = load.build(name)
    assert build.name == name
    assert build.kernel == int(name)
    assert build.version == (10, 0, build.kernel, build.revision)
    assert build.lab.startswith(name)
    assert set(build.tcpip) == {"PartitionTable", "PartitionCount", "TcpCompartmentSet", "UdpCompartmentSet"}
    assert load.build(name) is build


@pytest.mark.parametrize("name", load.NAMES)
def test_numbers_of_system_calls_have_no_gap_and_each_has_a_routine(name: str) -> None:
    build = load.build(name)
    assert sorted(build.syscalls.values()) == list(range(len(build.syscalls)))
    assert all(build.symbols[each] < build.size for each in build.syscalls)


@pytest.mark.parametrize("name", load.NAMES)
def test_globals_keep_the_room_that_the_writer_fills(name: str) -> None:
    symbols = load.build(name).symbols
    room = {
        "KdDebuggerDataBlock": 0x380,
        "ObpInfoMaskToOffset": 256,
        "MmProtectToValue": 128,
        "ObTypeIndexTable": 100 * 8,
        "KiProcessorBlock": 64 * 8,
        "KiServiceTable": 4 * len(load.build(name).syscalls),
        "PspLoadImageNotifyRoutine": 64 * 8,
        "PspCreateThreadNotifyRoutine": 64 * 8,
        "PspCreateProcessNotifyRoutine": 64 * 8,
    }
    ordered = sorted(set(symbols.values()))
    for each, size in room.items():
        after = [address for address in ordered if address > symbols[each]]
        assert after[0] - symbols[each] >= size, each


def test_builds_differ_where_they_should() -> None:
    first, second, third = (load.build(name) for name in load.NAMES)
    assert [each.sizeof("_EPROCESS") for each in (first, second, third)] == [0xA40, 0xB80, 0xBC0]
    assert [each.offset("_ETHREAD", "ThreadListEntry") for each in (first, second, third)] == [0x4E8, 0x538, 0x538]
    flag = [each.place("_MMVAD_SHORT", "u.VadFlags.PrivateMemory").form.bit for each in (first, second, third)]
    assert flag == [20, 21, 21]
    assert first.offset("_CMHIVE", "Hive.Storage[1].Length") == 0x110 + 0x278
    assert second.offset("_CMHIVE", "Hive.Storage[0].Length") == 0x118
    assert first.syscalls["NtOpenProcess"] == second.syscalls["NtOpenProcess"] == 38


def test_what_is_not_there_is_an_error_at_once() -> None:
    build = load.build("19041")
    assert not build.has("_EPROCESS", "Nonsense")
    assert build.has("_MMVAD", "Core.u.VadFlags.Protection")
    for path in ("Nonsense", "UniqueProcessId.Low", "ThreadListHead.Flink.Flink", "ImageFileName[15]", "Peb[0]"):
        with pytest.raises(load.UnknownMember):
            build.offset("_EPROCESS", path)
    with pytest.raises(load.UnknownType):
        build.sizeof("_NOTHING")
    with pytest.raises(LookupError, match="19041, 22000, 20348"):
        load.build("9600")


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("0x448 _LIST_ENTRY", Member(0x448, Form("type", "_LIST_ENTRY"))),
        ("0 u32 7:5", Member(0, Form("base", "u32", (), 7, 5))),
        ("0x200 _T[2][256]", Member(0x200, Form("type", "_T", (2, 256)))),
        ("8 ptr", Member(8, Form("ptr", ""))),
        ("8 ptr _PEB[4]", Member(8, Form("ptr", "_PEB", (4,)))),
        ("0x264 enum _NT_PRODUCT_TYPE", Member(0x264, Form("enum", "_NT_PRODUCT_TYPE"))),
    ],
)
def test_words_are_read(words: str, read: Member) -> None:
    assert grammar.member(words) == read


@pytest.mark.parametrize(
    "words",
    [
        "",
        "u32",
        "0x4G u32",
        "-1 u32",
        "0 u32[0]",
        "0 u32 28:5",
        "0 u32 3:0",
        "0 _T 1:1",
        "0 u8[2] 1:1",
        "0 enum",
        "0 u32 ",
    ],
)
def test_words_that_mean_nothing_are_refused(words: str) -> None:
    with pytest.raises(grammar.BadWords):
        grammar.member(words)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[types]\n_T = { size = 4, A = "0 u32", B = "3 u8" }\n', "bad.toml:10: _T.B: overlaps A"),
        ('[types._T]\nsize = 4\nA = "0 u8 0:4"\nB = "0 u8 3:4"\n', "bad.toml:12: _T.B: overlaps A"),
        ('[types._T]\nsize = 4\nA = "1 u32"\n', "bad.toml:11: _T.A: ends behind the 0x4 bytes"),
        ('[types._T]\nsize = 4\nA = "0 _X"\n', "bad.toml:11: _T.A: there is no _X"),
        ('[types._T]\nsize = 8\nA = "0 ptr _X"\n', "bad.toml:11: _T.A: there is no _X"),
        ('[types._T]\nsize = 8\nA = "0 enum _X"\n', "bad.toml:11: _T.A: there is no _X"),
        ('[types._T]\nsize = 8\nA = "0 _T"\n', "bad.toml:11: _T.A: holds itself"),
        ('[types._T]\nA = "0 u8"\n', "bad.toml:9: _T: has no size"),
        ("[types._T]\nsize = 8\nA = 4\n", "bad.toml:11: _T.A:"),
        ('[types._T]\nsize = 8\nA = "nonsense"\n', "bad.toml:11: _T.A: 'nonsense' is not"),
        ("[symbols]\nA = 0x1000\n", "a symbol lies behind the end"),
        ('[calls]\nroutines = "NtOne:0x10 NtOne:0x20"\n', "bad.toml: 'NtOne:0x20' is no system call"),
        ("[types\n", "bad.toml: "),
    ],
)
def test_a_mistake_names_its_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(HEAD + text)
    with pytest.raises(load.BadTable, match=r".*") as raised:
        load.read([file])
    assert said in str(raised.value)


def test_a_union_may_overlap_and_a_later_file_changes_an_earlier_one(tmp_path: Path) -> None:
    first, second = tmp_path / "a.toml", tmp_path / "b.toml"
    first.write_text('[types]\n_U = { size = 4, union = true, A = "0 u32", B = "0 u8" }\n[types._T]\nA = "0 u8"\n')
    second.write_text(HEAD + '[types._T]\nsize = 8\nA = "4 u8"\n')
    build = load.read([first, second])
    assert build.types["_U"].union
    assert (build.sizeof("_T"), build.offset("_T", "A")) == (8, 4)


def test_a_build_without_a_head_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text('[build]\nname = "1"\n')
    with pytest.raises(load.BadTable, match="head"):
        load.read([file])


class TestAgainstTheReference:
    """Where ENGRAM_REFERENCE names the folder that holds it; elsewhere there is nothing to compare with."""

    __test__ = bool(REFERENCE)

    def test_every_fact_of_19041_agrees(self) -> None:
        reference = json.loads(lzma.decompress((Path(REFERENCE) / KERNEL_FILE).read_bytes()))
        build = load.build("19041")
        compared = 0
        for name in sorted(set(build.types) - OURS):
            ours, theirs = build.types[name], reference["user_types"].get(name)
            if theirs is None:
                pytest.fail(f"the reference has no {name}")
            assert ours.size == theirs["size"], name
            for each, written in ours.members.items():
                field = theirs["fields"][each]
                assert (written.offset, _said(written.form)) == (field["offset"], _told(field["type"], written.form)), (
                    f"{name}.{each}"
                )
                compared += 1
        assert compared > 700
        for name, address in build.symbols.items():
            if name != "IopInvalidDeviceRequest":
                assert reference["symbols"][name]["address"] == address, name
        for name, enum in build.enums.items():
            theirs = reference["enums"][name]
            assert (enum.size, enum.constants) == (theirs["size"], theirs["constants"]), name
        network = json.loads(lzma.decompress((Path(REFERENCE) / TCPIP_FILE).read_bytes()))
        assert build.tcpip == {name: each["address"] for name, each in network["symbols"].items()}


def _said(form: Form) -> tuple[object, ...]:
    if form.counts:
        return ("array", form.counts[0], _said(form.element))
    return (form.role, "" if form.role == "ptr" or form.name in OURS else form.name, form.bit, form.length)


def _told(field: dict[str, Any], ours: Form) -> tuple[object, ...]:
    """The reference's words in ours. Names that the reference gives to unnamed unions say nothing."""
    kind = field["kind"]
    if kind == "array":
        return ("array", field["count"], _told(field["subtype"], ours.element if ours.counts else ours))
    if kind == "bitfield":
        return ("base", ours.name, field["bit_position"], field["bit_length"])
    if kind == "pointer":
        return ("ptr", "", 0, 0)
    if kind == "base":
        return ("base", SIZES[field["name"]], 0, 0)
    if kind == "enum" and ours.role == "base":
        return ("base", ours.name, 0, 0)
    role = "enum" if kind == "enum" else "type"
    return (role, "" if ours.name in OURS else field["name"], 0, 0)
