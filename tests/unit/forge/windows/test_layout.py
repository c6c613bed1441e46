"""Typed views: members, nesting, arrays, bits, and nothing cut in silence."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.forge.windows.builds import load
from training.forge.windows.builds.load import Build, UnknownMember
from training.forge.windows.layout import DoesNotFit, Struct, ring

AT = 0x40


class Flat:
    """Memory from address 0."""

    def __init__(self, size: int = 0x4000) -> None:
        self.data = bytearray(size)

    def read(self, va: int, n: int) -> bytes:
        return bytes(self.data[va : va + n])

    def write(self, va: int, data: bytes) -> None:
        self.data[va : va + len(data)] = data


@pytest.fixture
def build() -> Build:
    return load.build("19041")


def test_a_member_is_written_where_the_table_says(build: Build) -> None:
    space = Flat()
    process = Struct(build, space, "_EPROCESS", AT).set(
        UniqueProcessId=4212, ImageFileName=b"lsass.exe\0", ExitStatus=-1
    )
    assert struct.unpack_from("<Q", space.data, AT + 0x440) == (4212,)
    assert space.data[AT + 0x5A8 : AT + 0x5B2] == b"lsass.exe\0"
    assert (process.get("UniqueProcessId"), process.get("ExitStatus"), process.size) == (4212, -1, 0xA40)
    assert process.at("Pcb.DirectoryTableBase") == AT + 0x28


def test_paths_go_into_nested_ones_and_arrays(build: Build) -> None:
    space = Flat()
    hive = Struct(build, space, "_CMHIVE", AT).put("Hive.Storage[1].Length", 0x1000)
    assert struct.unpack_from("<I", space.data, AT + 0x110 + 0x278) == (0x1000,)
    within = hive.sub("Hive.Storage[1]")
    assert (within.type, within.address, within.get("Length")) == ("_DUAL", AT + 0x110 + 0x278, 0x1000)
    table = Struct(build, space, "_KTIMER_TABLE", 0)
    assert table.at("TimerEntries[1][3].Entry") == 0x200 + 0x20 * (256 + 3) + 8


def test_a_structure_stands_for_its_address(build: Build) -> None:
    space = Flat()
    peb = Struct(build, space, "_PEB", 0x1000)
    process = Struct(build, space, "_EPROCESS", AT).set(Peb=peb)
    assert process.get("Peb") == 0x1000
    assert struct.pack("<Q", peb) == struct.pack("<Q", 0x1000)


@given(values=st.tuples(st.integers(0, 7), st.integers(0, 31), st.integers(0, 1)), before=st.integers(0, 2**32 - 1))
def test_bits_leave_their_neighbours_alone(values: tuple[int, int, int], before: int) -> None:
    space = Flat(0x100)
    struct.pack_into("<I", space.data, AT, before)
    flags = Struct(load.build("19041"), space, "_MMVAD_FLAGS", AT)
    flags.set(VadType=values[0], Protection=values[1], PrivateMemory=values[2])
    assert (flags.get("VadType"), flags.get("Protection"), flags.get("PrivateMemory")) == values
    mask = 7 << 4 | 31 << 7 | 1 << 20
    assert struct.unpack_from("<I", space.data, AT)[0] & ~mask == before & ~mask


def test_what_does_not_fit_is_refused(build: Build) -> None:
    process = Struct(build, Flat(), "_EPROCESS", AT)
    for path, value in (
        ("ActiveThreads", 1 << 32),
        ("ActiveThreads", -(1 << 31) - 1),
        ("ImageFileName", b"sixteen letters!"),
        ("VadRoot", 1),
        ("ImageFileName", 1),
    ):
        with pytest.raises(DoesNotFit):
            process.put(path, value)
    with pytest.raises(DoesNotFit):
        Struct(build, Flat(), "_MMVAD_FLAGS", AT).put("Protection", 32)
    with pytest.raises(DoesNotFit):
        Struct(build, Flat(), "_MMVAD_FLAGS", AT).put("Protection", b"\1")
    with pytest.raises(DoesNotFit):
        process.get("Pcb")


def test_an_unknown_member_is_an_error_at_once(build: Build) -> None:
    process = Struct(build, Flat(), "_EPROCESS", AT)
    for path in ("Nonsense", "Pcb.Nonsense"):
        with pytest.raises(UnknownMember):
            process.put(path, 1)
    with pytest.raises(UnknownMember):
        process.sub("UniqueProcessId")


@pytest.mark.parametrize(
    ("addresses", "links"),
    [([0x10], [(0x10, 0x10)]), ([0x10, 0x80, 0x40], [(0x80, 0x40), (0x40, 0x10), (0x10, 0x80)])],
)
def test_a_ring_closes_both_ways(addresses: list[int], links: list[tuple[int, int]]) -> None:
    space = Flat(0x100)
    ring(space, addresses)
    assert [struct.unpack_from("<QQ", space.data, each) for each in addresses] == links
