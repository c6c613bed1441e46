"""A base and variants of a small scenario, really made: booted, played, frozen, packed, unpacked again."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner

from tests.unit.forge.linux.small_machine import EARLIER, KERNEL, needs_debian, small
from training.errors import Conflict, DomainError
from training.forge import build, cli, pack
from training.forge.build import Ground, licences
from training.forge.build.placing import put
from training.forge.halt import Halt
from training.forge.linux import rootfs
from training.forge.linux.actors import Programs
from training.forge.pack import Kind, Licence, Role
from training.forge.truth import Truth
from training.settings import ROOT, Settings

BASE = KERNEL.parent
SCENARIO = """
scenario: 2
name: short
title: A short story
draw:
  name: {made: "{a-z}{a-z}{a-z}{0-9}{0-9}"}
  before: {whole: [5, 200]}
machine: {host: srv-01, clock: 2026-03-10T12:00:30Z, memory: 128, addresses: [192.0.2.30/24], shift: "{before}"}
accounts:
  - {name: root, uid: 0, home: /root, shell: /bin/bash}
  - {name: admin, uid: 1001, home: /home/admin, shell: /bin/bash}
shells:
  desk: {terminal: tty1, log_in: admin}
  responder: {terminal: tty2, rescue: true}
files:
  - {path: /home/admin/notes, owner: admin, modified: 2026-03-09T12:00:00Z, text: "{name}\\n"}
play:
  - {pause: 1, shell: desk, type: "cat notes # {name}", as: looked}
  - {pause: 2, shell: desk, type: "sleep 7200 &", as: slept}
  - {pause: 1, shell: responder, enter: true}
  - {pause: 1, shell: responder, type: date, as: clock}
  - {pause: 2, freeze: true}
planted:
  sleeper: {comm: sleep, uid: 1001}
of_interest: [/home/admin/notes]
materials:
  - {file: seen.txt, text: "PID {= truth.planted.sleeper.pid }\\n"}
record:
  case: X-1
  exhibit: A/1
  firm: A firm
  zone: UTC+01:00
  consent: The owner consented.
  people: {Ada: owner}
  stage_hand: This comes from a training range.
  FORMAT
"""


def lab(folder: Path, form: str = "format: raw") -> Path:
    folder.mkdir(parents=True)
    (folder / "scenario.yaml").write_text(SCENARIO.replace("FORMAT", form), "utf-8")
    return folder


def run(labs: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli.forge, words, obj=Settings.load({}, labs=labs))
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


@needs_debian
@pytest.mark.machine
@pytest.mark.long
@pytest.mark.enable_socket
def test_a_base_is_made_and_two_variants_from_it(tmp_path: Path) -> None:
    labs = tmp_path / "labs"
    lab(labs / "short", "format: lime")
    exhibits = labs / "exhibits"
    (exhibits / "short-b").mkdir(parents=True)
    (exhibits / "short-b" / "old").touch()
    code, said = run(labs, "base", "--kernel", str(KERNEL), "--level", "3")
    assert code == 0
    assert said.splitlines()[-1].startswith("debian-6.12.118-cloud: 128 MiB of memory in a base of ")
    base = exhibits / "debian-6.12.118-cloud"
    assert pack.check(base).kind is Kind.BASE
    assert pack.locate(base, Role.SYMBOLS)[1].name == "6.12.118+deb13-cloud-amd64.json.xz"

    with pytest.raises(Conflict, match=r"short-b \(no lab lists it\)"):
        run(labs, "short", "--first", "a", "--variants", "2")
    words = ("short", "--first", "a", "--variants", "2", "--seed", "5", "--level", "3", "--replace")
    code, said = run(labs, *words)
    assert code == 0, said
    assert said.splitlines()[-1].startswith("forge: 2 of 2 variants of short, ")
    assert sorted(path.name for path in exhibits.iterdir()) == [base.name, "short-a", "short-b"]
    assert not (exhibits / "short-b" / "old").exists()
    for name in ("short-a", "short-b"):
        manifest = pack.check(exhibits / name, labs=labs)
        assert sum(part.size for part in manifest.files.values()) < 3_000_000
        into = tmp_path / name
        image = pack.unpack(exhibits / name, into).read_bytes()
        facts = Truth.model_validate_json((into / pack.TRUTH).read_bytes())
        assert str(facts.drawn["name"]).encode() in image
        assert b"#%d\0" % facts.commands["looked"].seconds in image, "the time stamp that bash keeps beside the line"
        sleeper = facts.planted["sleeper"]
        assert not isinstance(sleeper, tuple)
        seen = (labs / "short" / "materials" / name / "seen.txt").read_text("utf-8")
        assert seen == f"PID {sleeper.pid}\n"
        assert "image.lime" in (into / pack.RECORD).read_text("utf-8")
        assert len(manifest.ram) >= 2
    assert pack.read(exhibits / "short-a").sha256 != pack.read(exhibits / "short-b").sha256

    with build.ground(base) as ground:
        other = tmp_path / "other.raw"
        content = bytearray(ground.image.read_bytes())
        at = ground.addresses["linux_banner"] - 0xFFFFFFFF80000000
        content[at : at + 20] = b"Linux version 9.99.9"
        other.write_bytes(content)
        with pytest.raises(DomainError, match=r"the machine ran 'Linux version 9\.99"):
            ground.same_kernel(other)

    play = labs / "short" / "scenario.yaml"
    play.write_text(play.read_text("utf-8").replace("comm: sleep,", "comm: sloop,"), "utf-8")
    before = pack.read(exhibits / "short-a")
    code, said = run(labs, "short", "--variants", "1", "--level", "3", "--first", "a", "--replace")
    assert code == 1
    assert "short-a was not made:" in said
    assert "sleeper" in said
    assert said.splitlines()[-1].startswith("forge: 0 of 1 variants of short, ")
    assert pack.read(exhibits / "short-a") == before, "the earlier one stays"


@needs_debian
@pytest.mark.machine
@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_machines_and_leaves_nothing(number: signal.Signals) -> None:
    with tempfile.TemporaryDirectory() as short:  # the path of a socket has at most 108 bytes
        place = Path(short)
        folder, exhibits, work = lab(place / "labs" / "short"), place / "labs" / "exhibits", place / "work"
        for each in (exhibits, work):
            each.mkdir()
        (exhibits / BASE.name).symlink_to(BASE)
        command = [sys.executable, "app.py", "forge", str(folder), "--variants", "2", "--exhibits", str(exhibits)]
        environment = {**os.environ, "TMPDIR": str(work), "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as forging:
            assert forging.stdout
            assert any("the machine is up" in line for line in forging.stdout)
            assert [*work.iterdir()]
            assert running(work)
            forging.send_signal(number)
            assert forging.wait(60) != 0
        assert [*work.iterdir()] == []
        assert running(work) == []
        assert [each.name for each in exhibits.iterdir()] == [BASE.name]


def running(work: Path) -> list[str]:
    """Command lines of processes that name a folder, but for our own."""
    lines = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            lines.append(each.read_text("utf-8", "replace").replace("\0", " "))
    return [line for line in lines if str(work) in line]


def test_a_folder_is_put_in_place_of_an_earlier_one_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    new, target = tmp_path / "work" / "new", tmp_path / "packs" / "a"
    for folder, name in ((new, "fresh"), (target, "stale"), (target.with_name(".a.new") / "a", "left over")):
        folder.mkdir(parents=True)
        (folder / name).touch()
    put((new, target), replace=True)
    assert [path.name for path in target.iterdir()] == ["fresh"]
    assert [path.name for path in target.parent.iterdir()] == ["a"]
    shutil.rmtree(new)
    with pytest.raises(FileNotFoundError):
        put((new, target), replace=True)
    assert [path.name for path in target.iterdir()] == ["fresh"]
    assert [path.name for path in target.parent.iterdir()] == ["a"]


def test_of_two_folders_both_are_put_in_place_or_neither(tmp_path: Path) -> None:
    packs, others = tmp_path / "packs", tmp_path / "lab" / "materials"
    for folder, name in ((tmp_path / "pack", "fresh"), (tmp_path / "handed", "fresh"), (packs / "a", "stale")):
        folder.mkdir(parents=True)
        (folder / name).touch()
    pairs = ((tmp_path / "handed", others / "a"), (tmp_path / "pack", packs / "a"))
    with pytest.raises(Conflict, match="packs/a was put there meanwhile"):
        put(*pairs, replace=False)
    assert [path.name for path in (packs / "a").iterdir()] == ["stale"]
    assert [*others.iterdir()] == []
    assert [path.name for path in packs.iterdir()] == ["a"]
    put(*pairs, replace=True)
    assert [path.name for path in (*(packs / "a").iterdir(), *(others / "a").iterdir())] == ["fresh", "fresh"]
    assert [path.name for path in (*packs.iterdir(), *others.iterdir())] == ["a", "a"]


def test_what_lay_there_is_back_after_somebody_was_killed_between_the_two_names(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    stale = tmp_path / "packs" / ".a.old" / "a"
    stale.mkdir(parents=True)
    with pytest.raises(Conflict):
        put((tmp_path / "new", tmp_path / "packs" / "a"), replace=False)
    assert [path.name for path in (tmp_path / "packs").iterdir()] == ["a"]


class Broken:
    """Programs on a disk that can't be read."""

    def made(self, source: str, _: Mapping[str, str]) -> bytes:
        raise OSError(5, "Input/output error", source) if source == "quiet" else ValueError("no such value")


def test_whatever_goes_wrong_with_one_variant_is_told_as_its_own(tmp_path: Path) -> None:
    base = Ground(tmp_path, pack.read(BASE), tmp_path, tmp_path, b"", cast("Programs", Broken()), {})
    plans = [
        small(number=number, programs=[{"path": "/srv/x", "source": source, "modified": EARLIER}])
        for number, source in enumerate(("quiet", "courier"))
    ]
    plans.append(small(number=2, machine=plans[0].machine.model_copy(update={"memory": 512})))
    told = {one.name: str(one.failure) for one in build.variants(plans, base, tmp_path / "exhibits", lambda _: None)}
    assert told == {
        "a-stage-a": "OSError: [Errno 5] Input/output error: 'quiet'",
        "a-stage-b": "ValueError: no such value",
        "a-stage-c": "machine.memory: a delta can be made of up to 256 MiB, not of 512",
    }


def test_as_many_variants_are_made_at_a_time_as_processors_and_memory_allow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)))
    monkeypatch.setattr(sys.modules["training.forge.build.variants"], "MEMORY", tmp_path / "meminfo")
    assert build.at_once() == 6
    for available, fit in ((64 << 20, 6), (3 << 20, 3), (200 << 10, 1)):
        (tmp_path / "meminfo").write_text(f"MemTotal:  99 kB\nMemAvailable: {available} kB\n")
        assert build.at_once() == fit


def test_the_word_to_end_kills_what_runs_and_what_is_begun_afterwards(tmp_path: Path) -> None:
    halt = Halt()
    (tmp_path / "raw").write_bytes(bytes(1 << 20))
    with subprocess.Popen(["sleep", "60"]) as sleeper, halt.ends(sleeper):
        halt.say()
        assert sleeper.wait(10) == -signal.SIGKILL
    with pytest.raises(DomainError, match="zstd could not compress"):
        pack.compress(tmp_path / "raw", tmp_path / "packed", halt=halt)


@needs_debian
def test_every_program_and_library_inside_is_named_with_its_licence() -> None:
    programs = [Path(shutil.which(name) or name) for name, _ in rootfs.FROM_DEBIAN.values()]
    libraries = {each for program in programs for each in rootfs.libraries(program)}
    found: list[Licence] = licences.of_programs(rootfs.PACKAGES, libraries)
    assert {one.component for one in found} >= {"BusyBox", "GNU Bash", "Dropbear", "GNU C Library", "iproute2"}
    assert all(one.licence and one.source_version for one in found)
    assert len(found) == len(set(found))


def test_a_package_that_is_not_known_or_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DomainError, match="the licence of no-such-package is not known: add it to COMPONENTS"):
        licences.of_programs(["no-such-package"], [])
    monkeypatch.setitem(licences.COMPONENTS, "no-such-package", ("nothing", "MIT"))
    if shutil.which("dpkg-query"):
        with pytest.raises(DomainError, match="no-such-package"):
            licences.of_programs(["no-such-package"], [])
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DomainError, match="exhibits are made on Debian"):
        licences.of_programs(["no-such-package"], [])


def test_mistakes_of_a_scenario_are_said_before_anything_is_made(tmp_path: Path) -> None:
    folder = lab(tmp_path / "labs" / "short")
    (folder / "scenario.yaml").write_text("scenario: 1\n", "utf-8")
    with pytest.raises(DomainError, match=r"scenario\.yaml"):
        run(ROOT / "labs", str(folder), "--exhibits", str(tmp_path))
