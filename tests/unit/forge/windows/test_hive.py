"""A hive is read back by a reader of its own as it was put together."""

import lzma
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.forge.windows.hiveread import Read, Reader
from training.forge.windows.hive import BIG, Bins, Node, Stored, bins, stored
from training.forge.windows.hives.identity import for_keys
from training.forge.windows.plan import Value

TIME = 134_176_511_000_004_417


def written(root: Node, *, volatile: bool = False) -> tuple[Bins, Reader]:
    root.settle(TIME)
    made = bins(root, TIME, for_keys(), volatile=volatile)
    return made, Reader(made.data, made.root)


def compared(node: Node, read: Read) -> None:
    assert (read.name, read.time, read.class_name) == (node.name, node.time, node.class_name)
    assert list(read.values.items()) == [(value.name, (value.type, value.data)) for value in node.values]
    assert list(read.keys) == [child.name for child in node.below()]
    for child in node.below():
        compared(child, read.keys[child.name])


def test_keys_values_times_and_class_names_come_back() -> None:
    root = Node("ROOT")
    root.put("Control\\Lsa\\JD", TIME + 3, class_name="0a1b2c3d")
    root.put(
        "Software\\Run",
        TIME + 7,
        (
            Value(name="", kind="SZ", data="default"),
            Value(name="Shown", kind="SZ", data="C:\\Program Files\\é.exe"),
            Value(name="Where", kind="EXPAND_SZ", data="%SystemRoot%\\x"),
            Value(name="All", kind="MULTI_SZ", data=("one", "", "three")),
            Value(name="None", kind="MULTI_SZ", data=()),
            Value(name="Count", kind="DWORD", data=-60),
            Value(name="When", kind="QWORD", data=TIME),
            Value(name="Raw", kind="BINARY", data=b"\0\1\2"),
            Value(name="Nothing", kind="NONE", data=b""),
        ),
    )
    made, reader = written(root)
    compared(root, reader.root)
    run = reader.root.at("Software\\Run")
    assert run.values["All"] == (7, "one\0\0three\0\0".encode("utf-16-le"))
    assert run.values["Count"] == (4, b"\xc4\xff\xff\xff")
    assert run.values["Where"] == (2, "%SystemRoot%\\x\0".encode("utf-16-le"))
    assert reader.root.flags == 0x2C
    assert run.flags == 0x20
    assert reader.cells.keys() == reader.used
    assert not made.root & 0x80000000


@pytest.mark.parametrize(
    "size", [0, 1, 3, 4, 5, 4052, 4060, 4061, 8000, 0x3FD8, BIG, BIG + 1, 2 * 0x3FD8, 48_640, 300_001]
)
def test_a_value_of_any_size_comes_back(size: int) -> None:
    root = Node("ROOT")
    content = bytes(range(251)) * (size // 251 + 1)
    root.put("Before", TIME, (Stored("small", 3, b"12345"),))
    root.put("Big", TIME, (Stored("b", 3, content[:size]),))
    root.put("Last", TIME, (Stored("small", 3, b"54321"),))
    made, reader = written(root)
    compared(root, reader.root)
    assert reader.cells.keys() == reader.used
    pages = list(made.pages())
    assert len(pages) * 4096 == len(made.data) == sum(made.lengths)
    assert [start + offset for start, offset in pages] == list(range(0, len(made.data), 4096))
    assert all(made.data[start : start + 4] == b"hbin" for start, _ in pages)


@pytest.mark.parametrize("count", [1, 506, 507, 508, 1600])
def test_many_keys_are_listed_in_leaves(count: int) -> None:
    root = Node("ROOT")
    for number in range(count):
        root.put(f"Services\\svc{number * 7919 % 10_007}", TIME + number)
    _, reader = written(root)
    compared(root, reader.root)
    assert len(reader.root.keys["Services"].keys) == count


def test_all_keys_share_one_descriptor_that_counts_them() -> None:
    root = Node("ROOT")
    root.put("A\\B\\C", TIME)
    _, reader = written(root)
    (place,) = reader.security
    magic, _, forth, back, count, size = struct.unpack_from("<2sHIIII", reader.cell(place))
    assert (magic, forth, back, count, size) == (b"sk", place, place, 4, len(for_keys()))


def test_a_hive_without_a_file_keeps_all_in_the_other_half() -> None:
    root = Node("REGISTRY")
    root.put("MACHINE", TIME, (Value(name="x", kind="SZ", data="more than four"),))
    made, reader = written(root, volatile=True)
    compared(root, reader.root)
    assert made.root & 0x80000000
    assert {node.flags & 1 for node in reader.root.walk()} == {1}
    block = made.base_block("", TIME)
    assert struct.unpack_from("<II", block, 0x24) == (made.root, 0)


def test_the_base_block_names_the_root_and_adds_up() -> None:
    root = Node("ROOT")
    made, _ = written(root)
    name = "\\??\\C:\\Users\\somebody.with.a.name\\AppData\\Local\\UsrClass.dat"
    block = made.base_block(name, TIME)
    assert len(block) == 4096
    magic, first, second, time, major, minor, kind, form, at, length, cluster = struct.unpack_from(
        "<4sIIQIIIIIII", block
    )
    assert (magic, time, major, minor, kind, form, cluster) == (b"regf", TIME, 1, 5, 0, 1, 1)
    assert (at, length, first) == (made.root, len(made.data), second)
    assert block[0x30:0x70].decode("utf-16-le").rstrip("\0") == name[-31:]
    total = 0
    for word in struct.unpack_from("<127I", block):
        total ^= word
    assert struct.unpack_from("<I", block, 508) == (total,)


def test_names_are_one_whatever_their_letters_size() -> None:
    root = Node("ROOT")
    root.put(
        "SOFTWARE\\Vendor", 5, (Value(name="Path", kind="SZ", data="a"), Value(name="Other", kind="DWORD", data=1))
    )
    root.put("software\\VENDOR", 9, (Value(name="PATH", kind="SZ", data="b"),))
    (software,) = root.keys.values()
    vendor = software.keys["VENDOR"]
    assert (software.name, vendor.name, vendor.time) == ("SOFTWARE", "Vendor", 9)
    assert [(value.name, value.data) for value in vendor.values] == [
        ("PATH", b"b\0\0\0"),
        ("Other", b"\1\0\0\0"),
    ]


def test_names_beyond_western_letters_come_back() -> None:
    root = Node("ROOT")
    root.put(
        "Приложения\\Ünïted\\文書",
        TIME,
        (Value(name="имя", kind="SZ", data="значение"), Value(name="é", kind="DWORD", data=1)),
    )
    _, reader = written(root)
    compared(root, reader.root)
    assert reader.root.keys["Приложения"].flags == 0
    assert reader.root.at("Приложения\\Ünïted").flags == 0x20


def test_a_key_without_a_time_was_written_when_the_newest_below_was_made() -> None:
    root = Node("ROOT")
    root.put("A\\old", 100)
    root.put("A\\new", 900)
    root.put("A\\touched", 950, made=50)
    root.put("B", 70)
    root.put("B\\later", 400)
    root.put("C")
    root.settle(60)
    assert (root.keys["A"].time, root.keys["A"].made) == (900, 50)
    assert (root.keys["B"].time, root.keys["B"].made) == (70, 70)
    assert (root.keys["C"].time, root.time) == (60, 70)


@pytest.mark.parametrize("path", ["", "A\\\\B", "\\A", "x" * 256, "A\\" + "y" * 300])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="1 to 255 characters"):
        Node("ROOT").put(path)


@pytest.mark.parametrize(
    ("kind", "data"), [("SZ", 1), ("DWORD", "1"), ("BINARY", "00"), ("MULTI_SZ", "a"), ("QWORD", b"1")]
)
def test_data_of_another_kind_is_refused(kind: str, data: str | int | bytes) -> None:
    with pytest.raises(ValueError, match=f"no {kind}"):
        stored(Value(name="x", kind=kind, data=data))


def test_thousands_of_keys_stay_small_when_packed() -> None:
    root = Node("ROOT")
    for number in range(5000):
        values = (
            Value(name="ImagePath", kind="EXPAND_SZ", data=f"%SystemRoot%\\system32\\s{number}.exe"),
            Value(name="Start", kind="DWORD", data=number % 5),
        )
        root.put(f"Group {number % 50}\\Service {number}", TIME + number * 12_345_677, values)
    made, _ = written(root)
    assert len(lzma.compress(made.data)) < 5000 * 20


names = st.text(st.characters(codec="latin-1", exclude_characters="\\\0"), min_size=1, max_size=20)
values = st.lists(st.tuples(names, st.binary(max_size=60)), max_size=3, unique_by=lambda pair: pair[0].upper())


@given(st.lists(st.tuples(st.lists(names, min_size=1, max_size=4), values), max_size=30))
def test_any_hive_comes_back(content: list[tuple[list[str], list[tuple[str, bytes]]]]) -> None:
    root = Node("ROOT")
    for number, (path, held) in enumerate(content):
        root.put("\\".join(path), TIME + number, [Stored(name, 3, data) for name, data in held])
    made, reader = written(root)
    compared(root, reader.root)
    assert reader.cells.keys() == reader.used
    assert made.data == written(root)[0].data
