"""The committed kernel and initramfs, really booted."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from training.forge import pack, scenario
from training.forge.linux import symbols
from training.forge.linux.machine import QEMU, Machine, MachineFault
from training.forge.pack import Role

ROOT = Path(__file__).parents[4]
PACK = ROOT / "labs" / "exhibits" / "finance-workstation-a"
needs_qemu = pytest.mark.skipif(
    shutil.which(QEMU) is None, reason="QEMU is not installed: apt-get install qemu-system-x86"
)


def machine(clock: datetime | None = None) -> Machine:
    manifest = pack.read(PACK)
    kernel, initrd = (PACK / manifest.files[role].name for role in (Role.KERNEL, Role.INITRD))
    return Machine(kernel, initrd, memory=manifest.size >> 20, clock=clock)


@needs_qemu
@pytest.mark.machine
@pytest.mark.enable_socket
def test_the_committed_machine_boots_obeys_and_is_dumped(tmp_path: Path) -> None:
    clock = scenario.load(ROOT / "labs" / "finance-workstation" / "scenario.yaml").machine.clock
    image, begun = tmp_path / "image.raw", time.monotonic()
    with machine(clock) as guest:
        guest.control.wait_for("ready", 60)
        shown = datetime.fromtimestamp(int(guest.order("press tty1 ls")), clock.tzinfo)
        with pytest.raises(MachineFault, match="could not do 'dance'"):
            guest.order("dance")
        guest.stop()
        guest.save_memory(image)
        guest.resume()
        assert guest.hand("/etc/hostname") == b"ws-finance-07\n"
        where = symbols.addresses(guest.hand("/proc/kallsyms").decode("ascii"))
    manifest = pack.read(PACK)
    assert symbols.banner(image, where).decode().strip() == manifest.banner
    assert image.stat().st_size == manifest.size
    assert timedelta() <= shown - clock < timedelta(seconds=90)
    assert time.monotonic() - begun < 90


@needs_qemu
@pytest.mark.machine
@pytest.mark.enable_socket
def test_the_machine_ends_with_us_and_when_it_is_left() -> None:
    with machine() as guest:
        process = guest._process
        assert process.poll() is None
        guest.stop()
    assert process.poll() is not None
    program = (
        "import os, sys\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import test_machine\n"
        "guest = test_machine.machine().__enter__()\n"
        "print(guest._process.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    with tempfile.TemporaryDirectory() as work:  # a killed process cannot clean up behind itself
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ, "TMPDIR": work})
    assert done.returncode == -9
    until = time.monotonic() + 60
    while Path(f"/proc/{done.stdout.strip()}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not Path(f"/proc/{done.stdout.strip()}").exists()


@needs_qemu
@pytest.mark.machine
@pytest.mark.enable_socket
def test_a_machine_that_cannot_start_says_why_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as short:  # the path of a socket has at most 108 bytes
        monkeypatch.setattr(tempfile, "tempdir", short)
        nothing = Path(short) / "none"
        with pytest.raises(MachineFault, match=r"could not be started: .*none"):
            Machine(nothing, nothing, memory=128).__enter__()
        assert list(Path(short).iterdir()) == []


def test_a_missing_qemu_names_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MachineFault, match="Debian package qemu-system-x86"):
        Machine(tmp_path / "none", tmp_path / "none", memory=128).__enter__()
