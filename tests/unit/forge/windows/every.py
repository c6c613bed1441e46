r"""The small machine with all that the writer can write: what each room's own plan has, and an incident's processes."""

from dataclasses import replace
from typing import Any

from tests.unit.forge.windows.kept import kept
from tests.unit.forge.windows.small import LIBRARIES, LOGON, PERSON, SECOND, SYSTEM_32, program, small
from tests.unit.forge.windows.wired import wired
from training.forge.windows.builds.load import build
from training.forge.windows.plan import Area, Handle, ImageFile, Library, Plan, Process, Spot, Thread

PUBLIC = "C:\\Users\\Public\\drv\\"
NARROW = "C:\\Windows\\SysWOW64\\"
TOOL = "C:\\Program Files (x86)\\Tool\\tool.exe"
BEGAN = LOGON + 1200 * SECOND
INERT = b"\x90" * 32 + b"INERT TRAINING REGION"


def libraries(folder: str, names: tuple[str, ...], since: int) -> tuple[Library, ...]:
    """Libraries of a folder, loaded one after the other."""
    return tuple(Library(path=folder + name, loaded=since + 1399 * number) for number, name in enumerate(names))


def incident() -> tuple[Process, ...]:
    """A process of each kind that an incident leaves."""
    person: dict[str, Any] = {"session": 1, "token": PERSON}
    hidden = Library(path=PUBLIC + "upd.dll", loaded=BEGAN + 77, in_load=False, in_memory=False, in_init=False)
    injected = program(
        6104,
        5508,
        "rundll.exe",
        BEGAN,
        path=PUBLIC + "rundll.exe",
        libraries=(*libraries(SYSTEM_32, LIBRARIES, BEGAN + 4000), hidden),
        threads=(
            Thread(tid=6108, created=BEGAN + 391, start=Spot(image="rundll.exe", offset=0x1040)),
            Thread(tid=6112, created=BEGAN + 7 * SECOND, start=Spot(image="injected", offset=0x10)),
        ),
        areas=(Area(size=0x3000, protection="EXECUTE_READWRITE", content=INERT, label="injected"),),
        handles=(
            Handle(kind="Process", access=0x1010, pid=692),
            Handle(kind="Thread", access=0x1FFFFF, pid=6104, tid=6112),
            Handle(kind="Mutant", access=0x1F0001, name="mskbd-4f2a"),
            Handle(kind="File", access=0x12019F, name="\\kbdpipe_71", device="NamedPipe", sharing="RW-rw-"),
            Handle(kind="Key", access=0x20019, name="\\REGISTRY\\MACHINE\\SOFTWARE\\Vendor"),
            *(Handle(kind="Event", access=0x1F0003) for _ in range(600)),
        ),
        **person,
    )
    wide = libraries(SYSTEM_32, ("ntdll.dll", "wow64.dll", "wow64win.dll", "wow64cpu.dll"), BEGAN + 30 * SECOND)
    low = libraries(NARROW, ("ntdll.dll", "kernel32.dll", "KernelBase.dll"), BEGAN + 30 * SECOND + 9000)
    tool = {"path": TOOL, "libraries": wide, "wow64": low}
    return (
        injected,
        program(7300, 5508, "svchost.exe", BEGAN + 9 * SECOND, hollow=True, **person),
        program(7412, 5508, "ghost.exe", BEGAN + 11 * SECOND, path=PUBLIC + "ghost.exe", ghosted=True, **person),
        program(7600, 3120, "tool.exe", BEGAN + 30 * SECOND, **person, **tool),
        program(
            7716,
            5508,
            "winupd.exe",
            BEGAN + 40 * SECOND,
            path=PUBLIC + "winupd.exe",
            shown=SYSTEM_32 + "svchost.exe",
            **person,
        ),
    )


def every(name: str = "19041", **changes: Any) -> Plan:
    """The plan, for the table of that name, with other parts where they are given."""
    base, rich, processes = small(build=name), kept(build=name), incident()
    from_rooms = {each: getattr(rich, each) for each in rich.__slots__ if getattr(rich, each) != getattr(base, each)}
    images = dict(base.images)
    paths = {each.path for each in processes}
    paths |= {library.path for each in processes for library in (*each.libraries, *each.wow64)}
    for number, path in enumerate(sorted(paths - base.images.keys())):
        images[path] = ImageFile(
            path=path,
            size=0x40000 + 0x7000 * number,
            timestamp=1_610_000_000 + 104_729 * number,
            version=build(name).version,
            bits=32 if path.startswith(NARROW) or path == TOOL else 64,
        )
    plan = wired(name)
    whole = {"images": images, "processes": (*plan.processes, *processes)}
    return replace(plan, **(from_rooms | whole | changes))
