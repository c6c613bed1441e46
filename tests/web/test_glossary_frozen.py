"""A release of a course holds the terms that it uses: whoever works with it reads what was read when it was made."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock
from training.authoring import changes, outline
from training.content import service as content
from training.content.models import Release
from training.courses.manuscript import glossary, reader
from training.settings import ROOT, Settings
from training.store import Store

SAMPLE = ROOT / "tests" / "unit" / "courses" / "sample"
OLD, NEW = "An object", "Any object"
LIGHT = "/courses/lantern/m2-1"


@dataclass
class Shelf:
    """The two small courses with their glossary, published as the start of the server does it."""

    settings: Settings
    store: Store
    clock: Clock

    def publish(self, *, terms: bool = True) -> list[str]:
        self.clock.forward(minutes=1)
        here, given = self.settings, {}
        if terms:
            given = {"beside": glossary.beside(glossary.offered(here.courses, here.instance))}
        with self.store.writing() as session:
            done = content.publish_all(
                session, here.instance, "course", here.courses, reader.check, self.clock(), **given
            )
        assert done.mistakes == []
        return done.new

    def change(self, old: str = OLD, new: str = NEW) -> None:
        file = glossary.shipped(self.settings.courses) / glossary.FILE
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), "utf-8")

    def release(self, number: int) -> tuple[Release, Path]:
        with self.store.reading() as session:
            found = content.of_number(session, "course", "lantern", number)
            return found, content.folder_of(self.settings.instance, found)


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(SAMPLE, tmp_path / "courses")
    return settings.model_copy(update={"courses": tmp_path / "courses"})


@pytest.fixture
def shelf(settings: Settings, store: Store, clock: Clock) -> Shelf:
    return Shelf(settings, store, clock)


@pytest.fixture
def trainee(shelf: Shelf, clients: Mapping[str, FlaskClient]) -> FlaskClient:
    return clients["trainee"]


def test_a_release_holds_the_terms_that_it_uses_and_no_others(shelf: Shelf) -> None:
    file = glossary.shipped(shelf.settings.courses) / glossary.FILE
    text = file.read_text("utf-8")
    file.write_text(text + text[text.index("exhibit:") :].replace("exhibit:", "unused:", 1), "utf-8")
    shelf.publish()
    release, folder = shelf.release(1)
    held = glossary.known(folder)
    every = glossary.known(glossary.shipped(shelf.settings.courses))
    assert set(held) < set(every)
    assert held == {name: every[name] for name in held}
    assert "exhibit" in held
    assert content.digest_of(folder) == release.sha256
    assert (folder / glossary.FILE).stat().st_mode & 0o222 == 0


def test_a_term_that_changes_makes_a_release_of_the_courses_that_use_it_alone(shelf: Shelf) -> None:
    shelf.publish()
    assert shelf.publish() == []
    shelf.change()
    assert shelf.publish() == ["lantern"]
    assert shelf.publish() == []


def test_whoever_began_goes_on_with_the_terms_of_that_release(shelf: Shelf, trainee: FlaskClient) -> None:
    shelf.publish()
    assert OLD in trainee.get(LIGHT).text
    shelf.change()
    assert OLD in trainee.get(LIGHT).text  # nothing was published yet, and nothing changes
    shelf.publish()
    page = trainee.get(LIGHT).text
    assert OLD in page
    assert NEW not in page
    for copy in ("print", "offline.html"):
        text = trainee.get(f"/courses/lantern/{copy}").text
        assert OLD in text
        assert NEW not in text


def test_the_glossary_and_the_search_say_both_wordings_and_whose_they_are(shelf: Shelf, trainee: FlaskClient) -> None:
    shelf.publish()
    trainee.get(LIGHT)
    assert "In your release of" not in trainee.get("/glossary").text
    assert found(trainee) == 1
    shelf.change()
    shelf.publish()
    page = trainee.get("/glossary").text
    assert NEW in page
    assert OLD in page[page.index("In your release of") :]
    assert found(trainee) == 2


def found(client: FlaskClient) -> int:
    """Hits that lead to the term."""
    return client.get("/search?q=exhibit").text.count('href="/glossary#exhibit"')


def test_a_term_that_left_the_glossary_stays_in_the_release(shelf: Shelf, trainee: FlaskClient) -> None:
    shelf.publish()
    trainee.get(LIGHT)
    shelf.change("exhibit:\n", "exhibit-of-old:\n")
    assert OLD in trainee.get(LIGHT).text
    assert 'id="exhibit"' in trainee.get("/glossary").text


def test_an_older_release_without_terms_shows_those_on_offer(shelf: Shelf, trainee: FlaskClient) -> None:
    shelf.publish(terms=False)
    _, folder = shelf.release(1)
    assert not (folder / glossary.FILE).exists()
    assert OLD in trainee.get(LIGHT).text
    shelf.change()
    assert NEW in trainee.get(LIGHT).text


def test_what_changed_between_releases_names_the_terms(shelf: Shelf) -> None:
    shelf.publish(terms=False)
    shelf.publish()
    shelf.change()
    shelf.publish()
    sides = [outline.of(outline.read(shelf.release(number)[1])) for number in (1, 2, 3)]
    assert not changes.between(sides[0], sides[1])  # what the first one held nobody can say
    assert next(changes.told(changes.between(sides[1], sides[2]))) == "changed: term exhibit"
    assert "[-An-]{+Any+} object" in "\n".join(changes.told(changes.between(sides[1], sides[2])))


def test_terms_that_a_course_brings_count_where_the_glossary_has_none(shelf: Shelf) -> None:
    own = shelf.settings.courses / "lantern" / glossary.FILE
    shutil.copyfile(glossary.shipped(shelf.settings.courses) / glossary.FILE, own)
    shelf.change("exhibit:\n", "exhibit-of-old:\n")
    shelf.publish()
    assert glossary.known(shelf.release(1)[1])["exhibit"].en.text.startswith(OLD)
    own.write_text(own.read_text("utf-8").replace("as_of:", "as_off:", 1), "utf-8")
    assert [one.file for one in reader.check(own.parent)] == ["courses/lantern/glossary.yaml"] * 2
