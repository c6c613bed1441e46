"""The keeper against a QEMU that lies: whatever it says, the machine ends and why is written down."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.machines.guest.living import until
from training.machines.guest import keeper, parts

pytestmark = pytest.mark.enable_socket
LIAR = """
import os, socket, sys, time
caller, _ = socket.socket(fileno=11).accept()
caller.sendall(b'{"QMP": {}}\\n')
heard = b""
for number in range(1, 7):
    while heard.count(b"\\n") < number:
        heard += caller.recv(4096)
    caller.sendall(b'{"return": {"status": "completed"}}\\n')
while not os.path.exists("about.json"):
    time.sleep(0.01)
says, times, stays = sys.argv[1:]
caller.sendall(says.encode() * int(times) + b"\\n")
time.sleep(float(stays))
"""


def kept(folder: Path, says: str, times: int = 1, stays: float = 60, **more: Any) -> dict[str, Any]:
    """Keep a liar, who says something once it is up; how that ended, as it was written down."""
    saved = folder / "snapshot"
    saved.mkdir()
    for name in ("kernel", "initrd", "memory", "state"):
        (saved / name).touch()
    plan = {"folder": str(folder), "snapshot": str(saved), "about": {}, "seconds": 30, "console_bytes": 1000}
    plan["unread"] = parts.UNREAD
    plan |= {
        "command": [sys.executable, "-c", LIAR, says, str(times), str(stays)],
        "rlimits": {"RLIMIT_CORE": 0},
        **more,
    }
    words = [sys.executable, "-I", "-S", keeper.__file__]
    done = subprocess.run(
        words, input=json.dumps(plan), capture_output=True, text=True, check=False, start_new_session=True
    )
    assert (done.stdout, done.returncode) == ("up", 0)
    until((folder / "ended.json").exists)
    until(lambda: not Path(f"/proc/{json.loads((folder / 'about.json').read_text('utf-8'))['qemu']}").exists(), 10)
    found: dict[str, Any] = json.loads((folder / "ended.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize(
    ("says", "times"),
    [
        ('{"event": "SHUTDOWN", "data": 7}', 1),
        ('{"event": "SHUTDOWN", "data": {"reason": []}}', 1),
        ("no JSON at all", 1),
        ("x", 3 << 20),
        ("[", 200_000),
    ],
)
def test_nonsense_ends_the_machine(tmp_path: Path, says: str, times: int) -> None:
    assert kept(tmp_path, says, times)["why"] == "failed"


def test_the_last_word_counts_where_the_machine_ends(tmp_path: Path) -> None:
    word = '{"event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-reset"}}'
    assert kept(tmp_path, word, stays=0)["why"] == "rebooted"


def test_one_that_stays_is_ended_in_its_time(tmp_path: Path) -> None:
    assert kept(tmp_path, '{"event": "NOISE"}', seconds=2)["why"] == "too long"


def test_one_that_breaks_off_leaves_its_last_words(tmp_path: Path) -> None:
    found = kept(tmp_path, '{"event": "NOISE"}', stays=-1)
    assert found["why"] == "failed"
    assert found["detail"] == "ValueError: sleep length must be non-negative"
