"""A small machine with a process of every kind, for tests of what is written of them."""

from dataclasses import replace

from training.forge.windows.plan import (
    Area,
    Console,
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
)

BOOTED = 133_444_297_310_517_233
AUTHORITY = "S-1-5-21-1004336348-1177238915-682003330"
USER = f"{AUTHORITY}-1104"
SYSTEM_ROOT = "C:\\Windows\\System32\\"
SYSTEM = Token(
    user="S-1-5-18",
    groups=(("S-1-5-32-544", 14), ("S-1-1-0", 7), ("S-1-5-11", 7), ("S-1-16-16384", 0x60)),
    privileges=(
        Privilege(name="SeDebugPrivilege", enabled=True, by_default=True),
        Privilege(name="SeTcbPrivilege", enabled=True, by_default=True),
        Privilege(name="SeShutdownPrivilege", enabled=False, by_default=False),
    ),
)
PERSON = Token(
    user=USER,
    groups=((f"{AUTHORITY}-513", 7), ("S-1-1-0", 7), ("S-1-5-5-0-250417", 0xC0000007), ("S-1-16-8192", 0x60)),
    privileges=(Privilege(name="SeChangeNotifyPrivilege", enabled=True, by_default=True),),
)
LIBRARIES = ("ntdll.dll", "kernel32.dll", "KernelBase.dll", "msvcrt.dll", "rpcrt4.dll")
ENVIRONMENT = (("COMPUTERNAME", "WS-04"), ("Path", "C:\\Windows\\system32;C:\\Windows"), ("SystemRoot", "C:\\Windows"))
NARROW = "C:\\Windows\\SysWOW64\\"


def libraries(at: int, *more: str) -> tuple[Library, ...]:
    paths = [SYSTEM_ROOT + name for name in LIBRARIES] + list(more)
    return tuple(Library(path=path, loaded=at + 24_337 * (number + 1)) for number, path in enumerate(paths))


def threads(pid: int, at: int, count: int, image: str) -> tuple[Thread, ...]:
    return tuple(
        Thread(tid=pid + 4 + 4 * number, created=at + 3_111 * number, start=Spot(image=image, offset=0x1100))
        for number in range(count)
    )


def program(pid: int, ppid: int, name: str, second: int, **more: object) -> Process:
    created = BOOTED + second * 10_000_000 + 4_217
    path = str(more.pop("path", SYSTEM_ROOT + name))
    made = Process(
        pid=pid,
        ppid=ppid,
        name=name[:14],
        created=created,
        path=path,
        command_line=f'"{path}"',
        environment=ENVIRONMENT,
        token=SYSTEM,
        session=0,
        libraries=libraries(created),
        threads=threads(pid, created, 2, name.lower()),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def bare(pid: int, name: str, second: int, count: int) -> Process:
    created = BOOTED + second * 10_000_000 + 977
    return Process(
        pid=pid,
        ppid=0 if pid == 4 else 4,
        name=name,
        created=created,
        token=SYSTEM,
        minimal=True,
        threads=threads(pid, created, count, "ntoskrnl.exe"),
    )


PUBLIC = "C:\\Users\\Public\\drv\\"
HELD = (
    Handle(kind="Event", access=0x1F0003),
    Handle(kind="Directory", access=3, name="KnownDlls"),
    Handle(kind="File", access=0x100020, name="\\Windows\\System32"),
    Handle(kind="File", access=0x12019F, name="\\pipe_71", device="NamedPipe", sharing="RW-rw-"),
    Handle(kind="Key", access=0x20019, name=f"\\REGISTRY\\USER\\{USER}\\Software\\Run"),
    Handle(kind="Mutant", access=0x1F0001, name="Global-4f2a"),
    Handle(kind="Process", access=0x1410, pid=676),
    Handle(kind="Thread", access=0x1FFFFF, pid=676, tid=680),
    Handle(kind="Semaphore", access=0x1F0003),
    Handle(kind="Section", access=4, name="windows_shell_global_counters"),
    Handle(kind="ALPC Port", access=0x1F0001, name="OLE4F2A"),
    Handle(kind="Token", access=8),
    Handle(kind="WaitCompletionPacket", access=1),
    Handle(kind="IoCompletion", access=0x1F0003),
    Handle(kind="TpWorkerFactory", access=0xF00FF),
    Handle(kind="IRTimer", access=0x100002),
    Handle(kind="EtwRegistration", access=0x804),
)
INERT = b"\x90" * 16 + b"INERT TRAINING REGION"


def processes() -> tuple[Process, ...]:
    csrss = program(440, 432, "csrss.exe", 4)
    later = BOOTED + 5_000 * 10_000_000
    injected = program(
        6104,
        3120,
        "rundll.exe",
        4_800,
        token=PERSON,
        session=1,
        libraries=(
            *libraries(later, PUBLIC + "upd.dll")[:-1],
            Library(path=PUBLIC + "upd.dll", loaded=later, in_load=False, in_memory=False, in_init=False),
        ),
        areas=(
            Area(size=0x3000, protection="EXECUTE_READWRITE", content=INERT, label="region"),
            Area(size=0x10000, protection="READONLY", kind=Kind.MAPPED, file="C:\\Windows\\System32\\locale.nls"),
            Area(size=0x4000, protection="READWRITE", kind=Kind.MAPPED),
        ),
        threads=(
            *threads(6104, later, 1, "rundll.exe"),
            Thread(tid=6120, created=later, start=Spot(image="region", offset=0x10)),
            Thread(tid=6124, created=later, exited=later + 99, start=Spot(image="rundll.exe", offset=0x1100)),
        ),
        handles=HELD,
        strings=("http://updates.example/status",),
    )
    return (
        bare(4, "System", 0, 5),
        replace(bare(92, "Registry", 0, 2), created=BOOTED - 43_112_733),
        csrss,
        program(676, 516, "lsass.exe", 5, threads=threads(676, BOOTED + 50_000_000, 4, "ntdll.dll")),
        injected,
        program(6660, 6104, "keyview.exe", 4_900, path=PUBLIC + "keyview.exe", listed=False),
        program(7012, 6104, "cmd.exe", 4_910, exited=later + 31_337, exit_status=1, threads=(), listed=False),
        program(7016, 6104, "setup.exe", 4_920, path=PUBLIC + "setup.exe", exited=later, exit_status=0, threads=()),
        program(7300, 3120, "svchost.exe", 4_930, hollow=True, areas=()),
        program(7412, 3120, "ghost.exe", 4_940, path=PUBLIC + "ghost.exe", ghosted=True),
        program(7600, 3120, "tool.exe", 4_950, path="C:\\Program Files (x86)\\Tool\\tool.exe", **narrow()),
        program(
            7716, 3120, "winupd.exe", 4_960, path=PUBLIC + "winupd.exe", shown=SYSTEM_ROOT + "svchost.exe", session=1
        ),
        program(7720, 3120, "busy.exe", 4_970, path=PUBLIC + "busy.exe", handles=HELD[:1] * 700, console=CONSOLE),
    )


CONSOLE = Console(client=7012, application="cmd.exe", title="Command Prompt", commands=("dir",), screen=("C:\\>",))


def narrow() -> dict[str, object]:
    at = BOOTED + 4_951 * 10_000_000
    wide = tuple(
        Library(path=SYSTEM_ROOT + name, loaded=at + number)
        for number, name in enumerate(("ntdll.dll", "wow64.dll", "wow64win.dll", "wow64cpu.dll"))
    )
    low = tuple(
        Library(path=NARROW + name, loaded=at + 100 + number)
        for number, name in enumerate(("ntdll.dll", "kernel32.dll", "KernelBase.dll"))
    )
    return {"libraries": wide, "wow64": low}


def images(chosen: tuple[Process, ...]) -> dict[str, ImageFile]:
    paths = {each.path for each in chosen if each.path}
    paths |= {library.path for each in chosen for library in (*each.libraries, *each.wow64)}
    return {
        path: ImageFile(
            path=path,
            size=0x40000 + 0x1000 * number,
            timestamp=1_600_000_000 + number,
            version=(10, 0, 19041, 3570),
            bits=32 if path.startswith(NARROW) or "tool.exe" in path else 64,
        )
        for number, path in enumerate(sorted(paths))
    }


def plan(build: str = "19041") -> Plan:
    chosen = processes()
    return Plan(
        title="Processes of every kind",
        seed="7",
        host=Host(
            name="WS-04",
            domain="CORP",
            dns="corp.example",
            build=build,
            product=1,
            processors=2,
            memory=64 << 20,
            booted=BOOTED,
            frozen=BOOTED + 6_000 * 10_000_000,
            sid=AUTHORITY,
            addresses=("192.0.2.17",),
        ),
        images=images(chosen),
        processes=chosen,
        modules=(
            Module(path="\\SystemRoot\\system32\\ntoskrnl.exe", size=0x1046000),
            Module(
                path="\\SystemRoot\\System32\\drivers\\volmgr.sys",
                size=0x1A000,
                driver="volmgr",
                devices=(Device(name="HarddiskVolume3", kind=7),),
            ),
            Module(
                path="\\SystemRoot\\System32\\drivers\\npfs.sys",
                size=0x1B000,
                driver="Npfs",
                devices=(Device(name="NamedPipe", kind=0x11),),
            ),
        ),
    )
