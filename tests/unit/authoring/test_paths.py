"""Which names files may have in a working copy, and which of them hold answers."""

import pytest

from training.authoring import paths
from training.errors import Refused

NO_FILE = "%s can't be the name of a file here: use letters, digits, dashes and dots, such as 01-first-steps/index.md."
NO_NAME = "A name has small letters, digits and dashes, begins with a letter and is at most 60 long."


@pytest.mark.parametrize(
    "text",
    [
        "course.yaml",
        "LICENSE",
        "01-quay/index.md",
        "01-quay/media/a_b.c-d.svg",
        "a/b/c/d.log",
        "x.csv",
        "x.txt",
        "x.json",
        f"{'x' * 76}.log",
        "/".join(("x" * 79, "x" * 80, f"{'x' * 36}.md")),
    ],
)
def test_a_path_that_stays_in_the_folder_is_taken_as_it_is(text: str) -> None:
    assert len(text) <= 200
    assert paths.path(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "../a.md",
        "a/../b.md",
        "a..b.md",
        ".hidden.md",
        "-a.md",
        "_a.md",
        "/a.md",
        "a//b.md",
        "a/b/c/d/e.md",
        "a b.md",
        "a\\b.md",
        "a.md\n",
        "é.md",
        "a.py",
        "a.md.exe",
        "licence",
        f"{'x' * 77}.log",
        "/".join(("x" * 79, "x" * 80, f"{'x' * 37}.md")),
    ],
)
def test_a_path_that_could_lead_elsewhere_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(Refused) as bad:
        paths.path(text)
    assert (str(bad.value), bad.value.field) == (NO_FILE % (text[:80] or "-"), "path")


@pytest.mark.parametrize("text", ["a", "first-steps", "a1", "x" * 60])
def test_a_name_of_a_course_is_taken_as_it_is(text: str) -> None:
    assert paths.name(text) == text


@pytest.mark.parametrize("text", ["", "1a", "-a", "A", "a_b", "a/b", "a.b", "a\n", "x" * 61])
def test_a_name_that_can_be_no_folder_is_refused(text: str) -> None:
    with pytest.raises(Refused) as bad:
        paths.name(text)
    assert (str(bad.value), bad.value.field) == (NO_NAME, "name")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Shapes.SVG", "shapes.svg"),
        ("C:\\My Files\\a/b\\Quay & Crane (2).svg", "quay-crane-2.svg"),
        ("../../x/y.svg", "y.svg"),
        ("picture", "picture.svg"),
        ("a.svg.svg", "a-svg.svg"),
        ("--a--.svg", "a.svg"),
        ("ميناء.svg", "figure.svg"),
        ("", "figure.svg"),
        (f"{'x' * 60}.svg", f"{'x' * 50}.svg"),
    ],
)
def test_a_figure_is_kept_under_a_name_that_is_safe(sent: str, kept: str) -> None:
    assert paths.figure(sent) == kept


@pytest.mark.parametrize(
    ("title", "folder"),
    [
        ("First steps", "first-steps"),
        ("  What, really?  ", "what-really"),
        ("The 2nd Day", "the-2nd-day"),
        ("الميناء", "module"),
        ("", "module"),
        (f"{'x' * 49} yz", "x" * 49),
        ("x" * 51, "x" * 50),
        (" " + "x" * 50, "x" * 50),
    ],
)
def test_a_title_becomes_the_name_of_a_folder(title: str, folder: str) -> None:
    assert paths.slug(title) == folder


@pytest.mark.parametrize(
    ("kind", "where", "answers"),
    [
        ("course", "keys.yaml", True),
        ("course", "keys.fr.yaml", True),
        ("course", "keys/a.json", True),
        ("course", "keys.fra.yaml", False),
        ("course", "01-quay/keys.yaml", False),
        ("course", "keysayaml", False),
        ("course", "brief.md", False),
        ("lab", "brief.md", False),
        ("lab", "lab.yaml", True),
        ("lab", "brief.fr.md", True),
        ("lab", "keys.yaml", True),
    ],
)
def test_keys_of_courses_and_all_of_a_lab_but_its_briefing_are_secret(
    kind: paths.Kind, where: str, *, answers: bool
) -> None:
    assert paths.secret(kind, where) is answers


@pytest.mark.parametrize(
    ("where", "written"),
    [
        *((f"a.{kind}", True) for kind in ("md", "yaml", "csv", "txt", "log")),
        *((one, False) for one in ("a.json", "a.svg", "LICENSE", "md", "a.md.svg")),
    ],
)
def test_texts_are_written_here_and_what_the_program_makes_is_not(where: str, *, written: bool) -> None:
    assert paths.is_text(where) is written
