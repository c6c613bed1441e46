import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from training.courses import cli
from training.courses.manuscript import reader
from training.errors import Refused
from training.operating.cli import check
from training.settings import ROOT, Settings

pytestmark = pytest.mark.any_database

SAMPLE = Path(__file__).parent / "sample" / "harbour"


@pytest.fixture
def workshop(settings: Settings, tmp_path: Path) -> Settings:
    """An installation whose courses are one copy of the small course; labs and exhibits are the repository's."""
    shutil.copytree(SAMPLE, tmp_path / "courses" / "harbour")
    return settings.model_copy(update={"courses": tmp_path / "courses"})


def test_rows_come_from_the_real_exhibit(workshop: Settings) -> None:
    mistakes, _ = cli.check(workshop)
    assert [mistake.line for mistake in mistakes] == [42]
    assert "another image of finance-workstation-a" in mistakes[0].message

    mistakes, warnings = cli.check(workshop, write=True)
    assert mistakes == []
    assert [warning.message for warning in warnings] == [
        "5 questions; a module has at least 6 for each reader",
        "68 words; a module has 900 to 2000",
        "1 questions; a module has at least 6 for each reader",
        "12 words; a module has 900 to 2000",
        "no figure; a module has at least one",
        "objective o1 has one question only; it takes two to give a level",
    ]
    html = "".join(part.html for part in reader.load(workshop.courses / "harbour").modules[0].parts)
    assert "alert" not in html
    assert html.count('<td class="n"><bdi dir="ltr">') == 2
    assert "2 of the " in html
    assert list(workshop.instance.glob("check-*")) == []


def run(workshop: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(check, list(arguments), obj=workshop)


def test_courses_are_checked_by_name_and_summed_up_in_the_last_line(workshop: Settings) -> None:
    shutil.copytree(SAMPLE.parent / "lantern", workshop.courses / "lantern")
    shutil.copytree(SAMPLE.parent / "glossary", workshop.courses / "glossary")
    done = run(workshop, "lantern")
    assert done.exit_code == 0
    file = "warning: courses/lantern/01-light/index.md"
    assert done.stdout.splitlines() == [
        f"{file}:1: 33 words; a module has 900 to 2000",
        f"{file}:16: lab a-rule-of-lights is not in this installation; readers see that",
        "check: 1 courses, 0 labs, 0 exhibits, 0 errors, 2 warnings",
    ]
    assert "harbour" not in done.stdout
    with pytest.raises(Refused, match="there is no course nowhere"):
        check.main(["nowhere"], obj=workshop, standalone_mode=False)


def test_a_translator_notes_what_was_translated(workshop: Settings) -> None:
    shutil.copytree(SAMPLE.parent / "lantern", workshop.courses / "lantern")
    module = workshop.courses / "lantern" / "01-light"
    text = (module / "index.md").read_text("utf-8")
    (module / "index.md").write_text(text.replace("Red is port", "Red is still port"), "utf-8")
    french = module / "index.fr.md"
    assert "section 1 changed in the original since" in run(workshop, "lantern").stdout
    done = run(workshop, "--translated", str(french))
    assert "index.fr.md" not in done.stdout
    assert "check: 1 courses, 0 labs, 0 exhibits, 0 errors" in done.stdout, "its own course alone was looked at"
    with pytest.raises(Refused, match="is not a translation"):
        check.main(["--translated", str(module / "index.md")], obj=workshop, standalone_mode=False)


def test_machine_is_no_course(workshop: Settings) -> None:
    with pytest.raises(Refused, match="belong to the content"):
        check.main(["machine", "--write"], obj=workshop, standalone_mode=False)


def test_a_pack_that_is_not_there_is_said_at_the_block(workshop: Settings) -> None:
    file = workshop.courses / "harbour" / "01-quay" / "index.md"
    file.write_text(file.read_text("utf-8").replace("exhibit: finance-workstation-a", "exhibit: nowhere"), "utf-8")
    mistakes, _ = cli.check(workshop, write=True)
    assert {mistake.line for mistake in mistakes} == {42}
    assert any("there is no exhibit nowhere in labs/exhibits" in mistake.message for mistake in mistakes)


def test_the_courses_of_the_repository_are_in_order(settings: Settings) -> None:
    mistakes, warnings = cli.check(settings)
    assert mistakes == []
    assert [one for one in warnings if "is not in this installation; readers see that" not in one.message] == []
    assert (ROOT / "courses" / "memory-analysis" / "course.yaml").is_file()
