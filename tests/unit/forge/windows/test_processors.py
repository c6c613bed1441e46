from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.unit.forge.windows.small import small
from tests.unit.forge.windows.stock import Stock
from tests.unit.forge.windows.wired import TIMERS, wired
from training.forge.windows import breakpoints, drivers, kernel, process, processors, regions
from training.forge.windows.builds.load import NAMES, build
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Spot

BUILDS = pytest.mark.parametrize("name", NAMES)
SHORT = (1 << 48) - 1


@BUILDS
def test_kpcrs_shows_one_region_for_each_processor(stock: Callable[[str], Stock], name: str) -> None:
    machine = stock(name).machine
    rows = stock(name).rows("windows.kpcrs")
    assert len(rows) == machine.plan.host.processors
    assert all(row["PRCB Offset"] == row["Offset"] + build(name).offset("_KPCR", "Prcb") for row in rows)


@BUILDS
def test_timers_shows_the_timers_with_their_routines(stock: Callable[[str], Stock], name: str) -> None:
    machine = stock(name).machine
    rows = stock(name).rows("windows.timers")
    shown = {(row["DueTime"], row["Period(ms)"], row["Routine"], row["Module"]) for row in rows}
    assert shown == {
        (
            f"{timer.due >> 32:#010x}:{timer.due & 0xFFFFFFFF:#010x}",
            timer.period,
            machine.spot(timer.routine) & SHORT,
            timer.routine.image.removesuffix(".sys"),
        )
        for timer in TIMERS
    }
    assert len(rows) == len(TIMERS)


@pytest.mark.parametrize("never", [0, 0xFFFFFFFFFFFFFFFF, 0x5A9E3C1177F0D240, 0x1234567890ABCDC1])
def test_what_is_encoded_can_be_decoded_as_the_kernel_does_it(never: int) -> None:
    always, timer, call = 0xC7D2A9B1E4F30865, 0xFFFF8300_0405A740, 0xFFFF8300_0405A780
    mixed = processors.encoded(call, timer, never, always) ^ never
    turn = never & 0x3F
    mixed = (mixed << turn | mixed >> 64 - turn) & 0xFFFFFFFFFFFFFFFF
    swapped = int.from_bytes((mixed ^ timer).to_bytes(8, "little"), "big")
    assert swapped ^ always == call


@BUILDS
def test_virtmap_shows_the_regions_and_they_hold_what_is_there(stock: Callable[[str], Stock], name: str) -> None:
    machine = stock(name).machine
    kinds = {number: kind for kind, number in build(name).enums["_MI_SYSTEM_VA_TYPE"].constants.items()}
    found = {region.number: region for region in regions.layout(machine)}
    expected = {
        (
            kinds[number],
            found[number].start & SHORT if number in found else 0,
            found[number].length if number in found else 0,
        )
        for number in range(13)
    }
    rows = stock(name).rows("windows.virtmap")
    assert {(row["Region"], row["Start offset"], row["End offset"]) for row in rows} == expected
    for number, address in ((3, machine.base), (5, machine.nonpaged.end), (6, machine.paged.end)):
        assert found[number].start <= address < found[number].start + found[number].length


@pytest.mark.parametrize("seed", range(20))
def test_regions_overlap_only_where_drivers_lie_with_the_kernel(seed: int) -> None:
    found = regions.layout(Machine(small(seed=f"regions {seed}")))
    apart = sorted((region.start, region.length) for region in found if region.number != 12)
    assert all(start + length <= following for (start, length), (following, _) in pairwise(apart))


@BUILDS
def test_bigpools_shows_every_large_block(stock: Callable[[str], Stock], name: str) -> None:
    machine = stock(name).machine
    rows = stock(name).rows("windows.bigpools")
    shown = {(row["Allocation"], row["Tag"], row["PoolType"], row["NumberOfBytes"]) for row in rows}
    assert shown == {
        (block.address, block.tag.decode().strip(), kind, block.size)
        for pool, kind in ((machine.nonpaged, "NonPagedPool"), (machine.paged, "PagedPool"))
        for block in pool.big
    }
    assert len(rows) == len(shown)


@BUILDS
def test_debugregisters_shows_where_a_thread_stops(stock: Callable[[str], Stock], name: str) -> None:
    machine = stock(name).machine
    (row,) = stock(name).rows("windows.debugregisters")
    thread = machine.process(820).plan.threads[0]
    assert (row["PID"], row["TID"], row["Dr7"]) == (820, thread.tid, 0x405)
    places = [machine.spot(spot, machine.process(820)) for spot in thread.breakpoints]
    assert [row[f"Dr{number}"] for number in range(4)] == [*places, 0, 0]
    assert row["Range0"] == "\\Windows\\System32\\ntdll.dll"
    assert row["Symbol0"] == "NtTraceEvent"


def test_a_thread_has_four_debug_registers() -> None:
    spots = tuple(Spot(image="ntdll.dll", offset=16 * number) for number in range(5))
    plan = small()
    first = plan.processes[2]
    watched = replace(first, threads=(replace(first.threads[0], breakpoints=spots),))
    machine = Machine(replace(plan, processes=(*plan.processes[:2], watched, *plan.processes[3:])))
    kernel.write(machine)
    drivers.write(machine)
    process.open_(machine)
    with pytest.raises(ValueError, match="5 breakpoints"):
        breakpoints.write(machine)


@BUILDS
def test_etwpatch_and_unhooked_system_calls_name_the_process_whose_code_was_changed(
    stock: Callable[[str], Stock], name: str
) -> None:
    (row,) = stock(name).rows("windows.etwpatch")
    assert (row["PID"], row["Function"], row["Opcode"]) == (5508, "EtwEventWrite", "c3 (RET)")
    other = [
        (row["Function"], row["Distinct Implementations"])
        for row in stock(name).rows("windows.malware.unhooked_system_calls")
        if row["Distinct Implementations"]
    ]
    assert other == [("NtProtectVirtualMemory", "5508:powershell.exe")]


@BUILDS
def test_iat_shows_what_programs_import(stock: Callable[[str], Stock], name: str) -> None:
    rows = stock(name).rows("windows.iat")
    programs = {each.pid for each in wired(name).processes if each.path and each.listed and not each.exited}
    assert {row["PID"] for row in rows} == programs
    assert {row["Library"] for row in rows if row["Name"] == "smss.exe"} == {"ntdll.dll"}
    assert all(
        "msvcrt.dll" in {row["Library"] for row in rows if row["PID"] == pid} for pid in programs - {344, 456, 540}
    )
