from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.unit.forge.windows.small import path_of, small
from tests.unit.forge.windows.stock import Row, Stock
from tests.unit.forge.windows.wired import COMMANDS, SCREEN, wired
from training.forge.windows import console, drivers, kernel, process
from training.forge.windows.builds.load import NAMES
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Console, Plan

BUILDS = pytest.mark.parametrize("build", NAMES)
HOST = 5600
CLIENT = 5508


def values(rows: list[Row], *endings: str) -> list[str]:
    return [row["Data"] for row in rows if row["Property"].endswith(endings)]


@BUILDS
def test_cmdscan_shows_the_lines_that_were_typed_and_invents_none(stock: Callable[[str], Stock], build: str) -> None:
    rows = stock(build).rows("windows.cmdscan")
    assert {(row["PID"], row["Process"]) for row in rows} == {(HOST, "conhost.exe")}
    assert values(rows, ".Application") == ["powershell.exe"]
    assert values(rows, ".ProcessHandle") == [hex(CLIENT)]
    assert values(rows, ".CommandCount", ".LastDisplayed", ".CommandCountMax") == ["4", "3", "50"]
    commands = [row["Data"] for row in rows if "CommandBucket_Command_" in row["Property"]]
    assert commands == list(COMMANDS)


@BUILDS
def test_consoles_shows_the_screen_and_what_belongs_to_it(stock: Callable[[str], Stock], build: str) -> None:
    machine = stock(build).machine
    rows = stock(build).rows("windows.consoles")
    assert {row["PID"] for row in rows} == {HOST}
    assert values(rows, "INFORMATION.ScreenX", "INFORMATION.ScreenY") == ["120", "300"]
    assert values(rows, ".ScreenBuffer_0.ScreenX", ".ScreenBuffer_0.ScreenY") == ["120", "300"]
    assert values(rows, ".Title", ".OriginalTitle") == ["Windows PowerShell", path_of("powershell.exe")]
    assert values(rows, "_ProcessId") == [str(CLIENT)]
    held = console.handle(machine, machine.process(HOST), CLIENT)
    assert values(rows, "ConsoleProcess_0_ProcessHandle") == [hex(held)]
    assert [each.value for each in machine.process(HOST).handles if each.handle.kind == "Process"] == [held]
    assert [row["Data"] for row in rows if "CommandHistory_0_Command_" in row["Property"]] == list(COMMANDS)
    assert values(rows, ".Dump") == ["\n".join(SCREEN)]


def changed(build: str, **changes: object) -> Plan:
    """The plan with another console, or with another host of it."""
    plan = wired(build)
    host = next(each for each in plan.processes if each.pid == HOST)
    assert host.console is not None
    other = replace(host, console=replace(host.console, **changes))  # type: ignore[arg-type]
    return replace(plan, processes=tuple(other if each.pid == HOST else each for each in plan.processes))


def written(plan: Plan) -> dict[int, int]:
    machine = Machine(plan)
    kernel.write(machine)
    drivers.write(machine)
    process.open_(machine)
    return console.write(machine)


@BUILDS
def test_the_information_lies_in_the_data_of_the_program(build: str) -> None:
    plan = wired(build)
    machine = Machine(plan)
    kernel.write(machine)
    drivers.write(machine)
    process.open_(machine)
    host, place = machine.process(HOST), console.write(machine)[HOST]
    made = machine.images.image(path_of("conhost.exe")).portable
    assert made is not None
    assert made.writable(place - host.image_base - 0x3F0)
    assert made.writable(place - host.image_base + 0x2420)


def test_long_lines_of_the_screen_go_on_in_the_next_and_old_ones_are_lost() -> None:
    shown = Console(client=4, application="x", title="x", commands=(), screen=("a" * 250, "", "b"))
    assert console.lines(shown) == ["a" * 120, "a" * 120, "a" * 10, "", "b"]
    many = replace(shown, screen=tuple(str(number) for number in range(400)))
    assert console.lines(many) == [str(number) for number in range(100, 400)]


def test_a_line_that_no_reader_would_take_is_a_mistake() -> None:
    assert HOST in written(changed("19041", commands=("a" * 1023,)))
    with pytest.raises(ValueError, match="1023 characters"):
        written(changed("19041", commands=("a" * 1024,)))


def test_a_host_that_is_too_small_is_a_mistake() -> None:
    plan = wired("19041")
    path = path_of("conhost.exe")
    images = plan.images | {path: replace(plan.images[path], size=0x8000)}
    with pytest.raises(ValueError, match="too little room"):
        written(replace(plan, images=images))


def test_a_machine_without_consoles_has_none() -> None:
    assert written(small()) == {}
