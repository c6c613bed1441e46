from dataclasses import replace

import pytest

from tests.unit.forge.windows import populated, reading, walk
from training.forge.windows import Forged, loader, process
from training.forge.windows.builds.load import NAMES
from training.forge.windows.layout import Struct
from training.forge.windows.memory import PAGE
from training.forge.windows.plan import Library
from training.forge.windows.portable import MARK

LISTS = (
    ("InLoadOrderModuleList", "InLoadOrderLinks"),
    ("InMemoryOrderModuleList", "InMemoryOrderLinks"),
    ("InInitializationOrderModuleList", "InInitializationOrderLinks"),
)
USUAL = [populated.SYSTEM_ROOT + name for name in populated.LIBRARIES]
READ_FOR_A_TEXT = 512


@pytest.fixture(scope="module", params=NAMES)
def made(request: pytest.FixtureRequest) -> Forged:
    return reading.forged(request.param)


def block(made: Forged, name: str) -> Struct:
    return reading.view(made, "_PEB", reading.process(made, name).get("Peb"), reading.memory(made, name))


def entries(made: Forged, name: str, kind: int) -> list[Struct]:
    own, (head, links) = reading.memory(made, name), LISTS[kind]
    at = reading.view(made, "_PEB_LDR_DATA", block(made, name).get("Ldr"), own).at(head)
    offset = made.machine.build.offset("_LDR_DATA_TABLE_ENTRY", links)
    found = reading.ring(made, at, offset, own)
    return [reading.view(made, "_LDR_DATA_TABLE_ENTRY", each, own) for each in found]


def paths(found: list[Struct]) -> list[str]:
    return [walk.text(each.space.data, each.space.top, each.at("FullDllName")) for each in found]  # type: ignore[attr-defined]


def test_a_program_stands_first_but_not_among_what_was_initialised(made: Forged) -> None:
    own = populated.SYSTEM_ROOT + "lsass.exe"
    assert paths(entries(made, "lsass.exe", 0)) == paths(entries(made, "lsass.exe", 1)) == [own, *USUAL]
    assert paths(entries(made, "lsass.exe", 2)) == USUAL


def test_entries_tell_base_size_name_and_time(made: Forged) -> None:
    written = reading.named(made, "lsass.exe")
    found = entries(made, "lsass.exe", 0)
    sizes = {image.path: image.size for image in made.machine.plan.images.values()}
    for entry, loaded in zip(found, written.entries, strict=True):
        assert entry.get("DllBase") == loaded.base
        assert entry.get("SizeOfImage") == sizes[loaded.path]
        assert entry.get("LoadTime.QuadPart") == loaded.loaded
        assert walk.text(made.data, reading.memory(made, "lsass.exe").top, entry.at("BaseDllName")) == loaded.name
        assert reading.memory(made, "lsass.exe").read(loaded.base, 2) == b"MZ"
    assert [each.loaded for each in written.entries[1:]] == [each.loaded for each in written.plan.libraries]
    assert written.plan.created <= written.entries[0].loaded < written.entries[1].loaded


def test_a_library_lies_at_one_place_in_all_processes(made: Forged) -> None:
    places: dict[str, set[int]] = {}
    for each in made.machine.processes.values():
        for entry in each.entries:
            places.setdefault(entry.path.lower(), set()).add(entry.base)
    assert all(len(found) == 1 for found in places.values())
    assert len(set.union(*places.values())) == len(places)


def test_a_library_out_of_all_lists_is_still_mapped(made: Forged) -> None:
    hidden = populated.PUBLIC + "upd.dll"
    assert all(hidden not in paths(entries(made, "rundll.exe", kind)) for kind in range(3))
    at = reading.named(made, "rundll.exe").bases["upd.dll"]
    assert reading.memory(made, "rundll.exe").read(at, 2) == b"MZ"


def parameters(made: Forged, name: str) -> Struct:
    at = block(made, name).get("ProcessParameters")
    return reading.view(made, "_RTL_USER_PROCESS_PARAMETERS", at, reading.memory(made, name))


def text(made: Forged, name: str, member: str) -> str:
    given = parameters(made, name)
    return reading.string(reading.memory(made, name), given.at(member))


def test_parameters_are_those_of_the_plan(made: Forged) -> None:
    planned = reading.named(made, "lsass.exe").plan
    assert text(made, "lsass.exe", "ImagePathName") == planned.path
    assert text(made, "lsass.exe", "CommandLine") == planned.command_line
    assert text(made, "lsass.exe", "CurrentDirectory.DosPath") == planned.directory
    given = parameters(made, "lsass.exe")
    for member in ("ImagePathName", "CommandLine"):
        assert given.get(f"{member}.MaximumLength") == given.get(f"{member}.Length") + 2


def test_a_masquerading_program_shows_another_path_of_right_length(made: Forged) -> None:
    assert text(made, "winupd.exe", "ImagePathName") == populated.SYSTEM_ROOT + "svchost.exe"
    assert text(made, "winupd.exe", "CommandLine") == f'"{populated.PUBLIC}winupd.exe"'


def test_the_environment_ends_with_an_empty_variable(made: Forged) -> None:
    given = parameters(made, "csrss.exe")
    raw = reading.memory(made, "csrss.exe").read(given.get("Environment"), given.get("EnvironmentSize"))
    *pairs, last, rest = raw.decode("utf-16-le").split("\0")
    assert [tuple(pair.split("=", 1)) for pair in pairs] == list(populated.ENVIRONMENT)
    assert (last, rest) == ("", "")


def test_what_the_kernel_says_of_the_base_agrees_with_the_program(made: Forged) -> None:
    for each in made.machine.processes.values():
        if each.peb:
            base = reading.view(made, "_EPROCESS", each.address).get("SectionBaseAddress")
            assert block(made, each.plan.name).get("ImageBaseAddress") == base == each.image_base


def test_a_hollow_program_is_a_private_copy_that_can_be_written_and_run(made: Forged) -> None:
    written, own = reading.named(made, "svchost.exe"), reading.memory(made, "svchost.exe")
    area = next(each for each in written.areas if each.start == written.image_base)
    assert (area.protection, area.kind.value, area.image) == ("EXECUTE_READWRITE", "private", False)
    section = made.machine.images.image(written.plan.path)
    assert section.pages
    for rva, frame in section.pages.items():
        assert own.read(area.start + rva, PAGE) == made.data[frame : frame + PAGE]
        entry = walk.entry(made.data, own.top, area.start + rva)
        assert entry & walk.FRAME != frame
        assert entry & walk.WRITE
        assert not entry & walk.NO_EXECUTE
    assert MARK in own.read(area.start, PAGE)


def test_texts_of_a_program_are_in_its_heap_and_readable_past_their_end(made: Forged) -> None:
    written, own = reading.named(made, "rundll.exe"), reading.memory(made, "rundll.exe")
    assert written.heap
    area = next(each for each in written.areas if each.start == written.heap.base)
    content = own.read(written.heap.base, written.heap.used)
    at = content.index("http://updates.example/status\0".encode("utf-16-le"))
    assert len(own.read(area.start + at, READ_FOR_A_TEXT)) == READ_FOR_A_TEXT
    assert area.commit >= written.heap.used // PAGE
    assert block(made, "rundll.exe").get("ProcessHeap") == area.start


def test_services_and_consoles_have_room_for_what_they_keep(made: Forged) -> None:
    roomy, usual = (reading.named(made, name).heap for name in ("busy.exe", "lsass.exe"))
    assert roomy
    assert usual
    assert roomy.limit >= 4 << 20 > usual.limit


def test_the_program_itself_may_stand_in_the_plan() -> None:
    plan = populated.plan()
    lsass = plan.processes[3]
    first = Library(path=lsass.path, loaded=lsass.created + 77, in_memory=False)
    changed = replace(lsass, libraries=(first, *lsass.libraries))
    machine = reading.unfinished(replace(plan, processes=(plan.processes[0], changed)))
    process.open_(machine)
    written = machine.process(lsass.pid)
    assert [each.path for each in loader.in_order(written)] == [lsass.path, *USUAL]
    assert (written.entries[0].loaded, written.entries[0].in_memory) == (lsass.created + 77, False)


def test_system_may_map_a_library_that_no_list_names() -> None:
    plan = populated.plan()
    library = Library(path=USUAL[0], loaded=0)
    system = replace(plan.processes[0], libraries=(library,))
    machine = reading.unfinished(replace(plan, processes=(system, plan.processes[3])))
    process.open_(machine)
    written = machine.process(4)
    assert written.bases["ntdll.dll"] == machine.process(676).bases["ntdll.dll"]
    assert [each.image for each in written.areas] == [True]
    assert written.entries == []


def test_one_process_more_leaves_the_places_of_the_others() -> None:
    plan = populated.plan()
    more = populated.program(8000, 4, "more.exe", 5_000)
    both = [
        reading.unfinished(replace(plan, processes=chosen, images=populated.images(chosen)))
        for chosen in (plan.processes, (more, *plan.processes))
    ]
    for machine in both:
        process.open_(machine)
    for one, other in zip(both[0].processes.values(), list(both[1].processes.values())[1:], strict=True):
        assert (one.peb, one.heap and one.heap.base, one.addresses) == (
            other.peb,
            other.heap and other.heap.base,
            other.addresses,
        )
