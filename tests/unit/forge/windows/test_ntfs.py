"""Records of the master file table are read alike with and without the update sequence, and hold what the plan says."""

import struct
from dataclasses import dataclass, replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.forge.windows.kept import RECORDS, RUN, STREAM, kept
from training.forge.windows import ntfs
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Recorded


@dataclass
class Attribute:
    kind: int
    name: str
    content: bytes | None
    size: int


def restored(record: bytes) -> bytes:
    """A record with the ends of its sectors put back, as a reader of a disk does it."""
    at, count = struct.unpack_from("<HH", record, 4)
    mark, whole = record[at : at + 2], bytearray(record)
    for number in range(1, count):
        end = number * 512
        assert whole[end - 2 : end] == mark
        whole[end - 2 : end] = record[at + 2 * number : at + 2 * number + 2]
    return bytes(whole)


def attributes(record: bytes) -> list[Attribute]:
    place, found = struct.unpack_from("<H", record, 0x14)[0], []
    (used,) = struct.unpack_from("<I", record, 0x18)
    while (kind := struct.unpack_from("<I", record, place)[0]) != 0xFFFFFFFF:
        length, elsewhere, letters, name_at = struct.unpack_from("<IBBH", record, place + 4)
        assert length % 8 == 0
        name = record[place + name_at : place + name_at + 2 * letters].decode("utf-16-le")
        if elsewhere:
            (size,) = struct.unpack_from("<Q", record, place + 0x30)
            found.append(Attribute(kind, name, None, size))
        else:
            size, at = struct.unpack_from("<IH", record, place + 0x10)
            assert at + size <= length
            found.append(Attribute(kind, name, record[place + at : place + at + size], size))
        place += length
    assert place + 8 == used
    return found


def test_a_record_is_found_and_says_who_it_is() -> None:
    record = ntfs.record(RECORDS[0], 84_000)
    assert len(record) == 1024
    assert record[:5] == b"FILE0"
    links, first, flags, used, room = struct.unpack_from("<HHHII", record, 0x12)
    assert (links, first, flags, room) == (1, 0x38, 1, 1024)
    assert used <= 1016
    assert struct.unpack_from("<I", record, 0x2C) == (84_000,)
    folder = ntfs.record(RECORDS[3], 7)
    assert struct.unpack_from("<H", folder, 0x16) == (3,)
    assert [each.kind for each in attributes(folder)] == [0x10, 0x30]


def test_both_times_and_the_name_are_those_of_the_plan() -> None:
    dropped = RECORDS[1]
    standard, named, data = attributes(ntfs.record(dropped, 91_777))
    assert standard.content is not None
    assert named.content is not None
    assert struct.unpack_from("<4Q", standard.content) == (dropped.created, *[dropped.modified] * 3)
    parent, *times = struct.unpack_from("<5Q", named.content)
    assert parent == 5 | 5 << 48
    assert times == [dropped.named_created] * 4
    whole, size, flags, _, letters, space = struct.unpack_from("<QQIIBB", named.content, 0x28)
    assert (whole, size, flags, letters, space) == (20_480, 18_432, 0x20, 7, 3)
    assert named.content[0x42:].decode("utf-16-le") == "upd.dll"
    assert (data.kind, data.content, data.size) == (0x80, None, 18_432)
    note = attributes(ntfs.record(RECORDS[2], 1))
    assert note[0].content is not None
    assert struct.unpack_from("<4Q", note[0].content) == (RUN, RUN + 1, RUN + 2, RUN + 3)
    assert note[1].content is not None
    assert note[1].content[0x41] == 1


def test_streams_stand_behind_the_file_itself() -> None:
    found = attributes(ntfs.record(RECORDS[0], 1))
    assert [(each.kind, each.name, each.content) for each in found[2:]] == [
        (0x80, "", None),
        (0x80, "Zone.Identifier", STREAM),
    ]
    assert [each.content for each in attributes(ntfs.record(RECORDS[2], 1))[2:]] == [RECORDS[2].content]
    empty = Recorded(name="empty", size=0, created=1, modified=1, named_created=1)
    assert attributes(ntfs.record(empty, 1))[2] == Attribute(0x80, "", b"", 0)


def test_clusters_of_a_file_lie_on_the_volume() -> None:
    record = ntfs.record(RECORDS[0], 84_000)
    at = record.index(struct.pack("<I", 0x80), 0x100)
    last, run_at = struct.unpack_from("<QH", record, at + 0x18)
    assert last == 48_213 // 4096
    lengths = record[at + run_at]
    count = int.from_bytes(record[at + run_at + 1 : at + run_at + 1 + (lengths & 15)], "little", signed=True)
    start = at + run_at + 1 + (lengths & 15)
    place = int.from_bytes(record[start : start + (lengths >> 4)], "little", signed=True)
    assert (count, place) == (12, 0x80000 + 84_000 * 16)
    assert record[start + (lengths >> 4)] == 0


@given(
    st.binary(max_size=420),
    st.lists(st.binary(max_size=90), max_size=3),
    st.text("abcdefghij .-_é", min_size=1, max_size=60),
)
def test_the_update_sequence_changes_nothing(content: bytes, streams: list[bytes], name: str) -> None:
    held = tuple((f"s{number}", data) for number, data in enumerate(streams))
    entry = Recorded(
        name=name, size=len(content), created=1, modified=2, named_created=3, content=content, streams=held
    )
    try:
        record = ntfs.record(entry, 84_000)
    except ntfs.TooLargeError:
        assume(False)
    assert attributes(restored(record)) == attributes(record)
    assert [(each.name, each.content) for each in attributes(record)[2:]] == [("", content), *held]


@pytest.mark.parametrize("size", [600, 700, 2000])
def test_what_does_not_fit_is_refused(size: int) -> None:
    with pytest.raises(ntfs.TooLargeError, match=r"upd\.dll needs"):
        ntfs.record(replace(RECORDS[1], content=bytes(size), streams=(("Zone.Identifier", bytes(200)),)), 1)


def test_numbers_are_given_where_the_plan_gives_none() -> None:
    numbered = ntfs.numbered(RECORDS)
    assert [(number, entry.name) for number, entry in numbered] == [
        (84_000, "offer.docm"),
        (84_001, "a much longer note to make it wide.txt"),
        (84_002, "drv"),
        (91_777, "upd.dll"),
    ]
    taken = ntfs.numbered((replace(RECORDS[1], number=84_000), *RECORDS[2:]))
    assert [number for number, _ in taken] == [84_000, 84_001, 84_002]


def test_records_lie_four_to_a_page() -> None:
    plan = kept(records=RECORDS + tuple(replace(RECORDS[3], name=f"d{number}") for number in range(3)))
    machine = Machine(plan)
    ntfs.write(machine)
    memory = bytes(machine.physical.data)
    places, at = [], -1
    while (at := memory.find(b"FILE0", at + 1)) >= 0:
        places.append(at)
    assert len(places) == 7
    assert all(place % 1024 == 0 for place in places)
    assert {place - place % 4096 for place in places[:4]} == {places[0]}
    numbers = [struct.unpack_from("<I", memory, place + 0x2C)[0] for place in places]
    assert numbers == sorted(numbers)
