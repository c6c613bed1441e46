from pathlib import Path

import pytest
from click.testing import CliRunner

from training.errors import DomainError
from training.forge import build, cli

ROOT = Path(__file__).parents[3]
PACK = ROOT / "labs" / "exhibits" / "finance-workstation-a"


def test_check_ends_with_figures() -> None:
    done = CliRunner().invoke(cli.forge, ["check", str(PACK)])
    assert done.exit_code == 0
    assert "finance-workstation-a: 6 files" in done.output
    assert done.output.strip().endswith("as it should be")


def test_check_of_no_pack_says_what_is_missing(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli.forge, ["check", str(tmp_path)])
    assert done.exit_code == 1
    assert f"{tmp_path}/exhibit.json: cannot be read" in done.output


def test_build_with_a_wrong_scenario_lists_its_mistakes(tmp_path: Path) -> None:
    (tmp_path / "scenario.yaml").write_text("scenario: 2\n")
    done = CliRunner().invoke(cli.forge, ["build", str(tmp_path), "--kernel", str(PACK / "vmlinuz")])
    assert done.exit_code == 1
    assert "scenario.yaml:1: scenario: Input should be 1" in done.output


def test_without_a_kernel_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    with pytest.raises(DomainError, match="linux-image-cloud-amd64"):
        build.installed_kernel()


def test_the_command_table_names_the_group() -> None:
    assert set(cli.forge.commands) == {"build", "symbols", "check"}
