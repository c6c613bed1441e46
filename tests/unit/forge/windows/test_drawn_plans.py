r"""Plans drawn at random, small and large: whatever a plan may say is written, and hangs together."""

import random
import struct
from dataclasses import replace

import pytest

from tests.unit.forge.windows import walk
from tests.unit.forge.windows.every import every
from tests.unit.forge.windows.small import BOOT, DRIVERS, SECOND, program
from training.forge.windows import Forged, forge
from training.forge.windows.builds.load import NAMES
from training.forge.windows.machine import TOP
from training.forge.windows.memory import PAGE
from training.forge.windows.plan import Area, Cached, Handle, Kind, Module, Plan, Process

PROTECTIONS = ("READONLY", "READWRITE", "EXECUTE_READ", "EXECUTE_READWRITE", "NOACCESS", "WRITECOPY")
KINDS = ("Event", "Mutant", "Semaphore", "Section", "Key", "File", "Token", "ALPC Port")


def drawn(seed: int) -> Plan:
    draw = random.Random(seed)  # noqa: S311 - the same plans each time
    whole = every(draw.choice(NAMES))
    kept = [each for each in whole.processes if each.pid == 4 or draw.random() < 0.8]
    known = {each.pid for each in kept}
    more = [_process(draw, 20_000 + 4 * number) for number in range(draw.randrange(70))]
    processes = tuple(
        replace(
            each,
            handles=tuple(held for held in each.handles if not held.pid or held.pid in known),
            console=each.console if each.console and each.console.client in known else None,
        )
        for each in (*kept, *more)
    )
    modules = tuple(
        Module(
            path=f"{DRIVERS}m{number}.sys", size=draw.randrange(8, 200) * PAGE, driver=draw.choice(("", f"m{number}"))
        )
        for number in range(draw.randrange(120))
    )
    return replace(
        whole,
        seed=f"drawn {seed}",
        host=replace(whole.host, memory=draw.choice((96, 128, 256)) << 20, processors=draw.randrange(1, 9)),
        processes=processes,
        modules=whole.modules + modules,
        jobs=(),
        endpoints=tuple(each for each in whole.endpoints if each.pid in known),
        cached=tuple(
            Cached(path=f"C:\\c{number}.bin", content=draw.randbytes(draw.randrange(1, 40_000)))
            for number in range(draw.randrange(4))
        ),
    )


def _process(draw: random.Random, pid: int) -> Process:
    handles = tuple(
        Handle(
            kind=draw.choice(KINDS), access=draw.getrandbits(25), name=draw.choice(("", f"\\n\\{draw.randrange(50)}"))
        )
        for _ in range(draw.choice((0, 3, 254, 255, 256, 511, 900)))
    )
    handles = tuple(
        replace(held, name=held.name or "\\REGISTRY\\USER") if held.kind == "Key" else held for held in handles
    )
    areas = tuple(
        Area(
            size=draw.randrange(1, 70_000),
            protection=draw.choice(PROTECTIONS),
            kind=draw.choice(tuple(Kind)),
            content=draw.randbytes(draw.choice((0, 1, 4096))),
        )
        for _ in range(draw.randrange(5))
    )
    areas = tuple(replace(area, size=max(area.size, len(area.content))) for area in areas)
    return program(pid, 672, "svchost.exe", BOOT + 60 * SECOND + pid, handles=handles, areas=areas)


@pytest.mark.parametrize("seed", range(8))
def test_a_drawn_plan_is_written_and_its_processes_and_modules_are_found_from_the_image(seed: int) -> None:
    plan = drawn(seed)
    made = forge(plan)
    assert found(made, "PsActiveProcessHead", "_EPROCESS", "ActiveProcessLinks", "UniqueProcessId") == [
        each.pid for each in plan.processes if each.listed
    ]
    bases = found(made, "PsLoadedModuleList", "_KLDR_DATA_TABLE_ENTRY", "InLoadOrderLinks", "DllBase")
    assert len(bases) == len(plan.modules)
    for base in bases:
        assert walk.read(made.data, TOP, base, 2) == b"MZ"


@pytest.mark.parametrize("seed", range(8))
def test_every_process_has_the_kernels_half_and_refers_to_itself_once(seed: int) -> None:
    made = forge(drawn(seed))
    kernel = struct.unpack("<512Q", made.data[TOP : TOP + PAGE])[256:]
    for written in made.machine.processes.values():
        top = written.space.top
        entries = struct.unpack("<512Q", made.data[top : top + PAGE])
        assert sum(entry & walk.PRESENT and entry & walk.FRAME == top for entry in entries) == 1
        differing = [index for index, (own, its) in enumerate(zip(entries[256:], kernel, strict=True)) if own != its]
        assert len(differing) == (0 if top == TOP else 1)


def found(made: Forged, head: str, kind: str, links: str, member: str) -> list[int]:
    """A member of each structure in a ring of the kernel, from the image alone."""
    build, data = made.machine.build, made.data
    start = made.machine.base + build.symbols[head]
    values, at = [], walk.number(data, TOP, start)
    while at != start:
        base = at - build.offset(kind, links)
        values.append(walk.number(data, TOP, base + build.offset(kind, member)))
        at = walk.number(data, TOP, at)
    return values
