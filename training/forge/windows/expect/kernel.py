"""The kernel itself: what it says of the machine, its tables of routines, its regions and pools."""

from collections.abc import Callable

from training.forge.windows.callbacks import NOTIFY
from training.forge.windows.expect.modules import RECORD, owner
from training.forge.windows.expect.seen import low, moment
from training.forge.windows.expect.table import Cell, Expected, expect
from training.forge.windows.machine import TOP, Machine
from training.forge.windows.plan import Callback
from training.forge.windows.regions import layout

_PRODUCTS = {1: "NtProductWinNt", 2: "NtProductLanManNt", 3: "NtProductServer"}
_LAB = 32
_READ = {"image": 8}
_LISTS = {"bugcheck": "KeBugCheckCallbackListHead", "reason": "KeBugCheckReasonCallbackListHead"}
_REGIONS = 13
_FIRST, _LAST = 32, 127


def info(machine: Machine) -> Expected:
    """What the kernel says of the machine; of the text of its build the reader takes 32 characters."""
    build, host = machine.build, machine.plan.host
    symbols = build.symbols
    rows = {
        "Kernel Base": hex(low(machine.base)),
        "DTB": hex(TOP),
        "Is64Bit": "True",
        "IsPAE": "False",
        "layer_name": "0 WindowsIntel32e",
        "memory_layer": "1 FileLayer",
        "KdDebuggerDataBlock": hex(low(machine.base + symbols["KdDebuggerDataBlock"])),
        "NTBuildLab": build.lab[:_LAB],
        "CSDVersion": "0",
        "KdVersionBlock": hex(low(machine.base + symbols["KdVersionBlock"])),
        "Major/Minor": f"15.{build.kernel}",
        "MachineType": "34404",
        "KeNumberProcessors": str(host.processors),
        "SystemTime": (moment(host.frozen) or "").replace("T", " "),
        "NtSystemRoot": "C:\\Windows",
        "NtProductType": _PRODUCTS[host.product],
        "NtMajorVersion": "10",
        "NtMinorVersion": "0",
        "PE MajorOperatingSystemVersion": "10",
        "PE MinorOperatingSystemVersion": "0",
        "PE Machine": "34404",
    }
    aside: dict[tuple[str, Cell], str] = {
        ("Variable", "Symbols"): "where the reader found the symbol file",
        ("Variable", "PE TimeDateStamp"): "the writer's choice for the file of the kernel",
    }
    return expect(("Variable", "Value"), rows.items(), aside=aside)


def callbacks(machine: Machine) -> Expected:
    """Routines that drivers registered.

    Of those for images the reader looks at eight. It finds every notification once more by the tag of its block, and
    can't read the name of a bug check's component.
    """
    rows: list[tuple[Cell, ...]] = []
    seen = dict.fromkeys(NOTIFY, 0)
    for each in machine.plan.callbacks:
        if each.kind in NOTIFY:
            seen[each.kind] += 1
            if seen[each.kind] <= _READ.get(each.kind, seen[each.kind]):
                rows.append(_callback(machine, NOTIFY[each.kind], each))
            rows.append(_callback(machine, "GenericKernelCallback", each))
        elif each.kind in _LISTS:
            rows.append(_callback(machine, _LISTS[each.kind], each))
        elif each.kind == "registry":
            rows.append(_callback(machine, "CmRegisterCallbackEx", each, f"Altitude: {each.altitude}"))
        else:
            rows.append(_callback(machine, "IoRegisterFsRegistrationChange", each))
    return expect(("Type", "Callback", "Module", "Symbol", "Detail"), rows)


def ssdt(machine: Machine) -> Expected:
    """The table of system calls; where several names have one address, a row for each of them."""
    build = machine.build
    names: dict[int, list[str]] = {}
    for name, place in build.symbols.items():
        names.setdefault(machine.base + place, []).append(name)
    targets = {number: machine.base + build.symbols[name] for name, number in build.syscalls.items()}
    targets |= {build.syscalls[hook.function]: machine.spot(hook.routine) for hook in machine.plan.hooks}
    rows = [
        (number, low(target), module, name)
        for number, target in targets.items()
        if (module := owner(machine, target))
        for name in names.get(target, [None])
    ]
    return expect(("Index", "Address", "Module", "Symbol"), rows)


def timers(machine: Machine) -> Expected:
    """Timers in the tables of the processors, with the routine behind the mixed pointer."""
    rows = []
    for each in machine.plan.timers:
        place = machine.spot(each.routine)
        due = f"{each.due >> 32:#010x}:{each.due & 0xFFFFFFFF:#010x}"
        rows.append((due, each.period, "-", low(place), owner(machine, place), None))
    columns = ("DueTime", "Period(ms)", "Signaled", "Routine", "Module", "Symbol")
    return expect(columns, rows, left_out={"Offset": RECORD})


def kpcrs(machine: Machine) -> Expected:
    """A row for each processor."""
    why = {"Offset": RECORD, "PRCB Offset": RECORD}
    return expect((), [()] * machine.plan.host.processors, left_out=why)


def virtmap(machine: Machine) -> Expected:
    """The regions of the kernel's half. What the reader calls an end is a length."""
    placed = {region.number: region for region in layout(machine)}
    names = {number: name for name, number in machine.build.enums["_MI_SYSTEM_VA_TYPE"].constants.items()}
    rows = []
    for number in range(_REGIONS):
        region = placed.get(number)
        rows.append((names[number], low(region.start) if region else 0, region.length if region else 0))
    return expect(("Region", "Start offset", "End offset"), rows)


def bigpools(machine: Machine) -> Expected:
    """Blocks that are too large for a header."""
    rows = [
        (
            block.address,
            "".join(chr(letter) for letter in block.tag if _FIRST < letter < _LAST),
            "PagedPool" if block.kind & 1 else "NonPagedPool",
            block.size,
            "Allocated",
        )
        for block in (*machine.nonpaged.big, *machine.paged.big)
    ]
    return expect(("Allocation", "Tag", "PoolType", "NumberOfBytes", "Status"), rows)


def symlinkscan(machine: Machine) -> Expected:
    """Symbolic links of the pool."""
    rows = [(moment(each.created), each.name, each.target) for each in machine.plan.links]
    return expect(("CreateTime", "From Name", "To Name"), rows, left_out={"Offset": RECORD})


def _callback(machine: Machine, kind: str, callback: Callback, detail: str | None = None) -> tuple[Cell, ...]:
    place = machine.spot(callback.routine)
    return (kind, low(place), owner(machine, place), None, detail)


PLUGINS: dict[str, Callable[[Machine], Expected]] = {
    "windows.info": info,
    "windows.callbacks": callbacks,
    "windows.ssdt": ssdt,
    "windows.timers": timers,
    "windows.kpcrs": kpcrs,
    "windows.virtmap": virtmap,
    "windows.bigpools": bigpools,
    "windows.symlinkscan": symlinkscan,
}
