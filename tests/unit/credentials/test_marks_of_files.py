"""Which ids and codes are found in the bytes of a file, in which order, and where the search ends."""

import zlib
from collections.abc import Sequence
from uuid import UUID

import pytest

from training.credentials import compare

FIRST, SECOND = UUID("01900000-0000-7000-8000-0000000000a1"), UUID("01900000-0000-7000-8000-0000000000b2")
CODE = "7K3M9QXD2VHT7RWB4F8N"
SPELLED = "7K3M9-QXD2V-HT7RW-B4F8N"
URN = f"urn:uuid:{FIRST}".encode()


def stream(said: bytes, start: bytes = b"stream\n") -> bytes:
    return start + zlib.compress(said) + b"\nendstream\n"


def test_ids_and_codes_are_found_in_the_order_of_the_file_each_once() -> None:
    marks = f"/ID [ < {SECOND.hex}><00>] urn:uuid:{FIRST} /ID[<{SECOND.hex}>] urn:uuid:{FIRST}".encode()
    assert compare._ids(marks) == [SECOND, FIRST]
    assert compare._ids(f"/ID[<{SECOND.hex.upper()}>]".encode()) == [SECOND]
    assert compare._ids(marks.replace(b"urn:", b"URN:")) == [SECOND]
    assert compare._ids(b"") == []
    assert compare._codes(f"{SPELLED} {CODE} 7K3M9-QXD2VHT7RW-B4F8N {CODE[::-1]}".encode()) == [CODE, CODE[::-1]]
    assert compare._codes(CODE[:-1].encode() + b" " + CODE.lower().encode()) == []


def test_twenty_different_ones_are_looked_up_however_often_each_is_named() -> None:
    others = [UUID(int=one) for one in range(1, 21)]
    names = b" ".join(f"urn:uuid:{one}".encode() for one in others for _ in range(3))
    assert compare._ids(names + URN) == others
    assert compare._ids(names.replace(str(others[4]).encode(), b"x") + URN) == [*others[:4], *others[5:], FIRST]
    codes = [f"{CODE[:18]}{a}{b}" for a in "23456" for b in "2345"]
    typed = b" ".join(one.encode() for one in codes for _ in range(3))
    assert compare._codes(typed + b" " + CODE.encode()) == codes
    assert compare._codes(typed.replace(codes[3].encode(), b"x") + b" " + CODE.encode()) == [
        *codes[:3], *codes[4:], CODE,
    ]  # fmt: skip


def test_the_parts_of_a_file_are_its_bytes_its_wide_texts_and_what_its_streams_hold() -> None:
    wide = [b"(\xfe\xff" + one.encode("utf-16-be") + b")" for one in ("seven77", "eight888", "nine99999")]
    data = b"%PDF-1.7\n" + b"".join(wide) + stream(b"one") + b"stream\nbroken" + stream(b"two", b"stream\r\n")
    assert list(compare._parts(data)) == [data, b"eight888\nnine99999", b"one", b"two"]
    assert list(compare._parts(b"")) == [b"", b""]


def ids(*streams: bytes) -> Sequence[UUID]:
    return compare._ids(b"".join(streams))


@pytest.mark.parametrize(("before", "found"), [(399, [FIRST]), (400, [])])
def test_four_hundred_streams_are_unpacked(before: int, found: list[UUID]) -> None:
    """Where one ends, none begins."""
    assert ids(*[b"stream\nx"] * before, stream(URN)) == found
    assert ids(*[stream(b"")] * before, stream(URN)) == found


@pytest.mark.parametrize(
    ("sizes", "found"),
    [
        ((compare.UNPACKED - len(URN),), [FIRST]),
        ((compare.UNPACKED - len(URN) + 1,), []),
        ((compare.UNPACKED,), []),
        ((compare.UNPACKED // 2, compare.UNPACKED // 2 - len(URN)), [FIRST]),
        ((compare.UNPACKED // 2, compare.UNPACKED // 2 - len(URN) + 1), []),
        ((compare.UNPACKED + 1,), []),
    ],
)
def test_all_streams_together_are_unpacked_to_so_many_bytes(sizes: Sequence[int], found: list[UUID]) -> None:
    assert ids(*(stream(bytes(one)) for one in sizes), stream(URN)) == found


def test_a_stream_is_unpacked_no_further_than_what_is_left() -> None:
    """A small file that would unpack to gigabytes is one part of at most four mebibytes."""
    data = stream(bytes(compare.UNPACKED * 3))
    assert [len(one) for one in compare._parts(data)] == [len(data), 0, compare.UNPACKED]
    data = stream(bytes(compare.UNPACKED - 1)) + stream(b"12345") + stream(b"6")
    assert [len(one) for one in compare._parts(data)] == [len(data), 0, compare.UNPACKED - 1, 1]
