"""What new things begin with has no mistake, and leaves what others wrote as it was."""

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from training.authoring import outline, skeletons
from training.courses.manuscript import reader
from training.errors import Conflict, Refused
from training.sentence import LANGUAGES
from training.settings import ROOT

SAMPLE = ROOT / "tests" / "unit" / "courses" / "sample" / "harbour"
SAID = re.compile(r'(?:text|stem|explanation|source|summary): "([^"]+)|^## (.+)$')
TODAY = date(2026, 11, 26)


def laid_out(folder: Path, files: dict[str, bytes]) -> Path:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


@pytest.mark.parametrize("title", ["Signals", 'With "quotes": and a colon', "إشارات", "- dash", "# hash"])
def test_a_new_course_has_no_mistake(tmp_path: Path, title: str) -> None:
    files = skeletons.course("signals", title, "en", 'A. "B" C: D', "7", TODAY, {3: "harbour"})
    assert reader.check(laid_out(tmp_path / "signals", files)) == []
    assert yaml.safe_load(files["course.yaml"])["title"] == title


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_course_and_its_modules_begin_in_its_language(tmp_path: Path, language: str) -> None:
    files = skeletons.course("signals", "S", language, "A", "7", TODAY, {})
    files |= skeletons.module(files, "M", TODAY)
    mistakes, warnings = reader.examine(laid_out(tmp_path / "signals", files), TODAY)
    assert mistakes == []
    assert not [one for one in warnings if "longer than the others" in one.message]
    english = skeletons.course("signals", "S", "en", "A", "7", TODAY, {})
    names = {"01-first-module/index.md", "02-m/index.md", "keys.yaml", "course.yaml", "02-m/media/example.svg"}
    for name in names:
        said = files[name].decode()
        for phrase in re.findall(
            r'(?:text|stem|explanation|source|summary): "([^"]+)|^## (.+)$', english_of(english, name)
        ):
            assert ("".join(phrase) in said) == (language == "en"), phrase
    if language == "ar":
        assert 'title: "الوحدة الأولى"' in files["01-first-module/index.md"].decode()


def english_of(files: dict[str, bytes], name: str) -> str:
    """What the file of that kind says in an English course."""
    return next(data.decode() for path, data in files.items() if path.rpartition("/")[2] == name.rpartition("/")[2])


def test_new_modules_have_no_mistake_and_get_the_next_numbers(tmp_path: Path) -> None:
    files = outline.read(SAMPLE)
    for title in ("The lighthouse", "إشارات", "x" * 200):
        files |= skeletons.module(files, title, TODAY)
    assert reader.check(laid_out(tmp_path / "harbour", files)) == []
    assert outline.folders(files)[2:4] == ["03-the-lighthouse", "04-module"]
    assert [text.id for text in outline.of(files).texts] == ["m1-1", "m1-2", "m1-3", "m1-4", "m1-5"]
    assert files["keys.yaml"].startswith(outline.read(SAMPLE)["keys.yaml"].rstrip(b"\n"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("id: a\nmodules: [01-x, 02-y]\nlast: 1\n", "id: a\nmodules: [01-x, 02-y, 03-z]\nlast: 1\n"),
        ("modules:\n  - 01-x  # first\n", "modules:\n  - 01-x\n  - 03-z  # first\n"),
        ("modules:\n- 01-x\n- '02-y'\nid: a\n", "modules:\n- 01-x\n- '02-y'\n- 03-z\nid: a\n"),
        ("# who wrote it\nmodules: [\n  01-x,\n]\n", "# who wrote it\nmodules: [\n  01-x, 03-z,\n]\n"),
    ],
)
def test_a_folder_is_listed_and_everything_else_stays(before: str, after: str) -> None:
    assert skeletons.listed(before, "03-z") == after
    assert yaml.safe_load(after)["modules"][-1] == "03-z"


@pytest.mark.parametrize(
    "broken", ["", "modules: []\n", "modules: x\n", "modules: [\n", "- a\n", "id: a\n", "modules: *x\n"]
)
def test_a_course_file_that_can_not_be_read_is_not_touched(broken: str) -> None:
    with pytest.raises(Refused, match="Mend it first"):
        skeletons.listed(broken, "03-z")


@pytest.mark.parametrize(
    "given",
    [
        ("Signals", "", "en", "1"),
        ("signals", " ", "en", "1"),
        ("signals", "x" * 201, "en", "1"),
        ("signals", "Signals", "xx", "1"),
        ("signals", "Signals", "en", "0"),
        ("signals", "Signals", "en", "100"),
        ("signals", "Signals", "en", "\u0661"),
    ],
)
def test_what_a_new_course_lacks_is_said(given: tuple[str, str, str, str]) -> None:
    name, title, language, number = given
    with pytest.raises(Refused):
        skeletons.course(name, title, language, "A", number, TODAY, {})


def test_a_number_belongs_to_one_course() -> None:
    taken = {2: "first-response", 7: "signals"}
    for number in ("2", "02"):
        with pytest.raises(Refused, match="first-response has the number 2"):
            skeletons.course("signals", "Signals", "en", "A", number, TODAY, taken)
    assert skeletons.number_of(skeletons.course("signals", "Signals", "en", "A", "7", TODAY, taken)) == 7
    assert skeletons.number_of({"course.yaml": b"id: x", "01-a/index.md": b"---\nid: none\n---\n"}) is None


def test_a_translation_begins_with_text_and_titles_of_the_original() -> None:
    files = outline.read(SAMPLE)
    path, data = skeletons.translation(files, "01-quay", "fr")
    assert path == "01-quay/index.fr.md"
    text = outline.of({**files, path: data}).texts
    french = next(one for one in text if one.language == "fr")
    original = next(one for one in text if one.id == "m1-1" and not one.language)
    assert (french.title, french.objectives, french.sections) == (
        original.title,
        original.objectives,
        original.sections,
    )
    assert set(french.questions) == set(original.questions)
    with pytest.raises(Conflict):
        skeletons.translation({**files, path: data}, "01-quay", "fr")
    for folder, language in (("none", "fr"), ("01-quay", "xx")):
        with pytest.raises(Refused):
            skeletons.translation(files, folder, language)


def test_a_lab_without_a_scenario_is_nothing_to_begin_with() -> None:
    with pytest.raises(Refused, match="no scenario"):
        skeletons.lab({"lab.yaml": b"id: old\n"}, "old", "new", "New")


def test_a_new_lab_has_the_new_name_everywhere_and_other_words_stay() -> None:
    files = {
        "lab.yaml": b"id: old-lab\ntitle: Old\nexhibits: [old-lab-a]\nsummary: very-old-lab and old-labs stay\n",
        "scenario.yaml": b"name: old-lab\ntitle: Old\n",
    }
    made = skeletons.lab(files, "old-lab", "new-lab", "New: lab")
    assert made["lab.yaml"].decode().splitlines() == [
        "id: new-lab",
        'title: "New: lab"',
        "exhibits: [new-lab-a]",
        "summary: very-old-lab and old-labs stay",
    ]
    assert made["scenario.yaml"] == b'name: new-lab\ntitle: "New: lab"\n'
