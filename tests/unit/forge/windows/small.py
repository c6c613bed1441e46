r"""A small Windows machine, whole: fifteen processes in two sessions, and one of each thing that the kernel keeps."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from training.forge.windows.builds.load import build
from training.forge.windows.plan import (
    Area,
    Cached,
    Device,
    Handle,
    Host,
    ImageFile,
    Kind,
    Library,
    Module,
    Plan,
    Privilege,
    Process,
    Spot,
    Thread,
    Token,
    Unloaded,
)

SYSTEM_32 = "C:\\Windows\\System32\\"
DRIVERS = "\\SystemRoot\\System32\\drivers\\"
MACHINE = "S-1-5-21-1004336348-1177238915-682003330"
USER = f"{MACHINE}-1001"


def at(text: str, ticks: int = 0) -> int:
    """A time as Windows keeps it, with so many steps of 100 ns more."""
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    span = moment - datetime(1601, 1, 1, tzinfo=UTC)
    return (span.days * 86_400 + span.seconds) * 10_000_000 + span.microseconds * 10 + ticks


SECOND = 10_000_000
BOOT = at("2026-03-10T07:58:12.417", 1234)
LOGON = at("2026-03-10T08:04:31.088", 77)
FROZEN = at("2026-03-10T10:21:44.930", 4021)

SYSTEM = Token(
    user="S-1-5-18",
    groups=(("S-1-5-32-544", 14), ("S-1-1-0", 7), ("S-1-5-11", 7), ("S-1-16-16384", 96)),
    privileges=(Privilege(name="SeDebugPrivilege", enabled=True, by_default=True),),
)
PERSON = Token(
    user=USER,
    groups=(("S-1-1-0", 7), ("S-1-5-32-545", 7), ("S-1-5-4", 7), ("S-1-5-5-0-199341", 0xC0000007), ("S-1-16-8192", 96)),
    privileges=(Privilege(name="SeChangeNotifyPrivilege", enabled=True, by_default=True),),
)

LIBRARIES = ("ntdll.dll", "kernel32.dll", "KernelBase.dll", "msvcrt.dll", "rpcrt4.dll")
SIZES = {
    "ntdll.dll": 0x1F5000,
    "kernel32.dll": 0xBD000,
    "KernelBase.dll": 0x2C9000,
    "msvcrt.dll": 0x9E000,
    "rpcrt4.dll": 0x12A000,
}
PROGRAMS = {
    "smss.exe": 0x2C000,
    "csrss.exe": 0x8000,
    "wininit.exe": 0x6B000,
    "winlogon.exe": 0xDE000,
    "services.exe": 0xB5000,
    "lsass.exe": 0x12000,
    "svchost.exe": 0x11000,
    "conhost.exe": 0xDC000,
    "cmd.exe": 0x67000,
    "powershell.exe": 0x73000,
    "keyview.exe": 0x24000,
    "explorer.exe": 0x4D6000,
}
ELSEWHERE = {
    "explorer.exe": "C:\\Windows\\",
    "keyview.exe": "C:\\Users\\Public\\drv\\",
    "powershell.exe": SYSTEM_32 + "WindowsPowerShell\\v1.0\\",
}


def _module(name: str, size: int, driver: str, devices: dict[str, int]) -> Module:
    made = tuple(Device(name=device, kind=kind) for device, kind in devices.items())
    return Module(path=DRIVERS + name, size=size, driver=driver, devices=made)


MODULES = (
    Module(path="\\SystemRoot\\system32\\ntoskrnl.exe", size=0x1046000),
    Module(path="\\SystemRoot\\system32\\hal.dll", size=0xA6000),
    _module("volmgr.sys", 0x1A000, "volmgr", {"HarddiskVolume3": 7}),
    _module("npfs.sys", 0x1C000, "Npfs", {"NamedPipe": 0x11}),
    _module("tcpip.sys", 0x2F0000, "Tcpip", {"Tcp": 0x12, "Udp": 0x12}),
    _module("ahcache.sys", 0x55000, "ahcache", {"ahcache": 0x22}),
    Module(
        path="\\??\\C:\\Users\\Public\\drv\\mskbd64.sys",
        size=0x12000,
        driver="mskbd64",
        devices=(Device(name="mskbd64", kind=0x22),),
    ),
)


def path_of(name: str) -> str:
    """Where a program of the machine lies."""
    return ELSEWHERE.get(name, SYSTEM_32) + name


def _images(name: str) -> dict[str, ImageFile]:
    version = build(name).version
    found = {}
    for number, (file, size) in enumerate((SIZES | PROGRAMS).items()):
        path = path_of(file)
        found[path] = ImageFile(path=path, size=size, timestamp=1_600_000_000 + 7919 * number, version=version)
    return found


def program(pid: int, ppid: int, name: str, created: int, **other: Any) -> Process:
    """A process with a program, the usual libraries and two threads."""
    path = other.get("path", path_of(name))
    libraries = tuple(
        Library(path=SYSTEM_32 + each, loaded=created + 4000 + 1371 * number) for number, each in enumerate(LIBRARIES)
    )
    first = Thread(tid=pid + 4000, created=created + 310, start=Spot(image=name, offset=0x1040))
    second = Thread(tid=pid + 4004, created=created + 90_417, start=Spot(image="ntdll.dll", offset=0x2040))
    given: dict[str, Any] = {
        "path": path,
        "token": SYSTEM,
        "command_line": path,
        "libraries": libraries,
        "threads": (first, second),
        "session": 0,
        "environment": (("ComSpec", SYSTEM_32 + "cmd.exe"), ("SystemRoot", "C:\\Windows")),
        "handles": (
            Handle(kind="Event", access=0x1F0003),
            Handle(kind="File", access=0x100020, name="\\Windows\\System32"),
        ),
    }
    return Process(pid=pid, ppid=ppid, name=name, created=created, **(given | other))


def _minimal(pid: int, ppid: int, name: str, created: int, count: int) -> Process:
    threads = tuple(
        Thread(
            tid=pid + 8 + 4 * number, created=created + 211 * number, start=Spot(image="ntoskrnl.exe", offset=0x210000)
        )
        for number in range(count)
    )
    return Process(pid=pid, ppid=ppid, name=name, created=created, token=SYSTEM, threads=threads, minimal=True)


def _processes() -> tuple[Process, ...]:
    return (*_of_windows(), *_of_the_person())


def _of_windows() -> tuple[Process, ...]:
    return (
        _minimal(4, 0, "System", BOOT, 6),
        _minimal(92, 4, "Registry", BOOT - 3 * SECOND - 411, 2),
        program(344, 4, "smss.exe", BOOT + 8371, session=None),
        program(456, 440, "csrss.exe", BOOT + 3 * SECOND + 13),
        program(532, 440, "wininit.exe", BOOT + 4 * SECOND + 7711),
        program(540, 524, "csrss.exe", BOOT + 4 * SECOND + 9003, session=1),
        program(628, 524, "winlogon.exe", BOOT + 4 * SECOND + 91_333, session=1),
        program(672, 532, "services.exe", BOOT + 5 * SECOND + 8),
        program(692, 532, "lsass.exe", BOOT + 5 * SECOND + 5531),
        program(
            820, 672, "svchost.exe", BOOT + 6 * SECOND + 19, command_line=f"{SYSTEM_32}svchost.exe -k DcomLaunch -p"
        ),
    )


def _of_the_person() -> tuple[Process, ...]:
    person: dict[str, Any] = {"session": 1, "token": PERSON}
    opened = (Handle(kind="File", access=0x120089, name="\\Users\\mira\\Downloads\\offer.docm"),)
    region = b"\x90" * 64 + b"INERT TRAINING REGION"
    areas = (
        Area(size=0x3000, protection="EXECUTE_READWRITE", content=region, label="region"),
        Area(size=0x5000, protection="READONLY", kind=Kind.MAPPED, file=f"{SYSTEM_32}locale.nls"),
    )
    ended: dict[str, Any] = {"exited": LOGON + 640 * SECOND + 11, "exit_status": 0, "threads": ()}
    return (
        program(3120, 3092, "explorer.exe", LOGON + 2 * SECOND + 31, **person, handles=opened),
        program(5508, 3120, "powershell.exe", LOGON + 900 * SECOND + 6621, **person, areas=areas),
        program(5600, 5508, "conhost.exe", LOGON + 900 * SECOND + 70_021, **person),
        program(5700, 3120, "cmd.exe", LOGON + 600 * SECOND + 3, **person, **ended),
        program(6660, 5508, "keyview.exe", LOGON + 950 * SECOND + 441, **person, listed=False),
    )


def small(**changes: Any) -> Plan:
    """The plan, with other parts where they are given; ``build`` is the name of a table."""
    name = changes.pop("build", "19041")
    plan = Plan(
        title="Small machine",
        seed="small 1",
        host=Host(
            name="WS-017",
            domain="MERROW",
            dns="merrow.example",
            build=name,
            product=1,
            processors=2,
            memory=64 << 20,
            booted=BOOT,
            frozen=FROZEN,
            sid=MACHINE,
            addresses=("192.0.2.17",),
        ),
        images=_images(name),
        processes=_processes(),
        modules=MODULES,
        unloaded=(
            Unloaded(name="dump_storport.sys", size=0xF000, time=BOOT + 41_000_311),
            Unloaded(name="kbdinst.sys", size=0x9000, time=FROZEN - 9),
        ),
        cached=(Cached(path="C:\\Users\\mira\\Downloads\\offer.docm", content=b"nothing but an example " * 400),),
    )
    return replace(plan, **changes)
