"""Types out of BTF: what each kind becomes, and what is refused of a block that is damaged or hostile."""

import contextlib
import random
import struct
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from tests.unit.forge.linux.blocks import Block
from training.errors import Refused
from training.forge.linux import btf, symbols
from training.forge.linux.btf import Btf, Kind


def rich() -> bytes:
    """A block with every kind of type that analysis meets."""
    block = Block()
    whole, char = block.whole(), block.whole("char", 1, 2)
    block.whole("_Bool", 1, 4)
    real = block.add(Kind.FLOAT, "double", 8)
    pointer = block.add(Kind.PTR, "", whole)
    proto = block.add(Kind.FUNC_PROTO, "", whole, struct.pack("<II", 0, pointer), count=1)
    forward = block.add(Kind.FWD, "unseen", 0)
    seen = block.add(Kind.PTR, "", forward)
    inner = block.composite("", 8, ("a", whole, 0), ("d", real, 0), kind=Kind.UNION)
    renamed = block.add(Kind.TYPEDEF, "inner_t", block.add(Kind.CONST, "", block.add(Kind.VOLATILE, "", inner)))
    low = block.enumeration("few", ("NONE", 0), ("LAST", -1), signed=True)
    block.enumeration("many", ("HUGE", 1 << 63), size=8)
    outer = block.composite(
        "outer", 40, ("", inner, 0), ("name", block.array(char, 16), 64), ("call", block.add(Kind.PTR, "", proto), 192),
        ("next", seen, 256), ("bits", whole, 320, 3), ("kind", low, 323, 2), ("t", renamed, 0),
    )  # fmt: skip
    block.add(Kind.FUNC, "main", proto)
    block.add(Kind.VAR, "here", outer, struct.pack("<I", 1))
    block.add(Kind.DATASEC, ".data", 4096, struct.pack("<III", 1, 0, 4), count=1)
    block.add(Kind.DECL_TAG, "tag", outer, struct.pack("<i", -1))
    block.add(Kind.TYPE_TAG, "user", whole)
    return block.made()


def test_each_kind_is_read() -> None:
    read = Btf(rich())
    kinds = {each.kind for each in read.types}
    assert kinds >= set(Kind) - {Kind.RESTRICT}
    byname = {each.name: each for each in read.types if each.name}
    assert (byname["int"].signed, byname["char"].char, byname["_Bool"].boolean) == (True, True, True)
    assert byname["few"].values == (("NONE", 0), ("LAST", -1))
    assert byname["many"].values == (("HUGE", 1 << 63),)
    assert [(m.name, m.offset, m.bits) for m in byname["outer"].members][4:6] == [("bits", 320, 3), ("kind", 323, 2)]
    assert next(each.count for each in read.types if each.kind is Kind.ARRAY) == 16


def test_a_union_that_is_only_declared_is_told_from_a_struct() -> None:
    block = Block()
    block.add(Kind.FWD, "one", 0)
    block.add(Kind.FWD, "other", 0, flag=True)
    assert [each.union for each in Btf(block.made()).types[1:]] == [False, True]


def add_to(change: Callable[[Block, int], object]) -> bytes:
    block = Block()
    change(block, block.whole())
    return block.made()


WRONG = {
    "nothing": (b"", "little-endian BTF"),
    "another file": (b"nothing of the kind, though it is long enough", "little-endian BTF"),
    "big-endian": (b"\xeb\x9f" + rich()[2:], "little-endian BTF"),
    "a version to come": (Block().made(version=2), "version 2"),
    "a header too short": (Block().made(header=8), "header of 8 bytes"),
    "types beyond the end": (Block().made(more=(4, 0)), "cut off"),
    "names beyond the end": (Block().made(more=(0, 1)), "cut off"),
    "a kind to come": (add_to(lambda block, _: block.add(20, "new", 0)), "byte 16 of its types: 20 is not a valid"),
    "kind 0": (add_to(lambda block, _: block.add(0, "", 0)), "kind 0"),
    "a member too few": (add_to(lambda block, _: block.add(4, "s", 8, bytes(12), count=2)), "goes on behind the end"),
    "half a member": (add_to(lambda block, _: block.add(4, "s", 8, bytes(6), count=1)), "goes on behind the end"),
    "a typedef of nothing known": (add_to(lambda block, _: block.add(8, "t", 9)), "type 2: it leads to a type beyond"),
    "a member of no type": (add_to(lambda block, _: block.composite("s", 4, ("a", 7, 0))), "type beyond the last"),
    "itself": (add_to(lambda block, _: block.add(8, "t", 2)), "circle"),
    "an array of itself": (add_to(lambda block, _: block.array(2, 4)), "circle"),
    "a pointer to a pointer to it": (add_to(lambda b, _: (b.add(2, "", 3), b.add(2, "", 2))), "circle"),
    "an integer of three bytes": (add_to(lambda block, _: block.whole("odd", 3)), "a number of 3 bytes"),
    "an integer of some bits": (
        add_to(lambda block, _: block.add(1, "old", 4, struct.pack("<I", 3))), "less than all its bits"),
    "an enumeration of no size": (add_to(lambda block, _: block.enumeration("e", size=0)), "a number of 0 bytes"),
    "bits of a pointer": (
        add_to(lambda block, whole: block.composite("s", 8, ("b", block.add(2, "", whole), 0, 3))), "bit field 'b'"),
    "bits of void": (add_to(lambda block, _: block.composite("s", 8, ("b", 0, 0, 3))), "bit field 'b'"),
    "more bits than there are": (add_to(lambda block, whole: block.composite("s", 8, ("b", whole, 0, 33))), "'b'"),
    "a name without end": (rich()[:-1] + b"x", "damaged at byte"),
    "a name without measure": (add_to(lambda block, whole: block.add(8, "n" * 600, whole)), "damaged at byte 16"),
    "a name in no letters": (add_to(lambda block, whole: block.add(8, "é", whole)), "damaged at byte 16"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_block_that_does_not_hold_together_is_refused(what: str) -> None:
    block, why = WRONG[what]
    with pytest.raises(Refused, match=why):
        Btf(block)


def test_a_block_beyond_the_limit_is_refused_unread() -> None:
    with pytest.raises(Refused, match="more than the"):
        Btf(rich() + bytes(btf.LARGEST))


def test_a_struct_may_lead_back_to_itself() -> None:
    block = Block()
    block.composite("node", 16, ("next", 2, 0), ("prev", 2, 64))
    block.add(Kind.PTR, "", 1)
    made = symbols.Isf(Btf(block.made()))
    assert made.user["node"]["fields"]["prev"]["type"]["subtype"] == {"kind": "struct", "name": "node"}


def chain(steps: int) -> bytes:
    block = Block()
    number = block.whole()
    for _ in range(steps):
        number = block.add(Kind.PTR, "", number)
    return block.made()


def test_pointers_to_pointers_have_an_end() -> None:
    assert len(Btf(chain(btf.DEEPEST - 1)).types) == btf.DEEPEST + 1
    with pytest.raises(Refused, match="circle, or through more than 32"):
        Btf(chain(btf.DEEPEST))


def read(block: bytes) -> None:
    """The whole way; nothing but a refusal may come of it."""
    with contextlib.suppress(Refused):
        symbols.make(Btf(block), {"linux_banner": 1}, b"Linux version 6")


def test_a_block_cut_off_anywhere_ends_in_a_refusal() -> None:
    whole = rich()
    for end in range(len(whole)):
        with pytest.raises(Refused):
            Btf(whole[:end])


@try_examples(300)
@given(st.integers(0, len(rich()) - 1), st.binary(min_size=1, max_size=12))
def test_bytes_changed_anywhere_end_in_a_refusal_or_in_types(at: int, new: bytes) -> None:
    whole = bytearray(rich())
    whole[at : at + len(new)] = new
    read(bytes(whole))


WORDS = st.lists(
    st.tuples(st.integers(0, 31), st.integers(0, 12), st.booleans(), st.integers(0, 40), st.binary(max_size=48)),
    max_size=12,
)


@try_examples(300)
@given(WORDS)
def test_any_row_of_types_ends_in_a_refusal_or_in_types(rows: list[tuple[int, int, bool, int, bytes]]) -> None:
    block = Block()
    for kind, count, flag, size, rest in rows:
        block.add(kind, "name", size, rest, count=count, flag=flag)
    read(block.made())


@try_examples(300)
@given(st.lists(st.tuples(st.sampled_from(sorted(btf.LEADING)), st.integers(0, 24)), min_size=1, max_size=24))
def test_any_web_of_types_ends_in_a_refusal_or_in_types(edges: list[tuple[Kind, int]]) -> None:
    block = Block()
    for kind, target in edges:
        block.array(target, 2) if kind is Kind.ARRAY else block.add(kind, "t", target)
    block.composite("s", 8, *((f"m{number}", number, 0) for number in range(len(edges))))
    read(block.made())


def test_copies_under_many_names_have_a_limit() -> None:
    block = Block()
    whole = block.whole()
    great = block.composite("", 4, *((f"m{number}", whole, 0) for number in range(5000)))
    for number in range(1000):
        block.add(Kind.TYPEDEF, f"t{number}", great)
    began = time.process_time()
    with pytest.raises(Refused, match="more than 1000000 fields"):
        symbols.Isf(Btf(block.made()))
    assert time.process_time() - began < 30


def test_noise_is_refused_at_once() -> None:
    noise = random.Random(1).randbytes(1 << 20)  # noqa: S311 - noise, no secret
    began = time.process_time()
    with pytest.raises(Refused):
        Btf(struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, 1 << 19, 1 << 19, 1 << 19) + noise)
    assert time.process_time() - began < 5
