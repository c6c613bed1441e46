import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.forge.windows import populated, reading, walk
from training.forge.windows import Forged, areas, process
from training.forge.windows.builds.load import NAMES
from training.forge.windows.layout import Struct
from training.forge.windows.machine import Machine
from training.forge.windows.memory import PAGE
from training.forge.windows.plan import Area, Kind
from training.forge.windows.written import Placed

LOCALE = "C:\\Windows\\System32\\locale.nls"


@pytest.fixture(scope="module", params=NAMES)
def made(request: pytest.FixtureRequest) -> Forged:
    return reading.forged(request.param)


def tree(made: Forged, node: int, parent: int = 0) -> list[Struct]:
    """The records below a node in the order of their addresses; each has to know the one above it."""
    if not node:
        return []
    found = reading.view(made, "_MMVAD_SHORT", node)
    assert found.get("VadNode.ParentValue") & ~3 == parent
    left, right = found.get("VadNode.Left"), found.get("VadNode.Right")
    return [*tree(made, left, node), found, *tree(made, right, node)]


def test_protections_stand_where_the_kernels_table_has_their_words(made: Forged) -> None:
    words = dict(zip(range(32), reading.numbers(made, made.machine.symbol("MmProtectToValue"), 32), strict=True))
    values = {name: words[index] for name, index in areas.PROTECTIONS.items()}
    assert values == {
        "NOACCESS": 0x01,
        "READONLY": 0x02,
        "EXECUTE": 0x10,
        "EXECUTE_READ": 0x20,
        "READWRITE": 0x04,
        "WRITECOPY": 0x08,
        "EXECUTE_READWRITE": 0x40,
        "EXECUTE_WRITECOPY": 0x80,
    }


def told(made: Forged, record: Struct) -> tuple[int, int, int, int, bytes]:
    """First and last address, protection, whether it is private, and the tag of its block."""
    start = record.get("StartingVpnHigh") << 32 | record.get("StartingVpn")
    end = record.get("EndingVpnHigh") << 32 | record.get("EndingVpn")
    flags = [record.get(f"u.VadFlags.{member}") for member in ("Protection", "PrivateMemory")]
    tag = reading.kernel(made).read(record.address - 12, 4)
    return start * PAGE, end * PAGE + PAGE - 1, flags[0], flags[1], tag


@pytest.mark.parametrize("name", ["Registry", "csrss.exe", "rundll.exe", "svchost.exe", "tool.exe"])
def test_the_tree_tells_all_areas_in_order(made: Forged, name: str) -> None:
    found = tree(made, reading.process(made, name).get("VadRoot.Root"))
    placed = sorted(reading.named(made, name).areas, key=lambda each: each.start)
    assert [told(made, each) for each in found] == [
        (
            each.start,
            each.start + each.size - 1,
            areas.PROTECTIONS[each.protection],
            int(each.kind is Kind.PRIVATE),
            b"VadS" if each.kind is Kind.PRIVATE else b"Vad ",
        )
        for each in placed
    ]
    assert reading.process(made, name).get("VadCount") == len(placed)


def file_of(made: Forged, node: int) -> str:
    part = reading.view(made, "_MMVAD", node).get("Subsection")
    area = reading.view(made, "_CONTROL_AREA", reading.view(made, "_SUBSECTION", part).get("ControlArea"))
    file = area.get("FilePointer.Value") & ~0xF
    at = made.machine.build.offset("_FILE_OBJECT", "FileName")
    return reading.string(reading.kernel(made), file + at) if file else ""


def test_mapped_areas_lead_to_their_files(made: Forged) -> None:
    written = reading.named(made, "rundll.exe")
    mapped = [each for each in written.areas if each.kind is Kind.MAPPED]
    found = {file_of(made, written.nodes[each.start]) for each in mapped}
    assert {each.path for each in mapped} == found
    assert {"", "\\Windows\\System32\\locale.nls", "\\Users\\Public\\drv\\upd.dll"} < found


def test_images_were_not_written_to_and_are_marked_as_such(made: Forged) -> None:
    written, own = reading.named(made, "rundll.exe"), reading.memory(made, "rundll.exe")
    images = [each for each in written.areas if each.image]
    assert len(images) == 7
    for each in images:
        entries = [walk.entry(made.data, own.top, at) for at in range(each.start, each.end, PAGE)]
        present = [entry for entry in entries if entry]
        assert present
        assert own.read(each.start, 2) == b"MZ"
        assert not any(entry & (walk.DIRTY | walk.WRITE) for entry in present)
        record = reading.view(made, "_MMVAD", written.nodes[each.start])
        assert record.get("Core.u.VadFlags.VadType") == 2


def test_an_area_holds_its_content_and_lies_where_its_label_says(made: Forged) -> None:
    written, own = reading.named(made, "rundll.exe"), reading.memory(made, "rundll.exe")
    at = written.addresses["region"]
    assert own.read(at, len(populated.INERT)) == populated.INERT
    entry = walk.entry(made.data, own.top, at)
    assert entry & walk.DIRTY
    assert entry & walk.WRITE
    assert not entry & walk.NO_EXECUTE
    assert walk.entry(made.data, own.top, at + PAGE) == 0


@given(st.integers(min_value=0, max_value=300))
def test_the_tree_is_balanced_whatever_the_number(count: int) -> None:
    nodes = [0x1000 + 0x50 * number for number in range(count)]
    links = dict(zip(nodes, areas.balanced(nodes), strict=True))

    def height(node: int, parent: int) -> int:
        if not node:
            return 0
        left, right, above = links.pop(node)
        lower, upper = height(left, node), height(right, node)
        assert above & ~3 == parent
        assert {0: lower == upper, 3: lower == upper + 1}[above & 3]
        return max(lower, upper) + 1

    found = height(nodes[count // 2] if nodes else 0, 0)
    assert not links
    assert found <= math.ceil(math.log2(count + 1))


@pytest.fixture
def machine() -> Machine:
    """A machine whose processes are laid out, and may get more memory."""
    plan = populated.plan()
    made = reading.unfinished(replace(plan, processes=plan.processes[:5]))
    process.open_(made)
    return made


def test_further_memory_lies_apart_and_is_found_again(machine: Machine) -> None:
    written = machine.process(676)
    starts = [areas.add(machine, written, Area(size=size, protection="READWRITE")) for size in (1, 0x1000, 0x200001)]
    again = [machine.random(f"area 676 {written.plan.created} {number}").random() for number in range(3)]
    assert len(set(again)) == 3
    assert all(start % areas.STEP == 0 for start in starts)
    ordered = sorted(written.areas, key=lambda each: each.start)
    assert all(before.end < after.start for before, after in pairwise(ordered))
    assert [each.size for each in written.areas[-3:]] == [0x1000, 0x1000, 0x201000]


def test_a_place_that_is_taken_is_refused(machine: Machine) -> None:
    written = machine.process(676)
    start = areas.add(machine, written, Area(size=0x3000, protection="READWRITE"))
    for at, size in ((start, 0x1000), (start - 0x1000, 0x1001), (start + 0x2000, 0x9000), (start - 0x1000, 0x9000)):
        with pytest.raises(ValueError, match="Process 676 has memory at"):
            areas.add(machine, written, Area(size=size, protection="READWRITE", start=at))
    areas.add(machine, written, Area(size=0x1000, protection="READWRITE", start=start + 0x3000))
    areas.add(machine, written, Area(size=0x1000, protection="READWRITE", start=start - 0x1000))


def test_a_protection_has_to_be_a_word_of_windows(machine: Machine) -> None:
    with pytest.raises(ValueError, match="'RWX' is no protection"):
        areas.add(machine, machine.process(676), Area(size=1, protection="RWX"))


def test_a_mapped_file_is_the_same_pages_for_all(machine: Machine) -> None:
    content = b"words of a language" * 300
    area = Area(size=0x8000, protection="READONLY", kind=Kind.MAPPED, file="C:\\words.nls", content=content)
    first, second = machine.process(676), machine.process(440)
    one, other = (areas.add(machine, each, area) for each in (first, second))
    assert first.space.read(one, len(content)) == content
    assert first.space.frame(one + PAGE) == second.space.frame(other + PAGE)
    with pytest.raises(ValueError, match="with another content"):
        areas.add(machine, first, replace(area, content=b"others"))


def test_a_program_mapped_as_data_begins_with_its_header(machine: Machine) -> None:
    written = machine.process(676)
    path = populated.SYSTEM_ROOT + "csrss.exe"
    start = areas.add(machine, written, Area(size=0x8000, protection="READONLY", kind=Kind.MAPPED, file=path))
    assert written.space.read(start, 2) == b"MZ"
    assert not written.areas[-1].image
    assert written.areas[-1].path == "\\Windows\\System32\\csrss.exe"


def test_the_file_of_data_is_no_image(machine: Machine) -> None:
    with pytest.raises(ValueError, match="is mapped as data"):
        areas.laid_out(machine.images.data(LOCALE))


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 6)), max_size=25))
def test_what_is_vacant_overlaps_nothing(wanted: list[tuple[int, int]]) -> None:
    written = reading.empty()
    taken: set[int] = set()
    for at, count in wanted:
        pages = set(range(at, at + count))
        free = areas.vacant(written, at * PAGE, count * PAGE)
        assert free == (not pages & taken)
        if free:
            areas.place(written, Placed(start=at * PAGE, size=count * PAGE, protection="READONLY"))
            taken |= pages


def test_memory_of_a_process_without_a_program_lies_where_windows_puts_it() -> None:
    plan = populated.plan()
    area = Area(size=0x5000, protection="READWRITE", content=b"page of another process", label="store")
    machine = reading.unfinished(replace(plan, processes=(replace(plan.processes[1], areas=(area,)),)))
    process.open_(machine)
    assert 1 << 40 < machine.process(92).addresses["store"] < 1 << 42
