"""A machine that lives, really booted: its console, what goes on in it, and what the stage hand tells of it. It is
played once; each test looks at a part of what was seen.
"""

import json
import re
import shutil
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.unit.forge.linux.small_machine import EARLIER, KERNEL, WHOLE, common, needs_debian, small
from training.forge.linux import actors, initramfs, rootfs, witness
from training.forge.linux.machine import Machine, MachineFault
from training.forge.scenario import Scenario
from training.forge.truth import Truth

pytestmark = [
    needs_debian,
    pytest.mark.skipif(shutil.which("ps") is None, reason="no ps: apt-get install procps"),
    pytest.mark.machine,
    pytest.mark.long,
    pytest.mark.enable_socket,
]
MARK = re.compile(r"\x1b\]133;D;(\d+);(\d+\.\d{6})\x07$")
PEER, OTHER, SERVER = "203.0.113.9", "198.51.100.20", "198.51.100.53"
KEY = "0123456789abcdef0123456789abcdef"


def program(path: str, source: str, **values: str) -> dict[str, Any]:
    return {"path": path, "source": source, "modified": EARLIER, "with": values}


def plan() -> Scenario:
    machine = WHOLE["machine"] | {"additions": ["live"], "shift": 0}
    machine["addresses"] = ["192.0.2.30/24", f"{OTHER}/32", f"{PEER}/32", f"{SERVER}/32"]
    ends = {"FIRST": f"{PEER} 4444", "SECOND": f"{OTHER} 4445"}
    return small(
        machine=machine,
        shells={"desk": {"terminal": "tty1", "log_in": "admin"}},
        programs=[
            program("/usr/libexec/quiet-sync", "beacon", COMM="", FROM="192.0.2.30", **ends, FILES="/dev/shm/.x",  # noqa: S108 - the guest's own
                    PATIENCE="600", KEEP="600"),
            program("/usr/lib/libveil.so.1", "veil.so", HIDDEN="quiet-sync"),
            program("/usr/bin/boxd", "vault", CONTAINER="/srv/noise", MOUNT="/mnt/box", KEYFILE="/srv/key",
                    FOLDER="/srv/new", PIDFILE="/run/boxd.pid", OWNER="1001"),
        ],
        setup=["mkdir /mnt/box", "/usr/bin/boxd pack", "/usr/bin/boxd", "touch /dev/shm/.x"],
        services=["syslogd -O /var/log/messages", "exec /usr/libexec/quiet-sync", "exec sleep 9999"],
        outside={"listens": [
            {"address": PEER, "port": 4444, "then": "answer", "hears": "sign"},
            {"address": OTHER, "port": 4445, "then": "answer"},
        ]},
        files=[
            {"path": "/etc/resolv.conf", "modified": EARLIER, "text": f"nameserver {SERVER}\n"},
            {"path": "/etc/profile", "modified": EARLIER, "text": "export LD_PRELOAD=/usr/lib/libveil.so.1\n"},
            {"path": "/srv/key", "modified": EARLIER, "text": KEY},
            {"path": "/srv/new/accounts", "modified": EARLIER, "text": "four thousand in cash\n"},
        ],
        live={
            "outsiders": [PEER],
            "names": {"address": SERVER, "known": {"relay.example": PEER}},
            "when": [{"lookup": True, "begin": "asked"}, {"gap": 5, "begin": "stood"}],
            "steps": [
                {"pause": 900, "drop": {"address": PEER, "port": 4444}, "as": "dropped"},
                {"pause": 900, "shell": "desk", "type": "echo hello > /tmp/hello", "as": "typed"},
                {"pause": 900, "tell": {"address": OTHER, "port": 4445, "text": "clear"}, "as": "cleared"},
                {"pause": 900, "drop": {"address": PEER, "port": 4444}, "as": "never"},
                {"pause": 1, "run": "true", "as": "after"},
            ],
            "on_call": {
                "asked": [{"pause": 1, "run": "true", "as": "name_asked"}],
                "stood": [{"pause": 1, "end": "slow", "as": "gap_seen"}],
                "slow": [{"pause": 60, "run": "true", "as": "too_late"}],
            },
        },
        planted={"beacon": {"exe": "/usr/libexec/quiet-sync"}, "box": {"exe": "/usr/bin/boxd"}},
        of_interest=["/mnt/box/accounts"],
    )  # fmt: skip


class Console:
    """The console as a responder's program reads it: a line is typed, its output ends with a mark."""

    def __init__(self, machine: Machine) -> None:
        self._line = machine.console
        self.first = self._more()

    def _more(self) -> tuple[str, int, float]:
        got = ""
        while not (found := MARK.search(got)):  # what is printed may hold such a byte as well
            got += self._line.read_until(b"\x07", 300)
        return got[: found.start()], int(found[1]), float(found[2])

    def __call__(self, text: str) -> tuple[str, int]:
        self._line.send(text)
        said, ended, self.at = self._more()
        return said.partition("# ")[2], ended  # behind the prompt


@dataclass
class Seen:
    """What was seen of one machine."""

    first: tuple[str, int, float]
    said: dict[str, tuple[str, int]]
    before: Truth
    after: Truth
    events: list[dict[str, Any]] = field(default_factory=list)
    footprint: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    asked_at: float = 0.0


def written_down(machine: Machine, what: str) -> list[dict[str, Any]]:
    machine.control.send(what)
    return [json.loads(line) for line in machine.control.read_lines('{"kind": "end"}', 300)]


def truth(machine: Machine, scenario: Scenario) -> Truth:
    first, second = (machine.account("truth", scenario.of_interest) for _ in range(2))
    maps = machine.account("maps", map(str, witness.planted_pids(first, scenario)))
    return witness.as_found(first, maps, second, scenario)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    scenario, work = plan(), tmp_path_factory.mktemp("living")
    programs = actors.Programs(actors.compile_living())
    initrd = work / "initrd"
    added = initramfs.together(common(), rootfs.addition("live", common())[0])
    initrd.write_bytes(added + rootfs.overlay(scenario, programs.made))
    with Machine(KERNEL, initrd, memory=128, clock=scenario.machine.clock, keeps_our_time=True) as machine:
        machine.wait_until_ready(120)
        while (told := machine.control.read(300)) != "freeze":
            assert told.startswith(("ok", "done")), told
        machine.order("rest")
        return work_at(machine, scenario)


def work_at(machine: Machine, scenario: Scenario) -> Seen:
    console = Console(machine)
    refused = []
    for early in (("fire", "slow"), ("skip",)):
        with pytest.raises(MachineFault) as no:
            machine.order(*early)
        refused.append(no.value.message)
    machine.order("live")
    lines = {
        "out": "echo one; echo two >&2; false", "after": "echo $?", "ps": "ps ax", "plain": "busybox ps",
        "made": "echo x > /root/made; cat /etc/host.conf; rm /root/made", "lookup": "nslookup relay.example",
        "refused": f"nc -w 1 {OTHER} 99 < /dev/null", "box": "cat /mnt/box/accounts /srv/noise",
        "killed": "kill -9 $(pidof sleep)", "sign": f"echo note fright | nc -w 1 {PEER} 4444",
        "more": "echo in notes >> /mnt/box/accounts; ls -l /srv/key",
    }  # fmt: skip
    said = {name: console(line) for name, line in lines.items()}
    said["again"], asked_at = console("nslookup other.example"), console.at
    time.sleep(6)  # no order comes meanwhile, and the next step is minutes away
    before = truth(machine, scenario)
    machine.order("fire", "slow")
    machine.order("gap", "9.5")
    machine.order("gap", "2")
    machine.order("link", "cut")
    said["cut"] = console(f"nc -w 1 {OTHER} 4445 < /dev/null")
    machine.order("link", "filter")
    said["filtered"] = console(f"nc -w 1 {PEER} 4444 < /dev/null; nc -w 1 {OTHER} 4445 < /dev/null")
    machine.order("link", "leave")
    for number in range(4):
        machine.order("skip")
        time.sleep(4 if number == 1 else 1)
    said["links"] = console("netstat -tn | grep 192.0.2.30; ls -A /dev/shm; cat /tmp/hello")
    said["shut"] = console("kill $(cat /run/boxd.pid); sleep 1; ls -A /mnt/box; strings /srv/noise | grep cash")
    time.sleep(1)
    after = truth(machine, scenario)
    seen = Seen(console.first, said, before, after, written_down(machine, "events"), written_down(machine, "footprint"))
    seen.asked_at = asked_at
    for wrong in (("fire", "nothing"), ("live",), ("link", "down"), ("later", "-", "1", "-", "dance"), ("skip",)):
        with pytest.raises(MachineFault) as no:
            machine.order(*wrong)
        refused.append(no.value.message)
    assert re.fullmatch(r"\d+\.\d{9}", machine.order("clock"))
    seen.refused = refused
    return seen


def test_each_line_ends_with_a_mark_and_nothing_comes_back(seen: Seen) -> None:
    assert seen.first[:2] == ("", 0)
    assert seen.said["out"] == ("one\ntwo\n", 1)
    assert seen.said["after"] == ("1\n", 0)


def test_programs_of_the_machine_lie_and_one_of_its_own_does_not(seen: Seen) -> None:
    assert "quiet-sync" not in seen.said["ps"][0]
    assert "/usr/bin/boxd" in seen.said["ps"][0]
    assert "quiet-sync" in seen.said["plain"][0]


def test_an_open_container_is_a_folder_and_on_the_disk_noise(seen: Seen) -> None:
    assert seen.said["box"][0].startswith("four thousand in cash\n")
    assert seen.said["box"][0].count("cash") == 1
    assert "No such file" in seen.said["more"][0], "the key is gone from the disk"
    (mount,) = [each for each in seen.before.mounts if each.point == "/mnt/box"]
    assert (mount.fstype, mount.source) == ("fuse.vault", "/srv/noise")
    assert seen.before.files[0].size == len("four thousand in cash\nin notes\n")


def test_a_container_that_is_closed_leaves_nothing_and_is_missing_in_the_truth(seen: Seen) -> None:
    assert seen.said["shut"] == ("", 1)
    assert set(seen.before.planted) == {"beacon", "box"}
    assert set(seen.after.planted) == {"beacon"}
    assert not seen.after.files[0].present


def test_what_was_begun_at_the_console_is_told_whole(seen: Seen) -> None:
    started = [each for each in seen.footprint if each["kind"] == "started"]
    first = [each["args"].rstrip("\0").split("\0") for each in started][:8]
    assert first == [
        ["ps", "ax"], ["busybox", "ps"], ["cat", "/etc/host.conf"], ["rm", "/root/made"], ["nslookup", "relay.example"],
        ["nc", "-w", "1", OTHER, "99"], ["cat", "/mnt/box/accounts", "/srv/noise"], ["pidof", "sleep"],
    ]  # fmt: skip
    assert {each["uid"] for each in started} == {0}
    assert all(each["begin"] < each["end"] for each in started)
    live = seen.before.live
    assert live
    assert [each.pid for each in live.started] == [each["pid"] for each in started][: len(live.started)]
    assert "touched" not in str(seen.footprint), "what others do is not the responder's"


def test_files_and_conversations_of_the_console_are_told(seen: Seen) -> None:
    files = {(each["way"], each["path"]) for each in seen.footprint if each["kind"] == "file"}
    assert {("created", "/root/made"), ("written", "/root/made"), ("removed", "/root/made")} <= files
    assert ("opened", "/etc/host.conf") in files
    assert ("created", "/tmp/hello") not in files, "it was made at another terminal"  # noqa: S108 - the guest's own
    talks = {
        (each["protocol"], each["remote"], each["remote_port"]) for each in seen.footprint if each["kind"] == "socket"
    }
    assert {("udp", SERVER, 53), ("tcp", OTHER, 99), ("tcp", PEER, 4444)} <= talks
    assert all(each["pid"] for each in seen.footprint if each["kind"] == "socket")


def test_who_was_there_and_ended_is_told_with_the_signal(seen: Seen) -> None:
    live = seen.after.live
    assert live
    assert ("sleep", 9) in [(each.comm, each.signal) for each in live.ended]
    assert ("boxd", 0) in [(each.comm, each.signal) for each in live.ended]


def test_the_living_play_goes_on_beside_it_and_a_step_that_cannot_be_done_is_noted(seen: Seen) -> None:
    names = [each["name"] for each in seen.events if each["kind"] == "event"]
    assert [name for name in names if name in {"dropped", "typed", "cleared", "after"}] == [
        "dropped",
        "typed",
        "cleared",
        "after",
    ]
    assert {"sign_1_fright", "name_asked", "gap_seen"} <= set(names)
    assert not {"never", "too_late"} & set(names)
    asked = [each["seconds"] for each in seen.events if each.get("name") == "name_asked"]
    assert 0.5 < asked[-1] - seen.asked_at < 4, "what is noticed comes in time, though the next step is minutes away"
    assert [each["reason"] for each in seen.events if each["kind"] == "failed"] == ["there is no connection"]
    links = seen.said["links"][0]
    assert re.search(rf"192\.0\.2\.30:\d+ +{re.escape(PEER)}:4444 +CLOSE_WAIT", links)
    assert re.search(rf"192\.0\.2\.30:\d+ +{re.escape(OTHER)}:4445 +ESTABLISHED", links)
    assert links.endswith("hello\n"), "and the archive is gone"
    assert ".x" not in links
    assert seen.after.commands["typed"].text == "echo hello > /tmp/hello"


def test_a_link_is_cut_filtered_and_left(seen: Seen) -> None:
    assert "No route to host" in seen.said["cut"][0]
    assert seen.said["filtered"][0].count("No route to host") == 1
    assert PEER in seen.said["filtered"][0]


def test_orders_that_make_no_sense_are_refused(seen: Seen) -> None:
    for said, why in zip(
        seen.refused,
        ("nothing lives yet", "no step is to come", "no such track", "it lives already", "leave, cut or filter",
         "no such step", "no step is to come"),
        strict=True,
    ):  # fmt: skip
        assert why in said
