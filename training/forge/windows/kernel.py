"""The kernel itself: its image, how readers find it, what it shares with programs, and its plain globals."""

import struct
from typing import TYPE_CHECKING, Final

from training.forge.windows.layout import Struct
from training.forge.windows.machine import SHARED, SYSTEM_RANGE, TOP
from training.forge.windows.memory import PAGE
from training.forge.windows.plan import ImageFile
from training.forge.windows.portable import CODE, CONSTANTS, DATA, DISCARDED, Part, portable
from training.forge.windows.symbols import KERNEL

if TYPE_CHECKING:
    from training.forge.windows.machine import Machine

BANNER_AT: Final = 0x2000
BANNER: Final = "SYNTHETIC MEMORY IMAGE - generated for training; not acquired from a real computer."
CODE_AT: Final = 0x200000
"""Where the kernel's section of code begins, from its base."""
PROTECTIONS: Final = (1, 2, 0x10, 0x20, 4, 8, 0x40, 0x80)
"""What the kernel's eight kinds of protection are called outside: PAGE_NOACCESS, PAGE_READONLY, …"""

_STUB_AT: Final = 0x1000
_STUB: Final = 0x00000001000600E9
_STUB_KERNEL, _STUB_TOP = 0x70, 0xA0
_CACHES: Final = (0, 0x200, 0x100, 0x400)
_NO_ACCESS: Final = 1
_AMD64, _AMD64_NATIVE = 0x8664, 9
_ROOT: Final = "C:\\Windows"
_DEBUGGER_SIZE: Final = 0x380
_DEBUGGER_HEAD: Final = 0x10
_DEBUGGER_LAB, _DEBUGGER_UPDATE = 0x208, 0x268
_LAB_ROOM: Final = 64
_PAGED_AT: Final = 0x400000
_RESOURCES: Final = 0x10000
_GLOBAL_REACH: Final = 0x1000
_FIRST_GLOBAL, _LAST_GLOBAL = "KdDebuggerDataBlock", "KeServiceDescriptorTable"
_BUILT: Final = 1_600_000_000


def write(machine: "Machine") -> None:
    """Write the kernel and all of it that does not depend on processes."""
    _banner(machine)
    _stub(machine)
    _shared(machine)
    _image(machine)
    _globals(machine)
    _debugger(machine)
    machine.objects.write_types()
    _sessions(machine)


def _banner(machine: "Machine") -> None:
    """Say in the image itself what it is; nothing of it points here."""
    plan = machine.plan
    text = f"{BANNER}\nScenario: {plan.title}\nBuild: {machine.build.title}\nSeed: {plan.seed}\nProject: Engram\n"
    machine.physical.write(BANNER_AT, text.encode()[:PAGE])


def _stub(machine: "Machine") -> None:
    """The page that starts further processors: it leads readers to the kernel and its top table."""
    page = bytearray(PAGE)
    struct.pack_into("<Q", page, 0, _STUB)
    struct.pack_into("<Q", page, _STUB_KERNEL, machine.base + (machine.build.symbols["HalpLMStub"] & ~3))
    struct.pack_into("<Q", page, _STUB_TOP, TOP)
    machine.physical.write(_STUB_AT, page)


def _shared(machine: "Machine") -> None:
    host, build = machine.plan.host, machine.build
    shared = machine.struct("_KUSER_SHARED_DATA", SHARED)
    shared.set(
        NtMajorVersion=build.version[0],
        NtMinorVersion=build.version[1],
        NtBuildNumber=build.shown,
        NtProductType=host.product,
        ProductTypeIsValid=1,
        NativeProcessorArchitecture=_AMD64_NATIVE,
        NtSystemRoot=_ROOT.encode("utf-16-le"),
        NumberOfPhysicalPages=host.memory // PAGE,
        ActiveProcessorCount=host.processors,
        ActiveGroupCount=1,
        ImageNumberLow=_AMD64,
        ImageNumberHigh=_AMD64,
    )
    for member, value in (("SystemTime", host.frozen), ("InterruptTime", host.frozen - host.booted)):
        shared.put(f"{member}.LowPart", value & 0xFFFFFFFF)
        shared.put(f"{member}.High1Time", value >> 32)
        shared.put(f"{member}.High2Time", value >> 32)


def _image(machine: "Machine") -> None:
    """The image of the kernel with its debug record, by which readers choose the symbols."""
    build = machine.build
    low, high = _data(machine)
    end = build.size - _RESOURCES
    parts = (
        Part(".rdata", PAGE, CODE_AT - PAGE, CONSTANTS),
        Part(".text", CODE_AT, _PAGED_AT - CODE_AT, CODE),
        Part("PAGE", _PAGED_AT, low - _PAGED_AT, CODE),
        Part(".data", low, high - low, DATA),
        Part("INIT", high, end - high, DISCARDED),
        Part(".rsrc", end, _RESOURCES, CONSTANTS),
    )
    name = "ntoskrnl.exe"
    image = ImageFile(
        path=f"C:\\Windows\\System32\\{name}",
        size=build.size,
        timestamp=_BUILT + build.kernel * 1000 + build.revision,
        version=build.version,
    )
    made = portable(name, image, base=machine.base, identity=machine.identity(KERNEL), parts=parts)
    for rva, content in made.pages.items():
        frame = machine.kernel.map(machine.base + rva, write=False, execute=made.executable(rva), dirty=False)
        machine.physical.write(frame, content)
    machine.modules[name] = machine.base


def _data(machine: "Machine") -> tuple[int, int]:
    """The range of the image that holds the globals."""
    symbols = machine.build.symbols
    return symbols[_FIRST_GLOBAL] & ~(PAGE - 1), symbols[_LAST_GLOBAL] + 2 * PAGE & ~(PAGE - 1)


def _globals(machine: "Machine") -> None:
    build, host = machine.build, machine.plan.host
    low, _ = _data(machine)
    for name, place in build.symbols.items():
        if place < CODE_AT or place >= low:
            machine.symbol(name, _GLOBAL_REACH)
    machine.store("KeNumberProcessors", host.processors, form="I")
    machine.store("MmSystemRangeStart", SYSTEM_RANGE)
    machine.store("CmNtCSDVersion", 0, form="I")
    words = [word | (extra if word != _NO_ACCESS else 0) for extra in _CACHES for word in PROTECTIONS]
    machine.store("MmProtectToValue", *words, form="I")
    machine.kernel.write(machine.symbol("NtBuildLab", _LAB_ROOM), build.lab.encode() + b"\0")


def _debugger(machine: "Machine") -> None:
    """The blocks in which a debugger finds the kernel's version and lists."""
    build, modules = machine.build, machine.symbol("PsLoadedModuleList", 16)
    block = machine.symbol("KdDebuggerDataBlock", _DEBUGGER_SIZE)
    version: Struct = machine.struct("_DBGKD_GET_VERSION64", machine.symbol("KdVersionBlock", 0x28))
    version.set(
        MajorVersion=15,
        MinorVersion=build.kernel,
        ProtocolVersion=6,
        KdSecondaryVersion=2,
        Flags=0x47,
        MachineType=_AMD64,
        MaxPacketType=12,
        MaxStateChange=3,
        MaxManipulate=0x2D,
        KernBase=machine.base,
        PsLoadedModuleList=modules,
    )
    head = struct.pack("<4sIQ", b"KDBG", _DEBUGGER_SIZE, machine.base)
    machine.kernel.write(block + _DEBUGGER_HEAD, head)
    machine.kernel.write(block + 0x48, struct.pack("<QQ", modules, machine.symbol("PsActiveProcessHead", 16)))
    for place, name in ((_DEBUGGER_LAB, "NtBuildLab"), (_DEBUGGER_UPDATE, "CmNtCSDVersion")):
        machine.kernel.write(block + place, struct.pack("<Q", machine.symbol(name)))


def _sessions(machine: "Machine") -> None:
    """The structure of each session that a process of the plan belongs to."""
    numbers = {process.session for process in machine.plan.processes if process.session is not None}
    for number in sorted(numbers):
        session = machine.nonpaged.alloc(PAGE, b"MmSs")
        machine.struct("_MM_SESSION_SPACE", session).set(SessionId=number)
        machine.sessions[number] = session
