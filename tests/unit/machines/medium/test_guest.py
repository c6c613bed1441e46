"""The kit in a real machine: plugged in while it runs, its programs asked, its evidence medium read on our side."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import PACK
from tests.unit.machines.medium.booted import PACKAGED, SYMBOLS, Console, booted, needs_qemu, played
from training.errors import Damaged
from training.forge.linux import initramfs, witness
from training.forge.scenario import Scenario
from training.machines import medium

pytestmark = needs_qemu


@dataclass
class Plugged:
    """A machine with a kit, an evidence medium, and one that fails; and the images of the latter two."""

    console: Console
    evidence: Path
    failing: Path


@pytest.fixture(scope="module")
def plugged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plugged]:
    folder = tmp_path_factory.mktemp("media")
    evidence, failing = folder / "evidence.img", folder / "failing.img"
    medium.blank(evidence)
    shutil.copyfile(evidence, failing)
    with booted(folder) as console:
        console.plug("kit", medium.kit(folder / "kit.img"), read_only=True)
        console.plug("evidence", evidence)
        console.plug("failing", failing, failing=True)
        console("while ! [ -b /dev/nvme2n1 ]; do sleep 0.1; done")
        console("mount -o ro /dev/nvme0n1 /mnt/kit && mount /dev/nvme1n1 /mnt/evid && mount /dev/nvme2n1 /mnt/bad")
        yield Plugged(console, evidence, failing)


def rows(image: Path, work: Path, plugin: str) -> list[dict[str, object]]:
    """What the stock program says of an image, with the symbols that we ship."""
    (work / "symbols" / "linux").mkdir(parents=True)
    shutil.copy(SYMBOLS, work / "symbols" / "linux")
    command = [str(Path(sys.executable).parent / "vol"), "-q", "--offline", "-r", "json", "-s", str(work / "symbols")]
    command += ["--cache-path", str(work), "-f", str(image), plugin]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def acquired(plugged: Plugged, name: str, work: Path) -> Path:
    """A raw image of what was acquired inside and taken off the medium outside, with what must hold of both sides."""
    console = plugged.console
    would = console(f"/mnt/kit/bin/acquire -t /mnt/evid/{name}")
    said = console(f"/mnt/kit/bin/acquire /mnt/evid/{name} 2> /mnt/evid/errors")
    assert len(said) == 1
    word, file, size, sha256 = said[0].split()
    assert (word, file) == ("acquired", f"/mnt/evid/{name}")
    assert f"bytes    {size}" in would
    taken = {each.name: each for each in medium.read(plugged.evidence, work / "taken")}
    assert (str(taken[name].size), taken[name].sha256) == (size, sha256)
    assert hashlib.sha256((work / "taken" / name).read_bytes()).hexdigest() == sha256
    assert medium.kind_of(work / "taken" / name) == "lime"
    medium.unlime(work / "taken" / name, work / "image.raw")
    return work / "image.raw"


def test_the_memory_comes_off_the_medium_as_it_was_acquired(plugged: Plugged, tmp_path: Path) -> None:
    """Against the memory as QEMU wrote it right afterwards: most pages have not changed in between."""
    image = acquired(plugged, "memory.lime", tmp_path)
    plugged.console.machine.stop()
    plugged.console.machine.save_memory(tmp_path / "outside.raw")
    plugged.console.machine.resume()
    inside, outside = image.read_bytes(), (tmp_path / "outside.raw").read_bytes()
    pages = [
        at
        for each in medium.header(tmp_path / "taken" / "memory.lime")
        for at in range(each.first, each.last, 4096)
        if any(outside[at : at + 4096])
    ]
    same = sum(inside[at : at + 4096] == outside[at : at + 4096] for at in pages)
    assert len(pages) > 5_000
    assert same / len(pages) > 0.9  # the rest is what the copy itself changed
    assert plugged.console("/mnt/kit/bin/acquire /mnt/evid/memory.lime", code=1)[-1].endswith("(EEXIST)")
    plugged.console("rm /mnt/evid/memory.lime")


def test_volatility_reads_the_image_and_finds_the_processes(plugged: Plugged, tmp_path: Path) -> None:
    plugged.console("sleep 4242 &")
    listed = plugged.console("/mnt/kit/bin/ps -o pid,comm")
    image = acquired(plugged, "listed.lime", tmp_path)
    found = {(row["PID"], row["COMM"]) for row in rows(image, tmp_path / "work", "linux.pslist")}
    known = {(int(pid), comm) for pid, comm in (line.split(None, 1) for line in listed[1:]) if comm != "ps"}
    assert {each for each in known if not each[1].startswith("kworker")} <= found
    assert {comm for _, comm in found - known if not str(comm).startswith("kworker")} == {"acquire"}
    plugged.console("rm /mnt/evid/listed.lime")


def test_what_is_acquired_are_the_ranges_of_ram_and_what_is_missing_is_said(plugged: Plugged, tmp_path: Path) -> None:
    console = plugged.console
    told = console("/mnt/kit/bin/acquire -t /mnt/evid/other")
    ram = [each for each in console("cat /proc/iomem") if re.match(r"[0-9a-f]+-[0-9a-f]+ : System RAM", each)]
    spans = {word: [each.split()[-1] for each in told if each.startswith(word)] for word in ("copied", "not there")}
    assert [span(each) for each in ram] == joined([span(each) for each in (*spans["copied"], *spans["not there"])])
    assert spans["not there"] == ["0009f000-0009fbff"]


def span(text: str) -> tuple[int, int]:
    first, last = text.partition(" ")[0].split("-")
    return int(first, 16), int(last, 16)


def joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, neighbours as one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if found and found[-1][1] + 1 == first:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found


def test_a_medium_that_fails_is_named_and_nothing_is_said_to_be_acquired(plugged: Plugged, tmp_path: Path) -> None:
    said = plugged.console("/mnt/kit/bin/acquire /mnt/bad/memory.lime", code=1)
    assert not [each for each in said if each.startswith("acquired")]
    told = [each for each in said if each.startswith("acquire: /mnt/bad/memory.lime")]
    match = re.fullmatch(
        r".*: writing at byte (\d+): the medium has an error there \(ENODATA\). The file is partial", told[0]
    )
    assert match
    (partial,) = medium.read(plugged.failing, tmp_path / "taken")
    assert partial.size == int(match[1])
    with pytest.raises(Damaged, match="it is partial"):
        medium.header(tmp_path / "taken" / partial.name)


def test_the_kit_lists_sockets_and_open_files_and_checks_itself(plugged: Plugged) -> None:
    console = plugged.console
    assert {each.split()[-1] for each in console("cd /mnt/kit && bin/sha256sum -c MANIFEST; cd /")} == {"OK"}
    console("/mnt/kit/bin/busybox ip link set lo up; /mnt/kit/bin/busybox nc -l -p 7000 > /dev/null < /dev/zero &")
    console("sleep 0.3")
    (row,) = [each.split() for each in console("/mnt/kit/bin/sockets") if "7000" in each]
    assert row[:2] == ["tcp", "LISTEN"]
    found = re.fullmatch(r'users:\(\("busybox",pid=(\d+),fd=(\d+)\)\)', row[-1])
    assert found
    opened = [each.split(None, 3) for each in console(f"/mnt/kit/bin/lsof {found[1]}")][1:]
    assert {(what, leads) for _, _, what, leads in opened} >= {("exe", "/mnt/kit/bin/busybox"), ("0", "/dev/zero")}
    assert next(leads for _, _, what, leads in opened if what == found[2]).startswith("socket:[")


def test_processes_that_a_listing_hides_answer_otherwise(plugged: Plugged) -> None:
    console = plugged.console
    console("echo 2000 > /proc/sys/kernel/pid_max")
    assert console("/mnt/kit/bin/compare")[-1].endswith("numbers 1 to 2000; 0 differ")
    console("sleep 4244 & echo $! > /pid")
    (pid,) = console("cat /pid")
    console(f"/mnt/kit/bin/ps | /mnt/kit/bin/grep -v '^ *{pid} ' > /listed")
    said = [each.split() for each in console("/mnt/kit/bin/compare /listed", code=1)]
    assert [pid, "yes", "yes", "yes", "yes", "no", "sleep"] in said
    console("mount -o remount,hidepid=2 /proc")  # the kernel's own filter: others' processes are not listed
    console("echo nobody:x:65534:65534::/:/bin/sh > /etc/passwd && echo nobody:x:65534: > /etc/group")
    as_nobody = "start-stop-daemon -S -n none -c nobody:nobody -x /mnt/kit/bin/compare"
    said = [each.split() for each in console(as_nobody, code=1)]
    console("mount -o remount,hidepid=0 /proc")
    assert said[0] == ["PID", "listed", "stat", "kill", "sched", "NAME"]
    assert [pid, "no", "no", "yes", "yes", "?"] in said


LIAR = r"""
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

struct dirent64 *readdir64(DIR *folder)
{
	struct dirent64 *(*real)(DIR *) = dlsym(RTLD_NEXT, "readdir64"), *found;

	while ((found = real(folder)) && getenv("HIDE") && !strcmp(found->d_name, getenv("HIDE")))
		;
	return found;
}
struct dirent *readdir(DIR *folder) __attribute__((alias("readdir64")));
"""


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc: apt-get install gcc libc6-dev")
def test_an_acquisition_of_a_played_machine_has_what_the_machine_itself_knows(tmp_path: Path) -> None:
    """Of ended processes that nobody has asked for Volatility lists none: they have no namespaces any more."""
    (tmp_path / "liar.c").write_text(LIAR)
    subprocess.run(
        ["gcc", "-w", "-O2", "-shared", "-fPIC", "-o", tmp_path / "liar.so", tmp_path / "liar.c"], check=True
    )
    liar = initramfs.file("/opt/range/liar.so", PACKAGED, (tmp_path / "liar.so").read_bytes(), 0o755)
    plan = Scenario.model_validate_json((PACK / "plan.json").read_bytes())
    medium.blank(tmp_path / "evidence.img")
    with played(PACK, tmp_path, (liar,)) as console:
        console.plug("kit", medium.kit(tmp_path / "kit.img"), read_only=True)
        console.plug("evidence", tmp_path / "evidence.img")
        console("while ! [ -b /dev/nvme1n1 ]; do sleep 0.1; done")
        console("mount -o ro /dev/nvme0n1 /mnt/kit && mount /dev/nvme1n1 /mnt/evid")
        lines = console.machine.account("truth", [])
        account, (actor,) = witness.account.read(lines), witness.planted_pids(lines, plan)

        lied = console(f"HIDE={actor} LD_PRELOAD=/opt/range/liar.so bash -c 'cd /proc; printf \"%s\\n\" [0-9]*'")
        assert str(actor) not in lied
        assert str(min(account.processes)) in lied
        console(
            f"HIDE={actor} LD_PRELOAD=/opt/range/liar.so bash -c 'cd /proc; printf \"%s\\n\" [0-9]*' > /mnt/evid/ps"
        )
        preloaded = f"HIDE={actor} LD_PRELOAD=/opt/range/liar.so /mnt/kit/bin/compare"
        assert console(preloaded)[-1].endswith("; 0 differ")
        differing = [each.split() for each in console(f"{preloaded} /mnt/evid/ps", code=1)]
        assert [str(actor), *["yes"] * 4, "no", account.processes[actor].comm] in differing

        word, _, size, sha256 = console("/mnt/kit/bin/acquire /mnt/evid/memory.lime 2> /dev/null")[0].split()
        after = witness.account.read(console.machine.account("truth", []))
        console("umount /mnt/evid")
    taken = {each.name: each for each in medium.read(tmp_path / "evidence.img", tmp_path / "taken")}
    assert (word, size, sha256) == ("acquired", str(taken["memory.lime"].size), taken["memory.lime"].sha256)
    medium.unlime(tmp_path / "taken" / "memory.lime", tmp_path / "image.raw")
    found = {row["PID"]: row["COMM"] for row in rows(tmp_path / "image.raw", tmp_path / "work", "linux.pslist")}
    lasting = {pid: each for pid, each in account.processes.items() if pid in after.processes and each.state != "Z"}
    known = {pid: each.comm for pid, each in lasting.items() if not each.comm.startswith("kworker")}
    assert {pid: comm for pid, comm in found.items() if pid in known} == known
    assert found[actor] == account.processes[actor].comm
