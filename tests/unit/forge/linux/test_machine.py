"""Machines really booted from a committed kernel and the forge's own file system."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.forge.linux.small_machine import KERNEL, ROOT, common, initrd, needs_debian, small
from training.forge.linux import initramfs, kallsyms, machine, symbols
from training.forge.linux.machine import QEMU, Machine, MachineFault

needs_qemu = pytest.mark.skipif(
    shutil.which(QEMU) is None, reason="QEMU is not installed: apt-get install qemu-system-x86"
)
CLOCK = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
BOOT = 300


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """The shared part alone, from which a base boots."""
    path = tmp_path / "common.gz"
    path.write_bytes(common())
    return path


def with_a_console(tmp_path: Path) -> Path:
    """A machine whose first serial line has a shell of root."""
    inittab = b"::sysinit:/etc/init.d/rcS\nttyS0::respawn:-/bin/sh\n"
    entries = [initramfs.folder("/etc", 1_750_000_000), initramfs.file("/etc/inittab", 1_750_000_000, inittab)]
    path = tmp_path / "console.gz"
    path.write_bytes(common() + initramfs.pack(entries))
    return path


@needs_debian
@pytest.mark.machine
@pytest.mark.enable_socket
def test_a_machine_boots_obeys_and_is_dumped(alone: Path, tmp_path: Path) -> None:
    image = tmp_path / "image.raw"
    with Machine(KERNEL, alone, memory=128, clock=CLOCK) as guest:
        guest.wait_until_ready(BOOT)
        shown = datetime.fromtimestamp(int(guest.order("listen", "127.0.0.1", "7000", "keep")), UTC)
        for order in (
            ("dance",),
            ("step", "1000", "-", "dance"),
            ("step", "1"),
            ("hand", "/etc/$(reboot)"),
            ("hand", "x"),
        ):
            with pytest.raises(MachineFault, match=f"could not do '{order[0]}"):
                guest.order(*order)
        with pytest.raises(MachineFault, match="cannot listen there"):
            guest.order("listen", "198.51.100.1", "80", "keep")
        guest.stop()
        guest.save_memory(image)
        guest.resume()
        assert guest.hand("/etc/hostname") == b"debian\n"
    assert symbols.banner(image, kallsyms.of_image(image)).startswith(b"Linux version ")
    assert image.stat().st_size == 128 << 20
    assert timedelta() <= shown - CLOCK < timedelta(seconds=60)


@needs_debian
@pytest.mark.machine
@pytest.mark.enable_socket
def test_the_clock_of_a_waiting_machine_does_not_run_away(alone: Path) -> None:
    with Machine(KERNEL, alone, memory=128, clock=CLOCK) as guest:
        guest.wait_until_ready(BOOT)
        before = int(guest.order("listen", "127.0.0.1", "7000", "keep"))
        time.sleep(4)
        after = int(guest.order("listen", "127.0.0.1", "7001", "keep"))
        assert after - before <= 20
        guest.stop()
        time.sleep(1)
        guest.resume()
        assert int(guest.order("listen", "127.0.0.1", "7002", "keep")) - after <= 2


@needs_debian
@pytest.mark.machine
@pytest.mark.enable_socket
def test_a_saved_machine_goes_on_in_another_and_in_itself(tmp_path: Path) -> None:
    start, state = with_a_console(tmp_path), tmp_path / "state.zst"
    with Machine(KERNEL, start, memory=128, clock=CLOCK, keeps_our_time=True) as guest:
        guest.wait_until_ready(BOOT)
        guest.order("rest")
        guest.console.read_until(b"# ", BOOT)
        guest.console.send("kept=17")
        guest.console.read_until(b"# ", 30)
        guest.stop()
        guest.save(state)
        guest.resume()
        guest.console.send('echo "<$kept>"')
        guest.console.read_until(b"<17>", BOOT)
    assert state.stat().st_size < 64 << 20
    with Machine(KERNEL, start, memory=128, clock=CLOCK, keeps_our_time=True, saved=state) as guest:
        guest.console.send('echo "<$((kept + 1))>"')
        guest.console.read_until(b"<18>", BOOT)
        assert int(guest.order("listen", "127.0.0.1", "7000", "keep")) < CLOCK.timestamp() + 120


@needs_debian
@pytest.mark.machine
@pytest.mark.enable_socket
def test_a_machine_with_a_counted_clock_is_saved_and_goes_on_too(alone: Path, tmp_path: Path) -> None:
    state = tmp_path / "state.zst"
    with Machine(KERNEL, alone, memory=128, clock=CLOCK) as guest:
        guest.wait_until_ready(BOOT)
        guest.stop()
        guest.save(state)
    with Machine(KERNEL, alone, memory=128, clock=CLOCK, saved=state) as guest:
        assert int(guest.order("listen", "127.0.0.1", "7000", "keep")) < CLOCK.timestamp() + 60


@needs_debian
@pytest.mark.machine
@pytest.mark.enable_socket
@pytest.mark.parametrize("content", [None, b"no zstd at all", b""])
def test_a_state_that_is_missing_or_damaged_is_refused(content: bytes | None, alone: Path, tmp_path: Path) -> None:
    state = tmp_path / "state.zst"
    if content is not None:
        state.write_bytes(content)
    begun = time.monotonic()
    with pytest.raises(MachineFault, match="could not be started"):
        Machine(KERNEL, alone, memory=128, saved=state).__enter__()
    assert time.monotonic() - begun < 60


@needs_debian
@pytest.mark.machine
@pytest.mark.enable_socket
def test_a_line_of_the_start_that_fails_is_named_with_its_complaint(tmp_path: Path) -> None:
    plan = small(setup=["true"], services=["true", "lighttpd -f /etc/none"], outside={}, shells={})
    told = pytest.raises(MachineFault, match=r"failed 'lighttpd -f /etc/none': .*/etc/none")
    with Machine(KERNEL, initrd(plan, tmp_path), memory=128, clock=CLOCK) as guest, told:
        guest.wait_until_ready(BOOT)


@needs_qemu
@needs_debian
@pytest.mark.machine
@pytest.mark.enable_socket
def test_the_machine_ends_with_us_and_when_it_is_left(alone: Path) -> None:
    with Machine(KERNEL, alone, memory=128) as guest:
        process = guest._process
        assert process.poll() is None
        guest.stop()
    assert process.poll() is not None
    program = (
        "import os, sys, pathlib\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from training.forge.linux.machine import Machine\n"
        f"guest = Machine(pathlib.Path({str(KERNEL)!r}), pathlib.Path({str(alone)!r}), memory=128).__enter__()\n"
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


def test_the_accelerator_is_kvm_by_itself_only_where_processor_and_device_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processor, device = tmp_path / "cpuinfo", tmp_path / "kvm"
    monkeypatch.setattr(machine, "PROCESSOR", processor)
    monkeypatch.setattr(machine, "KVM", device)
    processor.write_text("flags\t\t: fpu vmx sse\n")
    assert machine.accelerator("auto") == "tcg"
    device.touch()
    assert machine.accelerator("auto") == "kvm"
    processor.write_text("flags\t\t: fpu sse\n")
    assert machine.accelerator("auto") == "tcg"
    assert machine.accelerator("kvm") == "kvm"
    assert machine.accelerator("tcg") == "tcg"
