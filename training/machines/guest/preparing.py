"""Snapshots are made: a variant is played up to the arrival of the responder, and saved there."""

import hashlib
import json
import mmap
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import zstandard

from training.errors import NotThere, Refused
from training.forge.build.ground import Ground
from training.forge.halt import Halt
from training.forge.linux import rootfs
from training.forge.linux.capture import BOOT_SECONDS, STEP_SECONDS, Say
from training.forge.linux.machine import Machine, MachineFault, shown
from training.forge.scenario import Scenario
from training.machines.guest import enclosure, parts
from training.machines.guest.monitor import held
from training.machines.guest.snapshot import ABOUT, ARRIVAL, FORMAT, MEMORY, Snapshot, snapshot

ARRIVAL_LEVEL = 3
SAVE_SECONDS = 120.0
PREPARED_SECONDS = 3600.0
"""Until somebody else who prepares the same is waited for no longer."""


class Played(Machine):
    """A machine that lives in our time, with its memory in a file, and whose state is written as it is."""

    def __init__(self, *given: Any, held: Path, **options: Any) -> None:
        super().__init__(*given, keeps_our_time=True, **options)
        self._command = [*parts.BOARD, *parts.held(self.memory, held), *self._command]

    def save_plain(self, path: Path) -> None:
        """Write the state of the stopped machine, all but its memory, to a new file."""
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            self._tell("migrate-set-capabilities", capabilities=[parts.UNREAD])
            self._tell("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
            self._tell("getfd", handed=number, fdname="state")
        finally:
            os.close(number)
        self._tell("migrate", uri="fd:state")
        until = time.monotonic() + SAVE_SECONDS
        while (state := self._tell("query-migrate")).get("status") != "completed":
            if state.get("status") in {"failed", "cancelled"} or time.monotonic() > until:
                raise MachineFault(f"the state could not be saved: {state.get('error-desc', state.get('status'))}")
            time.sleep(0.02)


def key(plan: Scenario, base: Ground, initrd: bytes) -> str:
    """What a snapshot follows from: QEMU and its parts, kernel, file system, plan."""
    digest = hashlib.sha256()
    for each in (
        json.dumps([FORMAT, parts.version(), parts.BOARD, parts.PARTS, plan.machine.memory]).encode(),
        base.kernel.read_bytes(),
        initrd,
        plan.model_dump_json(by_alias=True).encode(),
    ):
        digest.update(hashlib.sha256(each).digest())
    return digest.hexdigest()


def prepare(plan: Scenario, base: Ground, folder: Path, say: Say, halt: Halt | None = None) -> Snapshot:
    """Play a variant up to the responder's arrival and save it there. Nothing is done where that is there already.

    Args:
        plan: the variant.
        base: what it runs on, laid out, with its additions.
        folder: of the snapshot; one that is there and another one is replaced.
        say: told what is done.
        halt: the word that ends it from another thread.

    Raises:
        DomainError: the machine or its play failed; the folder is as it was.
    """
    enclosure.available()
    initrd = base.initrd + rootfs.overlay(plan, base.programs.made)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with held(folder.parent, f".{folder.name}.lock", PREPARED_SECONDS):
        for left in folder.parent.glob(f".{folder.name}-*"):  # of somebody who was killed meanwhile
            shutil.rmtree(left)
        wanted = key(plan, base, initrd)
        try:
            there = snapshot(folder)
        except (NotThere, Refused):
            there = None
        return there if there and there.key == wanted else _prepare(plan, base, initrd, wanted, folder, say, halt)


def _prepare(
    plan: Scenario, base: Ground, initrd: bytes, wanted: str, folder: Path, say: Say, halt: Halt | None
) -> Snapshot:
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as space:
        work = Path(space) / "new"
        work.mkdir()
        (work / "initrd").write_bytes(initrd)
        shutil.copyfile(base.kernel, work / "kernel")
        (work / "plan.json").write_text(plan.model_dump_json(by_alias=True, indent=1) + "\n", "utf-8")
        _play(plan, work, say, halt or Halt())
        about = {"format": FORMAT, "lab": plan.name, "variant": plan.variant, "memory": plan.machine.memory}
        about |= {"qemu": parts.version(), "key": wanted, "parts": [*parts.BOARD, *parts.PARTS]}
        (work / ABOUT).write_text(json.dumps(about, indent=1) + "\n", "utf-8")
        for each in work.iterdir():
            each.chmod(0o444)  # QEMU may be another user: it opens what it was handed once more
        if folder.exists():
            folder.rename(Path(space) / "old")
        work.rename(folder)
    return snapshot(folder)


def _play(plan: Scenario, work: Path, say: Say, halt: Halt) -> None:
    wanted = plan.machine
    raw, memory = work / "arrival.raw", work / "running"
    pauses = sum(step.pause for step in plan.play)
    with Played(
        work / "kernel",
        work / "initrd",
        memory=wanted.memory,
        held=memory,
        clock=wanted.clock,
        seconds=BOOT_SECONDS + pauses + STEP_SECONDS * (1 + len(plan.play)),
        halt=halt,
    ) as machine:
        machine.wait_until_ready(BOOT_SECONDS)
        say("the machine is up")
        until_freeze(machine, plan, say)
        machine.order("rest")
        machine.stop()
        machine.save_memory(raw)
        machine.save_plain(work / "state")
        say("saved at the arrival")
    _sparse(memory, work / MEMORY)
    with raw.open("rb") as image, (work / ARRIVAL).open("wb") as packed:
        zstandard.ZstdCompressor(ARRIVAL_LEVEL).copy_stream(image, packed)
    for each in (memory, raw):
        each.unlink()


def _sparse(source: Path, target: Path) -> None:
    """Copy a file without its pages of zeros: a file system keeps no room for them."""
    nothing = bytes(mmap.PAGESIZE)
    with source.open("rb") as file, target.open("xb") as copy:
        while page := file.read(mmap.PAGESIZE):
            if page == nothing:
                copy.seek(len(page), os.SEEK_CUR)
            else:
                copy.write(page)
        copy.truncate(source.stat().st_size)


def until_freeze(machine: Machine, plan: Scenario, say: Say) -> None:
    """Hear what the machine plays, up to the arrival.

    Raises:
        MachineFault: something of it failed, or took too long.
    """
    longest = max(step.pause for step in plan.play)
    while (told := machine.control.read(BOOT_SECONDS + STEP_SECONDS + 2 * longest)) != "freeze":
        if not told.startswith(("ok", "done ")):
            raise MachineFault(f"{plan.pack}: the play failed: {shown(told)}")
        if told.startswith("done "):
            say(f"step {told.removeprefix('done ')}")
