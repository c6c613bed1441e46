import struct
from itertools import pairwise

import pytest

from tests.unit.forge.windows import walk
from training.forge.windows.heap import Arena
from training.forge.windows.memory import FIRST, PAGE, MemoryFullError, Physical, Space, UnmappedError
from training.forge.windows.parts import Parts

KERNEL = 0xFFFFF80123400000
USER = 0x7FF612340000


@pytest.fixture
def parts() -> Parts:
    return Parts("memory")


@pytest.fixture
def physical(parts: Parts) -> Physical:
    return Physical(32 << 20, parts)


def test_pages_lie_all_over_memory_in_small_runs_and_never_twice(physical: Physical) -> None:
    taken = [physical.alloc() for _ in range(900)]
    assert len(set(taken)) == 900
    assert all(FIRST <= page < physical.size and page % PAGE == 0 for page in taken)
    runs = sum(after - before != PAGE for before, after in pairwise(taken)) + 1
    assert 900 / 8 <= runs < 900 / 4
    assert max(taken) - min(taken) > physical.size // 3
    assert physical.used == 900 * PAGE


def test_pages_in_a_row_are_in_a_row(physical: Physical) -> None:
    taken: set[int] = set()
    for count in (1, 9, 3, 40, 8, 1):
        first = physical.alloc(count)
        pages = {first + PAGE * number for number in range(count)}
        assert taken.isdisjoint(pages)
        taken |= pages


def test_what_one_part_takes_moves_no_other(parts: Parts) -> None:
    def places(more: int) -> list[int]:
        physical = Physical(32 << 20, parts)
        found = []
        for number in range(10):
            with parts.turn("first"):
                for _ in range(1 + more):
                    physical.alloc()
            with parts.turn(f"second {number % 3}"):
                found.append(physical.alloc(2))
        return found

    alone, beside = places(0), places(4)
    assert sum(before == after for before, after in zip(alone, beside, strict=True)) >= 8


def test_memory_is_used_to_its_last_run(physical: Physical) -> None:
    for _ in range((physical.size - FIRST) // (8 * PAGE)):
        physical.alloc(5)
    with pytest.raises(MemoryFullError, match="32 MiB"):
        physical.alloc(6)


def test_too_little_memory_is_said_with_its_size(physical: Physical) -> None:
    with pytest.raises(MemoryFullError, match="32 MiB"):
        physical.alloc((16 << 20 >> 12) + 1)


def test_nothing_is_written_past_the_end(physical: Physical) -> None:
    with pytest.raises(ValueError, match="past the end"):
        physical.write(physical.size - 2, b"abc")
    assert len(physical.data) == 32 << 20


@pytest.mark.parametrize("address", [KERNEL, USER, 0, 0xFFFFFFFFFFFFF000])
def test_a_processor_finds_what_was_written(physical: Physical, address: int) -> None:
    space = Space(physical)
    space.map(address)
    space.write(address, b"here")
    assert walk.read(physical.data, space.top, address, 4) == b"here"
    assert space.read(address, 4) == b"here"


def test_entries_say_what_may_be_done_and_what_was(physical: Physical) -> None:
    space = Space(physical)
    space.map(KERNEL)
    space.map(USER, write=False, execute=True, dirty=False)
    kernel, user = (walk.entry(physical.data, space.top, each) for each in (KERNEL, USER))
    assert kernel & (walk.WRITE | walk.USER | walk.DIRTY | walk.NO_EXECUTE) == walk.WRITE | walk.DIRTY | walk.NO_EXECUTE
    assert user & (walk.WRITE | walk.USER | walk.ACCESSED | walk.DIRTY | walk.NO_EXECUTE) == walk.USER | walk.ACCESSED


def test_content_crosses_pages_that_lie_apart(physical: Physical) -> None:
    space = Space(physical)
    space.map(USER + PAGE)
    physical.alloc(5)
    space.map(USER)
    content = bytes(range(256)) * 32
    space.map(USER + 2 * PAGE)
    space.write(USER + 1000, content)
    assert space.read(USER + 1000, len(content)) == content
    assert walk.read(physical.data, space.top, USER + 1000, len(content)) == content


def test_an_address_without_a_page_is_an_error(physical: Physical) -> None:
    space = Space(physical)
    space.map(USER)
    with pytest.raises(UnmappedError, match="0x7ff612341000"):
        space.write(USER + PAGE - 2, b"abc")
    with pytest.raises(UnmappedError):
        space.read(USER - 1, 1)
    assert not space.mapped(USER + PAGE)
    assert space.frame(USER + PAGE) is None


def test_a_page_is_replaced_only_on_request(physical: Physical) -> None:
    space = Space(physical)
    space.map(USER, write=False)
    with pytest.raises(ValueError, match="already"):
        space.map(USER)
    fresh = space.map(USER + 5, replace=True)
    assert space.frame(USER) == fresh
    assert walk.entry(physical.data, space.top, USER) & walk.WRITE


def test_ranges_are_filled_where_they_are_empty(physical: Physical) -> None:
    space = Space(physical)
    kept = space.map(USER + PAGE)
    assert space.cover(USER + 4090, PAGE + 10) == USER + 4090
    assert space.frame(USER + PAGE) == kept
    assert list(space.pages()) == [USER + PAGE, USER, USER + 2 * PAGE]
    assert space.reserve(USER + 7, 1) == USER


def test_a_shared_page_is_one_page(physical: Physical) -> None:
    one, other = Space(physical), Space(physical)
    frame = one.map(USER)
    other.map(USER + PAGE, frame, write=False)
    one.write(USER, b"seen by both")
    assert other.read(USER + PAGE, 12) == b"seen by both"


def test_a_table_refers_to_itself_once_and_shares_the_upper_half(physical: Physical) -> None:
    kernel, process = Space(physical), Space(physical)
    kernel.map(KERNEL)
    kernel.write(KERNEL, b"kernel")
    kernel.refer(0x1ED)
    process.map(USER)
    process.share(kernel)
    process.refer(0x1ED)
    entries = struct.unpack("<512Q", physical.read(process.top, PAGE))
    assert [index for index, found in enumerate(entries) if found & walk.FRAME == process.top] == [0x1ED]
    assert walk.read(physical.data, process.top, KERNEL, 6) == b"kernel"
    assert not walk.entry(physical.data, kernel.top, USER)


def test_an_arena_fills_upwards_and_keeps_a_page_behind_its_end(physical: Physical) -> None:
    space = Space(physical)
    arena = Arena(space, USER, 4 * PAGE)
    first = arena.alloc(10)
    name = arena.text("häus")
    assert first == USER
    assert name == USER + 10
    assert space.read(name, 10) == "häus\0".encode("utf-16-le")
    assert arena.put(b"x") % 16 == 0
    arena.alloc(PAGE - arena.used, 1)
    assert arena.used == PAGE
    assert not space.mapped(USER + PAGE)
    arena.close()
    assert space.mapped(USER + PAGE)
    with pytest.raises(ValueError, match="too few"):
        arena.alloc(4 * PAGE)
