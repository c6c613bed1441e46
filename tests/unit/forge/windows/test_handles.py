import struct
from dataclasses import replace

import pytest

from tests.unit.forge.windows import populated, reading, walk
from training.forge.windows import Forged, handles, process
from training.forge.windows.builds.load import NAMES
from training.forge.windows.layout import Struct
from training.forge.windows.machine import TOP, Machine
from training.forge.windows.memory import PAGE
from training.forge.windows.objects import FIRST_TYPE, TYPES
from training.forge.windows.plan import Handle, Plan

HEADER = 0x30
CANONICAL = 0xFFFF000000000000


@pytest.fixture(scope="module", params=NAMES)
def made(request: pytest.FixtureRequest) -> Forged:
    return reading.forged(request.param)


def table(made: Forged, name: str) -> Struct:
    return reading.view(made, "_HANDLE_TABLE", reading.process(made, name).get("ObjectTable"))


def told(space: reading.Seen, code: int) -> list[tuple[int, int, int]]:
    """Number, body and access of every handle of a table, as the kernel would find them."""
    level, at = code & 7, code & ~7
    pages = [at]
    for _ in range(level):
        pages = [
            pointer for page in pages for (pointer,) in struct.iter_unpack("<Q", space.read(page, PAGE)) if pointer
        ]
    found = []
    for number, page in enumerate(pages):
        for index, (low, high) in enumerate(struct.iter_unpack("<QQ", space.read(page, PAGE))):
            if low:
                body = CANONICAL | (low >> 20 << 4) + HEADER
                found.append((4 * (256 * number + index), body, high & 0x1FFFFFF))
    return found


def of(made: Forged, name: str) -> list[tuple[int, int, int]]:
    return told(reading.kernel(made), table(made, name).get("TableCode"))


def kind(made: Forged, body: int) -> str:
    header = body - HEADER
    found = reading.view(made, "_OBJECT_HEADER", header).get("TypeIndex")
    cookie = walk.number(made.data, TOP, made.machine.symbol("ObHeaderCookie"), 1)
    return list(TYPES)[(found ^ cookie ^ header >> 8 & 0xFF) - FIRST_TYPE]


def test_a_table_tells_what_was_planned_in_its_order(made: Forged) -> None:
    written, found = reading.named(made, "rundll.exe"), of(made, "rundll.exe")
    assert [(kind(made, body), access) for _, body, access in found] == [
        (each.kind, each.access) for each in populated.HELD
    ]
    assert [(value, body) for value, body, _ in found] == [(each.value, each.body) for each in written.handles]
    assert table(made, "rundll.exe").get("UniqueProcessId") == 6104
    assert table(made, "rundll.exe").get("QuotaProcess") == written.address


def test_handles_are_multiples_of_four_and_ascend(made: Forged) -> None:
    values = [value for value, _, _ in of(made, "busy.exe")]
    assert values == sorted(set(values))
    assert all(value > 0 and value % 4 == 0 for value in values)


def test_many_handles_need_a_page_of_pages_and_jump_over_its_first_entries(made: Forged) -> None:
    found = of(made, "busy.exe")
    assert table(made, "busy.exe").get("TableCode") & 7 == 1
    assert len(found) == 700
    assert not {0x400, 0x800} & {value for value, _, _ in found}
    assert max(value for value, _, _ in found) > 0xAF0
    assert table(made, "rundll.exe").get("TableCode") & 7 == 0


def chain(made: Forged, body: int) -> list[str]:
    """The names of a key and of those above it."""
    kernel = reading.kernel(made)
    at = reading.view(made, "_CM_KEY_BODY", body).get("KeyControlBlock")
    names: list[str] = []
    while at:
        block = reading.view(made, "_CM_KEY_CONTROL_BLOCK", at)
        name = reading.view(made, "_CM_NAME_CONTROL_BLOCK", block.get("NameBlock"))
        names.insert(0, kernel.read(name.at("Name"), name.get("NameLength")).decode())
        at = block.get("ParentKcb")
    return names


def body_of(made: Forged, wanted: str) -> int:
    return next(each.body for each in reading.named(made, "rundll.exe").handles if each.handle.kind == wanted)


def test_a_key_is_named_by_those_above_it_in_capitals(made: Forged) -> None:
    assert chain(made, body_of(made, "Key")) == ["REGISTRY", "USER", populated.USER, "SOFTWARE", "RUN"]


def test_files_and_pipes_belong_to_their_devices(made: Forged) -> None:
    bodies = [each.body for each in reading.named(made, "rundll.exe").handles if each.handle.kind == "File"]
    files = [reading.view(made, "_FILE_OBJECT", body) for body in bodies]
    assert [reading.string(reading.kernel(made), each.at("FileName")) for each in files] == [
        "\\Windows\\System32",
        "\\pipe_71",
    ]
    devices = made.machine.devices
    assert [each.get("DeviceObject") for each in files] == [devices["HarddiskVolume3"], devices["NamedPipe"]]
    rights = ("ReadAccess", "WriteAccess", "DeleteAccess", "SharedRead", "SharedWrite", "SharedDelete")
    assert [files[1].get(member) for member in rights] == [1, 1, 0, 1, 1, 0]


def test_processes_threads_and_tokens_are_those_that_there_are(made: Forged) -> None:
    lsass = reading.named(made, "lsass.exe")
    assert body_of(made, "Process") == lsass.address
    assert body_of(made, "Thread") == lsass.threads[0][0].address
    assert body_of(made, "Token") == reading.named(made, "rundll.exe").token
    assert body_of(made, "Directory") == made.machine.objects.directory("\\KnownDlls")


def name_of(made: Forged, body: int) -> str:
    offset = made.machine.build.offset("_OBJECT_HEADER_NAME_INFO", "Name")
    return reading.string(reading.kernel(made), body - HEADER - 0x20 + offset)


def test_named_objects_have_their_names(made: Forged) -> None:
    assert [name_of(made, body_of(made, each)) for each in ("Mutant", "Section", "ALPC Port")] == [
        "Global-4f2a",
        "windows_shell_global_counters",
        "OLE4F2A",
    ]


def test_each_csrss_holds_the_living_processes_of_its_session(made: Forged) -> None:
    held = {body for _, body, access in of(made, "csrss.exe") if access == handles.ALL_OF_A_PROCESS}
    session = {
        each.address
        for each in made.machine.processes.values()
        if each.plan.session == 0 and each.living and each.plan.name != "csrss.exe"
    }
    assert held == session
    assert reading.named(made, "keyview.exe").address in held


def test_handles_are_counted_in_the_header(made: Forged) -> None:
    at = reading.named(made, "lsass.exe").address - HEADER
    header = reading.view(made, "_OBJECT_HEADER", at)
    assert header.get("HandleCount") == 2
    assert header.get("PointerCount") > 2 * 0x7000


def opened(*held: Handle) -> tuple[Plan, Machine]:
    plan = populated.plan()
    chosen = (plan.processes[0], replace(plan.processes[3], handles=held))
    plan = replace(plan, processes=chosen)
    machine = reading.unfinished(plan)
    process.open_(machine)
    return plan, machine


def test_every_kind_of_object_can_be_held() -> None:
    others = {"Process", "Thread", "File", "Key", "Driver", "SymbolicLink", "Device", "Type", "Directory"}
    held = tuple(Handle(kind=each, access=1) for each in TYPES if each not in others)
    held += (
        Handle(kind="Device", access=1, name="NamedPipe"),
        Handle(kind="Type", access=1, name="Mutant"),
        Handle(kind="File", access=1, device="NamedPipe"),
    )
    _, machine = opened(*held)
    handles.write(machine)
    assert len(machine.process(676).handles) == len(held)


def test_a_name_is_shared_and_no_name_is_an_object_of_its_own() -> None:
    same, nameless = Handle(kind="Event", access=1, name="\\Sessions\\1\\Ready"), Handle(kind="Event", access=1)
    _, machine = opened(same, same, nameless, nameless, replace(same, name="\\Sessions\\2\\Ready"))
    handles.write(machine)
    bodies = [each.body for each in machine.process(676).handles]
    assert bodies[0] == bodies[1]
    assert len(set(bodies)) == 4


def test_window_stations_tell_the_session_of_who_holds_them() -> None:
    plan = populated.plan()
    station = Handle(kind="WindowStation", access=1, name="\\Sessions\\1\\Windows\\WindowStations\\WinSta0")
    chosen = (plan.processes[0], replace(plan.processes[3], handles=(station,), session=1))
    machine = reading.unfinished(replace(plan, processes=chosen))
    process.open_(machine)
    handles.write(machine)
    body = machine.process(676).handles[0].body
    assert machine.kernel.read(body, 4) == b"\1\0\0\0"


@pytest.mark.parametrize("kind_", ["Driver", "SymbolicLink"])
def test_handles_that_would_add_to_a_scan_are_refused(kind_: str) -> None:
    _, machine = opened(Handle(kind=kind_, access=1, name="x"))
    with pytest.raises(ValueError, match=f"No handle to a {kind_}"):
        handles.write(machine)


@pytest.mark.parametrize(
    "wrong",
    [
        Handle(kind="Process", access=1, pid=9999),
        Handle(kind="Thread", access=1, pid=676, tid=9999),
        Handle(kind="Spoon", access=1),
        Handle(kind="File", access=1, device="Nowhere"),
    ],
)
def test_what_there_is_not_cannot_be_held(wrong: Handle) -> None:
    _, machine = opened(wrong)
    with pytest.raises(KeyError):
        handles.write(machine)


def test_key_names_beyond_latin_letters_are_kept_whole() -> None:
    _, machine = opened(Handle(kind="Key", access=1, name="\\REGISTRY\\MACHINE\\Ключ"))
    handles.write(machine)
    block = machine.struct("_CM_KEY_BODY", machine.process(676).handles[0].body).get("KeyControlBlock")
    name = machine.struct("_CM_NAME_CONTROL_BLOCK", machine.struct("_CM_KEY_CONTROL_BLOCK", block).get("NameBlock"))
    assert name.get("Compressed") == 0
    assert machine.kernel.read(name.at("Name"), name.get("NameLength")).decode("utf-16-le") == "КЛЮЧ"


def test_above_512_pages_there_is_one_more_level() -> None:
    _, machine = opened()
    pages = [bytearray(PAGE) for _ in range(514)]
    body = machine.process(676).address
    expected = []
    for number in (0, 1, 511, 512, 513):
        struct.pack_into("<QQ", pages[number], 16 * 7, handles.entry(machine.objects.header(body)), 0x1400)
        expected.append((4 * (256 * number + 7), body, 0x1400))
    code = handles.code(machine, pages)
    assert code & 7 == 2
    assert told(reading.kernel(reading.closed(machine)), code) == expected
