import shutil
from pathlib import Path

import pytest

from training.courses import cli, reader
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
        "76 words; a module has 900 to 2000",
        "13 words; a module has 900 to 2000",
    ]
    html = "".join(part.html for part in reader.load(workshop.courses / "harbour").modules[0].parts)
    assert "alert" not in html
    assert html.count('<td class="n"><bdi dir="ltr">') == 2
    assert "2 of the " in html
    assert list(workshop.instance.glob("check-*")) == []


def test_a_pack_that_is_not_there_is_said_at_the_block(workshop: Settings) -> None:
    file = workshop.courses / "harbour" / "01-quay" / "index.md"
    file.write_text(file.read_text("utf-8").replace("exhibit: finance-workstation-a", "exhibit: nowhere"), "utf-8")
    mistakes, _ = cli.check(workshop, write=True)
    assert {mistake.line for mistake in mistakes} == {42}
    assert any("there is no exhibit nowhere in labs/exhibits" in mistake.message for mistake in mistakes)


def test_the_courses_of_the_repository_are_in_order(settings: Settings) -> None:
    mistakes, warnings = cli.check(settings)
    assert mistakes == []
    assert warnings == []
    assert (ROOT / "courses" / "memory-analysis" / "course.yaml").is_file()
