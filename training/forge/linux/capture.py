"""A scenario played on a real machine until it's frozen: its memory, and its own account of itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from training.errors import DomainError
from training.forge.halt import Halt
from training.forge.linux import lime, orders, symbols, witness
from training.forge.linux.machine import LONGEST, Accelerator, Machine, accelerator, shown
from training.forge.linux.symbols import Json
from training.forge.scenario import Scenario, Step

BOOT_SECONDS = 300
"""Seconds that the machine may take until the stage hand is ready; emulated on a busy computer it takes about ten."""
STEP_SECONDS = 300
"""Seconds that a step may take beside its pause, which costs none where sleep costs nothing."""
BASE_MEMORY = 128
"""MiB of the base's machine."""
BASE_CLOCK = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""What its clock shows at switching on; fixed, so that a base can be made again."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Captured:
    """What a capture yields beside the image.

    account, again: what the guest wrote down right after the dump, twice in a row; what differs has moved.
    maps: memory maps and environments of the planted processes. All three are lines of JSON.
    ram: the ranges of physical memory that are RAM, as LiME images need them.
    handed: files of the guest after the freeze, by path: those that the scenario's materials name.
    """

    account: list[str]
    again: list[str]
    maps: list[str]
    ram: tuple[lime.Range, ...]
    handed: dict[str, bytes]


def capture(
    scenario: Scenario,
    kernel_path: Path,
    initrd: Path,
    image: Path,
    say: Say,
    *,
    on: Accelerator = "tcg",
    halt: Halt | None = None,
) -> Captured:
    """Play a scenario, freeze the machine, write its memory to `image` (raw), and let it write down what it is like.

    Args:
        scenario: what is played.
        kernel_path: the kernel image.
        initrd: the base's archive and the scenario's overlay, one after the other.
        image: the file to write.
        say: told each step.
        on: what the machine runs on.
        halt: the word that ends it from another thread.

    Raises:
        DomainError: the machine or a step of the play failed, or all of it took too long.
    """
    wanted = scenario.machine
    seconds = LONGEST + (sum(step.pause for step in scenario.play) if accelerator(on) == "kvm" else 0)
    machine = Machine(kernel_path, initrd, memory=wanted.memory, clock=wanted.clock, on=on, seconds=seconds, halt=halt)
    with machine:
        machine.wait_until_ready(BOOT_SECONDS)
        say("the machine is up")
        _play(machine, scenario, say)
        machine.stop()
        machine.save_memory(image)
        say("frozen and written")
        machine.resume()
        account = machine.account("truth", scenario.of_interest)
        again = machine.account("truth", scenario.of_interest)
        maps = machine.account("maps", map(str, witness.planted_pids(account, scenario)))
        ram = lime.ranges(machine.hand("/proc/iomem").decode("ascii", "replace"))
        wanted_files = [each.from_ for each in scenario.materials if each.from_]
        handed = {path: machine.hand(path) for path in wanted_files}
    return Captured(account, again, maps, ram, handed)


def idle(kernel_path: Path, initrd: Path, image: Path, on: Accelerator = "tcg") -> tuple[Json, str]:
    """Write the memory of a machine that plays nothing; returns the symbol file of its kernel and its banner.

    Args:
        kernel_path: the kernel image.
        initrd: the base's archive alone.
        image: the file to write: raw, `BASE_MEMORY` MiB.
        on: what the machine runs on.
    """
    with Machine(kernel_path, initrd, memory=BASE_MEMORY, clock=BASE_CLOCK, on=on) as machine:
        machine.wait_until_ready(BOOT_SECONDS)
        machine.stop()
        machine.save_memory(image)
    return symbols.of_machine(kernel_path, image)


def _play(machine: Machine, scenario: Scenario, say: Say) -> None:
    *before, _ = orders.of(scenario)
    for order in before:
        if not (told := machine.control.read(STEP_SECONDS)).startswith("ok"):
            raise DomainError(f"the stage hand could not do '{order}': {shown(told)}")
    for number, step in enumerate(scenario.play):
        told = machine.control.read(BOOT_SECONDS + STEP_SECONDS + 2 * step.pause)
        if told != ("freeze" if step.freeze else f"done {number}"):
            raise DomainError(f"step {number + 1} of the play, {_said(step)}, failed: {shown(told)}")
        if not step.freeze:
            say(_said(step))


def _said(step: Step) -> str:
    """A step in words, as the progress shows it."""
    if step.request:
        return f"{step.request.from_} asks for {step.request.path}"
    if step.run is not None:
        return f"runs {step.run}"
    if step.freeze:
        return "freeze"
    return f"{step.shell}: {step.type or ('dials' if step.dial else 'hangs up' if step.hang_up else 'presses Enter')}"
