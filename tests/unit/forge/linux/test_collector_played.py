"""What the collector tells of a real guest in which a scenario was played, compared with what its own programs say."""

import re
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.unit.forge import told
from training.forge.linux import actors, capture, rootfs, witness
from training.forge.linux.machine import QEMU
from training.forge.scenario import Scenario
from training.forge.truth import Planted, Truth

EXHIBITS = Path(__file__).parents[4] / "labs" / "exhibits"
KERNELS = sorted(EXHIBITS.glob("*/vmlinuz"))
PROGRAMS = (QEMU, "gcc", "busybox", "ss", "dropbear", "dbclient", "lighttpd")
MISSING = [name for name in PROGRAMS if shutil.which(name) is None]
LOOKS = {  # what the guest's own programs are asked just before the freeze
    "ps": "ps -o pid,ppid,comm,args",
    "spaces": "for p in /proc/[0-9]*; do echo $p $(readlink $p/ns/mnt) $(readlink $p/ns/net) $(readlink $p/ns/pid) "
    "$(readlink $p/ns/uts) $(readlink $p/root) $(readlink $p/cwd); done",
    "ss": "ss -Htunape",
    "fds": "for p in /proc/[0-9]*; do for f in $p/fd/*; do echo $f $(readlink $f); done; done",
    "mounts": "cat /proc/self/mountinfo",
    "sums": "sha256sum /srv/text /usr/bin/busybox",
    "stat": "stat -c '%n %s %Y %Z %i' /srv/text /usr/bin/busybox",
    "addresses": "ip addr",
    "status": "grep -E '^(Uid|Gid|NSpid|TracerPid|Threads):' /proc/[0-9]*/status",
}
BOX = "unshare -n -p -f -m -u sh -c 'hostname boxed; mount -t tmpfs boxtmp /mnt; ip link set lo up; nc -l -p 7777; :'"


def _program(name: str, source: str, **values: str) -> dict[str, Any]:
    return {"path": f"/usr/local/bin/{name}", "source": source, "modified": "2026-03-01T10:00:00Z", "with": values}


def _plan() -> Scenario:
    steps = [{"pause": 1, "run": f"({line}) > /srv/{name} 2>&1; true"} for name, line in LOOKS.items()]
    return told.plan(
        modules=[],
        setup=["mkdir -p /mnt/tickets", "mount -t tmpfs -o size=1m tickets /mnt/tickets"],
        services=[
            "syslogd -O /var/log/messages",
            "dropbear -p 192.0.2.17:22",
            "exec 5>/var/tmp/draft; rm /var/tmp/draft; exec sleep 5000",
            "mkfifo /run/f; sleep 25; exec nc 203.0.113.66 8443 <>/run/f",
            BOX,
            "/usr/local/bin/waits",
            "sleep 1; exec /usr/local/bin/debugs",
            "sleep 25; exec /usr/local/bin/runs",
            {"run": "sleep 7000", "user": "mira"},
        ],
        programs=[
            _program("waits", "quiet", THREADS="3", PIDFILE="/run/waits.pid", NOTE=""),
            _program("debugs", "tracer", PIDFILE="/run/waits.pid", TARGET="", MEMFD="", LABEL=""),
            _program(
                "runs",
                "courier",
                LABEL="[kworker/3:7]",
                COMM="kworker/3:7",
                MEMFD="quil",
                FROM="192.0.2.17",
                TO="203.0.113.66",
                PORT="8443",
            ),
        ],
        outside={"listens": [{"address": "203.0.113.66", "port": 8443}]},
        files=[
            {"path": "/srv/text", "modified": "2026-03-09T10:00:00Z", "text": "one\ntwo\nthree"},
            *told.plan().model_dump(mode="json", exclude_none=True)["files"],
        ],
        play=[
            {"pause": 2, "shell": "second", "dial": True},
            {"pause": 2, "shell": "second", "type": "history > /home/mira/typed", "as": "looked"},
            {"pause": 2, "shell": "first", "dial": True},
            {"pause": 2, "shell": "first", "type": "echo 'a \"b\"' > /root/x"},
            {"pause": 2, "shell": "first", "hang_up": True},
            {"pause": 2, "shell": "responder", "enter": True},
            {"pause": 2, "shell": "responder", "type": "date", "as": "clock"},
            *steps,
            {"pause": 3, "freeze": True},
        ],
        planted={
            "draft": {"args": "sleep 5000"},
            "client": {"comm": "nc", "args": "nc 203.0.113.66 8443"},
            "boxed": {"args": "nc -l -p 7777"},
            "waits": {"comm": "waits"},
            "tracer": {"exe": "/usr/local/bin/debugs"},
            "courier": {"exe": "/memfd:quil"},
            "of_mira": {"comm": "sleep", "uid": 1001},
            "doors": {"comm": "dropbear", "many": True},
        },
        of_interest=["/srv/text", "/usr/bin/busybox", "/nowhere"],
        materials=[{"file": name, "from": f"/srv/{name}"} for name in LOOKS]
        + [{"file": "typed", "from": "/home/mira/typed"}],
    )


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> tuple[Truth, dict[str, str]]:
    """The truth of a real machine, and what its own programs said just before."""
    if MISSING or not KERNELS:
        pytest.skip(f"not there: {', '.join(MISSING) or 'a kernel in labs/exhibits'}")
    work, scenario = tmp_path_factory.mktemp("guest"), _plan()
    programs = actors.Programs(actors.compile_all("", None))
    (work / "initrd").write_bytes(rootfs.common() + rootfs.overlay(scenario, programs.made))
    seen = capture.capture(scenario, KERNELS[0], work / "initrd", work / "image", lambda _: None)
    (work / "image").unlink()
    truth = witness.collect(seen.account, seen.maps, seen.again, scenario)
    return truth, {path.rpartition("/")[2]: content.decode() for path, content in seen.handed.items()}


@pytest.mark.machine
@pytest.mark.enable_socket
def test_processes_are_those_that_ps_shows(guest: tuple[Truth, dict[str, str]]) -> None:
    truth, looks = guest
    shown: dict[int, Any] = {}
    for line in looks["ps"].splitlines()[1:]:
        found = re.fullmatch(r" *(\d+) +(\d+) (.{16}) (.*)", line)
        assert found, line
        shown[int(found[1])] = (int(found[2]), found[3].strip(), found[4].strip())
    for each in truth.processes:
        parent, comm, line = shown.pop(each.pid)
        name = re.sub(r"^(kworker/u?\d+:\d+H?).*", r"\1", comm) if each.kthread else comm
        assert (each.ppid, each.comm) == (parent, name[:15])
        assert each.kthread or " ".join(each.args) == line.removeprefix(
            f"{{{comm}}} "
        )  # where its file has another name
    assert all(" -c (ps" in line for _, _, line in shown.values()), "ps and the shell that started it, and no other"
    for line in looks["spaces"].splitlines():
        words = line.split()
        pid = int(words[0].rpartition("/")[2])
        if pid in {each.pid for each in truth.processes}:
            own = truth.process(pid)
            spaces = [f"{kind}:[{inode}]" for kind, inode in own.namespaces]
            assert words[1:] == [*spaces, own.root, own.cwd]


@pytest.mark.machine
@pytest.mark.enable_socket
def test_accounts_threads_tracers_and_inner_numbers_are_those_of_the_status(
    guest: tuple[Truth, dict[str, str]],
) -> None:
    truth, looks = guest
    status: defaultdict[int, dict[str, list[str]]] = defaultdict(dict)
    for pid, key, value in re.findall(r"^/proc/(\d+)/status:(\w+):\t(.*)$", looks["status"], re.MULTILINE):
        status[int(pid)][key] = value.split()
    for each in truth.processes:
        own = status[each.pid]
        assert [str(each.uid), str(each.gid)] == [own["Uid"][0], own["Gid"][0]]
        assert [str(each.tracer), str(len(each.threads) + 1)] == [*own["TracerPid"], *own["Threads"]]
        assert [str(each.pid), *map(str, each.inner)] == own["NSpid"]
    waits, courier = _planted(truth, "waits"), _planted(truth, "courier")
    assert (len(waits.threads), waits.tracer) == (3, _planted(truth, "tracer").pid)
    assert (courier.exe, courier.comm, courier.line) == ("/memfd:quil (deleted)", "kworker/3:7", "[kworker/3:7]")
    assert [each.remote for each in courier.connections] == ["203.0.113.66:8443"]


@pytest.mark.machine
@pytest.mark.enable_socket
def test_sockets_are_those_that_ss_shows(guest: tuple[Truth, dict[str, str]]) -> None:
    truth, looks = guest
    names = {"ESTAB": "ESTABLISHED", "TIME-WAIT": "TIME_WAIT"}
    shown = {}
    for line in looks["ss"].splitlines():
        words = line.split()
        ends = tuple(re.sub(r":\*$", ":0", each) for each in words[4:6])
        state = names.get(words[1], words[1])
        shown[ends] = (state, tuple(sorted({int(pid) for pid in re.findall(r"pid=(\d+)", line)})))
    outside = truth.process(1).namespaces.net
    told_of = {
        (f"{each.local_address}:{each.local_port}", f"{each.remote_address}:{each.remote_port}"): (
            each.state,
            each.pids,
        )
        for each in truth.sockets
        if each.netns == outside
    }
    assert told_of == shown
    (boxed,) = [each for each in truth.sockets if each.netns != outside]
    assert (boxed.local_port, boxed.state, boxed.pids) == (7777, "LISTEN", (_planted(truth, "boxed").pid,))


@pytest.mark.machine
@pytest.mark.enable_socket
def test_open_files_mounts_files_and_addresses_are_those_that_programs_show(
    guest: tuple[Truth, dict[str, str]],
) -> None:
    truth, looks = guest
    shown: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for pid, fd, path in re.findall(r"^/proc/(\d+)/fd/(\d+) (.*)$", looks["fds"], re.MULTILINE):
        shown[int(pid)][int(fd)] = path
    told_of: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for each in truth.open_files:
        told_of[each.pid][each.fd] = each.path + " (deleted)" * each.deleted
    others = told_of.keys() - set(truth.stage_hands)  # the stage hand was running the question
    assert len(others) > 15
    assert {pid: told_of[pid] for pid in others} == {pid: shown[pid] for pid in others}
    own = [each for each in truth.mounts if each.namespace == truth.process(1).namespaces.mnt]
    for line, mount in zip(looks["mounts"].splitlines(), own, strict=True):
        assert line.startswith(f"{mount.id} ")
        assert f" {mount.point} {mount.options} " in line
        assert f" - {mount.fstype} {mount.source} " in line
    inside = {each.source for each in truth.mounts if each.namespace == _planted(truth, "boxed").namespaces.mnt}
    assert inside == {each.source for each in own} | {"boxtmp"}
    text, program, nowhere = truth.files
    assert looks["sums"] == f"{text.sha256}  /srv/text\n{program.sha256}  /usr/bin/busybox\n"
    times = [(int(each.modified.timestamp()), int(each.changed.timestamp()))  # type: ignore[union-attr]
             for each in (text, program)]  # fmt: skip
    assert [line.split()[1:] for line in looks["stat"].splitlines()] == [
        list(map(str, (each.size, *both, each.inode))) for each, both in zip((text, program), times, strict=True)
    ]
    assert not nowhere.present
    there = {f"{each.address}/{each.prefix}" for each in truth.addresses}
    assert there == set(re.findall(r"inet6? (\S+)", looks["addresses"]))


@pytest.mark.machine
@pytest.mark.enable_socket
def test_the_story_is_told(guest: tuple[Truth, dict[str, str]]) -> None:
    truth, looks = guest
    client, boxed = _planted(truth, "client"), _planted(truth, "boxed")
    (connection,) = client.connections
    assert (connection.remote, connection.peer) == ("203.0.113.66:8443", min(truth.stage_hands))
    assert len(boxed.inner) == 1
    assert boxed.shell in {each.pid for each in truth.processes if each.args[:1] == ("sh",)}
    assert {each.key for each in truth.environment if each.pid == _planted(truth, "draft").pid} >= {"PATH"}
    assert [each.path for each in truth.maps if each.pid == client.pid][:1] == ["/usr/bin/busybox"]
    doors = truth.planted["doors"]
    assert isinstance(doors, tuple)
    assert len(doors) == 2
    second, first = truth.shell("second"), truth.shell("first")
    assert [line.split(None, 1)[1] for line in looks["typed"].splitlines()] == [
        "ls", "date", "w", *(each.text for each in second.typed),
    ]  # fmt: skip
    assert second.old_lines == 3
    assert (first.pid, [each.text for each in first.typed]) == (0, ["echo 'a \"b\"' > /root/x"])
    assert truth.shell("mira").uid == 1001
    assert truth.commands["clock"].seconds < truth.frozen.timestamp()
    assert truth.commands["looked"].seconds <= truth.events["looked"] < truth.events["clock"]
    assert Truth.model_validate_json(truth.model_dump_json()) == truth
    assert len(truth.model_dump_json()) < 200_000


def _planted(truth: Truth, name: str) -> Planted:
    found = truth.planted[name]
    assert isinstance(found, Planted)
    return found
