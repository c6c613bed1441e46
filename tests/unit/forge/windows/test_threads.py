import pytest

from tests.unit.forge.windows import populated, reading
from training.forge.windows import Forged
from training.forge.windows.builds.load import NAMES
from training.forge.windows.layout import Struct
from training.forge.windows.memory import PAGE


@pytest.fixture(scope="module", params=NAMES)
def made(request: pytest.FixtureRequest) -> Forged:
    return reading.forged(request.param)


def living(made: Forged, name: str) -> list[Struct]:
    """The threads of a process by both of its rings, which have to agree."""
    process, build = reading.process(made, name), made.machine.build
    one = reading.ring(made, process.at("ThreadListHead"), build.offset("_ETHREAD", "ThreadListEntry"))
    other = reading.ring(made, process.at("Pcb.ThreadListHead"), build.offset("_ETHREAD", "Tcb.ThreadListEntry"))
    assert one == other
    assert process.get("ActiveThreads") == len(one)
    return [reading.view(made, "_ETHREAD", each) for each in one]


@pytest.mark.parametrize("name", ["System", "Registry", "lsass.exe", "rundll.exe", "keyview.exe", "tool.exe"])
def test_rings_hold_the_threads_that_live(made: Forged, name: str) -> None:
    written = reading.named(made, name)
    told = [
        (
            each.get("Cid.UniqueThread"),
            each.get("Cid.UniqueProcess"),
            each.get("CreateTime.QuadPart"),
            each.get("Tcb.State"),
        )
        for each in living(made, name)
    ]
    assert told == [(each.tid, written.plan.pid, each.created, 5) for each in written.plan.threads if not each.exited]
    assert {each.get("Tcb.Process") for each in living(made, name)} == {written.address}


def test_an_ended_thread_is_there_but_in_no_ring(made: Forged) -> None:
    at, planned = reading.named(made, "rundll.exe").threads[2]
    ended = reading.view(made, "_ETHREAD", at.address)
    assert planned.exited
    assert ended.get("ExitTime.QuadPart") == planned.exited
    assert ended.get("Tcb.State") == 4
    assert ended.get("Tcb.Teb") == 0
    assert at.address not in [each.address for each in living(made, "rundll.exe")]
    assert reading.ring(made, ended.at("ThreadListEntry")) == []


def test_threads_start_where_the_plan_says(made: Forged) -> None:
    written = reading.named(made, "rundll.exe")
    first, second = living(made, "rundll.exe")
    assert first.get("Win32StartAddress") == written.image_base + 0x1100
    assert second.get("Win32StartAddress") == written.addresses["region"] + 0x10
    assert [(each.get("StartAddress"), each.get("Win32StartAddress")) for each in (first, second)] == written.starts[:2]


def test_the_kernel_starts_threads_of_programs_in_ntdll(made: Forged) -> None:
    written = reading.named(made, "rundll.exe")
    ntdll = next(each for each in written.areas if each.start == written.bases["ntdll.dll"])
    starts = {each.get("StartAddress") for each in living(made, "rundll.exe")}
    assert len(starts) == 1
    assert all(ntdll.start < start < ntdll.end for start in starts)
    assert {each.get("StartAddress") for each in living(made, "lsass.exe")} == starts


def test_threads_of_the_kernel_start_in_its_modules(made: Forged) -> None:
    for name in ("System", "Registry"):
        for each in living(made, name):
            assert each.get("StartAddress") == each.get("Win32StartAddress") == made.machine.base + 0x1100
            assert each.get("Tcb.Teb") == 0


def test_each_thread_has_a_block_and_a_stack(made: Forged) -> None:
    written, own = reading.named(made, "lsass.exe"), reading.memory(made, "lsass.exe")
    stacks = set()
    for each in living(made, "lsass.exe"):
        block = reading.view(made, "_TEB", each.get("Tcb.Teb"), own)
        assert block.get("NtTib.Self") == block.address
        assert block.get("ProcessEnvironmentBlock") == written.peb
        assert block.get("ClientId.UniqueThread") == each.get("Cid.UniqueThread")
        top, limit = block.get("NtTib.StackBase"), block.get("NtTib.StackLimit")
        area = next(area for area in written.areas if area.start <= limit < area.end)
        assert (area.end + 1, area.protection) == (top, "READWRITE")
        assert each.get("Win32StartAddress").to_bytes(8, "little") in own.read(top - PAGE, PAGE)
        stacks.add(area.start)
    assert len(stacks) == 4
    assert {area.size for area in written.areas if area.start in stacks} == {0x80000}


def test_programs_from_elsewhere_have_wider_stacks(made: Forged) -> None:
    written = reading.named(made, "keyview.exe")
    assert written.plan.path.startswith(populated.PUBLIC)
    sizes = [area.size for area in written.areas if area.start >= written.stacks and area.size == 0x100000]
    assert len(sizes) >= 2
