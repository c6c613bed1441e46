"""One variant of every lab is proved on its real exhibit, and a variant that nobody has seen is forged and proved."""

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import BASE
from tests.unit.labs.conftest import LAB
from training.analysis import setup
from training.analysis.place import Place
from training.forge import cli
from training.labs import reader
from training.labs.prove import names, prove, variety
from training.settings import ROOT, Settings

pytestmark = [pytest.mark.any_database, pytest.mark.long]

LABS = ROOT / "labs"
SEED = "20261126"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One for all labs: what each has registered and run is found by what it is."""
    return Settings.load({}, instance=tmp_path_factory.mktemp("proved"))


@pytest.fixture(scope="module")
def place(installation: Settings) -> Iterator[Place]:
    """Where the runs of all labs are worked off."""
    with closing(setup.place(installation)) as opened:
        yield opened


EXERCISES = [name for name in names(LABS) if "\nkind: exercise\n" in (LABS / name / reader.FILE).read_text("utf-8")]
"""Found without reading labs as a whole, since every process that collects tests asks for them."""
LIVE = [name for name in names(LABS) if "\nkind: live\n" in (LABS / name / reader.FILE).read_text("utf-8")]
"""Their images are made by whoever works on them: see test_live_machines.py."""


@pytest.mark.parametrize("name", EXERCISES)
def test_every_exercise_holds_against_its_papers(installation: Settings, name: str) -> None:
    [proof] = prove(installation, name, now)
    assert proof.sound, [*proof.faults, *(f"{one.id}: {one.problems}" for one in proof.proved if not one.sound)]


@pytest.mark.parametrize("name", [name for name in names(LABS) if name not in {LAB, *EXERCISES, *LIVE}])
def test_a_variant_of_a_lab_is_proved_and_no_two_share_what_should_differ(
    installation: Settings, place: Place, name: str
) -> None:
    """That of the first lab is what other tests work on. `python app.py prove --all` proves all variants."""
    last = reader.draft(LABS / name).exhibits[-1]
    [proof] = prove(installation, name, now, variants=[last], lent=place)
    assert proof.sound, [*proof.faults, *(f"{one.id}: {one.problems}" for one in proof.proved if not one.sound)]
    assert variety(installation, name, [proof]).faults == ()


@pytest.mark.machine
@pytest.mark.enable_socket
def test_a_new_variant_is_forged_from_nothing_and_all_its_keys_agree(settings: Settings, tmp_path: Path) -> None:
    labs = tmp_path / "labs"
    shutil.copytree(LABS / LAB, labs / LAB, ignore=shutil.ignore_patterns("keys", "materials"))
    (labs / "exhibits").mkdir()
    (labs / "exhibits" / BASE.name).symlink_to(BASE)
    here = settings.model_copy(update={"labs": labs})
    done = CliRunner().invoke(cli.forge, [LAB, "--variants", "1", "--seed", SEED, "--level", "3"], obj=here)
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[-1].startswith(f"forge: 1 of 1 variants of {LAB}, ")
    file = labs / LAB / "lab.yaml"
    file.write_text(re.sub(r"(?m)^exhibits: .*$", f"exhibits: [{LAB}-a]", file.read_text("utf-8")), "utf-8")
    [proof] = prove(here, LAB, now, write=True)
    assert proof.sound, [*proof.faults, *(f"{one.id}: {one.problems}" for one in proof.proved if not one.sound)]
    shipped = reader.seal(LABS / LAB, f"{LAB}-a").sealed.keys
    assert all(proof.seal.sealed.keys[name].answer != shipped[name].answer for name in ("q1", "q5", "q6", "q9"))
