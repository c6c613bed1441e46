import hashlib
import subprocess
import sys
from dataclasses import replace

from tests.unit.forge.windows.small import small
from training.forge.windows import Forged, forge
from training.forge.windows.machine import Machine
from training.forge.windows.memory import FIRST
from training.forge.windows.plan import Plan

SCRIPT = """
import hashlib
from tests.unit.forge.windows.small import small
from training.forge.windows import forge
print(hashlib.sha256(forge(small()).data).hexdigest())
"""


def digest(made: Forged) -> str:
    return hashlib.sha256(made.data).hexdigest()


def test_the_same_plan_gives_the_same_bytes_whatever_the_hashes_of_texts() -> None:
    expected = digest(forge(small()))
    for seed in ("1", "2"):
        told = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
        )
        assert told.stdout.strip() == expected


def test_the_same_plan_gives_the_same_symbols() -> None:
    assert forge(small()).symbols == forge(small()).symbols


def test_another_seed_moves_everything() -> None:
    one, other = forge(small()).machine, forge(small(seed="small 2")).machine
    assert one.base != other.base
    assert one.nonpaged.base != other.nonpaged.base
    assert one.objects.cookie != other.objects.cookie or one._self != other._self
    assert one.physical.read(FIRST, 1 << 20) != other.physical.read(FIRST, 1 << 20)


def places(plan: Plan) -> dict[int, tuple[object, ...]]:
    """What a reader is told of each process and must not change for another one's sake."""
    return {
        written.plan.pid: (
            written.image_base,
            written.peb,
            sorted((area.start, area.size, area.protection) for area in written.areas),
            [held.value for held in written.handles],
            sorted(written.bases.items()),
        )
        for written in forge(plan).machine.processes.values()
        if written.plan.name != "csrss.exe"
    }


def test_one_more_process_leaves_the_others_where_they_were() -> None:
    plan = small()
    one = replace(plan.processes[-2], pid=7000, exited=0, threads=(), created=plan.processes[-1].created + 50)
    before = places(plan)
    after = places(replace(plan, processes=(*plan.processes[:5], one, *plan.processes[5:])))
    assert after.pop(7000)
    assert after == before


def test_parts_draw_apart_from_each_other() -> None:
    machine = Machine(small())
    first = [machine.random("one").random() for _ in range(3)]
    assert len(set(first)) == 1
    assert machine.random("other").random() != first[0]
    assert Machine(small(seed="x")).random("one").random() != first[0]
