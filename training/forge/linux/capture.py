"""A scenario played on a real machine until it's frozen: its memory, its symbols, and its own account of the truth."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from training.forge.linux import btf, kernel, symbols, witness
from training.forge.linux.machine import Machine
from training.forge.linux.symbols import Json
from training.forge.scenario import Scenario, Step
from training.forge.truth import Truth

BOOT_SECONDS = 120
"""Seconds that the machine may take until the stage hand is ready; emulated on a busy computer it takes about ten."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Captured:
    """What a capture yields: the truth, the kernel's banner, and what the symbol file says."""

    truth: Truth
    banner: str
    symbol_file: Json


def capture(scenario: Scenario, kernel_path: Path, initrd: Path, image: Path, say: Say) -> Captured:
    """Play a scenario, freeze the machine, write its memory to `image`, and let it write down the truth.

    Raises:
        DomainError: the machine failed, or isn't what the scenario planned.
    """
    types = btf.Btf(kernel.btf(kernel_path))
    with Machine(kernel_path, initrd, memory=scenario.machine.memory, clock=scenario.machine.clock) as machine:
        machine.control.wait_for("ready", BOOT_SECONDS)
        say("the machine is up")
        _set_the_stage(machine, scenario)
        for step in scenario.play:
            time.sleep(step.pause)
            _play(machine, scenario, step, say)
        machine.stop()
        machine.save_memory(image)
        say("frozen and written")
        machine.resume()
        truth = witness.collect(_account(machine, scenario), scenario)
        addresses = symbols.addresses(machine.hand("/proc/kallsyms").decode("ascii"))
    banner = symbols.banner(image, addresses)
    return Captured(truth, banner.decode("ascii").strip(), symbols.make(types, addresses, banner))


def kernel_symbols(kernel_path: Path, initrd: Path, work: Path) -> tuple[Json, str]:
    """The symbol file of a kernel and its banner, from a machine that plays nothing."""
    types = btf.Btf(kernel.btf(kernel_path))
    image = work / "image.raw"
    with Machine(kernel_path, initrd, memory=128) as machine:
        machine.control.wait_for("ready", BOOT_SECONDS)
        machine.stop()
        machine.save_memory(image)
        machine.resume()
        addresses = symbols.addresses(machine.hand("/proc/kallsyms").decode("ascii"))
    banner = symbols.banner(image, addresses)
    return symbols.make(types, addresses, banner), banner.decode("ascii").strip()


def _set_the_stage(machine: Machine, scenario: Scenario) -> None:
    for serves in scenario.outside.serves:
        machine.order(f"serve {serves.address} {serves.port} {serves.folder}")
    for listens in scenario.outside.listens:
        machine.order(f"listen {listens.address} {listens.port}")


def _play(machine: Machine, scenario: Scenario, step: Step, say: Say) -> None:
    if step.shell is None:
        return
    shell = scenario.shells[step.shell]
    if step.dial:
        machine.order(f"dial {shell.from_} {shell.dial}@{scenario.drawn.own_address}")
    else:
        machine.order(f"press {shell.terminal} {step.type or ''}")
    say(f"{step.shell}: {step.type or ('dials' if step.dial else 'presses Enter')}")


def _account(machine: Machine, scenario: Scenario) -> list[str]:
    machine.control.send(f"truth {' '.join(scenario.of_interest)}")
    lines = [machine.control.read(30)]
    while lines[-1] != '{"kind": "end"}':
        lines.append(machine.control.read(30))
    return lines
