"""What holds without any QEMU: hostile monitors, missing programs, snapshots of others, pages that differ."""

import gzip
import json
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zstandard

from training.errors import Damaged, NotThere, Refused, TooMany
from training.forge.linux.machine import MachineFault
from training.machines.guest import enclosure, ending, media, memory, monitor, parts, rooms, seats, stage
from training.machines.guest.guest import Guest
from training.machines.guest.limits import Limits
from training.machines.guest.monitor import Monitor, held
from training.machines.guest.snapshot import ABOUT, FORMAT, snapshot

GREETING = b'{"QMP": {}}\n{"return": {}}\n'
pytestmark = pytest.mark.enable_socket


@contextmanager
def speaker(folder: Path, name: str, says: bytes, *, endless: bool = False) -> Iterator[None]:
    """Somebody who answers in the place of QEMU."""
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(folder / name))
        door.listen(1)

        def speak() -> None:
            caller, _ = door.accept()
            with caller:
                try:
                    caller.sendall(says)
                    while endless:
                        caller.sendall(says[-(1 << 16) :])
                    while caller.recv(4096):
                        pass
                except OSError:
                    return

        speaking = threading.Thread(target=speak, daemon=True)
        speaking.start()
        yield
        speaking.join(10)


@pytest.mark.parametrize(
    ("says", "fault"),
    [
        (b"hello\n", "nothing that can be read"),
        (b"[" * 200_000 + b"\n", "nothing that can be read"),
        (b"[1, 2]\n", "nothing that can be read"),
        (b"x" * (3 << 20), "without"),
        (GREETING + b'{"error": 7}\n', "refused stop: None"),
        (GREETING + b'{"error": {"desc": "no \\u001b[2J way"}}\n', "refused stop: no \ufffd"),
        (GREETING + b'{"event": "NOISE"}\n' * 20_000, "said nothing in time"),
    ],
)
def test_a_hostile_monitor_is_a_fault(tmp_path: Path, says: bytes, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor, "ANSWER_SECONDS", 1.0)
    with (
        speaker(tmp_path, "qmp", says),
        pytest.raises(MachineFault, match=fault),
        Monitor.of(tmp_path) as one,
    ):
        one.tell("stop", seconds=1)


def test_a_monitor_without_end_is_left(tmp_path: Path) -> None:
    with (
        speaker(tmp_path, "qmp", GREETING + b'{"event": "NOISE"}\n' * 20_000, endless=True),
        pytest.raises(MachineFault),
        Monitor.of(tmp_path) as one,
    ):
        one.tell("stop", seconds=0.5)


def test_a_machine_without_a_monitor_and_one_that_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MachineFault, match="can't be reached"), Monitor.of(tmp_path):
        pass
    monkeypatch.setattr(monitor, "WAIT_SECONDS", 0.1)
    with held(tmp_path, "act", 1), pytest.raises(TooMany, match="Something else"), Monitor.of(tmp_path):
        pass
    (tmp_path / "trap").symlink_to(tmp_path / "act")
    with pytest.raises(OSError, match="symbolic"), held(tmp_path, "trap", 1):
        pass


def test_what_is_left_of_an_answer_that_was_given_up_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / stage.UNSETTLED).touch()
    late = b'{"kind": "process"}\n{"kind": "end"}\nok 17\nok 1773143535.123456789\nok 18 new\n'
    with speaker(tmp_path, "control", late):
        assert stage.order(tmp_path, "rest") == "18 new"
    assert not (tmp_path / stage.UNSETTLED).exists()


@pytest.mark.parametrize("size", ["-1", "99999999999999", "12x", "", str((64 << 20) + 1)])
def test_a_file_of_no_size_is_not_taken(tmp_path: Path, size: str) -> None:
    with (
        speaker(tmp_path, "control", f"ok {size}\n".encode()),
        pytest.raises(MachineFault, match="could not hand over"),
    ):
        stage.hand(tmp_path, "/etc/passwd")


def test_a_bomb_that_was_handed_over_is_refused(tmp_path: Path) -> None:
    for content, fault in ((b"plain", "not packed by gzip"), (gzip.compress(bytes((64 << 20) + 1)), "larger than")):
        (tmp_path / "control").unlink(missing_ok=True)
        said = f"ok {len(content)}\n".encode() + content
        with speaker(tmp_path, "control", said), pytest.raises(MachineFault, match=fault):
            stage.hand(tmp_path, "/etc/passwd")


@pytest.mark.parametrize(("program", "package"), [("qemu-system-x86_64", "qemu-system-x86"), ("setpriv", "util-linux")])
def test_a_missing_program_is_named_with_its_package(
    program: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == program else found(name))
    with pytest.raises(MachineFault, match=f"install the Debian package {package}"):
        enclosure.available()


def test_without_bubblewrap_the_way_is_plain_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "bwrap" else f"/usr/bin/{name}")
    enclosure.why_not.cache_clear()
    enclosure.best.cache_clear()
    try:
        assert enclosure.best() == "plain"
        assert "Debian package bubblewrap" in enclosure.why_not("namespace")
        assert enclosure.around("plain", 0)[1:] == ["--pdeathsig", "KILL", "--no-new-privs"]
    finally:
        enclosure.why_not.cache_clear()
        enclosure.best.cache_clear()


def test_snapshots_of_other_qemus_and_other_programs_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "version", lambda: "10.0.13")
    about = {"format": FORMAT, "lab": "x", "variant": "b", "memory": 128, "qemu": "10.0.13", "key": "k"}
    about["parts"] = [*parts.BOARD, *parts.PARTS]
    with pytest.raises(NotThere, match="machines prepare"):
        snapshot(tmp_path)
    for change, fault in (
        ({"qemu": "9.2"}, "QEMU 9.2 prepared"),
        ({"format": 0}, "Another version of this program"),
        ({"parts": []}, "Another version"),
    ):
        (tmp_path / ABOUT).write_text(json.dumps(about | change), "utf-8")
        with pytest.raises(Refused, match=fault):
            snapshot(tmp_path)
    (tmp_path / ABOUT).write_text(json.dumps(about), "utf-8")
    assert (snapshot(tmp_path).key, snapshot(tmp_path).arrival.name) == ("k", "arrival.raw.zst")


def test_displaced_pages_are_counted(tmp_path: Path) -> None:
    before = bytearray(os.urandom(3 << 20))
    arrival, dump = tmp_path / "arrival.raw.zst", tmp_path / "dump.raw"
    arrival.write_bytes(zstandard.compress(bytes(before)))
    dump.write_bytes(before)
    assert memory.displaced(dump, arrival) == 0
    for at in (0, 4095, 4096, (2 << 20) + 1, (3 << 20) - 1):
        before[at] ^= 1
    dump.write_bytes(before)
    assert memory.displaced(dump, arrival) == 4
    for content, fault in ((before + b"x", "larger"), (before[:-1], "smaller")):
        dump.write_bytes(content)
        with pytest.raises(Damaged, match=fault):
            memory.displaced(dump, arrival)


def test_media_have_names_and_serial_numbers(tmp_path: Path) -> None:
    one = Monitor.__new__(Monitor)
    for name, serial in (("disk", "EV-1"), ("kit", "EV 1"), ("kit", "EV,1"), ("kit", ""), ("kit", "\u0661")):
        with pytest.raises(Refused, match="serial number"):
            media.plug(one, name, tmp_path / "x", serial, read_only=True, failing=False)
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="symbolic"):
        media.plug(one, "kit", tmp_path / "link", "KIT-1", read_only=True, failing=False)


def test_where_no_machine_ever_was(tmp_path: Path) -> None:
    with pytest.raises(NotThere, match="This machine no longer exists"):
        Guest.attach(tmp_path)
    assert rooms.room(tmp_path) == rooms.reap(tmp_path, Limits()) == []


def test_a_reason_that_is_not_known_is_a_fault_of_ours() -> None:
    assert ending.read({"why": "boredom", "at": 0}).why == "failed"
    for why, sentence in ending.SENTENCES.items():
        assert ending.Ended(why).sentence == sentence


def test_a_seat_is_free_again_when_its_holder_is_gone(tmp_path: Path) -> None:
    one = Limits(at_once=1)
    with seats.taken(tmp_path, 1, one, "a") as (number, _):
        assert number == 0
        with pytest.raises(TooMany, match="All places"), seats.taken(tmp_path, 1, one, "b"):
            pass
    with seats.taken(tmp_path, 1, one, "b") as (number, _):
        assert number == 0
