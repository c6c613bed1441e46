from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.unit.forge.windows.small import small
from tests.unit.forge.windows.stock import Stock
from tests.unit.forge.windows.wired import HOOK
from training.forge.windows import drivers, kernel, syscalls
from training.forge.windows.builds.load import NAMES, build
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Hook, Spot


@pytest.mark.parametrize("name", NAMES)
def test_ssdt_names_every_call_by_its_number_and_shows_the_hook(stock: Callable[[str], Stock], name: str) -> None:
    machine, table = stock(name).machine, build(name)
    rows = stock(name).rows("windows.ssdt")
    hooked = table.syscalls[HOOK.function]
    shown = {(row["Index"], row["Symbol"]) for row in rows if row["Module"] == "ntoskrnl"}
    assert {(number, call) for call, number in table.syscalls.items() if call != HOOK.function} <= shown
    assert all(
        row["Address"] == machine.base + table.symbols[row["Symbol"]] & 0xFFFFFFFFFFFF
        for row in rows
        if row["Module"] == "ntoskrnl"
    )
    (found,) = [row for row in rows if row["Index"] == hooked]
    place = machine.spot(HOOK.routine) & 0xFFFFFFFFFFFF
    assert found == {"Index": hooked, "Address": place, "Module": "mskbd64", "Symbol": None}
    assert {row["Index"] for row in rows} == set(range(len(table.syscalls)))


def written(*hooks: Hook) -> Machine:
    machine = Machine(small(hooks=hooks))
    kernel.write(machine)
    drivers.write(machine)
    syscalls.write(machine)
    return machine


def test_an_entry_is_a_signed_distance_of_28_bits() -> None:
    machine = written(HOOK)
    table, number = machine.symbol("KiServiceTable"), machine.build.syscalls[HOOK.function]
    entry = int.from_bytes(machine.kernel.read(table + 4 * number, 4), "little", signed=True)
    assert table + (entry >> 4) == machine.spot(HOOK.routine)
    limit = int.from_bytes(machine.kernel.read(machine.symbol("KiServiceLimit"), 4), "little")
    assert limit == len(machine.build.syscalls)


def test_mistakes_of_a_plan() -> None:
    with pytest.raises(KeyError, match="NtTeapot"):
        written(replace(HOOK, function="NtTeapot"))
    with pytest.raises(syscalls.OutOfReach, match="NtQueryDirectoryFile"):
        written(replace(HOOK, routine=Spot(image="mskbd64.sys", offset=1 << 27)))
