"""Root inside a machine does what it likes; the computer outside, and the machine beside it, do not notice.

What a taken-over QEMU could reach is read from the kernel: its user, its capabilities, its namespaces, its files.
"""

import hashlib
import os
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.unit.forge.linux.small_machine import needs_debian
from tests.unit.machines.guest.living import LIMITS, MARK, Start, end_of, said, until
from training.errors import Refused
from training.forge.linux.machine import MachineFault
from training.machines.guest import enclosure, keeper, parts
from training.machines.guest.guest import OWN_FILES, Guest

pytestmark = [needs_debian, pytest.mark.machine, pytest.mark.enable_socket]
SIZE, SMALL = 32 << 20, 4 << 20
HARM, PATIENCE = 5.0, 15.0
"""A machine that harms itself does it for so many seconds of processor, or for so long where it finds nothing to do."""


def status(pid: int) -> dict[str, str]:
    text = Path(f"/proc/{pid}/status").read_text("utf-8")
    return {name: value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}


def spent(pid: int) -> float:
    """Seconds of processor that a process has had; none when it is gone."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def limits_of(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/limits").read_text("ascii").splitlines()[1:]
    return {line[:26].strip(): line[26:47].strip() for line in lines}


def answers_at_once(guest: Guest) -> None:
    begun = time.monotonic()
    said(guest, "echo here")
    assert time.monotonic() - begun < 30


def is_gone(guest: Guest) -> None:
    """Nothing of an ended machine is left but its files, and there are no others than those that it may have."""
    guest.stop()
    until(lambda: not any(Path(f"/proc/{guest.about[name]}").exists() for name in ("keeper", "qemu")))
    assert {each.name for each in guest.folder.iterdir()} <= {*OWN_FILES, "kit.img", "evidence.img"}


def medium(
    guest: Guest, name: str, serial: str, *, read_only: bool = False, failing: bool = False, size: int = SIZE
) -> Path:
    image = guest.folder / f"{name}.img"
    with image.open("wb") as file:
        file.truncate(size)
    image.chmod(0o400 if read_only else 0o600)
    guest.plug(name, image, serial, read_only=read_only, failing=failing)
    said(guest, f"until grep -qs {serial} /sys/class/nvme/*/serial; do sleep 0.1; done; sleep 0.5")
    return image


def test_what_the_kernel_shows_around_a_machine(start: Start) -> None:
    guest = start()
    pid = guest.about["qemu"]
    seen = status(pid)
    assert Path(f"/proc/{pid}/comm").read_text("ascii").startswith("qemu-system")
    assert seen["Seccomp"] == "2"
    assert seen["NoNewPrivs"] == "1"
    assert [seen[name] for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")] == ["0" * 16] * 4
    assert guest.level == enclosure.best() != "plain"
    assert {"limits", "no-network", "pid", "mount", "seccomp", "no-new-privileges", "no-capabilities"} <= {
        *guest.layers
    }
    if guest.level == "user":
        user = str(enclosure.FIRST_USER + guest.about["seat"])
        assert seen["Uid"].split() == seen["Gid"].split() == [user] * 4
        assert seen["Groups"] == ""
    found = limits_of(pid)
    assert int(found["Max address space"]) < 2 << 30
    assert found["Max file size"] == str(parts.LARGEST_MEDIUM << 20)
    assert found["Max core file size"] == "0"
    root = Path(f"/proc/{pid}/root")
    assert {each.name for each in root.iterdir()} <= {"usr", "lib", "lib64", "etc", "proc", "dev"}
    assert {each.name for each in (root / "etc").iterdir()} <= {"ld.so.cache", "alternatives"}
    assert not (root / "usr/bin/bash").exists()
    mounts = [line.split(" ") for line in Path(f"/proc/{pid}/mountinfo").read_text("utf-8").splitlines()]
    writable = {each[4] for each in mounts if "rw" in each[5].split(",")}
    assert {each for each in writable if not each.startswith("/dev/")} <= {"/proc"}
    devices = Path(f"/proc/{pid}/net/dev").read_text("ascii").splitlines()[2:]
    assert [line.split(":")[0].strip() for line in devices] == ["lo"]
    held = [each.readlink() for each in Path(f"/proc/{pid}/fd").iterdir() if not each.is_char_device()]
    named = {each.name for each in held if each.is_absolute() and not str(each).startswith("/memfd:")}
    assert named == {"console.in", "console.out", "log", "kernel", "initrd", "memory"}
    maps = Path(f"/proc/{pid}/maps").read_text("utf-8").splitlines()
    shares = {line.split()[1][3] for line in maps if line.endswith("/memory")}
    assert shares == {"p"}, "what it writes into its memory never comes into the file"


@pytest.mark.parametrize("way", ["namespace", "plain"])
def test_a_weaker_way_works_and_says_what_it_is(start: Start, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if why := enclosure.why_not(way):
        pytest.fail(why)
    monkeypatch.setattr(enclosure, "best", lambda: way)
    guest = start()
    assert guest.level == way
    assert ("mount" in guest.layers) == ("no-network" in guest.layers) == (way == "namespace")
    assert {"limits", "seccomp", "no-new-privileges"} <= {*guest.layers}
    said(guest, "echo here")
    is_gone(guest)


def test_root_inside_finds_no_way_out(start: Start, tmp_path: Path) -> None:
    guest, beside = start("one"), start("beside")
    assert said(guest, "ls /sys/class/net").split() == ["lo"]
    assert said(guest, "cat /sys/bus/pci/devices/*/class").split() == [
        "0x060000",
        "0x060100",
        "0x010180",
        "0x068000",
        "0x030000",
    ]  # two bridges, an IDE controller without disks, power management, VGA
    assert said(guest, "ls /sys/block") == ""
    assert (
        said(guest, "ls -d /sys/bus/virtio/devices/* /sys/firmware/qemu_fw_cfg", code=None).count("No such file") == 2
    )
    for line in ("mount -t 9p host /mnt", "ip link add type veth", "ping -c 1 -W 1 10.0.2.2"):
        said(guest, f"{line} 2>/dev/null", code=None)
    assert said(guest, "ls /sys/class/net", code=None).split()[0] == "lo"
    dump = tmp_path / "memory.raw"
    done = guest.dump(dump)
    memory = dump.read_bytes()
    assert (done.size, done.sha256) == (len(memory), hashlib.sha256(memory).hexdigest())
    assert str(tmp_path).encode() not in memory
    assert os.uname().nodename.encode() + b"\n" not in memory or len(os.uname().nodename) < 6
    assert dump.stat().st_uid == os.getuid()
    answers_at_once(beside)
    is_gone(guest)


def test_a_flood_ends_the_machine_that_floods(start: Start) -> None:
    guest, beside = start("one"), start("beside")
    guest.type(b"cat /dev/zero > /dev/ttyS0\n")
    until(lambda: not guest.running)
    assert end_of(guest).why == "console flood"
    assert LIMITS.console_bytes < guest.console_size < 32 * LIMITS.console_bytes
    assert len(guest.console(0, 1 << 30)) == 1 << 20
    answers_at_once(beside)
    is_gone(guest)


def test_binary_output_and_endless_lines_are_bytes_like_any(start: Start) -> None:
    guest = start()
    said(guest, "head -c 100000 /dev/urandom")
    said(guest, "head -c 200000 /dev/zero | tr '\\0' x")
    assert b"x" * 200_000 in guest.console(0, 1 << 20)
    assert len(guest.console(100_000, 77)) == 77
    assert guest.console(1 << 40, 10) == b""
    assert said(guest, "echo on") == "on\n"


def test_without_its_stage_hand_a_machine_goes_on_and_truth_is_not_available(start: Start) -> None:
    guest = start()
    said(guest, "killall -9 range-peer", code=None)
    with pytest.raises(MachineFault, match="said nothing in time"):
        guest.order("rest", seconds=2)
    for line, fault in (
        ("yes 0123456789 | tr -d '\\n' > /dev/ttyS1", "without"),
        ("while :; do echo ok 99999999999; done > /dev/ttyS1", "said nothing in time|could not hand over"),
    ):
        (guest.folder / "unsettled").unlink(missing_ok=True)
        guest.type(f"({line}) & echo $! > /run/liar\n".encode())
        time.sleep(1)
        with pytest.raises(MachineFault, match=fault):
            guest.hand("/etc/passwd")
        said(guest, "kill -9 -$(cat /run/liar) $(cat /run/liar) 2> /dev/null; killall yes tr", code=None)
    assert said(guest, "echo on") == "on\n"


def test_media_hold_what_is_written_all_over_them(start: Start, tmp_path: Path) -> None:
    guest = start()
    beside = tmp_path / "machines" / "untouched"
    beside.write_bytes(b"kept")
    kit = medium(guest, "kit", "KIT-0001", read_only=True, size=SMALL)
    evidence = medium(guest, "evidence", "EV-0417", size=SMALL)
    said(guest, "dd if=/dev/urandom of=/dev/nvme0n1 bs=1M", code=1)
    assert said(guest, "dd if=/dev/zero bs=1M | tr '\\0' '\\377' | dd of=/dev/nvme1n1 bs=1M 2>&1; sync", code=None)
    assert kit.read_bytes() == bytes(SMALL)
    assert evidence.stat().st_size == SMALL
    assert evidence.read_bytes() == b"\xff" * SMALL
    guest.unplug("evidence")
    guest.plug("evidence", evidence, "EV-0418", read_only=False)
    until(lambda: "EV-0418" in said(guest, "cat /sys/class/nvme/*/serial", code=None))
    with pytest.raises(MachineFault, match="refused"):
        guest.plug("evidence", evidence, "EV-0419", read_only=False)
    large = tmp_path / "large.img"
    large.touch()
    os.truncate(large, (parts.LARGEST_MEDIUM << 20) + 1)
    with pytest.raises(Refused, match="at most"):
        guest.plug("kit", large, "KIT-0002", read_only=True)
    assert beside.read_bytes() == b"kept"
    is_gone(guest)


def test_a_failing_medium_takes_small_files_and_no_image(start: Start) -> None:
    guest = start()
    medium(guest, "evidence", "EV-0001", failing=True)
    said(guest, "dd if=/dev/zero of=/dev/nvme0n1 bs=1M count=8 && sync")
    said(
        guest,
        "dd if=/dev/zero of=/dev/nvme0n1 bs=1M count=30 2>/dev/null; sync; dmesg | grep -q 'critical medium error'",
    )


@pytest.mark.parametrize(
    "line",
    [
        "bomb() { bomb | bomb & }; bomb",
        "tail /dev/zero",
        "mount -o remount,size=100% /dev/shm; cat /dev/zero > /dev/shm/x",
        "cat /dev/urandom > /dev/mem; cat /dev/urandom > /dev/port",
        "echo c > /proc/sysrq-trigger",
        "while :; do :; done",
    ],
)
def test_a_machine_that_breaks_itself_breaks_nothing_else(start: Start, line: str) -> None:
    guest, beside = start("one"), start("beside")
    pid = guest.about["qemu"]
    guest.type(f"{line}\n".encode())
    before, begun = spent(pid), time.monotonic()
    while guest.running and spent(pid) - before < HARM and time.monotonic() - begun < PATIENCE:
        with suppress(OSError):  # it may end meanwhile
            assert int(status(pid).get("VmRSS", "0 kB").split()[0]) < (128 + parts.TRANSLATED + 160) << 10
        answers_at_once(beside)
        time.sleep(0.5)
    assert sum(each.stat().st_blocks * 512 for each in guest.folder.iterdir()) < 64 << 20
    guest.stop()
    is_gone(guest)


def test_a_machine_that_never_pauses_stands_back_until_it_does(start: Start) -> None:
    guest = start()
    pid = guest.about["qemu"]
    assert os.getpriority(os.PRIO_PROCESS, pid) == keeper.CALM
    guest.type(b"while :; do :; done\n")
    until(lambda: os.getpriority(os.PRIO_PROCESS, pid) == keeper.TIRELESS or os.geteuid())
    offset = guest.console_size
    guest.type(b"\x03")
    until(lambda: MARK.search(guest.console(offset, 1 << 20)))  # the prompt that comes when the loop has ended
    until(lambda: os.getpriority(os.PRIO_PROCESS, pid) == keeper.CALM)
    said(guest, "echo on")
