import struct
from itertools import pairwise

import pytest

from tests.unit.forge.windows import walk
from tests.unit.forge.windows.small import DRIVERS, MODULES, small
from training.forge.windows import drivers, kernel
from training.forge.windows.layout import Struct
from training.forge.windows.machine import TOP, Machine
from training.forge.windows.memory import PAGE
from training.forge.windows.plan import Device, ImageFile, Module, Service

REACH = 128 << 20


def written(**changes: object) -> Machine:
    machine = Machine(small(**changes))
    kernel.write(machine)
    drivers.write(machine)
    return machine


def listed(machine: Machine) -> list[Struct]:
    """The entries of the kernel's list, from its head on; the way back gives the same."""
    head = machine.symbol("PsLoadedModuleList")
    forth: list[int] = []
    back: list[int] = []
    for found, place in ((forth, 0), (back, 8)):
        at = walk.number(machine.physical.data, TOP, head + place)
        while at != head:
            found.append(at)
            at = walk.number(machine.physical.data, TOP, at + place)
    assert forth == back[::-1]
    return [machine.struct("_KLDR_DATA_TABLE_ENTRY", at) for at in forth]


def text(machine: Machine, place: int) -> str:
    return walk.text(machine.physical.data, TOP, place)


def test_the_list_has_the_modules_in_their_order_where_they_lie(machine: Machine) -> None:
    entries = listed(machine)
    assert [text(machine, entry.at("FullDllName")) for entry in entries] == [module.path for module in MODULES]
    assert [entry.get("SizeOfImage") for entry in entries] == [module.size for module in MODULES]
    for entry in entries:
        name = text(machine, entry.at("BaseDllName"))
        assert entry.get("DllBase") == machine.module_base(name.upper())
        header = walk.read(machine.physical.data, TOP, entry.get("DllBase"), 0x200)
        assert header[:2] == b"MZ"
        (begin,) = struct.unpack_from("<I", header, 0x80 + 0x28)
        assert entry.get("EntryPoint") == entry.get("DllBase") + begin
    ranges = sorted((entry.get("DllBase"), entry.get("DllBase") + entry.get("SizeOfImage")) for entry in entries)
    assert all(end <= start for (_, end), (start, _) in pairwise(ranges))


def test_many_drivers_stay_within_reach_of_the_table_of_system_calls() -> None:
    more = tuple(Module(path=f"{DRIVERS}d{number}.sys", size=0x60000, driver=f"d{number}") for number in range(190))
    machine = written(modules=MODULES + more)
    calls = machine.symbol("KiServiceTable")
    assert max(machine.modules.values()) + 0x60000 - calls < REACH


def test_a_module_that_is_not_listed_is_there_all_the_same() -> None:
    hidden = Module(path=DRIVERS + "quiet.sys", size=0x9000, driver="quiet", listed=False)
    machine = written(modules=(*MODULES, hidden))
    assert len(listed(machine)) == len(MODULES)
    assert walk.read(machine.physical.data, TOP, machine.module_base("quiet.sys"), 2) == b"MZ"


def driver_of(machine: Machine, device: str) -> Struct:
    found = machine.struct("_DEVICE_OBJECT", machine.devices[device])
    return machine.struct("_DRIVER_OBJECT", found.get("DriverObject"))


def test_a_driver_lies_in_its_module_and_leads_to_its_devices(machine: Machine) -> None:
    driver, base = driver_of(machine, "Udp"), machine.module_base("tcpip.sys")
    assert (driver.get("DriverStart"), driver.get("DriverSize")) == (base, 0x2F0000)
    assert text(machine, driver.at("DriverName")) == "\\Driver\\Tcpip"
    extension = machine.struct("_DRIVER_EXTENSION", driver.get("DriverExtension"))
    assert extension.get("DriverObject") == driver.address
    assert text(machine, extension.at("ServiceKeyName")) == "Tcpip"
    assert machine.struct("_KLDR_DATA_TABLE_ENTRY", driver.get("DriverSection")).get("DllBase") == base
    first = machine.struct("_DEVICE_OBJECT", driver.get("DeviceObject"))
    assert first.address == machine.devices["Tcp"]
    assert first.get("NextDevice") == machine.devices["Udp"]
    assert first.get("DeviceType") == 0x12
    assert machine.struct("_DEVICE_OBJECT", machine.devices["Udp"]).get("NextDevice") == 0


def test_what_a_driver_does_not_take_leads_to_the_kernel(machine: Machine) -> None:
    driver, base = driver_of(machine, "mskbd64"), machine.module_base("mskbd64.sys")
    routines = struct.unpack("<28Q", machine.kernel.read(driver.at("MajorFunction"), 28 * 8))
    invalid = machine.base + machine.build.symbols["IopInvalidDeviceRequest"]
    own = {number for number, routine in enumerate(routines) if base <= routine < base + 0x12000}
    assert own == {0, 2, 14, 22, 23, 27}
    assert all(routine == invalid for number, routine in enumerate(routines) if number not in own)


def test_a_driver_of_files_takes_reads_and_stands_among_file_systems(machine: Machine) -> None:
    driver, base = driver_of(machine, "NamedPipe"), machine.module_base("npfs.sys")
    assert text(machine, driver.at("DriverName")) == "\\FileSystem\\Npfs"
    read = struct.unpack("<Q", machine.kernel.read(driver.at("MajorFunction[3]"), 8))[0]
    assert base < read < base + 0x1C000


def test_a_driver_without_devices_stands_where_its_service_says() -> None:
    service = Service(name="FileInfo", display="", kind=2, start=0, state=4, binary="", time=1)
    for services, expected in (((service,), "\\FileSystem\\FileInfo"), ((), "\\Driver\\FileInfo")):
        module = Module(path=DRIVERS + "fileinfo.sys", size=0x1A000, driver="FileInfo")
        assert drivers.full_name(small(services=services), module) == expected


def test_a_device_may_have_no_name() -> None:
    module = Module(
        path=DRIVERS + "disk.sys",
        size=0x1C000,
        driver="disk",
        devices=(Device(name="", kind=7), Device(name="Disk0", kind=7)),
    )
    machine = written(modules=(*MODULES, module))
    driver = driver_of(machine, "Disk0")
    assert machine.struct("_DEVICE_OBJECT", driver.get("DeviceObject")).get("NextDevice") == machine.devices["Disk0"]
    assert "" not in machine.devices


def test_unloaded_modules_are_page_aligned_above_the_kernel(machine: Machine) -> None:
    table = walk.number(machine.physical.data, TOP, machine.symbol("MmUnloadedDrivers"))
    assert walk.number(machine.physical.data, TOP, machine.symbol("MmLastUnloadedDriver"), 4) == 2
    for number, planned in enumerate(machine.plan.unloaded):
        start, end, time = struct.unpack("<QQQ", machine.kernel.read(table + 0x28 * number + 0x10, 24))
        assert text(machine, table + 0x28 * number) == planned.name
        assert (start % PAGE, end - start, time) == (0, planned.size, planned.time)
        assert start >= max(machine.modules.values())


def test_facts_of_the_plan_come_first_and_others_follow_from_the_path(machine: Machine) -> None:
    module = Module(path=DRIVERS + "own.sys", size=0x9000)
    own = drivers.image_of(machine, module)
    assert own == drivers.image_of(machine, module)
    assert (own.size, own.version) == (0x9000, machine.build.version)
    path = "C:\\Windows\\System32\\drivers\\own.sys"
    planned = ImageFile(path=path, size=0x9000, timestamp=1_234_567_890, version=(3, 1, 4, 1))
    other = written(images=small().images | {path: planned})
    assert drivers.image_of(other, module) == planned


def test_a_plan_without_a_kernel_is_refused() -> None:
    plan = small(modules=())
    machine = Machine(plan)
    with pytest.raises(KeyError, match=r"ntoskrnl\.exe"):
        drivers.write(machine)
