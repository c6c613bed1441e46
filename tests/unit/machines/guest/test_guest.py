"""A machine's life: started, spoken to from any process, and its end named."""

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import BASE
from tests.unit.forge.linux.small_machine import needs_debian
from tests.unit.machines.guest.living import LIMITS, Start, end_of, plan, said, until
from training.errors import Conflict, NotThere, Refused, TooMany
from training.forge.build import ground
from training.forge.linux.machine import MachineFault
from training.machines.guest import ending, limits, preparing, rooms
from training.machines.guest.guest import Guest
from training.machines.guest.limits import Limits
from training.machines.guest.snapshot import Snapshot
from training.settings import ROOT

pytestmark = [needs_debian, pytest.mark.machine, pytest.mark.enable_socket]
ELSEWHERE = """
import sys
from pathlib import Path
from training.machines.guest.guest import Guest
guest = Guest.attach(Path(sys.argv[1]))
guest.type(b"echo from elsewhere\\n")
print(guest.running, guest.level)
"""


def of_another_process(folder: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def test_a_machine_starts_answers_and_is_ended(start: Start, tmp_path: Path) -> None:
    guest = start()
    assert (guest.running, guest.ended) == (True, None)
    assert said(guest, "hostname") == "srv-01\n"
    said(guest, "sh -c 'exit 3'", code=3)
    assert of_another_process(guest.folder) == f"True {guest.level}\n"
    until(lambda: b"from elsewhere" in guest.console(0, 1 << 16))
    assert [each.folder for each in rooms.room(tmp_path / "machines")] == [guest.folder]
    with pytest.raises(Conflict, match="there is a machine already"):
        start()
    with pytest.raises(Conflict, match="still runs"):
        guest.clear()
    with pytest.raises(ValueError, match="no reason"):
        guest.stop("boredom")
    guest.stop()
    guest.stop()
    end = end_of(guest)
    assert (end.why, end.detail) == ("stopped", "")
    assert end.at
    assert abs(datetime.now(UTC) - end.at) < timedelta(seconds=60)
    assert b"srv-01" in guest.console(0, 1 << 16)
    for act in (lambda: guest.type(b"x"), lambda: guest.order("rest"), guest.pause):
        with pytest.raises(MachineFault):
            act()
    (guest.folder / "evidence.img").write_bytes(b"kept")
    guest.clear()
    assert [each.name for each in guest.folder.iterdir()] == ["evidence.img"]
    with pytest.raises(NotThere):
        Guest.attach(guest.folder)
    assert said(start(), "echo again") == "again\n"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("poweroff -f", "powered off"),
        ("reboot -f", "rebooted"),
        ("echo mem > /sys/power/state", "asleep"),
    ],
)
def test_the_end_from_inside_is_named(start: Start, line: str, why: str) -> None:
    guest = start()
    guest.type(f"{line}\n".encode())
    until(lambda: not guest.running)
    assert (end_of(guest).why, end_of(guest).sentence) == (why, ending.SENTENCES[why])


def test_a_machine_outlives_who_started_it_and_not_its_keeper(saved: Snapshot, tmp_path: Path) -> None:
    folder = tmp_path / "machines" / "one"
    program = (
        "import sys, os\nfrom pathlib import Path\n"
        "from training.machines.guest.guest import Guest\nfrom training.machines.guest.limits import Limits\n"
        "from training.machines.guest.snapshot import snapshot\n"
        "Guest.start(snapshot(Path(sys.argv[1])), Path(sys.argv[2]), Limits(longest_minutes=5))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(saved.folder), str(folder)], cwd=ROOT, check=False)
    assert done.returncode == -9
    guest = Guest.attach(folder)
    assert said(guest, "echo alive") == "alive\n"
    keeper, qemu = guest.about["keeper"], guest.about["qemu"]
    assert os.getsid(keeper) != os.getsid(0)
    os.kill(keeper, 9)
    until(lambda: not Path(f"/proc/{qemu}").exists())
    assert end_of(guest) == ending.Ended("lost")
    guest.stop()
    guest.clear()


def test_a_machine_that_lives_too_long_is_ended_without_a_server(start: Start) -> None:
    guest = start(limits=Limits(at_once=8, longest_minutes=0.03))
    until(lambda: not guest.running)
    assert end_of(guest).why == "too long"


def test_machines_that_nobody_works_at_are_reaped(start: Start, tmp_path: Path) -> None:
    idle, busy = start("idle"), start("busy")
    long_ago = time.time() - LIMITS.idle_minutes * 60 - 1
    os.utime(idle.folder / "used", (long_ago, long_ago))
    assert [each.folder.name for each in rooms.reap(tmp_path / "machines", LIMITS)] == ["idle"]
    assert end_of(idle).why == "idle"
    assert busy.running
    later = datetime.now(UTC) + timedelta(minutes=LIMITS.idle_minutes + 1)
    assert [each.folder.name for each in rooms.reap(tmp_path / "machines", LIMITS, later)] == ["busy"]


def test_seats_and_quotas_are_counted_across_processes(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = Limits(at_once=2, of_group=1, longest_minutes=5)
    room = tmp_path / "machines"
    one = start("one", two, group="a")
    with pytest.raises(TooMany, match="this session may run"):
        start("other", two, group="a")
    start("two", two, group="b")
    assert rooms.free(room, 128, two) == 0
    with pytest.raises(TooMany, match="All places"):
        start("three", two, group="c")
    one.stop()
    assert rooms.free(room, 128, two) == 1
    start("three", two, group="a")
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemAvailable:    1200000 kB\n", "ascii")
    monkeypatch.setattr(limits, "MEMORY", meminfo)
    with pytest.raises(TooMany, match="no memory"):
        start("four", Limits(at_once=8))
    meminfo.write_text(f"MemAvailable:    {(1024 + 128 + 96 + 2 * 64) << 10} kB\n", "ascii")
    assert [limits.fitting(128, running) for running in (2, 3)] == [1, 0], "those that run have not taken all of theirs"
    assert rooms.free(room, 128, Limits(at_once=8)) == 1


def test_machines_asked_for_at_once_get_seats_of_their_own(start: Start) -> None:
    found: list[Guest] = []
    threads = [threading.Thread(target=lambda n=n: found.append(start(str(n)))) for n in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(each.about["seat"] for each in found) == [0, 1, 2, 3]
    assert all(said(each, "echo up") == "up\n" for each in found)


def test_a_start_that_fails_says_why_and_leaves_nothing(saved: Snapshot, tmp_path: Path) -> None:
    other = Snapshot(tmp_path / "other", "x", "a", saved.memory, saved.qemu, saved.key)
    other.folder.mkdir()
    for name in ("kernel", "initrd", "memory"):
        (other.folder / name).symlink_to(saved.folder / name)
    (other.folder / "state").write_bytes((saved.folder / "state").read_bytes()[: 1 << 17])
    with pytest.raises(MachineFault, match=r"could not be started: .*(load of migration failed|saved state)"):
        Guest.start(other, tmp_path / "machines" / "one", LIMITS)
    assert list((tmp_path / "machines" / "one").iterdir()) == []
    wrong = Snapshot(saved.folder, "x", "a", 64, saved.qemu, saved.key)
    with pytest.raises(MachineFault, match="could not be started"):
        Guest.start(wrong, tmp_path / "machines" / "one", LIMITS)
    assert said(Guest.start(saved, tmp_path / "machines" / "one", LIMITS), "echo up") == "up\n"
    Guest.attach(tmp_path / "machines" / "one").stop()


def test_what_is_typed_has_a_limit_and_is_never_waited_for(start: Start) -> None:
    guest = start()
    with pytest.raises(Refused, match="at most"):
        guest.type(b"x" * 40_000)
    guest.pause()
    begun = time.monotonic()
    with pytest.raises(TooMany, match="does not take"):
        for _ in range(5):
            guest.type(b"x" * 32_000)
    assert time.monotonic() - begun < 20
    guest.resume()
    guest.stop()


def test_orders_go_to_the_stage_hand_and_one_that_was_given_up_disturbs_no_other(start: Start) -> None:
    guest = start()
    assert int(guest.order("rest")) > 0
    with pytest.raises(MachineFault, match="could not do 'dance'"):
        guest.order("dance")
    assert guest.hand("/etc/hostname") == b"srv-01\n"
    with pytest.raises(MachineFault, match="could not hand over /none"):
        guest.hand("/none")
    lines = guest.account("truth", ["/etc/hostname"])
    assert json.loads(lines[-1]) == {"kind": "end"}
    guest.pause()
    with pytest.raises(MachineFault, match="said nothing in time"):
        guest.order("rest", seconds=0.2)
    assert (guest.folder / "unsettled").exists()
    guest.resume()


def test_a_long_path_and_a_folder_that_is_a_trap_do_no_harm(saved: Snapshot, tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30) / ("x" * 100) / "one"
    guest = Guest.start(saved, folder, LIMITS)
    try:
        assert said(guest, "echo far") == "far\n"
        guest.pause()
        guest.resume()
    finally:
        guest.stop()
    guest.clear()
    secret = tmp_path / "secret"
    secret.write_text("kept", "ascii")
    (folder / "console.out").symlink_to(secret)
    with pytest.raises(MachineFault):
        Guest.start(saved, folder, LIMITS)
    assert secret.read_text("ascii") == "kept"


def test_a_snapshot_is_made_once_and_again_when_it_would_be_another(
    saved: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def play(*_: object) -> None:
        raise MachineFault("played")

    monkeypatch.setattr(preparing, "_play", play)
    with ground(BASE) as base:
        assert preparing.prepare(plan(), base, saved.folder, lambda _: None) == saved
        other = plan().model_copy(update={"title": "Another"})
        with pytest.raises(MachineFault, match="played"):
            preparing.prepare(other, base, saved.folder, lambda _: None)
    assert {each.name for each in saved.folder.iterdir()} == {
        *("about.json", "arrival.raw.zst", "initrd", "kernel", "memory", "plan.json", "state")
    }
    assert not list(saved.folder.parent.glob(f".{saved.folder.name}-*"))
    assert {each.stat().st_mode & 0o777 for each in saved.folder.iterdir()} == {0o444}


def test_machines_of_one_snapshot_map_its_memory_and_change_their_own(saved: Snapshot, start: Start) -> None:
    memory = saved.folder / "memory"
    before = hashlib.sha256(memory.read_bytes()).hexdigest()
    one, other = start("one"), start("other")
    assert said(one, "echo mine > /run/x; dd if=/dev/zero of=/run/y bs=1M count=20 status=none; cat /run/x") == "mine\n"
    said(other, "test -e /run/x", code=1)
    rollup = Path(f"/proc/{other.about['qemu']}/smaps_rollup").read_text("ascii")
    told = dict(line.split()[:2] for line in rollup.splitlines())
    assert int(told["Private_Dirty:"]) < 100_000, "kB of its own: what it has not changed is that of the file"
    assert hashlib.sha256(memory.read_bytes()).hexdigest() == before


def test_what_a_responder_displaces_is_counted_against_the_arrival(start: Start, tmp_path: Path) -> None:
    guest = start()
    first, second = tmp_path / "first.raw", tmp_path / "second.raw"
    # A machine that has only just arrived may have changed nothing.
    said(guest, "head -c 1000000 /dev/urandom > /run/w")
    before = guest.dump(first)
    said(guest, "head -c 8000000 /dev/urandom > /run/x")
    guest.pause()
    after = guest.dump(second)
    assert (before.paused > 0, after.paused) == (True, 0)
    assert before.begun < before.ended < after.begun < after.ended
    moved, more = guest.displaced(first), guest.displaced(second)
    taken = 8_000_000 // 4096
    assert moved >= 1_000_000 // 4096
    assert moved + taken * 3 // 4 < more < 32_768  # some lie where the arrival's memory had been displaced already
    guest.resume()
    said(guest, "echo on")
