"""A whole exhibit made from a shortened play of lab 2: booted, played, frozen, dumped, packed and unpacked again."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from training.errors import DomainError
from training.forge import build, cli, pack, truth
from training.forge.pack import Role

ROOT = Path(__file__).parents[3]
LAB = ROOT / "labs" / "finance-workstation"
KERNEL = ROOT / "labs" / "exhibits" / "finance-workstation-a" / "vmlinuz"
PROGRAMS = ("qemu-system-x86_64", "gcc", "busybox", "dropbear", "dbclient", "zstd")
MISSING = [name for name in PROGRAMS if shutil.which(name) is None]
SHORT = """play:
  - {pause: 1, shell: mira, type: ls -l}
  - {pause: 1, shell: intruder, dial: true}
  - {pause: 6, shell: intruder, type: cd /var/tmp}
  - {pause: 1, shell: intruder, type: "{fetch}", as: fetch}
  - {pause: 3, shell: intruder, type: "chmod 755 {program}"}
  - {pause: 1, shell: intruder, type: "./{program} &", as: start}
  - {pause: 2, shell: intruder, type: "tar -czf {archive} -C /srv payroll", as: archive}
  - {pause: 1, shell: responder, enter: true}
  - {pause: 1, shell: responder, type: date, as: clock}
  - {pause: 2, freeze: true}
"""


def shortened(folder: Path) -> Path:
    text = (LAB / "scenario.yaml").read_text(encoding="utf-8")
    text, count = re.subn(r"^play:\n(  - .*\n)+", lambda _: SHORT, text, flags=re.MULTILINE)
    assert count == 1
    folder.mkdir()
    (folder / "scenario.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.skipif(bool(MISSING), reason=f"the forge's packages are not installed: {', '.join(MISSING)}")
@pytest.mark.machine
@pytest.mark.enable_socket
def test_an_exhibit_is_made_from_a_scenario(tmp_path: Path) -> None:
    lab, exhibits = shortened(tmp_path / "lab"), tmp_path / "exhibits"
    earlier = exhibits / "finance-workstation-a"
    earlier.mkdir(parents=True)
    (earlier / "old").touch()
    command = ["build", str(lab), "--kernel", str(KERNEL), "--exhibits", str(exhibits), "--level", "3"]
    done = CliRunner().invoke(cli.forge, command)
    assert done.exit_code == 0, done.output
    assert re.search(r"finance-workstation-a: 128 MiB of memory in a pack of [0-9.]+ MB", done.output.splitlines()[-1])

    manifest = pack.check(earlier)
    assert sorted(path.name for path in exhibits.iterdir()) == ["finance-workstation-a"]
    assert not (earlier / "old").exists()
    facts = truth.read(earlier / manifest.files[Role.TRUTH].name)
    assert facts.process(facts.actor.pid).exe == "/memfd:quil (deleted)"
    assert facts.process(facts.actor.peer).comm == "range-peer"
    assert facts.shell("mira").old_lines == 7
    assert (manifest.captured_at - facts.frozen).total_seconds() == -134

    image = pack.unpack(earlier, tmp_path / "unpacked").read_bytes()
    assert manifest.banner.encode() in image
    assert b"#%d\0" % facts.commands["archive"].seconds in image  # the time stamp that bash keeps beside the line


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "COMPONENTS", {"no-such-package": ("nothing", "MIT")})
    if shutil.which("dpkg-query"):
        with pytest.raises(DomainError, match="no-such-package"):
            build._licences()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DomainError, match="exhibits are made on Debian"):
        build._licences()
