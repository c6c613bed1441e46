"""What is an installation's own comes back from its backup, on another machine, ready to be worked with."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import Clock, People
from tests.own_content import Own, own_installation
from tests.web.test_damaged import Started, begin, without_privilege
from training.content import shipped
from training.forge import pack
from training.operating import backup, cli
from training.settings import Settings

pytestmark = pytest.mark.own_database
LAB, COURSE = "harbour-office", "harbour-course"


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Own:
    return own_installation(settings, tmp_path / "own", [LAB, "lighthouse"], [COURSE])


def elsewhere(own: Own, folder: Path) -> Own:
    """A clone on another machine: nothing of this installation's own is in it."""
    for name in ("labs/exhibits", "courses", "instance"):
        (folder / name).mkdir(parents=True)
    places = {name: folder / name for name in ("labs", "courses", "instance")}
    return replace(own, settings=own.settings.model_copy(update=places))


def test_an_attempt_on_an_own_exhibit_opens_after_a_restore_elsewhere(
    own: Own, people: People, clock: Clock, tmp_path: Path
) -> None:
    here = Started(own, people, clock)
    begin(here.client("trainee"), LAB)
    here.close()
    done = backup.back_up(own.settings, tmp_path / "backups", clock())
    assert done.left_out == {}
    images = list(done.folder.rglob(pack.IMAGE))
    assert images == [], "its pack holds the image"
    clone = elsewhere(own, tmp_path / "clone")
    backup.restore(clone.settings, done.folder, clock())
    there = Started(clone, people, clock)
    assert there.said == []
    assert "Damaged" not in begin(there.client("trainee"), LAB)
    assert there.client("trainee").get(f"/courses/{COURSE}").status_code == 200
    there.close()
    verified = CliRunner().invoke(cli.verify, obj=clone.settings)
    assert (verified.exit_code, verified.output.splitlines()[-1].split(", ")[-1]) == (0, "0 faults")
    assert "2 exhibits" in verified.output
    assert shipped.own(clone.settings).keys() == shipped.own(own.settings).keys()
    assert not list(clone.labs.glob(".restore-*"))


def test_an_image_whose_own_pack_is_damaged_is_in_the_backup_itself(
    own: Own, people: People, clock: Clock, tmp_path: Path
) -> None:
    here = Started(own, people, clock)
    begin(here.client("trainee"), LAB)
    here.close()
    with (own.pack(f"{LAB}-a") / "image.raw.zst").open("r+b") as file:
        file.write(b"damaged")
    done = backup.back_up(own.settings, tmp_path / "backups", clock())
    assert [path.parent.name for path in done.folder.rglob(pack.IMAGE)] == [own.kept(f"{LAB}-a").name]


def test_what_can_not_be_backed_up_is_named_and_the_command_fails(
    own: Own, people: People, clock: Clock, tmp_path: Path
) -> None:
    Started(own, people, clock).close()
    (own.labs / LAB / "brief.md").chmod(0)
    for path in (own.pack("lighthouse-a") / "exhibit.json", own.kept("lighthouse-a") / pack.IMAGE):
        path.unlink()
    with without_privilege():
        ended = CliRunner().invoke(cli.backup, [str(tmp_path / "backups")], obj=own.settings)
    assert ended.exit_code == 1
    told = [line.split(":")[1].strip() for line in ended.output.splitlines() if line.startswith("left out: ")]
    assert told == [f"labs/{LAB}", "exhibit lighthouse-a"]
    assert ended.output.splitlines()[-1].endswith(", 2 left out")


def test_a_restore_keeps_what_it_replaces(own: Own, people: People, clock: Clock, tmp_path: Path) -> None:
    Started(own, people, clock).close()
    done = backup.back_up(own.settings, tmp_path / "backups", clock())
    brief = own.labs / LAB / "brief.md"
    brief.write_text("Another case.\n", "utf-8")
    backup.restore(own.settings, done.folder, clock())
    assert brief.read_text("utf-8") == "A small case.\n"
    kept = list(own.labs.glob(f".before-restore/*/{LAB}/brief.md"))
    assert [path.read_text("utf-8") for path in kept] == ["Another case.\n"]
    assert [path.name for path in own.labs.glob(".before-restore/*/*")] == [LAB], "all else was as in the backup"


def test_what_came_with_the_program_is_left_out(settings: Settings, people: People, clock: Clock) -> None:
    assert shipped.own(settings) == {}
    assert "labs/exhibits/finance-workstation-a" in shipped.folders(settings)
