"""Courses from the command line, as whoever runs the server sees them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import Clock, People
from training.authoring import checking, outline, service
from training.authoring.cli import course
from training.authoring.service import Copy
from training.content import ownership
from training.content import service as content
from training.courses.manuscript import glossary, reader
from training.errors import DomainError
from training.settings import ROOT, Settings
from training.store import Store

pytestmark = pytest.mark.any_database

SAMPLE = ROOT / "tests" / "unit" / "courses" / "sample" / "harbour"
HARBOUR = Copy("course", "harbour")
INDEX = "01-quay/index.md"
Run = Callable[..., list[str]]


@pytest.fixture
def folder(settings: Settings, store: Store, clock: Clock, tmp_path: Path) -> Path:
    made = tmp_path / "courses" / "harbour"
    shutil.copytree(SAMPLE, made)
    with store.writing() as session:
        content.publish(session, settings.instance, "course", made, reader.check, clock())
    return made


@pytest.fixture
def run(settings: Settings, folder: Path) -> Run:
    here = settings.model_copy(update={"courses": folder.parent, "labs": folder.parent / "no-labs"})

    def said(*arguments: str) -> list[str]:
        done = CliRunner().invoke(course, list(arguments), obj=here)
        if isinstance(done.exception, DomainError):
            return [done.exception.message]
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.output.splitlines()

    return said


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_the_list_names_release_and_state(run: Run) -> None:
    line, count = run("list")
    assert count == "course list: 1 courses"
    assert line.startswith("harbour: release 1, ")
    assert line.endswith(", offered now")


def test_releases_say_when_by_whom_and_why(run: Run, folder: Path) -> None:
    edit(folder / INDEX, "A short text", "A long text")
    assert "release 2" in run("publish", "harbour", "--note", "Longer text")[0]
    lines = run("releases", "harbour")
    assert lines[0].startswith("release 2, ")
    assert lines[0].endswith("offered now, by the program: Longer text")
    assert lines[1].startswith("release 1, ")
    assert run("releases", "nothing")[0].startswith("There is no release of nothing; there are courses: harbour")


def test_a_difference_is_shown_by_words_and_without_keys(run: Run, folder: Path) -> None:
    edit(folder / INDEX, "A short text", "A long text")
    edit(folder / "keys.yaml", "answer: 4396", "answer: 4400")
    run("publish", "harbour")
    lines = run("diff", "harbour", "1", "2")
    assert any("A [-short-]{+long+} text" in line for line in lines)
    assert "    its key changed" in lines
    assert not any("4396" in line or "4400" in line for line in lines)
    assert run("diff", "harbour", "1", "1") == ["course diff: 0 lines about what readers of harbour would see change"]
    assert run("diff", "harbour", "1", "9") == ["harbour has no release 9."]
    assert "give the number of a release" in run("diff", "harbour", "1", "x")[-1]


def test_one_step_back_from_the_command_line(run: Run, folder: Path) -> None:
    edit(folder / INDEX, "A short text", "A long text")
    run("publish", "harbour")
    assert run("rollback", "harbour", "1")[0].endswith("offered now")
    assert run("releases", "harbour")[1].count("offered now") == 1


def test_a_course_with_mistakes_is_not_published_and_all_are_told(run: Run, folder: Path) -> None:
    edit(folder / INDEX, "media/shapes.svg", "media/none.svg")
    edit(folder / INDEX, "../02-crane/", "../09-none/")
    said = run("publish", "harbour")[0].splitlines()
    assert len(said) == 2
    assert all(line.startswith("courses/harbour/01-quay/index.md:") for line in said)
    assert run("releases", "harbour")[-1] == "course releases: 1 of harbour"


def test_what_is_edited_here_is_published_and_shipped_changes_are_offered(
    run: Run, folder: Path, store: Store, clock: Clock
) -> None:
    with store.writing() as session:
        service.take(session, HARBOUR, folder, None, clock())
        text = service.contents(session, HARBOUR)[INDEX].decode().replace("A short text", "Our text")
        service.save(session, HARBOUR, INDEX, text, 1, None, clock())
    assert "release 2" in run("publish", "harbour")[0]
    edit(folder / INDEX, "A short text", "A shipped text")
    assert run("list")[0].endswith("edited here; its shipped files have changed")
    assert "  take them: python app.py course take harbour" in run("releases", "harbour")
    assert any("[-Our-]{+A shipped+}" in line for line in run("diff", "harbour", "draft", "shipped"))
    run("keep", "harbour")
    assert run("list")[0].endswith("edited here")
    run("take", "harbour")
    assert run("diff", "harbour", "draft", "shipped") == [
        "course diff: 0 lines about what readers of harbour would see change"
    ]
    assert "release 3" in run("publish", "harbour")[0]


def test_what_is_edited_here_can_be_written_to_the_files(run: Run, folder: Path, store: Store, clock: Clock) -> None:
    assert run("write", "harbour") == ["There is no working copy of harbour."]
    with store.writing() as session:
        service.take(session, HARBOUR, folder, None, clock())
        service.save(session, HARBOUR, INDEX, "Our text\n", 1, None, clock())
        service.remove(session, HARBOUR, "02-crane/index.md", None, clock())
    assert run("write", "harbour")[:2] == ["  01-quay/index.md", "  02-crane/index.md"]
    assert (folder / INDEX).read_text("utf-8") == "Our text\n"
    assert not (folder / "02-crane" / "index.md").exists()
    assert run("write", "harbour")[-1].endswith("0 files changed")


def test_a_link_among_the_files_is_replaced_and_not_written_through(
    run: Run, folder: Path, store: Store, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere.md").write_text("of somebody else", "utf-8")
    with store.writing() as session:
        service.take(session, HARBOUR, folder, None, clock())
    (folder / INDEX).unlink()
    (folder / INDEX).symlink_to(tmp_path / "elsewhere.md")
    run("write", "harbour")
    assert (tmp_path / "elsewhere.md").read_text("utf-8") == "of somebody else"
    assert not (folder / INDEX).is_symlink()
    assert "A short text" in (folder / INDEX).read_text("utf-8")


def test_files_that_were_written_from_here_are_no_news(run: Run, folder: Path, store: Store, clock: Clock) -> None:
    with store.writing() as session:
        service.take(session, HARBOUR, folder, None, clock())
        text = service.contents(session, HARBOUR)[INDEX].decode().replace("A short text", "Our text")
        service.save(session, HARBOUR, INDEX, text, 1, None, clock())
    run("write", "harbour")
    assert run("list")[0].endswith("edited here")
    edit(folder / INDEX, "Our text", "Their text")
    assert run("list")[0].endswith("its shipped files have changed")


def test_a_name_that_leads_out_of_the_folder_is_refused(run: Run, folder: Path) -> None:
    shutil.copytree(folder, folder.parent.parent / "outside")
    for words in (("publish", "../outside"), ("diff", "../outside", "shipped", "shipped")):
        assert run(*words)[0].startswith("A name has small letters")


def test_shipped_files_that_are_not_there_are_not_compared_with(run: Run, folder: Path) -> None:
    shutil.rmtree(folder)
    assert run("diff", "harbour", "1", "shipped") == ["There are no shipped files of harbour to compare with."]


def test_publishing_what_a_release_holds_says_which(run: Run, folder: Path) -> None:
    edit(folder / INDEX, "A short text", "A long text")
    assert len(run("publish", "harbour", "--note", "Longer")) == 1
    edit(folder / INDEX, "A long text", "A short text")
    first, second = run("publish", "harbour", "--note", "Short again")
    assert "release 1" in first
    assert second == "  release 1 holds exactly this already, and keeps its own note"


def test_a_shipped_course_that_links_to_others_is_begun_and_published(
    settings: Settings, store: Store, clock: Clock
) -> None:
    courtroom = Copy("course", "courtroom")
    folder = checking.shipped(settings, courtroom)
    assert any(b"](../../" in data for data in outline.read(folder).values())
    with store.writing() as session:
        service.take(session, courtroom, folder, None, clock())
        files = service.contents(session, courtroom)
    assert checking.check(settings, courtroom, files, clock().date()).mistakes == ()
    done = checking.publish(store, settings, "courtroom", "", None, clock())
    terms = glossary.beside(glossary.shipped(settings.courses))(folder)
    assert (done.release.sha256, done.release.current) == (content.digest_of(folder, terms), True)


def test_a_course_is_given_to_another_organisation_and_so_is_the_installation(
    run: Run, store: Store, people: People
) -> None:
    assert run("owner") == ["the installation: Academy of Port Selby, owner of 1 of 1 courses and labs"]
    assert run("owner", "harbour") == ["harbour: Academy of Port Selby, owner of 1 of 1 courses and labs"]
    given = run("owner", "harbour", "--organisation", "university of norvala")
    assert given == ["harbour: University of Norvala, owner of 1 of 1 courses and labs"]
    assert run("owner") == ["the installation: Academy of Port Selby, owner of 0 of 1 courses and labs"]
    with store.reading() as session:
        assert ownership.of(session, "course", "harbour").owner == people.elsewhere
        assert ownership.of(session, "course", "lantern").owner == people.home
    handed = run("owner", "--organisation", "University of Norvala")
    assert handed == ["the installation: University of Norvala, owner of 1 of 1 courses and labs"]
    with store.reading() as session:
        assert ownership.of(session, "course", "lantern").owner == people.elsewhere
    (line,) = run("owner", "harbour", "--organisation", "Nobody")
    assert line == ("There is no organisation called Nobody. There are: Academy of Port Selby, University of Norvala.")
    assert run("owner", "no-such-course") == ["There is no such course or lab."]
    assert "belongs to the organisation that runs the installation" in run("owner", "glossary")[0]


def test_a_course_is_withdrawn_and_offered_again(run: Run) -> None:
    assert run("withdraw", "harbour") == [
        "harbour: withdrawn; to offer it again: python app.py course rollback harbour 1"
    ]
    assert run("list") == ["harbour: withdrawn", "course list: 1 courses"]
    assert "there is no course harbour" in run("withdraw", "harbour")[0]
    assert run("rollback", "harbour", "1")[0].endswith(", offered now")
    assert run("list")[0].endswith(", offered now")
