"""A course on its way out: its questions with their keys as its files have them, and the cartridge of it as a whole."""

import io
import re
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.courses.moving.conftest import SAMPLES
from training.content.models import Release
from training.content.source import ContentError
from training.courses.manuscript import reader
from training.courses.manuscript.format import Judgement
from training.courses.moving import asked, cartridge
from training.courses.moving.asked import Item, Loss
from training.courses.offline.chapters import edition
from training.courses.offline.page import STYLE

MANIFEST = Path(__file__).with_name("written") / "imsmanifest.xml"
HARBOUR = [
    Item(
        "m1-1-q1",
        "choice",
        "Where does `linux.pslist` begin?",
        "a",
        options=(
            ("a", "At `init_task`, the first task"),
            ("b", "At the end of the image <b>"),
            ("c", "At a free page of memory"),
        ),
        explanation="EXPLAIN-ONE: the list begins at the symbol.",
        feedback={
            "b": "FEEDBACK-ONE-B: an image has no such place.",
            "c": "FEEDBACK-ONE-C: a free page holds no task.",
        },
        objective="o1",
        mark="V1",
        source="Manual of the port, page 3",
        folder="01-quay",
    ),
    Item(
        "m1-1-q2",
        "number",
        "A page begins at 4096. Which byte lies 300 further on?",
        4396,
        explanation="EXPLAIN-TWO: 4096 + 300.",
        objective="o2",
        mark="V1",
        source="Manual of the port, page 4",
        folder="01-quay",
    ),
    Item(
        "m1-1-q3",
        "multiple",
        "Which of these hold?",
        ("a", "c"),
        options=(
            ("a", "A list can miss an object"),
            ("b", "A scan finds only live objects"),
            ("c", "A scan can print garbage"),
        ),
        explanation="EXPLAIN-THREE: both kinds have blind spots.",
        feedback={"b": "FEEDBACK-THREE-B: it finds ended ones too."},
        objective="o1",
        mark="V2",
        source="Manual of the port, page 5",
        folder="01-quay",
    ),
    Item(
        "m1-1-q4",
        "order",
        "Put the first steps into order.",
        ("b", "a", "c"),
        items=(("a", "Compare the hash"), ("b", "Compute the hash"), ("c", "Choose symbols")),
        explanation="EXPLAIN-FOUR: compute, compare, choose.",
        objective="o2",
        mark="V2",
        source="Manual of the port, page 6",
        folder="01-quay",
    ),
    Item(
        "m1-1-q5",
        "short",
        "Which plugin lists processes by following pointers?",
        "linux.pslist",
        accept=("pslist",),
        explanation="EXPLAIN-FIVE: it follows the list of tasks.",
        objective="o1",
        mark="V1",
        source="Manual of the port, page 7",
        folder="01-quay",
    ),
    Item(
        "m1-2-q1",
        "choice",
        "Which zone is used?",
        "b",
        options=(("a", "The zone of the reader"), ("b", "UTC, always"), ("c", "The zone of the port")),
        explanation="EXPLAIN-SIX: UTC is compared without doubt.",
        feedback={
            "a": "FEEDBACK-SIX-A: readers sit in many zones.",
            "c": "FEEDBACK-SIX-C: the port may change its clock.",
        },
        objective="o1",
        mark="V1",
        source="Manual of the port, page 8",
        folder="02-crane",
    ),
]


def written(name: str, language: str = "") -> tuple[dict[str, str], list[Loss]]:
    """The files of a cartridge and what it does not carry."""
    day = datetime(2026, 11, 26, tzinfo=UTC)
    release = Release(kind="course", name=name, sha256="ab" * 32, published_at=day, number=2, current=True)
    made = edition(reader.load(SAMPLES / name, language), release, {}, {})
    data, losses = cartridge.write(made, asked.of_course(SAMPLES / name))
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {each: file.read(each).decode() for each in file.namelist()}, losses


def test_the_questions_of_a_course_go_with_their_keys() -> None:
    assert asked.of_course(SAMPLES / "harbour") == HARBOUR


def test_pairs_judgements_times_and_pools_go_with_their_keys() -> None:
    found = {one.name: one for one in asked.of_course(SAMPLES / "lantern")}
    pairs, judged, time, *_, drawn = found.values()
    assert pairs == Item(
        "m2-1-q1",
        "matching",
        "Which side has which light?",
        {"port": "r", "star": "g", "stern": "w"},
        options=(("r", "`red`"), ("g", "green"), ("w", "white")),
        items=(("port", "Port"), ("star", "Starboard"), ("stern", "Stern")),
        explanation="EXPLAIN-1.",
        feedback={"port": "FEEDBACK-PORT.", "star": "FEEDBACK-STAR.", "stern": "FEEDBACK-STERN."},
        objective="o2",
        mark="V1",
        source="Manual, page 1",
        bank=("law-1.1-01", "f21-02"),
        folder="01-light",
    )
    assert judged.answer == Judgement(truth=False, reason="a")
    assert (time.answer, time.tolerance) == ("2026-03-11T09:14:33Z", 1)
    assert (drawn.name, drawn.pool) == ("m2-1-q7", "colours")


def test_texts_go_without_the_spaces_and_lines_around_them(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "harbour", tmp_path / "harbour")
    for name, before, after in (
        ("keys.yaml", '"Manual of the port, page 7"', '"  Manual  of the\\n port, page 7 "'),
        ("keys.yaml", "[pslist]", '[" pslist  "]'),
        ("keys.yaml", '"EXPLAIN-FIVE: it', '" EXPLAIN-FIVE: it'),
        ("keys.yaml", '"FEEDBACK-ONE-B', '" FEEDBACK-ONE-B'),
        ("01-quay/index.md", '"Which plugin', '"  Which plugin'),
        ("01-quay/index.md", '"At a free page of memory"', '" At a free page of memory "'),
        ("01-quay/index.md", '"Choose symbols"', '" Choose symbols "'),
    ):
        file = tmp_path / "harbour" / name
        assert file.read_text("utf-8").count(before) == 1
        file.write_text(file.read_text("utf-8").replace(before, after), "utf-8")
    assert asked.of_course(tmp_path / "harbour") == HARBOUR


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("keys.yaml", "", None),
        ("02-crane/index.md", "type: choice", "type: guess"),
        ("01-quay/index.md", "id: m1-1\n", "id: [\n"),
    ],
)
def test_a_course_that_can_not_be_read_gives_no_questions(
    tmp_path: Path, file: str, before: str, after: str | None
) -> None:
    shutil.copytree(SAMPLES / "harbour", tmp_path / "harbour")
    place = tmp_path / "harbour" / file
    if after is None:
        place.unlink()
    else:
        place.write_text(place.read_text("utf-8").replace(before, after), "utf-8")
    with pytest.raises(ContentError) as bad:
        asked.of_course(tmp_path / "harbour")
    assert bad.value.mistakes
    assert all(file in one.file for one in bad.value.mistakes[:1])


def test_the_manifest_of_a_cartridge_lists_pages_and_quizzes_in_their_order() -> None:
    files, losses = written("harbour")
    assert files["imsmanifest.xml"] == MANIFEST.read_text("utf-8")
    assert list(files) == [
        "imsmanifest.xml",
        "quiz/m1-1.xml",
        "quiz/m1-2.xml",
        "web/book.css",
        "web/front.html",
        "web/m1-1.html",
        "web/m1-2.html",
    ]
    assert files["web/book.css"] == STYLE
    assert [str(one) for one in losses] == [
        "m1-1-q2: that it is a number: one spelling is right, without the tolerance",
        "m1-1-q3: part of the points: all right options and no other, or nothing",
        "m1-1-q4: the question: a cartridge has no questions of type order",
    ]
    asks = [
        re.findall(r'<(?:assessment|item) ident="([^"]+)" title="([^"]+)"', files[f"quiz/m1-{n}.xml"]) for n in (1, 2)
    ]
    quay = [(f"m1-1-q{n}", f"m1-1-q{n}") for n in (1, 2, 3, 5)]
    assert asks == [[("quiz-m1-1", "1.1 The quay"), *quay], [("quiz-m1-2", "1.2 The crane"), ("m1-2-q1", "m1-2-q1")]]


def test_a_page_of_a_cartridge_is_a_whole_one_that_leads_to_the_others() -> None:
    files, _ = written("harbour")
    assert files["web/front.html"] == (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" lang="en" xml:lang="en" dir="ltr"><head><meta charset="utf-8"/>'
        '<title>Memory of a harbour office</title><link rel="stylesheet" href="book.css"/></head><body><main>'
        '<h1>Memory of a harbour office</h1><p class="lede">A short course for tests.</p><p class="box note">A copy to '
        "read offline. Questions are answered, and their keys explained, in Engram.</p>"
        '<p class="mute">Authors: Engram authors</p><p class="mute">Licence: CC-BY-4.0</p><p class="mute">'
        f"Release 2, of 2026-11-26. SHA-256 of its files: {'ab' * 32}</p></main></body></html>\n"
    )
    assert '<a href="m1-2.html">The crane</a>' in files["web/m1-1.html"]
    assert '<a href="m1-1.html#m1-1-s1">The quay</a>' in files["web/m1-2.html"]


def test_a_cartridge_in_arabic_says_so_and_is_read_from_right_to_left() -> None:
    files, _ = written("lantern", "ar")
    told = '<html xmlns="http://www.w3.org/1999/xhtml" lang="ar" xml:lang="ar" dir="rtl">'
    assert [told in files[f"web/{name}.html"] for name in ("front", "m2-1")] == [True, True]
    about = files["imsmanifest.xml"]
    assert "<lom:language>ar</lom:language>" in about
    assert about.count('<lom:string language="ar">') == 2
    assert '<lom:string language="en">CC-BY-4.0</lom:string>' in about


def test_a_module_without_questions_has_a_page_and_no_quiz() -> None:
    day = datetime(2026, 11, 26, tzinfo=UTC)
    release = Release(kind="course", name="harbour", sha256="ab" * 32, published_at=day, number=2, current=True)
    made = edition(reader.load(SAMPLES / "harbour"), release, {}, {})
    data, losses = cartridge.write(made, [one for one in HARBOUR if one.folder == "02-crane"])
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert [name for name in file.namelist() if name.startswith(("quiz/", "web/m"))] == [
            "quiz/m1-2.xml",
            "web/m1-1.html",
            "web/m1-2.html",
        ]
        assert b"quiz-m1-1" not in file.read("imsmanifest.xml")
    assert losses == []
