r"""Kernel modules and what they brought: the list of the loader, driver objects and their devices, unloaded modules."""

import hashlib
import struct
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Final

from training.forge.windows.files import disk_path
from training.forge.windows.kernel import CODE_AT
from training.forge.windows.layout import Struct, ring
from training.forge.windows.memory import PAGE
from training.forge.windows.plan import Device, ImageFile, Module, Plan
from training.forge.windows.portable import ENTRY, Portable, portable
from training.forge.windows.symbols import TCPIP

if TYPE_CHECKING:
    from training.forge.windows.machine import Machine

KERNEL: Final = "ntoskrnl.exe"
NETWORK: Final = "tcpip.sys"
FUNCTIONS: Final = 28
INVALID: Final = "IopInvalidDeviceRequest"

_STEP: Final = 0x10000
_ENTRY_FLAGS: Final = 0x49104000
_DRIVER_TYPE, _DEVICE_TYPE = 4, 3
_DRIVER_FLAGS: Final = 0x12
_DEVICE_FLAGS: Final = 0x40
_SECURE_OPEN: Final = 0x100
_FILE_SYSTEMS: Final = frozenset({3, 8, 9, 0xC, 0x11, 0x14, 0x20})
_FILE_SERVICE: Final = 2
_USUAL: Final = (0, 2, 14, 22, 23, 27)
_OF_FILES: Final = (0, 2, 3, 4, 5, 6, 9, 10, 12, 13, 14, 17, 18, 20, 21)
_FIRST_ROUTINE: Final = 0x400
_ROUTINE_STEP: Final = 0x40
_UNLOADED: Final = 0x28
_UNLOADED_MOST: Final = 50
_FIRST_BUILT: Final = 1_400_000_000
_BUILT_WITHIN: Final = 300_000_000


def write(machine: "Machine") -> None:
    """Load the modules of the plan, those that are listed into the kernel's list, with their drivers and devices.

    Raises:
        KeyError: the plan has no kernel.
    """
    draw = machine.random("modules")
    listed = []
    for module in machine.plan.modules:
        entry = _load(machine, module, draw)
        if module.listed:
            listed.append(entry.at("InLoadOrderLinks"))
        else:
            ring(machine.kernel, [entry.at("InLoadOrderLinks")])
    machine.module_base(KERNEL)
    ring(machine.kernel, [machine.symbol("PsLoadedModuleList", 16), *listed])
    _unload(machine, draw)


def image_of(machine: "Machine", module: Module) -> ImageFile:
    """The facts of a module's file: those of the plan, or else such as follow from its path and its size."""
    path = disk_path(module.path)
    planned = machine.images.planned(path)
    if planned is not None:
        return planned
    number = int.from_bytes(hashlib.sha256(path.encode()).digest()[:4], "big")
    built = _FIRST_BUILT + number % _BUILT_WITHIN
    return ImageFile(path=path, size=module.size, timestamp=built, version=machine.build.version)


def full_name(plan: Plan, module: Module) -> str:
    r"""The path of a driver object: ``\FileSystem\x`` where its devices or service are a file system's."""
    devices = any(device.kind in _FILE_SYSTEMS for device in module.devices)
    service = any(each.name == module.driver and each.kind == _FILE_SERVICE for each in plan.services)
    return f"\\{'FileSystem' if devices or service else 'Driver'}\\{module.driver}"


def _load(machine: "Machine", module: Module, draw: Random) -> Struct:
    """Put a module into memory where it is not there yet; returns its entry for the loader's list."""
    name = module.path.rpartition("\\")[2]
    if name.lower() in machine.modules:
        base, size, made = machine.modules[name.lower()], machine.build.size, None
    else:
        base, size = machine.drivers, module.size
        made = _place(machine, base, name, image_of(machine, module))
        machine.modules[name.lower()] = base
        machine.drivers += (size + _STEP - 1 & ~(_STEP - 1)) + draw.randrange(2) * _STEP
    build = machine.build
    spare = build.sizeof("_LDR_DATA_TABLE_ENTRY") - build.sizeof("_KLDR_DATA_TABLE_ENTRY")
    entry = machine.new("_KLDR_DATA_TABLE_ENTRY", b"MmLd", extra=max(0, spare))
    entry.set(
        DllBase=base, SizeOfImage=size, EntryPoint=base + (made.entry if made else CODE_AT + ENTRY), Flags=_ENTRY_FLAGS
    )
    machine.text(entry, "FullDllName", module.path)
    machine.text(entry, "BaseDllName", name)
    if module.driver and made:
        _drive(machine, module, base, entry, made)
    return entry


def _place(machine: "Machine", base: int, name: str, image: ImageFile) -> Portable:
    named = machine.identity(TCPIP) if name.lower() == NETWORK else None
    made = portable(name, image, base=base, identity=named)
    for rva, content in made.pages.items():
        frame = machine.kernel.map(base + rva, write=made.writable(rva), execute=made.executable(rva), dirty=False)
        machine.physical.write(frame, content)
    data = made.parts[".data"]
    machine.kernel.cover(base + data.rva, data.size)
    return made


def _drive(machine: "Machine", module: Module, base: int, entry: Struct, made: Portable) -> None:
    """The driver object of a module and its devices."""
    files = any(device.kind in _FILE_SYSTEMS for device in module.devices)
    extension = machine.build.sizeof("_DRIVER_EXTENSION")
    named = full_name(machine.plan, module)
    filled = ((0x10, entry.address & 0xFF), (0x20, 2 * len(named) & 0xFF))
    driver = machine.object("Driver", "_DRIVER_OBJECT", module.driver, extra=extension, filled=filled)
    behind = machine.struct("_DRIVER_EXTENSION", driver.address + driver.size)
    behind.set(DriverObject=driver)
    machine.text(behind, "ServiceKeyName", module.driver)
    driver.set(
        Type=_DRIVER_TYPE,
        Size=driver.size,
        Flags=_DRIVER_FLAGS,
        DriverStart=base,
        DriverSize=module.size,
        DriverSection=entry,
        DriverExtension=behind,
        DriverInit=base + made.entry,
    )
    machine.text(driver, "DriverName", named)
    invalid = machine.base + machine.build.symbols[INVALID]
    own = _OF_FILES if files else _USUAL
    code = base + made.parts[".text"].rva + _FIRST_ROUTINE
    routines = [
        code + number * _ROUTINE_STEP if module.devices and number in own else invalid for number in range(FUNCTIONS)
    ]
    driver.put("MajorFunction", struct.pack(f"<{FUNCTIONS}Q", *routines))
    chain = [_device(machine, driver, device) for device in module.devices]
    for one, following in pairwise(chain):
        one.put("NextDevice", following)
    if chain:
        driver.put("DeviceObject", chain[0])


def _device(machine: "Machine", driver: Struct, planned: Device) -> Struct:
    device = machine.object("Device", "_DEVICE_OBJECT", planned.name)
    device.set(
        Type=_DEVICE_TYPE,
        Size=device.size,
        ReferenceCount=1,
        DriverObject=driver,
        Flags=_DEVICE_FLAGS,
        Characteristics=_SECURE_OPEN,
        DeviceType=planned.kind,
        StackSize=1,
    )
    if planned.name:
        machine.devices[planned.name] = device.address
    return device


def _unload(machine: "Machine", draw: Random) -> None:
    """The kernel's table of the modules that were unloaded last, oldest first."""
    unloaded = machine.plan.unloaded[-_UNLOADED_MOST:]
    table = machine.nonpaged.alloc(_UNLOADED * _UNLOADED_MOST, b"MmDT")
    place = machine.drivers
    for number, module in enumerate(unloaded):
        place += draw.randrange(1, 9) * _STEP
        at = table + _UNLOADED * number
        machine.string(at, module.name)
        end = place + (module.size + PAGE - 1 & ~(PAGE - 1))
        machine.kernel.write(at + 0x10, struct.pack("<QQQ", place, end, module.time))
        place = end
    machine.store("MmUnloadedDrivers", table)
    machine.store("MmLastUnloadedDriver", len(unloaded), form="I")
