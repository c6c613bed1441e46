"""Kernel modules, their drivers and devices, and what was unloaded."""

from collections.abc import Callable, Iterator

from training.forge.windows.drivers import FUNCTIONS, INVALID, KERNEL
from training.forge.windows.expect.seen import DISABLED, low, moment
from training.forge.windows.expect.table import DEPTH, Cell, Expected, expect
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Device, Module

RECORD = "where a record lies in a pool, which follows from all that was taken from it before"
_FILE_SYSTEMS = frozenset({3, 8, 9, 0xC, 0x11, 0x14, 0x20})
_FILE_SERVICE = 2
_USUAL = frozenset({0, 2, 14, 22, 23, 27})
_OF_FILES = frozenset({0, 2, 3, 4, 5, 6, 9, 10, 12, 13, 14, 17, 18, 20, 21})
_KINDS = (
    "BEEP",
    "CD_ROM",
    "CD_ROM_FILE_SYSTEM",
    "CONTROLLER",
    "DATALINK",
    "DFS",
    "DISK",
    "DISK_FILE_SYSTEM",
    "FILE_SYSTEM",
    "INPORT_PORT",
    "KEYBOARD",
    "MAILSLOT",
    "MIDI_IN",
    "MIDI_OUT",
    "MOUSE",
    "MULTI_UNC_PROVIDER",
    "NAMED_PIPE",
    "NETWORK",
    "NETWORK_BROWSER",
    "NETWORK_FILE_SYSTEM",
    "NULL",
    "PARALLEL_PORT",
    "PHYSICAL_NETCARD",
    "PRINTER",
    "SCANNER",
    "SERIAL_MOUSE_PORT",
    "SERIAL_PORT",
    "SCREEN",
    "SOUND",
    "STREAMS",
    "TAPE",
    "TAPE_FILE_SYSTEM",
    "TRANSPORT",
    "UNKNOWN",
    "VIDEO",
    "VIRTUAL_DISK",
    "WAVE_IN",
    "WAVE_OUT",
    "8042_PORT",
    "NETWORK_REDIRECTOR",
    "BATTERY",
    "BUS_EXTENDER",
    "MODEM",
    "VDM",
    "MASS_STORAGE",
    "SMB",
    "KS",
    "CHANGER",
    "SMARTCARD",
    "ACPI",
    "DVD",
    "FULLSCREEN_VIDEO",
    "DFS_FILE_SYSTEM",
    "DFS_VOLUME",
    "SERENUM",
    "TERMSRV",
    "KSEC",
    "FIPS",
)
"""Kinds of devices from 1 on: ``FILE_DEVICE_…`` of Microsoft's public header wdm.h."""
_REQUESTS = (
    "CREATE",
    "CREATE_NAMED_PIPE",
    "CLOSE",
    "READ",
    "WRITE",
    "QUERY_INFORMATION",
    "SET_INFORMATION",
    "QUERY_EA",
    "SET_EA",
    "FLUSH_BUFFERS",
    "QUERY_VOLUME_INFORMATION",
    "SET_VOLUME_INFORMATION",
    "DIRECTORY_CONTROL",
    "FILE_SYSTEM_CONTROL",
    "DEVICE_CONTROL",
    "INTERNAL_DEVICE_CONTROL",
    "SHUTDOWN",
    "LOCK_CONTROL",
    "CLEANUP",
    "CREATE_MAILSLOT",
    "QUERY_SECURITY",
    "SET_SECURITY",
    "POWER",
    "SYSTEM_CONTROL",
    "DEVICE_CHANGE",
    "QUERY_QUOTA",
    "SET_QUOTA",
    "PNP",
)
"""Requests to a driver by their numbers: ``IRP_MJ_…`` of the same header."""


def name_of(module: Module) -> str:
    """The file's name without its folder."""
    return module.path.rpartition("\\")[2]


def plain(module: Module) -> str:
    """The name that readers give to a module to which an address belongs."""
    return name_of(module).rpartition(".")[0]


def owner(machine: Machine, address: int) -> str | None:
    """The listed module to which an address of the kernel belongs."""
    for module in machine.plan.modules:
        base = machine.module_base(name_of(module))
        if module.listed and base <= address < base + _size(machine, module):
            return plain(module)
    return None


def modules(machine: Machine) -> Expected:
    """The kernel's list."""
    return _modules(machine, [module for module in machine.plan.modules if module.listed])


def modscan(machine: Machine) -> Expected:
    """All modules whose record is in the pool, those that are in no list too."""
    return _modules(machine, list(machine.plan.modules))


def unloaded(machine: Machine) -> Expected:
    """Modules that were unloaded."""
    rows = [(each.name, moment(each.time)) for each in machine.plan.unloaded]
    why = "where an unloaded module lay is drawn"
    return expect(("Name", "Time"), rows, left_out={"StartAddress": why, "EndAddress": why})


def driverscan(machine: Machine) -> Expected:
    """All driver objects of the pool."""
    rows = [
        (low(_base(machine, module)), module.size, module.driver, module.driver, _full(machine, module))
        for module in _drivers(machine)
    ]
    columns = ("Start", "Size", "Service Key", "Driver Name", "Name")
    return expect(columns, rows, left_out={"Offset": RECORD})


def driverirp(machine: Machine) -> Expected:
    """What each driver does for each request: a routine of its own, or the kernel's that refuses."""
    rows: list[tuple[Cell, ...]] = []
    for module in _drivers(machine):
        own = _OF_FILES if any(device.kind in _FILE_SYSTEMS for device in module.devices) else _USUAL
        for number in range(FUNCTIONS):
            head = (module.driver, f"IRP_MJ_{_REQUESTS[number]}")
            if module.devices and number in own:
                rows.append((*head, plain(module) if module.listed else None, None))
            else:
                rows.append((*head, KERNEL.rpartition(".")[0], INVALID))
    why = {"Offset": RECORD, "Address": "where in its code a driver has a routine is the writer's choice"}
    return expect(("Driver Name", "IRP", "Module", "Symbol"), rows, left_out=why)


def devicetree(machine: Machine) -> Expected:
    """Drivers with their devices.

    The reader follows the null pointer of a device with nothing attached, fails, and goes on with the next driver: of
    several devices it shows the first alone.
    """
    rows: list[tuple[Cell, ...]] = []
    for module in _drivers(machine):
        rows.append((0, "DRV", module.driver, None, None, None))
        rows += [(1, "DEV", module.driver, device.name or None, None, _kind(device)) for device in module.devices[:1]]
    columns = (DEPTH, "Type", "DriverName", "DeviceName", "DriverNameOfAttDevice", "DeviceType")
    return expect(columns, rows, left_out={"Offset": RECORD})


def drivermodule(machine: Machine) -> Expected:
    """Drivers whose module is in no list."""
    rows = [
        (False, module.driver, module.driver, _full(machine, module))
        for module in _drivers(machine)
        if not module.listed
    ]
    columns = ("Known Exception", "Driver Name", "Service Key", "Alternative Name")
    return expect(columns, rows, left_out={"Offset": RECORD})


def _modules(machine: Machine, chosen: list[Module]) -> Expected:
    rows = [(low(_base(machine, module)), _size(machine, module), name_of(module), module.path) for module in chosen]
    return expect(("Base", "Size", "Name", "Path"), rows, always=DISABLED, left_out={"Offset": RECORD})


def _drivers(machine: Machine) -> Iterator[Module]:
    return (module for module in machine.plan.modules if module.driver and name_of(module).lower() != KERNEL)


def _base(machine: Machine, module: Module) -> int:
    return machine.module_base(name_of(module))


def _size(machine: Machine, module: Module) -> int:
    """The kernel's image has the size that its build gives it."""
    return machine.build.size if name_of(module).lower() == KERNEL else module.size


def _full(machine: Machine, module: Module) -> str:
    services = {service.name for service in machine.plan.services if service.kind == _FILE_SERVICE}
    files = module.driver in services or any(device.kind in _FILE_SYSTEMS for device in module.devices)
    return f"\\{'FileSystem' if files else 'Driver'}\\{module.driver}"


def _kind(device: Device) -> str:
    """The reader knows kinds up to 0x3A, and calls later ones UNKNOWN."""
    return f"FILE_DEVICE_{_KINDS[device.kind - 1]}" if device.kind <= len(_KINDS) else "UNKNOWN"


PLUGINS: dict[str, Callable[[Machine], Expected]] = {
    "windows.modules": modules,
    "windows.modscan": modscan,
    "windows.unloadedmodules": unloaded,
    "windows.driverscan": driverscan,
    "windows.driverirp": driverirp,
    "windows.devicetree": devicetree,
    "windows.malware.drivermodule": drivermodule,
}
