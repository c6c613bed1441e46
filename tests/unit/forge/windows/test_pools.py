import random
import struct

import pytest

from training.forge.windows.memory import PAGE, Physical, Space
from training.forge.windows.parts import Parts
from training.forge.windows.pools import HEADER, LARGEST, SIZE, Big, Pool, PoolKind

BASE = 0xFFFF830004000000


@pytest.fixture
def pool() -> Pool:
    parts = Parts("pools")
    return Pool(Space(Physical(32 << 20, parts)), BASE, PoolKind.PAGED, parts)


def header(pool: Pool, address: int) -> tuple[int, int, int, int, bytes]:
    found: tuple[int, int, int, int, bytes] = struct.unpack("<BBBB4s", pool.space.read(address - HEADER, 8))
    return found


def test_a_block_tells_its_size_its_pool_and_whose_it_is(pool: Pool) -> None:
    first, second = pool.alloc(0x20, b"Abcd"), pool.alloc(1, b"Efgh")
    assert header(pool, first) == (0, 0, 3, 3, b"Abcd")
    assert header(pool, second) == (3, 0, 2, 3, b"Efgh")
    assert second == first + 0x30


def test_headers_chain_through_each_page_from_its_start(pool: Pool) -> None:
    draw = random.Random(3)  # noqa: S311 - the same blocks each time
    blocks = {pool.alloc(draw.randrange(1, 0xE00), b"Test") for _ in range(300)}
    for page in sorted({block & ~(PAGE - 1) for block in blocks}):
        at, previous = page, 0
        while at < page + PAGE and (size := pool.space.read(at + 2, 1)[0]):
            assert pool.space.read(at, 1)[0] == previous
            assert at + HEADER in blocks
            blocks.remove(at + HEADER)
            at, previous = at + size * 16, size
        assert at <= page + PAGE
        assert not any(pool.space.read(at, page + PAGE - at)) if at < page + PAGE else True
    assert not blocks


def test_blocks_of_a_part_lie_next_to_each_other_and_move_with_no_other(pool: Pool) -> None:
    parts = pool._parts
    other = Pool(Space(Physical(32 << 20, parts)), BASE, PoolKind.PAGED, parts)
    found: list[list[int]] = []
    for each, more in ((pool, 1), (other, 90)):
        found.append([])
        for _ in range(12):
            with parts.turn("busy"):
                for _ in range(more):
                    each.alloc(0x200, b"Busy")
            with parts.turn("quiet"):
                found[-1].append(each.alloc(0x50, b"Calm"))
    assert found[0] == found[1]
    assert found[0] == [found[0][0] + 0x60 * number for number in range(12)]
    assert all(BASE < place < pool.end == BASE + SIZE for place in found[0])


def test_what_was_not_written_is_zero(pool: Pool) -> None:
    address = pool.alloc(0x100, b"Zero")
    assert pool.space.read(address, 0x100) == bytes(0x100)


def test_large_blocks_are_whole_pages_that_a_list_names(pool: Pool) -> None:
    pool.alloc(16, b"Abcd")
    large = pool.alloc(LARGEST - HEADER + 1, b"CM10")
    larger = pool.alloc(3 * PAGE, b"CM31")
    assert large % PAGE == 0
    assert pool.big == [Big(large, b"CM10", PAGE, PoolKind.PAGED), Big(larger, b"CM31", 3 * PAGE, PoolKind.PAGED)]
    assert pool.alloc(16, b"Abcd") == larger + 3 * PAGE + HEADER
    assert pool.alloc(40 * PAGE, b"Wide") % PAGE == 0


def test_the_largest_block_with_a_header_fills_a_page(pool: Pool) -> None:
    address = pool.alloc(LARGEST - HEADER, b"Full")
    assert header(pool, address)[2] == LARGEST >> 4
    assert not pool.big


def test_a_tag_has_four_bytes(pool: Pool) -> None:
    with pytest.raises(ValueError, match="four bytes"):
        pool.alloc(16, b"Key")
