import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from training.content import source
from training.content.markdown import Block, render
from training.content.source import ContentError
from training.courses.manuscript import output, reader
from training.courses.manuscript.format import Key, ModuleFile, QuestionBlock, TranslatedKey, TranslatedModule
from training.courses.manuscript.known import Installed
from training.settings import ROOT

SAMPLE = Path(__file__).parent / "sample" / "harbour"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "harbour"
    shutil.copytree(SAMPLE, copy)
    return copy


def change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")


def line_of(folder: Path, file: str, text: str) -> int:
    lines = (folder / file).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_a_course_in_order_has_no_mistakes(folder: Path) -> None:
    assert reader.check(folder) == []


QUAY, CRANE = "01-quay/index.md", "02-crane/index.md"


@pytest.mark.parametrize(
    ("file", "old", "new", "at", "part"),
    [
        ("course.yaml", "level: introductory", "levle: introductory", "levle", "levle: not a known field"),
        ("course.yaml", "level: introductory", "level: hard", "level: hard", "level"),
        ("course.yaml", "id: harbour", "id: port", "id: port", "the folder is named harbour"),
        ("course.yaml", "[01-quay, 02-crane]", "[01-quay, 02-crane, 03-dock]", "modules", "no folder 03-dock"),
        ("course.yaml", "[01-quay, 02-crane]", "[01-quay, 02-crane, 01-quay]", "modules", "listed twice"),
        (QUAY, "---\n\nA short", "A short", "---", "no front matter"),
        (QUAY, "title: The quay", "titel: The quay", "titel", "titel: not a known field"),
        (QUAY, "bloom: understand", "bloom: know", "bloom: know", "bloom"),
        (QUAY, "feeds: [K5]}\n  - {id: o2", "feeds: [K17]}\n  - {id: o2", "K17", "feeds"),
        (QUAY, "mark: V1", "mark: V9", "mark: V9", "mark"),
        (QUAY, "labs: [finance-workstation]", "labs: []", "[[lab:", "not listed in the front matter"),
        (QUAY, "#q1]]", "#one]]", "[[lab:", "not a question of a lab"),
        (QUAY, "(../02-crane/)", "(../03-dock/)", "../03-dock/", "leads nowhere"),
        (QUAY, "(../02-crane/)", "(../../port/02-crane/)", "../../port/", "leads nowhere"),
        (QUAY, "(../02-crane/)", "(../../harbour/02-crane/../../keys.yaml)", "../../harbour/", "leads nowhere"),
        (QUAY, "(#g-memory-area)", "(#g-nothing)", "#g-nothing", "not on this page"),
        (QUAY, "![A square beside a circle.]", "![]", "![](", "without alternative text"),
        (QUAY, "media/shapes.svg", "media/shape.svg", "media/shape.svg", "there is no file"),
        (QUAY, "media/shapes.svg", "../../keys.yaml", "../../keys.yaml", "an SVG file in media/"),
        (QUAY, "objective: o2\ntype: number", "objective: o9\ntype: number", "objective: o9", "no objective o9"),
        (QUAY, 'stem: "A page', 'stm: "A page', "stm:", "stm: not a known field"),
        (QUAY, "id: m1-1-q2", "id: m1-1-q1", None, "two questions have the id"),
        (QUAY, "id: m1-1-q2", "id: m1-2-q2", "id: m1-2-q2", "does not begin with m1-1-q"),
        (QUAY, "type: number", "type: choice", "id: m1-1-q2", "0 options; a question has 3 to 6"),
        (QUAY, "type: number", "type: essay", "type: essay", "type"),
        (QUAY, '{id: b, text: "At the end', '{id: a, text: "At the end', "At the end", "two options have the id a"),
        (QUAY, "type: order", "type: multiple", "items:", "has options, not items"),
        (CRANE, "objective: o1", "objective: o2", '{id: o1, text: "Read', "no question tests objective o1"),
        (CRANE, "id: m1-2\n", "id: m1-1\n", "id: m1-1", "is that of 01-quay already"),
        (CRANE, "id: m1-2-q1", "id: m1-2-q7", "id: m1-2-q7", "has no key"),
        ("keys.yaml", "m1-2-q1:", "m1-2-q5:", "m1-2-q5:", "no module has this question"),
        ("keys.yaml", "answer: a\n", "answer: f\n", "answer: f", "not the id of an option"),
        ("keys.yaml", "answer: 4396", "answer: many", "answer: many", "not a number"),
        ("keys.yaml", "answer: [a, c]", "answer: [a, a]", "answer: [a, a]", "a list of ids"),
        ("keys.yaml", "answer: [b, a, c]", "answer: [b, a]", "answer: [b, a]", "each id once"),
        ("keys.yaml", "answer: [b, a, c]", "answer: [a, b, c]", "answer: [a, b, c]", "in the right order already"),
        ("keys.yaml", "answer: linux.pslist", "answer: 5", "answer: 5", "a text is expected"),
        ("keys.yaml", "answer: b\n", "answer: b\n  tolerance: 2\n", "tolerance: 2", "only a question of type number"),
        ("keys.yaml", "answer: b\n", "answer: b\n  accept: [x]\n", "accept: [x]", "only a question of type short"),
        ("keys.yaml", '    c: "FEEDBACK-ONE-C', '    d: "FEEDBACK-ONE-C', "    d:", "there is no option d"),
        ("keys.yaml", 'explanation: "EXPLAIN-TWO', 'explain: "EXPLAIN-TWO', "explain:", "explain: not a known field"),
        ("01-quay/media/shapes.svg", "<rect ", "<rect onclick='x' ", "onclick", "attribute onclick"),
    ],
)
def test_each_mistake_is_found_with_file_and_line(
    folder: Path, file: str, old: str, new: str, at: str | None, part: str
) -> None:
    change(folder, file, old, new)
    found = [mistake for mistake in reader.check(folder) if part in mistake.message]
    assert found, reader.check(folder)
    assert found[0].file == f"courses/harbour/{file}"
    if at is not None:
        assert found[0].line == line_of(folder, file, at)


def test_a_module_links_to_one_of_another_course_by_folder(folder: Path) -> None:
    shutil.copytree(SAMPLE.parent / "lantern", folder.parent / "lantern")
    change(folder, QUAY, "(../02-crane/)", "(../../lantern/01-light/#s2)")
    assert reader.check(folder) == []
    html = "".join(part.html for part in reader.load(folder).modules[0].parts)
    assert 'href="../lantern/01-light#s2"' in html


def test_all_mistakes_are_reported_at_once_in_order(folder: Path) -> None:
    change(folder, "course.yaml", "level: introductory", "level: hard")
    change(folder, QUAY, "![A square beside a circle.]", "![]")
    change(folder, CRANE, "(../01-quay/index.md#s1)", "(../09-x/)")
    change(folder, "keys.yaml", "answer: 4396", "answer: many")
    found = reader.check(folder)
    assert [mistake.file.removeprefix("courses/harbour/") for mistake in found] == [
        QUAY,
        CRANE,
        "course.yaml",
        "keys.yaml",
    ]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("course.yaml", "level: introductory", "level: hard"),
        ("course.yaml", "id: harbour", "id: Harbour"),
        ("course.yaml", "[01-quay, 02-crane]", "[01-quay, crane]"),
        ("course.yaml", "[01-quay, 02-crane]", "[01-quay]"),
        ("course.yaml", "modules:", "module:"),
        (QUAY, "title: The quay", "title: {The: quay}"),
        (QUAY, "id: m1-1\n", "id: one\n"),
        (QUAY, "id: o2", "id: o02"),
        (QUAY, "title: The quay", "title: The: quay"),
        (QUAY, "title: The quay", "title: The quay\ntitle: The quay"),
        (QUAY, "---\n\nA short", "\n\nA short"),
        (QUAY, "labs: [finance-workstation]", "labs: [Finance]"),
        (QUAY, "id: m1-1-q2", "id: m1-1-p2"),
        (QUAY, "objective: o2\ntype: number", "objective: o2\ntype: essay"),
        (QUAY, 'stem: "A page', 'stem: "A" page'),
        (CRANE, "type: choice", "type: choose"),
        (CRANE, "```quiz", " ```quiz"),
        (CRANE, "(../01-quay/index.md#s1)", "(../01-quay/index.md#s11)"),
        ("01-quay/media/shapes.svg", "<rect ", "<rectangle/><rect "),
    ],
)
def test_one_slip_is_one_mistake(folder: Path, file: str, old: str, new: str) -> None:
    change(folder, file, old, new)
    assert {one.file for one in reader.check(folder)} == {f"courses/harbour/{file}"}, reader.check(folder)
    assert len(reader.check(folder)) == (2 if "module:" in new else 1)  # there a field is missing too


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("course.yaml", "level: introductory", "levle: introductory"),
        (QUAY, "title: The quay", "title: The quay\nchnages: none"),
        (QUAY, "type: number", "type: essay"),
        (CRANE, "title: The crane", "titel: The crane"),
        (CRANE, "review: 2027-05-31", "review: soon"),
        (CRANE, "title: The crane", "title: The: crane"),
    ],
)
def test_a_slip_hides_no_mistake_elsewhere(folder: Path, file: str, old: str, new: str) -> None:
    change(folder, "course.yaml", "02-crane]", "02-crane, 03-dock]")
    change(folder, "keys.yaml", "m1-2-q1:", "m1-2-q11:")
    change(folder, "keys.yaml", "answer: 4396", "answer: many")
    change(folder, CRANE, '  - {id: c, text: "The zone of the port"}\n', "")
    before = reader.check(folder)
    assert len(before) == 5
    change(folder, file, old, new)
    hidden = {one.message for one in before} - {one.message for one in reader.check(folder)}
    assert hidden == ({one.message for one in before if "m1-1-q2, answer" in one.message} if "essay" in new else set())


def test_a_link_to_a_place_of_a_module_of_another_course_leads_there_or_nowhere(folder: Path) -> None:
    shutil.copytree(SAMPLE.parent / "lantern", folder.parent / "lantern")
    change(folder, QUAY, "(../02-crane/)", "(../../lantern/01-light/#s99)")
    found = reader.check(folder)
    message = "a link to ../../lantern/01-light/#s99; that page has no place #s99"
    assert [(one.line, one.message) for one in found] == [(line_of(folder, QUAY, "../../lantern"), message)]


def test_a_module_folder_that_is_not_listed_is_a_mistake(folder: Path) -> None:
    shutil.copytree(folder / "02-crane", folder / "03-copy")
    assert [mistake.message for mistake in reader.check(folder)] == ["the folder 03-copy is not listed here"]


@pytest.mark.parametrize("file", ["course.yaml", "keys.yaml", QUAY])
def test_bytes_that_are_no_text_are_one_clear_mistake(folder: Path, file: str) -> None:
    (folder / file).write_bytes(b"\xff\xfe\x00")
    assert any(mistake.file.endswith(file) and mistake.line == 1 for mistake in reader.check(folder))


def test_missing_files_are_mistakes_and_never_an_exception(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert [mistake.message for mistake in reader.check(empty)] == ["can't be read: No such file or directory"]


def test_output_of_another_image_is_found_where_exhibits_are_known(folder: Path) -> None:
    assert reader.check(folder, {"finance-workstation-a": "ab" * 32}) == []
    found = reader.check(folder, {"finance-workstation-a": "cd" * 32})
    assert ["another image" in mistake.message for mistake in found] == [True]


def test_what_deserves_a_look_is_a_warning(folder: Path) -> None:
    change(folder, CRANE, "UTC, always", "UTC, always and in every single case of all")
    found = [mistake.message for mistake in reader.warnings(folder, date(2027, 6, 1))]
    assert sum("review date 2027-05-31 has passed" in message for message in found) == 3
    assert sum("longer than the others" in message for message in found) == 1
    assert sum("a module has 900 to 2000" in message for message in found) == 2
    assert reader.check(folder) == []


def test_a_way_to_a_question_that_its_lab_has_not_is_a_warning(folder: Path) -> None:
    def said(labs: dict[str, Installed]) -> list[tuple[int, str]]:
        found = reader.warnings(folder, date(2026, 11, 26), labs)
        return [(one.line, one.message) for one in found if "has no question" in one.message]

    line = line_of(folder, QUAY, "[[lab:finance-workstation#q1]]")
    assert said({"finance-workstation": Installed(("q1",))}) == said({"another": Installed(("q2",))}) == []
    assert said({"finance-workstation": Installed(("q2", "q3"))}) == [
        (line, "lab finance-workstation has no question q1; there are q2, q3")
    ]


def test_a_mistake_above_a_text_hides_no_warning_of_its_ways_into_labs(folder: Path) -> None:
    change(folder, QUAY, "level: introductory", "level: hard")
    found = reader.warnings(folder, date(2026, 11, 26), {"finance-workstation": Installed(("q2",), "exercise")})
    line = line_of(folder, QUAY, "[[lab:finance-workstation#q1]]")
    assert [one.message for one in found if one.line == line] == [
        "finance-workstation is an exercise, without an exhibit; write [[exercise:finance-workstation]]",
        "lab finance-workstation has no question q1; there are q2",
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "feedback:\n",
            'feedback:\n    a: "Right."\n',
            "option a is right; say it in the explanation",
        ),
        ('"Manual of the port, page 3"', '"Course teaching: lists"', "the course's own teaching has the mark Reading"),
        ('V1\n  source: "Manual of the port, page 3"', 'Reading\n  source: "Course teaching: lists"', ""),
    ],
)
def test_what_is_odd_in_a_key_is_a_warning(folder: Path, old: str, new: str, said: str) -> None:
    change(folder, "keys.yaml", old, new)
    assert reader.check(folder) == []
    found = [one.message for one in reader.warnings(folder, date(2026, 11, 26)) if one.file.endswith("keys.yaml")]
    assert [said in message for message in found] == [True] * bool(said)


def test_a_course_is_read_once_and_knows_no_keys(folder: Path) -> None:
    course = reader.load(folder)
    assert reader.load(folder) is course
    assert [module.number for module in course.modules] == ["1.1", "1.2"]
    assert [question.id for question in course.modules[0].questions] == [f"m1-1-q{n}" for n in range(1, 6)]
    assert course.labs == ("finance-workstation",)
    assert course.beside(course.modules[0]) == (None, course.modules[1])
    assert course.beside(course.modules[1]) == (course.modules[0], None)
    assert "EXPLAIN" not in repr(course)
    assert "FEEDBACK" not in repr(course)
    assert reader.keys(folder)["m1-1-q1"].answer == "a"


def test_a_course_with_mistakes_is_not_loaded(folder: Path) -> None:
    change(folder, "course.yaml", "id: harbour", "id: port")
    with pytest.raises(ContentError, match="folder is named harbour"):
        reader.load(folder)


def test_a_release_is_called_by_the_name_of_its_course(tmp_path: Path) -> None:
    release = tmp_path / "harbour" / ("0" * 64)
    shutil.copytree(SAMPLE, release)
    assert reader.check(release) == []


def test_a_release_is_read_though_rules_became_stricter_since(tmp_path: Path) -> None:
    release = tmp_path / "harbour" / ("0" * 64)
    shutil.copytree(SAMPLE, release)
    change(release, QUAY, '!!! law "International: on the quay"', '!!! law "On the quay"')
    change(release, CRANE, '"Read a time as UTC"', '"Know what UTC is"')
    assert len(reader.check(release)) == 2
    with pytest.raises(ContentError, match="nobody can observe"):
        reader.load(release)
    change(release, CRANE, '"Know what UTC is"', '"Read a time as UTC"')
    assert "On the quay</h3>" in "".join(part.html for part in reader.load(release).modules[0].parts)


def test_what_follows_from_a_mistake_is_not_said_again(folder: Path) -> None:
    change(folder, QUAY, "title: The quay", "titel: The quay")
    assert [mistake.line for mistake in reader.check(folder)] == [2, 3]


def test_a_question_that_can_not_be_read_is_one_mistake(folder: Path) -> None:
    change(folder, CRANE, "type: choice", "type: essay")
    assert [(mistake.file, mistake.line) for mistake in reader.check(folder)] == [
        (f"courses/harbour/{CRANE}", line_of(folder, CRANE, "type: essay"))
    ]


def test_the_examples_of_the_guide_can_be_used(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "authoring.md").read_text("utf-8")
    page = render(
        guide.replace("````markdown\n", "").replace("````\n", ""), file="authoring.md", places={"output", "quiz"}
    )
    blocks = [part for part in page.parts if isinstance(part, Block)]
    assert [block.kind for block in blocks] == ["output", "quiz", "quiz", "quiz"]
    assert output.read(blocks[0], "authoring.md").value.limit == 5
    asked = [source.parse(block.text, QuestionBlock, "authoring.md").value for block in blocks[1:]]
    assert [one.type for one in asked] == ["choice", "matching", "statement"]
    module, keys, front, said = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    assert source.parse(module, ModuleFile, "authoring.md").value.pools == {"pages": 1}
    (tmp_path / "keys.yaml").write_text(keys, "utf-8")
    read = source.read_entries(tmp_path / "keys.yaml", Key, "keys.yaml")
    assert (set(read.value), read.mistakes) == ({"m3-1-q1", "m3-1-q2", "m3-1-q3", "m3-1-q4"}, ())
    assert source.parse(front, TranslatedModule, "authoring.md").value.translators == ("A. Diallo",)
    (tmp_path / "keys.yaml").write_text(said, "utf-8")
    assert source.read_entries(tmp_path / "keys.yaml", TranslatedKey, "keys.yaml").mistakes == ()


def test_minutes_that_are_not_the_sum_of_the_modules_are_told(folder: Path) -> None:
    def told() -> list[tuple[int, str]]:
        found = reader.warnings(folder, date(2026, 11, 26))
        return [(one.line, one.message) for one in found if "its modules take" in one.message]

    minutes = re.compile(r"^minutes: (\d+)$", re.MULTILINE)
    total = sum(int(minutes.findall((folder / one).read_text("utf-8"))[0]) for one in (QUAY, CRANE))
    text = (folder / "course.yaml").read_text("utf-8")
    (folder / "course.yaml").write_text(minutes.sub(f"minutes: {total}", text), "utf-8")
    assert told() == []
    (folder / "course.yaml").write_text(minutes.sub(f"minutes: {total - 20}", text), "utf-8")
    assert told() == [(line_of(folder, "course.yaml", "minutes:"), f"{total - 20} minutes; its modules take {total}")]
