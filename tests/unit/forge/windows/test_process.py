from datetime import UTC, datetime

import pytest

from tests.unit.forge.windows import populated, reading, walk
from training.forge.windows import Forged
from training.forge.windows.builds.load import NAMES
from training.forge.windows.layout import Struct
from training.forge.windows.machine import SHARED, SHARED_USER, TOP
from training.forge.windows.memory import PAGE


@pytest.fixture(scope="module", params=NAMES)
def made(request: pytest.FixtureRequest) -> Forged:
    return reading.forged(request.param)


def listed(made: Forged) -> list[Struct]:
    links = made.machine.build.offset("_EPROCESS", "ActiveProcessLinks")
    found = reading.ring(made, made.machine.symbol("PsActiveProcessHead"), links)
    return [reading.view(made, "_EPROCESS", each) for each in found]


def name(process: Struct) -> str:
    raw = process.space.read(process.at("ImageFileName"), 15)
    return raw.split(b"\0")[0].decode()


def test_the_kernels_ring_holds_what_the_plan_lists_in_its_order(made: Forged) -> None:
    told = [
        (each.get("UniqueProcessId"), each.get("InheritedFromUniqueProcessId"), name(each)) for each in listed(made)
    ]
    assert told == [(each.pid, each.ppid, each.name) for each in populated.processes() if each.listed]
    assert walk.number(made.data, TOP, made.machine.symbol("PsInitialSystemProcess")) == listed(made)[0].address


def test_a_hidden_process_is_whole_and_in_a_ring_of_its_own(made: Forged) -> None:
    hidden = reading.process(made, "keyview.exe")
    assert reading.ring(made, hidden.at("ActiveProcessLinks")) == []
    assert hidden.get("ActiveThreads") == 2
    assert hidden.get("ObjectTable")
    assert hidden.get("ExitTime.QuadPart") == 0


@pytest.mark.parametrize("gone", ["cmd.exe", "setup.exe"])
def test_an_ended_process_keeps_its_times_and_nothing_that_it_worked_with(made: Forged, gone: str) -> None:
    ended, planned = reading.process(made, gone), reading.named(made, gone).plan
    assert ended.get("ExitTime.QuadPart") == planned.exited
    assert ended.get("ExitStatus") == planned.exit_status
    assert [ended.get(member) for member in ("ObjectTable", "Peb", "VadRoot.Root", "ActiveThreads")] == [0, 0, 0, 0]
    assert reading.ring(made, ended.at("ThreadListHead")) == []
    assert reading.ring(made, ended.at("Pcb.ThreadListHead")) == []
    with pytest.raises(LookupError):
        reading.memory(made, gone).read(SHARED_USER, 1)


def test_times_are_kept_to_the_step_of_100_ns(made: Forged) -> None:
    for each in made.machine.processes.values():
        found = reading.view(made, "_EPROCESS", each.address).get("CreateTime.QuadPart")
        assert found == each.plan.created
    moment = datetime(1601, 1, 1, tzinfo=UTC).timestamp() + populated.BOOTED / 10_000_000
    assert datetime.fromtimestamp(moment, UTC).year == 2023


def test_each_process_has_a_space_of_its_own_with_the_kernels_half_in_it(made: Forged) -> None:
    tops = {}
    for each in made.machine.processes.values():
        top = reading.view(made, "_EPROCESS", each.address).get("Pcb.DirectoryTableBase") & ~0xFFF
        tops[each.plan.pid] = top
        assert walk.read(made.data, top, SHARED, 4) == walk.read(made.data, TOP, SHARED, 4)
        assert walk.number(
            made.data, top, each.address + made.machine.build.offset("_EPROCESS", "UniqueProcessId")
        ) == (each.plan.pid)
    assert tops[4] == TOP
    assert len(set(tops.values())) == len(tops)


def test_programs_see_the_page_that_the_kernel_shares(made: Forged) -> None:
    for each in ("lsass.exe", "Registry", "tool.exe"):
        own = reading.memory(made, each)
        found = walk.entry(made.data, own.top, SHARED_USER)
        assert found & walk.FRAME == walk.entry(made.data, TOP, SHARED) & walk.FRAME
        assert not found & walk.WRITE


def test_the_session_of_a_process_is_told_by_its_structure(made: Forged) -> None:
    for each in made.machine.processes.values():
        at = reading.view(made, "_EPROCESS", each.address).get("Session")
        if each.plan.session is None:
            assert at == 0
        else:
            assert reading.view(made, "_MM_SESSION_SPACE", at).get("SessionId") == each.plan.session


def audit(process: Struct, made: Forged) -> str:
    at = process.get("SeAuditProcessCreationInfo.ImageFileName")
    return reading.string(reading.kernel(made), at)


def test_the_kernel_knows_the_true_file_of_a_program_that_shows_another(made: Forged) -> None:
    assert (
        audit(reading.process(made, "winupd.exe"), made) == "\\Device\\HarddiskVolume3\\Users\\Public\\drv\\winupd.exe"
    )
    assert audit(reading.process(made, "System"), made) == ""


def test_only_the_file_of_the_ghosted_program_waits_to_be_deleted(made: Forged) -> None:
    waiting = {}
    for each in made.machine.processes.values():
        file = reading.view(made, "_EPROCESS", each.address).get("ImageFilePointer")
        if file:
            waiting[each.plan.name] = reading.view(made, "_FILE_OBJECT", file).get("DeletePending")
    assert {name for name, value in waiting.items() if value} == {"ghost.exe"}
    assert "cmd.exe" in waiting


def test_minimal_processes_have_no_program(made: Forged) -> None:
    for each in ("System", "Registry"):
        found = reading.process(made, each)
        assert [found.get(member) for member in ("Peb", "SectionBaseAddress", "ImageFilePointer")] == [0, 0, 0]
        assert found.get("ActiveThreads") > 0


def test_memory_is_counted_by_whole_pages(made: Forged) -> None:
    found = reading.process(made, "lsass.exe")
    assert found.get("VirtualSize") % PAGE == 0
    assert 0 < found.get("CommitCharge") < found.get("VirtualSize") // PAGE
