"""A base and variants of a small scenario, really made: booted, played, frozen, packed, unpacked again."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.unit.forge.linux.small_machine import KERNEL, needs_debian
from training.errors import DomainError
from training.forge import build, cli, pack
from training.forge.build import licences
from training.forge.build.placing import put
from training.forge.linux import rootfs
from training.forge.pack import Kind, Licence, Role
from training.forge.truth import Truth
from training.settings import ROOT, Settings

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

    code, said = run(labs, "short", "--variants", "2", "--seed", "5", "--level", "3")
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
    code, said = run(labs, "short", "--variants", "1", "--level", "3")
    assert code == 1
    assert "short-a was not made:" in said
    assert "sleeper" in said
    assert said.splitlines()[-1].startswith("forge: 0 of 1 variants of short, ")
    assert pack.read(exhibits / "short-a") == before, "the earlier one stays"


def test_a_folder_is_put_in_place_of_an_earlier_one_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    new, target = tmp_path / "work" / "new", tmp_path / "packs" / "a"
    for folder, name in ((new, "fresh"), (target, "stale"), (target.with_name(".a.new"), "left over")):
        folder.mkdir(parents=True)
        (folder / name).touch()
    put(new, target)
    assert [path.name for path in target.iterdir()] == ["fresh"]
    assert [path.name for path in target.parent.iterdir()] == ["a"]
    shutil.rmtree(new)
    with pytest.raises(FileNotFoundError):
        put(new, target)
    assert [path.name for path in target.iterdir()] == ["fresh"]


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
