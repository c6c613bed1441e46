from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.forge.test_pack import noise, write_base, write_delta
from training.errors import Conflict, DomainError, Refused
from training.forge import build, cli, pack
from training.forge.build import Outcome
from training.settings import ROOT, Settings

PACK = ROOT / "labs" / "exhibits" / "finance-workstation-a"
LAB = ROOT / "labs" / "finance-workstation"
BASE = "debian-5.0"


def run(*words: str, labs: Path = ROOT / "labs") -> Result:
    return CliRunner().invoke(cli.forge, words, obj=Settings.load({}, labs=labs))


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A folder of packs with a base of noise and a delta against it."""
    idle = noise(1, 100_000)
    folder = tmp_path / "labs" / "exhibits"
    write_delta(folder / "lab-a", idle + b"more", write_base(folder / BASE, idle))
    for raw in folder.glob("*.raw"):
        raw.unlink()
    return folder


def test_check_ends_with_figures() -> None:
    done = run("check", str(PACK))
    assert done.exit_code == 0
    assert f"{PACK.name}: {len(pack.read(PACK).files)} files" in done.output
    assert done.output.strip().endswith("as it should be")


def test_check_of_no_pack_says_what_is_missing(tmp_path: Path) -> None:
    done = run("check", str(tmp_path))
    assert isinstance(done.exception, DomainError)
    assert f"{tmp_path}/exhibit.json: cannot be read" in str(done.exception)


def test_check_looks_at_the_materials_of_a_pack_that_lies_among_labs(packs: Path) -> None:
    manifest = pack.read(packs / "lab-a").model_copy(update={"materials": {"log.txt": "0" * 64}})
    pack.write_manifest(packs / "lab-a", manifest)
    done = run("check", str(packs / "lab-a"))
    assert "lab/materials/lab-a/log.txt: cannot be read" in str(done.exception)


def test_a_lab_stands_in_a_commands_place_and_is_looked_for_by_name_and_path(tmp_path: Path) -> None:
    done = run("no-such-lab", "--variants", "4", "--seed", "7", labs=tmp_path)
    assert f"there is no scenario.yaml in {tmp_path}/no-such-lab or no-such-lab" in str(done.exception)
    assert str(cli._lab(Settings.load({}), "finance-workstation")) == str(LAB)
    assert cli._lab(Settings.load({}, labs=tmp_path), str(LAB)) == LAB


def test_without_a_base_it_is_said_how_to_make_one(tmp_path: Path) -> None:
    done = run("finance-workstation", "--exhibits", str(tmp_path))
    assert "no base in" in str(done.exception)
    assert "python app.py forge base" in str(done.exception)


def test_a_base_is_found_when_there_is_one_and_named_when_there_are_several(packs: Path) -> None:
    assert cli._base(packs, None) == BASE
    write_base(packs / "debian-6.0", noise(2, 1_000))
    assert cli._base(packs, "debian-6.0") == "debian-6.0"
    with pytest.raises(DomainError, match=r"several bases.*--base or ENGRAM_FORGE_BASE: debian-5\.0, debian-6\.0"):
        cli._base(packs, None)
    with pytest.raises(DomainError, match="no base lab-a in"):
        cli._base(packs, "lab-a")


def test_a_pack_that_is_no_base_is_no_ground(packs: Path) -> None:
    with (
        pytest.raises(DomainError, match="lab-a: is an exhibit; exhibits are made from a base"),
        build.ground(packs / "lab-a"),
    ):
        pass


def test_a_base_that_variants_rest_on_is_not_made_again(packs: Path) -> None:
    kernel = pack.locate(PACK, pack.Role.KERNEL)[0]
    done = run("base", "--kernel", str(kernel), "--name", BASE, "--exhibits", str(packs))
    assert str(done.exception).startswith(f"lab-a rest on {BASE}, and on no other image: name the new base with --name")


def test_the_name_of_a_base_is_looked_at_before_it_is_a_path(packs: Path) -> None:
    kernel = pack.locate(PACK, pack.Role.KERNEL)[0]
    before = sorted(packs.parents[1].rglob("*"))
    for name in ("../../evil", "/tmp/evil", "", ".", "..", "Upper", "a" * 62):  # noqa: S108 - none of them is made
        done = run("base", "--kernel", str(kernel), "--name", name, "--exhibits", str(packs))
        assert isinstance(done.exception, Refused), name
        assert f"{name!r} can't be the name of a base" in str(done.exception)
    assert sorted(packs.parents[1].rglob("*")) == before


def test_a_base_that_lies_there_is_replaced_only_where_that_is_said(packs: Path) -> None:
    kernel = pack.locate(PACK, pack.Role.KERNEL)[0]
    write_base(packs / "debian-6.0", noise(2, 1_000))
    done = run("base", "--kernel", str(kernel), "--name", "debian-6.0", "--exhibits", str(packs))
    assert isinstance(done.exception, Conflict)
    assert "debian-6.0 is there already: name the new base with --name, or say --replace" in str(done.exception)


def test_a_damaged_pack_stands_in_nobody_elses_way(packs: Path) -> None:
    (packs / "other").mkdir()
    (packs / "other" / pack.MANIFEST).write_text("{")
    assert cli._base(packs, None) == BASE
    assert build.bases(packs) == [BASE]
    done = run(
        "base", "--kernel", str(pack.locate(PACK, pack.Role.KERNEL)[0]), "--name", BASE, "--exhibits", str(packs)
    )
    assert str(done.exception).startswith(f"lab-a rest on {BASE}")
    (packs / BASE / pack.MANIFEST).write_text("{")
    with pytest.raises(DomainError, match="Invalid JSON"):
        cli._base(packs, BASE)


def test_a_pack_that_lies_there_is_not_replaced_and_it_is_said_who_lists_it(packs: Path) -> None:
    (packs / "finance-workstation-b").mkdir()
    (packs.parent / "finance-workstation" / "materials" / "finance-workstation-c").mkdir(parents=True)
    (packs.parent / "finance-workstation" / "lab.yaml").write_text("exhibits: [finance-workstation-b]\n")
    (packs.parent / "broken").mkdir()
    (packs.parent / "broken" / "lab.yaml").write_text("exhibits: [")
    done = run(str(LAB), "--first", "a", labs=packs.parent)
    assert isinstance(done.exception, Conflict)
    listed = packs.parent / "finance-workstation" / "lab.yaml"
    assert f"hold finance-workstation-b (listed by {listed}); finance-workstation-c (no lab" in str(done.exception)
    assert "--replace" in str(done.exception)


def test_without_a_first_letter_those_are_taken_at_which_nothing_lies(packs: Path) -> None:
    (packs / "lab-c").mkdir()
    (packs.parent / "lab" / "materials" / "lab-e").mkdir(parents=True)
    assert cli._letters("lab", packs, 4, None) == "bdfg"
    assert cli._letters("lab", packs, 4, "a") == "abcd"
    with pytest.raises(Refused, match="there are letters for 23 variants that are free, not for 24"):
        cli._letters("lab", packs, 24, None)


def test_a_scenario_that_names_another_lab_than_its_own_folder_is_refused_with_its_line(packs: Path) -> None:
    evil = packs.parent / "evil"
    evil.mkdir()
    (evil / "scenario.yaml").write_bytes((LAB / "scenario.yaml").read_bytes())
    done = run("evil", labs=packs.parent)
    assert isinstance(done.exception, Refused)
    assert f"{evil / 'scenario.yaml'}:" in str(done.exception)
    assert ": name: is finance-workstation, but its folder is called evil" in str(done.exception)


def test_check_looks_at_materials_wherever_they_lie_beside_a_folder_of_packs(packs: Path) -> None:
    other = packs.rename(packs.with_name("elsewhere"))
    manifest = pack.read(other / "lab-a").model_copy(update={"materials": {"log.txt": "0" * 64}})
    pack.write_manifest(other / "lab-a", manifest)
    assert run("check", str(other / "lab-a")).exit_code == 0
    (other.parent / "lab" / "materials" / "lab-a").mkdir(parents=True)
    assert "lab/materials/lab-a/log.txt: cannot be read" in str(run("check", str(other / "lab-a")).exception)


def test_letters_end(packs: Path) -> None:
    done = run("finance-workstation", "--first", "z", "--variants", "2", "--exhibits", str(packs))
    assert "letters for 1 variants from z on, not for 2" in str(done.exception)


def test_without_a_kernel_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    with pytest.raises(DomainError, match="linux-image-cloud-amd64"):
        build.installed_kernel()


def test_a_kernel_names_its_release_and_anything_else_is_refused(tmp_path: Path) -> None:
    kernel = pack.locate(PACK, pack.Role.KERNEL)[0]
    assert build.release_of(kernel) == "6.12.118+deb13-cloud-amd64"
    for number, content in enumerate((b"", b"MZ" * 400, kernel.read_bytes()[:0x20E])):
        other = tmp_path / str(number)
        other.write_bytes(content)
        with pytest.raises(DomainError, match="no kernel image of Linux"):
            build.release_of(other)


@pytest.mark.parametrize(
    ("release", "name"),
    [
        ("6.12.118+deb13-cloud-amd64", "debian-6.12.118-cloud"),
        ("6.12.118+deb13-amd64", "debian-6.12.118"),
        ("7.1.3+deb14-cloud-amd64", "debian-7.1.3-cloud"),
        ("6.1.0-49-cloud-amd64", "debian-6.1.0-49-cloud"),
        ("6.17.2~rc1_A", "debian-6.17.2-rc1-a"),
    ],
)
def test_a_base_is_named_by_its_kernel(release: str, name: str) -> None:
    assert build.name_of(release) == name


def test_the_summary_has_figures_and_the_failures_are_told(packs: Path) -> None:
    made = Outcome("lab-a", 7.0, pack.read(packs / "lab-a"))
    failed = Outcome("lab-b", 3.0, failure=DomainError("the machine did not come up"))
    assert cli._summary("lab", [made, failed], 8.0).startswith("forge: 1 of 2 variants of lab, 0.00 MB on average")
    assert cli._summary("lab", [made, failed], 8.0).endswith("8 s, 4.0 s for each")
    assert cli._summary("lab", [failed], 3.0) == "forge: 0 of 1 variants of lab, 3 s, 3.0 s for each"
    assert cli._told(failed) == "lab-b: failed after 3.0 s"


def test_the_command_table_names_the_group() -> None:
    assert set(cli.forge.commands) == {"LAB", "addition", "base", "kit", "symbols", "check"}
