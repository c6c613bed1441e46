import pytest

from tests.unit.forge.windows import walk
from tests.unit.forge.windows.small import DRIVERS, MODULES, small
from training.forge.windows import drivers, kernel
from training.forge.windows.machine import TOP, Machine
from training.forge.windows.objects import FIRST_TYPE, TYPES
from training.forge.windows.plan import Module

SIZES = {1: 0x20, 2: 0x20, 4: 0x10, 8: 0x20, 16: 0x10, 32: 0x10, 64: 0x10, 128: 0x04}


def kind_of(machine: Machine, body: int) -> int:
    """The number of an object's type as the kernel works it out."""
    header = machine.objects.header(body)
    return machine.struct("_OBJECT_HEADER", header).get("TypeIndex") ^ machine.objects.cookie ^ header >> 8 & 0xFF


@pytest.mark.parametrize("kind", ["Process", "Event", "Key", "ALPC Port"])
def test_a_type_is_known_only_with_the_cookie(machine: Machine, kind: str) -> None:
    bodies = [machine.objects.new(kind, 0x200) for _ in range(40)]
    expected = list(TYPES).index(kind) + FIRST_TYPE
    assert {kind_of(machine, body) for body in bodies} == {expected}
    assert len({machine.struct("_OBJECT_HEADER", machine.objects.header(body)).get("TypeIndex") for body in bodies}) > 3


def test_no_type_is_written_as_nothing_and_no_block_without_an_object_has_its_tag(machine: Machine) -> None:
    bodies = {machine.objects.new("Event", 0x18) for _ in range(2000)}
    headers = {machine.objects.header(body) for body in bodies}
    assert all(machine.struct("_OBJECT_HEADER", header).get("TypeIndex") for header in headers)
    free = 0
    for page in sorted({header & ~0xFFF for header in headers}):
        at = page
        while at < page + 0x1000 and (size := machine.kernel.read(at + 2, 1)[0]):
            kind, tag = machine.kernel.read(at + 3, 1)[0], machine.kernel.read(at + 4, 4)
            assert (tag == b"Free") == (kind == 0)
            assert tag != b"Even" or at + 0x30 in headers
            free += tag == b"Free"
            at += size * 16
    assert free


def found_in(machine: Machine, kind: str, body: int) -> list[int]:
    """Where a scanner takes a header for one of that type, in steps from the start of an object's block."""
    header = machine.objects.header(body)
    named = machine.struct("_OBJECT_HEADER", header).get("InfoMask") & 2
    block = header - (0x40 if named else 0x20)
    data = machine.kernel.read(block, min(0x100, 0x1000 - (block & 0xFFF))).ljust(0x100, b"\0")
    limit = min(sum(SIZES.values()), 16 * machine.kernel.read(block - 0x10 + 2, 1)[0])
    wanted = list(TYPES).index(kind) + FIRST_TYPE
    return [
        step
        for step in range(0, limit, 0x10)
        if 0 <= int.from_bytes(data[step : step + 8], "little", signed=True) < 0x1000000
        and data[step + 0x18] ^ machine.objects.cookie ^ (block + step) >> 8 & 0xFF == wanted
    ]


def test_a_scanner_finds_one_object_in_each_block() -> None:
    modules = tuple(Module(path=f"{DRIVERS}d{n}.sys", size=0x9000, driver="d" * (n % 9 + 1)) for n in range(250))
    machine = Machine(small(modules=(*MODULES, *modules)))
    kernel.write(machine)
    drivers.write(machine)
    bodies = {("Driver", driver) for driver in driver_objects(machine)}
    for number in range(800):
        bodies.add(("Mutant", machine.objects.new("Mutant", 0x38, f"m{number}" if number % 3 else "")))
        link = machine.object("SymbolicLink", "_OBJECT_SYMBOLIC_LINK", "C:", machine.paged)
        link.put("CreationTime.QuadPart", 133_000_000_000_000_000 + number)
        machine.text(link, "LinkTarget", "\\Device\\HarddiskVolume3")
        bodies.add(("SymbolicLink", link.address))
    for kind, body in sorted(bodies):
        named = machine.struct("_OBJECT_HEADER", machine.objects.header(body)).get("InfoMask") & 2
        assert found_in(machine, kind, body) == [0x40 if named else 0x20], (kind, hex(body))


def driver_objects(machine: Machine) -> list[int]:
    table, entries = machine.symbol("PsLoadedModuleList"), []
    at = walk.number(machine.physical.data, TOP, table)
    while at != table:
        entries.append(at)
        at = walk.number(machine.physical.data, TOP, at)
    nonpaged = machine.nonpaged
    found = []
    for page in sorted(each for each in machine.kernel.pages() if nonpaged.base <= each < nonpaged.end):
        at = page
        while at < page + 0x1000 and (size := machine.kernel.read(at + 2, 1)[0]):
            if machine.kernel.read(at + 4, 4) == b"Driv":
                found.append(at + 0x10 + 0x40 + machine.build.offset("_OBJECT_HEADER", "Body"))
            at += 16 * size
    assert 250 <= len(found) <= len(entries)
    return found


def test_the_table_of_types_leads_to_their_names(machine: Machine) -> None:
    table = machine.symbol("ObTypeIndexTable")
    pointers = [int.from_bytes(machine.kernel.read(table + 8 * index, 8), "little") for index in range(len(TYPES) + 3)]
    assert pointers[0] == 0
    assert machine.kernel.mapped(pointers[1])
    assert pointers[-1] == 0
    for pointer, name in zip(pointers[FIRST_TYPE:-1], TYPES, strict=True):
        view = machine.struct("_OBJECT_TYPE", pointer)
        text = machine.kernel.read(view.get("Name.Buffer"), view.get("Name.Length"))
        assert text.decode("utf-16-le") == name
        assert view.get("Index") == kind_of(machine, machine.objects.new(name, 0x40))


def test_optional_headers_are_found_by_the_kernels_table(machine: Machine) -> None:
    table = machine.kernel.read(machine.symbol("ObpInfoMaskToOffset"), 256)
    assert table[0] == 0
    assert table[0b1111] == 0x20 + 0x20 + 0x10 + 0x20
    assert all(table[mask] == min(255, sum(size for bit, size in SIZES.items() if mask & bit)) for mask in range(256))
    body = machine.objects.new("Mutant", 0x38, "Global\\one")
    header = machine.struct("_OBJECT_HEADER", machine.objects.header(body))
    assert header.get("InfoMask") == 2 | 8
    name = machine.struct("_OBJECT_HEADER_NAME_INFO", header.address - table[header.get("InfoMask") & 3])
    assert machine.kernel.read(name.get("Name.Buffer"), name.get("Name.Length")).decode("utf-16-le") == "Global\\one"


def test_an_unnamed_object_has_no_name_before_it(machine: Machine) -> None:
    header = machine.struct("_OBJECT_HEADER", machine.objects.header(machine.objects.new("Event", 0x18)))
    assert header.get("InfoMask") == 8


def test_blocks_of_objects_have_the_tag_and_the_pool_that_readers_look_for(machine: Machine) -> None:
    event = machine.objects.new("Event", 0x18)
    link = machine.objects.new("SymbolicLink", 0x28, "C:", machine.paged)
    assert machine.kernel.read(machine.objects.header(event) - 0x20 - 0x10 + 3, 5) == b"\x02Even"
    assert machine.kernel.read(machine.objects.header(link) - 0x40 - 0x10 + 3, 5) == b"\x03Symb"


def test_handles_are_counted(machine: Machine) -> None:
    body = machine.objects.new("Event", 0x18)
    header = machine.struct("_OBJECT_HEADER", machine.objects.header(body))
    assert (header.get("HandleCount"), header.get("PointerCount")) == (0, 1)
    assert machine.objects.hold(body) == header.address
    machine.objects.hold(body)
    assert header.get("HandleCount") == 2
    assert 2 < header.get("PointerCount") < 0x1000000


def test_names_stand_in_directories(machine: Machine) -> None:
    devices = machine.objects.directory("\\Device")
    body = machine.devices["NamedPipe"]
    info = machine.struct("_OBJECT_HEADER_NAME_INFO", machine.objects.header(body) - 0x20)
    assert info.get("Directory") == devices
    above = machine.struct("_OBJECT_HEADER_NAME_INFO", machine.objects.header(devices) - 0x20).get("Directory")
    assert above == machine.objects.directory("\\")


def test_an_unknown_type_is_an_error(machine: Machine) -> None:
    with pytest.raises(KeyError):
        machine.objects.new("Nothing", 0x20)
